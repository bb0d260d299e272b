//! Edits of YAML files: writes the differences between two values, and keeps everything else, such as comments, order
//! and style.

use std::str::FromStr;

use anyhow::{Result, bail};
use serde_json::{Map, Value};
use similar::{Algorithm, DiffTag, capture_diff_slices};
use yaml_edit::{AsYaml, Document, Mapping, ScalarValue, Sequence, YamlNode};

use crate::document::{elements, entries};
use crate::rules::operations::is_day;

/// The maximum length of an entry in flow style, in characters.
const WIDTH: usize = 110;

/// Keys in the order of the group files; other keys follow, sorted by name.
#[rustfmt::skip]
const ORDER: [&str; 27] = [
    "operationId", "tags", "name", "in", "summary", "deprecated", "type", "format", "nullable", "description",
    "x-zapmail-effect", "x-zapmail-idempotent", "x-zapmail-bucket", "x-zapmail-data", "x-zapmail-sources",
    "x-zapmail-evidence", "required", "parameters", "requestBody", "responses", "content", "schema",
    "properties", "items", "enum", "additionalProperties", "example",
];

/// Returns the text of a file whose value changes from `known` to `wanted`.
///
/// # Errors
///
/// If the edited text does not have the wanted value.
pub fn edited(text: &str, known: &Value, wanted: &Value) -> Result<String> {
    let document = Document::from_str(text)?;
    edit(document.as_mapping().map(YamlNode::Mapping), known, wanted)?;
    let text = document.to_string();
    if serde_saphyr::from_str::<Value>(&text)? != *wanted {
        bail!("the edited text does not have the intended value");
    }
    Ok(text)
}

/// Edits a map or a list in place. Returns whether the node and both values are of the same kind.
fn edit(node: Option<YamlNode>, known: &Value, wanted: &Value) -> Result<bool> {
    match (node, known, wanted) {
        (Some(YamlNode::Mapping(mapping)), Value::Object(known), Value::Object(wanted)) => {
            edit_mapping(&mapping, known, wanted)?;
        }
        (Some(YamlNode::Sequence(list)), Value::Array(known), Value::Array(wanted)) => edit_list(&list, known, wanted)?,
        _ => return Ok(false),
    }
    Ok(true)
}

fn edit_mapping(mapping: &Mapping, known: &Map<String, Value>, wanted: &Map<String, Value>) -> Result<()> {
    for key in known.keys().filter(|key| !wanted.contains_key(*key)) {
        mapping.remove(key.as_str());
    }
    for (key, wanted) in ordered(wanted) {
        match known.get(key) {
            Some(known) if known == wanted || edit(mapping.get(key), known, wanted)? => continue,
            _ => {}
        }
        let value = match entry_in_flow(key, wanted) {
            Some(_) => flow(wanted),
            None => block(wanted).join("\n"),
        };
        mapping.set_with_field_order(key, Document::from_str(&value)?, ORDER);
    }
    Ok(())
}

fn edit_list(list: &Sequence, known: &[Value], wanted: &[Value]) -> Result<()> {
    let [old, new] = [known, wanted].map(|items| items.iter().map(Value::to_string).collect::<Vec<_>>());
    // From the end, so that the numbers of the items before an edit stay valid.
    for change in capture_diff_slices(Algorithm::Myers, &old, &new).into_iter().rev() {
        if change.tag() == DiffTag::Equal {
            continue;
        }
        let (start, old, new) = (change.old_range().start, &known[change.old_range()], &wanted[change.new_range()]);
        for number in (new.len()..old.len()).rev() {
            list.remove(start + number);
        }
        for (number, wanted) in new.iter().enumerate() {
            let at = start + number;
            let item = Document::from_str(&block(wanted).join("\n"))?;
            match old.get(number) {
                None => list.insert(at, item),
                Some(known) if edit(list.get(at), known, wanted)? => {}
                Some(_) => _ = list.set(at, item),
            }
        }
    }
    Ok(())
}

