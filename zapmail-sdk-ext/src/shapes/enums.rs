//! New words of enums: recorded only if they look like the words that the document has.

use std::ops::RangeInclusive;

/// The most letters of one part of a word. The seed of an authenticator is longer.
const LONGEST_PART: usize = 15;

/// Lengths of a whole word.
const LENGTHS: RangeInclusive<usize> = 2..=40;

/// What separates the parts of a word.
const SEPARATORS: [char; 3] = ['_', '-', '.'];

/// Whether a text is written in the style of these words: the same case, separators that one of them has, and parts of
/// letters that have one digit at most, at their end.
pub(super) fn is_in_style(text: &str, words: &[&str]) -> bool {
    let is_case = |is_letter: fn(&u8) -> bool| {
        let has_case = |text: &str| text.bytes().all(|byte| !byte.is_ascii_alphabetic() || is_letter(&byte));
        !words.is_empty() && words.iter().all(|word| has_case(word)) && has_case(text)
    };
    let is_known = |separator: &char| words.iter().any(|word| word.contains(*separator));
    // Words in capitals are joined by underscores, even if all known ones are single words.
    let is_upper = is_case(u8::is_ascii_uppercase);
    let separators: Vec<_> = SEPARATORS.into_iter().filter(|one| is_known(one) || (is_upper && *one == '_')).collect();
    LENGTHS.contains(&text.len())
        && (is_upper || is_case(u8::is_ascii_lowercase))
        && text.split(|letter| separators.contains(&letter)).all(is_part)
}

fn is_part(part: &str) -> bool {
    let letters = part.strip_suffix(|last: char| last.is_ascii_digit()).unwrap_or(part);
    (1..=LONGEST_PART).contains(&letters.len()) && letters.bytes().all(|byte| byte.is_ascii_alphabetic())
}
