//! Reads plans from CSV.

use std::collections::BTreeMap;
use std::io::Read;

use csv::{ReaderBuilder, StringRecord, Trim};
use zapmail_sdk::{Error, ErrorKind, Result};

use super::plan::{DomainSource, PlannedMailbox, ProvisionPlan};
use crate::names;

impl ProvisionPlan {
    /// Reads the domains and mailboxes of a plan from CSV, with a header and one row per mailbox.
    ///
    /// The columns are `domain`, `username`, `first_name`, `last_name` and `source` (`buy`, `connect`, `owned` or
    /// empty), in any order. `source` is optional. A row without a username stands for a domain without mailboxes.
    ///
    /// ```
    /// use zapmail_sdk_ext::ProvisionPlan;
    ///
    /// let rows = "domain,username,first_name,last_name,source\n\
    ///     tryacme.com,dana.reed,Dana,Reed,buy\n\
    ///     tryacme.com,lee.wood,Lee,Wood,buy\n";
    /// let plan = ProvisionPlan::from_csv(rows.as_bytes())?;
    /// assert_eq!(plan.addresses().count(), 2);
    /// # Ok::<(), zapmail_sdk_ext::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Invalid`] if the rows are not a plan. The message contains the line and the column.
    pub fn from_csv(rows: impl Read) -> Result<Self> {
        let mut reader = ReaderBuilder::new().trim(Trim::All).flexible(true).from_reader(rows);
        let header = reader.headers().map_err(|error| unreadable(&error))?;
        let columns = Columns::of(header)?;
        let (mut plan, mut sources) = (ProvisionPlan::new(), BTreeMap::new());
        for row in reader.records() {
            let row = row.map_err(|error| unreadable(&error))?;
            add(&mut plan, &mut sources, &columns, &row)?;
        }
        Ok(plan)
    }
}

/// The sources of domains, as set by earlier rows.
type Sources = BTreeMap<String, DomainSource>;

fn add(plan: &mut ProvisionPlan, sources: &mut Sources, columns: &Columns, row: &StringRecord) -> Result<()> {
    let line = row.position().map_or(0, csv::Position::line);
    let invalid = |message: String| Err(Error::new(ErrorKind::Invalid, format!("line {line}: {message}")));
    let cell = |column: Option<usize>| column.and_then(|column| row.get(column)).unwrap_or_default();
    if row.iter().all(str::is_empty) {
        return Ok(());
    }
    if let Some(extra) = row.iter().skip(columns.count).find(|cell| !cell.is_empty()) {
        return invalid(format!("`{extra}` is in no column; put quotes around a value that contains a comma"));
    }
    let name = names::domain(cell(Some(columns.domain)));
    if !names::is_domain(&name) {
        return invalid(format!(
            "`domain` is `{name}`, which is not a valid domain name; use names such as `acme.com`"
        ));
    }
    let source = match &*cell(columns.source).to_ascii_lowercase() {
        "" => None,
        "buy" => Some(DomainSource::Buy),
        "connect" => Some(DomainSource::Connect),
        "owned" => Some(DomainSource::Owned),
        other => return invalid(format!("`source` is `{other}`; use `buy`, `connect`, `owned`, or leave it empty")),
    };
    let domain = plan.domains.entry(name.clone()).or_default();
    if let Some(source) = source {
        match sources.insert(name.clone(), source) {
            Some(earlier) if earlier != source => {
                return invalid(format!("`source` of {name} is `{source}`, but `{earlier}` in an earlier line"));
            }
            _ => domain.source = source,
        }
    }
    let username = cell(Some(columns.username));
    if username.is_empty() {
        let has_name = [columns.first_name, columns.last_name].iter().any(|column| !cell(Some(*column)).is_empty());
        return if has_name { invalid(format!("`username` of a mailbox on {name} is empty")) } else { Ok(()) };
    }
    let mailbox = PlannedMailbox {
        username: username.to_lowercase(),
        first_name: cell(Some(columns.first_name)).to_owned(),
        last_name: cell(Some(columns.last_name)).to_owned(),
    };
    for (column, text) in [("first_name", &mailbox.first_name), ("last_name", &mailbox.last_name)] {
        if text.is_empty() {
            return invalid(format!("`{column}` of {username}@{name} is empty"));
        }
    }
    domain.mailboxes.push(mailbox);
    Ok(())
}

/// The index of each column.
struct Columns {
    domain: usize,
    username: usize,
    first_name: usize,
    last_name: usize,
    source: Option<usize>,
    /// The number of columns in the file.
    count: usize,
}

/// The columns of a plan.
const NAMES: [&str; 5] = ["domain", "username", "first_name", "last_name", "source"];

/// Returns the name of a column: `First name` is `first_name`.
fn normalized(cell: &str) -> String {
    cell.trim_start_matches('\u{feff}').to_lowercase().replace([' ', '-'], "_")
}

impl Columns {
    fn of(header: &StringRecord) -> Result<Self> {
        let find = |name: &str| header.iter().position(|cell| normalized(cell) == name);
        let require = |name: &str| {
            find(name).ok_or_else(|| {
                let message = format!("the column `{name}` is missing from the first line");
                Error::new(ErrorKind::Invalid, message)
                    .with_hint("use a header with `domain`, `username`, `first_name` and `last_name`")
            })
        };
        if let Some(unknown) =
            header.iter().map(normalized).find(|name| !name.is_empty() && !NAMES.contains(&name.as_str()))
        {
            let message = format!("the first line has the column `{unknown}`, which a plan does not have");
            return Err(Error::new(ErrorKind::Invalid, message)
                .with_hint(format!("use {}, and delete other columns", NAMES.join(", "))));
        }
        let count = |name: &str| header.iter().filter(|cell| normalized(cell) == name).count();
        if let Some(twice) = NAMES.iter().find(|name| count(name) > 1) {
            let message = format!("the first line has the column `{twice}` twice; delete one of them");
            return Err(Error::new(ErrorKind::Invalid, message));
        }
        Ok(Self {
            domain: require("domain")?,
            username: require("username")?,
            first_name: require("first_name")?,
            last_name: require("last_name")?,
            source: find("source"),
            count: header.len(),
        })
    }
}

fn unreadable(error: &csv::Error) -> Error {
    Error::new(ErrorKind::Invalid, format!("the CSV cannot be read: {error}"))
}
