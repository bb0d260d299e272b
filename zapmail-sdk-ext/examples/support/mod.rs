//! What the examples share: a client of the real service or of a sandbox, and a countdown.

use std::error::Error;
use std::io::Write;
use std::time::Duration;

use tokio::time::{MissedTickBehavior, interval};
use zapmail_sandbox::Sandbox;
use zapmail_sdk_ext::{Otp, OtpCode, Result, Zapmail};

/// A client, and the sandbox that it talks to, if it does: it stops when it is dropped.
pub struct Connected {
    pub zapmail: Zapmail,
    _sandbox: Option<Sandbox>,
}

/// The real service with the key of the environment, or a sandbox of our own without one.
pub async fn connect() -> Result<Connected, Box<dyn Error>> {
    if std::env::var_os("ZAPMAIL_API_KEY").is_some() {
        return Ok(Connected { zapmail: Zapmail::from_env()?, _sandbox: None });
    }
    let sandbox = Sandbox::start().await?;
    println!("ZAPMAIL_API_KEY is not set: talking to a sandbox at {}\n", sandbox.base_url());
    let zapmail = Zapmail::builder().api_key(sandbox.api_key()).base_url(sandbox.base_url()).build()?;
    Ok(Connected { zapmail, _sandbox: Some(sandbox) })
}

/// A code that lives at least so long. While it has to wait for the next one, it counts the seconds down.
pub async fn fresh_with_countdown(otp: &Otp, at_least: Duration) -> Result<OtpCode> {
    let present = otp.current().await?;
    let fresh = otp.fresh(at_least);
    tokio::pin!(fresh);
    let mut second = interval(Duration::from_secs(1));
    second.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut counted = false;
    loop {
        tokio::select! {
            biased;
            code = &mut fresh => {
                if counted {
                    println!();
                }
                return code;
            }
            _ = second.tick() => {
                counted = true;
                print!("\rthe present code has {:>2} s left; waiting for the next one ", present.remaining().as_secs());
                // Not shown in time is no reason to fail.
                _ = std::io::stdout().flush();
            }
        }
    }
}
