//! A page of the documentation: Markdown with an embedded OpenAPI document of one operation.

use std::fmt;

use serde_json::Value;

use crate::document::{elements, entries, text};

/// The HTTP methods of a path, as OpenAPI spells them.
const METHODS: [&str; 8] = ["get", "put", "post", "delete", "options", "head", "patch", "trace"];

/// The heading above the OpenAPI document.
const HEADING: &str = "## OpenAPI Specification";

/// The maximum size of a page, in bytes.
pub const LARGEST: usize = 5 << 20;

/// The operation that a page shows.
#[derive(Debug, Clone)]
pub struct Page {
    /// The HTTP method, in lower case.
    pub method: String,
    /// The path in our document's notation: `/v2/users`.
    pub path: String,
    pub operation: Value,
    /// The whole OpenAPI document on the page, which references point into.
    pub fragment: Value,
}

/// Why a page cannot be compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    Html,
    NoFragment,
    NotYaml(String),
    NoOperation,
    Operations(usize),
}

impl fmt::Display for Fault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Html => formatter.write_str("is HTML, not Markdown; has the page moved?"),
            Self::NoFragment => write!(formatter, "has no fenced yaml block below `{HEADING}`"),
            Self::NotYaml(fault) => write!(formatter, "the OpenAPI document is not valid YAML: {fault}"),
            Self::NoOperation => formatter.write_str("the OpenAPI document has no operation"),
            Self::Operations(count) => {
                write!(formatter, "the OpenAPI document has {count} operations; expected one per page")
            }
        }
    }
}

/// Decodes a page.
pub fn decoded(bytes: Vec<u8>) -> Result<String, String> {
    String::from_utf8(bytes).map_err(|_| "is not valid UTF-8".to_owned())
}

pub fn too_large() -> String {
    format!("is larger than {} MiB", LARGEST >> 20)
}

/// Parses a page.
///
/// # Errors
///
/// If the page does not have the documentation's format for operations.
pub fn parse(markdown: &str) -> Result<Page, Fault> {
    let start: String = markdown.trim_start().chars().take(15).collect::<String>().to_lowercase();
    if start.starts_with("<!doctype") || start.starts_with("<html") {
        return Err(Fault::Html);
    }
    let yaml = fenced(markdown).ok_or(Fault::NoFragment)?;
    let fragment: Value = serde_saphyr::from_str(&yaml).map_err(|error| Fault::NotYaml(first_line(&error)))?;
    let mut operations = entries(&fragment["paths"]).flat_map(|(path, item)| {
        METHODS.iter().filter_map(move |method| Some((path, item, *method, item.get(method)?)))
    });
    let (path, item, method, operation) = operations.next().ok_or(Fault::NoOperation)?;
    let more = operations.count();
    if more > 0 {
        return Err(Fault::Operations(more + 1));
    }
    Ok(Page { method: method.to_owned(), path: our_path(path), operation: with_shared(item, operation), fragment })
}

/// The first fenced yaml block below the heading, without its fences.
fn fenced(markdown: &str) -> Option<String> {
    let mut lines = markdown.lines().skip_while(|line| line.trim_end() != HEADING).skip(1);
    let opening = lines.find(|line| line.starts_with("```"))?;
    if !matches!(opening.trim_start_matches('`').trim(), "yaml" | "yml") {
        return None;
    }
    let fence = "`".repeat(opening.len() - opening.trim_start_matches('`').len());
    let mut block = String::new();
    for line in lines {
        if line.trim_end() == fence {
            return Some(block);
        }
        block.push_str(line);
        block.push('\n');
    }
    None
}

/// The operation, with the parameters that its path defines for all methods.
fn with_shared(item: &Value, operation: &Value) -> Value {
    let shared: Vec<_> = elements(&item["parameters"]).cloned().collect();
    let mut operation = operation.clone();
    if !shared.is_empty() && operation.is_object() {
        operation["parameters"] = shared.into_iter().chain(elements(&operation["parameters"]).cloned()).collect();
    }
    operation
}

/// The path in our document's notation, without the server's `/api`.
fn our_path(path: &str) -> String {
    let path = path.trim();
    path.strip_prefix("/api/").map_or_else(|| path.to_owned(), |rest| format!("/{rest}"))
}

/// The message of an error, without the excerpt of the source below it.
fn first_line(error: &serde_saphyr::Error) -> String {
    error.to_string().lines().next().unwrap_or_default().to_owned()
}

impl Page {
    /// The API version in the path, such as `v2`.
    pub fn version(&self) -> Option<&str> {
        let first = self.path.split('/').nth(1)?;
        let digits = first.strip_prefix('v')?;
        (!digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())).then_some(first)
    }

    /// The title of the operation on the page.
    pub fn title(&self) -> &str {
        text(&self.operation["summary"]).trim()
    }
}

#[cfg(test)]
mod tests {
    use super::{Fault, parse};

    fn page(yaml: &str) -> String {
        format!("# Title\n\n## OpenAPI Specification\n\n```yaml\n{yaml}\n```\n")
    }

    #[test]
    fn operation_is_extracted() {
        let page = parse(&page("paths:\n  /api/v2/users:\n    get: {summary: Users}")).unwrap();
        assert_eq!((page.method.as_str(), page.path.as_str(), page.title()), ("get", "/v2/users", "Users"));
        assert_eq!(page.version(), Some("v2"));
    }

    #[test]
    fn each_fault_is_reported() {
        let no_fence = "# Title\n\n## OpenAPI Specification\n\ntext\n";
        for (text, fault) in [
            ("<!DOCTYPE html><p>Moved</p>".to_owned(), Fault::Html),
            ("\n<html>".to_owned(), Fault::Html),
            (String::new(), Fault::NoFragment),
            (no_fence.to_owned(), Fault::NoFragment),
            (format!("{no_fence}\n```yaml\npaths: {{}}\n"), Fault::NoFragment),
            (format!("{no_fence}\n```json\n{{}}\n```\n"), Fault::NoFragment),
            (page("paths: {}"), Fault::NoOperation),
            (page("just text"), Fault::NoOperation),
            (page("paths: {/a: {get: {}, post: {}}, /b: {get: {}}}"), Fault::Operations(3)),
        ] {
            assert_eq!(parse(&text).unwrap_err(), fault, "{text}");
        }
        assert!(matches!(parse(&page("paths: [unclosed")), Err(Fault::NotYaml(_))));
    }

    #[test]
    fn parameters_of_the_path_are_added_to_the_operation() {
        let page = parse(&page("paths: {/a: {parameters: [{name: one}], get: {parameters: [{name: two}]}}}")).unwrap();
        assert_eq!(page.operation["parameters"], serde_json::json!([{"name": "one"}, {"name": "two"}]));
    }
}
