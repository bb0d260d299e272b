//! The guide: one page per task.
//!
//! | page | topic |
//! | --- | --- |
//! | [`quickstart`] | the API key, the first call, parameters, workspaces |
//! | [`errors_and_retries`] | what can fail, what the client does about it, and what is left to the program |
//! | [`rate_limits`] | one process, several clients, several machines, several keys |
//! | [`buying_safely`] | allowing purchases, making each once, trying them out |
//! | [`lists`] | all rows of a list, its pages and counters, where it ends |
//! | [`codes`] | authenticator codes that are still valid when used, with and without a request |
//! | [`waiting`] | background jobs of the service; mailboxes in batches |
//! | [`provisioning`] | from domain names to mailboxes that work; removing and replacing them; audits |
//! | [`observing`] | traces, OpenTelemetry, metrics, and observers of your own |
//! | [`testing_with_the_sandbox`] | tests against a stateful service on this machine |
//! | [`mocking`] | tests of one request and one response |
//! | [`webhooks`] | verifying that an event comes from the service |
//! | [`moving_to_v3`] | what is known about the next version of the API |
//!
//! The examples run as tests of this crate, against the crate `zapmail-sandbox`. Each starts a sandbox and builds a
//! client for it; in a program, [`Zapmail::from_env`](crate::Zapmail::from_env) replaces both. An example that would
//! have to wait calls `tokio::time::pause()`, which needs tokio's feature `test-util`: the clock of the program and of
//! the sandbox then jumps to the next timer.

pub mod buying_safely;
pub mod codes;
pub mod errors_and_retries;
pub mod lists;
pub mod mocking;
pub mod moving_to_v3;
pub mod observing;
pub mod provisioning;
pub mod quickstart;
pub mod rate_limits;
pub mod testing_with_the_sandbox;
pub mod waiting;
pub mod webhooks;
