//! Tests of the program `zapmail` as a process.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod credentials;
mod exit_codes;
mod observe;
mod otp;
mod output;
mod profiles;
mod programs;
mod purchases;
mod readme;
mod requests;
mod run;
mod running;
mod terminal;
mod webhooks;
mod workflows;
