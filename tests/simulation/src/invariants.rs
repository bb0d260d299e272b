//! What must always be true, in plain words.
//!
//! Some of it is checked as it happens, in the workloads: a program may rely on what it is told at once. The rest is checked
//! here, over everything that was recorded.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use zapmail_sdk::operations::Bucket;
use zapmail_sdk_ext::{ErrorKind, Operation};

use crate::plan::{ENOUGH, Event, Limits};
use crate::records::{Claim, Exchange, Purchase, Records, Said};
use crate::weather::Fault;
use crate::workload::provision::SETTLE;
use crate::world::World;

/// Something that must always be true.
#[derive(Debug)]
pub struct Invariant {
    /// Its name.
    pub name: &'static str,
    /// What it says.
    pub says: &'static str,
    /// Returns where it is broken, if it is judged over the records.
    check: Option<fn(&World, &Records) -> Vec<String>>,
}

/// All of them.
pub const INVARIANTS: [Invariant; 15] = [
    judged(
        "no window is exceeded",
        "The service never gets more requests in a window than its limits allow, from one limiter or from all that share \
         Redis. Requests that took longer to arrive than the client can know do not count.",
        windows,
    ),
    judged(
        "no purchase is made twice",
        "Under a key, a purchase is made once, whatever happens to processes. Without a key, each call buys at most once. The \
         ledger of the service has no other purchase.",
        purchases,
    ),
    judged(
        "what is provisioned is there once",
        "Each domain of a plan is bought at most once, and each of its mailboxes is created at most once, whatever happens to \
         processes. While an earlier request for it may still arrive, and after one was carried out, none is sent.",
        provisions,
    ),
    judged(
        "what does not repeat is not repeated",
        "After an attempt that the service may have carried out, an operation that is not idempotent is not sent again.",
        repetitions,
    ),
    judged(
        "what is reported is true",
        "A call that is reported as done was carried out. One that is reported as not processed was not, and one that is \
         reported as possibly processed was sent. An error says how many attempts there were. An accepted assignment exists, \
         and one that was not sent does not. A plan that is reported as complete is: its domains and mailboxes are active, its \
         settings are in effect, and its mailboxes were exported. What it reports as bought was charged or invoiced, and what \
         cannot be bought was not charged.",
        reports,
    ),
    judged(
        "one request fetches a code",
        "While a code is valid, or is being fetched, a process requests it once for each account and workspace, however many \
         wait for it.",
        codes,
    ),
    judged(
        "nothing fails without a reason",
        "If no request meets a fault, and nothing else goes wrong, every call succeeds, and every plan is completed, also one \
         that was interrupted before: unless there is too little money or there are too few slots. What is not completed is \
         reported with a reason.",
        failures,
    ),
    judged(
        "delays are those that were asked for",
        "After a 429 with a valid `Retry-After`, a process sends no request before that time.",
        delays,
    ),
    at_once("no expired code is handed out", "A code that is handed out is valid then, for as long as was asked for."),
    at_once(
        "a list yields what was there",
        "A list that ends well has yielded each row once that was there from its beginning to its end. Only if rows came and \
         went, or if the list changed each time it was read, may some be missing.",
    ),
    at_once("every future ends", "Every call, wait and run of a plan ends within its timeouts, whatever happens."),
    at_once(
        "a journal remembers each purchase",
        "Every purchase that was made under a key is in its journal, whatever was torn, and those that are open can be settled.",
    ),
    at_once("webhooks are judged right", "A delivery is accepted if it was signed by the service, and not long ago."),
    at_once(
        "no credential is printed",
        "No error, `Debug`, trace, or file contains a key, a password, a secret, or a seed.",
    ),
    at_once(
        "nothing is left behind",
        "When all programs are done, an idle client sends nothing, and a dropped one leaves no task and no file. A run of a \
         plan that has ended keeps no other out, and neither does one that was dropped: at once, or after 15 minutes in Redis.",
    ),
];

const fn judged(name: &'static str, says: &'static str, check: fn(&World, &Records) -> Vec<String>) -> Invariant {
    Invariant { name, says, check: Some(check) }
}

const fn at_once(name: &'static str, says: &'static str) -> Invariant {
    Invariant { name, says, check: None }
}

