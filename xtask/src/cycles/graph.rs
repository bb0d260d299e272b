//! The imports between the children of a module, and the cycles in them.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::resolve::resolve;
use super::tree::Tree;

/// Imports between siblings: of two modules with the same parent, or their descendants. Imports between a module and its
/// own descendants are not contained.
#[derive(Default)]
pub struct Graph(BTreeMap<Edge, Vec<Import>>);

/// That a module uses a sibling. The names are paths, such as `policy::run`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Edge {
    pub from: String,
    pub to: String,
}

/// An import that an edge stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Import {
    pub file: String,
    pub line: usize,
    pub path: String,
}

impl Edge {
    pub fn new(from: impl Into<String>, to: impl Into<String>) -> Self {
        Self { from: from.into(), to: to.into() }
    }
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

    /// The imports that an edge stands for; empty if there is no such edge.
    pub fn imports(&self, edge: &Edge) -> &[Import] {
        self.0.get(edge).map_or(&[], Vec::as_slice)
    }

    /// Removes an edge.
    pub fn remove(&mut self, edge: &Edge) {
        self.0.remove(edge);
    }

    /// Returns the shortest way from one module to another.
    pub fn way(&self, from: &str, to: &str) -> Option<Vec<Edge>> {
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

    /// Returns cycles that have no edge in common, the shortest first. Without their edges, there are no cycles.
    pub fn cycles(&self) -> Vec<Vec<Edge>> {
        let mut graph = Self(self.0.clone());
        let mut cycles = Vec::new();
        while let Some(cycle) = graph.shortest_cycle() {
            cycle.iter().for_each(|edge| graph.remove(edge));
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
}
