//! Tests of `drift`, with pages generated from the document itself and then modified.

mod differences;
mod faults;
mod generated;
mod round_trip;
