//! Domain settings that the service applies in the background.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::clock::Timestamp;

/// The time until a new setting is in force.
const EFFECTIVE_AFTER: Duration = Duration::from_secs(60);

/// A setting of a domain: an address or URL, and the time at which it was set.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Setting {
    pub(crate) value: String,
    pub(crate) chosen_at: Timestamp,
}

impl Setting {
    /// Returns whether the service has applied the setting. The field names in the domain's row imply that this takes a
    /// while (domains.yaml); how long is not known.
    pub(crate) fn is_in_force(&self, now: Timestamp) -> bool {
        now.since(self.chosen_at) >= EFFECTIVE_AFTER
    }

    /// Returns the value and whether it is in force, as the domain's row shows them.
    pub(crate) fn to_json(setting: Option<&Self>, now: Timestamp) -> (Value, Value) {
        let value = setting.map(|setting| setting.value.as_str());
        (value.into(), setting.is_some_and(|setting| setting.is_in_force(now)).into())
    }
}
