//! Traversal: reduces a response to its shape.

use serde_json::{Map, Value};

use super::enums;
use super::kind::Kind;
use super::location::{Location, Role};
use super::shape::Shape;

/// Maximum number of values of one response that are visited.
const MAX_VALUES: usize = 50_000;

/// Maximum depth of values. Each level takes two levels of a file, and serde_json reads 128.
const MAX_DEPTH: usize = 24;

/// Maximum number of keys of an undocumented object; an object with more keys is a map.
const MAX_NAMES: usize = 64;

/// A bounded traversal of one response.
#[derive(Debug)]
pub(super) struct Walk {
    remaining: usize,
    is_truncated: bool,
}

impl Walk {
    pub fn new() -> Self {
        Self { remaining: MAX_VALUES, is_truncated: false }
    }

    /// Returns whether a part of the response was not visited.
    pub fn is_truncated(&self) -> bool {
        self.is_truncated
    }

    /// Returns the shape of a value at a location.
    pub fn shape(&mut self, value: &Value, location: &Location, depth: usize) -> Shape {
        let mut shape = Shape::default();
        if self.remaining == 0 {
            self.is_truncated = true;
            return shape;
        }
        self.remaining -= 1;
        shape.types.insert(Kind::of(value));
        let is_too_deep = depth >= MAX_DEPTH;
        match value {
            Value::String(text) => record_word(&mut shape, text, location),
            Value::Array(items) if is_too_deep => self.is_truncated |= !items.is_empty(),
            Value::Object(object) if is_too_deep => self.is_truncated |= !object.is_empty(),
            Value::Array(items) => self.array(&mut shape, items, location, depth),
            Value::Object(object) => self.object(&mut shape, object, location, depth),
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
        shape
    }

    fn array(&mut self, shape: &mut Shape, items: &[Value], location: &Location, depth: usize) {
        let location = location.items();
        for item in items {
            if self.remaining == 0 {
                self.is_truncated = true;
                break;
            }
            let item = self.shape(item, &location, depth + 1);
            shape.items.get_or_insert_default().merge(item);
        }
    }

    fn object(&mut self, shape: &mut Shape, object: &Map<String, Value>, location: &Location, depth: usize) {
        shape.objects = 1;
        shape.empty = u64::from(object.is_empty());
        let is_described = location.is_described();
        let is_known_map = location.is_map() || (!is_described && object.len() > MAX_NAMES);
        let role = |key: &String| if is_known_map { Role::Key } else { location.role(key) };
        let roles: Vec<_> = object.keys().map(role).collect();
        let is_map = is_known_map || (!is_described && roles.contains(&Role::Key));
        let values = location.values();
        for ((key, value), role) in object.iter().zip(roles) {
            match if is_map { Role::Key } else { role } {
                Role::Property => {
                    let mut property = self.shape(value, &location.property(key), depth + 1);
                    property.seen = 1;
                    shape.properties.insert(key.clone(), property);
                }
                Role::Unnamed => {
                    let unnamed = self.shape(value, &Location::default(), depth + 1);
                    shape.unnamed.get_or_insert_default().merge(unnamed);
                }
                Role::Key => {
                    let value = self.shape(value, &values, depth + 1);
                    shape.keys.insert(Kind::of_key(key));
                    shape.values.get_or_insert_default().merge(value);
                }
            }
        }
        for part in [&mut shape.unnamed, &mut shape.values].into_iter().flatten() {
            part.seen = 1;
        }
    }
}

/// Records a value of an enum.
fn record_word(shape: &mut Shape, text: &str, location: &Location) {
    let words = location.words();
    if words.is_empty() {
        return;
    }
    if words.contains(&text) || enums::is_in_style(text, &words) {
        shape.words.insert(text.to_owned());
    } else {
        shape.other_words = true;
    }
}
