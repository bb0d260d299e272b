//! The shape of all values at one place.

use std::collections::{BTreeMap, BTreeSet};
use std::mem;
use std::ops::Not;

use serde::{Deserialize, Serialize};

use super::kind::{Kind, Kinds};
use super::place::Place;

/// The highest count in a file.
pub(super) const HIGHEST_COUNT: u64 = 100;

/// The most new words of an enum; with more, they are values.
const MOST_NEW_WORDS: usize = 16;

/// The most words that are kept until then.
const MOST_WORDS: usize = 64;

/// The shape of all values at one place.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Shape {
    /// The number of objects around it that have it; 0 if it is not in an object.
    #[serde(skip_serializing_if = "is_zero")]
    pub seen: u64,
    /// The kinds of values.
    #[serde(skip_serializing_if = "Kinds::is_empty")]
    pub types: Kinds,
    /// The words of an enum.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub words: BTreeSet<String>,
    /// Whether the enum had words that are not recorded.
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
    /// The kinds of keys that are data.
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
    /// Adds the values of another shape of the same place.
    pub fn absorb(&mut self, other: Self) {
        let Self { seen, types, words, other_words, objects, empty, properties, unnamed, keys, values, items } = other;
        self.seen = self.seen.saturating_add(seen);
        self.types.absorb(types);
        self.words.extend(words);
        self.other_words |= other_words;
        while self.words.len() > MOST_WORDS {
            self.words.pop_last();
            self.other_words = true;
        }
        self.objects = self.objects.saturating_add(objects);
        self.empty = self.empty.saturating_add(empty);
        for (name, property) in properties {
            self.properties.entry(name).or_default().absorb(property);
        }
        self.keys.absorb(keys);
        for (part, other) in [(&mut self.unnamed, unnamed), (&mut self.values, values), (&mut self.items, items)] {
            if let Some(other) = other {
                part.get_or_insert_default().absorb(*other);
            }
        }
    }

    /// The number of places, this one included.
    pub fn places(&self) -> usize {
        1 + self.parts().map(Self::places).sum::<usize>()
    }

    fn parts(&self) -> impl Iterator<Item = &Self> {
        let others = [&self.unnamed, &self.values, &self.items];
        self.properties.values().chain(others.into_iter().flatten().map(|part| &**part))
    }

    /// Decides what only all responses together show, and scales counts. Settling again changes nothing.
    pub fn settle(&mut self, place: &Place) {
        if !place.is_described() && (self.values.is_some() || self.has_varying_names()) {
            self.become_map();
        }
        self.drop_free_words(place);
        self.scale();
        for (name, property) in &mut self.properties {
            property.settle(&place.property(name));
        }
        let others = [
            (&mut self.unnamed, Place::default()),
            (&mut self.values, place.values()),
            (&mut self.items, place.items()),
        ];
        for (part, place) in others {
            if let Some(part) = part {
                part.settle(&place);
            }
        }
    }

    /// Whether no name is in more than half of the objects.
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
            values.absorb(property);
            values.seen = self.objects.saturating_sub(self.empty);
            self.keys.insert(Kind::Text);
        }
    }

    /// An enum with many new words is not one.
    fn drop_free_words(&mut self, place: &Place) {
        let known = place.words();
        let is_new = |word: &&String| !known.contains(&word.as_str());
        if self.words.iter().filter(is_new).count() > MOST_NEW_WORDS {
            self.words.retain(|word| known.contains(&word.as_str()));
            self.other_words = true;
        }
    }

    /// Scales counts to the highest one. What is in some of the objects, but not in all, stays so.
    fn scale(&mut self) {
        let objects = self.objects;
        if objects <= HIGHEST_COUNT {
            return;
        }
        let scaled = |count: u64| match count {
            0 => 0,
            _ if count >= objects => HIGHEST_COUNT,
            _ => (count.saturating_mul(HIGHEST_COUNT).div_ceil(objects)).min(HIGHEST_COUNT - 1),
        };
        self.objects = HIGHEST_COUNT;
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
