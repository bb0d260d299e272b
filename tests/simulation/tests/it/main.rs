//! Simulations: of fixed seeds, and of plans that once found something.

#![allow(clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]

mod found;
mod reach;
mod same;
mod seeds;
mod shrinking;
