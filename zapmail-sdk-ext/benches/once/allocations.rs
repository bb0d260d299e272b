//! Allocations of one call over an open connection.

use allocation_counter::AllocationInfo;

use crate::report::{Report, Row};
use crate::runtime;
use crate::support::clients::{Clients, Operation, WAYS};
use crate::support::service::Service;

/// The number of calls counted; allocations that only some calls make average out.
const CALLS: u32 = 100;

const OPERATIONS: [(&str, &str, Operation); 3] = [
    ("get_user: allocations", "get_user: allocated", Operation::GetUser),
    (
        "list_mailboxes, 100 domains of 3: allocations",
        "list_mailboxes, 100 domains of 3: allocated",
        Operation::ListMailboxes,
    ),
    ("an error, status 404: allocations", "an error, status 404: allocated", Operation::Fails),
];

pub fn count(report: &mut Report) {
    let runtime = runtime();
    let clients = Clients::of(Service::PROMPT.start());
    for (number, size, operation) in OPERATIONS {
        let all = WAYS.map(|(name, way)| {
            let calls = |times| {
                runtime.block_on(async {
                    for _ in 0..times {
                        clients.call(way, operation).await;
                    }
                })
            };
            calls(CALLS);
            (name, allocation_counter::measure(|| calls(CALLS)))
        });
        let (by_hand, _) = all[0];
        for (name, found) in all {
            let against = (name != by_hand).then_some(by_hand);
            let mut add = |group, unit, value| report.add(Row { group, name, value, unit, against });
            add(number, "", per_call(found, |found| found.count_total));
            add(size, "bytes", per_call(found, |found| found.bytes_total));
        }
    }
}

fn per_call(found: AllocationInfo, of: impl Fn(AllocationInfo) -> u64) -> f64 {
    of(found) as f64 / f64::from(CALLS)
}
