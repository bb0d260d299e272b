//! Resolution of a path: the module that defines what the path names, behind all re-exports.

use super::tree::Tree;

/// The number of re-exports after which a path is not followed: it leads through itself, like `use serde;`.
const MAX_DEPTH: usize = 16;

/// What a path names.
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
            // It comes from a different crate, or a macro defines it.
            None => return (!tree.0[module].imports.contains_key(name)).then_some(Target::Item(module)),
        };
        rest = after;
    }
    Some(Target::Module(module))
}

/// Returns what a name means in a module.
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
