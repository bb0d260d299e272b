//! Authenticator codes computed from a seed, without a request.
//!
//! The service's codes follow RFC 6238 (SHA-1, six digits, 30 seconds); the seed is in `Mailbox::secret`.

use std::fmt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tokio::time::Instant;
use totp_rs::{Algorithm, Builder};
use zapmail_sdk::types::{AdminAccount, Mailbox};
use zapmail_sdk::{Error, ErrorKind, Result, Secret};

use crate::codes::OtpCode;

/// The lifetime of a code.
pub(crate) const PERIOD: Duration = Duration::from_secs(30);

/// The minimum length of a seed. RFC 4226 requires 128 bits, but seeds of 80 bits are common.
const MIN_SEED_BYTES: usize = 10;

/// A generator of authenticator codes from the seed of one account.
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
    /// Reads a seed in base32. Whitespace, hyphens, lower case and missing padding are accepted.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Invalid`] if the seed is empty, not valid base32, truncated, shorter than 80 bits (16 characters),
    /// or all zeros; the message does not quote it.
    pub fn from_seed(seed: &str) -> Result<Self> {
        let plain: String = seed.chars().filter(|character| !character.is_whitespace() && *character != '-').collect();
        let plain = plain.trim_end_matches('=').to_ascii_uppercase();
        if plain.is_empty() {
            return Err(invalid("is empty"));
        }
        let secret = totp_rs::Secret::try_from_base32(&plain)
            .map_err(|_| invalid("is not valid base32 (letters A to Z and digits 2 to 7)"))?;
        // No number of whole bytes has this length in base32, and the decoder would ignore the last character.
        if matches!(plain.len() % 8, 1 | 3 | 6) {
            return Err(invalid("is truncated; copy the whole seed"));
        }
        if secret.as_bytes().len() < MIN_SEED_BYTES {
            return Err(invalid("is shorter than 80 bits (16 base32 characters); copy the whole seed"));
        }
        if secret.as_bytes().iter().all(|byte| *byte == 0) {
            return Err(invalid("is all zeros, which is not a secret; use the seed of the account"));
        }
        // `build()` refuses seeds of less than 128 bits.
        let builder =
            Builder::new().with_algorithm(Algorithm::SHA1).with_digits(6).with_step_duration(PERIOD.as_secs());
        Ok(Self(builder.with_secret(secret).build_noncompliant()))
    }

    /// Reads the seed of a mailbox.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NoSecondFactor`] if the mailbox has no seed, and the errors of [`from_seed`](Self::from_seed).
    pub fn from_mailbox(mailbox: &Mailbox) -> Result<Self> {
        Self::from_secret(mailbox.secret.as_ref())
    }

    /// Reads the seed of a domain's admin account.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NoSecondFactor`] if the account has no seed, and the errors of [`from_seed`](Self::from_seed).
    pub fn from_admin(admin: &AdminAccount) -> Result<Self> {
        Self::from_secret(admin.secret.as_ref())
    }

    fn from_secret(secret: Option<&Secret>) -> Result<Self> {
        match secret {
            Some(seed) => Self::from_seed(seed.expose()),
            None => Err(Error::new(ErrorKind::NoSecondFactor, "the account has no seed, so no codes can be computed")),
        }
    }

    /// Returns the current code. The system's clock must be accurate to a few seconds. While tokio's time is paused,
    /// the code follows tokio's time.
    pub fn now(&self) -> OtpCode {
        let (time, now) = clock();
        self.code(time, now)
    }

    /// Returns the code for `time`. Its remaining lifetime is calculated as if `time` were now. Times before the Unix
    /// epoch are clamped to it.
    pub fn at(&self, time: SystemTime) -> OtpCode {
        self.code(time, Instant::now())
    }

    /// Computes the code for `time`, which is the system time at the instant `now`.
    fn code(&self, time: SystemTime, now: Instant) -> OtpCode {
        let since_epoch = time.duration_since(UNIX_EPOCH).unwrap_or_default();
        let age = Duration::new(since_epoch.as_secs() % PERIOD.as_secs(), since_epoch.subsec_nanos());
        let code = self.0.generate(since_epoch.as_secs()).to_string();
        OtpCode::new(Secret::from(code), now + (PERIOD - age))
    }
}

