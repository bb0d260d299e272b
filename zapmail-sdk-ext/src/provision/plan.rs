//! The plan: domains, their mailboxes and settings, and the app to which the mailboxes are exported.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::de::{Error as _, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use zapmail_sdk::types::ExportApp;
use zapmail_sdk::{Error, ErrorKind};

use crate::assign::rules::is_username;
use crate::domain_settings::DomainSettings;
use crate::names;

/// The domains and mailboxes to provision with [`Zapmail::provision`](crate::Zapmail::provision).
///
/// A plan can also be written as JSON:
///
/// ```
/// use zapmail_sdk_ext::ProvisionPlan;
///
/// let plan = ProvisionPlan::from_json(r#"{
///     "domains": {
///         "tryacme.com": {
///             "source": "buy",
///             "mailboxes": [{"username": "dana.reed", "first_name": "Dana", "last_name": "Reed"}]
///         },
///         "acme-mail.com": {"source": "connect", "mailboxes": []}
///     },
///     "settings": {"dmarc": "reports@acme.com", "forward_to": "acme.com"},
///     "export": {"app": "SMARTLEAD", "account": "ops@acme.com"}
/// }"#)?;
/// assert_eq!(plan.domains().collect::<Vec<_>>(), ["acme-mail.com", "tryacme.com"]);
/// assert_eq!(plan.addresses().collect::<Vec<_>>(), ["dana.reed@tryacme.com"]);
/// # Ok::<(), zapmail_sdk_ext::Error>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a plan: an object with `domains`, and optionally `settings` and `export`")]
pub struct ProvisionPlan {
    #[serde(deserialize_with = "domains")]
    pub(super) domains: BTreeMap<String, PlannedDomain>,
    /// The settings of all domains without individual settings.
    #[serde(default, skip_serializing_if = "DomainSettings::is_empty")]
    pub(super) settings: DomainSettings,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) export: Option<PlannedExport>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a domain: an object with `source`, `mailboxes` and `settings`")]
pub(super) struct PlannedDomain {
    #[serde(default)]
    pub source: DomainSource,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub settings: Option<DomainSettings>,
    #[serde(default)]
    pub mailboxes: Vec<PlannedMailbox>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a mailbox: an object with `username`, `first_name` and `last_name`")]
pub(super) struct PlannedMailbox {
    #[serde(deserialize_with = "username")]
    pub username: String,
    pub first_name: String,
    pub last_name: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, expecting = "an export: an object with `app`, and optionally `account`")]
pub(super) struct PlannedExport {
    pub app: ExportApp,
    /// The email address of the account in the app; `None` if there is only one account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
}

/// The source of a domain of a [`ProvisionPlan`] if the account does not have it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DomainSource {
    /// The account must already have the domain. If it does not, the domain fails.
    #[default]
    Owned,
    /// The domain is bought.
    Buy,
    /// The domain is registered elsewhere, and is connected.
    Connect,
}

impl ProvisionPlan {
    /// Creates an empty plan.
    pub fn new() -> Self {
        Self::default()
    }

    /// Reads a plan from JSON; see [`ProvisionPlan`] for the format.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Invalid`] if the text is not a plan, or contains a domain twice. The message contains the line and
    /// the reason.
    pub fn from_json(text: &str) -> zapmail_sdk::Result<Self> {
        serde_json::from_str(text)
            .map_err(|error| Error::new(ErrorKind::Invalid, format!("the plan cannot be read: {error}")))
    }

    /// Adds a domain that the account already has.
    #[must_use]
    pub fn domain(self, name: impl AsRef<str>) -> Self {
        self.with_source(name, DomainSource::Owned)
    }

    /// Adds a domain that is bought if the account does not have it.
    #[must_use]
    pub fn buy(self, name: impl AsRef<str>) -> Self {
        self.with_source(name, DomainSource::Buy)
    }

    /// Adds a domain that is registered elsewhere, and is connected if the account does not have it. Its name servers
    /// must be those of the service; see `get_name_servers`.
    #[must_use]
    pub fn connect(self, name: impl AsRef<str>) -> Self {
        self.with_source(name, DomainSource::Connect)
    }

    fn with_source(mut self, name: impl AsRef<str>, source: DomainSource) -> Self {
        self.domains.entry(names::domain(name.as_ref())).or_default().source = source;
        self
    }

    /// Adds a mailbox with this address for a person. If the plan does not contain the domain yet, it is added with the
    /// source [`Owned`](DomainSource::Owned).
    ///
    /// ```
    /// use zapmail_sdk_ext::ProvisionPlan;
    ///
    /// let plan = ProvisionPlan::new().buy("tryacme.com").mailbox("dana.reed@tryacme.com", "Dana", "Reed");
    /// assert_eq!(plan.addresses().count(), 1);
    /// ```
    #[must_use]
    pub fn mailbox(
        mut self,
        address: impl AsRef<str>,
        first_name: impl Into<String>,
        last_name: impl Into<String>,
    ) -> Self {
        let address = names::address(address.as_ref());
        let (username, domain) = address.rsplit_once('@').unwrap_or((&address, ""));
        self.domains.entry(domain.to_owned()).or_default().mailboxes.push(PlannedMailbox {
            username: username.to_owned(),
            first_name: first_name.into(),
            last_name: last_name.into(),
        });
        self
    }

    /// Sets the settings of all domains without individual settings.
    #[must_use]
    pub fn settings(self, settings: DomainSettings) -> Self {
        Self { settings, ..self }
    }

    /// Sets the individual settings of one domain, which replace the general [`settings`](Self::settings).
    #[must_use]
    pub fn settings_of(mut self, domain: impl AsRef<str>, settings: DomainSettings) -> Self {
        self.domains.entry(names::domain(domain.as_ref())).or_default().settings = Some(settings);
        self
    }

