//! Parts of a call: decoding, and a cached code.

use std::hint::black_box;

use criterion::Criterion;
use serde_json::Value;
use uuid::Uuid;
use zapmail_sdk::types::MailboxPageEnvelope;
use zapmail_sdk_ext::OtpTarget;

use crate::clock::{ThreadTime, runtime, time};
use crate::support::clients::Clients;
use crate::support::service::Service;

pub fn bench(criterion: &mut Criterion<ThreadTime>) {
    decoding(criterion);
    cached_code(criterion);
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

fn cached_code(criterion: &mut Criterion<ThreadTime>) {
    let runtime = runtime();
    let clients = Clients::of(Service::PROMPT.start());
    let otp = clients.ext().otp(OtpTarget::mailbox(Uuid::from_u128(7)));
    runtime.block_on(otp.current()).unwrap();
    criterion.benchmark_group("an authenticator code").bench_function("cached", |bencher| {
        bencher.iter_custom(|times| {
            time(&runtime, async {
                for _ in 0..times {
                    black_box(otp.current().await.unwrap());
                }
            })
        });
    });
}
