//! The table of settings that a domain's row contains: how each is read, compared, set and cleared.

use zapmail_sdk::builder::{AddDmarcRecord, AddDomainForwarding, EnableCatchAll, EnableEmailForwarding};
use zapmail_sdk::ids::DomainId;
use zapmail_sdk::types::{
    DmarcRecord, Domain, DomainCatchAll, DomainEmailForwarding, DomainForwarding, DomainSelection,
};
use zapmail_sdk::{Operation, Pending, RawJson, Request};

use super::{DomainSettings, PendingSetting};
use crate::client::Zapmail;
use crate::names;

/// A setting. The value `None` means that it is cleared.
pub(super) struct Setting {
    /// The setting in reports of pending settings.
    pub pending: PendingSetting,
    /// Whether its value is an email address.
    pub is_address: bool,
    /// The operation that sets it.
    pub operation: &'static Operation,
    /// The wanted value; `None` if the setting is left unchanged.
    wanted: fn(&DomainSettings) -> Option<Option<&str>>,
    /// The value in a row, and whether the row reports it as in effect.
    shown: fn(&Domain) -> (Option<&str>, Option<bool>),
    /// Normalizes a value, for comparison.
    normalize: fn(&str) -> String,
    set: Set,
    /// `None` if the service cannot clear the setting.
    clear: Option<Clear>,
}

/// Sends a value for these domains.
type Set = fn(&Zapmail, &str, &[DomainId]) -> Pending<RawJson>;

/// Clears a setting of these domains.
type Clear = fn(&Zapmail, &[DomainId]) -> Pending<RawJson>;

/// All settings, in the order in which they are sent.
pub(super) static SETTINGS: [Setting; 4] = [
    Setting {
        pending: PendingSetting::Dmarc,
        is_address: true,
        operation: AddDmarcRecord::OPERATION,
        wanted: |settings| settings.dmarc.as_deref().map(Some),
        shown: |row| (row.dmarc_email.as_deref(), row.dmarc_email_added_to_reseller),
        normalize: names::address,
        set: |zapmail, address, ids| zapmail.add_dmarc_record().body(DmarcRecord::new(ids, address)).send(),
        clear: None,
    },
    Setting {
        pending: PendingSetting::ForwardTo,
        is_address: false,
        operation: AddDomainForwarding::OPERATION,
        wanted: |settings| settings.forward_to.as_ref().map(Option::as_deref),
        shown: |row| (row.forward_to.as_deref(), row.forward_to_added_on_reseller),
        normalize: destination,
        set: forward,
        clear: Some(|zapmail, ids| forward(zapmail, "", ids)),
    },
    Setting {
        pending: PendingSetting::ForwardEmailTo,
        is_address: true,
        operation: EnableEmailForwarding::OPERATION,
        wanted: |settings| settings.forward_email_to.as_ref().map(Option::as_deref),
        shown: |row| (row.forwarding_email.as_deref(), row.forwarding_email_added),
        normalize: names::address,
        set: |zapmail, address, ids| {
            zapmail.enable_email_forwarding().body(DomainEmailForwarding::new(ids, address)).send()
        },
        clear: Some(|zapmail, ids| zapmail.disable_email_forwarding().body(DomainSelection::new(ids)).send()),
    },
    Setting {
        pending: PendingSetting::CatchAll,
        is_address: true,
        operation: EnableCatchAll::OPERATION,
        wanted: |settings| settings.catch_all.as_ref().map(Option::as_deref),
        shown: |row| (row.catch_all_email.as_deref(), row.catch_all_email_added),
        normalize: names::address,
        set: |zapmail, address, ids| zapmail.enable_catch_all().body(DomainCatchAll::new(ids, address)).send(),
        clear: Some(|zapmail, ids| zapmail.disable_catch_all().body(DomainSelection::new(ids)).send()),
    },
];

/// Sets the forwarding of visitors. An empty destination clears it.
fn forward(zapmail: &Zapmail, destination: &str, ids: &[DomainId]) -> Pending<RawJson> {
    zapmail.add_domain_forwarding().body(DomainForwarding::new(ids, destination)).send()
}

impl Setting {
    /// Returns the wanted value, trimmed; `None` if the setting is left unchanged.
    pub fn wanted<'a>(&self, settings: &'a DomainSettings) -> Option<Option<&'a str>> {
        (self.wanted)(settings).map(|value| value.map(str::trim))
    }

    /// Returns whether a row contains this value, in effect or not.
    fn is_shown(&self, row: &Domain, wanted: Option<&str>) -> bool {
        let (shown, _) = (self.shown)(row);
        let shown = shown.filter(|shown| !shown.trim().is_empty());
        shown.map(self.normalize) == wanted.map(self.normalize)
    }

    /// Returns whether this value is in effect, according to a row. A cleared setting counts as in effect if the row
    /// has no value.
    pub fn is_in_effect(&self, row: &Domain, wanted: Option<&str>) -> bool {
        let (_, is_added) = (self.shown)(row);
        self.is_shown(row, wanted) && (wanted.is_none() || is_added != Some(false))
    }

    /// Returns whether this value must be sent for the domain of a row. A row may omit a value, so a setting is known
    /// to be cleared only if the row reports that it is not in effect.
    pub fn is_to_be_sent(&self, row: &Domain, wanted: Option<&str>) -> bool {
        let (_, is_added) = (self.shown)(row);
        !self.is_in_effect(row, wanted) || (wanted.is_none() && is_added != Some(false))
    }

    /// Sends a value for these domains. Returns `None` if the service cannot clear the setting.
    pub fn send(&self, zapmail: &Zapmail, value: Option<&str>, ids: &[DomainId]) -> Option<Pending<RawJson>> {
        match value {
            Some(value) => Some((self.set)(zapmail, value, ids)),
            None => self.clear.map(|clear| clear(zapmail, ids)),
        }
    }
}

/// Normalizes a domain or a URL. Letter case matters in the path only.
fn destination(destination: &str) -> String {
    let destination = destination.trim();
    let (scheme, rest) = match destination.split_once("://") {
        Some((scheme, rest)) => (format!("{}://", scheme.to_lowercase()), rest),
        None => (String::new(), destination),
    };
    let (host, path) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
    let path = if path == "/" { "" } else { path };
    format!("{scheme}{}{path}", names::domain(host))
}

#[cfg(test)]
mod tests {
    use super::destination;

    #[test]
    fn destination_spellings_are_normalized() {
        for (spelling, expected) in [
            (" ACME.com. ", "acme.com"),
            ("acme.com/", "acme.com"),
            ("HTTPS://Acme.com/", "https://acme.com"),
            ("https://acme.com/Path/?q=A", "https://acme.com/Path/?q=A"),
            ("Acme.com:8080?A", "acme.com:8080?A"),
            ("http://bücher.example/ü", "http://xn--bcher-kva.example/ü"),
        ] {
            assert_eq!(destination(spelling), expected, "{spelling}");
        }
    }
}
