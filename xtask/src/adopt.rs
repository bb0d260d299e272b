//! `cargo xtask adopt`: writes an operation into its group file as its page documents it, or as programs observed it,
//! for a person to review and edit.

mod change;
mod entry;
mod location;
mod schema;
mod shapes;
#[cfg(test)]
mod tests;
mod yaml;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use clap::Args;
use serde_json::{Value, json};
use zapmail_openapi::document::reference::reachable_schemas;

use crate::difference::Difference;
use crate::document::{Document, entries, text};
use crate::drift::deviations::{self, Deviation};
use crate::drift::list::{ListedPage, SITE};
use crate::drift::matching::{address, assigned, title, undeclared};
use crate::drift::page::Page;
use crate::drift::{self, Pages};
use crate::files;
use crate::index::{self, Entry};
use crate::rules::operations::is_id;
use change::{Change, TYPED};
use schema::Components;

/// The arguments of `adopt`.
#[derive(Debug, Args)]
#[command(after_help = "\
Only the differences that `drift` reports are written; order, comments and descriptions are preserved. Differences that
a person has to decide on are listed as `by hand`. The page of a new operation is found by the
operation's line in operations.tsv, or by a name that contains every word of the page's title. The descriptions of a new
operation are left empty, and `check` fails until they are written.

With --shapes, the observations of programs are written instead: types for parts without one, new properties, null, new
enum values, and the evidence `observed` with its date. Contradictions to the document are listed as `by hand`.

Exit codes: 0 everything was written, 1 something is left to do by hand, 2 a page, the shapes or the document cannot
be read.

Examples:
  cargo xtask adopt list_mailboxes                                from its current page
  cargo xtask adopt list_mailboxes --from target/pages            from pages saved by `drift --save`
  cargo xtask adopt get_mailbox_warm_up_report --from target/pages    a new operation
  cargo xtask adopt --shapes shapes.json                          all operations in a file written by `zapmail observe`
  cargo xtask adopt --shapes shapes.json get_zap_site             only one operation")]
pub struct Arguments {
    /// Operation to adopt, or the name for a new operation
    #[arg(value_name = "OPERATION", required_unless_present = "shapes")]
    operation: Option<String>,
    /// File of shapes that programs recorded, instead of a page
    #[arg(long, value_name = "FILE", conflicts_with = "from")]
    shapes: Option<PathBuf>,
    /// Documentation site, or a folder with llms.txt and the pages
    #[arg(long, value_name = "URL|DIR", default_value = SITE)]
    from: String,
}

/// The report of a run, as lines for people.
#[derive(Debug, Default, PartialEq, Eq)]
struct Outcome {
    written: Vec<String>,
    notes: Vec<String>,
    by_hand: Vec<String>,
}

/// A source of differences that are written into the document one by one.
struct Source<'a> {
    page: &'a Page,
    /// Returns the differences between a document and this source.
    differences: &'a dyn Fn(&Document) -> Result<Vec<Difference>>,
    /// Whether a change with this text may be written.
    may_write: fn(&str) -> bool,
    /// The text in front of each location in the report.
    prefix: String,
    /// Whether the source is an observation rather than a page.
    is_observed: bool,
}

pub fn run(folder: &Path, arguments: &Arguments) -> Result<ExitCode> {
    let document = Document::read(folder)?;
    let operation = arguments.operation.as_deref();
    let outcome = match &arguments.shapes {
        Some(file) => shapes::adopt(folder, &document, &shapes::read(file)?, operation)?,
        None => {
            let pages = drift::read(&arguments.from)?;
            adopt(folder, &document, &pages, operation.context("name the operation")?)?
        }
    };
    for (label, lines) in [("written", &outcome.written), ("note", &outcome.notes), ("by hand", &outcome.by_hand)] {
        for line in lines {
            println!("{label}: {line}");
        }
    }
    if outcome == Outcome::default() {
        println!("{}: nothing to adopt", operation.unwrap_or("all operations"));
    }
    Ok(ExitCode::from(u8::from(!outcome.by_hand.is_empty())))
}

