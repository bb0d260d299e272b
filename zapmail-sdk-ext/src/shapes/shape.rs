//! Shapes: the combined structure of all values at one location.

use std::collections::{BTreeMap, BTreeSet};
use std::mem;
use std::ops::Not;

use serde::{Deserialize, Serialize};

use super::kind::{Kind, Kinds};
use super::location::Location;

/// Maximum count in a file.
pub(super) const MAX_COUNT: u64 = 100;

/// Maximum number of new values of an enum; if there are more, the text is not an enum.
const MAX_NEW_WORDS: usize = 16;

/// Maximum number of enum values that are kept until normalization.
const MAX_WORDS: usize = 64;

/// The combined shape of all values at one location.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Shape {
    /// The number of enclosing objects that have this property; 0 outside an object.
    #[serde(skip_serializing_if = "is_zero")]
    pub seen: u64,
    /// The types of the values.
    #[serde(skip_serializing_if = "Kinds::is_empty")]
    pub types: Kinds,
    /// The values of an enum.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub words: BTreeSet<String>,
    /// Whether the enum had values that are not recorded.
    #[serde(skip_serializing_if = "Not::not")]
    pub other_words: bool,
    /// The number of objects.
    #[serde(skip_serializing_if = "is_zero")]
    pub objects: u64,
    /// The number of objects without properties.
    #[serde(skip_serializing_if = "is_zero")]
    pub empty: u64,
    /// The properties of the objects.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub properties: BTreeMap<String, Shape>,
    /// All properties whose names are not recorded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unnamed: Option<Box<Shape>>,
    /// The types of the keys that are data.
    #[serde(skip_serializing_if = "Kinds::is_empty")]
    pub keys: Kinds,
    /// All values whose keys are data.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub values: Option<Box<Shape>>,
    /// The items of the lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub items: Option<Box<Shape>>,
}

impl Shape {
    /// Merges another shape of the same location into this one.
    pub fn merge(&mut self, other: Self) {
        let Self { seen, types, words, other_words, objects, empty, properties, unnamed, keys, values, items } = other;
        self.seen = self.seen.saturating_add(seen);
        self.types.merge(types);
        self.words.extend(words);
        self.other_words |= other_words;
        while self.words.len() > MAX_WORDS {
            self.words.pop_last();
            self.other_words = true;
        }
        self.objects = self.objects.saturating_add(objects);
        self.empty = self.empty.saturating_add(empty);
        for (name, property) in properties {
            self.properties.entry(name).or_default().merge(property);
        }
        self.keys.merge(keys);
        for (part, other) in [(&mut self.unnamed, unnamed), (&mut self.values, values), (&mut self.items, items)] {
            if let Some(other) = other {
                part.get_or_insert_default().merge(*other);
            }
        }
    }

    /// Returns the number of nodes, including this one.
    pub fn nodes(&self) -> usize {
        1 + self.parts().map(Self::nodes).sum::<usize>()
    }

    fn parts(&self) -> impl Iterator<Item = &Self> {
        let others = [&self.unnamed, &self.values, &self.items];
        self.properties.values().chain(others.into_iter().flatten().map(|part| &**part))
    }

    /// Applies the rules that need all responses, and scales counts. Idempotent.
    pub fn normalize(&mut self, location: &Location) {
        if !location.is_described() && (self.values.is_some() || self.has_varying_names()) {
            self.become_map();
        }
        self.drop_open_enum(location);
        self.scale();
        for (name, property) in &mut self.properties {
            property.normalize(&location.property(name));
        }
        let others = [
            (&mut self.unnamed, Location::default()),
            (&mut self.values, location.values()),
            (&mut self.items, location.items()),
        ];
        for (part, location) in others {
            if let Some(part) = part {
                part.normalize(&location);
            }
        }
    }

    /// Returns whether there are several names, none of which occurs in more than half of the objects.
    fn has_varying_names(&self) -> bool {
        let objects = self.objects.saturating_sub(self.empty);
        let mut names = 0;
        let is_rare = |part: &Self| {
            names += 1;
            part.seen.saturating_mul(2) <= objects
        };
        self.properties.values().chain(self.unnamed.as_deref()).all(is_rare) && names > 1
    }

    /// Merges all properties into values, without their names.
    fn become_map(&mut self) {
        let unnamed = self.unnamed.take().map(|unnamed| *unnamed);
        for property in mem::take(&mut self.properties).into_values().chain(unnamed) {
            let values = self.values.get_or_insert_default();
            values.merge(property);
            values.seen = self.objects.saturating_sub(self.empty);
            self.keys.insert(Kind::Text);
        }
    }

    /// Removes the new values of an enum that has too many of them: such text is not an enum.
    fn drop_open_enum(&mut self, location: &Location) {
        let known = location.words();
        let is_new = |word: &&String| !known.contains(&word.as_str());
        if self.words.iter().filter(is_new).count() > MAX_NEW_WORDS {
            self.words.retain(|word| known.contains(&word.as_str()));
            self.other_words = true;
        }
    }

    /// Scales counts down to the maximum. A property of some objects never becomes one of none or of all objects.
    fn scale(&mut self) {
        let objects = self.objects;
        if objects <= MAX_COUNT {
            return;
        }
        let scaled = |count: u64| match count {
            0 => 0,
            _ if count >= objects => MAX_COUNT,
            _ => (count.saturating_mul(MAX_COUNT).div_ceil(objects)).min(MAX_COUNT - 1),
        };
        self.objects = MAX_COUNT;
        self.empty = scaled(self.empty);
        let others = [&mut self.unnamed, &mut self.values].into_iter().flatten().map(|part| &mut **part);
        for part in self.properties.values_mut().chain(others) {
            part.seen = scaled(part.seen);
        }
    }
}

fn is_zero(count: &u64) -> bool {
    *count == 0
}
