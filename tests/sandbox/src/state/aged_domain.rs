//! Aged domains on offer, which have been registered for years and have a good reputation.

use serde::{Deserialize, Serialize};

use super::Cents;

/// An aged domain on offer.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct AgedDomain {
    pub(crate) name: String,
    pub(crate) price: Cents,
    pub(crate) quality: u64,
    /// Age in years.
    pub(crate) years: u64,
    /// Domain authority.
    pub(crate) authority: u64,
    /// Spam score.
    pub(crate) spam: u64,
    pub(crate) sold: bool,
}
