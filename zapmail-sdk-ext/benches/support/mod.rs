//! What both bench binaries need: a service on loopback, and the ways to call it.

pub mod clients;
pub mod service;
