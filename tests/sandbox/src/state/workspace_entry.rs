//! The public record of workspaces, for tests to read.

use serde::{Deserialize, Serialize};

use super::{State, Workspace};

/// A workspace of the sandbox's account.
///
/// ```
/// # use zapmail_sandbox::Sandbox;
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> std::io::Result<()> {
/// let sandbox = Sandbox::start().await?;
/// let names: Vec<_> = sandbox.workspaces().into_iter().map(|workspace| workspace.name).collect();
/// assert_eq!(names, ["Main", "Client North"]);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct WorkspaceEntry {
    /// Its id: the value for the header `x-workspace-key`.
    pub id: String,
    /// Its name.
    pub name: String,
}

impl State {
    /// Returns all workspaces. The first is the primary one.
    pub(crate) fn workspace_entries(&self) -> Vec<WorkspaceEntry> {
        let entry = |Workspace { id, name, .. }: &Workspace| WorkspaceEntry { id: id.to_string(), name: name.clone() };
        self.workspaces.iter().map(entry).collect()
    }
}
