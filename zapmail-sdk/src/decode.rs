//! Decoding a response body, and the place where it fails.
//!
//! serde's own messages quote values, so none of them is ever shown. The place is found by scanning the body up to the
//! position of serde's error, which costs nothing unless decoding fails and needs no second copy of each type's decoder.

use serde::de::DeserializeOwned;
use serde_json::error::Category;

use crate::error::{Error, ErrorKind};
use crate::operations::PROPERTIES;

/// Longest place that is shown, in characters. The keys of a map can be any text.
const LONGEST_PATH: usize = 200;

/// Why a body could not be decoded: the place and the reason, without a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    path: String,
    reason: &'static str,
}

impl Fault {
    /// A part that the operation's data needs is missing.
    pub(crate) fn missing(path: &str) -> Self {
        Self { path: path.to_owned(), reason: "is missing" }
    }

    /// Something is wrong with the body as a whole.
    pub(crate) fn of_body(reason: &'static str) -> Self {
        Self { path: String::new(), reason }
    }

    pub(crate) fn into_error(self) -> Error {
        let path = shortened(&self.path);
        let place = path.as_ref().map_or_else(|| "the response".to_owned(), |path| format!("`{path}` in the response"));
        Error::new(ErrorKind::Decode, format!("{place} {}", self.reason)).with_path(path)
    }
}

/// Decodes a body.
pub(crate) fn json<T: DeserializeOwned>(body: &[u8]) -> Result<T, Fault> {
    serde_json::from_slice(body).map_err(|error| fault(body, &error))
}

/// Decodes an envelope and takes the data out of it; `data` is its place.
pub(crate) fn unwrapped<E: DeserializeOwned, D>(
    body: &[u8],
    unwrap: fn(E) -> Option<D>,
    data: &'static str,
) -> Result<D, Fault> {
    unwrap(json(body)?).ok_or_else(|| Fault::missing(data))
}

/// Not generic, so that it is compiled once.
fn fault(body: &[u8], error: &serde_json::Error) -> Fault {
    let text = error.to_string();
    if text.starts_with("trailing characters") {
        return Fault::of_body("has trailing data after the JSON value");
    }
    if body.trim_ascii().is_empty() {
        return Fault::of_body("is empty");
    }
    let reason = match error.classify() {
        Category::Eof => "is cut off",
        Category::Syntax => "is not valid JSON",
        _ => "has an unexpected type",
    };
    // The name of a missing field comes from our own types.
    let missing = text.strip_prefix("missing field `").and_then(|rest| rest.split_once('`')).map(|(name, _)| name);
    let end = offset(body, error.line(), error.column());
    // serde reports an error of a field after it has tried to close the object. Of a missing field, the object is the place;
    // of a union, which is read as a whole, its own end.
    let follows = body.get(end..).unwrap_or_default().trim_ascii_start().first();
    let is_whole = missing.is_some() || (text.contains("untagged enum") && follows == Some(&b','));
    let mut path = path_at(body, end, is_whole);
    match missing {
        Some(name) => {
            path.push_str(if path.is_empty() { "" } else { "." });
            path.push_str(name);
            Fault { path, reason: "is missing" }
        }
        None => Fault { path, reason },
    }
}

/// The number of bytes before a position as serde_json reports it: lines count from 1, columns are bytes.
fn offset(body: &[u8], line: usize, column: usize) -> usize {
    let newlines = body.iter().enumerate().filter(|(_, byte)| **byte == b'\n').map(|(index, _)| index + 1);
    let start = std::iter::once(0).chain(newlines).nth(line.saturating_sub(1)).unwrap_or_default();
    body.len().min(start.saturating_add(column))
}

/// One container around the position.
enum Frame {
    Object {
        /// The key, as the bytes between its quotes.
        key: Option<(usize, usize)>,
        at_key: bool,
    },
    Array {
        index: usize,
    },
}

/// The path of the last value in the first `end` bytes: `domains[3].status`. If they end with an object or a list,
/// `whole` asks for that, and otherwise the place is the last value in it.
fn path_at(body: &[u8], end: usize, whole: bool) -> String {
    let mut frames = Vec::new();
    let mut index = 0;
    while index < end {
        let Some(byte) = body.get(index) else { break };
        index += 1;
        match byte {
            b'"' => {
                let start = index;
                index = end_of_string(body, start);
                if let Some(Frame::Object { key, at_key: at_key @ true }) = frames.last_mut() {
                    *key = Some((start, index.saturating_sub(1)));
                    *at_key = false;
                }
            }
            b'{' => frames.push(Frame::Object { key: None, at_key: true }),
            b'[' => frames.push(Frame::Array { index: 0 }),
            b'}' | b']' if whole || index < end => _ = frames.pop(),
            b',' => match frames.last_mut() {
                Some(Frame::Object { key, at_key }) => (*key, *at_key) = (None, true),
                Some(Frame::Array { index }) => *index += 1,
                None => {}
            },
            _ => {}
        }
    }
    let mut path = String::new();
    for frame in frames {
        match frame {
            Frame::Object { key: Some((start, end)), .. } => {
                let key = body.get(start..end).unwrap_or_default();
                path.push_str(if path.is_empty() { "" } else { "." });
                // Any other name can be data, such as a credential.
                let name = str::from_utf8(key).ok().filter(|name| PROPERTIES.binary_search(name).is_ok());
                path.push_str(name.unwrap_or("*"));
            }
            Frame::Object { key: None, .. } => {}
            Frame::Array { index } => path.push_str(&format!("[{index}]")),
        }
    }
    path
}

