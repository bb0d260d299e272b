//! A list of 100,000 mailboxes, item by item: the time, and the memory that it takes on the way.

use futures::{StreamExt, TryStreamExt};
use zapmail_sdk_ext::prelude::*;

use crate::report::{Report, Row};
use crate::runtime;
use crate::support::clients::Clients;
use crate::support::service::{PER_DOMAIN, Service};

const GROUP: &str = "streaming mailboxes, 300 a page: most memory at a time";

pub fn measure(report: &mut Report, quick: bool) {
    let pages = if quick { 4 } else { 334 };
    let service = Service { pages, ..Service::PROMPT };
    let mailboxes = usize::try_from(pages * PER_DOMAIN * service.domains).unwrap();
    let clients = Clients::of(service.start());
    let runtime = runtime();
    let stream = |most: usize| {
        runtime.block_on(async {
            let items = clients.ext().list_mailboxes().limit(100u32).items().take(most);
            items.try_fold(0, |count, _| std::future::ready(Ok(count + 1))).await.unwrap()
        })
    };
    // The connection and what else is made once.
    stream(1);
    let peak = |most| allocation_counter::measure(|| assert_eq!(stream(most), most)).bytes_max as f64;
    let (first, all) = (peak(1_000.min(mailboxes)), peak(mailboxes));
    let unit = "bytes";
    let against = Some("the first 1,000");
    report.add(Row { group: GROUP, name: "the first 1,000", value: first, unit, against: None });
    report.add(Row { group: GROUP, name: "all 100,200", value: all, unit, against });
    // The set that tells an item that was given before holds 16 bytes an item, and one of its own a place. It is largest
    // while it grows, when the one of half the size is still there.
    let places = (mailboxes * 8 / 7).next_power_of_two();
    let rest = all - (places * 17 * 3 / 2) as f64;
    report.add(Row { group: GROUP, name: "all 100,200, less the ids", value: rest, unit, against });

    let start = cpu_time::ThreadTime::now();
    stream(mailboxes);
    let each = start.elapsed().as_secs_f64() * 1e9 / mailboxes as f64;
    report.add(Row {
        group: "streaming mailboxes: one of them",
        name: "zapmail-sdk-ext",
        value: each,
        unit: "ns",
        against: None,
    });
}
