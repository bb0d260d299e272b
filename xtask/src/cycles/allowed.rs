//! Imports that are part of a cycle, and are allowed until they are removed.

/// An allowed import between modules.
pub struct Allowed {
    /// The root of the crate, such as `zapmail-sdk/src/lib.rs`.
    pub root: &'static str,
    pub from: &'static str,
    pub to: &'static str,
    /// Why it is allowed, and how it can be removed.
    pub reason: &'static str,
}

const SANDBOX: &str = "tests/sandbox/src/lib.rs";

/// All allowed imports. The check fails if one of them is no longer part of a cycle. Remove entries; do not add any.
pub const ALLOWED: [Allowed; 10] = [
    sandbox("groups", "routes", "move `enum_values`, which reads the document, out of `routes`"),
    sandbox("groups::dns_shield::domains", "groups::dns_shield::subscriptions", "move `position` to `dns_shield`"),
    sandbox("parameters", "body", "move `describe` to a module below both"),
    sandbox("parameters", "routes", "move `BASE_PATH` to a module below both"),
    sandbox("sandbox", "builder", "move `builder` into `sandbox`, whose settings it has"),
    sandbox("service", "control", "let the sandbox pass the controls to the service"),
    sandbox("state", "routes", "move `enum_values`, which reads the document, out of `routes`"),
    sandbox("state::mailbox", "state::domain", "move the functions that need both to `state`"),
    sandbox("state::zone", "state::domain", "pass the name and the provider of the domain to the zone"),
    sandbox("storage", "service", "pass the state, not the service, to `save`"),
];

const fn sandbox(from: &'static str, to: &'static str, reason: &'static str) -> Allowed {
    Allowed { root: SANDBOX, from, to, reason }
}
