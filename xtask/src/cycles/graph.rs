//! The graph of imports between sibling modules, and its cycles.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::resolve::resolve;
use super::tree::Tree;

/// Imports between siblings, which are modules with the same parent, or between their descendants. Imports between a
/// module and its own descendants are not included.
#[derive(Default)]
pub struct Graph(BTreeMap<Edge, Vec<Import>>);

/// An edge from a module to a sibling that it uses. The names are paths, such as `policy::run`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Edge {
    pub from: String,
    pub to: String,
}

/// One of the imports that an edge represents.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Import {
    pub file: String,
    pub line: usize,
    pub path: String,
}

impl Graph {
    /// Returns the imports of a crate.
    pub fn of(tree: &Tree) -> Self {
        let mut graph = Self::default();
        for (index, module) in tree.0.iter().enumerate() {
            for path in module.imports.values().chain(&module.globs).chain(&module.paths) {
                let Some(target) = resolve(tree, index, &path.segments) else { continue };
                let other = &tree.0[target].path;
                let shared = module.path.iter().zip(other).take_while(|(one, other)| one == other).count();
                if shared < module.path.len().min(other.len()) {
                    let sibling = |path: &[String]| path[..=shared].join("::");
                    let edge = Edge { from: sibling(&module.path), to: sibling(other) };
                    let import = Import { file: module.file.clone(), line: path.line, path: path.segments.join("::") };
                    graph.0.entry(edge).or_default().push(import);
                }
            }
        }
        graph
    }

    /// Returns the imports that an edge represents; empty if the graph does not contain it.
    pub fn imports(&self, edge: &Edge) -> &[Import] {
        self.0.get(edge).map_or(&[], Vec::as_slice)
    }

    /// Returns cycles that have no edge in common, the shortest first. Removing all their edges would leave no cycle.
    pub fn cycles(&self) -> Vec<Vec<Edge>> {
        let mut graph = Self(self.0.clone());
        let mut cycles = Vec::new();
        while let Some(cycle) = graph.shortest_cycle() {
            graph.0.retain(|edge, _| !cycle.contains(edge));
            cycles.push(cycle);
        }
        cycles
    }

    fn shortest_cycle(&self) -> Option<Vec<Edge>> {
        let cycles = self.0.keys().filter_map(|edge| {
            let back = self.way(&edge.to, &edge.from)?;
            Some([std::slice::from_ref(edge), &back].concat())
        });
        cycles.min_by_key(Vec::len)
    }

    /// Returns the shortest path from one module to another.
    fn way(&self, from: &str, to: &str) -> Option<Vec<Edge>> {
        let mut ways = VecDeque::from([(from, Vec::new())]);
        let mut seen = BTreeSet::from([from]);
        while let Some((end, way)) = ways.pop_front() {
            for edge in self.0.keys().filter(|edge| edge.from == end) {
                let longer = [&way[..], std::slice::from_ref(edge)].concat();
                if edge.to == to {
                    return Some(longer);
                }
                if seen.insert(&edge.to) {
                    ways.push_back((&edge.to, longer));
                }
            }
        }
        None
    }
}
