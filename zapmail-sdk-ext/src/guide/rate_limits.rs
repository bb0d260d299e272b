#![cfg_attr(not(feature = "redis"), allow(rustdoc::broken_intra_doc_links))]

//! The client keeps within the service's rate limits without any setup, as long as one client uses the API key. You
//! need this page if several clients, processes or machines use the same key.
//!
//! Per API key, the service allows 5 requests in any second, 200 in any minute, and 100 availability checks in any 30
//! minutes. It counts a request when it arrives, and responds with 429 to a request above a limit. This program sends
//! more requests than a second allows, and prints how long each one waited:
//!
//! ```
//! use zapmail_sdk_ext::Zapmail;
//! use zapmail_sdk_ext::operations::Bucket;
//!
//! # /*
//! #[tokio::main]
//! # */
//! # #[tokio::main(flavor = "current_thread")]
//! async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! #   tokio::time::pause();
//! #   let sandbox = zapmail_sandbox::Sandbox::start().await?;
//! #   let zapmail = Zapmail::builder().api_key(sandbox.api_key()).base_url(sandbox.base_url()).build()?;
//! #   /*
//!     let zapmail = Zapmail::from_env()?;
//! #   */
//!     for _ in 0..6 {
//!         let response = zapmail.get_user().send_with_response().await?;
//!         println!("sent after {:?} in the queue", response.queued());
//!     }
//!     let limiter = zapmail.rate_limiter();
//!     println!("{} calls are waiting", limiter.queue_len());
//!     println!("the next slot is free in {:?}", limiter.time_to_next_slot(Bucket::General));
//!     Ok(())
//! }
//! ```
//!
//! | clients of one key | what to do |
//! | --- | --- |
//! | one client, with its clones and derived clients | nothing |
//! | several clients in one process | share one [`RateLimiter`] between them |
//! | several processes or machines | keep the limits in Redis, with [`RateLimiter::redis`] |
//!
//! Clients of different keys share no limits: build a client for each key.
//!
//! # One process
//!
//! Calls wait in a queue. The client sends them in the order in which they arrived, as soon as they fit into all
//! limits. To cancel a waiting call, drop it. A call that is not polled does not delay the calls behind it. A call that
//! cannot be sent before its timeout ([`Timeouts::call`]) fails with `Timeout`, and is not sent.
//!
//! The service counts a request when it arrives, which can be later than it was sent. The client therefore counts a
//! request until one window after the latest time at which it can have arrived, so that new connections and slow
//! networks do not lead to a 429. If the service responds with 429 anyway, because another program uses the key, the
//! whole client waits for as long as the service requests.
//!
//! # Several clients
//!
//! A derived client shares the limits of its original client. Clients of one key that you build separately must share a
//! [`RateLimiter`]. In this example, the buyer has its own timeouts and its own `User-Agent`. Both clients together
//! send 5 requests per second:
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
//! With the feature `redis`, the limits are kept in a Redis server, in keys whose names contain a hash of the API key:
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
//! Start a server with `redis-server`, or in a container with `docker run -p 6379:6379 redis`. It must be Redis 5.0 or
//! newer, or Valkey. `rediss://` uses TLS; [`Redis::with_root_certificate`] trusts a certificate authority of your own.
//!
//! Reserving a slot costs one round trip to Redis. Processes take turns, and only the clock of the Redis server counts,
//! so the clocks of the machines do not matter. A process that crashes does not block the others: its reserved slots
//! count as sent.
//!
//! While Redis is unreachable, calls fail with [`ErrorKind::Connection`](crate::ErrorKind::Connection), and nothing is
//! sent. With [`RedisLimits::local_share`], each process uses its share of the limits instead. Until the windows of the
//! other processes have passed, it sends at most as many requests as it has just sent. This is safe if there are no
//! more processes than the number passed to `local_share`, and if Redis is unreachable for all of them.
//!
//! After a restart, Redis may have lost some of the sent requests, so all windows count as full: calls wait for up to a
//! minute, and availability checks for up to 30 minutes. With a local share, calls use that share during this time.
//!
//! # Several keys
//!
//! Each key has its own limits. If your program uses several accounts, build a client for each of them.
//! [`ClientBuilder::from_env_prefixed`] reads several keys from the environment. The workspaces of one account share
//! its key, and [`Zapmail::workspace`] returns a derived client.
//!
//! Next: [testing with the sandbox](super::testing_with_the_sandbox), to run your program without the live service.
//!
//! [`RateLimiter`]: crate::RateLimiter
//! [`RateLimiter::redis`]: crate::RateLimiter::redis
//! [`Redis::with_root_certificate`]: crate::Redis::with_root_certificate
//! [`RedisLimits::local_share`]: crate::RedisLimits::local_share
//! [`Timeouts::call`]: crate::Timeouts::call
//! [`ClientBuilder::from_env_prefixed`]: crate::ClientBuilder::from_env_prefixed
//! [`Zapmail::workspace`]: crate::Zapmail::workspace
