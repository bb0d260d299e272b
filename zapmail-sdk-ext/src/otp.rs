//! Authenticator codes that are still valid when they are used.
//!
//! The service reports for how many seconds a code remains valid. The lifetime is counted from when the request was
//! sent (a lower bound). Tasks that wait for the same code share one request.

#[cfg(test)]
mod tests;

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use futures_util::stream::{self, BoxStream, Stream};
use futures_util::{FutureExt, StreamExt};
use tokio::time::{Instant, sleep};
use zapmail_sdk::builder::GetAuthenticatorCode;
use zapmail_sdk::{Error, ErrorKind, Request, Result, Secret, clock};

use crate::client::Zapmail;
use crate::codes::{OtpCode, OtpTarget, Target};
use crate::observer::CodeSource;
use crate::policy::later;

/// The delay before the next request if the service returned an expired code or the previous code.
const RETRY_DELAY: Duration = Duration::from_millis(500);

/// The maximum number of requests in a row that return expired codes or the previous code.
const MAX_ATTEMPTS: u32 = 10;

/// The longest usual time from the expiry of a code until the next one arrives. If a code takes longer, the code after
/// it may have more time left when it arrives.
const USUAL_DELAY: Duration = Duration::from_secs(1);

/// The maximum number of new codes in a row that may arrive too late.
const MAX_LATE_CODES: u32 = 3;

/// The longest plausible lifetime of a code; the usual lifetime is 30 seconds.
const MAX_LIFETIME: Duration = Duration::from_secs(60 * 60);

/// # Authenticator codes
impl Zapmail {
    /// Returns the authenticator codes of a mailbox, or of a domain's admin account.
    ///
    /// Documentation: <https://docs.zapmail.ai/get-authenticator-code-13648760e0>
    ///
    /// ```no_run
    /// use std::time::Duration;
    /// use zapmail_sdk_ext::{MailboxId, OtpTarget, Zapmail};
    ///
    /// # async fn example(zapmail: Zapmail, id: MailboxId) -> zapmail_sdk_ext::Result<()> {
    /// let code = zapmail.otp(OtpTarget::mailbox(id)).valid_for(Duration::from_secs(10)).await?;
    /// println!("valid for {:?}", code.remaining());
    /// # Ok(())
    /// # }
    /// ```
    pub fn otp(&self, target: OtpTarget) -> Otp {
        Otp::new(self.clone(), target)
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
/// let code = otp.valid_for(Duration::from_secs(10)).await?;
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
    fn new(zapmail: Zapmail, target: OtpTarget) -> Self {
        Self {
            zapmail,
            target,
            #[cfg(feature = "totp")]
            seed: None,
        }
    }

    /// Computes the codes from a seed instead of requesting them.
    ///
    /// ```
    /// use zapmail_sdk_ext::{OtpTarget, Totp, Zapmail};
    ///
    /// # fn example(zapmail: &Zapmail, mailbox: &zapmail_sdk_ext::types::Mailbox) {
    /// // Without a valid seed, codes are requested from the service.
    /// let otp = zapmail.otp(OtpTarget::mailbox(&mailbox.id)).with_seed(Totp::from_mailbox(mailbox).ok());
    /// # }
    /// ```
    #[cfg(feature = "totp")]
    #[must_use]
    pub fn with_seed(self, seed: impl Into<Option<crate::Totp>>) -> Self {
        Self { seed: seed.into(), ..self }
    }

    fn has_seed(&self) -> bool {
        #[cfg(feature = "totp")]
        return self.seed.is_some();
        #[cfg(not(feature = "totp"))]
        false
    }

    /// Computes the current code from the seed, if there is one.
    fn local(&self) -> Option<OtpCode> {
        #[cfg(feature = "totp")]
        return self.seed.as_ref().map(crate::Totp::now);
        #[cfg(not(feature = "totp"))]
        None
    }

    /// Returns the current code, from the cache if it has not expired. Dropping the future cancels the request, unless
    /// another task waits for the same code. A request of another task is awaited for up to the timeout of a call of
    /// this client ([`Timeouts::call`](crate::Timeouts::call)).
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NoSecondFactor`] if the account has no codes, [`ErrorKind::NotMicrosoft`] if the domain's admin
    /// account is not managed by Microsoft, and any error of a call.
    pub async fn current(&self) -> Result<OtpCode> {
        let used = |source| self.zapmail.observers().each(|observer| observer.code_used(source));
        let deadline = later(Instant::now(), self.zapmail.timeouts().call);
        if let Some(code) = self.local() {
            used(CodeSource::Seed);
            return Ok(code);
        }
        for _ in 0..MAX_ATTEMPTS {
            let key = (self.zapmail.checked_workspace_id()?.map(str::to_owned), self.target.clone());
            let mut source = CodeSource::Cache;
            let fetch = || {
                source = CodeSource::Request;
                self.clone().fetch().boxed()
            };
            let code = self.zapmail.codes().get_or_fetch(key, deadline, fetch).await?;
            if !code.remaining().is_zero() {
                used(source);
                return Ok(code);
            }
            sleep(RETRY_DELAY).await;
        }
        Err(failed(ErrorKind::Unexpected, "the service keeps returning expired codes"))
    }

    /// Returns a code that is valid for at least `at_least`, waiting for the next code if necessary, and for another
    /// one after each response that is too slow. Dropping the future loses nothing.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Invalid`] if even a new code has a shorter lifetime, which is reported after at most one period
    /// (usually 30 seconds), [`ErrorKind::Timeout`] if three new codes in a row arrive too late, and the errors of
    /// [`current`](Self::current).
    pub async fn valid_for(&self, at_least: Duration) -> Result<OtpCode> {
        let too_long = |lifetime: Duration| {
            format!(
                "`at_least` ({at_least:?}) is longer than the lifetime of a code ({lifetime:.1?}); pass a shorter \
                 duration"
            )
        };
        #[cfg(feature = "totp")]
        if self.has_seed() && at_least > crate::totp::PERIOD {
            let error = Error::new(ErrorKind::Invalid, too_long(crate::totp::PERIOD));
            return Err(error.with_operation(GetAuthenticatorCode::OPERATION));
        }
        let mut code = self.current().await?;
        let mut late = 0;
        while code.remaining() < at_least {
            // A computed code is late only if this machine stalled, and computing another one costs nothing.
            if late == MAX_LATE_CODES && !self.has_seed() {
                let message = format!("the service responds too slowly for a code to be valid for {at_least:?}");
                return Err(failed(ErrorKind::Timeout, message).with_hint("pass a shorter duration"));
            }
            // A code has the most time left when it is new.
            let next = self.next_after(&code).await?;
            let (remaining, delay) = (next.remaining(), code.expires_at.elapsed());
            // The maximum lifetime that `next` lost to an unusual delay. The code after it may arrive sooner.
            let lost = (next.request_time + delay).saturating_sub(USUAL_DELAY);
            let usual = if delay > USUAL_DELAY { remaining + lost } else { remaining };
            if usual < at_least {
                return Err(failed(ErrorKind::Invalid, too_long(usual)));
            }
            late += 1;
            code = next;
        }
        Ok(code)
    }

