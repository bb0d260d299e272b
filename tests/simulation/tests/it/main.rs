//! Simulations of fixed seeds, and of plans that failed in the past.

#![allow(clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]

mod found;
mod reach;
mod same;
mod seeds;
mod shrinking;
