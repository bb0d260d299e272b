//! Progress of work that takes longer than one second, on standard error: a bar on a terminal, and lines elsewhere.

use std::convert::Infallible;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use tokio::time::sleep;

use crate::context::Context;
use crate::terminal::note;

/// The delay before progress is shown.
const DELAY: Duration = Duration::from_secs(1);

/// The maximum time between two lines.
const MAX_INTERVAL: Duration = Duration::from_secs(60);

/// Runs `work`, and shows a spinner with `message`.
pub async fn during<T>(context: &Context, message: &str, work: impl Future<Output = T>) -> T {
    let spinner = ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden());
    let spinner = spinner.with_style(ProgressStyle::default_spinner()).with_message(message.to_owned());
    with_bar(context, &spinner, work).await
}

/// Returns a bar for [`with_bar`], which counts in `unit`. The caller sets its length.
pub fn bar(unit: &'static str) -> ProgressBar {
    let style = ProgressStyle::with_template("{bar:30} {pos} of {len} {prefix}  {msg}");
    let bar = ProgressBar::with_draw_target(Some(0), ProgressDrawTarget::hidden()).with_prefix(unit);
    bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}

/// Runs `work`, and shows `bar`.
pub async fn with_bar<T>(context: &Context, bar: &ProgressBar, work: impl Future<Output = T>) -> T {
    let outcome = tokio::select! {
        outcome = work => outcome,
        never = show(context, bar) => match never {},
    };
    bar.finish_and_clear();
    outcome
}

async fn show(context: &Context, bar: &ProgressBar) -> Infallible {
    sleep(DELAY).await;
    // Hidden if standard error is not a terminal, or one that cannot move its cursor.
    bar.set_draw_target(ProgressDrawTarget::stderr());
    if !bar.is_hidden() {
        bar.enable_steady_tick(Duration::from_millis(100));
    } else if !context.is_json() {
        lines(bar).await;
    }
    std::future::pending().await
}

/// Prints the state as lines, at growing intervals.
async fn lines(bar: &ProgressBar) -> Infallible {
    let mut interval = DELAY;
    loop {
        note(&line(bar));
        interval = MAX_INTERVAL.min(interval * 2);
        sleep(interval).await;
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
    fn line_shows_progress_and_elapsed_time() {
        let bar = bar("mailboxes");
        bar.set_length(40);
        bar.inc(12);
        bar.set_message("creating mailboxes");
        assert_eq!(line(&bar), "12 of 40 mailboxes, creating mailboxes (0s)");
    }
}
