//! The clock of a sandbox, which is advanced because jobs of the live service take minutes.

use std::sync::Arc;
use std::time::Duration;

use zapmail_sandbox::Sandbox;

/// Returns the polling interval: `advised`, or a short one for a sandbox.
pub fn interval(sandbox: Option<&Sandbox>, advised: Duration) -> Duration {
    if sandbox.is_some() { Duration::from_millis(300) } else { advised }
}

/// Returns a function that advances the clock of a sandbox, if there is one.
pub fn advance(sandbox: Option<Arc<Sandbox>>, time: Duration) -> impl Fn() + Send + 'static {
    move || {
        if let Some(sandbox) = &sandbox {
            sandbox.advance(time);
        }
    }
}
