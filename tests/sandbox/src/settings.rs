//! How a sandbox behaves, beside the data that it holds.

use std::net::{IpAddr, Ipv4Addr};
use std::path::PathBuf;
use std::time::Duration;

use crate::quota::Quota;

/// What the builder decides of the behaviour.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    pub(crate) address: IpAddr,
    pub(crate) port: u16,
    pub(crate) quota: Quota,
    /// How long each answer is on its way.
    pub(crate) latency: Duration,
    /// Where the state is kept; without it, nowhere.
    pub(crate) state_file: Option<PathBuf>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            address: Ipv4Addr::LOCALHOST.into(),
            port: 0,
            quota: Quota::documented(),
            latency: Duration::ZERO,
            state_file: None,
        }
    }
}
