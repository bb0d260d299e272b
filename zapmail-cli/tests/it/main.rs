//! Tests of the program `zapmail` as a process.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod credentials;
mod environment;
mod exit_codes;
mod lists;
mod observe;
mod otp;
mod output;
mod pipes;
#[cfg(unix)]
mod prices;
mod profiles;
mod programs;
#[cfg(unix)]
mod pty;
mod purchases;
mod readme;
mod requests;
mod run;
mod running;
#[cfg(unix)]
mod terminal;
mod webhooks;
mod workflows;
