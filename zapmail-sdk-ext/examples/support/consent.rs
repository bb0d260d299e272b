//! A confirmation before anything is written to a real account.

use std::io::{self, Write};

use zapmail_sandbox::Sandbox;

/// Asks whether to continue. A sandbox needs no confirmation.
pub fn confirm(sandbox: Option<&Sandbox>, action: &str) -> io::Result<bool> {
    if sandbox.is_some() {
        return Ok(true);
    }
    print!("{action}? This changes a real account. [y/N] ");
    io::stdout().flush()?;
    let mut answer = String::new();
    io::stdin().read_line(&mut answer)?;
    Ok(answer.trim().eq_ignore_ascii_case("y"))
}
