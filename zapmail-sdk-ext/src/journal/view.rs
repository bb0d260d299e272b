//! Numbers that change when a purchase is made, for comparing them before and after.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

/// Numbers that change when a purchase is made, such as the number of subscriptions, or whether a domain is in the
/// account (1 or 0).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
#[non_exhaustive]
pub struct View {
    /// The numbers by name.
    pub numbers: BTreeMap<String, Decimal>,
}
