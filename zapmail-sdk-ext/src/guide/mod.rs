//! The guide: a path from the first call to a program in production, one page per task.
//!
//! If the crate is new to you, start with [`quickstart`] and follow the line "Next" at the end of each page.
//!
//! | page | what you can do afterward |
//! | --- | --- |
//! | [`quickstart`] | add the crate, make calls, pass parameters, work in any workspace |
//! | [`lists`] | read all rows of a list, or find one row by its name |
//! | [`codes`] | get authenticator codes that are still valid when you use them |
//! | [`waiting`] | wait for background jobs, and create mailboxes in batches |
//! | [`buying_safely`] | buy something exactly once, even if a response is lost or the program crashes |
//! | [`provisioning`] | turn a list of domain names into active, exported mailboxes; remove, replace and audit mailboxes |
//! | [`webhooks`] | receive the service's events, verify them, and handle each one once |
//! | [`rate_limits`] | share an API key between tasks, clients, processes and machines |
//! | [`testing_with_the_sandbox`] | test your program against a stateful service on your machine |
//! | [`mocking`] | test a single request and its response |
//! | [`errors_and_retries`] | decide what to do about each error, and know what was retried |
//! | [`observing`] | see calls, attempts and retries in traces, metrics and your own observers |
//! | [`moving_to_v3`] | keep your program ready for the next version of the API |
//!
//! # How the examples run
//!
//! The first example of each page is a complete program or test, which you can copy into your project. Later
//! examples omit `async fn main`. Most of them start a sandbox and build a client for it; in your program,
//! [`Zapmail::from_env`](crate::Zapmail::from_env) replaces both.
//!
//! The examples run as tests of this crate, against the crate `zapmail-sandbox`. The documentation hides some lines of
//! their source, which start with `# `: with these lines, a program for the live service runs against a sandbox. An
//! example that would have to wait calls `tokio::time::pause()`, which needs tokio's feature `test-util`: the clock of
//! the program and of the sandbox then jumps to the next timer.

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
