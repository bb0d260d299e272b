//! Settings that the service carries out in the background.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::clock::Moment;

/// How long the service takes to put a setting in force.
const TAKING_EFFECT: Duration = Duration::from_secs(60);

/// A setting of a domain: an address or a link, and when it was chosen.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Setting {
    pub(crate) value: String,
    pub(crate) chosen_at: Moment,
}

impl Setting {
    /// Whether the service has carried it out. That this takes a while is what the names of the counterparts in the domain's
    /// row say (domains.yaml); how long, nobody knows.
    pub(crate) fn is_in_force(&self, now: Moment) -> bool {
        now.since(self.chosen_at) >= TAKING_EFFECT
    }

    /// The setting and whether it is in force, as a row shows them.
    pub(crate) fn to_json(setting: Option<&Self>, now: Moment) -> (Value, Value) {
        let value = setting.map(|setting| setting.value.as_str());
        (value.into(), setting.is_some_and(|setting| setting.is_in_force(now)).into())
    }
}
