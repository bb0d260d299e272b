//! What both bench binaries need: a service on loopback, and the three ways to call it.

pub mod clients;
pub mod service;
