//! New values of enums: recorded only if they are written in the style of the documented values.

use std::ops::RangeInclusive;

/// Maximum number of letters in one part of an enum value. The seed of an authenticator is longer.
const MAX_PART_LENGTH: usize = 15;

/// Permitted lengths of an enum value.
const LENGTHS: RangeInclusive<usize> = 2..=40;

/// The separators between the parts of an enum value.
const SEPARATORS: [char; 3] = ['_', '-', '.'];

/// Returns whether a text is written in the style of these enum values: in the same case, with separators that occur in
/// one of them, and with parts that consist of letters and at most one digit, at the end of the part.
pub(super) fn is_in_style(text: &str, words: &[&str]) -> bool {
    let is_case = |is_letter: fn(&u8) -> bool| {
        let has_case = |text: &str| text.bytes().all(|byte| !byte.is_ascii_alphabetic() || is_letter(&byte));
        !words.is_empty() && words.iter().all(|word| has_case(word)) && has_case(text)
    };
    let is_known = |separator: &char| words.iter().any(|word| word.contains(*separator));
    // Values in upper case may contain underscores, even if all known values are single words.
    let is_upper = is_case(u8::is_ascii_uppercase);
    let separators: Vec<_> = SEPARATORS.into_iter().filter(|one| is_known(one) || (is_upper && *one == '_')).collect();
    LENGTHS.contains(&text.len())
        && (is_upper || is_case(u8::is_ascii_lowercase))
        && text.split(|letter| separators.contains(&letter)).all(is_part)
}

fn is_part(part: &str) -> bool {
    let letters = part.strip_suffix(|last: char| last.is_ascii_digit()).unwrap_or(part);
    (1..=MAX_PART_LENGTH).contains(&letters.len()) && letters.bytes().all(|byte| byte.is_ascii_alphabetic())
}
