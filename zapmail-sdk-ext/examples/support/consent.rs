//! A question before anything is written to a real account.

use std::io::{self, Write};

use zapmail_sandbox::Sandbox;

/// Whether to go on; a sandbox has nothing to lose.
pub fn may(sandbox: Option<&Sandbox>, what: &str) -> io::Result<bool> {
    if sandbox.is_some() {
        return Ok(true);
    }
    print!("{what}? This changes a real account. [y/N] ");
    io::stdout().flush()?;
    let mut answer = String::new();
    io::stdin().read_line(&mut answer)?;
    Ok(answer.trim().eq_ignore_ascii_case("y"))
}
