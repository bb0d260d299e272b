//! Removing the credentials of a request from what the service says about it.

use std::fmt;

use serde_json::Value;

use crate::api_key::ApiKey;

/// What takes the place of a credential.
const REDACTED: &str = "[redacted]";

/// A part of a credential of this many letters and digits is removed as well.
const SHORTEST_PART: usize = 8;

/// The beginning of a credential is removed from this many on: services often show it.
const SHORTEST_BEGINNING: usize = 6;

/// Shorter values are no credentials, and removing them would garble the text.
const SHORTEST: usize = 4;

/// Longest text that is searched, in characters. Less of it is shown.
const LONGEST_TEXT: usize = 4000;

/// Parts of the names of properties that hold credentials, in lower case.
const NAMES: [&str; 14] = [
    "password",
    "passphrase",
    "pwd",
    "secret",
    "token",
    "apikey",
    "api_key",
    "seed",
    "privatekey",
    "authcode",
    "jwt",
    "bearer",
    "cookie",
    "credential",
];

/// The credentials of a request: the API key, and the passwords in its body. The service may quote them in an error.
///
/// A [`Transport`](crate::Transport) that adds the key passes them to
/// [`BufferedResponse::into_success`](crate::BufferedResponse::into_success).
///
/// ```
/// use zapmail_sdk::{ApiKey, Credentials, Secret};
///
/// let key = ApiKey::new(&Secret::from("not-a-real-key"))?;
/// let credentials = Credentials::of(&key).with_body(br#"{"password": "not-a-real-password"}"#);
/// assert_eq!(format!("{credentials:?}"), "Credentials");
/// # Ok::<(), zapmail_sdk::Error>(())
/// ```
#[derive(Clone, Copy, Default)]
pub struct Credentials<'a> {
    key: Option<&'a ApiKey>,
    body: &'a [u8],
}

impl<'a> Credentials<'a> {
    /// Of a request without a key and a body.
    pub fn none() -> Self {
        Self::default()
    }

    /// Of a request with this key.
    pub fn of(key: &'a ApiKey) -> Self {
        Self { key: Some(key), ..Self::default() }
    }

    /// Adds those in a JSON body.
    #[must_use]
    pub fn with_body(self, body: &'a [u8]) -> Self {
        Self { body, ..self }
    }

    /// Returns a text of the service without them, in whatever spelling: another letter case, with other separators,
    /// percent-encoded, or cut.
    pub(crate) fn redact(&self, text: &str) -> String {
        let mut text: String = text.chars().take(LONGEST_TEXT).collect();
        let body: Value = serde_json::from_slice(self.body).unwrap_or_default();
        let mut credentials = Vec::new();
        collect(&body, false, &mut credentials);
        for credential in self.key.map(ApiKey::expose).into_iter().chain(credentials) {
            if credential.chars().count() >= SHORTEST {
                text = without(&text.replace(credential, REDACTED), credential);
            }
        }
        text
    }
}

/// Whether the name of a property says that it holds a credential.
fn is_credential(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    NAMES.iter().any(|part| name.contains(part))
}

impl Credentials<'_> {
    /// A JSON body without credentials: neither these, nor the values below names that say so. A body that is not JSON is
    /// left out.
    pub(crate) fn strip(&self, body: &[u8]) -> Vec<u8> {
        let Ok(mut value) = serde_json::from_slice(body) else { return Vec::new() };
        self.replace(&mut value);
        serde_json::to_vec(&value).unwrap_or_default()
    }

    fn replace(&self, value: &mut Value) {
        match value {
            Value::String(text) if text.chars().nth(LONGEST_TEXT).is_none() => *text = self.redact(text),
            // No text of a purchase is that long.
            Value::String(text) => *text = REDACTED.to_owned(),
            Value::Array(elements) => elements.iter_mut().for_each(|element| self.replace(element)),
            Value::Object(properties) => {
                for (name, value) in properties {
                    if is_credential(name) {
                        *value = Value::from(REDACTED);
                    } else {
                        self.replace(value);
                    }
                }
            }
            _ => {}
        }
    }
}

impl fmt::Debug for Credentials<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Credentials")
    }
}

/// The texts below properties whose names say that they hold a credential.
fn collect<'v>(value: &'v Value, is_credential: bool, found: &mut Vec<&'v str>) {
    match value {
        Value::String(text) if is_credential => found.push(text),
        Value::Array(elements) => elements.iter().for_each(|element| collect(element, is_credential, found)),
        Value::Object(properties) => {
            for (name, value) in properties {
                collect(value, is_credential || self::is_credential(name), found);
            }
        }
        _ => {}
    }
}

/// A letter or digit in lower case, and the bytes of the text that it stands for.
struct Letter {
    letter: char,
    start: usize,
    end: usize,
}

