//! What happens to every request between the client and the wire, one idea a file.
//!
//! ```text
//! spending guard -> headers -> [ quota -> send -> read -> judge -> back off ] repeated -> answer
//! ```

mod answer;
mod attempt;
mod fault;
mod headers;
mod limiter;
mod quota;
mod retry;
mod run;
mod spending;
mod timeouts;
mod transport;

pub use quota::Quota;
pub use retry::Retries;
pub use spending::Spending;
pub use timeouts::Timeouts;

pub(crate) use answer::one_line;
pub(crate) use fault::outcome_hint;
pub(crate) use headers::{Key, Scope};
pub(crate) use limiter::Limiter;
pub(crate) use timeouts::later;
pub(crate) use transport::{Answered, Policy, Rules, send_once};
