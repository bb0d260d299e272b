//! JSON pointers to the parts of a value. The fuzz test of the contract also uses this file.

use serde_json::Value;

/// Adds the JSON pointers of a value and all its parts to `pointers`.
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

/// Removes a part of a value. Without a parent, the value itself becomes null.
pub fn remove(value: &mut Value, pointer: &str) {
    let Some((parent, name)) = pointer.rsplit_once('/') else { return *value = Value::Null };
    match value.pointer_mut(parent).unwrap() {
        Value::Array(items) => drop(items.remove(name.parse().unwrap())),
        Value::Object(fields) => drop(fields.remove(&name.replace("~1", "/").replace("~0", "~"))),
        _ => unreachable!("only arrays and objects have parts"),
    }
}
