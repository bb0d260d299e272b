//! `cargo xtask adopt`: writes what an operation's page says, or what programs observed, into its group file, for a person
//! to read and edit.

mod change;
mod entry;
mod lines;
mod schema;
mod shapes;
mod spot;
#[cfg(test)]
mod tests;
mod trial;
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
use crate::drift::judge::{address, assigned, unmeant};
use crate::drift::list::{Listed, SITE};
use crate::drift::page::Page;
use crate::drift::{self, Pages};
use crate::index::{self, Entry};
use crate::{files, suggest};
use change::{Change, TYPED};
use schema::Components;
use trial::Trial;

/// What `adopt` is asked for.
#[derive(Debug, Args)]
#[command(after_help = "\
Only what `drift` reports is written, line by line; order, comments and descriptions stay. What cannot be written so is
listed as `by hand`. An operation that the document does not have is found by its line in operations.tsv, or by a name
with all words of its page's title; its descriptions are left empty, and `check` refuses them until they are written.

With --shapes, what programs observed is written instead: types of what had none, new properties, null, new words of
enums, and the evidence `observed` with its date. What contradicts the document is listed as `by hand`.

Exit codes: 0 all was written, 1 something is left to do by hand, 2 a page, the shapes or the document could not be read.

Examples:
  cargo xtask adopt list_mailboxes                                what its page says today
  cargo xtask adopt list_mailboxes --from target/pages            the same of pages that `drift --save` kept
  cargo xtask adopt get_mailbox_warm_up_report --from target/pages    an operation that is new
  cargo xtask adopt --shapes shapes.json                          all operations of a file of `zapmail observe`
  cargo xtask adopt --shapes shapes.json get_zap_site             one of them")]
pub struct Arguments {
    /// Operation to adopt; for a new one the name that it is to have
    #[arg(value_name = "OPERATION", required_unless_present = "shapes")]
    operation: Option<String>,
    /// File of shapes that programs recorded, instead of a page
    #[arg(long, value_name = "FILE", conflicts_with_all = ["from", "cache"])]
    shapes: Option<PathBuf>,
    /// Documentation site, or a folder with llms.txt and the pages
    #[arg(long, value_name = "URL|DIR", default_value = SITE)]
    from: String,
    /// Folder for the pages of sites as they were last fetched
    #[arg(long, value_name = "DIR", default_value_os_t = drift::cache_folder())]
    cache: PathBuf,
}

/// What was done, in lines for people.
#[derive(Debug, Default, PartialEq, Eq)]
struct Done {
    written: Vec<String>,
    notes: Vec<String>,
    by_hand: Vec<String>,
}

/// What is written into the document, one difference after the other.
struct Source<'a> {
    page: &'a Page,
    /// What differs from a document.
    differences: &'a dyn Fn(&Document) -> Result<Vec<Difference>>,
    /// Whether a change of this name may be written.
    may_write: fn(&str) -> bool,
    /// What stands in front of a place.
    prefix: String,
    /// Whether it was observed.
    is_observed: bool,
}

pub fn run(folder: &Path, arguments: &Arguments) -> Result<ExitCode> {
    let document = Document::read(folder)?;
    let operation = arguments.operation.as_deref();
    let done = match &arguments.shapes {
        Some(file) => shapes::adopt(folder, &document, &shapes::read(file)?, operation)?,
        None => {
            let source = drift::open(&arguments.from, &arguments.cache)?;
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().context("cannot start")?;
            let pages = runtime.block_on(drift::pages(&source))?;
            adopt(folder, &document, &pages, operation.context("name the operation")?)?
        }
    };
    for (label, lines) in [("written", &done.written), ("note", &done.notes), ("by hand", &done.by_hand)] {
        for line in lines {
            println!("{label}: {line}");
        }
    }
    if done == Done::default() {
        println!("{}: nothing to adopt", operation.unwrap_or("all operations"));
    }
    Ok(ExitCode::from(u8::from(!done.by_hand.is_empty())))
}

