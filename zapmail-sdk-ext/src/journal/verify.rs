//! Looking whether a purchase was made.

use std::fmt;

use rust_decimal::Decimal;
use zapmail_sdk::Result;
use zapmail_sdk::operations;

use super::entry::{EntryState, JournalEntry};
use super::view::View;
use crate::Zapmail;

/// What was seen of a purchase. Prints as a few lines for a person.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Verification {
    /// What the numbers say.
    pub verdict: Verdict,
    /// The key of the purchase.
    pub key: String,
    /// The id of the operation that bought.
    pub operation: String,
    /// The id of the operation that verifies its outcome, if there is one.
    pub verified_with: Option<&'static str>,
    /// What it showed before the purchase.
    pub before: Option<View>,
    /// What it shows now.
    pub now: Option<View>,
}

/// What the numbers before and after a purchase say. Others can change them as well, so a person or a program that knows
/// better decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Verdict {
    /// The journal knows that the purchase was made.
    Made,
    /// All numbers have changed as the purchase changes them.
    LooksMade,
    /// None has changed. A purchase that has to be paid through a link, or is carried out later, also looks like this.
    LooksNotMade,
    /// They do not tell, or nothing can be compared: a person has to look.
    Unclear,
}

/// # Errors
///
/// The error of the operation that verifies the outcome.
pub(super) async fn verify(zapmail: &Zapmail, entry: &JournalEntry) -> Result<Verification> {
    // That of the purchase, whatever the client's own is.
    let zapmail = &match &entry.workspace {
        Some(id) => zapmail.workspace(id),
        None => zapmail.in_primary_workspace(),
    };
    let now = match &entry.before {
        Some(before) => before.again(zapmail, &entry.operation).await?,
        None => None,
    };
    let is_known = matches!(entry.state, EntryState::Made | EntryState::Settled);
    Ok(Verification {
        verdict: if is_known { Verdict::Made } else { verdict(entry.before.as_ref(), now.as_ref()) },
        key: entry.key.clone(),
        operation: entry.operation.clone(),
        verified_with: operations::find(&entry.operation).and_then(|operation| operation.verify_with),
        before: entry.before.clone(),
        now,
    })
}

fn verdict(before: Option<&View>, now: Option<&View>) -> Verdict {
    let (Some(before), Some(now)) = (before, now) else { return Verdict::Unclear };
    let changes: Vec<_> = before
        .numbers
        .iter()
        .map(|(name, before)| now.numbers.get(name).map_or(Decimal::ZERO, |now| *now - *before))
        .collect();
    if changes.iter().all(|change| *change > Decimal::ZERO) {
        Verdict::LooksMade
    } else if changes.iter().all(Decimal::is_zero) {
        Verdict::LooksNotMade
    } else {
        Verdict::Unclear
    }
}

impl fmt::Display for Verification {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { verdict, key, operation, verified_with, before, now } = self;
        let verdict = match verdict {
            Verdict::Made => "was made: the journal knows its outcome",
            Verdict::LooksMade => "looks as if it was made",
            Verdict::LooksNotMade => "looks as if it was not made, unless it has to be paid or takes time",
            Verdict::Unclear => "cannot be judged by numbers",
        };
        write!(formatter, "The purchase `{key}` ({operation}) {verdict}.")?;
        for (name, before) in before.iter().flat_map(|view| &view.numbers) {
            let now = now.as_ref().and_then(|view| view.numbers.get(name));
            let now = now.map_or_else(|| "nothing".to_owned(), ToString::to_string);
            write!(formatter, "\n{name}: {before} before, {now} now")?;
        }
        match verified_with {
            Some(verify) => write!(formatter, "\nLook yourself with `{verify}`, and at the invoices of the account."),
            None => write!(formatter, "\nLook at the invoices of the account."),
        }
    }
}