    /// Streams the current code and then each new one as it becomes valid. An error ends the stream.
    ///
    /// ```no_run
    /// use zapmail_sdk_ext::{MailboxId, OtpTarget, Zapmail};
    ///
    /// # async fn example(zapmail: Zapmail, id: MailboxId) -> zapmail_sdk_ext::Result<()> {
    /// let mut codes = zapmail.otp(OtpTarget::mailbox(id)).codes();
    /// while let Some(code) = codes.next().await? {
    ///     println!("{} for {:?}", code.expose(), code.remaining());
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn codes(&self) -> OtpCodes {
        let steps = stream::unfold(Some((self.clone(), None::<OtpCode>)), |state| async move {
            let (otp, last) = state?;
            let next = match &last {
                None => otp.current().await,
                Some(last) => otp.next_after(last).await,
            };
            let next_state = next.as_ref().ok().map(|code| (otp, Some(code.clone())));
            Some((next, next_state))
        });
        OtpCodes(steps.boxed())
    }

    /// Returns the code after `last`: waits until `last` has expired, and until the service returns a different code.
    async fn next_after(&self, last: &OtpCode) -> Result<OtpCode> {
        sleep(last.remaining()).await;
        for _ in 0..MAX_ATTEMPTS {
            let code = self.current().await?;
            if code.code != last.code {
                return Ok(code);
            }
            sleep(code.remaining() + RETRY_DELAY).await;
        }
        Err(failed(ErrorKind::Unexpected, "the service keeps returning the same code"))
    }

    /// Requests the code.
    async fn fetch(self) -> Result<OtpCode> {
        let request = self.zapmail.get_authenticator_code();
        let request = match self.target.0 {
            Target::Mailbox(id) => request.mailbox_id(id),
            Target::DomainAdmin(id) => request.domain_id(id),
        };
        let (asked_at, asked_on) = (Instant::now(), clock::system_time());
        let response = request.send_with_response().await?;
        // The monotonic clock stops while the machine sleeps.
        let by_system = clock::system_time().duration_since(asked_on).unwrap_or_default();
        let slept = by_system.saturating_sub(asked_at.elapsed());
        let sent_at = response.sent_at();
        let data = response.into_data();
        let missing = |name: &str| failed(ErrorKind::Decode, format!("`data.{name}` in the response is missing"));
        let code = data.otp.ok_or_else(|| missing("otp"))?;
        let seconds = data.expires_in.ok_or_else(|| missing("expiresIn"))?.as_f64();
        // Implausible lifetimes count as expired.
        let lifetime = seconds
            .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok())
            .filter(|lifetime| *lifetime <= MAX_LIFETIME)
            .unwrap_or_default();
        let code = parse_code(code.expose())
            .ok_or_else(|| failed(ErrorKind::Decode, "`data.otp` in the response is not a code of up to 8 digits"))?;
        let code = OtpCode::new(code, sent_at + lifetime);
        Ok(OtpCode { request_time: sent_at.elapsed(), expires_on: code.expires_on - slept, ..code })
    }
}

/// A stream of the codes of an account; see [`Otp::codes`].
#[must_use = "a stream does nothing until it is polled"]
pub struct OtpCodes(BoxStream<'static, Result<OtpCode>>);

impl OtpCodes {
    /// Returns the next code once it is valid; `None` after an error. Dropping the future loses nothing.
    ///
    /// # Errors
    ///
    /// The errors of [`Otp::current`].
    pub async fn next(&mut self) -> Result<Option<OtpCode>> {
        self.0.next().await.transpose()
    }
}

impl Stream for OtpCodes {
    type Item = Result<OtpCode>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.0.poll_next_unpin(context)
    }
}

impl fmt::Debug for OtpCodes {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("OtpCodes")
    }
}

/// Parses a code, ignoring surrounding whitespace; `None` if the text is not a code. A code that was sent as a number
/// has lost its leading zeros, which are restored.
fn parse_code(text: &str) -> Option<Secret> {
    let digits = text.trim();
    let is_code = (1..=8).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
    is_code.then(|| Secret::from(format!("{digits:0>6}")))
}

/// Creates an error about requests that the service has responded to.
fn failed(kind: ErrorKind, message: impl Into<String>) -> Error {
    Error::new(kind, message).with_may_have_been_processed(true).with_operation(GetAuthenticatorCode::OPERATION)
}
