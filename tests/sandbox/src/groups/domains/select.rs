//! The domains that a change is meant for.

use serde::Deserialize;

use super::list::check_status;
use super::tags;
use crate::envelope::Refusal;
use crate::request::Request;
use crate::state::{Domain, DomainKey, State};

/// The parts of a body that choose domains. Those that the service's pages call required may be left out (domains.yaml).
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

    /// For operations whose tags are what they put on domains or take off them.
    pub(super) fn without_tags(mut self) -> Self {
        self.tag_ids.clear();
        self
    }

    /// The domains, each once and in the order of the list: those with the ids, and beside them those that fit the filters.
    /// The filters widen the set, as callers have found out; that a status narrows what they add is assumed.
    pub(super) fn select(&self, state: &State, request: &Request) -> Result<Vec<DomainKey>, Refusal> {
        self.status.iter().try_for_each(|status| check_status(status))?;
        let ids = self.domain_ids.iter().map(|id| state.domain_by_id(request.workspace, id));
        let mut named = ids.collect::<Result<Vec<_>, _>>()?;
        named.sort_unstable();
        let chosen = |key: &DomainKey| named.binary_search(key).is_ok() || self.fits(state.domain(*key), request);
        Ok(state.domain_keys_of(request.workspace).into_iter().filter(chosen).collect())
    }

    fn fits(&self, domain: &Domain, request: &Request) -> bool {
        let sought = !self.contains.is_empty() && domain.name_contains(&self.contains)
            || tags::has_one_of(domain, &self.tag_ids);
        sought && (self.status.is_empty() || self.status.iter().any(|status| status == domain.status(request.now)))
    }
}

/// Changes the domains of a request.
pub(super) fn change(state: &mut State, request: &Request, mut change: impl FnMut(&mut Domain)) -> Result<(), Refusal> {
    for key in Selector::of(request)?.select(state, request)? {
        let domain = state.domain_mut(key);
        change(domain);
        domain.updated_at = request.now;
        state.tell_of_domain(key);
    }
    Ok(())
}
