//! What the program prints when it has started.

use zapmail_sandbox::Sandbox;

/// Everything that the first call needs.
pub fn introduction(sandbox: &Sandbox) -> String {
    let (url, key) = (sandbox.base_url(), sandbox.api_key());
    let mut text = format!("Zapmail sandbox on {url} (ctrl-c stops it)\n\n  key        {key}\n");
    for workspace in sandbox.workspaces() {
        text += &format!("  workspace  {}  {}\n", workspace.id, workspace.name);
    }
    // The lines start at the margin, so that they can be copied as they are.
    text += &format!("\nFor programs:\n\nexport ZAPMAIL_BASE_URL={url}\nexport ZAPMAIL_API_KEY={key}\n");
    text += &format!("\nControls: {}/_sandbox/\n", url.trim_end_matches("/api"));
    text + &format!("\nTry:\n\n  curl -s -H 'x-auth-zapmail: {key}' '{url}/v2/mailboxes/list?limit=1'\n")
}
