//! The settings of the domains.

use zapmail_sdk::Result;
use zapmail_sdk::ids::DomainId;

use super::report::DomainState;
use super::tracker::{ProvisionStep, Tracker};
use super::{Provisioning, is_refusal, last_state};
use crate::domain_settings::DomainSettings;

/// Domains with the same settings, by name and id.
type Group<'a> = (&'a DomainSettings, Vec<(String, DomainId)>);

impl Provisioning {
    /// Sets the settings of the active domains, and waits until they are in effect.
    pub(super) async fn set_settings(&self, tracker: &mut Tracker) -> Result<()> {
        let groups = self.groups(tracker);
        if !groups.is_empty() {
            tracker.step(ProvisionStep::Settings);
        }
        for (settings, domains) in groups {
            let domains = self.set(tracker, settings, domains).await?;
            if !domains.is_empty() {
                self.wait_for_settings(tracker, settings, &domains).await?;
            }
        }
        // They are in effect, or there are none.
        for name in tracker.names(DomainState::Active) {
            tracker.domain(&name, DomainState::Ready);
        }
        Ok(())
    }

    /// Sets them for all at once, or one by one if that is refused. Returns the domains for which it succeeded.
    async fn set(
        &self,
        tracker: &mut Tracker,
        settings: &DomainSettings,
        domains: Vec<(String, DomainId)>,
    ) -> Result<Vec<(String, DomainId)>> {
        let ids = domains.iter().map(|(_, id)| id.clone());
        match self.zapmail.set_domain_settings(ids, settings).await {
            Ok(_) => return Ok(domains),
            Err(error) if is_refusal(&error) => {}
            Err(error) => return Err(error),
        }
        let mut set = Vec::new();
        for (name, id) in domains {
            match self.zapmail.set_domain_settings([id.clone()], settings).await {
                Ok(_) => set.push((name, id)),
                Err(error) if is_refusal(&error) => tracker.fail_domain(&name, error.to_string()),
                Err(error) => return Err(error),
            }
        }
        Ok(set)
    }

    async fn wait_for_settings(
        &self,
        tracker: &mut Tracker,
        settings: &DomainSettings,
        domains: &[(String, DomainId)],
    ) -> Result<()> {
        let ids = domains.iter().map(|(_, id)| id.clone());
        let wait = self.zapmail.wait_for_domain_settings(ids, settings);
        let states = last_state(self.paced(wait, ProvisionStep::Settings).await)?;
        for (name, id) in domains {
            let pending = states.get(id).map(|state| state.pending.join(", ")).unwrap_or_default();
            if !pending.is_empty() {
                tracker.fail_domain(name, format!("settings are not in effect: {pending}"));
            }
        }
        Ok(())
    }

    /// The active domains that have settings, those with the same ones together.
    fn groups(&self, tracker: &Tracker) -> Vec<Group<'_>> {
        let mut groups: Vec<Group<'_>> = Vec::new();
        for (name, id) in tracker.ids(DomainState::Active) {
            let Some(settings) = self.plan.settings_for(name) else { continue };
            let domain = (name.clone(), id.clone());
            match groups.iter_mut().find(|(same, _)| *same == settings) {
                Some((_, domains)) => domains.push(domain),
                None => groups.push((settings, vec![domain])),
            }
        }
        groups
    }
}
