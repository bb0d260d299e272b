//! Verification: checks whether a purchase was made.

use std::fmt;

use super::view::View;

/// The result of [`Journal::verify`](crate::Journal::verify). `Display` prints a few lines for a person.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Verification {
    /// The conclusion drawn from the numbers.
    pub verdict: Verdict,
    /// The key of the purchase.
    pub key: String,
    /// The id of the operation that makes the purchase.
    pub operation: String,
    /// The id of the operation that verifies the outcome, if there is one.
    pub verified_with: Option<&'static str>,
    /// The numbers before the purchase.
    pub before: Option<View>,
    /// The current numbers.
    pub now: Option<View>,
}

/// The conclusion drawn from the numbers before and after a purchase. Other activity in the account can change the
/// numbers, too, so the decision is left to a person or to a program with more information.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Verdict {
    /// According to the journal, the purchase was made.
    Made,
    /// All numbers have changed in the way that the purchase changes them.
    LooksMade,
    /// None of the numbers has changed. The same is true of a purchase that must be paid through a link, or is
    /// processed later.
    LooksNotMade,
    /// The numbers are inconclusive, or there is nothing to compare: a person must check.
    Unclear,
}

impl fmt::Display for Verification {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { verdict, key, operation, verified_with, before, now } = self;
        let verdict = match verdict {
            Verdict::Made => "was made, according to the journal",
            Verdict::LooksMade => "appears to have been made",
            Verdict::LooksNotMade => "appears not to have been made, but it may still have to be paid or processed",
            Verdict::Unclear => "cannot be verified by numbers",
        };
        write!(formatter, "The purchase `{key}` ({operation}) {verdict}.")?;
        for (name, before) in before.iter().flat_map(|view| &view.numbers) {
            let now = now.as_ref().and_then(|view| view.numbers.get(name));
            let now = now.map_or_else(|| "unknown".to_owned(), ToString::to_string);
            write!(formatter, "\n{name}: {before} before, {now} now")?;
        }
        match verified_with {
            Some(verify) => write!(formatter, "\nCheck with `{verify}`, and check the invoices of the account."),
            None => write!(formatter, "\nCheck the invoices of the account."),
        }
    }
}
