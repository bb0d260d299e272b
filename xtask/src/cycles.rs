//! `cargo xtask check`: modules that import each other.
//!
//! A cycle is between siblings, directly or through their descendants: `a` uses `b::x`, and `b::y` uses `a`. A module and
//! its own descendants may use each other. Tests are not checked.

mod allowed;
mod graph;
mod paths;
mod resolve;
#[cfg(test)]
mod tests;
mod tree;

use std::fs;
use std::path::Path;
use std::process::ExitCode;

use anyhow::Result;

use self::allowed::{ALLOWED, Allowed};
use self::graph::{Edge, Graph, Import};
use self::tree::{ReadFile, Tree};
use crate::files;

/// The roots of crates, below the folder of their package.
const ROOTS: [&str; 3] = ["src/lib.rs", "src/main.rs", "build.rs"];

/// Checks all crates of the workspace.
///
/// # Errors
///
/// If a source file cannot be read.
pub fn run(workspace: &Path) -> Result<ExitCode> {
    let sources = files::sources(workspace)?;
    let read = |file: &str| fs::read_to_string(workspace.join(file)).ok();
    let mut findings = Vec::new();
    for root in sources.iter().filter(|file| is_root(file, &sources)) {
        findings.extend(findings_in(root, &read, &ALLOWED)?);
    }
    for finding in &findings {
        eprintln!("{finding}");
    }
    Ok(if findings.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Returns whether a file is the root of a library, a program or a build script.
fn is_root(file: &str, sources: &[String]) -> bool {
    let package = ROOTS.iter().find_map(|root| file.strip_suffix(root));
    package.is_some_and(|package| sources.contains(&format!("{package}Cargo.toml")))
}

/// Returns the findings about a crate: its cycles, and the allowed imports that are part of none.
fn findings_in(root: &str, read: ReadFile<'_>, allowed: &[Allowed]) -> Result<Vec<String>> {
    let mut graph = Graph::of(&Tree::read(root, read)?);
    let mut findings = Vec::new();
    let allowed: Vec<_> = allowed.iter().filter(|allowed| allowed.root == root).collect();
    for Allowed { from, to, reason, .. } in &allowed {
        let edge = Edge::new(*from, *to);
        if graph.imports(&edge).is_empty() || graph.way(to, from).is_none() {
            findings.push(format!("{root}: {from} -> {to} is in no cycle; remove it from ALLOWED ({reason})"));
        }
    }
    allowed.iter().for_each(|allowed| graph.remove(&Edge::new(allowed.from, allowed.to)));
    findings.extend(graph.cycles().iter().map(|cycle| describe(root, &graph, cycle)));
    Ok(findings)
}

/// Returns the cycle in one line, and a line for each import.
fn describe(root: &str, graph: &Graph, cycle: &[Edge]) -> String {
    let names = cycle.iter().chain(cycle.first()).map(|edge| edge.from.as_str());
    let mut text = format!("{root}: import cycle {}", names.collect::<Vec<_>>().join(" -> "));
    for edge in cycle {
        for Import { file, line, path } in graph.imports(edge) {
            text += &format!("\n  {file}:{line}: {} uses {}: {path}", edge.from, edge.to);
        }
    }
    text
}
