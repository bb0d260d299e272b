//! Request headers without credentials.

use axum::http::HeaderMap;

use super::redaction::REDACTED;
use crate::access::WORKSPACE_HEADERS;

/// Parts of the names of headers that contain credentials, such as `x-auth-zapmail`, `proxy-authorization` and
/// `cookie`.
const CREDENTIALS: [&str; 7] = ["auth", "cookie", "key", "password", "secret", "signature", "token"];

/// Returns the headers, with `[redacted]` for the value of each header that may contain a credential.
pub(super) fn redacted(headers: &HeaderMap) -> Vec<(String, String)> {
    let headers = headers.iter().map(|(name, value)| {
        let is_hidden = value.is_sensitive() || is_credential(name.as_str());
        let value = if is_hidden { REDACTED.into() } else { String::from_utf8_lossy(value.as_bytes()) };
        (name.to_string(), value.into_owned())
    });
    headers.collect()
}

fn is_credential(name: &str) -> bool {
    !WORKSPACE_HEADERS.contains(&name) && CREDENTIALS.iter().any(|part| name.contains(part))
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderMap, HeaderName, HeaderValue};

    use super::redacted;

    #[test]
    fn credentials_are_redacted_and_other_headers_are_shown() {
        let mut headers = HeaderMap::new();
        let hidden =
            ["x-auth-zapmail", "authorization", "proxy-authorization", "cookie", "x-api-key", "x-access-token"];
        let visible = ["x-workspace-key", "x-workspace-id", "user-agent", "x-request-tag", "traceparent"];
        for name in hidden.into_iter().chain(visible) {
            headers.insert(HeaderName::from_static(name), HeaderValue::from_static("value"));
        }
        for (name, value) in redacted(&headers) {
            assert_eq!(value, if hidden.contains(&&*name) { "[redacted]" } else { "value" }, "{name}");
        }
        let mut sensitive = HeaderValue::from_static("value");
        sensitive.set_sensitive(true);
        headers.insert("x-request-tag", sensitive);
        assert!(redacted(&headers).contains(&("x-request-tag".to_owned(), "[redacted]".to_owned())));
    }
}
