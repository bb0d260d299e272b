//! Writing text to standard output and standard error.

use std::borrow::Cow;
use std::io::{self, IsTerminal, Write};

/// Replaces control characters, except line breaks and tabs: a terminal would interpret them, and responses can contain
/// text that others have written, such as emails.
pub fn printable(text: &str) -> Cow<'_, str> {
    let is_unprintable = |character: char| character.is_control() && !matches!(character, '\n' | '\t');
    if text.contains(is_unprintable) { text.replace(is_unprintable, "\u{fffd}").into() } else { text.into() }
}

/// Writes text to standard output. In a pipe or a file, the text is unchanged.
pub fn write(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    let text = if out.is_terminal() { printable(text) } else { text.into() };
    out.write_all(text.as_bytes()).and_then(|()| out.flush())
}

/// Writes a line to standard error. A failure is ignored, because it cannot be reported either.
pub fn note(line: &str) {
    let mut out = io::stderr().lock();
    let line = if out.is_terminal() { printable(line) } else { line.into() };
    _ = writeln!(out, "{line}");
}

#[cfg(test)]
mod tests {
    use super::printable;

    #[test]
    fn control_characters_are_replaced() {
        assert_eq!(printable("a\u{1b}[31mb\r\u{9b}c\n\td\u{e9}"), "a\u{fffd}[31mb\u{fffd}\u{fffd}c\n\td\u{e9}");
        assert_eq!(printable("plain"), "plain");
    }
}
