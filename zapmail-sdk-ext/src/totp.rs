//! Authenticator codes from a seed, with no request at all.
//!
//! The service's codes are those of RFC 6238 (SHA-1, six digits, 30 seconds), and the seed stands in a mailbox's
//! `secret`. Whoever has it does not need to ask.

use std::fmt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tokio::time::Instant;
use totp_rs::{Algorithm, Builder};
use zapmail_sdk::types::{AdminAccount, Mailbox};
use zapmail_sdk::{Error, ErrorKind, Result, Secret};

use crate::otp::OtpCode;

/// How long a code lives.
const PERIOD: Duration = Duration::from_secs(30);

/// Makes the authenticator codes of one account from its seed.
///
/// ```
/// use zapmail_sdk_ext::Totp;
///
/// let totp = Totp::from_seed("gezd gnbv gy3t qojq gezd gnbv gy3t qojq")?;
/// let code = totp.now();
/// println!("{} for {:?}", code.expose(), code.remaining());
/// # Ok::<(), zapmail_sdk_ext::Error>(())
/// ```
#[derive(Clone)]
pub struct Totp(totp_rs::Totp);

impl Totp {
    /// From a seed in base32, as people write it: blanks, lower case and missing padding are accepted.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Invalid`] when it is empty or no base32; the message does not quote it.
    pub fn from_seed(seed: &str) -> Result<Self> {
        let plain: String = seed.chars().filter(|character| !character.is_whitespace() && *character != '-').collect();
        let plain = plain.trim_end_matches('=').to_ascii_uppercase();
        if plain.is_empty() {
            return Err(invalid("is empty"));
        }
        let secret = totp_rs::Secret::try_from_base32(&plain)
            .map_err(|_| invalid("is no base32 (letters A to Z and digits 2 to 7)"))?;
        // Seeds of 80 bits are common, and shorter than the RFC asks for.
        let builder =
            Builder::new().with_algorithm(Algorithm::SHA1).with_digits(6).with_step_duration(PERIOD.as_secs());
        Ok(Self(builder.with_secret(secret).build_noncompliant()))
    }

    /// From the seed of a mailbox.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NoSecondFactor`] when it has none, and those of [`from_seed`](Self::from_seed).
    pub fn from_mailbox(mailbox: &Mailbox) -> Result<Self> {
        Self::from_secret(mailbox.secret.as_ref())
    }

    /// From the seed of a domain's admin account.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NoSecondFactor`] when it has none, and those of [`from_seed`](Self::from_seed).
    pub fn from_admin(admin: &AdminAccount) -> Result<Self> {
        Self::from_secret(admin.secret.as_ref())
    }

    fn from_secret(secret: Option<&Secret>) -> Result<Self> {
        match secret {
            Some(seed) => Self::from_seed(seed.expose()),
            None => Err(Error::new(ErrorKind::NoSecondFactor, "the account has no seed, so it has no codes")),
        }
    }

    /// The code of this machine's clock. A clock that is off by more than some seconds gives codes that are refused.
    pub fn now(&self) -> OtpCode {
        self.at(SystemTime::now())
    }

    /// The code of a moment; moments before 1970 count as 1970.
    pub fn at(&self, moment: SystemTime) -> OtpCode {
        let since_epoch = moment.duration_since(UNIX_EPOCH).unwrap_or_default();
        let lived = Duration::new(since_epoch.as_secs() % PERIOD.as_secs(), since_epoch.subsec_nanos());
        let code = self.0.generate(since_epoch.as_secs()).to_string();
        OtpCode::new(Secret::from(code), Instant::now() + (PERIOD - lived))
    }
}

fn invalid(reason: &str) -> Error {
    Error::new(ErrorKind::Invalid, format!("`seed` {reason}"))
}

impl fmt::Debug for Totp {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Totp([redacted])")
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use super::Totp;
    use crate::ErrorKind;

    /// `12345678901234567890` in base32, the seed of the RFC's test vectors.
    const SEED: &str = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";

    #[tokio::test(start_paused = true)]
    async fn rfc_6238_sha1_vectors_match() {
        // The RFC prints eight digits; these are the last six.
        let rows = [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ];
        let totp = Totp::from_seed(SEED).unwrap();
        for (seconds, expected) in rows {
            let code = totp.at(UNIX_EPOCH + Duration::from_secs(seconds));
            assert_eq!(code.expose(), expected);
            assert_eq!(code.remaining(), Duration::from_secs(30 - seconds % 30));
        }
    }

    #[tokio::test(start_paused = true)]
    async fn remaining_lifetime_includes_fractions_of_a_second() {
        let code = Totp::from_seed(SEED).unwrap().at(UNIX_EPOCH + Duration::from_millis(29_400));
        assert_eq!(code.remaining(), Duration::from_millis(600));
    }

    #[tokio::test]
    async fn seed_with_blanks_hyphens_and_lower_case_is_accepted() {
        let moment = UNIX_EPOCH + Duration::from_secs(59);
        for seed in [
            SEED,
            &SEED.to_lowercase(),
            "GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ",
            " gezd-gnbv-gy3t-qojq-gezd-gnbv-gy3t-qojq\n",
        ] {
            assert_eq!(Totp::from_seed(seed).unwrap().at(moment).expose(), "287082");
        }
        // Not a whole number of bytes, with and without padding.
        let padded = Totp::from_seed("MZXW6YQ=").unwrap().at(moment);
        assert_eq!(Totp::from_seed("MZXW6YQ").unwrap().at(moment).expose(), padded.expose());
    }

    #[test]
    fn invalid_seed_is_refused_without_quoting_it() {
        for seed in ["", "  ", "====", "NOT-A-SEED-1890", "übel"] {
            let error = Totp::from_seed(seed).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Invalid);
            assert!(error.message().contains("`seed`") && !error.to_string().contains("1890"), "{error}");
        }
        assert_eq!(format!("{:?}", Totp::from_seed(SEED).unwrap()), "Totp([redacted])");
    }
}
