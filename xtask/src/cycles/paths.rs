//! The paths in code, such as `super::policy::run`.

use proc_macro2::{Spacing, TokenStream, TokenTree};
use syn::UseTree;

/// A path and its line.
#[derive(Clone)]
pub struct Path {
    pub segments: Vec<String>,
    pub line: usize,
}

/// Returns the paths of a `use`, with the names under which they are imported. A glob has no name.
pub fn of_use(tree: &UseTree) -> Vec<(Option<String>, Path)> {
    let mut found = Vec::new();
    flatten(tree, &[], &mut found);
    found
}

fn flatten(tree: &UseTree, before: &[String], found: &mut Vec<(Option<String>, Path)>) {
    match tree {
        UseTree::Path(path) => flatten(&path.tree, &extended(before, &path.ident), found),
        UseTree::Group(group) => group.items.iter().for_each(|tree| flatten(tree, before, found)),
        UseTree::Glob(glob) => {
            let line = glob.star_token.spans[0].start().line;
            found.push((None, Path { segments: before.to_owned(), line }));
        }
        UseTree::Name(name) if name.ident == "self" => {
            found.push((before.last().cloned(), Path { segments: before.to_owned(), line: line_of(&name.ident) }));
        }
        UseTree::Name(name) => {
            let path = Path { segments: extended(before, &name.ident), line: line_of(&name.ident) };
            found.push((Some(name.ident.to_string()), path));
        }
        UseTree::Rename(rename) => {
            let segments = if rename.ident == "self" { before.to_owned() } else { extended(before, &rename.ident) };
            found.push((Some(rename.rename.to_string()), Path { segments, line: line_of(&rename.ident) }));
        }
    }
}

fn extended(before: &[String], name: &proc_macro2::Ident) -> Vec<String> {
    [before, &[name.to_string()]].concat()
}

fn line_of(name: &proc_macro2::Ident) -> usize {
    name.span().start().line
}

/// Adds the paths of two or more segments in these tokens, including those in macros.
pub fn collect(tokens: TokenStream, paths: &mut Vec<Path>) {
    let mut path: Option<Path> = None;
    // The number of colons since the last segment.
    let mut colons = 0;
    for token in tokens {
        match token {
            TokenTree::Ident(name) if colons == 2 && path.is_some() => {
                path.iter_mut().for_each(|path| path.segments.push(name.to_string()));
                colons = 0;
            }
            TokenTree::Ident(name) => {
                finish(&mut path, paths);
                path = Some(Path { segments: vec![name.to_string()], line: line_of(&name) });
                colons = 0;
            }
            TokenTree::Punct(punct)
                if punct.as_char() == ':' && (colons == 1 || colons == 0 && punct.spacing() == Spacing::Joint) =>
            {
                colons += 1;
            }
            TokenTree::Group(group) => {
                finish(&mut path, paths);
                collect(group.stream(), paths);
            }
            _ => finish(&mut path, paths),
        }
    }
    finish(&mut path, paths);
}

fn finish(path: &mut Option<Path>, paths: &mut Vec<Path>) {
    paths.extend(path.take().filter(|path| path.segments.len() > 1));
}
