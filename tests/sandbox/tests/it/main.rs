//! Tests of the sandbox over HTTP. No test sleeps: time-dependent tests pause tokio's clock or advance the sandbox's.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod access;
mod api;
mod assign;
mod billing;
mod codes;
mod control;
mod dns;
mod dns_shield;
mod domains;
mod examples;
mod export;
mod faults;
mod fuzz;
mod high_reputation_domains;
mod in_process;
mod lifecycle;
mod log;
mod mailboxes;
mod placement_test;
mod prewarmed_domains;
#[cfg(feature = "program")]
mod program;
mod properties;
mod quick_setup;
mod quotas;
mod readme;
mod refusals;
mod remote;
mod removal;
mod storage;
mod subscriptions;
mod users;
mod wallet;
mod webhooks;
mod workspaces;
mod zapbox;
