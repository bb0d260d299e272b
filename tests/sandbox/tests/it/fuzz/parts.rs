//! The parts of a JSON value, by their pointers. The fuzz test of the contract uses this file as well.

use serde_json::Value;

/// The JSON pointers of a value and all its parts.
pub fn point_to_all(value: &Value, pointer: String, pointers: &mut Vec<String>) {
    let part = |name: &str| format!("{pointer}/{}", name.replace('~', "~0").replace('/', "~1"));
    match value {
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(index, item)| point_to_all(item, part(&index.to_string()), pointers));
        }
        Value::Object(fields) => fields.iter().for_each(|(name, field)| point_to_all(field, part(name), pointers)),
        _ => {}
    }
    pointers.push(pointer);
}

/// Takes a part out of a value; the whole becomes null.
pub fn remove(value: &mut Value, pointer: &str) {
    let Some((parent, name)) = pointer.rsplit_once('/') else { return *value = Value::Null };
    match value.pointer_mut(parent).unwrap() {
        Value::Array(items) => drop(items.remove(name.parse().unwrap())),
        Value::Object(fields) => drop(fields.remove(&name.replace("~1", "/").replace("~0", "~"))),
        _ => unreachable!("nothing else has parts"),
    }
}
