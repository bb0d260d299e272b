//! What differs between a schema of the document and the one on a page, part by part.

use std::collections::BTreeSet;

use super::difference::{Difference, Differences};
use super::severity::{Severity, Side, What};
use crate::schema::{Kind, Schema};

/// How deep schemas are followed; deeper ones contain themselves.
const DEPTH: usize = 24;

/// A comparison of one body, answer or parameter.
#[derive(Debug, Clone, Copy)]
pub struct Comparison {
    pub side: Side,
    /// Whether our knowledge comes from the page; otherwise the document has parts that no page ever had to show.
    pub documented: bool,
    /// Whether the value is text on its way: in an address or a header.
    pub is_text: bool,
}

impl Comparison {
    /// Notes what differs between `ours` and `theirs`, which stands `at` a place.
    pub fn compare(self, ours: Schema<'_>, theirs: Schema<'_>, at: &str, found: &mut Differences) {
        self.walk(ours, theirs, at, 0, found);
    }

    fn walk(self, ours: Schema<'_>, theirs: Schema<'_>, at: &str, depth: usize, found: &mut Differences) {
        if depth > DEPTH {
            return;
        }
        let (our_kind, their_kind) = (ours.kind(), theirs.kind());
        match (our_kind, their_kind) {
            (_, Kind::Null) | (Kind::Untyped, Kind::Untyped) => {}
            (Kind::Untyped, _) if is_bare(theirs) => {}
            (Kind::Untyped, _) => self.note(What::NowTyped, at, format!("type: anything -> {their_kind}"), found),
            (_, Kind::Untyped) => self.note(What::NowUntyped, at, format!("type: {our_kind} -> anything"), found),
            (Kind::OneOf, Kind::OneOf) => {
                theirs.variants().into_iter().for_each(|theirs| self.best(ours, theirs, at, depth, found));
            }
            (Kind::OneOf, _) => self.best(ours, theirs, at, depth, found),
            (_, Kind::OneOf) => {
                theirs.variants().into_iter().for_each(|theirs| self.walk(ours, theirs, at, depth + 1, found));
            }
            (Kind::Text, Kind::Text) => self.values(ours, theirs, at, found),
            (Kind::List, Kind::List) => {
                if let (Some(ours), Some(theirs)) = (ours.items(), theirs.items()) {
                    self.walk(ours, theirs, &format!("{at}[]"), depth + 1, found);
                }
            }
            (Kind::Map, Kind::Map) => {
                if let (Some(ours), Some(theirs)) = (ours.additional(), theirs.additional()) {
                    self.walk(ours, theirs, &format!("{at}.*"), depth + 1, found);
                }
            }
            // A page shows a map by one of its names.
            (Kind::Map, Kind::Object) => {
                for (_, theirs) in theirs.properties() {
                    if let Some(ours) = ours.additional() {
                        self.walk(ours, theirs, &format!("{at}.*"), depth + 1, found);
                    }
                }
            }
            (Kind::Object, Kind::Object) => self.objects(ours, theirs, at, depth, found),
            (Kind::Object, Kind::Map) if ours.properties().is_empty() => {
                self.note(What::NowTyped, at, "type: object -> map", found);
            }
            _ => self.kinds(our_kind, their_kind, at, found),
        }
    }

    /// Compares with that of our alternatives that is nearest to what the page shows.
    fn best(self, ours: Schema<'_>, theirs: Schema<'_>, at: &str, depth: usize, found: &mut Differences) {
        let tried = ours.variants().into_iter().map(|variant| {
            let mut differences = Differences::default();
            self.walk(variant, theirs, at, depth + 1, &mut differences);
            differences.0
        });
        // An alternative that fails nothing is better than one with few differences.
        let breaks = |found: &[Difference]| found.iter().filter(|one| one.severity == Severity::Breaking).count();
        let best = tried.min_by_key(|found| (breaks(found), found.len()));
        found.0.extend(best.unwrap_or_default());
    }

    /// Types that are both known and not the same.
    fn kinds(self, ours: Kind, theirs: Kind, at: &str, found: &mut Differences) {
        let change = format!("type: {ours} -> {theirs}");
        match (ours, theirs) {
            _ if ours == theirs => {}
            (Kind::Numeric, Kind::Integer | Kind::Number | Kind::Text) | (Kind::Number, Kind::Integer) => {}
            _ if self.is_text && theirs == Kind::Text && ours.is_scalar() => {}
            _ if self.is_text && ours == Kind::Text && theirs.is_scalar() => {
                self.note(What::OtherWords, at, change, found);
            }
            _ => self.note(What::OtherType, at, change, found),
        }
    }

    /// The values of enums.
    fn values(self, ours: Schema<'_>, theirs: Schema<'_>, at: &str, found: &mut Differences) {
        let (ours, theirs) = (ours.values(), theirs.values());
        match (ours.is_empty(), theirs.is_empty()) {
            (true, true) => {}
            (true, false) => self.note(What::NowEnum, at, format!("enum: any text -> {}", list(&theirs)), found),
            (false, true) => self.note(What::NowFree, at, format!("enum: {} -> any text", list(&ours)), found),
            (false, false) => {
                for value in theirs.difference(&ours) {
                    self.note(What::NewValue, at, format!("enum: value {value} added"), found);
                }
                for value in ours.difference(&theirs) {
                    self.note(What::VanishedValue, at, format!("enum: value {value} vanished"), found);
                }
            }
        }
    }

    fn objects(self, ours: Schema<'_>, theirs: Schema<'_>, at: &str, depth: usize, found: &mut Differences) {
        let (our_parts, their_parts) = (ours.properties(), theirs.properties());
        let (our_required, their_required) = (ours.required(), theirs.required());
        if their_parts.is_empty() {
            if !our_parts.is_empty() {
                self.note(What::NowUntyped, at, format!("properties: {} -> none", our_parts.len()), found);
            }
            return;
        }
        for (name, theirs) in &their_parts {
            let at = format!("{at}.{name}");
            let required = their_required.contains(name);
            let Some(ours) = our_parts.get(name) else {
                let what = if required { What::NewRequired } else { What::NewOptional };
                let required = if required { ", required" } else { "" };
                self.note(what, &at, format!("property added ({}{required})", theirs.kind()), found);
                continue;
            };
            match (our_required.contains(name), required) {
                (true, false) => self.note(What::NowOptional, &at, "required: true -> false", found),
                (false, true) => self.note(What::NowRequired, &at, "required: false -> true", found),
                _ => {}
            }
            if our_required.contains(name) && theirs.nullable() && !ours.nullable() && ours.kind() != Kind::Untyped {
                self.note(What::NowNullable, &at, "nullable: false -> true", found);
            }
            self.walk(*ours, *theirs, &at, depth + 1, found);
        }
        for name in our_parts.keys().filter(|name| !their_parts.contains_key(*name)) {
            let what = if self.documented { What::Vanished } else { What::VanishedSeen };
            self.note(what, &format!("{at}.{name}"), "property vanished", found);
        }
    }

    fn note(self, what: What, at: &str, change: impl Into<String>, found: &mut Differences) {
        found.note(what, self.side, at, change);
    }
}

/// Whether a page says no more than "an object" or "a list".
fn is_bare(schema: Schema<'_>) -> bool {
    match schema.kind() {
        Kind::Object => schema.properties().is_empty(),
        Kind::List => schema.items().is_none_or(is_bare),
        kind => kind == Kind::Untyped,
    }
}

fn list(values: &BTreeSet<String>) -> String {
    values.iter().map(String::as_str).collect::<Vec<_>>().join(", ")
}
