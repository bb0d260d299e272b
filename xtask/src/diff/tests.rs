//! Tests of `diff`: each rule on the real document, and properties of all changes.

mod properties;
mod rules;
