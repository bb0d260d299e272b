//! Simulations: of fixed seeds, and of plans that once found something.

mod found;
mod reach;
mod same;
mod seeds;
mod shrinking;
