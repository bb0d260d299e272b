//! Comparison of a schema of the document with the schema on a page, part by part.

use std::collections::BTreeSet;

use super::differences::Differences;
use super::severity::{DifferenceKind, Side};
use crate::difference::{Difference, Severity};
use crate::schema::{Kind, Schema};

/// The maximum depth to which schemas are followed; deeper schemas are recursive.
const DEPTH: usize = 24;

/// A comparison of one body, response or parameter.
#[derive(Debug, Clone, Copy)]
pub struct Comparison {
    pub side: Side,
    /// Whether our schema comes from the page. Otherwise, it can have parts that no page shows.
    pub documented: bool,
    /// Whether the value is sent as text, in a URL or a header.
    pub is_text: bool,
}

impl Comparison {
    /// Adds the differences between `ours` and `theirs`, located `at`, to `found`.
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
            (Kind::Untyped, _) => {
                self.note(DifferenceKind::NowTyped, at, format!("type: anything -> {their_kind}"), found)
            }
            (_, Kind::Untyped) => {
                self.note(DifferenceKind::NowUntyped, at, format!("type: {our_kind} -> anything"), found)
            }
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
            // A page shows a map as an object with an example of a key.
            (Kind::Map, Kind::Object) => {
                for (_, theirs) in theirs.properties() {
                    if let Some(ours) = ours.additional() {
                        self.walk(ours, theirs, &format!("{at}.*"), depth + 1, found);
                    }
                }
            }
            (Kind::Object, Kind::Object) => self.objects(ours, theirs, at, depth, found),
            (Kind::Object, Kind::Map) if ours.properties().is_empty() => {
                self.note(DifferenceKind::NowTyped, at, "type: object -> map", found);
            }
            _ => self.kinds(our_kind, their_kind, at, found),
        }
    }

    /// Compares with our alternative that is closest to the page.
    fn best(self, ours: Schema<'_>, theirs: Schema<'_>, at: &str, depth: usize, found: &mut Differences) {
        let tried = ours.variants().into_iter().map(|variant| {
            let mut differences = Differences::default();
            self.walk(variant, theirs, at, depth + 1, &mut differences);
            differences.0
        });
        // An alternative without breaking differences is better than one with fewer differences.
        let breaks = |found: &[Difference]| found.iter().filter(|one| one.severity == Severity::Breaking).count();
        let best = tried.min_by_key(|found| (breaks(found), found.len()));
        found.0.extend(best.unwrap_or_default());
    }

    /// Compares two known types.
    fn kinds(self, ours: Kind, theirs: Kind, at: &str, found: &mut Differences) {
        let change = format!("type: {ours} -> {theirs}");
        match (ours, theirs) {
            _ if ours == theirs => {}
            (Kind::NumberOrText, Kind::Integer | Kind::Number | Kind::Text) | (Kind::Number, Kind::Integer) => {}
            _ if self.is_text && theirs == Kind::Text && ours.is_scalar() => {}
            _ if self.is_text && ours == Kind::Text && theirs.is_scalar() => {
                self.note(DifferenceKind::OtherWords, at, change, found);
            }
            _ => self.note(DifferenceKind::OtherType, at, change, found),
        }
    }

    /// Compares the values of enums.
    fn values(self, ours: Schema<'_>, theirs: Schema<'_>, at: &str, found: &mut Differences) {
        let (ours, theirs) = (ours.values(), theirs.values());
        match (ours.is_empty(), theirs.is_empty()) {
            (true, true) => {}
            (true, false) => {
                self.note(DifferenceKind::NowEnum, at, format!("enum: any text -> {}", list(&theirs)), found)
            }
            (false, true) => {
                self.note(DifferenceKind::NowFree, at, format!("enum: {} -> any text", list(&ours)), found)
            }
            (false, false) => {
                for value in theirs.difference(&ours) {
                    self.note(DifferenceKind::NewValue, at, format!("enum: value {value} added"), found);
                }
                for value in ours.difference(&theirs) {
                    self.note(DifferenceKind::VanishedValue, at, format!("enum: value {value} vanished"), found);
                }
            }
        }
    }

    fn objects(self, ours: Schema<'_>, theirs: Schema<'_>, at: &str, depth: usize, found: &mut Differences) {
        let (our_parts, their_parts) = (ours.properties(), theirs.properties());
        let (our_required, their_required) = (ours.required(), theirs.required());
        if their_parts.is_empty() {
            if !our_parts.is_empty() {
                self.note(DifferenceKind::NowUntyped, at, format!("properties: {} -> none", our_parts.len()), found);
            }
            return;
        }
        for (name, theirs) in &their_parts {
            let at = format!("{at}.{name}");
            let required = their_required.contains(name);
            let Some(ours) = our_parts.get(name) else {
                let what = DifferenceKind::new(required);
                let required = if required { ", required" } else { "" };
                self.note(what, &at, format!("property added ({}{required})", theirs.kind()), found);
                continue;
            };
            match (our_required.contains(name), required) {
                (true, false) => self.note(DifferenceKind::NowOptional, &at, "required: true -> false", found),
                (false, true) => self.note(DifferenceKind::NowRequired, &at, "required: false -> true", found),
                _ => {}
            }
            if our_required.contains(name) && theirs.nullable() && !ours.nullable() && ours.kind() != Kind::Untyped {
                self.note(DifferenceKind::NowNullable, &at, "nullable: false -> true", found);
            }
            self.walk(*ours, *theirs, &at, depth + 1, found);
        }
        for name in our_parts.keys().filter(|name| !their_parts.contains_key(*name)) {
            self.note(DifferenceKind::vanished(self.documented), &format!("{at}.{name}"), "property vanished", found);
        }
    }

    fn note(self, what: DifferenceKind, at: &str, change: impl Into<String>, found: &mut Differences) {
        found.note(what, self.side, at, change);
    }
}

/// Whether a page shows no more than "an object" or "a list".
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