    /// Exports the mailboxes to an app: to the account with this email address, or to the only account if `account` is
    /// `None`.
    ///
    /// ```
    /// use zapmail_sdk_ext::ProvisionPlan;
    /// use zapmail_sdk_ext::types::ExportApp;
    ///
    /// let plan = ProvisionPlan::new().export(ExportApp::Smartlead, "ops@acme.com");
    /// ```
    #[must_use]
    pub fn export<'a>(self, app: ExportApp, account: impl Into<Option<&'a str>>) -> Self {
        let account = account.into().map(str::to_owned);
        Self { export: Some(PlannedExport { app, account }), ..self }
    }

    /// Returns the names of the domains.
    pub fn domains(&self) -> impl Iterator<Item = &str> {
        self.domains.keys().map(String::as_str)
    }

    /// Returns the source of a domain, or `None` if the domain is not in the plan.
    pub fn source_of(&self, domain: impl AsRef<str>) -> Option<DomainSource> {
        self.domains.get(&names::domain(domain.as_ref())).map(|domain| domain.source)
    }

    /// Returns the addresses of the mailboxes.
    pub fn addresses(&self) -> impl Iterator<Item = String> {
        let addresses = |(name, domain): (&String, &PlannedDomain)| {
            domain.mailboxes.iter().map(|mailbox| mailbox.address(name)).collect::<Vec<_>>()
        };
        self.domains.iter().flat_map(addresses)
    }

    /// Returns the settings of a domain, or `None` if there are none to set.
    pub(super) fn settings_for(&self, domain: &str) -> Option<&DomainSettings> {
        let individual = self.domains.get(domain).and_then(|domain| domain.settings.as_ref());
        Some(individual.unwrap_or(&self.settings)).filter(|settings| !settings.is_empty())
    }

    /// Returns all problems of the plan itself, whatever the state of the account, with one sentence for each.
    /// `mailboxes_per_domain` is the maximum number of mailboxes per domain: 5, unless Zapmail has raised it for the
    /// account.
    ///
    /// ```
    /// use zapmail_sdk_ext::ProvisionPlan;
    ///
    /// let plan = ProvisionPlan::new().mailbox("dana reed@acme.com", "Dana", "Reed");
    /// assert!(plan.problems(5)[0].starts_with("acme.com: `dana reed` is not a valid user name"));
    /// ```
    pub fn problems(&self, mailboxes_per_domain: usize) -> Vec<String> {
        let mut problems = Vec::new();
        if self.domains.is_empty() {
            problems.push("the plan has no domain; add one with `buy`, `connect` or `mailbox`".to_owned());
        }
        for (name, domain) in &self.domains {
            if name.is_empty() && !domain.mailboxes.is_empty() {
                let usernames: Vec<_> = domain.mailboxes.iter().map(|mailbox| mailbox.username.clone()).collect();
                let usernames = names::listed(&usernames, ", ");
                problems.push(format!("addresses without `@`: {usernames}; use addresses such as `dana@acme.com`"));
                continue;
            }
            if !names::is_domain(name) {
                problems.push(format!("`{name}` is not a valid domain name; use names such as `acme.com`"));
            }
            if let Some(problem) = domain.settings.as_ref().and_then(DomainSettings::problem) {
                problems.push(format!("{name}: {problem}"));
            }
            if domain.mailboxes.len() > mailboxes_per_domain {
                let planned = domain.mailboxes.len();
                problems.push(format!(
                    "{name}: {planned} planned mailboxes exceed the limit of {mailboxes_per_domain} per domain"
                ));
            }
            let mut seen = BTreeSet::new();
            for PlannedMailbox { username, first_name, last_name } in &domain.mailboxes {
                for (part, text) in [("first name", first_name), ("last name", last_name)] {
                    if text.trim().is_empty() {
                        problems.push(format!("{name}: the {part} of `{username}` is empty"));
                    }
                }
                if !is_username(username) {
                    problems.push(format!(
                        "{name}: `{username}` is not a valid user name: use up to 64 letters and digits, separated by \
                         single `.`, `_` or `-`"
                    ));
                }
                if !seen.insert(username.to_ascii_lowercase()) {
                    problems.push(format!("{name}: `{username}` is planned twice"));
                }
            }
        }
        problems.extend(self.settings.problem());
        if let Some(export) = self.export.as_ref().filter(|export| !export.app.is_known()) {
            problems.push(format!("`{}` is not an app to which mailboxes can be exported", export.app));
        }
        problems
    }
}

/// Deserializes domains by normalized name. A name that occurs twice is an error.
fn domains<'de, D: Deserializer<'de>>(deserializer: D) -> Result<BTreeMap<String, PlannedDomain>, D::Error> {
    struct Domains;

    impl<'de> Visitor<'de> for Domains {
        type Value = BTreeMap<String, PlannedDomain>;

        fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
            formatter.write_str("an object with the domains by name")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
            let mut domains = BTreeMap::new();
            while let Some((name, domain)) = map.next_entry::<String, PlannedDomain>()? {
                if domains.insert(names::domain(&name), domain).is_some() {
                    let message = format!("the plan has the domain `{name}` twice; merge the two entries");
                    return Err(A::Error::custom(message));
                }
            }
            Ok(domains)
        }
    }

    deserializer.deserialize_map(Domains)
}

/// Deserializes a user name, normalized as in an address.
fn username<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    String::deserialize(deserializer).map(|username| username.trim().to_lowercase())
}

impl PlannedMailbox {
    pub fn address(&self, domain: &str) -> String {
        names::address(&format!("{}@{domain}", self.username))
    }
}

impl fmt::Display for DomainSource {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Owned => "owned",
            Self::Buy => "buy",
            Self::Connect => "connect",
        })
    }
}
