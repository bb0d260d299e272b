#![cfg_attr(not(feature = "totp"), allow(rustdoc::broken_intra_doc_links))]

//! An authenticator code usually lives for 30 seconds; [`Zapmail::otp`] gives one that has enough of them left to be
//! used.
//!
//! # A code in time
//!
//! [`fresh`] gives a code that lives at least so long, and waits for the next one when the present one has less left.
//! [`current`] gives the present one, however old.
//!
//! ```
//! use std::time::Duration;
//!
//! use futures::TryStreamExt;
//! use zapmail_sandbox::Sandbox;
//! use zapmail_sdk_ext::{OtpTarget, Zapmail, prelude::*};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! tokio::time::pause();
//! let sandbox = Sandbox::start().await?;
//! let zapmail = Zapmail::builder().api_key(sandbox.api_key()).base_url(sandbox.base_url()).build()?;
//! let mailbox = zapmail.list_mailboxes().items().try_next().await?.ok_or("there is no mailbox")?;
//!
//! let otp = zapmail.otp(OtpTarget::mailbox(mailbox.id));
//! let code = otp.current().await?;
//! assert_eq!(code.expose().len(), 6);
//! assert!(code.remaining() > Duration::from_secs(29));
//!
//! tokio::time::advance(Duration::from_secs(25)).await;
//! let begun = tokio::time::Instant::now();
//! let next = otp.fresh(Duration::from_secs(10)).await?;
//! assert_ne!(next.expose(), code.expose());
//! assert!(begun.elapsed() <= Duration::from_secs(6));
//! # Ok(())
//! # }
//! ```
//!
//! [`remaining`] counts the seconds that the service tells from the moment at which the request was sent. They are whole
//! ones: the sandbox rounds up, so its codes can die up to a second before `remaining` is over, and how the service rounds
//! is not known. Ask [`fresh`] for some seconds more than the use of the code takes. [`OtpCode`] prints without the code;
//! [`expose`] gives it out.
//!
//! # Many tasks, one request
//!
//! A client keeps the code of each account while it lives, and whoever asks meanwhile gets that one:
//!
//! ```
//! use futures::TryStreamExt;
//! use futures::future::try_join_all;
//! use zapmail_sandbox::Sandbox;
//! use zapmail_sdk_ext::{OtpTarget, Zapmail, prelude::*};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! tokio::time::pause();
//! let sandbox = Sandbox::start().await?;
//! let zapmail = Zapmail::builder().api_key(sandbox.api_key()).base_url(sandbox.base_url()).build()?;
//! let mailbox = zapmail.list_mailboxes().items().try_next().await?.ok_or("there is no mailbox")?;
//!
//! let otp = zapmail.otp(OtpTarget::mailbox(mailbox.id));
//! let codes = try_join_all((0..50).map(|_| otp.current())).await?;
//! assert!(codes.iter().all(|code| code.expose() == codes[0].expose()));
//! assert_eq!(sandbox.requests_of("get_authenticator_code").len(), 1);
//!
//! // Each code as it starts: one request every 30 seconds.
//! let mut codes = otp.codes();
//! for _ in 0..3 {
//!     assert!(codes.try_next().await?.is_some());
//! }
//! assert_eq!(sandbox.requests_of("get_authenticator_code").len(), 3);
//! # Ok(())
//! # }
//! ```
//!
//! # Accounts without codes
//!
//! The mailboxes of Microsoft domains have no second factor in the sandbox; the admin account of such a domain has. The
//! two refusals that the service documents are kinds of their own:
//!
//! ```
//! use futures::TryStreamExt;
//! use zapmail_sandbox::Sandbox;
//! use zapmail_sdk_ext::{ErrorKind, OtpTarget, Zapmail, prelude::*};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let sandbox = Sandbox::start().await?;
//! let zapmail = Zapmail::builder().api_key(sandbox.api_key()).base_url(sandbox.base_url()).build()?;
//! let page = zapmail.list_mailboxes().limit(4).call().await?;
//! let (google, microsoft) = (&page.domains[0], &page.domains[3]);
//!
//! let code = zapmail.otp(OtpTarget::domain_admin(microsoft.id)).current().await?;
//! assert_eq!(code.expose().len(), 6);
//!
//! let error = zapmail.otp(OtpTarget::domain_admin(google.id)).current().await.unwrap_err();
//! assert_eq!(error.kind(), ErrorKind::NotMicrosoft);
//! let error = zapmail.otp(OtpTarget::mailbox(microsoft.mailboxes[0].id)).current().await.unwrap_err();
//! assert_eq!(error.kind(), ErrorKind::NoSecondFactor);
//! # Ok(())
//! # }
//! ```
//!
//! # Without a request
//!
//! With the feature `totp`, [`Totp`] makes the same codes from the seed that stands in a mailbox's `secret`, or in a
//! domain's `admin_details`. That costs no quota, and needs a clock that is right to some seconds.
//!
#![cfg_attr(feature = "totp", doc = "```")]
#![cfg_attr(not(feature = "totp"), doc = "```text")]
//! use futures::TryStreamExt;
//! use zapmail_sandbox::Sandbox;
//! use zapmail_sdk_ext::{OtpTarget, Totp, Zapmail, prelude::*};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! tokio::time::pause();
//! let sandbox = Sandbox::start().await?;
//! let zapmail = Zapmail::builder().api_key(sandbox.api_key()).base_url(sandbox.base_url()).build()?;
//! let mailbox = zapmail.list_mailboxes().items().try_next().await?.ok_or("there is no mailbox")?;
//!
//! // `now()` is the code of this machine's clock; the sandbox has a time of its own.
//! let totp = Totp::from_mailbox(&mailbox)?;
//! let told = zapmail.otp(OtpTarget::mailbox(mailbox.id)).current().await?;
//! assert_eq!(totp.at(sandbox.now()).expose(), told.expose());
//!
//! // The same calls as before, and no request.
//! let otp = zapmail.otp(OtpTarget::mailbox(mailbox.id)).with_seed(totp);
//! otp.current().await?;
//! assert_eq!(sandbox.requests_of("get_authenticator_code").len(), 1);
//! # Ok(())
//! # }
//! ```
//!
//! `with_seed` takes an option as well: `with_seed(Totp::from_mailbox(&mailbox).ok())` asks the service where there is
//! no seed.
//!
//! [`OtpCode`]: crate::OtpCode
//! [`Totp`]: crate::Totp
//! [`Zapmail::otp`]: crate::Zapmail::otp
//! [`current`]: crate::Otp::current
//! [`expose`]: crate::OtpCode::expose
//! [`fresh`]: crate::Otp::fresh
//! [`remaining`]: crate::OtpCode::remaining
