//! Waiting for a code, visibly.

use std::io::Write;
use std::time::Duration;

use tokio::time::{MissedTickBehavior, interval};
use zapmail_sdk_ext::{Otp, OtpCode, Result};

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
