//! The plan: the mailboxes to create, grouped by domain.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use zapmail_sdk::ids::DomainId;

use crate::names;

/// The mailboxes to create, grouped by domain.
///
/// ```
/// use zapmail_sdk_ext::{AssignPlan, DomainId};
///
/// let domain = DomainId::from("7b2e9d10-4c5f-4a6b-9d8e-1f2a3b4c5d6e");
/// let plan = AssignPlan::new()
///     .mailbox(&domain, "acme-example.com", "Dana", "Reed", "dana.reed")
///     .mailbox(&domain, "acme-example.com", "Lee", "Wood", "lee.wood");
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AssignPlan {
    pub(super) domains: BTreeMap<DomainId, PlannedDomain>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct PlannedDomain {
    pub name: String,
    /// A second, different name that the plan uses for the same id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub other_name: Option<String>,
    pub mailboxes: Vec<PlannedMailbox>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct PlannedMailbox {
    pub first_name: String,
    pub last_name: String,
    pub username: String,
}

impl AssignPlan {
    /// Creates an empty plan.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a mailbox for a person, on the domain with this id and name. `username` is the part of the address before
    /// the `@`.
    #[must_use]
    pub fn mailbox(
        mut self,
        domain_id: impl Into<DomainId>,
        domain_name: impl Into<String>,
        first_name: impl Into<String>,
        last_name: impl Into<String>,
        username: impl Into<String>,
    ) -> Self {
        let name = domain_name.into();
        let domain = self.domains.entry(domain_id.into()).or_insert_with(|| PlannedDomain {
            name: name.clone(),
            other_name: None,
            mailboxes: Vec::new(),
        });
        if names::domain(&domain.name) != names::domain(&name) {
            domain.other_name = Some(name);
        }
        domain.mailboxes.push(PlannedMailbox {
            first_name: first_name.into(),
            last_name: last_name.into(),
            username: username.into(),
        });
        self
    }

    /// Returns the addresses of all mailboxes, for example for
    /// [`wait_for_mailboxes`](crate::Zapmail::wait_for_mailboxes).
    ///
    /// ```
    /// use zapmail_sdk_ext::AssignPlan;
    ///
    /// let id = "7b2e9d10-4c5f-4a6b-9d8e-1f2a3b4c5d6e";
    /// let plan = AssignPlan::new().mailbox(id, "acme-example.com", "Dana", "Reed", "dana.reed");
    /// assert_eq!(plan.addresses().collect::<Vec<_>>(), ["dana.reed@acme-example.com"]);
    /// ```
    pub fn addresses(&self) -> impl Iterator<Item = String> {
        self.domains.values().flat_map(PlannedDomain::addresses)
    }

    /// Returns the ids and names of the domains.
    pub(crate) fn domains(&self) -> impl Iterator<Item = (&DomainId, &str)> {
        self.domains.iter().map(|(id, domain)| (id, domain.name.as_str()))
    }

    /// Returns the addresses of the mailboxes on a domain.
    pub(crate) fn addresses_on(&self, id: &DomainId) -> impl Iterator<Item = String> {
        self.domains.get(id).into_iter().flat_map(PlannedDomain::addresses)
    }

    /// Returns the number of mailboxes in the plan.
    pub fn len(&self) -> usize {
        self.domains.values().map(|domain| domain.mailboxes.len()).sum()
    }

    /// Returns whether the plan has no mailboxes.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl PlannedDomain {
    fn addresses(&self) -> impl Iterator<Item = String> {
        self.mailboxes.iter().map(|mailbox| format!("{}@{}", mailbox.username, self.name))
    }
}
