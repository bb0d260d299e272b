//! What came back: an answer is read up to a limit, and an error in any shape becomes the API's own.

use std::mem;
use std::sync::LazyLock;

use bytes::{Bytes, BytesMut};
use http::{HeaderMap, StatusCode, header};
use reqwest::ResponseBuilderExt;
use serde::Deserialize;
use serde_json::json;
use url::Url;

use super::headers::Key;

/// Longest piece of a foreign body that is quoted, in characters.
const QUOTED: usize = 200;

/// An answer, read in full.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Bytes,
}

/// What the service says of an error.
#[derive(Debug, Default)]
pub(super) struct Complaint {
    pub message: String,
    pub error_id: Option<String>,
}

/// What an answer says of itself.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Envelope {
    status: Option<u16>,
    success: Option<bool>,
}

/// Why an answer could not be read.
pub(super) enum Unread {
    /// The connection broke.
    Broken(reqwest::Error),
    /// It is larger than this many bytes.
    TooLarge(usize),
}

impl Answer {
    /// Reads a response, at most so many bytes.
    ///
    /// # Errors
    ///
    /// When the connection breaks, or the body is larger.
    pub(super) async fn read(response: &mut reqwest::Response, limit: usize) -> Result<Self, Unread> {
        let announced = response.content_length().and_then(|length| usize::try_from(length).ok());
        if announced.is_some_and(|length| length > limit) {
            return Err(Unread::TooLarge(limit));
        }
        // An answer of one piece, as most are, is taken as it is; only one of the two holds anything.
        let (mut body, mut joined) = (Bytes::new(), BytesMut::new());
        while let Some(piece) = response.chunk().await.map_err(Unread::Broken)? {
            let length = body.len() + joined.len() + piece.len();
            if length > limit {
                return Err(Unread::TooLarge(limit));
            }
            if length == piece.len() {
                body = piece;
                continue;
            }
            if joined.is_empty() {
                joined.reserve(announced.unwrap_or(length));
                joined.extend_from_slice(&mem::take(&mut body));
            }
            joined.extend_from_slice(&piece);
        }
        if !joined.is_empty() {
            body = joined.freeze();
        }
        let status = response.status();
        Ok(Self { status, headers: mem::take(response.headers_mut()), body })
    }

    /// The status that counts: an error inside an envelope with status 200 is that error.
    pub fn effective_status(&self) -> StatusCode {
        if !self.status.is_success() {
            return self.status;
        }
        let inner = self.envelope().status.and_then(|status| StatusCode::from_u16(status).ok());
        inner.filter(|status| status.is_client_error() || status.is_server_error()).unwrap_or(self.status)
    }

    /// Whether the service did what it was asked. Zapbox's answers have no status, and say `success` instead.
    pub fn is_success(&self) -> bool {
        self.effective_status().is_success() && self.envelope().success != Some(false)
    }

    /// What the body says of itself. Nearly all envelopes start with their status; those need no second look.
    fn envelope(&self) -> Envelope {
        let good = self.body.starts_with(b"{\"status\":2") || self.body.starts_with(b"{\"success\":true");
        if good { Envelope::default() } else { self.object().unwrap_or_default() }
    }

    /// What the service says of an error, whatever shape the body has. The key is taken out, should it be quoted.
    pub(super) fn complaint(&self, key: Option<&Key>) -> Complaint {
        #[derive(Deserialize, Default)]
        #[serde(rename_all = "camelCase", default)]
        struct Body {
            message: Option<serde_json::Value>,
            error: Option<serde_json::Value>,
            error_id: Option<serde_json::Value>,
        }
        let body = self.object::<Body>();
        let said = match &body {
            Some(body) => [&body.message, &body.error].into_iter().flatten().find_map(said),
            None => self.foreign_text(),
        };
        let message = said.unwrap_or_else(|| "the service gave no reason".to_owned());
        let error_id = body.and_then(|body| match body.error_id? {
            serde_json::Value::String(id) => Some(id),
            serde_json::Value::Number(id) => Some(id.to_string()),
            _ => None,
        });
        // The key first: a cut could go through it.
        let clean = |text: String| one_line(&key.map_or(text.clone(), |key| key.redact(&text)));
        Complaint { message: clean(message), error_id: error_id.map(clean) }
    }

    /// The body as an object; serde would take a list for one as well.
    fn object<'a, T: Deserialize<'a>>(&'a self) -> Option<T> {
        let is_object = self.body.trim_ascii_start().starts_with(b"{");
        is_object.then(|| serde_json::from_slice(&self.body).ok())?
    }

    /// The text of a body that is not JSON, such as a proxy's page. What looks like JSON is not quoted: it is garbled,
    /// and may hold credentials.
    fn foreign_text(&self) -> Option<String> {
        let text = String::from_utf8_lossy(&self.body);
        let content_type =
            self.headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let looks_like_json = text.contains(['{', '[', '"']) && !text.trim_start().starts_with('<');
        let garbled = content_type.contains("json") || looks_like_json;
        if garbled {
            return Some("the body is no JSON that can be read".to_owned());
        }
        let text = without_tags(&text);
        (!text.is_empty()).then_some(text)
    }

    /// A success as progenitor's code takes it.
    pub fn into_response(self) -> reqwest::Response {
        response(self.status, self.headers, self.body)
    }
}

/// A response that did not come from the service: what a raw call sees of a failure on this side.
pub(super) fn local_response(status: StatusCode, message: &str, error_id: Option<&str>) -> reqwest::Response {
    let body = json!({"status": status.as_u16(), "message": message, "errorId": error_id}).to_string();
    response(status, HeaderMap::new(), body.into())
}

fn response(status: StatusCode, headers: HeaderMap, body: Bytes) -> reqwest::Response {
    let mut response = http::Response::new(body);
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    *response.extensions_mut() = NOWHERE.clone();
    response.into()
}

/// The URL of a response that has none. reqwest would parse this one anew for each, which takes as long as all else here.
static NOWHERE: LazyLock<http::Extensions> = LazyLock::new(|| {
    let url = Url::parse("http://no.url.provided.local").ok();
    let response = url.and_then(|url| http::Response::builder().url(url).body(()).ok());
    response.map(|response| response.into_parts().0.extensions).unwrap_or_default()
});

/// A reason given as text, or as a list of texts.
fn said(value: &serde_json::Value) -> Option<String> {
    match value {
        serde_json::Value::String(text) if !text.trim().is_empty() => Some(text.clone()),
        serde_json::Value::Array(reasons) => {
            let reasons: Vec<_> = reasons.iter().filter_map(|reason| reason.as_str()).collect();
            (!reasons.is_empty()).then(|| reasons.join(", "))
        }
        _ => None,
    }
}

/// The text on one line, cut to a length that a person reads. Control characters could speak to a terminal.
pub(crate) fn one_line(text: &str) -> String {
    let words = text.split(|character: char| character.is_whitespace() || character.is_control());
    let line = words.filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(QUOTED) {
        Some((end, _)) => format!("{}...", &line[..end]),
        None => line,
    }
}

/// The text of an HTML page.
fn without_tags(html: &str) -> String {
    let mut text = String::new();
    let mut in_tag = false;
    for character in html.chars() {
        match character {
            '<' => in_tag = true,
            '>' => {
                in_tag = false;
                text.push(' ');
            }
            _ if !in_tag => text.push(character),
            _ => {}
        }
    }
    text.trim().to_owned()
}
