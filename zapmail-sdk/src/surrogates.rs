//! Lone surrogates: escape sequences such as `\ud83d` that are half of a character. A service in JavaScript sends one
//! if it truncates a text in the middle of an emoji, and serde_json would reject the whole response because of it.

use std::borrow::Cow;

/// The length of an escape sequence.
const LENGTH: usize = 6;

/// Replaces the escape sequence of each lone surrogate in JSON with that of the replacement character. The length stays
/// the same.
pub fn replace_lone(json: &[u8]) -> Cow<'_, [u8]> {
    let mut replaced = Cow::Borrowed(json);
    // Most responses have no escape sequence, and this search is faster than a loop.
    let mut index = if json.contains(&b'\\') { 0 } else { json.len() };
    while let Some(offset) = json.get(index..).and_then(|rest| rest.iter().position(|byte| *byte == b'\\')) {
        index += offset;
        index += match (code_unit(json, index), code_unit(json, index + LENGTH)) {
            (Some(0xd800..=0xdbff), Some(0xdc00..=0xdfff)) => 2 * LENGTH,
            (Some(0xd800..=0xdfff), _) => {
                if let Some(escape) = replaced.to_mut().get_mut(index..index + LENGTH) {
                    escape.copy_from_slice(br"\ufffd");
                }
                LENGTH
            }
            // The second character can be a backslash.
            _ => 2,
        };
    }
    replaced
}

/// Returns the code unit of the escape sequence at an index, if there is one.
fn code_unit(json: &[u8], index: usize) -> Option<u16> {
    let digits = json.get(index..index + LENGTH)?.strip_prefix(br"\u")?;
    u16::from_str_radix(str::from_utf8(digits).ok()?, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::replace_lone;

    #[test]
    fn lone_surrogate_is_replaced_and_all_else_is_kept() {
        for (json, expected) in [
            (r#""\ud83d""#, r#""\ufffd""#),
            (r#""a\uDC00b""#, r#""a\ufffdb""#),
            (r#""\ud83d\ud83d\ude00""#, r#""\ufffd\ud83d\ude00""#),
            (r#""\ude00\ud83d""#, r#""\ufffd\ufffd""#),
            (r#""\ud83d \ude00""#, r#""\ufffd \ufffd""#),
            (r#""\ud83d\ude00""#, r#""\ud83d\ude00""#),
            (r#""\\ud83d \n \u00eb""#, r#""\\ud83d \n \u00eb""#),
            (r#""\\\ud83d""#, r#""\\\ufffd""#),
            (r#""\ud8"#, r#""\ud8"#),
            ("\\", "\\"),
            ("", ""),
        ] {
            assert_eq!(replace_lone(json.as_bytes()), expected.as_bytes(), "{json}");
        }
    }
}
