//! Analysis of the sandbox's source: the parts of a request that the handler of an operation reads.
//!
//! The source is formatted by rustfmt, so items start and end at the left margin. A handler reads everything
//! that its reachable items read. These are its function and, recursively, all local or imported items that a reachable
//! item names.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use super::documented::{Location, Part};

/// The path of a file and the name of an item in it.
type Key = (String, String);

/// The source of all handlers and of the code that they share.
pub struct Sources {
    /// Source of the items by file and name. The source of a type includes its implementations.
    items: BTreeMap<Key, String>,
    imports: BTreeMap<String, String>,
    /// Source of the code that reads every request.
    shared: String,
}

/// The source that is reachable from a handler.
pub struct Handler<'a> {
    items: Vec<&'a str>,
    shared: &'a str,
}

impl Sources {
    pub fn read() -> Self {
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
        let shared = fs::read_to_string(source.join("access.rs")).unwrap();
        let mut sources = Self { items: BTreeMap::new(), imports: BTreeMap::new(), shared };
        sources.add(&source.join("paging.rs"));
        sources.add_folder(&source.join("groups"));
        sources
    }

    fn add_folder(&mut self, folder: &Path) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { self.add_folder(&path) } else { self.add(&path) }
        }
    }

    fn add(&mut self, path: &Path) {
        let file = path.to_str().unwrap().to_owned();
        let text = fs::read_to_string(path).unwrap();
        let code = text.lines().filter(|line| !line.trim_start().starts_with("//"));
        let mut items: Vec<String> = Vec::new();
        for line in code {
            let is_attribute = |item: &String| item.starts_with('#') && item.lines().all(|line| line.starts_with('#'));
            match items.last_mut() {
                Some(item) if !starts_item(line) || is_attribute(item) => *item += &format!("\n{line}"),
                _ => items.push(line.to_owned()),
            }
        }
        for item in items {
            if item.starts_with("use ") || item.starts_with("pub(super) use ") {
                *self.imports.entry(file.clone()).or_default() += &item;
            } else if let Some(name) = name(&item) {
                *self.items.entry((file.clone(), name)).or_default() += &item;
            }
        }
    }

    /// Returns the handler of an operation, whose function has the operation's name.
    pub fn handler(&self, operation: &str) -> Option<Handler<'_>> {
        let is_handler = |(key, text): &(&Key, &String)| key.1 == operation && text.contains("-> HandlerResult");
        let (key, _) = self.items.iter().find(is_handler)?;
        let (mut open, mut reached) = (vec![key], BTreeSet::from([key]));
        while let Some(key) = open.pop() {
            let found = self.named_in(key);
            open.extend(found.into_iter().filter(|found| reached.insert(found)));
        }
        let items = reached.into_iter().map(|key| &*self.items[key]).collect();
        Some(Handler { items, shared: &self.shared })
    }

    /// Returns the items that the source of an item names.
    fn named_in(&self, (file, name): &Key) -> Vec<&Key> {
        let text = &self.items[&(file.clone(), name.clone())];
        let imports = self.imports.get(file).map_or("", String::as_str);
        let is_named = |(key, _): &(&Key, &String)| {
            let module = Path::new(&key.0).file_stem().unwrap().to_str().unwrap();
            let imported = || {
                has_word(imports, &key.1) && has_word(imports, module)
                    || text.contains(&format!("{module}::{}", key.1))
                    || text.contains("super::") && has_word(imports, &key.1)
            };
            has_word(text, &key.1) && (key.0 == *file || imported())
        };
        self.items.iter().filter(is_named).map(|(key, _)| key).collect()
    }
}

impl Handler<'_> {
    pub fn reads(&self, part: &Part) -> bool {
        match part.location {
            Location::Header => self.shared.contains(&format!("\"{}\"", part.name)),
            Location::Path => self.items.iter().any(|item| item.contains("request.path_id")),
            Location::Query => self.names(&part.name),
            Location::Body => self.has_field(&part.name),
        }
    }

    /// Returns whether the source contains the name as a string, other than as the key of a response.
    fn names(&self, name: &str) -> bool {
        let quoted = format!("\"{name}\"");
        self.items.iter().any(|item| item.split(&quoted).skip(1).any(|after| !after.trim_start().starts_with(':')))
    }

    /// Returns whether the deserialized structs have the fields of a path. The values of maps are found by their type.
    fn has_field(&self, path: &str) -> bool {
        let structs = self.items.iter().filter(|item| item.contains("Deserialize"));
        let mut structs: Vec<_> = structs.copied().collect();
        let all = structs.clone();
        let mut names = path.split('.').peekable();
        while let Some(name) = names.next() {
            let types: Vec<_> = structs.iter().filter_map(|item| field_type(item, name)).collect();
            if types.is_empty() {
                return names.peek().is_none() && structs.len() == all.len() && self.names(name);
            }
            let is_named =
                |item: &&&str| types.iter().any(|kind| self::name(item).is_some_and(|it| has_word(kind, &it)));
            structs = all.iter().filter(is_named).copied().collect();
        }
        true
    }
}

/// Returns the type of the field for a property.
fn field_type<'a>(item: &'a str, property: &str) -> Option<&'a str> {
    let field = format!("{}: ", snake(property));
    let definition = item.split("\n}").next().unwrap_or_default();
    let found = definition.lines().map(str::trim_start);
    let found = found.map(|line| line.trim_start_matches("pub(super) ").trim_start_matches("pub(in crate::groups) "));
    found.filter(|line| line.ends_with(',')).find_map(|line| line.strip_prefix(&field))
}

/// Returns whether a line is the first of an item or of its attributes.
fn starts_item(line: &str) -> bool {
    line.starts_with(|first: char| first.is_ascii_alphabetic() || first == '#')
}

fn snake(name: &str) -> String {
    let mut snake = String::new();
    for character in name.chars() {
        if character.is_ascii_uppercase() {
            snake.push('_');
        }
        snake.push(character.to_ascii_lowercase());
    }
    snake
}

/// Returns the name of an item; for an implementation, the name of its type.
fn name(item: &str) -> Option<String> {
    let head = item.lines().find(|line| !line.starts_with('#') && !line.is_empty())?;
    let mut words = words_of(head);
    let kind = words.find(|word| ["fn", "struct", "enum", "impl", "type", "const"].contains(word))?;
    let rest = || head.split_once(kind).map(|(_, rest)| rest.split('{').next().unwrap_or_default()).unwrap_or_default();
    if kind == "impl" {
        let subject = rest().rsplit(" for ").next()?;
        return words_of(subject).find(|word| !word.is_empty()).map(str::to_owned);
    }
    words.find(|word| !word.is_empty()).map(str::to_owned)
}

fn has_word(text: &str, word: &str) -> bool {
    words_of(text).any(|found| found == word)
}

fn words_of(text: &str) -> impl Iterator<Item = &str> {
    text.split(|character: char| !character.is_alphanumeric() && character != '_')
}
