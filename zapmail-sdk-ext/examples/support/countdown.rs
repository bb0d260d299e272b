//! A wait for a code, with a countdown.

use std::io::Write;
use std::time::Duration;

use tokio::time::{MissedTickBehavior, interval};
use zapmail_sdk_ext::{Otp, OtpCode, Result};

/// Returns a code that is valid for at least `at_least`. Shows a countdown in seconds while it waits for the next code.
pub async fn valid_for_with_countdown(otp: &Otp, at_least: Duration) -> Result<OtpCode> {
    let current = otp.current().await?;
    let next = otp.valid_for(at_least);
    tokio::pin!(next);
    let mut second = interval(Duration::from_secs(1));
    second.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut counted = false;
    loop {
        tokio::select! {
            biased;
            code = &mut next => {
                if counted {
                    println!();
                }
                return code;
            }
            _ = second.tick() => {
                counted = true;
                print!("\rthe current code expires in {:>2} s; waiting for the next one ", current.remaining().as_secs());
                // The countdown is optional, so errors are ignored.
                _ = std::io::stdout().flush();
            }
        }
    }
}
