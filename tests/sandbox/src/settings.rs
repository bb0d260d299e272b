//! The settings of a sandbox that are not initial data.

use std::net::{IpAddr, Ipv4Addr};
use std::path::PathBuf;
use std::time::Duration;

use crate::quota::Quota;

/// The settings of a sandbox.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    pub(crate) address: IpAddr,
    pub(crate) port: u16,
    pub(crate) quota: Quota,
    /// Delay of each response.
    pub(crate) latency: Duration,
    /// The file for the state; without one, the state is kept in memory only.
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
