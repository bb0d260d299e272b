//! The policies that every request passes between the client and the network, one per file.
//!
//! ```text
//! spending guard -> headers -> [ rate limiter -> send -> classify -> back off ] repeated -> response
//! ```

pub(crate) mod headers;
mod key;
mod limiter;
mod rate_limits;
mod retry;
mod spending;
mod timeouts;

pub use limiter::RateLimiter;
#[cfg(feature = "redis")]
pub use limiter::RedisLimits;
pub use rate_limits::RateLimits;
pub use retry::RetryPolicy;
pub use timeouts::Timeouts;

pub(crate) use headers::{ExtraHeaders, Scope};
pub(crate) use key::{KeySource, provider_error};
pub(crate) use limiter::Admission;
pub(crate) use spending::{Budget, Spending};
pub(crate) use timeouts::later;
