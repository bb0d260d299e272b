//! The sandbox, asked over HTTP. No test sleeps: where time matters it is paused, or the sandbox's own clock is moved.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod access;
mod api;
mod assign;
mod billing;
mod codes;
mod examples;
mod lifecycle;
mod mailboxes;
mod program;
mod removal;
mod sdk;
mod users;
mod wallet;
mod workspaces;
