//! The data of a command, in the form that was asked for.

mod masking;
mod table;

use std::io::{self, Write};

use serde_json::Value;

use crate::arguments::{Format, Options};
use crate::context::pointed;
use crate::failure::Failure;

pub use masking::masked;

/// The data of a command.
#[derive(Debug, Clone, Default)]
pub struct Rows {
    /// All of it.
    pub data: Value,
    /// Its rows, if it is a list.
    pub rows: Option<Vec<Value>>,
}

impl Rows {
    pub fn new(data: Value) -> Self {
        Self { data, rows: None }
    }

    /// Returns the part that a JSON pointer leads to.
    fn at(&self, pointer: Option<&str>) -> Result<Self, Failure> {
        pointer.map_or_else(|| Ok(self.clone()), |pointer| pointed(&self.data, pointer).cloned().map(Self::new))
    }

    /// Returns the rows of a list, or the one value.
    fn list(&self) -> Vec<Value> {
        match (&self.rows, &self.data) {
            (Some(rows), _) | (None, Value::Array(rows)) => rows.clone(),
            (None, Value::Null) => Vec::new(),
            (None, one) => vec![one.clone()],
        }
    }
}

/// Prints data.
pub fn print(options: &Options, rows: &Rows) -> Result<(), Failure> {
    let rows = rows.at(options.query.as_deref())?;
    let data = &rows.data;
    let list = rows.list();
    let columns = chosen(options, &list)?;
    let text = match options.output {
        Format::Json => pretty(data),
        Format::Jsonl => list.iter().map(|row| format!("{}\n", only(row, columns.as_deref()))).collect(),
        Format::Yaml => serde_saphyr::to_string(data).map_err(|error| Failure::io("the output is not YAML", error))?,
        Format::Csv => csv(&list, columns)?,
        // The one value that a pointer leads to is printed alone, for scripts.
        Format::Table if !data.is_object() && !data.is_array() => format!("{}\n", table::cell(data)),
        Format::Table => table::text(&list, columns, table::terminal_width()),
    };
    write(&text)
}

/// Returns the columns that `--columns` names; `None` if it does not.
fn chosen(options: &Options, rows: &[Value]) -> Result<Option<Vec<String>>, Failure> {
    let columns = &options.columns;
    if columns.is_empty() {
        return Ok(None);
    }
    if matches!(options.output, Format::Json | Format::Yaml) {
        return Err(Failure::usage("--columns is for tables, CSV and JSON lines; use --query with JSON and YAML"));
    }
    let known = table::columns(rows);
    match columns.iter().find(|column| !rows.is_empty() && !known.contains(column)) {
        Some(unknown) => {
            Err(Failure::usage(format!("--columns has {unknown}, but the columns are {}", known.join(", "))))
        }
        None => Ok(Some(columns.clone())),
    }
}

/// Returns a row with these properties only.
fn only(row: &Value, columns: Option<&[String]>) -> Value {
    match columns {
        Some(columns) => columns.iter().map(|column| (column.clone(), row[column].clone())).collect(),
        None => row.clone(),
    }
}

/// Writes to the standard output. A reader that has closed it, such as `head`, has read enough.
pub fn write(text: &str) -> Result<(), Failure> {
    let mut out = anstream::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Failure::io("the output cannot be written", error))
        }
        _ => Ok(()),
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
