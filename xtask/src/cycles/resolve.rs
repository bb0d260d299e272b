//! Resolution of a path to the module that defines its target, following re-exports.

use super::tree::Tree;

/// The maximum number of re-exports that are followed. A longer chain is a cycle, as for `use serde;`, whose path
/// begins with the name that it imports.
const MAX_DEPTH: usize = 16;

/// The target of a path.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Target {
    Module(usize),
    /// An item of this module.
    Item(usize),
}

/// Returns the module that a path in the module `from` leads to; `None` if it leads out of the crate.
pub fn resolve(tree: &Tree, from: usize, segments: &[String]) -> Option<usize> {
    match target(tree, from, segments, 0)? {
        Target::Module(module) | Target::Item(module) => Some(module),
    }
}

fn target(tree: &Tree, from: usize, segments: &[String], depth: usize) -> Option<Target> {
    let (first, mut rest) = segments.split_first()?;
    let mut module = match first.as_str() {
        "crate" => 0,
        "self" => from,
        "super" => tree.0[from].parent?,
        name => match named(tree, from, name, depth)? {
            Target::Module(module) => module,
            item => return Some(item),
        },
    };
    while let Some((name, after)) = rest.split_first() {
        module = match named(tree, module, name, depth) {
            _ if name == "super" => tree.0[module].parent?,
            Some(Target::Module(module)) => module,
            Some(item) => return Some(item),
            // An imported name comes from a different crate. Any other unknown name is defined by a macro.
            None => return (!tree.0[module].imports.contains_key(name)).then_some(Target::Item(module)),
        };
        rest = after;
    }
    Some(Target::Module(module))
}

/// Returns the target of a name in a module.
fn named(tree: &Tree, module: usize, name: &str, depth: usize) -> Option<Target> {
    let found = &tree.0[module];
    if depth > MAX_DEPTH {
        return None;
    }
    if let Some(child) = found.children.get(name) {
        return Some(Target::Module(*child));
    }
    if found.items.contains(name) {
        return Some(Target::Item(module));
    }
    if let Some(path) = found.imports.get(name) {
        return target(tree, module, &path.segments, depth + 1);
    }
    found.globs.iter().find_map(|path| match target(tree, module, &path.segments, depth + 1)? {
        Target::Module(other) if other != module => named(tree, other, name, depth + 1),
        _ => None,
    })
}
