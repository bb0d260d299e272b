//! `cargo xtask adopt`: writes an operation into its group file as its page documents it, or as programs observed it,
//! for a person to review and edit.

mod change;
mod entry;
mod lines;
mod location;
mod schema;
mod shapes;
mod staging;
#[cfg(test)]
mod tests;
mod yaml;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use clap::Args;
use serde_json::json;
use zapmail_openapi::document::reference::reachable_schemas;

use crate::document::{Document, text};
use crate::drift::deviations::{self, Deviation};
use crate::drift::difference::Difference;
use crate::drift::list::{ListedPage, SITE};
use crate::drift::matching::{address, assigned, undeclared};
use crate::drift::page::Page;
use crate::drift::{self, Pages};
use crate::index::{self, Entry};
use crate::{files, suggest};
use change::{Change, TYPED};
use schema::Components;
use staging::Staging;

/// The arguments of `adopt`.
#[derive(Debug, Args)]
#[command(after_help = "\
Only the differences that `drift` reports are written, line by line; order, comments and descriptions are preserved.
Differences that cannot be written line by line are listed as `by hand`. The page of a new operation is found by the
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
    #[arg(long, value_name = "FILE", conflicts_with_all = ["from", "cache"])]
    shapes: Option<PathBuf>,
    /// Documentation site, or a folder with llms.txt and the pages
    #[arg(long, value_name = "URL|DIR", default_value = SITE)]
    from: String,
    /// Folder that caches fetched pages
    #[arg(long, value_name = "DIR", default_value_os_t = drift::cache_folder())]
    cache: PathBuf,
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
            let source = drift::open(&arguments.from, &arguments.cache)?;
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().context("cannot start")?;
            let pages = runtime.block_on(drift::pages(&source))?;
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
    let mut staging = Staging::start(folder, document)?;
    let outcome = if is_known {
        let page = assigned.iter().find(|(.., shown)| shown.as_deref() == Some(id));
        let Some((_, page, _)) = page else { bail!("no readable page shows {id}; run `cargo xtask drift {id}`") };
        existing(&mut staging, &deviations, page, id)?
    } else {
        let new: Vec<_> = assigned.iter().filter(|(.., shown)| shown.is_none()).collect();
        let wanted = new.iter().filter(|(listed, page, _)| is_wanted(id, listed, page, &index));
        let [(listed, page, _)] = wanted.collect::<Vec<_>>()[..] else {
            let near = suggest::did_you_mean(id, document.operations().map(|known| known.id));
            let new = new.iter().map(|(listed, page, _)| {
                format!("\n  {} {} ({})", page.method.to_uppercase(), page.path, title(listed, page))
            });
            let new: String = new.collect();
            let new =
                if new.is_empty() { new } else { format!("\nnew operations, to be named after their titles:{new}") };
            bail!("unknown operation {id}{near}{new}");
        };
        added(&mut staging, &index, listed, page, id)?
    };
    write(folder, &staging)?;
    Ok(outcome)
}

/// Writes the edited files.
fn write(folder: &Path, staging: &Staging) -> Result<()> {
    for (file, content) in staging.changed() {
        files::replace(&folder.join(file), &content)?;
    }
    Ok(())
}

/// Writes the differences of an operation that the document already has.
fn existing(staging: &mut Staging, deviations: &[Deviation], page: &Page, id: &str) -> Result<Outcome> {
    let differences = |document: &Document| Ok(undeclared(document, deviations, &document.named(id)?, page));
    let source =
        Source { page, differences: &differences, may_write: |_| true, prefix: String::new(), is_observed: false };
    let mut outcome = source.write(staging, id)?;
    outcome.notes.extend(staging.unwritten());
    Ok(outcome)
}