/// Judges what was recorded.
pub(crate) fn check(world: &World) {
    let mut found = Vec::new();
    {
        let records = world.records();
        for invariant in &INVARIANTS {
            let Some(check) = invariant.check else { continue };
            found.extend(check(world, &records).into_iter().map(|seen| (invariant.name, seen)));
        }
    }
    for (name, seen) in found {
        world.violated(name, seen);
    }
}

/// A request arrives later than the client can know if it needs more than the shortest allowance.
const ALLOWANCE: Duration = Duration::from_millis(200);

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);
const HALF_HOUR: Duration = Duration::from_secs(30 * 60);

/// The documented limits: of all requests, and of availability checks.
const LIMITS: [(Bucket, usize, Duration); 3] =
    [(Bucket::General, 5, SECOND), (Bucket::General, 200, MINUTE), (Bucket::DomainAvailability, 100, HALF_HOUR)];

/// The limiter that a request belongs to: the process's, or that of its account.
fn limiter(world: &World, exchange: &Exchange) -> String {
    match world.plan.limits {
        Limits::Process => format!("{:?}", exchange.life),
        Limits::Redis | Limits::RedisOrShare => format!("account {}", exchange.account),
    }
}

fn by_limiter<'a>(world: &World, records: &'a Records) -> BTreeMap<String, Vec<&'a Exchange>> {
    let mut by_limiter = BTreeMap::<_, Vec<_>>::new();
    for exchange in &records.exchanges {
        by_limiter.entry(limiter(world, exchange)).or_default().push(exchange);
    }
    by_limiter
}

/// Whether the limits in Redis cannot be kept.
fn cannot_know(world: &World, records: &Records) -> bool {
    let plan = &world.plan;
    // A slot that is reserved when the machine falls asleep is used when it wakes up.
    let is_asleep = plan.has(|event| matches!(event, Event::Sleep(_)));
    // A share of the limits holds only if all processes know that Redis is away.
    let is_partial = plan.limits == Limits::RedisOrShare && plan.has_partial_views();
    // What Redis has lost is noticed by those who have talked to it before.
    let mut since = BTreeMap::new();
    for exchange in &records.exchanges {
        since.entry(exchange.life).or_insert(exchange.began_at);
    }
    let has_newcomer = plan.losses().any(|lost_at| since.values().any(|since| *since > lost_at));
    plan.limits != Limits::Process && (is_asleep || is_partial || has_newcomer)
}

fn windows(world: &World, records: &Records) -> Vec<String> {
    if cannot_know(world, records) {
        return Vec::new();
    }
    let mut broken = Vec::new();
    for (limiter, exchanges) in by_limiter(world, records) {
        for (bucket, most, length) in LIMITS {
            let is_counted = |exchange: &&&Exchange| bucket == Bucket::General || exchange.operation.bucket == bucket;
            let mut arrivals: Vec<_> = exchanges
                .iter()
                .filter(is_counted)
                .filter_map(|exchange| exchange.arrives_at.filter(|at| *at - exchange.began_at <= ALLOWANCE))
                .collect();
            arrivals.sort();
            for window in arrivals.windows(most + 1) {
                let (first, last) = (window[0], window[most]);
                if last - first < length {
                    broken.push(format!("{limiter}: {} requests from {first:?} to {last:?}", most + 1));
                }
            }
        }
    }
    broken.truncate(3);
    broken
}

fn purchases(world: &World, records: &Records) -> Vec<String> {
    let mut made = BTreeMap::<_, usize>::new();
    let mut by_account = vec![0; world.accounts.len()];
    for exchange in records.exchanges.iter().filter(|exchange| exchange.is_purchase()) {
        by_account[exchange.account] += 1;
        let what = match &exchange.subject {
            Some(key) => format!("{key} of account {}", exchange.account),
            None => format!("the purchase of call {}", exchange.call),
        };
        *made.entry(what).or_default() += 1;
    }
    let twice = made.into_iter().filter(|(_, times)| *times > 1);
    let mut broken: Vec<_> = twice.map(|(what, times)| format!("{what} was made {times} times")).collect();
    for (account, count) in world.accounts.iter().zip(by_account) {
        if account.purchases() != count {
            broken.push(format!("the ledger has {} purchases, and {count} were requested", account.purchases()));
        }
    }
    broken
}

/// What is asked for once, by account.
type Asked<'a> = BTreeMap<(usize, &'static str, &'a str), Vec<&'a Exchange>>;

