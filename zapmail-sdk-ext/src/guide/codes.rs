#![cfg_attr(not(feature = "totp"), allow(rustdoc::broken_intra_doc_links))]

//! An authenticator code is usually valid for 30 seconds; [`Zapmail::otp`] returns one that is valid long enough to be
//! used.
//!
//! # A code that is valid long enough
//!
//! [`valid_for`] returns a code that is valid for at least the requested time, and waits for the next one if necessary.
//! [`current`] returns the current code, whatever its remaining lifetime.
//!
//! ```
//! use std::time::Duration;
//!
//! use zapmail_sandbox::Sandbox;
//! use zapmail_sdk_ext::{OtpTarget, Zapmail, prelude::*};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! tokio::time::pause();
//! let sandbox = Sandbox::start().await?;
//! let zapmail = Zapmail::builder().api_key(sandbox.api_key()).base_url(sandbox.base_url()).build()?;
//! let mailbox = zapmail.list_mailboxes().items().next().await?.ok_or("no mailbox found")?;
//!
//! let otp = zapmail.otp(OtpTarget::mailbox(&mailbox.id));
//! let code = otp.current().await?;
//! assert_eq!(code.expose().len(), 6);
//! assert!(code.remaining() > Duration::from_secs(29));
//!
//! tokio::time::advance(Duration::from_secs(25)).await;
//! let started_at = tokio::time::Instant::now();
//! let next = otp.valid_for(Duration::from_secs(10)).await?;
//! assert_ne!(next.expose(), code.expose());
//! assert!(started_at.elapsed() <= Duration::from_secs(6));
//! # Ok(())
//! # }
//! ```
//!
//! [`remaining`] is computed from the whole seconds reported by the service, counted from when the request was sent.
//! The sandbox rounds up, so its codes can expire up to a second before `remaining` reaches zero; how the service
//! rounds is not known. Pass [`valid_for`] a few seconds more than the program needs. [`OtpCode`] prints without the
//! code; [`expose`] returns it.
//!
//! # Many tasks, one request
//!
//! A client caches the code of each account until it expires. Concurrent calls share one request:
//!
//! ```
//! use futures::future::try_join_all;
//! use zapmail_sandbox::Sandbox;
//! use zapmail_sdk_ext::{OtpTarget, Zapmail, prelude::*};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! tokio::time::pause();
//! let sandbox = Sandbox::start().await?;
//! let zapmail = Zapmail::builder().api_key(sandbox.api_key()).base_url(sandbox.base_url()).build()?;
//! let mailbox = zapmail.list_mailboxes().items().next().await?.ok_or("no mailbox found")?;
//!
//! let otp = zapmail.otp(OtpTarget::mailbox(&mailbox.id));
//! let codes = try_join_all((0..50).map(|_| otp.current())).await?;
//! assert!(codes.iter().all(|code| code.expose() == codes[0].expose()));
//! assert_eq!(sandbox.requests_of("get_authenticator_code").len(), 1);
//!
//! // The current code, then each new one: one request per 30 seconds.
//! let mut codes = otp.codes();
//! for _ in 0..3 {
//!     assert!(codes.next().await?.is_some());
//! }
//! assert_eq!(sandbox.requests_of("get_authenticator_code").len(), 3);
//! # Ok(())
//! # }
//! ```
//!
//! # Accounts without codes
//!
//! In the sandbox, the mailboxes of Microsoft domains have no second factor, but the admin account of such a domain has
//! one. The two refusals that the service documents have their own kinds:
//!
//! ```
//! use zapmail_sandbox::Sandbox;
//! use zapmail_sdk_ext::{ErrorKind, OtpTarget, Zapmail};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let sandbox = Sandbox::start().await?;
//! let zapmail = Zapmail::builder().api_key(sandbox.api_key()).base_url(sandbox.base_url()).build()?;
//! let page = zapmail.list_mailboxes().limit(4).send().await?;
//! let (google, microsoft) = (&page.domains[0], &page.domains[3]);
//!
//! let code = zapmail.otp(OtpTarget::domain_admin(&microsoft.id)).current().await?;
//! assert_eq!(code.expose().len(), 6);
//!
//! let error = zapmail.otp(OtpTarget::domain_admin(&google.id)).current().await.unwrap_err();
//! assert_eq!(error.kind(), ErrorKind::NotMicrosoft);
//! let error = zapmail.otp(OtpTarget::mailbox(&microsoft.mailboxes[0].id)).current().await.unwrap_err();
//! assert_eq!(error.kind(), ErrorKind::NoSecondFactor);
//! # Ok(())
//! # }
//! ```
//!
//! # Without a request
//!
//! With the feature `totp`, [`Totp`] computes the same codes from the seed in a mailbox's `secret`, or in a domain's
//! `admin_details`. This needs no request, but a clock that is accurate to a few seconds. While tokio's time is paused,
//! its codes follow tokio's time.
//!
//! By request, at most about 100 mailboxes can have a valid code at a time: 200 requests per minute, and codes of 30
//! seconds. For more, use seeds.
//!
//! A seed is base32 text; blanks, hyphens, lower case and missing padding are accepted. A truncated seed, one of less
//! than 80 bits (16 characters) and one that is all zeros are refused with [`ErrorKind::Invalid`].
//!
#![cfg_attr(feature = "totp", doc = "```")]
#![cfg_attr(not(feature = "totp"), doc = "```text")]
//! use zapmail_sandbox::Sandbox;
//! use zapmail_sdk_ext::{OtpTarget, Totp, Zapmail, prelude::*};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! tokio::time::pause();
//! let sandbox = Sandbox::start().await?;
//! let zapmail = Zapmail::builder().api_key(sandbox.api_key()).base_url(sandbox.base_url()).build()?;
//! let mailbox = zapmail.list_mailboxes().items().next().await?.ok_or("no mailbox found")?;
//!
//! // The sandbox has its own clock; `now()` uses this machine's.
//! let totp = Totp::from_mailbox(&mailbox)?;
//! let requested = zapmail.otp(OtpTarget::mailbox(&mailbox.id)).current().await?;
//! assert_eq!(totp.at(sandbox.now()).expose(), requested.expose());
//!
//! // The same methods, without a request.
//! let otp = zapmail.otp(OtpTarget::mailbox(&mailbox.id)).with_seed(totp);
//! otp.current().await?;
//! assert_eq!(sandbox.requests_of("get_authenticator_code").len(), 1);
//! # Ok(())
//! # }
//! ```
//!
//! `with_seed` also takes an option: `with_seed(Totp::from_mailbox(&mailbox).ok())` requests codes from the service if
//! there is no seed.
//!
//! [`ErrorKind::Invalid`]: crate::ErrorKind::Invalid
//! [`OtpCode`]: crate::OtpCode
//! [`Totp`]: crate::Totp
//! [`Zapmail::otp`]: crate::Zapmail::otp
//! [`current`]: crate::Otp::current
//! [`expose`]: crate::OtpCode::expose
//! [`remaining`]: crate::OtpCode::remaining
//! [`valid_for`]: crate::Otp::valid_for
