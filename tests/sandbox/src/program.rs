//! The parts of the program.

pub mod amount;
pub mod arguments;
pub mod duration;
pub mod introduction;