fn provisions(world: &World, records: &Records) -> Vec<String> {
    let mut asked = Asked::new();
    for exchange in records.exchanges.iter().filter(|exchange| world.plan.provisions(exchange.call.action)) {
        for what in &exchange.asks_for {
            asked.entry((exchange.account, exchange.operation.id, what)).or_default().push(exchange);
        }
    }
    let mut broken = Vec::new();
    for ((account, operation, what), exchanges) in asked {
        for (nth, next) in exchanges.iter().enumerate() {
            let is_early = |earlier: &&&Exchange| {
                let is_unknown = earlier.is_ambiguous() && !earlier.is_refused();
                earlier.is_effective() || (is_unknown && next.began_at < earlier.began_at + SETTLE)
            };
            if let Some(earlier) = exchanges[..nth].iter().find(is_early) {
                let (at, before) = (next.began_at, earlier.began_at);
                broken
                    .push(format!("{operation} of {what} of account {account} at {before:?} is sent again at {at:?}"));
            }
        }
    }
    for (number, account) in world.accounts.iter().enumerate().filter(|_| !world.plan.provisions.is_empty()) {
        let sales = account.sales();
        let names: BTreeSet<_> = sales.iter().map(|sale| &sale.name).collect();
        if names.len() < sales.len() || account.domain_charges().len() != sales.len() {
            broken.push(format!("account {number} paid {:?} for {sales:?}", account.domain_charges()));
        }
        let addresses: Vec<_> = (0..account.workspaces.len())
            .flat_map(|workspace| account.mailboxes(workspace))
            .map(|mailbox| mailbox["email"].to_string())
            .collect();
        if addresses.iter().collect::<BTreeSet<_>>().len() < addresses.len() {
            broken.push(format!("account {number} has a mailbox twice: {addresses:?}"));
        }
    }
    broken
}

/// The operations that the client must not repeat, whatever it thinks of them.
const NOT_IDEMPOTENT: [&str; 3] = ["assign_mailboxes", "create_domain_tags", "purchase_addon_mailboxes"];

fn repetitions(world: &World, records: &Records) -> Vec<String> {
    let mut ambiguous = BTreeSet::new();
    let mut broken = Vec::new();
    // A run of a plan is a call, and looks before it sends something again.
    let is_judged = |exchange: &&Exchange| {
        NOT_IDEMPOTENT.contains(&exchange.operation.id) && !world.plan.provisions(exchange.call.action)
    };
    for exchange in records.exchanges.iter().filter(is_judged) {
        // A run of an assignment is a call. Its batches follow each other as long as nothing goes wrong.
        let call = (exchange.life, exchange.call, exchange.operation.id);
        if ambiguous.contains(&call) {
            broken.push(format!("{} of call {} is sent again", exchange.operation.id, exchange.call));
        }
        if exchange.is_ambiguous() && (exchange.fault.is_some() || exchange.operation.id != "assign_mailboxes") {
            ambiguous.insert(call);
        }
    }
    broken
}

fn reports(_world: &World, records: &Records) -> Vec<String> {
    records.claims.iter().filter_map(|claim| untrue(records, claim)).collect()
}

/// What is not true about what a client said of a call.
fn untrue(records: &Records, claim: &Claim) -> Option<String> {
    let Claim { call, operation, account, purchase, said, at } = claim;
    let is_own = |exchange: &&Exchange| {
        exchange.call == *call && exchange.account == *account && exchange.operation.id == operation.id
    };
    let exchanges: Vec<_> = records.exchanges.iter().filter(is_own).collect();
    let done = exchanges.iter().any(|exchange| exchange.carried_out_at.is_some());
    let is_bought = |purchase: &Purchase| {
        records.exchanges.iter().any(|exchange| {
            exchange.is_purchase()
                && exchange.account == *account
                && exchange.subject.as_ref() == Some(&purchase.key)
                && exchange.query == purchase.query
                && exchange.carried_out_at <= Some(*at)
        })
    };
    // Each page and each code is a call of its own, and so is what is read before a purchase with a key.
    let is_single = operation.paging.is_none() && operation.id != "get_authenticator_code" && purchase.is_none();
    let reason = match (*said, purchase) {
        (Said::Done, Some(purchase)) if !is_bought(purchase) => "is reported as done, and was not bought",
        (Said::Done, None) if !done && is_single => "is reported as done, and was not carried out",
        (Said::Failed { kind: ErrorKind::AlreadyBought, .. }, Some(purchase)) if !is_bought(purchase) => {
            "is reported as bought, and was not"
        }
        (Said::Failed { maybe_done: false, .. }, _) if done && operation.paging.is_none() && !is_code(operation) => {
            "is reported as not processed, and was carried out"
        }
        (Said::Failed { maybe_done: true, .. }, _)
            if is_single && !exchanges.iter().any(|exchange| exchange.was_served_or_lost()) =>
        {
            "is reported as possibly processed, and was not sent"
        }
        (Said::Failed { kind: ErrorKind::NotFound | ErrorKind::Conflict, .. }, _) if is_single && done => {
            "is reported as refused, and was carried out"
        }
        (Said::Failed { attempts, .. }, _) if is_single && usize::try_from(attempts) != Ok(exchanges.len()) => {
            return Some(format!(
                "{} of call {call} is reported with {attempts} attempts, and {} requests were sent",
                operation.id,
                exchanges.len()
            ));
        }
        _ => return None,
    };
    Some(format!("{} of call {call} {reason}", operation.id))
}

