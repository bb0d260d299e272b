//! Authenticator codes that are still valid when they are used.
//!
//! The service tells how many seconds a code still lives. The answer was on its way for a while, so a code is taken
//! to die that long after the request was *sent*. However many tasks wait for the same code, one request fetches it.

mod cache;
#[cfg(test)]
mod tests;

use std::time::Duration;

use futures::StreamExt;
use futures::stream::{self, Stream};
use tokio::time::{Instant, sleep, sleep_until};
use uuid::Uuid;
use zapmail_sdk::Secret;
use zapmail_sdk::builder::GetAuthenticatorCode;

use crate::call::{data, exchange};
use crate::client::Zapmail;
use crate::error::{Error, ErrorKind, Result};

pub(crate) use cache::Codes;

const OPERATION: &str = "get_authenticator_code";

/// How long to wait before asking again, when the service hands out a code that is dead or has been seen before.
const SHORT_WAIT: Duration = Duration::from_millis(500);

/// How often such an answer is met with a short wait before it is an error.
const PATIENCE: u32 = 10;

/// No code lives longer; usual are 30 seconds.
const LONGEST_LIFE: Duration = Duration::from_secs(60 * 60);

/// Whose authenticator codes are wanted; [`Zapmail::otp`] takes one.
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

/// An authenticator code and how long it lives; [`Otp`] gives one.
#[derive(Debug, Clone)]
pub struct OtpCode {
    code: Secret,
    dies_at: Instant,
}

impl OtpCode {
    pub(crate) fn new(code: Secret, dies_at: Instant) -> Self {
        Self { code, dies_at }
    }

    /// The six digits; whoever prints them is on their own.
    pub fn expose(&self) -> &str {
        self.code.expose()
    }

    /// How long the code can still be used; zero once it is dead. The service tells whole seconds, so a code of it may
    /// die up to a second earlier.
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
    #[cfg(feature = "totp")]
    seed: Option<crate::Totp>,
}

impl Otp {
    pub(crate) fn new(zapmail: Zapmail, target: OtpTarget) -> Self {
        Self {
            zapmail,
            target,
            #[cfg(feature = "totp")]
            seed: None,
        }
    }

    /// Makes the codes here, from a seed, instead of asking the service.
    ///
    /// ```
    /// use zapmail_sdk_ext::{OtpTarget, Totp, Zapmail};
    ///
    /// # fn example(zapmail: &Zapmail, mailbox: &zapmail_sdk_ext::types::Mailbox) {
    /// // Without a seed, or with a broken one, the service is asked.
    /// let otp = zapmail.otp(OtpTarget::mailbox(mailbox.id)).with_seed(Totp::from_mailbox(mailbox).ok());
    /// # }
    /// ```
    #[cfg(feature = "totp")]
    #[must_use]
    pub fn with_seed(self, seed: impl Into<Option<crate::Totp>>) -> Self {
        Self { seed: seed.into(), ..self }
    }

    /// A code made here, if there is a seed.
    fn local(&self) -> Option<OtpCode> {
        #[cfg(feature = "totp")]
        return self.seed.as_ref().map(crate::Totp::now);
        #[cfg(not(feature = "totp"))]
        None
    }

    /// The present code: the one in hand while it lives, else the service's.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NoSecondFactor`] when the account has no codes, [`ErrorKind::NotMicrosoft`] when the domain's admin
    /// account is not one of Microsoft's, and any that a call can give.
    pub async fn current(&self) -> Result<OtpCode> {
        if let Some(code) = self.local() {
            return Ok(code);
        }
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
            let code = self.after(&old).await?;
            if code.remaining() >= at_least {
                return Ok(code);
            }
            let period = code.dies_at.saturating_duration_since(old.dies_at);
            if period < at_least {
                let message = format!("`at_least` is {at_least:?}, and a code lives {period:?} at most; ask for less");
                return Err(Error::local(ErrorKind::Invalid, OPERATION, message));
            }
            old = code;
        }
        Err(Error::local(ErrorKind::Unexpected, OPERATION, "the service gave no code that lives long enough"))
    }

    /// The present code, and then each new one as it starts. An error ends the stream.
    ///
    /// ```no_run
    /// use futures::TryStreamExt;
    /// use zapmail_sdk_ext::{OtpTarget, Zapmail};
    ///
    /// # async fn example(zapmail: Zapmail, id: zapmail_sdk_ext::Uuid) -> zapmail_sdk_ext::Result<()> {
    /// let mut codes = zapmail.otp(OtpTarget::mailbox(id)).codes();
    /// while let Some(code) = codes.try_next().await? {
    ///     println!("{} for {:?}", code.expose(), code.remaining());
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn codes(&self) -> impl Stream<Item = Result<OtpCode>> + Unpin + Send + use<> {
        let steps = stream::unfold(Some((self.clone(), None::<OtpCode>)), |state| async move {
            let (otp, last) = state?;
            let next = match &last {
                None => otp.current().await,
                Some(last) => otp.after(last).await,
            };
            let following = next.as_ref().ok().map(|code| (otp, Some(code.clone())));
            Some((next, following))
        });
        steps.boxed()
    }

    /// The code after this one: waits until it is dead, and for as long as the service gives it again.
    async fn after(&self, last: &OtpCode) -> Result<OtpCode> {
        sleep_until(last.dies_at).await;
        for _ in 0..PATIENCE {
            let code = self.current().await?;
            if code.code != last.code {
                return Ok(code);
            }
            sleep_until(code.dies_at).await;
            sleep(SHORT_WAIT).await;
        }
        Err(Error::local(ErrorKind::Unexpected, OPERATION, "the service gives the same code again and again"))
    }

    /// Asks the service.
    async fn fetch(self) -> Result<OtpCode> {
        let request = self.zapmail.get_authenticator_code();
        let request = match self.target.0 {
            Target::Mailbox(id) => request.mailbox_id(id),
            Target::DomainAdmin(id) => request.domain_id(id),
        };
        let answered = exchange(request).await?;
        let (code, seconds) = data::<GetAuthenticatorCode<'_>, _>(&answered, |answer| {
            let data = answer.data?;
            Some((data.otp?, data.expires_in?.as_f64()?))
        })?;
        // A life that makes no sense is none.
        let lives =
            Duration::try_from_secs_f64(seconds).ok().filter(|lives| *lives <= LONGEST_LIFE).unwrap_or_default();
        // A code that was sent as a number has lost its leading zeros.
        let code = Secret::from(format!("{:0>6}", code.expose()));
        Ok(OtpCode::new(code, answered.sent_at + lives))
    }
}
