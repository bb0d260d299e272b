//! Rows of the service's lists: functions that several modules use.

use zapmail_sdk::NumberOrText;
use zapmail_sdk::ids::DomainId;
use zapmail_sdk::types::{Domain, DomainStatus, Mailbox, MailboxDomain, MailboxPage, MailboxStatus};

/// Returns whether a state equals this word. The service reports states in any letter case.
pub(crate) fn is(state: &str, word: &str) -> bool {
    state.eq_ignore_ascii_case(word)
}

/// Returns whether a mailbox has expired. It may still be listed, and never becomes active again.
pub(crate) fn has_expired(mailbox: &Mailbox) -> bool {
    mailbox.status.as_ref().is_some_and(|status| is(status.as_str(), MailboxStatus::Expired.as_str()))
}

/// Returns whether the registration of a domain has expired. It may still be listed next to its successor.
pub(crate) fn is_expired(domain: &Domain) -> bool {
    domain.status.as_ref().is_some_and(|status| is(status.as_str(), DomainStatus::Expired.as_str()))
}

/// Returns the number of free mailbox slots; `None` if the page does not report it.
pub(crate) fn free_slots(page: &MailboxPage) -> Option<u64> {
    // A negative number means that no slot is free.
    let free = page.available_mailboxes.as_ref().and_then(NumberOrText::as_i64)?;
    Some(u64::try_from(free).unwrap_or_default())
}

/// Returns the mailboxes of a page, each with the id of its domain's row. If the name, id or provider of the domain is
/// missing from a mailbox, it is copied from that row.
pub(crate) fn each_mailbox(page: MailboxPage) -> impl Iterator<Item = (DomainId, Mailbox)> {
    page.domains.into_iter().flat_map(|row| {
        let MailboxDomain { id, domain, service_provider, mailboxes, .. } = row;
        mailboxes.into_iter().map(move |mut mailbox| {
            mailbox.domain = mailbox.domain.or_else(|| domain.clone());
            mailbox.domain_id = mailbox.domain_id.or_else(|| Some(id.clone()));
            mailbox.service_provider = mailbox.service_provider.or_else(|| service_provider.clone());
            (id.clone(), mailbox)
        })
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn expired_status_is_recognized_in_any_letter_case() {
        for (status, expected) in [("EXPIRED", true), ("expired", true), ("ACTIVE", false), ("EXPIRED_SOON", false)] {
            let mailbox = serde_json::from_value(json!({"id": "1", "status": status})).unwrap();
            let domain = serde_json::from_value(json!({"id": "1", "status": status})).unwrap();
            assert_eq!((has_expired(&mailbox), is_expired(&domain)), (expected, expected), "{status}");
        }
        let unknown = serde_json::from_value(json!({"id": "1"})).unwrap();
        assert!(!has_expired(&unknown));
    }

    #[test]
    fn negative_number_of_free_slots_counts_as_zero() {
        for (reported, expected) in
            [(json!(3), Some(3)), (json!("4"), Some(4)), (json!(-2), Some(0)), (json!(null), None)]
        {
            let page = serde_json::from_value(json!({"domains": [], "availableMailboxes": reported})).unwrap();
            assert_eq!(free_slots(&page), expected, "{reported}");
        }
    }

    #[test]
    fn mailbox_without_domain_fields_has_those_of_its_row() {
        let row = json!({"id": "row", "domain": "acme.com", "serviceProvider": "MICROSOFT", "mailboxes": [
            {"id": "1"}, {"id": "2", "domain": "own.com", "domainId": "own", "serviceProvider": "GOOGLE"},
        ]});
        let page = serde_json::from_value(json!({"domains": [row, {"id": "empty", "mailboxes": []}]})).unwrap();
        let found: Vec<_> = each_mailbox(page)
            .map(|(id, mailbox)| {
                let provider = mailbox.service_provider.map(|provider| provider.to_string());
                [Some(id.to_string()), mailbox.domain_id.map(|id| id.to_string()), mailbox.domain, provider]
            })
            .collect();
        let expected = [["row", "row", "acme.com", "MICROSOFT"], ["row", "own", "own.com", "GOOGLE"]];
        assert_eq!(found, expected.map(|row| row.map(|value| Some(value.to_owned()))));
    }
}