/// The letters and digits of a text, with percent-encoding undone.
fn letters(text: &str) -> Vec<Letter> {
    let mut letters = Vec::new();
    let mut start = 0;
    while let Some(character) = text.get(start..).and_then(|rest| rest.chars().next()) {
        let encoded = text.get(start + 1..start + 3).filter(|_| character == '%');
        let decoded = encoded.and_then(|hex| u8::from_str_radix(hex, 16).ok());
        let (letter, length) = decoded.map_or((character, character.len_utf8()), |byte| (char::from(byte), 3));
        if letter.is_alphanumeric() {
            let letter = letter.to_lowercase().next().unwrap_or(letter);
            letters.push(Letter { letter, start, end: start + length });
        }
        start += length;
    }
    letters
}

/// Removes a credential and its longer parts, compared by letters and digits.
fn without(text: &str, credential: &str) -> String {
    let credential: Vec<char> = letters(credential).into_iter().map(|letter| letter.letter).collect();
    if credential.len() < SHORTEST {
        return text.to_owned();
    }
    let letters = letters(text);
    let common = |from: usize, part: &[char]| {
        let here = letters.iter().skip(from).map(|letter| letter.letter);
        here.zip(part).take_while(|(letter, other)| letter == *other).count()
    };
    let (mut redacted, mut copied, mut from) = (String::new(), 0, 0);
    while let Some(first) = letters.get(from) {
        let lengths = (0..credential.len()).filter_map(|start| {
            let length = common(from, credential.get(start..)?);
            let shortest = if start == 0 { SHORTEST_BEGINNING } else { SHORTEST_PART };
            (length >= shortest.min(credential.len())).then_some(length)
        });
        let length = lengths.max().unwrap_or_default();
        match letters.get(from + length.saturating_sub(1)) {
            Some(last) if length > 0 => {
                redacted.push_str(text.get(copied..first.start).unwrap_or_default());
                redacted.push_str(REDACTED);
                (copied, from) = (last.end, from + length);
            }
            _ => from += 1,
        }
    }
    redacted.push_str(text.get(copied..).unwrap_or_default());
    redacted
}

#[cfg(test)]
mod tests {
    use super::Credentials;
    use crate::{ApiKey, Secret};

    const KEY: &str = "5a9d0c1e-7b2f-4c3d-8e4f-9a5b6c7d8e0f";

    #[test]
    fn key_is_removed_in_every_spelling() {
        let key = ApiKey::new(&Secret::from(KEY)).unwrap();
        let spellings = [
            KEY.to_owned(),
            KEY.to_uppercase(),
            KEY.replace('-', ""),
            KEY.replace('-', " "),
            KEY.replace('-', "_").to_uppercase(),
            KEY.replace('-', "%2D"),
            KEY.replace('-', "%2d"),
            KEY.bytes().map(|byte| format!("%{byte:02X}")).collect(),
            format!(" {KEY}\u{a0}"),
            KEY.chars().flat_map(|character| [character, ' ']).collect(),
            KEY[..13].to_owned(),
            KEY[..6].to_owned(),
            KEY[20..].to_owned(),
            KEY[9..30].to_uppercase(),
        ];
        for spelling in spellings {
            let text = Credentials::of(&key).redact(&format!("the key <{spelling}> is unknown"));
            assert!(text.starts_with("the key <") && text.ends_with("> is unknown"), "{text}");
            assert_eq!(text.replace([' ', '\u{a0}'], ""), "thekey<[redacted]>isunknown", "{spelling}");
        }
        let twice = Credentials::of(&key).redact(&format!("{KEY}, {KEY}"));
        assert_eq!(twice, "[redacted], [redacted]");
    }

    #[test]
    fn other_text_is_kept() {
        let key = ApiKey::new(&Secret::from(KEY)).unwrap();
        let text = "Mailbox 5a9d0 not found: 100 % of the übliche names; 7b2f-4c3 %zz %";
        assert_eq!(Credentials::of(&key).redact(text), text);
    }

    #[test]
    fn passwords_of_the_body_are_removed() {
        let body =
            br#"{"name": "acme", "accounts": [{"Password": "hunter-22!", "recovery": {"apiKey": "k-1234567"}}]}"#;
        let text = "acme: hunter-22! is weak, Hunter%2D22%21 as well, and K1234567 is wrong";
        let redacted = Credentials::none().with_body(body).redact(text);
        assert_eq!(redacted, "acme: [redacted] is weak, [redacted]%21 as well, and [redacted] is wrong");
        assert_eq!(Credentials::none().with_body(b"no JSON").redact(text), text);
    }

    #[test]
    fn symbols_are_removed_as_they_are() {
        let body = br#"{"password": "?!?!", "token": "ab"}"#;
        assert_eq!(Credentials::none().with_body(body).redact("?!?! ab"), "[redacted] ab");
    }
}
