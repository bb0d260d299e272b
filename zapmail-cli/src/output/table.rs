//! Rows as a table: with borders on a terminal, and as plain text in a pipe.

use std::collections::BTreeSet;
use std::io::{self, IsTerminal};

use comfy_table::{ContentArrangement, Table, presets};
use serde_json::Value;

use crate::terminal::printable;

/// Columns that are shown first, in this order.
const LEADING_COLUMNS: [&str; 12] = [
    "id",
    "workspace",
    "workspaceName",
    "domain",
    "name",
    "subject",
    "username",
    "email",
    "address",
    "kind",
    "type",
    "status",
];

/// Columns that identify a row to a reader. If not all columns fit, the first of them that exists is always shown.
const NAME_COLUMNS: [&str; 5] = ["email", "address", "name", "subject", "domain"];

/// Columns that are shown next if not all columns fit.
const KEY_COLUMNS: [&str; 3] = ["id", "status", "message"];

/// The width of a column in addition to its text.
const PADDING: usize = 3;

/// The maximum width of a column if not all columns fit. Longer text is wrapped; ids fit.
const MAX_COLUMN_WIDTH: usize = 40;

/// A column with sentences, which is wrapped to the remaining width of the line.
const SENTENCE_COLUMN: &str = "message";

/// The minimum width of a column with sentences.
const MIN_SENTENCE_WIDTH: usize = 18;

/// The assumed width of a terminal that does not report its width.
const DEFAULT_WIDTH: u16 = 80;

/// The width in a pipe or a file, which is enough for the most important columns.
const PIPE_WIDTH: usize = 120;

/// Returns the width of the terminal, in characters; `None` if standard output is a pipe or a file.
pub fn terminal_width() -> Option<usize> {
    let width = Table::new().width().filter(|width| *width > 0).unwrap_or(DEFAULT_WIDTH);
    io::stdout().is_terminal().then_some(width.into())
}

/// Returns the names of all properties of the rows, the most important ones first. Returns none if a row is not an
/// object.
pub fn columns(rows: &[Value]) -> Vec<String> {
    if !rows.iter().all(Value::is_object) {
        return Vec::new();
    }
    let names: BTreeSet<_> = rows.iter().filter_map(Value::as_object).flat_map(|row| row.keys()).collect();
    let first =
        LEADING_COLUMNS.iter().filter(|name| names.iter().any(|known| known == *name)).map(|name| (*name).to_owned());
    let rest = names.iter().filter(|name| !LEADING_COLUMNS.contains(&name.as_str())).map(|name| (*name).clone());
    first.chain(rest).collect()
}

