//! The plan: domains, their mailboxes and settings, and where the mailboxes are exported to.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::de::{Error as _, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use zapmail_sdk::types::ExportApp;
use zapmail_sdk::{Error, ErrorKind};

use crate::assign::rules::is_username;
use crate::domain_settings::DomainSettings;
use crate::names;

/// Domains and mailboxes to have, for [`Zapmail::provision`](crate::Zapmail::provision).
///
/// As JSON, for people who write it by hand:
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
#[serde(deny_unknown_fields)]
pub struct ProvisionPlan {
    #[serde(deserialize_with = "domains")]
    pub(super) domains: BTreeMap<String, PlannedDomain>,
    /// Those of all domains without settings of their own.
    #[serde(default, skip_serializing_if = "DomainSettings::is_empty")]
    pub(super) settings: DomainSettings,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) export: Option<PlannedExport>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PlannedDomain {
    #[serde(default)]
    pub source: DomainSource,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub settings: Option<DomainSettings>,
    #[serde(default)]
    pub mailboxes: Vec<PlannedMailbox>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PlannedMailbox {
    #[serde(deserialize_with = "username")]
    pub username: String,
    pub first_name: String,
    pub last_name: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PlannedExport {
    pub app: ExportApp,
    /// The email address of the stored account; none where there is only one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
}

/// Where a domain of a [`ProvisionPlan`] comes from, if the account does not have it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DomainSource {
    /// The account has it. If not, that is a failure.
    #[default]
    Owned,
    /// It is bought.
    Buy,
    /// It is registered elsewhere, and connected.
    Connect,
}

impl ProvisionPlan {
    /// Creates an empty plan.
    pub fn new() -> Self {
        Self::default()
    }

    /// Reads a plan from JSON; see [`ProvisionPlan`] for its form.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Invalid`] with the line and the reason, or if a domain comes twice.
    pub fn from_json(text: &str) -> zapmail_sdk::Result<Self> {
        serde_json::from_str(text)
            .map_err(|error| Error::new(ErrorKind::Invalid, format!("the plan cannot be read: {error}")))
    }

    /// Reads the domains and mailboxes of a plan from CSV: a header and a row for each mailbox.
    ///
    /// The columns are `domain`, `username`, `first_name`, `last_name` and `source` (`buy`, `connect`, `owned` or empty), in
    /// any order; the last one can be left out, and others are ignored. A row without a username is a domain without a
    /// mailbox.
    ///
    /// ```
    /// use zapmail_sdk_ext::ProvisionPlan;
    ///
    /// let rows = "domain,username,first_name,last_name,source\n\
    ///     tryacme.com,dana.reed,Dana,Reed,buy\n\
    ///     tryacme.com,lee.wood,Lee,Wood,buy\n";
    /// let plan = ProvisionPlan::from_csv(rows.as_bytes())?;
    /// assert_eq!(plan.addresses().count(), 2);
    /// # Ok::<(), zapmail_sdk_ext::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Invalid`] with the line and the column.
    pub fn from_csv(rows: impl std::io::Read) -> zapmail_sdk::Result<Self> {
        super::csv::read(rows)
    }

    /// Adds a domain that the account has.
    #[must_use]
    pub fn domain(self, name: impl AsRef<str>) -> Self {
        self.with_source(name, DomainSource::Owned)
    }

    /// Adds a domain that is bought, unless the account has it.
    #[must_use]
    pub fn buy(self, name: impl AsRef<str>) -> Self {
        self.with_source(name, DomainSource::Buy)
    }

    /// Adds a domain that is registered elsewhere and is connected, unless the account has it. Its name servers have to be
    /// those of the service; see `get_name_servers`.
    #[must_use]
    pub fn connect(self, name: impl AsRef<str>) -> Self {
        self.with_source(name, DomainSource::Connect)
    }

    fn with_source(mut self, name: impl AsRef<str>, source: DomainSource) -> Self {
        self.domains.entry(names::domain(name.as_ref())).or_default().source = source;
        self
    }

    /// Adds a mailbox with this address for a person. The domain is one that the account has, unless the plan says otherwise.
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

    /// Sets the settings of all domains that have none of their own.
    #[must_use]
    pub fn settings(self, settings: DomainSettings) -> Self {
        Self { settings, ..self }
    }

    /// Sets the settings of one domain, in place of those of all.
    #[must_use]
    pub fn settings_of(mut self, domain: impl AsRef<str>, settings: DomainSettings) -> Self {
        self.domains.entry(names::domain(domain.as_ref())).or_default().settings = Some(settings);
        self
    }

    /// Exports the mailboxes to an app: to its account with this email address, or to the only one.
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

    /// Returns where a domain comes from; `None` if it is not in the plan.
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

    /// The settings of a domain; `None` if none is to be set.
    pub(super) fn settings_for(&self, domain: &str) -> Option<&DomainSettings> {
        let own = self.domains.get(domain).and_then(|domain| domain.settings.as_ref());
        Some(own.unwrap_or(&self.settings)).filter(|settings| !settings.is_empty())
    }

    /// Returns everything that is wrong with the plan itself, whatever the account has, each in one sentence.
    /// `mailboxes_per_domain` is how many mailboxes a domain takes: 5, unless Zapmail has raised it for the account.
    ///
    /// ```
    /// use zapmail_sdk_ext::ProvisionPlan;
    ///
    /// let plan = ProvisionPlan::new().mailbox("dana reed@acme.com", "Dana", "Reed");
    /// assert!(plan.problems(5)[0].starts_with("acme.com: `dana reed` is not a valid user name"));
    /// ```
    pub fn problems(&self, mailboxes_per_domain: usize) -> Vec<String> {
        let most = mailboxes_per_domain;
        let mut problems = Vec::new();
        if self.domains.is_empty() {
            problems.push("the plan has no domain; add one with `buy`, `connect` or `mailbox`".to_owned());
        }
        for (name, domain) in &self.domains {
            if name.is_empty() {
                let usernames: Vec<_> = domain.mailboxes.iter().map(|mailbox| mailbox.username.clone()).collect();
                let usernames = names::listed(&usernames, ", ");
                problems.push(format!("addresses without `@`: {usernames}; use addresses such as `dana@acme.com`"));
                continue;
            }
            if !names::is_domain(name) {
                problems.push(format!("`{name}` is not the name of a domain; use names such as `acme.com`"));
            }
            if let Some(problem) = domain.settings.as_ref().and_then(DomainSettings::problem) {
                problems.push(format!("{name}: {problem}"));
            }
            if domain.mailboxes.len() > most {
                let planned = domain.mailboxes.len();
                problems.push(format!("{name}: {planned} mailboxes are planned; a domain takes {most}"));
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
            problems.push(format!("`{}` is not an app that mailboxes can be exported to", export.app));
        }
        problems
    }
}

/// Domains by their names in one form, each once.
fn domains<'de, D: Deserializer<'de>>(deserializer: D) -> Result<BTreeMap<String, PlannedDomain>, D::Error> {
    struct Domains;

    impl<'de> Visitor<'de> for Domains {
        type Value = BTreeMap<String, PlannedDomain>;

        fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
            formatter.write_str("an object with domains by their names")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
            let mut domains = BTreeMap::new();
            while let Some((name, domain)) = map.next_entry::<String, PlannedDomain>()? {
                if domains.insert(names::domain(&name), domain).is_some() {
                    let message = format!("the plan has the domain `{name}` twice; put its mailboxes together");
                    return Err(A::Error::custom(message));
                }
            }
            Ok(domains)
        }
    }

    deserializer.deserialize_map(Domains)
}

/// In the form of an address.
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
