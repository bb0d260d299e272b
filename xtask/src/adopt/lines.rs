//! A line editor for YAML files: finds an entry and edits it, and leaves all other lines unchanged.

use std::ops::Range;

/// The lines of a file. Only block style is parsed; callers edit flow style themselves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lines(Vec<String>);

impl Lines {
    pub fn new(text: &str) -> Self {
        Self(text.split('\n').map(str::to_owned).collect())
    }

    pub fn text(&self) -> String {
        self.0.join("\n")
    }

    pub fn get(&self, line: usize) -> &str {
        self.0.get(line).map_or("", String::as_str)
    }

    /// Finds the entry at this path of keys, from the top of the file.
    pub fn find<'a>(&self, keys: impl IntoIterator<Item = &'a str>) -> Option<Range<usize>> {
        let mut keys = keys.into_iter();
        let first = keys.next()?;
        let top =
            (0..self.0.len()).find(|line| self.indent(*line) == Some(0) && key(self.get(*line)) == Some(first))?;
        keys.try_fold(self.entry(top), |parent, key| self.child(&parent, key))
    }

    /// Finds the entry of a key directly below `parent`.
    pub fn child(&self, parent: &Range<usize>, name: &str) -> Option<Range<usize>> {
        let indent = self.inner_indent(parent)?;
        let mut lines = parent.start + 1..parent.end;
        let line = lines.find(|line| self.indent(*line) == Some(indent) && key(self.get(*line)) == Some(name))?;
        Some(self.entry(line))
    }

    /// The items of the list directly below `parent`.
    pub fn items(&self, parent: &Range<usize>) -> Vec<Range<usize>> {
        let Some(indent) = self.inner_indent(parent) else { return Vec::new() };
        let starts = (parent.start + 1..parent.end)
            .filter(|line| self.indent(*line) == Some(indent) && self.get(*line).trim_start().starts_with("- "));
        starts.map(|line| self.entry(line)).collect()
    }

    /// Finds the line of a key in a list item.
    pub fn in_item(&self, item: &Range<usize>, name: &str) -> Option<usize> {
        let indent = self.indent(item.start)?;
        item.clone().find(|line| {
            let text = self.get(*line).trim_start();
            let own = if *line == item.start { text.strip_prefix("- ") } else { Some(text) };
            let is_level = *line == item.start || self.indent(*line) == Some(indent + 2);
            is_level && own.and_then(key) == Some(name)
        })
    }

    /// The indentation of the entries below `parent`.
    pub fn inner_indent(&self, parent: &Range<usize>) -> Option<usize> {
        let outer = self.indent(parent.start)?;
        let first = (parent.start + 1..parent.end).find_map(|line| self.indent(line))?;
        (first > outer).then_some(first)
    }

    /// The number of leading spaces; `None` for a blank line or a comment.
    pub fn indent(&self, line: usize) -> Option<usize> {
        let text = self.get(line);
        let content = text.trim_start();
        (!content.is_empty() && !content.starts_with('#')).then(|| text.len() - content.len())
    }

    /// The entry that starts at a line: all following lines with a deeper indentation, including comments.
    fn entry(&self, start: usize) -> Range<usize> {
        let outer = self.indent(start).unwrap_or_default();
        let mut end = start + 1;
        for (line, text) in self.0.iter().enumerate().skip(start + 1) {
            let content = text.trim_start();
            if content.is_empty() {
                continue;
            }
            if text.len() - content.len() <= outer {
                break;
            }
            end = line + 1;
        }
        start..end
    }

    pub fn set(&mut self, line: usize, text: String) {
        if let Some(known) = self.0.get_mut(line) {
            *known = text;
        }
    }

    pub fn remove(&mut self, lines: Range<usize>) {
        self.0.drain(lines);
    }

    /// Inserts lines before line `at`, all indented by `indent` spaces.
    pub fn insert(&mut self, at: usize, indent: usize, lines: Vec<String>) {
        let lines = lines.into_iter().map(|line| format!("{:indent$}{line}", ""));
        self.0.splice(at..at, lines);
    }
}

/// The key of a line, without its quotes.
fn key(line: &str) -> Option<&str> {
    let line = line.trim();
    let quote = line.chars().next().filter(|first| matches!(first, '\'' | '"'));
    if let Some(quote) = quote {
        let (key, rest) = line[1..].split_once(quote)?;
        return rest.starts_with(':').then_some(key);
    }
    line.split_once(": ").map(|(key, _)| key).or_else(|| line.strip_suffix(':'))
}
