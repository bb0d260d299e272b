#![cfg_attr(not(feature = "redis"), allow(rustdoc::broken_intra_doc_links))]

//! The client stays inside the service's rate limits by itself; clients, processes and machines that use one key share them.
//!
//! The service allows 5 requests in any second, 200 in any minute, and 100 availability checks in any 30 minutes, per
//! API key. It counts a request when it arrives, and answers one too many with 429.
//!
//! | who uses the key | what to do |
//! | --- | --- |
//! | one client, its clones and derived clients | nothing |
//! | several clients in one process | give them one [`RateLimiter`] |
//! | several processes or machines | keep the limits in Redis, with [`RateLimiter::redis`] |
//! | one program with several keys | a client for each key; they share nothing |
//!
//! # One process
//!
//! Calls wait in a queue and are sent in the order of their arrival, as soon as they fit into all limits. A waiting call
//! costs a place in the queue, and dropping it is enough to leave; nothing waits for a task that is not polled. A call that
//! cannot be sent before its timeout ([`Timeouts::call`]) fails with `Timeout`, and nothing was sent.
//!
//! A request counts until one window after it has reached the service at the latest, so new connections and a slow network
//! do not lead to a 429. If there is one nevertheless, because another program uses the key, the whole client waits as long
//! as the service requests.
//!
//! ```
//! use zapmail_sandbox::Sandbox;
//! use zapmail_sdk_ext::Zapmail;
//! use zapmail_sdk_ext::operations::Bucket;
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! tokio::time::pause();
//! let sandbox = Sandbox::start().await?;
//! let zapmail = Zapmail::builder().api_key(sandbox.api_key()).base_url(sandbox.base_url()).build()?;
//!
//! for _ in 0..6 {
//!     let response = zapmail.get_user().send_with_response().await?;
//!     println!("sent after {:?} in the queue", response.queued());
//! }
//! let limiter = zapmail.rate_limiter();
//! println!("{} calls wait; the next slot is free in {:?}", limiter.queue_len(), limiter.time_to_next_slot(Bucket::General));
//! # Ok(())
//! # }
//! ```
//!
//! # Several clients
//!
//! Derived clients share the limits of their client. Separately built clients of one key must share a [`RateLimiter`]. This
//! buyer has its own timeouts and HTTP settings, and both clients together send 5 requests per second:
//!
//! ```
//! use std::time::Duration;
//!
//! use futures::future::try_join_all;
//! use zapmail_sandbox::Sandbox;
//! use zapmail_sdk_ext::{Timeouts, Zapmail};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! tokio::time::pause();
//! let sandbox = Sandbox::start().await?;
//! let builder = || Zapmail::builder().api_key(sandbox.api_key()).base_url(sandbox.base_url());
//!
//! let reader = builder().build()?;
//! let buyer = builder()
//!     .rate_limiter(reader.rate_limiter().clone())
//!     .timeouts(Timeouts::default().call(Duration::from_secs(900)))
//!     .user_agent("acme-buyer/1.4")
//!     .allow_spending()
//!     .build()?;
//!
//! let started_at = tokio::time::Instant::now();
//! try_join_all((0..3).flat_map(|_| [reader.get_user().send(), buyer.get_user().send()])).await?;
//! // The sixth request waits for the next second.
//! assert!((1.0..1.5).contains(&started_at.elapsed().as_secs_f64()));
//! # Ok(())
//! # }
//! ```
//!
//! # Several processes and machines
//!
//! With the feature `redis`, the limits are in a Redis server, under a name that is a hash of the API key:
//!
#![cfg_attr(feature = "redis", doc = "```")]
#![cfg_attr(not(feature = "redis"), doc = "```text")]
//! use zapmail_sdk_ext::{RateLimiter, Redis, RedisLimits, Zapmail};
//!
//! let key = "not-a-real-key";
//! let redis = Redis::new("redis://:not-a-real-password@127.0.0.1:6379")?;
//! let limiter = RateLimiter::redis(RedisLimits::new(redis, key).local_share(4))?;
//! let zapmail = Zapmail::builder().api_key(key).rate_limiter(limiter).build()?;
//! # Ok::<(), zapmail_sdk_ext::Error>(())
//! ```
//!
//! Start a server with `redis-server`, or in a container with `docker run -p 6379:6379 redis`. Any Redis from 5.0 on, or
//! Valkey, will do. `rediss://` uses TLS; [`Redis::with_root_certificate`] trusts an authority of your own.
//!
//! A slot costs one round trip. Processes take turns, and the time is Redis's, so the clocks of the machines do not matter.
//! A process that crashes blocks nobody: what it had reserved counts as sent.
//!
//! While Redis cannot be reached, calls fail with [`ErrorKind::Connection`](crate::ErrorKind::Connection), and nothing is
//! sent. With [`RedisLimits::local_share`], each process uses its part of the limits instead, at first only as many requests
//! as it has just sent, until the windows of the others are over. That is safe as long as no more processes run, and as
//! Redis is away for all of them.
//!
//! A Redis that is started again may have lost what was sent, so the windows count as full: calls wait for up to a minute,
//! and availability checks for up to 30. With a local share, they continue with that.
//!
//! # Several keys
//!
//! The limits belong to a key. A program with several accounts builds a client for each, and their limits are independent;
//! [`ClientBuilder::from_env_prefixed`] reads several keys from the environment. Workspaces of one account share its key, and
//! [`Zapmail::workspace`] returns a derived client.
//!
//! [`RateLimiter`]: crate::RateLimiter
//! [`RateLimiter::redis`]: crate::RateLimiter::redis
//! [`Redis::with_root_certificate`]: crate::Redis::with_root_certificate
//! [`RedisLimits::local_share`]: crate::RedisLimits::local_share
//! [`Timeouts::call`]: crate::Timeouts::call
//! [`ClientBuilder::from_env_prefixed`]: crate::ClientBuilder::from_env_prefixed
//! [`Zapmail::workspace`]: crate::Zapmail::workspace
