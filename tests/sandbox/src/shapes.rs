//! The shapes of responses that differ between the documentation and the live service.

use serde::{Deserialize, Serialize};

/// The shapes of the responses that differ between the documentation and the live service.
///
/// | | live | documented |
/// | --- | --- | --- |
/// | `list_workspaces` | the current workspace and a page of the others, with counters | an array of all workspaces |
/// | `assign_mailboxes` | the ids of the new mailboxes | null |
/// | `connect_domains` | the status of each name | null |
/// | `export_mailboxes` | the id of the job | null |
/// | `get_mailbox`, unknown id | status 404 | an error inside a response with status 200 |
/// | `list_dns_records` | under `domainDnsRecords` | under `records` and `disabledRecords` |
/// | `get_domain_health` | `score`, `label`, `reasons` and so on | `domain`, `averageScore`, `isAbused` |
///
/// ```
/// # use zapmail_sandbox::{Sandbox, Shapes};
/// let builder = Sandbox::builder().shapes(Shapes::Documented);
/// ```
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Shapes {
    /// As observed from the live service.
    #[default]
    Live,
    /// As shown in the documentation.
    Documented,
}
