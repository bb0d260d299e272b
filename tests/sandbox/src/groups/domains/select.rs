//! Selection of the domains that a request changes.

use serde::Deserialize;

use crate::envelope::Refusal;
use crate::request::Request;
use crate::state::{Domain, DomainKey, State};

/// The body fields that select domains. All are optional, although the documentation calls some required
/// (domains.yaml).
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[derive(Default)]
pub(super) struct Selector {
    domain_ids: Vec<String>,
    contains: String,
    status: Vec<String>,
    tag_ids: Vec<String>,
}

impl Selector {
    pub(super) fn of(request: &Request) -> Result<Self, Refusal> {
        request.body()
    }

    /// Ignores the tags as a filter, for the operations that add or remove these tags.
    pub(super) fn without_tags(mut self) -> Self {
        self.tag_ids.clear();
        self
    }

    /// Returns the selected domains without duplicates, in the order of the list: those with the ids, plus those that
    /// match the filters. The filters widen the selection, as observed. Assumption: the status narrows only the
    /// filters.
    pub(super) fn select(&self, state: &State, request: &Request) -> Result<Vec<DomainKey>, Refusal> {
        let mut keys = state.domains_by_id(request.workspace, &self.domain_ids)?;
        keys.sort_unstable();
        let is_selected =
            |key: &DomainKey| keys.binary_search(key).is_ok() || self.matches(state.domain(*key), request);
        Ok(state.domain_keys_of(request.workspace).into_iter().filter(is_selected).collect())
    }

    fn matches(&self, domain: &Domain, request: &Request) -> bool {
        let is_found =
            !self.contains.is_empty() && domain.name_contains(&self.contains) || domain.has_tag(&self.tag_ids);
        is_found && (self.status.is_empty() || self.status.iter().any(|status| status == domain.status(request.now)))
    }
}

/// Applies a change to the domains that a request selects.
pub(super) fn change(state: &mut State, request: &Request, mut change: impl FnMut(&mut Domain)) -> Result<(), Refusal> {
    for key in Selector::of(request)?.select(state, request)? {
        state.change_domain(key, request.now, &mut change);
    }
    Ok(())
}
