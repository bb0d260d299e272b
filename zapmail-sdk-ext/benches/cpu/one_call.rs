//! One call by hand, with the raw client and with `Zapmail`: one at a time, and 32 at a time.

use criterion::Criterion;
use futures::future::join_all;

use crate::clock::{ThreadTime, runtime, time};
use crate::support::clients::{Clients, Operation, WAYS};
use crate::support::service::Service;

const CALLS: [(&str, Operation, u32); 5] = [
    ("get_user", Operation::GetUser, 1),
    ("get_user, 32 at a time", Operation::GetUser, 32),
    ("list_mailboxes, 100 domains of 3", Operation::ListMailboxes, 1),
    ("list_mailboxes, 32 at a time", Operation::ListMailboxes, 32),
    ("an error, status 404", Operation::Fails, 1),
];

pub fn bench(criterion: &mut Criterion<ThreadTime>) {
    let runtime = runtime();
    let clients = Clients::of(Service::PROMPT.start());
    for (name, operation, at_a_time) in CALLS {
        let mut group = criterion.benchmark_group(name);
        for (way_name, way) in WAYS {
            group.bench_function(way_name, |bencher| {
                bencher.iter_custom(|times| {
                    let all = time(&runtime, async {
                        for _ in 0..times {
                            join_all((0..at_a_time).map(|_| clients.call(way, operation))).await;
                        }
                    });
                    all / at_a_time
                });
            });
        }
        group.finish();
    }
}
