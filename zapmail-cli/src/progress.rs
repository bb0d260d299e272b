//! Progress of what takes longer than a second, on the standard error output: a bar on a terminal, lines elsewhere.

use std::convert::Infallible;
use std::io::{self, IsTerminal};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use tokio::time::sleep;

use crate::context::Context;

/// Shorter work shows nothing.
const PATIENCE: Duration = Duration::from_secs(1);

/// The longest time between two lines.
const LONGEST: Duration = Duration::from_secs(60);

/// Does work, and shows what it is if it takes longer.
pub async fn during<T>(context: &Context, what: &str, work: impl Future<Output = T>) -> T {
    let spinner = ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden());
    let spinner = spinner.with_style(ProgressStyle::default_spinner()).with_message(what.to_owned());
    shown(context, &spinner, work).await
}

/// Returns a bar for work with a known end, which [`shown`] draws. `unit` is what it counts.
pub fn bar(unit: &'static str) -> ProgressBar {
    let style = ProgressStyle::with_template("{bar:30} {pos} of {len} {prefix}  {msg}");
    let bar = ProgressBar::with_draw_target(Some(0), ProgressDrawTarget::hidden()).with_prefix(unit);
    bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}

/// Does work, and shows a bar if it takes longer.
pub async fn shown<T>(context: &Context, bar: &ProgressBar, work: impl Future<Output = T>) -> T {
    let outcome = tokio::select! {
        outcome = work => outcome,
        never = show(context, bar) => match never {},
    };
    bar.finish_and_clear();
    outcome
}

async fn show(context: &Context, bar: &ProgressBar) -> Infallible {
    sleep(PATIENCE).await;
    if io::stderr().is_terminal() {
        bar.set_draw_target(ProgressDrawTarget::stderr());
        bar.enable_steady_tick(Duration::from_millis(100));
    } else if !context.is_json() {
        lines(bar).await;
    }
    std::future::pending().await
}

/// Prints the state as lines that become rarer.
async fn lines(bar: &ProgressBar) -> Infallible {
    let mut pause = PATIENCE;
    loop {
        anstream::eprintln!("{}", line(bar));
        pause = LONGEST.min(pause * 2);
        sleep(pause).await;
    }
}

fn line(bar: &ProgressBar) -> String {
    let elapsed = humantime::format_duration(Duration::from_secs(bar.elapsed().as_secs()));
    let message = bar.message();
    match bar.length() {
        Some(length) => format!("{} of {length} {}, {message} ({elapsed})", bar.position(), bar.prefix()),
        None => format!("{message} ({elapsed})"),
    }
}

#[cfg(test)]
mod tests {
    use super::{bar, line};

    #[test]
    fn line_shows_what_is_done() {
        let bar = bar("mailboxes");
        bar.set_length(40);
        bar.inc(12);
        bar.set_message("creating mailboxes");
        assert_eq!(line(&bar), "12 of 40 mailboxes, creating mailboxes (0s)");
    }
}