/// Returns the text of a cell.
pub fn cell(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// Returns rows as a table for a terminal of the width `terminal`, in characters, or for a pipe. If no columns are
/// `selected`, empty columns and columns that do not fit are left out.
pub fn text(rows: &[Value], selected: Option<Vec<String>>, terminal: Option<usize>) -> String {
    if rows.is_empty() {
        return String::new();
    }
    let mut table = Table::new();
    if let Some(width) = terminal {
        table.load_preset(presets::UTF8_HORIZONTAL_ONLY).set_content_arrangement(ContentArrangement::Dynamic);
        table.set_width(width.try_into().unwrap_or(u16::MAX));
    } else {
        table.load_preset(presets::NOTHING).set_content_arrangement(ContentArrangement::Disabled);
    }
    let all = columns(rows);
    let mut left_out = 0;
    if all.is_empty() {
        table.add_rows(rows.iter().map(|row| vec![one_line(row)]));
    } else if let [object] = rows {
        // A single object is easier to read as a list of its properties.
        for column in selected.unwrap_or(all) {
            add_properties(&column, &object[&column], &mut |name, value| _ = table.add_row([name, &value]));
        }
    } else {
        let shown = selected.unwrap_or_else(|| {
            let filled = non_empty(&all, rows);
            let shown = fitting(&filled, rows, terminal.unwrap_or(PIPE_WIDTH));
            left_out = filled.len() - shown.len();
            shown
        });
        table.set_header(&shown);
        table.add_rows(rows.iter().map(|row| shown.iter().map(|column| one_line(&row[column])).collect::<Vec<_>>()));
    }
    // In a pipe, the note would be read as a row.
    let note = if left_out > 0 && terminal.is_some() {
        format!("columns left out: {left_out} (see --columns and --output json)\n")
    } else {
        String::new()
    };
    format!("{}\n{note}", printable(&table.trim_fmt()))
}

/// Returns the columns with a value in at least one row.
fn non_empty(columns: &[String], rows: &[Value]) -> Vec<String> {
    let has_values = |column: &&String| rows.iter().any(|row| !summary(&row[*column]).is_empty());
    columns.iter().filter(has_values).cloned().collect()
}

/// Returns the columns that fit into `width` characters. If not all of them fit, the most important ones are selected.
fn fitting(columns: &[String], rows: &[Value], width: usize) -> Vec<String> {
    let name = NAME_COLUMNS.iter().copied().find(|name| columns.iter().any(|column| column == name));
    let important: Vec<_> = name.into_iter().chain(KEY_COLUMNS).collect();
    let mut ranked: Vec<_> = columns.iter().collect();
    ranked.sort_by_key(|column| important.iter().position(|name| name == column).unwrap_or(important.len()));
    let mut free = width;
    let mut shown = BTreeSet::new();
    for column in ranked {
        let longest = rows.iter().map(|row| one_line(&row[column]).chars().count()).max().unwrap_or_default();
        let needed = longest.max(column.len()).min(MAX_COLUMN_WIDTH) + PADDING;
        let is_wrapped = column == SENTENCE_COLUMN && free >= MIN_SENTENCE_WIDTH;
        let needed = if is_wrapped { needed.min(free) } else { needed };
        // At least one column is shown, wrapped if the terminal is too narrow.
        if needed <= free || shown.is_empty() {
            free = free.saturating_sub(needed);
            shown.insert(column);
        }
    }
    columns.iter().filter(|column| shown.contains(column)).cloned().collect()
}

/// Calls `add` with a property. For a nested object, calls it with each property, under a dotted name.
fn add_properties(name: &str, value: &Value, add: &mut impl FnMut(&str, String)) {
    match value {
        Value::Object(fields) if !fields.is_empty() => {
            fields.iter().for_each(|(field, value)| add_properties(&format!("{name}.{field}"), value, add));
        }
        value => add(name, summary(value)),
    }
}

/// Returns the text of a value in a table: the size of a nested value, and the text of any other.
fn summary(value: &Value) -> String {
    match value {
        Value::Array(list) if list.iter().any(|element| element.is_object() || element.is_array()) => {
            format!("[{}]", list.len())
        }
        Value::Array(list) => list.iter().map(cell).collect::<Vec<_>>().join(", "),
        Value::Object(fields) => format!("{{{}}}", fields.len()),
        other => cell(other),
    }
}

/// Returns the text of a value in a table with one line per row.
fn one_line(value: &Value) -> String {
    summary(value).replace(char::is_control, " ")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{columns, fitting, non_empty, text};

    #[test]
    fn important_columns_come_first() {
        let rows = [json!({"zone": 1, "status": "ACTIVE", "id": "a"}), json!({"id": "b", "account": null})];
        assert_eq!(columns(&rows), ["id", "status", "account", "zone"]);
        assert!(columns(&[json!(1), json!({"id": 2})]).is_empty());
    }

    #[test]
    fn table_in_pipe_has_no_borders() {
        let rows = [json!({"id": "a", "mailboxes": [{}, {}]}), json!({"id": "b", "mailboxes": []})];
        let table = text(&rows, None, None);
        let lines: Vec<_> = table.lines().map(|line| line.split_whitespace().collect::<Vec<_>>()).collect();
        assert_eq!(lines, [vec!["id", "mailboxes"], vec!["a", "[2]"], vec!["b"]]);
        assert_eq!(text(&[], None, Some(80)), "");
    }

    #[test]
    fn single_object_is_a_list_of_properties() {
        let object = json!({"id": "a", "balance": 64.5, "owner": {"email": "b", "tags": ["c", "d"], "teams": [{}]}});
        let lines = text(std::slice::from_ref(&object), None, None);
        let lines: Vec<_> = lines.lines().map(|line| line.split_whitespace().collect::<Vec<_>>()).collect();
        let nested = [vec!["owner.email", "b"], vec!["owner.tags", "c,", "d"], vec!["owner.teams", "[1]"]];
        assert_eq!(lines[..2], [vec!["id", "a"], vec!["balance", "64.5"]]);
        assert_eq!(lines[2..], nested);
        let selected = text(&[object], Some(vec!["balance".to_owned()]), None);
        assert_eq!(selected.split_whitespace().collect::<Vec<_>>(), ["balance", "64.5"]);
    }

    #[test]
    fn selected_columns_keep_their_order() {
        let rows = [json!({"id": "a", "status": null, "zone": 1}), json!({"id": "b", "status": null, "zone": 2})];
        for width in [None, Some(30)] {
            let table = text(&rows, Some(vec!["zone".to_owned(), "status".to_owned(), "id".to_owned()]), width);
            let words: Vec<_> = table.split_whitespace().filter(|word| word.is_ascii()).collect();
            assert_eq!(words, ["zone", "status", "id", "1", "a", "2", "b"], "{table}");
        }
        let in_pipe = text(&rows, None, None);
        assert!(in_pipe.contains("zone") && !in_pipe.contains("status"), "empty columns are left out: {in_pipe}");
    }

    #[test]
    fn terminal_shows_columns_that_fit() {
        let row = |id: &str| json!({"id": id.repeat(36), "domain": "d".repeat(25), "email": "e".repeat(30), "status": "ACTIVE", "a": null});
        let rows = [row("1"), row("2")];
        assert_eq!(columns(&rows), ["id", "domain", "email", "status", "a"]);
        let filled = non_empty(&columns(&rows), &rows);
        assert_eq!(filled, ["id", "domain", "email", "status"]);
        assert_eq!(fitting(&filled, &rows, 200), filled);
        // A column that does not fit is skipped.
        assert_eq!(fitting(&filled, &rows, 81), ["id", "email", "status"]);
        assert_eq!(fitting(&filled, &rows, 80), ["id", "email"]);
        assert_eq!(fitting(&filled, &rows, 10), ["email"]);
        let sentence =
            |id: &str| json!({"subject": "s".repeat(37), "message": "very long ".repeat(9), "id": id.repeat(36)});
        let sentences = [sentence("1"), sentence("2")];
        assert_eq!(fitting(&columns(&sentences), &sentences, 60), ["subject", "message"]);
        for width in [10, 40, 60, 81, 120] {
            let table = text(&rows, None, Some(width));
            let lines: Vec<_> = table.lines().filter(|line| !line.contains("left out")).collect();
            assert!(lines.len() > 4 && lines.iter().all(|line| line.chars().count() <= width), "{width}\n{table}");
        }
        assert!(text(&rows, None, Some(81)).ends_with("\ncolumns left out: 1 (see --columns and --output json)\n"));
        assert!(!text(&rows, None, Some(200)).contains("left out") && !text(&rows, None, None).contains("left out"));
    }
}
