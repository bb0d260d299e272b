//! Printing the data of a command in the format that `--output` selects.

mod masking;
mod table;

use std::io::{self, ErrorKind};

use serde_json::Value;

use crate::arguments::{Format, Options};
use crate::failure::Failure;
use crate::terminal;

pub use masking::{describes_credential, masked};

/// The data of a command.
#[derive(Debug, Clone, Default)]
pub struct Rows {
    /// The complete data.
    pub data: Value,
    /// The rows, if the data is a list.
    pub rows: Option<Vec<Value>>,
}

impl Rows {
    pub fn new(data: Value) -> Self {
        Self { data, rows: None }
    }

    /// Returns the part at a JSON pointer, or all data without one.
    fn at(&self, pointer: Option<&str>) -> Result<Self, Failure> {
        pointer.map_or_else(|| Ok(self.clone()), |pointer| at_pointer(&self.data, pointer).cloned().map(Self::new))
    }

    /// Returns the rows of a list, or a single value as one row.
    fn list(&self) -> Vec<Value> {
        match (&self.rows, &self.data) {
            (Some(rows), _) | (None, Value::Array(rows)) => rows.clone(),
            (None, Value::Null) => Vec::new(),
            (None, value) => vec![value.clone()],
        }
    }
}

/// Returns the part of a value at a JSON pointer.
fn at_pointer<'a>(value: &'a Value, pointer: &str) -> Result<&'a Value, Failure> {
    value.pointer(pointer).ok_or_else(|| Failure::not_found(format!("the output has no value at --query {pointer}")))
}

/// Checks options of the output that are invalid for any data.
pub fn check_options(options: &Options) -> Result<(), Failure> {
    if let Some(pointer) = options.query.as_deref().filter(|pointer| !pointer.is_empty() && !pointer.starts_with('/')) {
        return Err(Failure::usage(format!("--query {pointer} is not a JSON pointer; use one such as /0/id")));
    }
    if options.columns.iter().any(String::is_empty) {
        return Err(Failure::usage("--columns contains an empty name; pass names such as id,status"));
    }
    if !options.columns.is_empty() && matches!(options.output, Format::Json | Format::Yaml) {
        return Err(Failure::usage("--columns works with tables, CSV and JSON lines; for JSON and YAML, use --query"));
    }
    Ok(())
}

/// Prints data.
pub fn print(options: &Options, rows: &Rows) -> Result<(), Failure> {
    let rows = rows.at(options.query.as_deref())?;
    let data = &rows.data;
    let list = rows.list();
    let columns = selected_columns(options, &list)?;
    let text = match options.output {
        Format::Json => pretty(data),
        Format::Jsonl => list.iter().map(|row| format!("{}\n", select(row, columns.as_deref()))).collect(),
        Format::Yaml => {
            serde_saphyr::to_string(data).map_err(|error| Failure::io("the output cannot be written as YAML", error))?
        }
        Format::Csv => csv(&list, columns)?,
        // A single value is printed without a table, for scripts.
        Format::Table if !data.is_object() && !data.is_array() => format!("{}\n", table::cell(data)),
        Format::Table => {
            let terminal = table::terminal_width();
            if list.is_empty() && terminal.is_some() {
                terminal::note("no rows");
            }
            table::text(&list, columns, terminal)
        }
    };
    write(&text)
}

/// Returns the columns that `--columns` selects; `None` without the option.
fn selected_columns(options: &Options, rows: &[Value]) -> Result<Option<Vec<String>>, Failure> {
    let columns = &options.columns;
    if columns.is_empty() {
        return Ok(None);
    }
    let known = table::columns(rows);
    match columns.iter().find(|column| !rows.is_empty() && !known.contains(column)) {
        Some(_) if known.is_empty() => Err(Failure::usage("--columns: the rows have no columns; leave out --columns")),
        Some(unknown) => {
            let known = known.join(", ");
            Err(Failure::usage(format!("--columns: the column {unknown} does not exist; the columns are {known}")))
        }
        None => Ok(Some(columns.clone())),
    }
}

/// Returns a row with only the selected columns.
fn select(row: &Value, columns: Option<&[String]>) -> Value {
    match columns {
        Some(columns) => columns.iter().map(|column| (column.clone(), row[column].clone())).collect(),
        None => row.clone(),
    }
}

/// Writes text to standard output.
pub fn write(text: &str) -> Result<(), Failure> {
    terminal::write(text).map_err(failure)
}

/// Converts an error of standard output.
pub fn failure(error: io::Error) -> Failure {
    match error.kind() {
        ErrorKind::BrokenPipe => Failure::end_of_reader(),
        _ => Failure::io("the output cannot be written", error),
    }
}

fn pretty(data: &Value) -> String {
    format!("{data:#}\n")
}

fn csv(rows: &[Value], columns: Option<Vec<String>>) -> Result<String, Failure> {
    let invalid = |error: csv::Error| Failure::io("the output cannot be written as CSV", error);
    let columns = columns.unwrap_or_else(|| table::columns(rows));
    let mut writer = csv::Writer::from_writer(Vec::new());
    if columns.is_empty() {
        rows.iter().try_for_each(|row| writer.write_record([table::cell(row)])).map_err(invalid)?;
    } else {
        writer.write_record(&columns).map_err(invalid)?;
        for row in rows {
            writer.write_record(columns.iter().map(|column| table::cell(&row[column]))).map_err(invalid)?;
        }
    }
    let bytes =
        writer.into_inner().map_err(|error| Failure::io("the output cannot be written as CSV", error.error()))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
