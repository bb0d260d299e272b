//! Credentials: removes the credentials of a request from the texts that the service returns.

use std::fmt;

use serde_json::Value;

use crate::api_key::ApiKey;
use crate::surrogates::replace_lone;

/// The replacement for a credential.
const REDACTED: &str = "[redacted]";

/// Minimum length, in letters and digits, of a part of a credential that is removed.
const MIN_PART_LENGTH: usize = 8;

/// Minimum length, in letters and digits, of a prefix of a credential that is removed. Services often show prefixes.
const MIN_PREFIX_LENGTH: usize = 6;

/// Minimum length of a credential. Shorter values are not credentials, and removing them would garble the text.
const MIN_LENGTH: usize = 4;

/// Maximum length of a text that is searched, in characters. Error messages show less than that.
const MAX_TEXT_LENGTH: usize = 4000;

/// Parts of the names of properties that contain credentials, in lower case.
const CREDENTIAL_NAME_PARTS: [&str; 14] = [
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
/// A [`Transport`](crate::Transport) that adds the key passes its credentials to
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
    /// Returns the credentials of a request that has neither a key nor a body.
    pub fn none() -> Self {
        Self::default()
    }

    /// Returns the credentials of a request with this key.
    pub fn of(key: &'a ApiKey) -> Self {
        Self { key: Some(key), ..Self::default() }
    }

    /// Adds the credentials in a JSON body.
    #[must_use]
    pub fn with_body(self, body: &'a [u8]) -> Self {
        Self { body, ..self }
    }

    /// Removes the credentials from a text of the service, including variants in a different letter case, with
    /// different separators, percent-encoded, or truncated.
    pub(crate) fn redact(&self, text: &str) -> String {
        let mut text: String = text.chars().take(MAX_TEXT_LENGTH).collect();
        let body: Value = serde_json::from_slice(self.body).unwrap_or_default();
        let mut credentials = Vec::new();
        collect(&body, false, &mut credentials);
        for credential in self.key.map(ApiKey::expose).into_iter().chain(credentials) {
            if credential.chars().count() >= MIN_LENGTH {
                text = redact_variants(&text.replace(credential, REDACTED), credential);
            }
        }
        text
    }
}

impl ApiKey {
    /// Whether a text contains the key or a longer part of it, in any letter case and with any separators. A workspace
    /// id looks like a key, so one can be mistaken for the other.
    ///
    /// ```
    /// use zapmail_sdk::{ApiKey, Secret};
    ///
    /// let key = ApiKey::new(&Secret::from("not-a-real-key"))?;
    /// assert!(key.is_in("Not a real key!"));
    /// # Ok::<(), zapmail_sdk::Error>(())
    /// ```
    pub fn is_in(&self, text: &str) -> bool {
        Credentials::of(self).redact(text) != text
    }
}

/// Whether the name of a property indicates a credential.
fn is_credential(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    CREDENTIAL_NAME_PARTS.iter().any(|part| name.contains(part))
}

impl Credentials<'_> {
    /// Returns a JSON body without these credentials and without the values of properties whose names indicate a
    /// credential. Returns an empty body if it is not JSON.
    pub(crate) fn strip(&self, body: &[u8]) -> Vec<u8> {
        let Ok(mut value) = serde_json::from_slice(&replace_lone(body)) else { return Vec::new() };
        self.replace(&mut value);
        serde_json::to_vec(&value).unwrap_or_default()
    }

    fn replace(&self, value: &mut Value) {
        match value {
            Value::String(text) if text.chars().nth(MAX_TEXT_LENGTH).is_none() => *text = self.redact(text),
            // No text in the response to a purchase is this long.
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

/// Collects the texts of properties whose names indicate a credential, and of everything inside them.
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

/// A letter or digit in lower case, and the range of bytes in the text that it represents.
struct Letter {
    letter: char,
    start: usize,
    end: usize,
}

/// Returns the letters and digits of a text, percent-decoded.
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

/// Removes a credential and its longer parts from a text, comparing only letters and digits.
fn redact_variants(text: &str, credential: &str) -> String {
    let credential: Vec<char> = letters(credential).into_iter().map(|letter| letter.letter).collect();
    if credential.len() < MIN_LENGTH {
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
            let min_length = if start == 0 { MIN_PREFIX_LENGTH } else { MIN_PART_LENGTH };
            (length >= min_length.min(credential.len())).then_some(length)
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
    fn key_is_removed_in_every_variant() {
        let key = ApiKey::new(&Secret::from(KEY)).unwrap();
        let variants = [
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
        for variant in variants {
            let text = Credentials::of(&key).redact(&format!("the key <{variant}> is unknown"));
            assert!(text.starts_with("the key <") && text.ends_with("> is unknown"), "{text}");
            assert_eq!(text.replace([' ', '\u{a0}'], ""), "thekey<[redacted]>isunknown", "{variant}");
        }
        let twice = Credentials::of(&key).redact(&format!("{KEY}, {KEY}"));
        assert_eq!(twice, "[redacted], [redacted]");
    }

    #[test]
    fn text_without_credentials_is_unchanged() {
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
        assert_eq!(Credentials::none().with_body(b"not JSON").redact(text), text);
    }

    #[test]
    fn credential_of_symbols_is_removed() {
        let body = br#"{"password": "?!?!", "token": "ab"}"#;
        assert_eq!(Credentials::none().with_body(body).redact("?!?! ab"), "[redacted] ab");
    }
}
