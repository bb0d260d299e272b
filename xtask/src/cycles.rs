//! Part of `cargo xtask check`: finds modules that import each other.
//!
//! A cycle is between sibling modules, directly or through their descendants: for example, `a` uses `b::x`, and `b::y`
//! uses `a`. A module and its own descendants may use each other. Tests are not checked.

mod graph;
mod paths;
mod resolve;
#[cfg(test)]
mod tests;
mod tree;

use std::fs;
use std::path::Path;

use anyhow::Result;

use self::graph::{Edge, Graph, Import};
use self::tree::{ReadFile, Tree};
use crate::files;

/// The root files of crates, relative to the package's folder.
const ROOTS: [&str; 3] = ["src/lib.rs", "src/main.rs", "build.rs"];

/// Returns the cycles of all crates of the workspace.
///
/// # Errors
///
/// If a source file cannot be read.
pub fn findings(workspace: &Path) -> Result<Vec<String>> {
    let sources = files::sources(workspace)?;
    let read = |file: &str| fs::read_to_string(workspace.join(file)).ok();
    let mut findings = Vec::new();
    for root in sources.iter().filter(|file| is_root(file, &sources)) {
        findings.extend(findings_in(root, &read)?);
    }
    Ok(findings)
}

/// Returns whether a file is the root of a library, a program or a build script.
fn is_root(file: &str, sources: &[String]) -> bool {
    let package = ROOTS.iter().find_map(|root| file.strip_suffix(root));
    package.is_some_and(|package| sources.contains(&format!("{package}Cargo.toml")))
}

/// Returns a description of each cycle of a crate.
fn findings_in(root: &str, read: ReadFile<'_>) -> Result<Vec<String>> {
    let graph = Graph::of(&Tree::read(root, read)?);
    Ok(graph.cycles().iter().map(|cycle| describe(root, &graph, cycle)).collect())
}

/// Returns one line with the cycle, and one line for each of its imports.
fn describe(root: &str, graph: &Graph, cycle: &[Edge]) -> String {
    let names = cycle.iter().chain(cycle.first()).map(|edge| edge.from.as_str());
    let mut text =
        format!("{root}: import cycle {}; remove one of its imports:", names.collect::<Vec<_>>().join(" -> "));
    for edge in cycle {
        for Import { file, line, path } in graph.imports(edge) {
            text += &format!("\n  {file}:{line}: {} uses {}: {path}", edge.from, edge.to);
        }
    }
    text
}
