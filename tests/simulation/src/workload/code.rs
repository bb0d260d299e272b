//! Authenticator codes: several waiters, one request for each code, and none that has expired.

use std::time::{Duration, SystemTime};

use tokio::time::Instant;
use zapmail_sdk::clock;
use zapmail_sdk_ext::builder::GetAuthenticatorCode;
use zapmail_sdk_ext::{OtpCode, OtpTarget, Request, Result, Totp};

use crate::canaries;
use crate::plan::CodeUsage;
use crate::process::Actor;

/// The service tells whole seconds, of which the last has begun: its code may expire so much earlier.
const ROUNDED: u64 = 1;

pub(super) async fn use_code(actor: &Actor, mailbox: usize, usage: CodeUsage) {
    let world = actor.world();
    let mailboxes = world.accounts[actor.process.account].mailboxes(actor.workspace());
    let with_codes: Vec<_> = mailboxes.iter().filter(|mailbox| mailbox["secret"].is_string()).collect();
    let Some(mailbox) = with_codes.get(mailbox % with_codes.len().max(1)) else { return };
    let text = |name: &str| mailbox[name].as_str().unwrap_or_default().to_owned();
    let (zapmail, call) = actor.call();
    let otp = zapmail.otp(OtpTarget::mailbox(text("id").as_str()));
    let outcome = match usage {
        CodeUsage::Current => otp.current().await.map(|code| handed_out(actor, &code, Duration::ZERO)),
        CodeUsage::ValidFor(time) => otp.valid_for(time).await.map(|code| handed_out(actor, &code, time)),
        CodeUsage::Stream(number) => several(actor, otp.codes(), number).await,
        CodeUsage::FromSeed => {
            if let Ok(seed) = Totp::from_seed(text("secret").as_str()) {
                from_seed(actor, &otp.with_seed(seed.clone()), &seed).await;
            }
            return;
        }
    };
    actor.claim(call, GetAuthenticatorCode::OPERATION, None, &outcome);
}

async fn several(actor: &Actor, mut codes: zapmail_sdk_ext::OtpCodes, number: usize) -> Result<()> {
    let mut last: Option<OtpCode> = None;
    for _ in 0..number {
        let Some(code) = codes.next().await? else { break };
        handed_out(actor, &code, Duration::ZERO);
        if last.is_some_and(|last| last.expose() == code.expose()) && !actor.world().plan.sets_clocks() {
            actor
                .world()
                .violated("no expired code is handed out", format!("{}: the same code twice", actor.action.id));
        }
        last = Some(code);
    }
    Ok(())
}

/// Checks a code that the client has handed out just now.
fn handed_out(actor: &Actor, code: &OtpCode, at_least: Duration) {
    let world = actor.world();
    canaries::check(world, "a code", &format!("{code:?}"));
    let violated =
        |seen: String| world.violated("no expired code is handed out", format!("{}: {seen}", actor.action.id));
    let remaining = code.remaining();
    if remaining.is_zero() || remaining < at_least {
        violated(format!("a code with {remaining:?} left, {at_least:?} were wanted"));
    }
    let account = actor.process.account;
    let now = world.accounts[account].now().as_secs();
    let clock_set_at = world.clock_set_at();
    let records = world.records();
    let served = records.exchanges.iter().rev().find(|exchange| {
        exchange.account == account && exchange.code.as_ref().is_some_and(|served| served.digits == code.expose())
    });
    let expired = match served {
        None => Some("the service has never returned it".to_owned()),
        // The client cannot know that the service's clock was set.
        Some(exchange) if clock_set_at.is_some_and(|at| at >= exchange.began_at) => None,
        Some(exchange) => {
            let ends = exchange.code.as_ref().map(|code| code.period_ends).unwrap_or_default();
            (now >= ends + ROUNDED).then(|| format!("it expired {} s ago", now - ends))
        }
    };
    drop(records);
    if let Some(expired) = expired {
        violated(expired);
    }
}

/// Codes that are computed: the one of the present time, until its period ends.
async fn from_seed(actor: &Actor, otp: &zapmail_sdk_ext::Otp, seed: &Totp) {
    let check = |code: &OtpCode| {
        let expected = seed.at(clock::system_time());
        let differs = (expected.expose() != code.expose()) || expected.remaining() != code.remaining();
        if differs {
            let seen = format!("{}: a computed code is not that of the present time", actor.action.id);
            actor.world().violated("no expired code is handed out", seen);
        }
    };
    if let Ok(code) = otp.current().await {
        check(&code);
    }
    let asked_at = (Instant::now(), clock::system_time());
    if let Ok(code) = otp.valid_for(Duration::from_secs(20)).await {
        // Unless the clock was set meanwhile: a code counts down by the monotonic one.
        let was_set = asked_at.1.checked_add(asked_at.0.elapsed()) != Some(clock::system_time());
        if !was_set && asked_at.1 > SystemTime::UNIX_EPOCH {
            check(&code);
        }
    }
}