fn adopt(folder: &Path, document: &Document, pages: &Pages, id: &str) -> Result<Outcome> {
    let index = index::read(folder)?;
    let deviations = deviations::read(folder)?;
    let assigned = assigned(document, &index, &pages.pages);
    let is_known = document.operations().any(|known| known.id == id);
    let mut edited = document.clone();
    let mut outcome = if is_known {
        let page = assigned.iter().find(|(.., shown)| shown.as_deref() == Some(id));
        let Some((_, page, _)) = page else { bail!("no readable page shows {id}; run `cargo xtask drift {id}`") };
        existing(&mut edited, &deviations, page, id)?
    } else {
        let new: Vec<_> = assigned.iter().filter(|(.., shown)| shown.is_none()).collect();
        let wanted = new.iter().filter(|(listed, page, _)| is_wanted(id, listed, page, &index));
        let [(listed, page, _)] = wanted.collect::<Vec<_>>()[..] else {
            let new = new.iter().map(|(listed, page, _)| {
                format!("\n  {} {} ({})", page.method.to_uppercase(), page.path, title(listed, page))
            });
            let new: String = new.collect();
            let new =
                if new.is_empty() { new } else { format!("\nnew operations, to be named after their titles:{new}") };
            bail!("unknown operation {id}{}{new}", document.near(id));
        };
        added(&mut edited, &index, listed, page, id)?
    };
    outcome.notes.extend(unwritten(document, &edited));
    write(folder, &edited)?;
    Ok(outcome)
}

/// Writes the files whose parts differ from the document.
fn write(folder: &Path, document: &Document) -> Result<()> {
    let mut texts = Vec::new();
    for (name, parts) in document.by_file() {
        let file = folder.join(name);
        let text = fs::read_to_string(&file).with_context(|| format!("cannot read {}", file.display()))?;
        let known: Value = serde_saphyr::from_str(&text)?;
        let mut wanted = known.clone();
        entries(&parts).for_each(|(section, parts)| wanted[section] = parts.clone());
        if wanted != known {
            let text = yaml::edited(&text, &known, &wanted)
                .with_context(|| format!("cannot edit openapi/{name}; edit it by hand"))?;
            texts.push((file, text));
        }
    }
    texts.iter().try_for_each(|(file, text)| files::replace(file, text))
}

/// Notes that list the descriptions that a person has to write, in the operations and schemas that were edited.
fn unwritten(before: &Document, edited: &Document) -> Vec<String> {
    let known: BTreeMap<_, _> = parts(before).collect();
    let changed = parts(edited).filter(|(name, value)| known.get(name) != Some(value));
    let notes = changed.filter_map(|(name, value)| {
        let mut locations = Vec::new();
        entry::unwritten(value, "", &mut locations);
        (!locations.is_empty()).then(|| format!("write for {name}: {}", locations.join(", ")))
    });
    notes.collect()
}

/// The operations and schemas by name.
fn parts(document: &Document) -> impl Iterator<Item = (&str, &Value)> {
    let operations = document.operations().map(|known| (known.id, known.value));
    operations.chain(document.schemas().map(|known| (known.name, known.value)))
}

/// Writes the differences of an operation that the document already has.
fn existing(document: &mut Document, deviations: &[Deviation], page: &Page, id: &str) -> Result<Outcome> {
    let differences = |document: &Document| Ok(undeclared(document, deviations, &document.named(id)?, page));
    let source =
        Source { page, differences: &differences, may_write: |_| true, prefix: String::new(), is_observed: false };
    source.write(document, id)
}

