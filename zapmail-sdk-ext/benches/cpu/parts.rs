//! Parts of a call by themselves: decoding, the quota, and a code that is in hand.

use std::hint::black_box;
use std::time::Duration;

use criterion::Criterion;
use futures::future::join_all;
use serde_json::Value;
use tokio::time::Instant;
use uuid::Uuid;
use zapmail_sdk::operations::Bucket;
use zapmail_sdk::types::MailboxPageEnvelope;
use zapmail_sdk_ext::OtpTarget;

use crate::clock::{ThreadTime, runtime, time};
use crate::limiter::Limiter;
use crate::quota::Quota;
use crate::support::clients::Clients;
use crate::support::service::Service;

/// As many as a limiter can let through before it has to make somebody wait.
const ROOM: u32 = 100_000;

const TASKS: u32 = 64;

pub fn bench(criterion: &mut Criterion<ThreadTime>) {
    decoding(criterion);
    quota(criterion);
    code_in_hand(criterion);
}

fn decoding(criterion: &mut Criterion<ThreadTime>) {
    let body = Service::PROMPT.page(1);
    let mut group = criterion.benchmark_group("decoding a page of 100 domains of 3");
    group.bench_function("serde_json::Value", |bencher| {
        bencher.iter(|| serde_json::from_slice::<Value>(black_box(&body)).unwrap());
    });
    group.bench_function("its type", |bencher| {
        bencher.iter(|| serde_json::from_slice::<MailboxPageEnvelope>(black_box(&body)).unwrap());
    });
    group.finish();
}

fn quota(criterion: &mut Criterion<ThreadTime>) {
    let runtime = runtime();
    let limiter = || Limiter::new(Quota::per_second(ROOM).per_minute(ROOM));
    let deadline = || Instant::now() + Duration::from_secs(3_600);
    let mut group = criterion.benchmark_group("the quota, one request");
    group.bench_function("nobody else", |bencher| {
        bencher.iter_custom(|times| {
            in_pieces(times, u64::from(ROOM), |times| {
                let (limiter, deadline) = (limiter(), deadline());
                time(&runtime, async {
                    for _ in 0..times {
                        black_box(limiter.admit(Bucket::General, deadline).await);
                    }
                })
            })
        });
    });
    group.bench_function("64 tasks", |bencher| {
        bencher.iter_custom(|times| {
            let all = in_pieces(times, u64::from(ROOM / TASKS), |times| {
                let (limiter, deadline) = (limiter(), deadline());
                let task = || async {
                    for _ in 0..times {
                        black_box(limiter.admit(Bucket::General, deadline).await);
                        // So that all of them want in at once.
                        tokio::task::yield_now().await;
                    }
                };
                time(&runtime, join_all((0..TASKS).map(|_| task())))
            });
            all / TASKS
        });
    });
    group.finish();
}

/// Measures so many times, with something new after each piece.
fn in_pieces(mut times: u64, piece: u64, measure: impl Fn(u64) -> Duration) -> Duration {
    let mut all = Duration::ZERO;
    while times > 0 {
        let now = times.min(piece);
        all += measure(now);
        times -= now;
    }
    all
}

fn code_in_hand(criterion: &mut Criterion<ThreadTime>) {
    let runtime = runtime();
    let clients = Clients::of(Service::PROMPT.start());
    let otp = clients.ext().otp(OtpTarget::mailbox(Uuid::from_u128(7)));
    runtime.block_on(otp.current()).unwrap();
    criterion.benchmark_group("an authenticator code").bench_function("in hand", |bencher| {
        bencher.iter_custom(|times| {
            time(&runtime, async {
                for _ in 0..times {
                    black_box(otp.current().await.unwrap());
                }
            })
        });
    });
}
