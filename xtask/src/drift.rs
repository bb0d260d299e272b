//! `cargo xtask drift`: reports where the document differs from the pages of the official documentation.

pub mod deviations;
pub mod differences;
pub mod list;
pub mod matching;
pub mod operations;
pub mod page;
mod report;
mod schemas;
pub mod severity;
mod site;
mod source;
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
use matching::FetchedPage;
use report::Report;
use site::Site;
use source::Source;

/// The number of pages that are fetched concurrently.
const CONCURRENCY: usize = 4;

/// The delay before the first retry of a page.
const RETRY_DELAY: Duration = Duration::from_millis(500);

/// The arguments of `drift`.
#[derive(Debug, Default, Args)]
#[command(after_help = "\
Exit codes: 0 no drift, 1 drift, 2 a page or the list could not be read.

Known and deliberate differences belong in openapi/deviations.yaml: the operation, `at` and `change` as the report
prints them, and the reason. A deviation that no longer applies is reported.

Examples:
  cargo xtask drift                                  the live documentation
  cargo xtask drift get_user list_mailboxes          only these operations
  cargo xtask drift --save target/pages              save the pages
  cargo xtask drift --from target/pages --json       compare the saved pages, and print JSON")]
pub struct Arguments {
    /// Only report these operations
    #[arg(value_name = "OPERATION")]
    only: Vec<String>,
    /// Documentation site, or a folder with llms.txt and the pages
    #[arg(long, value_name = "URL|DIR", default_value = list::SITE)]
    from: String,
    /// Also save the pages in this folder, for `--from`
    #[arg(long, value_name = "DIR")]
    save: Option<PathBuf>,
    /// Print the report as JSON
    #[arg(long)]
    json: bool,
}

pub fn run(folder: &Path, arguments: &Arguments) -> Result<ExitCode> {
    let report = report(folder, arguments)?;
    if arguments.json {
        println!("{}", serde_json::to_string_pretty(&report)?);
    } else {
        anstream::print!("{}", report.text());
    }
    Ok(ExitCode::from(report.exit_code()))
}

/// Opens a site if `from` is a URL, and a folder otherwise.
fn open(from: &str) -> Result<Source> {
    if !from.contains("://") {
        return Ok(Source::Folder(PathBuf::from(from)));
    }
    let address = Url::parse(from).with_context(|| format!("--from: {from} is not a valid URL"))?;
    if !matches!(address.scheme(), "http" | "https") {
        bail!("--from: {from} is neither http nor https; to read a folder, pass its path");
    }
    Ok(Source::Site(Site::new(address, RETRY_DELAY)?))
}

/// Reads the list and every page, and compares the pages with the document.
fn report(folder: &Path, arguments: &Arguments) -> Result<Report> {
    let document = Document::read(folder)?;
    let index = index::read(folder)?;
    let deviations = deviations::read(folder)?;
    for name in &arguments.only {
        document.named(name)?;
    }
    let Pages { list, pages, elsewhere } = read(&arguments.from)?;
    if let Some(save) = &arguments.save {
        files::replace(&save.join(list::NAME), &list)?;
        for FetchedPage { listed, text } in &pages {
            if let Ok(text) = text {
                files::replace(&save.join(&listed.path), text)?;
            }
        }
    }
    let mut report = matching::compare_pages(&document, &index, &deviations, &pages);
    report.keep_only(&arguments.only);
    report.unread.extend(elsewhere.into_iter().map(|page| report::Unread {
        page,
        fault: "is on a different host than the documentation; it was not fetched".to_owned(),
    }));
    Ok(report)
}

/// The list and the pages of a source.
pub struct Pages {
    list: String,
    pub pages: Vec<FetchedPage>,
    /// Pages on other hosts, which are not fetched.
    elsewhere: Vec<String>,
}

/// Reads the list and every page of a site or a folder.
pub fn read(from: &str) -> Result<Pages> {
    let source = open(from)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().context("cannot start")?;
    runtime.block_on(pages(&source))
}

async fn pages(source: &Source) -> Result<Pages> {
    let list = source.read(list::NAME).await.map_err(|fault| anyhow!("{} {fault}", list::NAME))?;
    let (listed, elsewhere) = list::parse(&list, source.address());
    if listed.is_empty() {
        bail!("{} contains no page of an operation (`[Title](https://docs.zapmail.ai/...-<id>e0.md)`)", list::NAME);
    }
    let progress = progress(listed.len());
    let pages = stream::iter(listed).map(|listed| {
        let progress = &progress;
        async move {
            let text = source.read(&listed.path).await;
            progress.inc(1);
            FetchedPage { listed, text }
        }
    });
    let pages: Vec<_> = pages.buffered(CONCURRENCY).collect().await;
    progress.finish_and_clear();
    Ok(Pages { list, pages, elsewhere })
}

/// A progress bar, which is shown on terminals only.
fn progress(pages: usize) -> ProgressBar {
    let bar = ProgressBar::new(u64::try_from(pages).unwrap_or(u64::MAX));
    match ProgressStyle::with_template("{bar:30} {pos}/{len} pages {elapsed}") {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}
