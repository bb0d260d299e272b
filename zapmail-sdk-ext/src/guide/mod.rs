//! The guide: one page for each task.
//!
//! | page | what it is for |
//! | --- | --- |
//! | [`quickstart`] | the key, the first call, parameters, workspaces |
//! | [`errors_and_retries`] | what can go wrong, what the client does about it, and what is left to the program |
//! | [`spending`] | how purchases are allowed, tried out and never made twice |
//! | [`lists`] | all rows of a list, its pages and counters, where it ends |
//! | [`codes`] | authenticator codes that live long enough to be used, with and without a request |
//! | [`waiting`] | work that the service does in the background; mailboxes in batches |
//! | [`testing_with_the_sandbox`] | tests against a service that remembers, on this machine |
//! | [`mocking`] | tests of one request and one answer |
//! | [`webhooks`] | whether an event really comes from the service |
//! | [`moving_to_v3`] | what is known of the next version of the API |
//!
//! The examples run as tests of this crate, against the crate `zapmail-sandbox`. Each starts with a sandbox and a
//! client of it; in a program, [`Zapmail::from_env`](crate::Zapmail::from_env) takes the place of both. Where an
//! example would have to wait, it calls `tokio::time::pause()`, which tokio has with its feature `test-util`: the time
//! of the program, and of the sandbox in it, then jumps to the next moment at which something happens.

pub mod codes;
pub mod errors_and_retries;
pub mod lists;
pub mod mocking;
pub mod moving_to_v3;
pub mod quickstart;
pub mod spending;
pub mod testing_with_the_sandbox;
pub mod waiting;
pub mod webhooks;
