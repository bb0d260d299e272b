//! Generation of plans from seeds.

use std::time::Duration;

use fastrand::Rng;

use super::{
    Action, CodeUsage, ENOUGH, Event, Fate, JournalStore, Limits, List, Plan, PlannedDomain, ProcessPlan, Provision,
    Source, Turn, Weather, Work,
};

const MILLISECOND: Duration = Duration::from_millis(1);
const SECOND: Duration = Duration::from_secs(1);

/// The approximate times at which the purchase of domains, the creation of mailboxes, and the search for lost requests
/// end in a provisioning run.
const PROVISIONING: [Duration; 3] = [Duration::from_secs(20), Duration::from_secs(400), Duration::from_secs(1200)];

/// The maximum number of domains of an account.
const MAX_DOMAINS: usize = 12;

pub(super) fn plan(seed: u64) -> Plan {
    let rng = &mut Rng::with_seed(seed);
    let accounts = if rng.u8(..5) == 0 { 2 } else { 1 };
    let processes: Vec<_> = (0..rng.usize(1..=3))
        .map(|number| ProcessPlan { account: number % accounts, has_key_provider: rng.bool() })
        .collect();
    let limits = match rng.u8(..4) {
        0 => Limits::Redis,
        1 => Limits::RedisOrShare,
        _ => Limits::Process,
    };
    let journal = if rng.u8(..3) == 0 { JournalStore::Redis } else { JournalStore::File };
    let weather = weather(rng);
    let lasts = SECOND * rng.u32(5..90);
    let domains = rng.usize(3..=MAX_DOMAINS);
    let focus = rng.u8(..12);
    let actions = (0..rng.u32(1..=24))
        .map(|id| Action {
            id,
            process: rng.usize(..processes.len()),
            at: within(rng, lasts),
            workspace: [None, Some(0), Some(1)][rng.usize(..3)],
            call: SECOND * [3, 10, 30, 60, 300][rng.usize(..5)],
            attempt: SECOND * [1, 5, 20, 60][rng.usize(..4)],
            attempts: rng.u32(1..=6),
            fate: fate(rng),
            work: work(rng, focus, domains),
        })
        .collect();
    let mut plan = Plan {
        seed,
        accounts,
        domains,
        mailboxes_per_domain: rng.usize(1..=3),
        limits,
        journal,
        processes,
        weather,
        wallet_cents: ENOUGH,
        provisions: Vec::new(),
        actions,
        turns: Vec::new(),
    };
    // Rare, because provisioning takes many requests.
    if rng.u8(..10) == 0 {
        provisions(rng, &mut plan, lasts);
    }
    turns(rng, &mut plan, lasts);
    if plan.is_calm() {
        // The timeouts are generous, so that every failure is a bug in the client.
        for action in &mut plan.actions {
            (action.call, action.attempt) = (24 * 3600 * SECOND, 120 * SECOND);
        }
    }
    plan
}

fn within(rng: &mut Rng, max: Duration) -> Duration {
    MILLISECOND * rng.u32(..=u32::try_from(max.as_millis()).unwrap_or(u32::MAX))
}

fn weather(rng: &mut Rng) -> Weather {
    let latency = MILLISECOND * [0, 5, 40, 90][rng.usize(..4)];
    let calm = Weather {
        connects: rng.u32(..1000),
        connect: MILLISECOND * [0, 20, 90][rng.usize(..3)],
        latency,
        works: rng.u32(..400),
        work: SECOND * rng.u32(..25),
        ..Weather::default()
    };
    if rng.u8(..4) == 0 {
        return calm;
    }
    let mut chance = |limit: u32| if rng.bool() { rng.u32(..limit) } else { 0 };
    let faulty = Weather {
        refused: chance(150),
        lost_before: chance(150),
        lost_after: chance(150),
        silent: chance(60),
        torn: chance(80),
        garbled: chance(40),
        failed_before: chance(150),
        failed_after: chance(100),
        too_many: chance(80),
        ..calm
    };
    if rng.u8(..6) > 0 {
        return faulty;
    }
    // The network is too slow to respect the rate limits.
    Weather { connect: 3 * SECOND, latency: 2 * SECOND, ..faulty }
}

fn fate(rng: &mut Rng) -> Fate {
    match rng.u8(..10) {
        0 => Fate::DroppedAfter(within(rng, 3 * SECOND)),
        1 => Fate::DroppedAtPoll(rng.u32(1..12)),
        2 => Fate::Neglected(rng.u32(1..10), within(rng, 40 * SECOND)),
        _ => Fate::Awaited,
    }
}

fn work(rng: &mut Rng, focus: u8, domains: usize) -> Work {
    // Two thirds of the plans focus on one kind of work.
    let kind = if focus < 8 && rng.u8(..4) > 0 { focus } else { rng.u8(..8) };
    match kind {
        0 => Work::ReadUser { times: times(rng) },
        1 => Work::CheckDomains { times: times(rng) },
        2 => Work::Tag { deletes: rng.bool() },
        3 => {
            let list = if rng.bool() { List::Mailboxes } else { List::Domains };
            Work::List { list, limit: rng.u32(1..=4), read_ahead: rng.usize(1..=5) }
        }
        4 => {
            let usage = match rng.u8(..5) {
                0 => CodeUsage::Current,
                1 | 2 => CodeUsage::ValidFor(within(rng, 28 * SECOND)),
                3 => CodeUsage::Stream(rng.usize(1..4)),
                _ => CodeUsage::FromSeed,
            };
            Work::Code { mailbox: rng.usize(..3), usage }
        }
        5 => {
            // The same key with a different quantity is a different purchase.
            let key = (rng.u8(..4) > 0).then(|| rng.u8(..3));
            Work::Buy { key, quantity: 1 + u32::from(rng.u8(..6) == 0) }
        }
        6 => Work::Assign {
            domains: (0..rng.usize(1..=3)).map(|_| rng.usize(..domains)).collect(),
            each: rng.usize(1..=2),
            batch: rng.usize(1..=2),
            skips_existing: rng.bool(),
            waits: rng.bool().then(|| SECOND * rng.u32(30..600)),
        },
        _ => Work::Webhook { delay: within(rng, 400 * SECOND), is_forged: rng.u8(..3) == 0 },
    }
}

