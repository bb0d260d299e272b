//! Domain settings: sets them, and waits until they are in effect.

use futures_util::future::join_all;
use tokio::time::sleep;
use zapmail_sdk::Result;
use zapmail_sdk::ids::DomainId;

use super::progress::ADDING_RECORDS;
use super::report::DomainState;
use super::tracker::{ProvisionStep, Tracker};
use super::{Provisioning, is_rejection, last_state};
use crate::domain_settings::{DomainSettings, DomainSettingsState};
use crate::journal::Run;

/// Domains with the same settings, by name and id.
type Group<'a> = (&'a DomainSettings, Vec<(String, DomainId)>);

impl Provisioning {
    /// Sets the settings of the active domains, and waits until they are in effect.
    pub(super) async fn set_settings(&self, tracker: &mut Tracker, run: &Run) -> Result<()> {
        let groups = self.groups(tracker);
        if !groups.is_empty() {
            tracker.step(ProvisionStep::Settings);
        }
        let adds_records = groups.iter().any(|(settings, _)| settings.has_dns_records());
        if adds_records {
            if run.progress(ADDING_RECORDS).await?.unwrap_or(false) {
                // A record that an earlier run was adding may not be listed yet, and would be added twice.
                sleep(self.settle_time).await;
            }
            run.save(ADDING_RECORDS, &true).await?;
        }
        let mut set = Vec::new();
        for (settings, domains) in groups {
            set.push((settings, self.set(tracker, settings, domains).await?));
        }
        // Waits for all groups at the same time, so that their waiting times do not add up.
        let waits = set.iter().filter(|(_, domains)| !domains.is_empty()).map(|(settings, domains)| {
            let ids = domains.iter().map(|(_, id)| id.clone());
            let wait = self.configured(self.zapmail.wait_for_domain_settings(ids, settings), ProvisionStep::Settings);
            async move { (domains, wait.await) }
        });
        let mut are_in_effect = true;
        for (domains, outcome) in join_all(waits).await {
            let states = last_state(outcome)?;
            for (name, id) in domains {
                let pending = match &states {
                    Ok(states) => states.get(id).map(pending).unwrap_or_default(),
                    Err(reason) => reason.clone(),
                };
                if !pending.is_empty() {
                    are_in_effect = false;
                    tracker.fail_domain(name, format!("the settings are not in effect: {pending}"));
                }
            }
        }
        if adds_records && are_in_effect {
            run.save(ADDING_RECORDS, &false).await?;
        }
        // The settings of the other domains are in effect, or there are none.
        for name in tracker.names(DomainState::Active) {
            tracker.set_domain_state(&name, DomainState::Ready);
        }
        Ok(())
    }

    /// Sets the settings of all domains in one call, or one by one if that call is rejected. Returns the domains whose
    /// settings were set.
    async fn set(
        &self,
        tracker: &mut Tracker,
        settings: &DomainSettings,
        domains: Vec<(String, DomainId)>,
    ) -> Result<Vec<(String, DomainId)>> {
        let ids = domains.iter().map(|(_, id)| id.clone());
        let rejected = match self.zapmail.set_domain_settings(ids, settings).await {
            Ok(_) => return Ok(domains),
            Err(error) if is_rejection(error.error()) => error,
            Err(error) => return Err(error.into()),
        };
        if settings.has_dns_records() && !rejected.changed().is_empty() {
            // A record that was added before the rejection may not be listed yet.
            sleep(self.settle_time).await;
        }
        let mut set = Vec::new();
        for (name, id) in domains {
            match self.zapmail.set_domain_settings([id.clone()], settings).await {
                Ok(_) => set.push((name, id)),
                Err(error) if is_rejection(error.error()) => tracker.fail_domain(&name, error.to_string()),
                Err(error) => return Err(error.into()),
            }
        }
        Ok(set)
    }

    /// Returns the active domains that have settings, grouped by their settings.
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

fn pending(state: &DomainSettingsState) -> String {
    state.pending.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}
