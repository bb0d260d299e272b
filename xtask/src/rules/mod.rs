//! The rules of the document, one file an idea. Each returns what breaks it, with the remedy.

mod answers;
mod descriptions;
mod examples;
mod facts;
mod ids;
pub mod money;
pub mod operations;
mod places;
mod references;
pub mod schemas;
pub mod secrets;
#[cfg(test)]
mod tests;

use crate::document::Document;
use crate::finding::Finding;
use crate::index::Entry;

/// Everything that breaks a rule.
pub fn broken(document: &Document, index: &[Entry]) -> Vec<Finding> {
    let rules = [
        operations::broken,
        answers::broken,
        schemas::broken,
        references::broken,
        examples::broken,
        secrets::broken,
        ids::broken,
        money::broken,
        descriptions::broken,
    ];
    let mut findings = facts::broken(document, index);
    findings.extend(rules.iter().flat_map(|rule| rule(document)));
    findings
}