/// Adds plans of domains and mailboxes, and actions that provision them. Several actions can share a plan.
fn provisions(rng: &mut Rng, plan: &mut Plan, lasts: Duration) {
    if rng.u8(..8) == 0 {
        // Sufficient for at most three domains.
        plan.wallet_cents = rng.u64(1000..4500);
    }
    plan.provisions = (0..rng.usize(1..=2)).map(|_| provision(rng, plan)).collect();
    let first = plan.actions.len();
    for id in first..first + rng.usize(1..=3) {
        plan.actions.push(Action {
            id: u32::try_from(id).unwrap_or(u32::MAX),
            process: rng.usize(..plan.processes.len()),
            at: within(rng, lasts),
            workspace: None,
            call: SECOND * [10, 30, 60, 300][rng.usize(..4)],
            attempt: SECOND * [5, 20, 60][rng.usize(..3)],
            attempts: rng.u32(2..=6),
            fate: long_fate(rng),
            work: Work::Provision { plan: rng.usize(..plan.provisions.len()) },
        });
    }
}

fn provision(rng: &mut Rng, plan: &Plan) -> Provision {
    let mut sources = vec![Source::Buy; rng.usize(1..=3)];
    let others = [(3, Source::Connect), (3, Source::Owned(rng.usize(..plan.domains))), (8, Source::Taken)];
    sources.extend(others.into_iter().filter(|(rarity, _)| rng.u8(..*rarity) == 0).map(|(_, source)| source));
    Provision {
        workspace: [None, Some(0), Some(1)][rng.usize(..3)],
        domains: sources.into_iter().map(|source| PlannedDomain { source, mailboxes: rng.usize(1..=2) }).collect(),
        has_settings: rng.bool(),
        exports: rng.u8(..3) == 0,
        // Sometimes too little for two domains.
        at_most: if rng.u8(..12) == 0 { 14 } else { 100 },
    }
}

/// The fate of long-running work.
fn long_fate(rng: &mut Rng) -> Fate {
    match rng.u8(..10) {
        0 | 1 => Fate::DroppedAfter(while_provisioning(rng)),
        2 => Fate::DroppedAtPoll(rng.u32(1..400)),
        3 => Fate::Neglected(rng.u32(1..400), within(rng, 1200 * SECOND)),
        _ => Fate::Awaited,
    }
}

/// A random time during provisioning.
fn while_provisioning(rng: &mut Rng) -> Duration {
    let end = PROVISIONING[rng.usize(..PROVISIONING.len())];
    within(rng, end)
}

/// The number of concurrent calls: mostly one, and sometimes more than a window allows.
fn times(rng: &mut Rng) -> u32 {
    match rng.u8(..40) {
        0 => rng.u32(100..260),
        1..5 => rng.u32(2..40),
        _ => 1,
    }
}

fn turns(rng: &mut Rng, plan: &mut Plan, lasts: Duration) {
    if rng.bool() {
        return;
    }
    for _ in 0..rng.u32(1..=4) {
        // Processes that provision are killed more often.
        let is_killed = !plan.provisions.is_empty() && rng.u8(..3) == 0;
        let event = match if is_killed { 0 } else { rng.u8(..12) } {
            0 | 1 => Event::Crash {
                process: rng.usize(..plan.processes.len()),
                // Half of the processes restart within a second, while requests are in flight.
                down_for: if rng.bool() { within(rng, SECOND) } else { within(rng, 20 * SECOND) },
                torn: rng.bool().then(|| rng.u8(..)),
            },
            2 => Event::Sleep(within(rng, 900 * SECOND)),
            10 => Event::Stall(within(rng, 900 * SECOND)),
            11 => Event::RedisClock(within(rng, 100 * SECOND)),
            3 => Event::ServiceClock(within(rng, 120 * SECOND)),
            4 => Event::WallClock(rng.i64(-5000..5000)),
            5 => Event::NewKey { account: rng.usize(..plan.accounts) },
            6 | 7 => Event::MoveDomain { account: rng.usize(..plan.accounts), domain: rng.usize(..plan.domains) },
            8 => Event::RedisAway { time: within(rng, 30 * SECOND), is_silent: rng.bool() },
            // A journal in Redis must not lose its data.
            _ => Event::RedisRestart { keeps_data: plan.journal == JournalStore::Redis || rng.bool() },
        };
        // Most disturbances happen during an action.
        let at = match plan.actions.get(rng.usize(..=plan.actions.len())) {
            Some(Action { at, work: Work::Provision { .. }, .. }) => *at + while_provisioning(rng),
            Some(action) => action.at + within(rng, 3 * SECOND),
            None => within(rng, lasts),
        };
        plan.turns.push(Turn { at, event });
    }
    plan.turns.sort_by_key(|turn| turn.at);
}
