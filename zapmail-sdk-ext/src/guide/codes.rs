#![cfg_attr(not(feature = "totp"), allow(rustdoc::broken_intra_doc_links))]

//! Get authenticator codes for mailboxes, for example to log in to them. A code is usually valid for 30 seconds;
//! [`Zapmail::otp`] returns one that is valid long enough for you to use it.
//!
//! # A code that is valid long enough
//!
//! ```
//! use std::time::Duration;
//!
//! use zapmail_sdk_ext::{OtpTarget, Zapmail};
//!
//! #[tokio::main]
//! async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! #   let sandbox = zapmail_sandbox::Sandbox::start().await?;
//! #   let zapmail = Zapmail::builder().api_key(sandbox.api_key()).base_url(sandbox.base_url()).build()?;
//! #   /*
//!     let zapmail = Zapmail::from_env()?;
//! #   */
//!     let mailbox = zapmail.mailbox_by_address("dana.reed@acme-001.example.com").await?.ok_or("no such mailbox")?;
//!
//!     let code = zapmail.otp(OtpTarget::mailbox(&mailbox.id)).valid_for(Duration::from_secs(10)).await?;
//!     println!("{} expires in {} s", code.expose(), code.remaining().as_secs());
//! #   assert_eq!(code.expose().len(), 6);
//!     Ok(())
//! }
//! ```
//!
//! [`valid_for`] returns a code that is valid for at least the requested time, and waits for the next code if
//! necessary. [`current`] returns the current code, whatever its remaining lifetime:
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
//! The service reports the lifetime of a code in whole seconds. [`remaining`] counts them from the time at which the
//! request was sent. The sandbox rounds up, so its codes can expire up to a second before `remaining` reaches zero; how
//! the service rounds is not known. Request a few seconds more than your program needs. `Debug` of an [`OtpCode`] does
//! not print the code; [`expose`] returns it.
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
//! In the sandbox, the mailboxes of a Microsoft domain have no second factor, but the domain's admin account has one.
//! The service documents two rejections, and each has its own [`ErrorKind`](crate::ErrorKind):
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
//! # Codes without a request
//!
//! With the feature `totp`, [`Totp`] computes the same codes from a seed: the `secret` of a mailbox, or the seed in the
//! `admin_details` of a domain. It needs no request, only a clock that is accurate to within a few seconds. While
//! tokio's clock is paused, the codes follow it.
//!
//! With requests, at most about 100 mailboxes can have a valid code at the same time, because the service allows 200
//! requests per minute and a code is valid for 30 seconds. For more mailboxes, use seeds.
//!
//! A seed is base32 text. Whitespace, hyphens, lower case and missing padding are accepted. A seed that is truncated,
//! has less than 80 bits (16 characters) or consists of zeros only is refused with [`ErrorKind::Invalid`].
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
//! // The sandbox has its own clock, so this example passes the time. `totp.now()` uses the clock of this machine.
//! let totp = Totp::from_mailbox(&mailbox)?;
//! let requested = zapmail.otp(OtpTarget::mailbox(&mailbox.id)).current().await?;
//! assert_eq!(totp.at(sandbox.now()).expose(), requested.expose());
//!
//! // `with_seed` provides the same methods without requests.
//! let otp = zapmail.otp(OtpTarget::mailbox(&mailbox.id)).with_seed(totp);
//! otp.current().await?;
//! assert_eq!(sandbox.requests_of("get_authenticator_code").len(), 1);
//! # Ok(())
//! # }
//! ```
//!
//! `with_seed` also takes an `Option`: `with_seed(Totp::from_mailbox(&mailbox).ok())` requests codes from the service
//! if the mailbox has no valid seed.
//!
//! Next: [waiting](super::waiting), for jobs that the service runs in the background.
//!
//! [`ErrorKind::Invalid`]: crate::ErrorKind::Invalid
//! [`OtpCode`]: crate::OtpCode
//! [`Totp`]: crate::Totp
//! [`Zapmail::otp`]: crate::Zapmail::otp
//! [`current`]: crate::Otp::current
//! [`expose`]: crate::OtpCode::expose
//! [`remaining`]: crate::OtpCode::remaining
//! [`valid_for`]: crate::Otp::valid_for
