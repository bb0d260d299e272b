//! `cargo xtask drift`: where the document differs from the pages of the official documentation.

mod cache;
pub mod deviations;
pub mod difference;
pub mod judge;
pub mod list;
pub mod operations;
pub mod page;
mod report;
mod schemas;
pub mod severity;
mod site;
pub mod source;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, Result, anyhow, bail};
use clap::Args;
use futures::{StreamExt, stream};
use indicatif::{ProgressBar, ProgressStyle};
use url::Url;

use crate::document::Document;
use crate::{files, index};
use judge::Read;
use report::Report;
use site::Site;
use source::Source;

/// Pages that are fetched at the same time.
const AT_ONCE: usize = 4;

/// Before a page that could not be fetched is asked for again.
const PAUSE: Duration = Duration::from_millis(500);

/// What `drift` is asked for.
#[derive(Debug, Default, Args)]
#[command(after_help = "\
Exit codes: 0 no drift, 1 drift, 2 a page or the list could not be read.

Known and deliberate differences belong into openapi/deviations.yaml: the operation, `at` and `change` as the report
prints them, and the reason. One that no longer applies is reported.

Examples:
  cargo xtask drift                                  the live documentation
  cargo xtask drift get_user list_mailboxes          what their pages say today
  cargo xtask drift --save target/pages              the same, and keep the pages
  cargo xtask drift --from target/pages --json       those pages again, for a program")]
pub struct Arguments {
    /// Only report these operations
    #[arg(value_name = "OPERATION")]
    only: Vec<String>,
    /// Documentation site, or a folder with llms.txt and the pages
    #[arg(long, value_name = "URL|DIR", default_value = list::SITE)]
    from: String,
    /// Also write the pages into this folder, for `--from`
    #[arg(long, value_name = "DIR")]
    save: Option<PathBuf>,
    /// Print the report as JSON
    #[arg(long)]
    json: bool,
    /// Folder for the pages of sites as they were last fetched
    #[arg(long, value_name = "DIR", default_value_os_t = cache_folder())]
    cache: PathBuf,
}

pub fn run(folder: &Path, arguments: &Arguments) -> Result<ExitCode> {
    let source = open(&arguments.from, &arguments.cache)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().context("cannot start")?;
    let report = runtime.block_on(report(folder, &source, arguments))?;
    if arguments.json {
        println!("{}", serde_json::to_string_pretty(&report)?);
    } else {
        anstream::print!("{}", report.text());
    }
    Ok(ExitCode::from(report.exit_code()))
}

/// A site if it is an address, else a folder.
pub fn open(from: &str, cache: &Path) -> Result<Source> {
    if !from.contains("://") {
        return Ok(Source::Folder(PathBuf::from(from)));
    }
    let address = Url::parse(from).with_context(|| format!("--from: {from} is no address"))?;
    if !matches!(address.scheme(), "http" | "https") {
        bail!("--from: {from} is neither http nor https; for a folder give its path");
    }
    Ok(Source::Site(Site::new(address, cache.to_owned(), PAUSE)?))
}

/// Reads the list and every page, and compares.
async fn report(folder: &Path, source: &Source, arguments: &Arguments) -> Result<Report> {
    let document = Document::read(folder)?;
    let index = index::read(folder)?;
    let deviations = deviations::read(folder)?;
    for name in &arguments.only {
        document.named(name)?;
    }
    let Pages { list, pages, elsewhere } = pages(source).await?;
    if let Some(save) = &arguments.save {
        files::replace(&save.join(list::NAME), &list)?;
        for Read { listed, text } in &pages {
            if let Ok(text) = text {
                files::replace(&save.join(&listed.path), text)?;
            }
        }
    }
    let mut report = judge::judge(&document, &index, &deviations, &pages);
    report.keep_only(&arguments.only);
    report.unread.extend(elsewhere.into_iter().map(|page| report::Unread {
        page,
        fault: "is on another host than the documentation; it was not fetched".to_owned(),
    }));
    Ok(report)
}

/// What a source has.
pub struct Pages {
    list: String,
    pub pages: Vec<Read>,
    /// Pages on other hosts, which are not fetched.
    elsewhere: Vec<String>,
}

/// Reads the list and every page.
pub async fn pages(source: &Source) -> Result<Pages> {
    let list = source.read(list::NAME).await.map_err(|fault| anyhow!("{} {fault}", list::NAME))?;
    let (listed, elsewhere) = list::parse(&list, source.address());
    if listed.is_empty() {
        bail!("{} names no page of an operation (`[Title](https://docs.zapmail.ai/...-<id>e0.md)`)", list::NAME);
    }
    let progress = progress(listed.len());
    let pages = stream::iter(listed).map(|listed| {
        let progress = &progress;
        async move {
            let text = source.read(&listed.path).await;
            progress.inc(1);
            Read { listed, text }
        }
    });
    let pages: Vec<_> = pages.buffered(AT_ONCE).collect().await;
    progress.finish_and_clear();
    Ok(Pages { list, pages, elsewhere })
}

/// A bar on a terminal, nothing elsewhere.
fn progress(pages: usize) -> ProgressBar {
    let bar = ProgressBar::new(u64::try_from(pages).unwrap_or(u64::MAX));
    match ProgressStyle::with_template("{bar:30} {pos}/{len} pages {elapsed}") {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}

/// `xtask/pages` in the target folder of the workspace that xtask was built in.
pub fn cache_folder() -> PathBuf {
    let target = std::env::var_os("CARGO_TARGET_DIR").map(PathBuf::from);
    target.unwrap_or_else(|| crate::workspace_folder().join("target")).join("xtask/pages")
}
