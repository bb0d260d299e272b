//! The processor time of one call: by hand, with the raw client, and with `Zapmail`.

use cpu_time::ThreadTime;
use tokio::runtime::Runtime;

use crate::clients::{Clients, Operation, WAYS, Way};
use crate::row;
use crate::service::Service;

const ROUNDS: usize = 15;

/// The operations, and the number of calls of each per round, which take about a tenth of a second.
const OPERATIONS: [(&str, Operation, u32); 2] =
    [("get_user", Operation::GetUser, 2_000), ("list_mailboxes, 100 domains of 3", Operation::ListMailboxes, 100)];

/// The maximum ratio of `Zapmail` to a call by hand.
const GOAL: f64 = 1.05;

pub fn measure(runtime: &Runtime, quick: bool) {
    let clients = Clients::of(Service::PROMPT.start());
    let rounds = if quick { 1 } else { ROUNDS };
    for (name, operation, calls) in OPERATIONS {
        let time = |way, calls| {
            let start = ThreadTime::now();
            runtime.block_on(async {
                for _ in 0..calls {
                    clients.call(way, operation).await;
                }
            });
            start.elapsed().as_secs_f64() * 1e6 / f64::from(calls)
        };
        // Opens the connections.
        WAYS.iter().for_each(|(_, way)| _ = time(*way, 1));
        // The ways take turns and are compared within a round, because the load of other programs changes.
        let rounds: Vec<_> = (0..rounds).map(|_| WAYS.map(|(_, way)| time(way, calls))).collect();
        for (number, (way_name, way)) in WAYS.into_iter().enumerate() {
            let value = format!("{:.1} µs", median(rounds.iter().map(|times| times[number])));
            let ratio = (number > 0).then(|| median(rounds.iter().map(|times| times[number] / times[0])));
            let goal = ratio.filter(|_| matches!(way, Way::Ext)).map(|ratio| (ratio, GOAL));
            row(&format!("processor time of {name}"), way_name, &value, ratio, goal);
        }
    }
}

fn median(numbers: impl Iterator<Item = f64>) -> f64 {
    let mut numbers: Vec<_> = numbers.collect();
    numbers.sort_by(f64::total_cmp);
    numbers[numbers.len() / 2]
}
