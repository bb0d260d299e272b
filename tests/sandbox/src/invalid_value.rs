//! The refusal of a parameter or body that does not match its schema in the document.

use jsonschema::ValidationError;
use jsonschema::error::ValidationErrorKind;

use crate::envelope::Refusal;

/// Returns the refusal of a validation error. Its message consists of the path of the invalid part and the error. It
/// does not contain the value, which might be a credential.
///
/// `parent` is the name of the parameter that contains the part; it is empty for a body.
pub(crate) fn refusal(parent: &str, error: &ValidationError<'_>) -> Refusal {
    let part = format!("{parent}{}", error.instance_path().as_str()).trim_start_matches('/').replace('/', ".");
    if is_paging(&part) {
        return Refusal::paging();
    }
    Refusal::invalid(match error.kind() {
        ValidationErrorKind::Required { property } => {
            let prefix = if part.is_empty() { part } else { format!("{part}.") };
            format!("{prefix}{} is required", property.as_str().unwrap_or_default())
        }
        _ => error.masked_with(if part.is_empty() { "the body" } else { &part }).to_string(),
    })
}

/// Returns whether a parameter or property selects the page: the service refuses these with a different message
/// (platform.md).
pub(crate) fn is_paging(name: &str) -> bool {
    matches!(name, "page" | "limit")
}