impl Source<'_> {
    /// Writes the differences that can be written, and lists the others.
    fn write(&self, staging: &mut Staging, id: &str) -> Result<Outcome> {
        let mut outcome = Outcome::default();
        let mut tried = Vec::new();
        loop {
            let differences = (self.differences)(&staging.document)?.into_iter();
            let fresh: Vec<_> = differences
                .filter(|difference| (self.may_write)(&difference.change) && !tried.contains(difference))
                .collect();
            if fresh.is_empty() {
                break;
            }
            for difference in &fresh {
                self.write_one(staging, id, difference, &mut outcome)?;
            }
            // A part that now has a type can contain further differences.
            tried.extend(fresh);
        }
        outcome.notes.dedup();
        let left = (self.differences)(&staging.document)?;
        let prefix = &self.prefix;
        outcome.by_hand =
            left.iter().map(|difference| format!("{prefix}{}: {}", difference.at, difference.change)).collect();
        Ok(outcome)
    }

    fn write_one(&self, staging: &mut Staging, id: &str, difference: &Difference, outcome: &mut Outcome) -> Result<()> {
        let document = staging.document.clone();
        let operation = document.named(id)?;
        let mut files = staging.files.clone();
        let mut components =
            if self.is_observed { Components::observed(&document) } else { Components::new(&document) };
        let change = Change { document: &document, operation, page: self.page, difference };
        let Some(edited) = change.write(&mut files, &mut components) else { return Ok(()) };
        // A part that becomes a component gets an empty description there.
        let may_lose = difference.change == "parameter vanished" || difference.change.starts_with(TYPED);
        let Some(next) = staging.merged(&files, id, edited.as_deref(), may_lose)? else { return Ok(()) };
        if (self.differences)(&next)?.contains(difference) {
            return Ok(());
        }
        let file = edited.as_deref().and_then(|name| document.schemas().find(|known| known.name == name));
        let file = file.map_or(operation.file, |component| component.file);
        outcome.written.push(format!("openapi/{file}: {}{}: {}", self.prefix, difference.at, difference.change));
        if let Some(component) = &edited {
            let others = sharing(&document, component, id);
            if !others.is_empty() {
                outcome.notes.push(format!("{component} is also used by {}", others.join(", ")));
            }
            if difference.change.starts_with(TYPED) {
                let at = &difference.at;
                outcome.notes.push(format!("{}{at}: review its description; it had no type before", self.prefix));
            }
        }
        staging.accept(files, next)
    }
}

/// Writes an operation that the document does not have.
fn added(staging: &mut Staging, index: &[Entry], listed: &ListedPage, page: &Page, id: &str) -> Result<Outcome> {
    let document = staging.document.clone();
    if id.is_empty() || !id.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_') {
        bail!("{id} is not a valid operation name; use lowercase letters and underscores");
    }
    let Some((group, file)) = entry::group(page, &document) else {
        bail!("no group of the document matches {}; create its file in openapi/groups by hand", page.path);
    };
    let mut components = Components::new(&document);
    let path = entry::path(page);
    let value = entry::operation(id, &group, &address(listed), page, &mut components, &document);
    let mut files = staging.files.clone();
    let lines = files.get_mut(&file).with_context(|| format!("openapi/{file} does not exist"))?;
    let insertion = match lines.find(["paths", &path]) {
        Some(item) => lines.inner_indent(&item).map(|indent| (item.end, indent, yaml::entry(&page.method, &value))),
        None => lines.find(["paths"]).and_then(|paths| {
            let inner = json!({ page.method.as_str(): value });
            Some((paths.end, lines.inner_indent(&paths)?, yaml::block_entry(&path, &inner)))
        }),
    };
    let written = insertion.and_then(|(at, indent, entry)| {
        lines.insert(at, indent, entry);
        change::write_components(lines, &components.added)
    });
    let next = match written {
        Some(()) => staging.merged(&files, id, None, false)?,
        None => None,
    };
    let Some(next) = next else { bail!("adopt cannot edit openapi/{file} because of its layout; add {path} by hand") };
    let left = undeclared(&next, &[], &next.named(id)?, page);
    staging.accept(files, next)?;
    let method = page.method.to_uppercase();
    let mut outcome = Outcome { written: vec![format!("openapi/{file}: {id}: {method} {path}")], ..Outcome::default() };
    outcome.notes = staging.unwritten();
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

fn title<'a>(listed: &'a ListedPage, page: &'a Page) -> &'a str {
    if page.title().is_empty() { &listed.title } else { page.title() }
}

/// The other operations that use a component.
fn sharing(document: &Document, component: &str, id: &str) -> Vec<String> {
    let users = document
        .operations()
        .filter(|known| known.id != id && reachable_schemas(document.value(), [known.value]).contains(component));
    users.map(|known| known.id.to_owned()).collect()
}