fn adopt(folder: &Path, document: &Document, pages: &Pages, id: &str) -> Result<Done> {
    let index = index::read(folder)?;
    let deviations = deviations::read(folder)?;
    let assigned = assigned(document, &index, &pages.pages);
    let is_known = document.operations().any(|known| known.id == id);
    let mut trial = Trial::start(folder, document)?;
    let done = if is_known {
        let page = assigned.iter().find(|(.., shown)| shown.as_deref() == Some(id));
        let Some((_, page, _)) = page else {
            bail!("no page that can be read shows {id}; see `cargo xtask drift {id}`")
        };
        existing(&mut trial, &deviations, page, id)?
    } else {
        let new: Vec<_> = assigned.iter().filter(|(.., shown)| shown.is_none()).collect();
        let wanted = new.iter().filter(|(listed, page, _)| is_wanted(id, listed, page, &index));
        let [(listed, page, _)] = wanted.collect::<Vec<_>>()[..] else {
            let near = suggest::did_you_mean(id, document.operations().map(|known| known.id));
            let new = new.iter().map(|(listed, page, _)| {
                format!("\n  {} {} ({})", page.method.to_uppercase(), page.path, title(listed, page))
            });
            let new: String = new.collect();
            let new = if new.is_empty() { new } else { format!("\nnew operations, to be named by their titles:{new}") };
            bail!("no operation is called {id}{near}{new}");
        };
        added(&mut trial, &index, listed, page, id)?
    };
    write(folder, &trial)?;
    Ok(done)
}

/// Writes the files that were edited.
fn write(folder: &Path, trial: &Trial) -> Result<()> {
    for (file, content) in trial.changed() {
        files::replace(&folder.join(file), &content)?;
    }
    Ok(())
}

/// Writes the differences of an operation that the document has.
fn existing(trial: &mut Trial, deviations: &[Deviation], page: &Page, id: &str) -> Result<Done> {
    let differences = |document: &Document| Ok(unmeant(document, deviations, &document.named(id)?, page));
    let source =
        Source { page, differences: &differences, may_write: |_| true, prefix: String::new(), is_observed: false };
    let mut done = source.write(trial, id)?;
    done.notes.extend(trial.unwritten());
    Ok(done)
}

impl Source<'_> {
    /// Writes what can be written, and lists the rest.
    fn write(&self, trial: &mut Trial, id: &str) -> Result<Done> {
        let mut done = Done::default();
        let mut tried = Vec::new();
        loop {
            let differences = (self.differences)(&trial.document)?.into_iter();
            let fresh: Vec<_> = differences
                .filter(|difference| (self.may_write)(&difference.change) && !tried.contains(difference))
                .collect();
            if fresh.is_empty() {
                break;
            }
            for difference in &fresh {
                self.write_one(trial, id, difference, &mut done)?;
            }
            // What has a type now can have parts that differ.
            tried.extend(fresh);
        }
        done.notes.dedup();
        let left = (self.differences)(&trial.document)?;
        let prefix = &self.prefix;
        done.by_hand =
            left.iter().map(|difference| format!("{prefix}{}: {}", difference.at, difference.change)).collect();
        Ok(done)
    }

    fn write_one(&self, trial: &mut Trial, id: &str, difference: &Difference, done: &mut Done) -> Result<()> {
        let document = trial.document.clone();
        let operation = document.named(id)?;
        let mut files = trial.files.clone();
        let mut components =
            if self.is_observed { Components::observed(&document) } else { Components::new(&document) };
        let change = Change { document: &document, operation, page: self.page, difference };
        let Some(edited) = change.write(&mut files, &mut components) else { return Ok(()) };
        // A part that becomes a component has an empty description there.
        let may_lose = difference.change == "parameter vanished" || difference.change.starts_with(TYPED);
        let Some(next) = trial.merged(&files, id, edited.as_deref(), may_lose)? else { return Ok(()) };
        if (self.differences)(&next)?.contains(difference) {
            return Ok(());
        }
        let file = edited.as_deref().and_then(|name| document.schemas().find(|known| known.name == name));
        let file = file.map_or(operation.file, |component| component.file);
        done.written.push(format!("openapi/{file}: {}{}: {}", self.prefix, difference.at, difference.change));
        if let Some(component) = &edited {
            let others = sharing(&document, component, id);
            if !others.is_empty() {
                done.notes.push(format!("{component} is the schema of {} too", others.join(", ")));
            }
            if difference.change.starts_with(TYPED) {
                let at = &difference.at;
                done.notes.push(format!("{}{at}: read its description again; it had no type before", self.prefix));
            }
        }
        trial.accept(files, next)
    }
}

