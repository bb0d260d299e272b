//! Verification: checks whether a purchase was made.

use std::fmt;

use rust_decimal::Decimal;
use zapmail_sdk::Result;
use zapmail_sdk::operations;

use super::entry::{EntryState, JournalEntry};
use super::service;
use super::view::View;
use crate::Zapmail;

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

/// Compares the numbers before a purchase with the current ones.
///
/// # Errors
///
/// - [`ErrorKind::Conflict`](crate::ErrorKind::Conflict) if the purchase is of a different service than the client.
/// - Any error of the operation that verifies the outcome.
pub(super) async fn verify(zapmail: &Zapmail, entry: &JournalEntry) -> Result<Verification> {
    // The numbers of a different service cannot be compared with those before the purchase.
    service::check(entry, zapmail.base_url())
        .map_err(|error| error.with_hint("call `verify` with a client of that service; nothing was sent"))?;
    // Use the workspace of the purchase, whatever the workspace of the client is.
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
