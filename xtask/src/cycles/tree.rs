//! The modules of a crate, read from its source files.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result, bail};
use quote::ToTokens;
use syn::{Attribute, Expr, ExprLit, Item, ItemMod, Lit, Meta};

use super::paths::{self, Path};
use crate::test_items::is_test;

/// A function that reads a source file, such as `xtask/src/main.rs`, and returns `None` if it does not exist.
pub type ReadFile<'a> = &'a dyn Fn(&str) -> Option<String>;

/// The modules of a crate. The first is the crate's root.
pub struct Tree(pub Vec<Module>);

/// A module without its tests.
#[derive(Default)]
pub struct Module {
    /// The names of the modules that lead to it, without the crate: `policy`, `run`.
    pub path: Vec<String>,
    pub file: String,
    pub parent: Option<usize>,
    pub children: BTreeMap<String, usize>,
    /// The names that the module defines.
    pub items: BTreeSet<String>,
    /// The names that the module imports, with their paths.
    pub imports: BTreeMap<String, Path>,
    /// The modules that it imports with `use module::*`.
    pub globs: Vec<Path>,
    /// The paths in the code of the module, except those that begin with an imported name.
    pub paths: Vec<Path>,
}

/// The folders in which the files of a module's children can be.
struct Place {
    /// The folder of the module's file, to which `#[path]` is relative.
    folder: String,
    /// The folder of the children's files.
    children: String,
}

impl Tree {
    /// Reads the crate with this root, such as `xtask/src/main.rs`.
    ///
    /// # Errors
    ///
    /// If a file is missing, or is not valid Rust.
    pub fn read(root: &str, read: ReadFile<'_>) -> Result<Self> {
        let mut tree = Self(Vec::new());
        let folder = folder_of(root).to_owned();
        tree.add_file(Module { file: root.to_owned(), ..Module::default() }, &folder, read)?;
        Ok(tree)
    }

    /// Adds a module that has a file, and its descendants.
    fn add_file(&mut self, module: Module, children: &str, read: ReadFile<'_>) -> Result<usize> {
        let file = &module.file;
        let text = read(file).with_context(|| format!("cannot read {file}"))?;
        let code = syn::parse_file(&text).with_context(|| format!("{file} is not valid Rust"))?;
        let place = Place { folder: folder_of(file).to_owned(), children: children.to_owned() };
        self.add(module, code.items, &place, read)
    }

    fn add(&mut self, module: Module, items: Vec<Item>, place: &Place, read: ReadFile<'_>) -> Result<usize> {
        let index = self.0.len();
        self.0.push(module);
        for item in items.into_iter().filter(|item| !is_test(item)) {
            match item {
                Item::Mod(child) => self.add_child(index, child, place, read)?,
                Item::Use(item) => {
                    let module = &mut self.0[index];
                    for (name, path) in paths::of_use(&item.tree) {
                        match name {
                            Some(name) => drop(module.imports.insert(name, path)),
                            None => module.globs.push(path),
                        }
                    }
                }
                item => {
                    let module = &mut self.0[index];
                    module.items.extend(name_of(&item));
                    paths::collect(item.to_token_stream(), &mut module.paths);
                }
            }
        }
        let Module { imports, paths, .. } = &mut self.0[index];
        paths.retain(|path| path.segments.first().is_some_and(|first| !imports.contains_key(first)));
        Ok(index)
    }

    fn add_child(&mut self, parent: usize, child: ItemMod, place: &Place, read: ReadFile<'_>) -> Result<()> {
        let name = child.ident.to_string();
        let path = [&self.0[parent].path[..], std::slice::from_ref(&name)].concat();
        let module = Module { path, parent: Some(parent), ..Module::default() };
        let children = format!("{}/{name}", place.children);
        let index = if let Some((_, items)) = child.content {
            let file = self.0[parent].file.clone();
            let place = Place { folder: children.clone(), children };
            self.add(Module { file, ..module }, items, &place, read)?
        } else if let Some(path) = child.attrs.iter().find_map(path_attribute) {
            let file = joined(&place.folder, &path);
            let children = folder_of(&file).to_owned();
            self.add_file(Module { file, ..module }, &children, read)?
        } else {
            let files = [format!("{children}.rs"), format!("{children}/mod.rs")];
            let Some(file) = files.iter().find(|file| read(file).is_some()) else {
                bail!("neither {} nor {} exists; create one of them", files[0], files[1]);
            };
            self.add_file(Module { file: file.clone(), ..module }, &children, read)?
        };
        self.0[parent].children.insert(name, index);
        Ok(())
    }
}

fn name_of(item: &Item) -> Option<String> {
    let name = match item {
        Item::Const(item) => &item.ident,
        Item::Enum(item) => &item.ident,
        Item::Fn(item) => &item.sig.ident,
        Item::Macro(item) => item.ident.as_ref()?,
        Item::Static(item) => &item.ident,
        Item::Struct(item) => &item.ident,
        Item::Trait(item) => &item.ident,
        Item::Type(item) => &item.ident,
        _ => return None,
    };
    Some(name.to_string())
}

/// The file in `#[path = "file"]`.
fn path_attribute(attribute: &Attribute) -> Option<String> {
    match &attribute.meta {
        Meta::NameValue(meta) if meta.path.is_ident("path") => match &meta.value {
            Expr::Lit(ExprLit { lit: Lit::Str(file), .. }) => Some(file.value()),
            _ => None,
        },
        _ => None,
    }
}

fn folder_of(file: &str) -> &str {
    file.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// Appends a path, which can contain `..`, to a folder.
fn joined(folder: &str, path: &str) -> String {
    let mut parts: Vec<_> = folder.split('/').collect();
    for part in path.split('/') {
        match part {
            "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    parts.join("/")
}
