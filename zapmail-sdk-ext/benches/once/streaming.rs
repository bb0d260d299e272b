//! A list of 100,000 mailboxes, item by item: processor time and peak memory.

use futures::{StreamExt, TryStreamExt};
use zapmail_sdk_ext::Paged;

use crate::report::{Report, Row};
use crate::runtime;
use crate::support::clients::Clients;
use crate::support::service::{PER_DOMAIN, Service};

const GROUP: &str = "streaming mailboxes, 300 per page: peak memory";

pub fn measure(report: &mut Report, quick: bool) {
    let pages = if quick { 4 } else { 334 };
    let service = Service { pages, ..Service::PROMPT };
    let mailboxes = usize::try_from(pages * PER_DOMAIN * service.domains).unwrap();
    let clients = Clients::of(service.start());
    let runtime = runtime();
    let stream = |count: usize| {
        runtime.block_on(async {
            let items = clients.ext().list_mailboxes().limit(100u32).items().take(count);
            items.try_fold(0, |count, _| std::future::ready(Ok(count + 1))).await.unwrap()
        })
    };
    // Opens the connection, and makes the allocations that occur only once.
    stream(1);
    let peak = |count| allocation_counter::measure(|| assert_eq!(stream(count), count)).bytes_max as f64;
    let (first, all) = (peak(1_000.min(mailboxes)), peak(mailboxes));
    let unit = "bytes";
    let against = Some("the first 1,000");
    report.add(Row { group: GROUP, name: "the first 1,000", value: first, unit, against: None });
    report.add(Row { group: GROUP, name: "all 100,200", value: all, unit, against });
    // The set of identities, which detects repeated items, takes 17 bytes per slot: 16 for the identity, and 1 for the
    // set itself. The peak is reached while it grows, when the set of half the size still exists.
    let slots = (mailboxes * 8 / 7).next_power_of_two();
    let rest = all - (slots * 17 * 3 / 2) as f64;
    report.add(Row { group: GROUP, name: "all 100,200, less the ids", value: rest, unit, against });

    let start = cpu_time::ThreadTime::now();
    stream(mailboxes);
    let each = start.elapsed().as_secs_f64() * 1e9 / mailboxes as f64;
    report.add(Row {
        group: "streaming mailboxes: processor time per mailbox",
        name: "zapmail-sdk-ext",
        value: each,
        unit: "ns",
        against: None,
    });
}
