//! Aged domains with a good reputation.

use serde::{Deserialize, Serialize};

use super::Cents;

/// A domain on sale.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct AgedDomain {
    pub(crate) name: String,
    pub(crate) price: Cents,
    pub(crate) quality: u64,
    pub(crate) years: u64,
    pub(crate) authority: u64,
    pub(crate) spam: u64,
    pub(crate) sold: bool,
}