fn is_slots(operation: &Operation) -> bool {
    operation.id == "purchase_addon_mailboxes"
}

fn is_code(operation: &Operation) -> bool {
    operation.id == "get_authenticator_code"
}

fn codes(world: &World, records: &Records) -> Vec<String> {
    // A code counts as expired if it is by the wall clock.
    let sets_clock = world.plan.has(|event| matches!(event, Event::WallClock(_) | Event::Sleep(_)));

    let mut by_account = BTreeMap::<_, Vec<&Exchange>>::new();
    for exchange in records.exchanges.iter().filter(|exchange| exchange.operation.id == "get_authenticator_code") {
        by_account.entry((exchange.life, exchange.subject.clone())).or_default().push(exchange);
    }
    let mut broken = Vec::new();
    for exchanges in by_account.values() {
        for pair in exchanges.windows(2) {
            let [one, next] = pair else { continue };
            if one.ended_at().is_none_or(|ended_at| ended_at > next.began_at) {
                broken.push(format!("call {} requests a code while call {} does", next.call, one.call));
            }
            let is_known = one.delivered_at.is_some() && one.fault.is_none();
            if let Some(code) = one.code.as_ref().filter(|_| is_known && !sets_clock)
                && next.began_at < code.expires_at
            {
                broken.push(format!("call {} requests a code although that of call {} is valid", next.call, one.call));
            }
        }
    }
    broken
}

fn failures(world: &World, records: &Records) -> Vec<String> {
    if !world.plan.is_calm() {
        return Vec::new();
    }
    let failed = records.claims.iter().filter_map(|claim| match claim.said {
        // Another call has the key, or had it for another purchase.
        Said::Failed { kind: ErrorKind::Conflict, .. } if claim.purchase.is_some() => None,
        // The call that had it was dropped.
        Said::Failed { kind: ErrorKind::OutcomeUnknown | ErrorKind::AlreadyBought, .. } if claim.purchase.is_some() => {
            (world.plan.awaits_all()).then(|| format!("{} has no outcome", claim.call))
        }
        // Three codes in a row were late.
        Said::Failed { kind: ErrorKind::Timeout, .. } if is_code(claim.operation) => None,
        // Its mailbox was moved to another workspace.
        Said::Failed { kind: ErrorKind::NotFound, .. } if is_code(claim.operation) && !world.plan.turns.is_empty() => {
            None
        }
        // There is too little money.
        Said::Failed { kind: ErrorKind::Invalid, .. }
            if is_slots(claim.operation) && world.plan.wallet_cents < ENOUGH =>
        {
            None
        }
        Said::Failed { kind, .. } => Some(format!("{} of call {} failed: {kind:?}", claim.operation.id, claim.call)),
        Said::Done => None,
    });
    failed.collect()
}

fn delays(_world: &World, records: &Records) -> Vec<String> {
    let mut broken = Vec::new();
    for refused in &records.exchanges {
        let (Some(Fault::TooMany(delay)), Some(heard_at)) = (&refused.fault, refused.delivered_at) else { continue };
        let until = heard_at + delay.least();
        let is_early = |exchange: &&Exchange| {
            exchange.life == refused.life && exchange.began_at > heard_at && exchange.began_at < until
        };
        if let Some(early) = records.exchanges.iter().find(is_early) {
            broken.push(format!("call {} is sent at {:?}, before {until:?}", early.call, early.began_at));
        }
    }
    broken.truncate(3);
    broken
}