/// The index behind a string's closing quote; `start` is behind the opening one.
fn end_of_string(body: &[u8], start: usize) -> usize {
    let mut index = start;
    while let Some(byte) = body.get(index) {
        index += 1;
        match byte {
            b'\\' => index += 1,
            b'"' => break,
            _ => {}
        }
    }
    index.min(body.len())
}

/// On one line, without control characters, cut to a length that a person reads.
fn shortened(path: &str) -> Option<String> {
    let clean: String = path.chars().filter(|character| !character.is_control()).take(LONGEST_PATH).collect();
    Some(clean).filter(|path| !path.is_empty())
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{Fault, json};
    use crate::types::{MailboxPageEnvelope, WorkspaceListEnvelope};

    fn page(mailbox: &Value) -> Vec<u8> {
        json!({"status": 200, "data": {"totalPages": "1", "domains": [
            {"id": "7b2e9d10-4c5f-4a6b-9d8e-1f2a3b4c5d6e", "mailboxes": []},
            {"id": "8c3f0e21-5d60-4b7c-8e9f-2a3b4c5d6e7f", "mailboxes": [mailbox]},
        ]}})
        .to_string()
        .into_bytes()
    }

    fn fault_of(body: &[u8]) -> Fault {
        json::<MailboxPageEnvelope>(body).unwrap_err()
    }

    #[test]
    fn path_leads_to_the_faulty_value() {
        let id = "5d4c3b2a-1f0e-4d9c-8b7a-6e5f4d3c2b1a";
        let rows = [
            (json!({"id": 7}), "data.domains[1].mailboxes[0].id", "has an unexpected type"),
            (json!({"id": id, "status": 7}), "data.domains[1].mailboxes[0].status", "has an unexpected type"),
            (json!({}), "data.domains[1].mailboxes[0].id", "is missing"),
            (json!({"email": "dana@acme.example"}), "data.domains[1].mailboxes[0].id", "is missing"),
            (json!({"id": id, "email": ["a"]}), "data.domains[1].mailboxes[0].email", "has an unexpected type"),
            (json!({"id": id, "email": {"a": 1}}), "data.domains[1].mailboxes[0].email", "has an unexpected type"),
            (
                json!({"id": id, "createdAt": "soon"}),
                "data.domains[1].mailboxes[0].createdAt",
                "has an unexpected type",
            ),
            (json!(7), "data.domains[1].mailboxes[0]", "has an unexpected type"),
        ];
        for (mailbox, path, reason) in rows {
            let body = page(&mailbox);
            assert_eq!(fault_of(&body), Fault { path: path.to_owned(), reason }, "{mailbox}");
            let pretty = serde_json::to_vec_pretty(&serde_json::from_slice::<Value>(&body).unwrap()).unwrap();
            assert_eq!(fault_of(&pretty), Fault { path: path.to_owned(), reason }, "{mailbox}");
        }
    }

    #[test]
    fn broken_body_reports_its_form() {
        for (body, path, reason) in [
            ("", "", "is empty"),
            ("<html>", "", "is not valid JSON"),
            (r#"{"data": {"domains": ["#, "data.domains[0]", "is cut off"),
            (r#"{"data": null} {}"#, "", "has trailing data after the JSON value"),
        ] {
            assert_eq!(fault_of(body.as_bytes()), Fault { path: path.to_owned(), reason }, "{body}");
        }
    }

    #[test]
    fn alternative_is_named_as_a_whole() {
        for body in [
            r#"{"status": 200, "data": {"workspaces": [{"name": "Main"}]}}"#,
            r#"{"data": {"workspaces": [{"name": "Main"}]}, "status": 200}"#,
            r#"{"status": 200, "data": 7}"#,
            r#"{"data": 7, "status": 200}"#,
        ] {
            assert_eq!(json::<WorkspaceListEnvelope>(body.as_bytes()).unwrap_err().path, "data", "{body}");
        }
    }
}
