//! Each rule of the table on the true document, and what holds for any change.

mod properties;
mod rules;
