//! A page of the documentation: Markdown with an embedded OpenAPI document of one operation.

use serde_json::Value;
use zapmail_openapi::document::operations;

use crate::document::{elements, text};

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
/// If the page does not have the documentation's format for operations. The message is a predicate that follows the
/// page's name.
pub fn parse(markdown: &str) -> Result<Page, String> {
    let start: String = markdown.trim_start().chars().take(15).collect::<String>().to_lowercase();
    if start.starts_with("<!doctype") || start.starts_with("<html") {
        return Err("is HTML, not Markdown; has the page moved?".to_owned());
    }
    let yaml = fenced(markdown).ok_or_else(|| format!("has no fenced yaml block below `{HEADING}`"))?;
    let fragment: Value = serde_saphyr::from_str(&yaml).map_err(|error| {
        // The lines below the message are an excerpt of the source.
        let message = error.to_string();
        format!("has an OpenAPI document that is not valid YAML: {}", message.lines().next().unwrap_or_default())
    })?;
    let mut operations = operations(&fragment);
    let operation = operations.next().ok_or("has an OpenAPI document without an operation")?;
    let more = operations.count();
    if more > 0 {
        return Err(format!("has an OpenAPI document with {} operations; expected one per page", more + 1));
    }
    Ok(Page {
        method: operation.method.to_owned(),
        path: our_path(operation.path),
        operation: with_shared(&fragment["paths"][operation.path], operation.value),
        fragment,
    })
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
    use super::parse;

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
            ("<!DOCTYPE html><p>Moved</p>".to_owned(), "is HTML"),
            ("\n<html>".to_owned(), "is HTML"),
            (String::new(), "has no fenced yaml block"),
            (no_fence.to_owned(), "has no fenced yaml block"),
            (format!("{no_fence}\n```yaml\npaths: {{}}\n"), "has no fenced yaml block"),
            (format!("{no_fence}\n```json\n{{}}\n```\n"), "has no fenced yaml block"),
            (page("paths: {}"), "without an operation"),
            (page("just text"), "without an operation"),
            (page("paths: {/a: {get: {}, post: {}}, /b: {get: {}}}"), "with 3 operations"),
            (page("paths: [unclosed"), "is not valid YAML"),
        ] {
            assert!(parse(&text).unwrap_err().contains(fault), "{text}");
        }
    }

    #[test]
    fn parameters_of_the_path_are_added_to_the_operation() {
        let page = parse(&page("paths: {/a: {parameters: [{name: one}], get: {parameters: [{name: two}]}}}")).unwrap();
        assert_eq!(page.operation["parameters"], serde_json::json!([{"name": "one"}, {"name": "two"}]));
    }
}
