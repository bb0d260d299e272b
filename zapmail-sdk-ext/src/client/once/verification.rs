//! Verification: checks whether a purchase was made.

use zapmail_sdk::{Result, operations};

use crate::client::Zapmail;
use crate::journal::{EntryState, Journal, JournalEntry, Verdict, Verification, View, check_service, not_found};

impl Journal {
    /// Checks whether a purchase was made: runs the operation that verifies its outcome, and compares the result with
    /// the one from before the purchase. Changes nothing.
    ///
    /// ```no_run
    /// # async fn example(journal: zapmail_sdk_ext::Journal, zapmail: zapmail_sdk_ext::Zapmail) -> zapmail_sdk_ext::Result<()> {
    /// println!("{}", journal.verify(&zapmail, "order-4711").await?);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// - [`ErrorKind::NotFound`](crate::ErrorKind::NotFound) if the key is free.
    /// - [`ErrorKind::Conflict`](crate::ErrorKind::Conflict) if the purchase is of a different service than `zapmail`;
    ///   nothing is sent.
    /// - [`ErrorKind::Journal`](crate::ErrorKind::Journal) if the journal cannot be read.
    /// - Any error of the operation that verifies the outcome.
    pub async fn verify(&self, zapmail: &Zapmail, key: &str) -> Result<Verification> {
        let entry = self.entry(key).await?.ok_or_else(|| not_found(key))?;
        verify(zapmail, &entry).await
    }
}

/// Compares the numbers before a purchase with the current ones.
///
/// # Errors
///
/// - [`ErrorKind::Conflict`](crate::ErrorKind::Conflict) if the purchase is of a different service than the client.
/// - Any error of the operation that verifies the outcome.
async fn verify(zapmail: &Zapmail, entry: &JournalEntry) -> Result<Verification> {
    // The numbers of a different service cannot be compared with those before the purchase.
    check_service(entry, zapmail.base_url())
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
    let pairs = || before.numbers.iter().map(|(name, before)| (before, now.numbers.get(name)));
    // A number that can no longer be read is neither larger nor equal.
    if pairs().all(|(before, now)| now.is_some_and(|now| now > before)) {
        Verdict::LooksMade
    } else if pairs().all(|(before, now)| now == Some(before)) {
        Verdict::LooksNotMade
    } else {
        Verdict::Unclear
    }
}

#[cfg(test)]
mod tests {
    use super::{Verdict, View, verdict};

    fn view(numbers: &[(&str, u32)]) -> View {
        View { numbers: numbers.iter().map(|(name, number)| ((*name).to_owned(), (*number).into())).collect() }
    }

    #[test]
    fn verdict_follows_from_all_numbers() {
        let before = view(&[("acme.com", 0), ("acme.io", 0)]);
        for (now, expected) in [
            (view(&[("acme.com", 1), ("acme.io", 1)]), Verdict::LooksMade),
            (view(&[("acme.com", 0), ("acme.io", 0)]), Verdict::LooksNotMade),
            (view(&[("acme.com", 1), ("acme.io", 0)]), Verdict::Unclear),
            // The other number can no longer be read.
            (view(&[("acme.com", 0)]), Verdict::Unclear),
            (view(&[("acme.com", 1)]), Verdict::Unclear),
        ] {
            assert_eq!(verdict(Some(&before), Some(&now)), expected, "{now:?}");
        }
        assert_eq!(verdict(Some(&before), None), Verdict::Unclear);
    }
}
