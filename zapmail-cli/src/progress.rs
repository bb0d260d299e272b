//! Progress of what takes longer than a second, on the standard error output of a terminal.

use std::convert::Infallible;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// Shorter work shows nothing.
const PATIENCE: Duration = Duration::from_secs(1);

/// Does work, and shows a spinner if it takes longer.
pub async fn during<T>(what: &str, work: impl Future<Output = T>) -> T {
    let spinner = ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden());
    let spinner = spinner.with_style(ProgressStyle::default_spinner()).with_message(what.to_owned());
    shown(&spinner, work).await
}

/// Returns a bar for work with a known end, which [`shown`] draws.
pub fn bar(template: &str) -> ProgressBar {
    let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::with_draw_target(Some(0), ProgressDrawTarget::hidden()).with_style(style)
}

/// Does work, and draws a bar if it takes longer. Nothing is drawn unless the standard error output is a terminal.
pub async fn shown<T>(bar: &ProgressBar, work: impl Future<Output = T>) -> T {
    let draw = async {
        tokio::time::sleep(PATIENCE).await;
        bar.set_draw_target(ProgressDrawTarget::stderr());
        bar.enable_steady_tick(Duration::from_millis(100));
        std::future::pending::<Infallible>().await
    };
    let outcome = tokio::select! {
        outcome = work => outcome,
        never = draw => match never {},
    };
    bar.finish_and_clear();
    outcome
}