/// Returns the system's time and tokio's time at the same instant.
///
/// Codes expire on tokio's clock, so the system's time is shifted by the difference between tokio's clock and the
/// monotonic clock: zero, unless this runtime's time was paused. While it is paused, real time passes in both real
/// clocks and cancels out. There is no stored anchor, because it would miss corrections of the system's clock, the time
/// that the machine was suspended, and the separate clock of each paused runtime.
///
/// The order matters: if the thread is preempted between the first two lines, the code expires late rather than early,
/// so that the next code is current once it has expired.
fn clock() -> (SystemTime, Instant) {
    if let Some(simulated) = zapmail_sdk::clock::simulated_time() {
        return (simulated, Instant::now());
    }
    let system = SystemTime::now();
    let monotonic = Instant::from_std(std::time::Instant::now());
    let now = Instant::now();
    let shifted =
        if now >= monotonic { system.checked_add(now - monotonic) } else { system.checked_sub(monotonic - now) };
    (shifted.unwrap_or(system), now)
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
    use std::time::{Duration, SystemTime, UNIX_EPOCH};

    use tokio::time::advance;

    use super::Totp;
    use crate::ErrorKind;

    /// The seed of the RFC's test vectors, `12345678901234567890`, in base32.
    const SEED: &str = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";

    const HOUR: Duration = Duration::from_secs(60 * 60);

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
    async fn seed_of_any_number_of_bytes_is_accepted_with_and_without_padding() {
        let time = UNIX_EPOCH + Duration::from_secs(59);
        // 10 to 14 bytes: the codes of `1234567890`, `12345678901`, and so on.
        for (seed, padded, expected) in [
            ("GEZDGNBVGY3TQOJQ", "GEZDGNBVGY3TQOJQ", "263420"),
            ("GEZDGNBVGY3TQOJQGE", "GEZDGNBVGY3TQOJQGE======", "543561"),
            ("GEZDGNBVGY3TQOJQGEZA", "GEZDGNBVGY3TQOJQGEZA====", "282791"),
            ("GEZDGNBVGY3TQOJQGEZDG", "GEZDGNBVGY3TQOJQGEZDG===", "195402"),
            ("GEZDGNBVGY3TQOJQGEZDGNA", "GEZDGNBVGY3TQOJQGEZDGNA=", "327667"),
        ] {
            for seed in [seed, padded] {
                assert_eq!(Totp::from_seed(seed).unwrap().at(time).expose(), expected, "{seed}");
            }
        }
    }

    #[test]
    fn invalid_seed_is_refused_without_quoting_it() {
        for seed in ["", "  ", "====", "01", "NOT-A-SEED-1890", "übel", "GEZDGNBV=GY3TQOJQ", "GEZDGNBVGY3TQOJ\u{200b}"]
        {
            let error = Totp::from_seed(seed).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Invalid);
            assert!(error.message().contains("`seed`") && !error.to_string().contains("1890"), "{error}");
        }
        assert_eq!(format!("{:?}", Totp::from_seed(SEED).unwrap()), "Totp([redacted])");
    }

    #[test]
    fn truncated_short_or_zero_seed_is_refused() {
        for (seed, expected) in [
            ("A", "truncated"),
            ("AAA", "truncated"),
            ("AAAAAA", "truncated"),
            ("GEZDGNBVGY3TQOJQG", "truncated"),
            ("GEZDGNBVGY3TQOJQGEZ", "truncated"),
            ("GEZD GNBV GY3T QOJQ GEZD GN==", "truncated"),
            ("GE", "80 bits"),
            ("MZXW6YQ", "80 bits"),
            ("MZXW6YQ=", "80 bits"),
            ("GEZDGNBVGY3TQOI", "80 bits"),
            ("AAAAAAAAAAAAAAAA", "zero"),
            ("aaaa aaaa aaaa aaaa aaaa aaaa aaaa aaaa", "zero"),
            ("AAAAAAAAAAAAAAAAAAAAAAAAAA", "zero"),
            // Only the bits after the last whole byte are set.
            ("AAAAAAAAAAAAAAAAAB", "zero"),
        ] {
            let error = Totp::from_seed(seed).expect_err(seed);
            assert_eq!(error.kind(), ErrorKind::Invalid, "{seed}");
            assert!(error.message().contains("`seed`") && error.message().contains(expected), "{seed}: {error}");
            assert!(seed.len() < 7 || !error.to_string().contains(seed), "{error}");
        }
    }

    /// Returns by how many seconds the clock of `now()` is ahead of the system's clock.
    fn ahead_of_system() -> f64 {
        let (wall, _) = super::clock();
        let system = SystemTime::now();
        wall.duration_since(system).map_or_else(|behind| -behind.duration().as_secs_f64(), |ahead| ahead.as_secs_f64())
    }

    #[tokio::test(start_paused = true)]
    async fn clock_under_paused_time_follows_tokio() {
        let started = super::clock();
        std::thread::sleep(Duration::from_millis(400));
        assert!(super::clock().0.duration_since(started.0).unwrap_or_default() < Duration::from_millis(300));
        advance(HOUR).await;
        let elapsed = super::clock().0.duration_since(started.0).unwrap().as_secs_f64();
        assert!((elapsed - HOUR.as_secs_f64()).abs() < 0.3, "{elapsed}");
    }

    #[test]
    fn clocks_of_several_runtimes_are_independent() {
        let runtime =
            || tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        let (first, second) = (runtime(), runtime());
        first.block_on(async {
            super::clock();
            advance(HOUR).await;
            assert!((ahead_of_system() - HOUR.as_secs_f64()).abs() < 2.0);
        });
        second.block_on(async {
            assert!(ahead_of_system().abs() < 2.0);
            advance(2 * HOUR).await;
        });
        assert!(ahead_of_system().abs() < 2.0);
        first.block_on(async { assert!((ahead_of_system() - HOUR.as_secs_f64()).abs() < 2.0) });
    }
}
