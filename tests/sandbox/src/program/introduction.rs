//! The text that the program prints after it has started.

use crate::sandbox::Sandbox;

/// Returns shell commands that set the environment variables of a program for the sandbox.
pub fn environment(url: &str, key: &str) -> String {
    format!("export ZAPMAIL_BASE_URL={url}\nexport ZAPMAIL_API_KEY={key}\n")
}

/// Returns all information that a first request needs.
pub fn introduction(sandbox: &Sandbox) -> String {
    let (url, key) = (sandbox.base_url(), sandbox.api_key());
    let mut text = format!("Zapmail sandbox on {url} (ctrl-c stops it)\n\n  key        {key}\n");
    for workspace in sandbox.workspaces() {
        text += &format!("  workspace  {}  {}\n", workspace.id, workspace.name);
    }
    // Not indented, so that the lines can be copied.
    text += &format!("\nFor programs:\n\n{}", environment(url, key));
    text += &format!("\nControls: {}/_sandbox/\n", url.trim_end_matches("/api"));
    text + &format!("\nTry:\n\n  curl -s -H 'x-auth-zapmail: {key}' '{url}/v2/mailboxes/list?limit=1'\n")
}
