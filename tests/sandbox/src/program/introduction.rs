//! What the program prints when it has started.

use crate::sandbox::Sandbox;

/// The environment of a program that uses the sandbox.
pub fn environment(url: &str, key: &str) -> String {
    format!("export ZAPMAIL_BASE_URL={url}\nexport ZAPMAIL_API_KEY={key}\n")
}

/// Everything that the first call needs.
pub fn introduction(sandbox: &Sandbox) -> String {
    let (url, key) = (sandbox.base_url(), sandbox.api_key());
    let mut text = format!("Zapmail sandbox on {url} (ctrl-c stops it)\n\n  key        {key}\n");
    for workspace in sandbox.workspaces() {
        text += &format!("  workspace  {}  {}\n", workspace.id, workspace.name);
    }
    // The lines start at the margin, so that they can be copied as they are.
    text += &format!("\nFor programs:\n\n{}", environment(url, key));
    text += &format!("\nControls: {}/_sandbox/\n", url.trim_end_matches("/api"));
    text + &format!("\nTry:\n\n  curl -s -H 'x-auth-zapmail: {key}' '{url}/v2/mailboxes/list?limit=1'\n")
}
