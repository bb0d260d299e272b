//! Code shared by both bench binaries: a service on loopback, and the ways to call it.

pub mod clients;
pub mod service;
