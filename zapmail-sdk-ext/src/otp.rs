//! Authenticator codes that are still valid when they are used.
//!
//! The service tells how many seconds a code still lives. The answer was on its way for a while, so a code is taken
//! to die that long after the request was *sent*. However many tasks wait for the same code, one request fetches it.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures::FutureExt;
use futures::future::{BoxFuture, Shared, WeakShared};
use tokio::time::{Instant, sleep, sleep_until};
use uuid::Uuid;
use zapmail_sdk::Secret;

use crate::call::run_reported;
use crate::client::Zapmail;
use crate::error::{Error, ErrorKind, Result};

const OPERATION: &str = "get_authenticator_code";

/// How long to wait before asking again, when the service hands out a code that is dead or has been seen before.
const SHORT_WAIT: Duration = Duration::from_millis(500);

/// How often such an answer is met with a short wait before it is an error.
const PATIENCE: u32 = 10;

/// A code that arrives so soon after the death of the one before is as fresh as any will be.
const PROMPT: Duration = Duration::from_secs(2);

/// Whose authenticator codes are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct OtpTarget(Target);

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Target {
    Mailbox(Uuid),
    DomainAdmin(Uuid),
}

impl OtpTarget {
    /// A mailbox, by its id.
    pub fn mailbox(id: Uuid) -> Self {
        Self(Target::Mailbox(id))
    }

    /// The admin account of a Microsoft domain, by the domain's id.
    pub fn domain_admin(domain_id: Uuid) -> Self {
        Self(Target::DomainAdmin(domain_id))
    }
}

/// An authenticator code and how long it lives.
#[derive(Debug, Clone)]
pub struct OtpCode {
    code: Secret,
    dies_at: Instant,
}

impl OtpCode {
    /// The six digits; whoever prints them is on their own.
    pub fn expose(&self) -> &str {
        self.code.expose()
    }

    /// How long the code can still be used, at least; zero once it is dead.
    pub fn remaining(&self) -> Duration {
        self.dies_at.saturating_duration_since(Instant::now())
    }
}

/// The authenticator codes of one account.
///
/// Documentation: <https://docs.zapmail.ai/get-authenticator-code-13648760e0>
///
/// ```no_run
/// use std::time::Duration;
/// use zapmail_sdk_ext::{OtpTarget, Zapmail};
///
/// # async fn example(zapmail: Zapmail, mailbox: zapmail_sdk_ext::types::Mailbox) -> zapmail_sdk_ext::Result<()> {
/// let otp = zapmail.otp(OtpTarget::mailbox(mailbox.id));
/// let code = otp.fresh(Duration::from_secs(10)).await?;
/// println!("{} for {:?}", code.expose(), code.remaining());
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct Otp {
    zapmail: Zapmail,
    target: OtpTarget,
}

impl Otp {
    pub(crate) fn new(zapmail: Zapmail, target: OtpTarget) -> Self {
        Self { zapmail, target }
    }

    /// The present code: the one in hand while it lives, else the service's.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NoSecondFactor`] when the account has no codes, [`ErrorKind::NotMicrosoft`] when the domain's admin
    /// account is not one of Microsoft's, and any that a call can give.
    pub async fn current(&self) -> Result<OtpCode> {
        for _ in 0..PATIENCE {
            let code = self.zapmail.codes().get(self).await?;
            if !code.remaining().is_zero() {
                return Ok(code);
            }
            sleep(SHORT_WAIT).await;
        }
        Err(Error::local(ErrorKind::Unexpected, OPERATION, "the service hands out codes that are dead already"))
    }

    /// A code that lives at least so long; waits for the next one when the present one has less left.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Invalid`] when even a new code does not live so long, which is told after one period (usually 30
    /// seconds), and those of [`current`](Self::current).
    pub async fn fresh(&self, at_least: Duration) -> Result<OtpCode> {
        let mut old = self.current().await?;
        if old.remaining() >= at_least {
            return Ok(old);
        }
        for _ in 0..PATIENCE {
            sleep_until(old.dies_at).await;
            let code = self.current().await?;
            if code.remaining() >= at_least {
                return Ok(code);
            }
            if code.code == old.code {
                // The service's clock is behind: it gave the old code once more, for a moment.
                sleep(SHORT_WAIT).await;
            } else if old.dies_at.elapsed() < PROMPT {
                let message =
                    format!("`at_least` is {at_least:?}, and a new code lives {:?}; ask for less", code.remaining());
                return Err(Error::local(ErrorKind::Invalid, OPERATION, message));
            }
            old = code;
        }
        Err(Error::local(ErrorKind::Unexpected, OPERATION, "the service gave no code that lives long enough"))
    }

    /// Asks the service.
    async fn fetch(self) -> Result<OtpCode> {
        let request = self.zapmail.get_authenticator_code();
        let request = match self.target.0 {
            Target::Mailbox(id) => request.mailbox_id(id),
            Target::DomainAdmin(id) => request.domain_id(id),
        };
        let asked_at = Instant::now();
        let (code, report) = run_reported(OPERATION, request.send(), |answer| {
            let data = answer.data?;
            Some((data.otp?, data.expires_in?.as_f64()?))
        })
        .await?;
        let (code, seconds) = code;
        let lives = Duration::try_from_secs_f64(seconds).unwrap_or_default();
        Ok(OtpCode { code, dies_at: report.sent_at.unwrap_or(asked_at) + lives })
    }
}

type Fetch = BoxFuture<'static, Result<OtpCode>>;

/// The codes in hand, and those on their way, by workspace and account.
#[derive(Default)]
pub(crate) struct Codes(Mutex<HashMap<Key, Entry>>);

type Key = (Option<String>, OtpTarget);

enum Entry {
    InHand(OtpCode),
    /// Held weakly: when all who wait for it are gone, so is the request.
    OnItsWay(WeakShared<Fetch>),
}

impl Codes {
    /// The code in hand while it lives; else one request, however many ask.
    async fn get(&self, otp: &Otp) -> Result<OtpCode> {
        let key = (otp.zapmail.workspace_id().map(str::to_owned), otp.target);
        let code = match self.alive_or_started(&key, otp) {
            Alive::InHand(code) => return Ok(code),
            Alive::OnItsWay(fetch) => fetch.await?,
        };
        self.entries().insert(key, Entry::InHand(code.clone()));
        Ok(code)
    }

    fn alive_or_started(&self, key: &Key, otp: &Otp) -> Alive {
        let mut entries = self.entries();
        if let Some(alive) = entries.get(key).and_then(Entry::alive) {
            return alive;
        }
        // A program that goes through all mailboxes would gather the codes of each, long dead.
        entries.retain(|_, entry| entry.alive().is_some());
        let fetch = otp.clone().fetch().boxed().shared();
        if let Some(weak) = fetch.downgrade() {
            entries.insert(key.clone(), Entry::OnItsWay(weak));
        }
        Alive::OnItsWay(fetch)
    }

    fn entries(&self) -> MutexGuard<'_, HashMap<Key, Entry>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

enum Alive {
    InHand(OtpCode),
    OnItsWay(Shared<Fetch>),
}

impl Entry {
    fn alive(&self) -> Option<Alive> {
        match self {
            Self::InHand(code) => (!code.remaining().is_zero()).then(|| Alive::InHand(code.clone())),
            Self::OnItsWay(fetch) => fetch.upgrade().map(Alive::OnItsWay),
        }
    }
}

impl fmt::Debug for Codes {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Codes")
    }
}
