//! Pages that are made from the document itself, changed piece by piece.

mod differences;
mod faults;
mod made;
mod round_trip;