/// Writes an operation that the document does not have.
fn added(trial: &mut Trial, index: &[Entry], listed: &Listed, page: &Page, id: &str) -> Result<Done> {
    let document = trial.document.clone();
    if id.is_empty() || !id.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_') {
        bail!("{id} cannot be the name of an operation: small letters and underscores");
    }
    let Some((group, file)) = entry::group(page, &document) else {
        bail!("no group of the document is that of {}; start its file in openapi/groups by hand", page.path);
    };
    let mut components = Components::new(&document);
    let path = entry::path(page);
    let value = entry::operation(id, &group, &address(listed), page, &mut components, &document);
    let mut files = trial.files.clone();
    let lines = files.get_mut(&file).with_context(|| format!("openapi/{file} is gone"))?;
    let placed = match lines.find(["paths", &path]) {
        Some(item) => lines.inner_indent(&item).map(|indent| (item.end, indent, yaml::entry(&page.method, &value))),
        None => lines.find(["paths"]).and_then(|paths| {
            let inner = json!({ page.method.as_str(): value });
            Some((paths.end, lines.inner_indent(&paths)?, yaml::block_entry(&path, &inner)))
        }),
    };
    let written = placed.and_then(|(at, indent, entry)| {
        lines.insert(at, indent, entry);
        change::write_components(lines, &components.made)
    });
    let next = match written {
        Some(()) => trial.merged(&files, id, None, false)?,
        None => None,
    };
    let Some(next) = next else { bail!("openapi/{file} has another form than adopt can add to; add {path} by hand") };
    let left = unmeant(&next, &[], &next.named(id)?, page);
    trial.accept(files, next)?;
    let method = page.method.to_uppercase();
    let mut done = Done { written: vec![format!("openapi/{file}: {id}: {method} {path}")], ..Done::default() };
    done.notes = trial.unwritten();
    done.notes.push(
        "the examples are the page's: invent values; judge effect, idempotent, paging, verify-with and proof"
            .to_owned(),
    );
    if !index.iter().any(|entry| entry.id == id) {
        let (effect, idempotent) = (text(&value["x-zapmail-effect"]), &value["x-zapmail-idempotent"]);
        let title = title(listed, page);
        let line = format!("{id}\t{method}\t{path}\t{group}\ttrue\t{effect}\t{idempotent}\tgeneral\t-\t{title}");
        done.notes.push(format!("operations.tsv needs its line: {line}"));
    }
    done.by_hand = left.iter().map(|difference| format!("{}: {}", difference.at, difference.change)).collect();
    Ok(done)
}

/// Whether a new operation of this name is the page's: by the index, or by the words of its title.
fn is_wanted(id: &str, listed: &Listed, page: &Page, index: &[Entry]) -> bool {
    if let Some(entry) = index.iter().find(|entry| entry.id == id) {
        let shape = drift::operations::shape;
        return entry.method.eq_ignore_ascii_case(&page.method) && shape(&entry.path) == shape(&page.path);
    }
    let title = title(listed, page).to_lowercase();
    let mut words =
        title.split(|letter: char| !letter.is_ascii_alphanumeric()).filter(|word| !word.is_empty()).peekable();
    words.peek().is_some() && words.all(|word| id.split('_').any(|known| known == word))
}

fn title<'a>(listed: &'a Listed, page: &'a Page) -> &'a str {
    if page.title().is_empty() { &listed.title } else { page.title() }
}

/// The other operations that a component belongs to.
fn sharing(document: &Document, component: &str, id: &str) -> Vec<String> {
    let users = document
        .operations()
        .filter(|known| known.id != id && reachable_schemas(document.value(), [known.value]).contains(component));
    users.map(|known| known.id.to_owned()).collect()
}
