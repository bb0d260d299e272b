//! The rules of the document, with one module per topic. Each rule returns its violations, with remedies.

mod descriptions;
mod examples;
mod facts;
mod ids;
mod locations;
pub mod money;
pub mod operations;
mod references;
mod responses;
pub mod schemas;
pub mod secrets;
#[cfg(test)]
mod tests;

use crate::document::Document;
use crate::finding::Finding;
use crate::index::Entry;

/// Returns all violations of the rules.
pub fn broken(document: &Document, index: &[Entry]) -> Vec<Finding> {
    let rules = [
        operations::broken,
        responses::broken,
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
