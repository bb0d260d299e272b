//! Reducing a response to its shape.

use serde_json::{Map, Value};

use super::enums;
use super::kind::Kind;
use super::place::{Place, Role};
use super::shape::Shape;

/// The most values of one response that are looked at.
const MOST_VALUES: usize = 50_000;

/// How deep values are followed. A place takes two levels of a file, and serde_json reads 128.
const DEPTH: usize = 24;

/// The most keys of an object that the document does not describe; one with more is a map.
const MOST_NAMES: usize = 64;

/// A walk through one response, with bounds.
#[derive(Debug)]
pub(super) struct Walk {
    left: usize,
    is_cut: bool,
}

impl Walk {
    pub fn new() -> Self {
        Self { left: MOST_VALUES, is_cut: false }
    }

    /// Whether a part of the response was not looked at.
    pub fn is_cut(&self) -> bool {
        self.is_cut
    }

    /// The shape of a value at a place.
    pub fn shape(&mut self, value: &Value, place: &Place, depth: usize) -> Shape {
        let mut shape = Shape::default();
        if self.left == 0 {
            self.is_cut = true;
            return shape;
        }
        self.left -= 1;
        shape.types.insert(Kind::of(value));
        let is_too_deep = depth >= DEPTH;
        match value {
            Value::String(text) => note_word(&mut shape, text, place),
            Value::Array(items) if is_too_deep => self.is_cut |= !items.is_empty(),
            Value::Object(object) if is_too_deep => self.is_cut |= !object.is_empty(),
            Value::Array(items) => self.array(&mut shape, items, place, depth),
            Value::Object(object) => self.object(&mut shape, object, place, depth),
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
        shape
    }

    fn array(&mut self, shape: &mut Shape, items: &[Value], place: &Place, depth: usize) {
        let place = place.items();
        for item in items {
            if self.left == 0 {
                self.is_cut = true;
                break;
            }
            let item = self.shape(item, &place, depth + 1);
            shape.items.get_or_insert_default().absorb(item);
        }
    }

    fn object(&mut self, shape: &mut Shape, object: &Map<String, Value>, place: &Place, depth: usize) {
        shape.objects = 1;
        shape.empty = u64::from(object.is_empty());
        let is_described = place.is_described();
        let is_known_map = place.is_map() || (!is_described && object.len() > MOST_NAMES);
        let role = |key: &String| if is_known_map { Role::Key } else { place.role(key) };
        let roles: Vec<_> = object.keys().map(role).collect();
        let is_map = is_known_map || (!is_described && roles.contains(&Role::Key));
        let values = place.values();
        for ((key, value), role) in object.iter().zip(roles) {
            match if is_map { Role::Key } else { role } {
                Role::Property => {
                    let mut property = self.shape(value, &place.property(key), depth + 1);
                    property.seen = 1;
                    shape.properties.insert(key.clone(), property);
                }
                Role::Unnamed => {
                    let unnamed = self.shape(value, &Place::default(), depth + 1);
                    shape.unnamed.get_or_insert_default().absorb(unnamed);
                }
                Role::Key => {
                    let value = self.shape(value, &values, depth + 1);
                    shape.keys.insert(Kind::of_key(key));
                    shape.values.get_or_insert_default().absorb(value);
                }
            }
        }
        for part in [&mut shape.unnamed, &mut shape.values].into_iter().flatten() {
            part.seen = 1;
        }
    }
}

/// Notes a word of an enum.
fn note_word(shape: &mut Shape, text: &str, place: &Place) {
    let words = place.words();
    if words.is_empty() {
        return;
    }
    if words.contains(&text) || enums::is_in_style(text, &words) {
        shape.words.insert(text.to_owned());
    } else {
        shape.other_words = true;
    }
}