/// The lines of a value in block style; parts that are short and not nested are in flow style.
fn block(value: &Value) -> Vec<String> {
    match value {
        Value::Object(object) if !object.is_empty() => {
            let entry = |(key, value): (&str, &Value)| {
                entry_in_flow(key, value).map_or_else(
                    || [format!("{}:", flow(&key.into()))].into_iter().chain(indented("  ", "  ", value)).collect(),
                    |line| vec![line],
                )
            };
            ordered(object).into_iter().flat_map(entry).collect::<Vec<_>>()
        }
        Value::Array(list) if !list.is_empty() => list.iter().flat_map(|item| indented("- ", "  ", item)).collect(),
        other => vec![flow(other)],
    }
}

fn indented(first: &'static str, others: &'static str, value: &Value) -> impl Iterator<Item = String> {
    let starts = std::iter::once(first).chain(std::iter::repeat(others));
    starts.zip(block(value)).map(|(start, line)| format!("{start}{line}"))
}

/// An entry on one line, unless it is nested or too long.
fn entry_in_flow(key: &str, value: &Value) -> Option<String> {
    let parts = |value| entries(value).map(|(_, part)| part).chain(elements(value));
    let is_nested = parts(value).any(|part| parts(part).next().is_some());
    let line = format!("{}: {}", flow(&key.into()), flow(value));
    (line.chars().count() <= WIDTH && (key == "example" || !is_nested)).then_some(line)
}

/// A value in flow style.
fn flow(value: &Value) -> String {
    // yaml-edit writes only collections in flow style, so wrap the value in a list.
    let list = Sequence::new_flow();
    list.push(&*node(value));
    let text = list.to_string();
    text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(&text).to_owned()
}

fn node(value: &Value) -> Box<dyn AsYaml> {
    match value {
        Value::Object(object) => {
            let mapping = Mapping::new_flow();
            ordered(object).into_iter().for_each(|(key, value)| mapping.set(key, &*node(value)));
            Box::new(mapping)
        }
        Value::Array(items) => {
            let list = Sequence::new_flow();
            items.iter().for_each(|item| list.push(&*node(item)));
            Box::new(list)
        }
        // The style of the group files. In YAML 1.1, a date, `y` and `n` are strings only if they are quoted.
        Value::String(text) if text.contains(", ") || text.len() == 1 || text.get(..10).is_some_and(is_day) => {
            Box::new(ScalarValue::single_quoted(text))
        }
        Value::String(text) => Box::new(ScalarValue::string(text)),
        other => Box::new(ScalarValue::parse(other.to_string())),
    }
}

/// The entries in the order of the group files.
fn ordered(object: &Map<String, Value>) -> Vec<(&str, &Value)> {
    let mut entries: Vec<_> = object.iter().map(|(key, value)| (key.as_str(), value)).collect();
    entries.sort_by_key(|(key, _)| ORDER.iter().position(|known| known == key).unwrap_or(ORDER.len()));
    entries
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::edited;

    #[test]
    fn only_changed_lines_are_edited_and_comments_are_kept() {
        let text = "# top\nlist:\n  # one\n  - name: a # a\n  - {name: b, in: x} # b\nwords: [A, 'B', C] # w\nwas: 1\n";
        let known: Value = serde_saphyr::from_str(text).unwrap();
        let mut wanted = known.clone();
        wanted["list"][0]["in"] = json!("y");
        wanted["list"][1]["nullable"] = json!(true);
        wanted["list"].as_array_mut().unwrap().push(json!({"name": "e, e", "list": [[{"day": "2026-01-01"}], {}]}));
        wanted["words"] = json!(["A", "C", "n"]);
        wanted.as_object_mut().unwrap().remove("was");
        let expected = "# top\nlist:\n  # one\n  - name: a # a\n    in: 'y'\n  - {name: b, in: x, nullable: true} # b\n  \
            - name: 'e, e'\n    list:\n      - - day: '2026-01-01'\n      - {}\nwords: [A, C, 'n'] # w\n";
        assert_eq!(edited(text, &known, &wanted).unwrap(), expected);
    }
}
