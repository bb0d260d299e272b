//! Progress of what takes longer than a second, on the standard error output of a terminal.

use std::convert::Infallible;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// Shorter work shows nothing.
const PATIENCE: Duration = Duration::from_secs(1);

/// Does work, and shows a spinner if it takes longer.
pub async fn during<T>(what: &str, work: impl Future<Output = T>) -> T {
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr()).with_message(what.to_owned());
    let spin = async {
        tokio::time::sleep(PATIENCE).await;
        bar.enable_steady_tick(Duration::from_millis(100));
        std::future::pending::<Infallible>().await
    };
    let outcome = tokio::select! {
        outcome = work => outcome,
        never = spin => match never {},
    };
    bar.finish_and_clear();
    outcome
}

/// Returns a bar for work with a known end. It draws nothing unless the standard error output is a terminal.
pub fn bar(template: &str) -> ProgressBar {
    let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::new(0).with_style(style)
}