impl Source<'_> {
    /// Writes the differences that can be written, and lists the others.
    fn write(&self, document: &mut Document, id: &str) -> Result<Outcome> {
        let mut outcome = Outcome::default();
        let mut tried = Vec::new();
        loop {
            let differences = (self.differences)(document)?.into_iter();
            let fresh: Vec<_> = differences
                .filter(|difference| (self.may_write)(&difference.change) && !tried.contains(difference))
                .collect();
            if fresh.is_empty() {
                break;
            }
            for difference in &fresh {
                if let Some(edited) = self.edited(document, id, difference, &mut outcome)? {
                    *document = edited;
                }
            }
            // A part that now has a type can contain further differences.
            tried.extend(fresh);
        }
        outcome.notes.dedup();
        let left = (self.differences)(document)?;
        let prefix = &self.prefix;
        outcome.by_hand =
            left.iter().map(|difference| format!("{prefix}{}: {}", difference.at, difference.change)).collect();
        Ok(outcome)
    }

    /// The document without this difference; `None` if it has to be removed by hand.
    fn edited(
        &self,
        document: &Document,
        id: &str,
        difference: &Difference,
        outcome: &mut Outcome,
    ) -> Result<Option<Document>> {
        let operation = document.named(id)?;
        let mut copy = document.clone();
        let mut components = if self.is_observed { Components::observed(document) } else { Components::new(document) };
        let change = Change { document, operation, page: self.page, difference };
        let Some(edited) = change.write(&mut copy, &mut components) else { return Ok(None) };
        if (self.differences)(&copy)?.contains(difference) {
            return Ok(None);
        }
        let file = edited.as_deref().and_then(|name| document.schemas().find(|known| known.name == name));
        let file = file.map_or(operation.file, |component| component.file);
        outcome.written.push(format!("openapi/{file}: {}{}: {}", self.prefix, difference.at, difference.change));
        if let Some(component) = &edited {
            let others = sharing(document, component, id);
            if !others.is_empty() {
                outcome.notes.push(format!("{component} is also used by {}", others.join(", ")));
            }
            if difference.change.starts_with(TYPED) {
                let at = &difference.at;
                outcome.notes.push(format!("{}{at}: review its description; it had no type before", self.prefix));
            }
        }
        Ok(Some(copy))
    }
}

/// Writes an operation that the document does not have.
fn added(document: &mut Document, index: &[Entry], listed: &ListedPage, page: &Page, id: &str) -> Result<Outcome> {
    if !is_id(id) {
        bail!("{id} is not a valid operation name; use lowercase letters and underscores");
    }
    let Some((group, file)) = entry::group(page, document) else {
        bail!("no group of the document matches {}; create its file in openapi/groups by hand", page.path);
    };
    let known = document.clone();
    let mut components = Components::new(&known);
    let path = entry::path(page);
    let value = entry::operation(id, &group, &address(listed), page, &mut components, &known);
    document.merge("paths", json!({path.as_str(): {page.method.as_str(): value}}), &file)?;
    components.write(&file, document)?;
    let method = page.method.to_uppercase();
    let mut outcome = Outcome { written: vec![format!("openapi/{file}: {id}: {method} {path}")], ..Outcome::default() };
    outcome.notes.push(
        "the examples are copied from the page: invent values; decide on effect, idempotent, paging, verify-with and proof"
            .to_owned(),
    );
    if !index.iter().any(|entry| entry.id == id) {
        let (effect, idempotent) = (text(&value["x-zapmail-effect"]), &value["x-zapmail-idempotent"]);
        let title = title(listed, page);
        let line = format!("{id}\t{method}\t{path}\t{group}\ttrue\t{effect}\t{idempotent}\tgeneral\t-\t{title}");
        outcome.notes.push(format!("add this line to operations.tsv: {line}"));
    }
    let left = undeclared(document, &[], &document.named(id)?, page);
    outcome.by_hand = left.iter().map(|difference| format!("{}: {}", difference.at, difference.change)).collect();
    Ok(outcome)
}

/// Whether a page shows the new operation of this name, according to the index or to the words of the page's title.
fn is_wanted(id: &str, listed: &ListedPage, page: &Page, index: &[Entry]) -> bool {
    if let Some(entry) = index.iter().find(|entry| entry.id == id) {
        let shape = drift::operations::shape;
        return entry.method.eq_ignore_ascii_case(&page.method) && shape(&entry.path) == shape(&page.path);
    }
    let title = title(listed, page).to_lowercase();
    let mut words =
        title.split(|letter: char| !letter.is_ascii_alphanumeric()).filter(|word| !word.is_empty()).peekable();
    words.peek().is_some() && words.all(|word| id.split('_').any(|known| known == word))
}

/// The other operations that use a component.
fn sharing(document: &Document, component: &str, id: &str) -> Vec<String> {
    let users = document
        .operations()
        .filter(|known| known.id != id && reachable_schemas(document.value(), [known.value]).contains(component));
    users.map(|known| known.id.to_owned()).collect()
}
