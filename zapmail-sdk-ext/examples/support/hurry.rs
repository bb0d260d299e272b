//! What takes minutes at the real service takes a moment in a sandbox, whose time can be moved.

use std::sync::Arc;
use std::time::Duration;

use zapmail_sandbox::Sandbox;

/// How often to look at something that the service wants looked at so often.
pub fn every(sandbox: Option<&Sandbox>, advised: Duration) -> Duration {
    if sandbox.is_some() { Duration::from_millis(300) } else { advised }
}

/// Moves the time of a sandbox; that of the real service goes by itself.
pub fn pass_time(sandbox: Option<Arc<Sandbox>>, time: Duration) -> impl Fn() + Send + 'static {
    move || {
        if let Some(sandbox) = &sandbox {
            sandbox.advance(time);
        }
    }
}
