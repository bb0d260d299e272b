//! Invariants that must hold in every simulation, in plain words.
//!
//! Some invariants are checked immediately in the workloads, because a program can rely on a result as soon as it is
//! returned. The others are checked here, against the records of the whole simulation.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use zapmail_sdk::operations::Bucket;
use zapmail_sdk_ext::{ErrorKind, Operation};

use crate::plan::{ENOUGH, Event, Limits};
use crate::records::{Claim, Exchange, Purchase, Records, Reported, Violation};
use crate::weather::Fault;
use crate::workload::provision::SETTLE;
use crate::world::World;

/// An invariant of the simulation.
#[derive(Debug)]
pub struct Invariant {
    /// The short name.
    pub name: &'static str,
    /// The full statement.
    pub statement: &'static str,
    /// Finds violations in the records; `None` if the workloads check the invariant.
    check: Option<fn(&World, &Records) -> Vec<String>>,
}

/// All invariants.
pub const INVARIANTS: [Invariant; 15] = [
    recorded(
        "no window is exceeded",
        "The service never receives more requests in a window than its limits allow, from one limiter or from all \
         limiters that share Redis. Requests that took longer to arrive than the client can know do not count.",
        windows,
    ),
    recorded(
        "no purchase is made twice",
        "With a key, a purchase is made once, whatever happens to processes. Without a key, each call buys at most \
         once. The ledger of the service contains no other purchases.",
        purchases,
    ),
    recorded(
        "nothing is provisioned twice",
        "Each domain of a plan is bought at most once, and each of its mailboxes is created at most once, whatever \
         happens to processes. No request for an item is sent while an earlier one might still arrive, or after one \
         was processed.",
        provisions,
    ),
    recorded(
        "non-idempotent operations are not retried",
        "After an attempt that the service might have processed, an operation that is not idempotent is not sent again.",
        repetitions,
    ),
    recorded(
        "reports are correct",
        "A call that is reported as successful was processed. A call that is reported as not processed was not, and a \
         call that is reported as possibly processed was sent. An error contains the number of attempts. An accepted \
         assignment exists, and an assignment that was not sent does not. A plan that is reported as complete is \
         complete: its domains and mailboxes are active, its settings are in effect, and its mailboxes were exported. \
         Domains that it reports as bought were charged or invoiced, and domains that cannot be bought were not \
         charged.",
        reports,
    ),
    recorded(
        "a code is requested once",
        "While a code is valid or being fetched, a process does not request it again for the same account and \
         workspace, regardless of the number of waiters.",
        codes,
    ),
    recorded(
        "failures have a reason",
        "Without faults and disturbances, every call succeeds, and every plan is completed, even if it was \
         interrupted before, unless there is too little money or there are too few slots. Incomplete items are \
         reported with a reason.",
        failures,
    ),
    recorded(
        "requested delays are respected",
        "After a 429 with a valid `Retry-After`, a process sends no request before that time.",
        delays,
    ),
    immediate(
        "no expired code is returned",
        "A returned code is valid at that time, for at least the requested duration.",
    ),
    immediate(
        "a list yields the existing rows",
        "A list that ends successfully has yielded exactly once each row that existed from its beginning to its end. \
         Rows can be missing only if rows were both added and removed, or if the list changed each time it was read.",
    ),
    immediate("every future ends", "Every call, wait and run of a plan ends within its timeouts."),
    immediate(
        "a journal contains every purchase",
        "Every purchase with a key is in its journal, even after a torn write, and open purchases can be settled.",
    ),
    immediate(
        "webhooks are verified correctly",
        "A delivery is accepted if and only if it was signed by the service, and not too long ago.",
    ),
    immediate(
        "no credential is printed",
        "No error, `Debug` output, trace or file contains a key, a password, a secret or a seed.",
    ),
    immediate(
        "nothing is left behind",
        "After all programs have ended, an idle client sends nothing, and a dropped client leaves no task and no \
         file. A finished run of a plan does not block other runs. Neither does a dropped run, with Redis after at \
         most 15 minutes.",
    ),
];

const fn recorded(
    name: &'static str,
    statement: &'static str,
    check: fn(&World, &Records) -> Vec<String>,
) -> Invariant {
    Invariant { name, statement, check: Some(check) }
}

const fn immediate(name: &'static str, statement: &'static str) -> Invariant {
    Invariant { name, statement, check: None }
}

/// Checks the recorded invariants.
pub(crate) fn check(world: &World) {
    let mut found = Vec::new();
    {
        let records = world.records();
        // The workloads have already recorded violations of the others.
        for Violation { invariant, .. } in &records.violations {
            debug_assert!(INVARIANTS.iter().any(|known| known.name == *invariant), "{invariant} is not listed");
        }
        for invariant in &INVARIANTS {
            let Some(check) = invariant.check else { continue };
            found.extend(check(world, &records).into_iter().map(|details| (invariant.name, details)));
        }
    }
    for (name, details) in found {
        world.violated(name, details);
    }
}

/// The minimum time that the client allows for the arrival of a request. Slower requests do not count.
const ALLOWANCE: Duration = Duration::from_millis(200);

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);
const HALF_HOUR: Duration = Duration::from_secs(30 * 60);

/// The documented limits of all requests, and of availability checks.
const LIMITS: [(Bucket, usize, Duration); 3] =
    [(Bucket::General, 5, SECOND), (Bucket::General, 200, MINUTE), (Bucket::DomainAvailability, 100, HALF_HOUR)];

/// The limiter of a request: one per process, or one per account.
fn limiter(world: &World, exchange: &Exchange) -> String {
    match world.plan.limits {
        Limits::Process => format!("{:?}", exchange.incarnation),
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

/// Whether the limits in Redis cannot be guaranteed in this plan.
fn cannot_be_guaranteed(world: &World, records: &Records) -> bool {
    let plan = &world.plan;
    // A slot that is reserved before the machine sleeps is used after it wakes up.
    let is_asleep = plan.has(|event| matches!(event, Event::Sleep(_)));
    // Shares of the limits are correct only if all processes notice that Redis is unavailable.
    let is_partial = plan.limits == Limits::RedisOrShare && plan.has_partial_views();
    // A loss of data in Redis is noticed only by processes that were connected before.
    let mut since = BTreeMap::new();
    for exchange in &records.exchanges {
        since.entry(exchange.incarnation).or_insert(exchange.began_at);
    }
    let has_newcomer = plan.losses().any(|lost_at| since.values().any(|since| *since > lost_at));
    plan.limits != Limits::Process && (is_asleep || is_partial || has_newcomer)
}

fn windows(world: &World, records: &Records) -> Vec<String> {
    if cannot_be_guaranteed(world, records) {
        return Vec::new();
    }
    let mut broken = Vec::new();
    for (limiter, exchanges) in by_limiter(world, records) {
        for (bucket, limit, length) in LIMITS {
            let is_counted = |exchange: &&&Exchange| bucket == Bucket::General || exchange.operation.bucket == bucket;
            let mut arrivals: Vec<_> = exchanges
                .iter()
                .filter(is_counted)
                .filter_map(|exchange| exchange.arrives_at.filter(|at| *at - exchange.began_at <= ALLOWANCE))
                .collect();
            arrivals.sort();
            for window in arrivals.windows(limit + 1) {
                let (first, last) = (window[0], window[limit]);
                if last - first < length {
                    broken.push(format!("{limiter}: {} requests from {first:?} to {last:?}", limit + 1));
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
            broken.push(format!("the ledger contains {} purchases, but {count} were requested", account.purchases()));
        }
    }
    broken
}

/// The requests for each item, by account, operation and item.
type Requests<'a> = BTreeMap<(usize, &'static str, &'a str), Vec<&'a Exchange>>;

fn provisions(world: &World, records: &Records) -> Vec<String> {
    let mut requests = Requests::new();
    for exchange in records.exchanges.iter().filter(|exchange| world.plan.provisions(exchange.call.action)) {
        for what in &exchange.requested_items {
            requests.entry((exchange.account, exchange.operation.id, what)).or_default().push(exchange);
        }
    }
    let mut broken = Vec::new();
    for ((account, operation, what), exchanges) in requests {
        for (nth, next) in exchanges.iter().enumerate() {
            let is_early = |earlier: &&&Exchange| {
                let is_unknown = earlier.is_ambiguous() && !earlier.is_refused();
                earlier.is_effective() || (is_unknown && next.began_at < earlier.began_at + SETTLE)
            };
            if let Some(earlier) = exchanges[..nth].iter().find(is_early) {
                let (at, before) = (next.began_at, earlier.began_at);
                broken.push(format!(
                    "{operation} for {what} of account {account}, sent at {before:?}, is sent again at {at:?}"
                ));
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

/// The operations that are not idempotent, independent of the client's own table.
const NOT_IDEMPOTENT: [&str; 3] = ["assign_mailboxes", "create_domain_tags", "purchase_addon_mailboxes"];

fn repetitions(world: &World, records: &Records) -> Vec<String> {
    let mut ambiguous = BTreeSet::new();
    let mut broken = Vec::new();
    // A run of a plan is a single call, and checks the account before it sends a request again.
    let is_checked = |exchange: &&Exchange| {
        NOT_IDEMPOTENT.contains(&exchange.operation.id) && !world.plan.provisions(exchange.call.action)
    };
    for exchange in records.exchanges.iter().filter(is_checked) {
        // A run of an assignment is a single call, which sends several batches as long as there is no fault.
        let call = (exchange.incarnation, exchange.call, exchange.operation.id);
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
    records.claims.iter().filter_map(|claim| incorrect(records, claim)).collect()
}

/// Checks a claim of a client, and returns how it differs from the records.
fn incorrect(records: &Records, claim: &Claim) -> Option<String> {
    let Claim { call, operation, account, purchase, reported, at } = claim;
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
    // Each page and each code is a separate call, and so are the reads before a purchase with a key.
    let is_single = operation.paging.is_none() && !is_code(operation) && purchase.is_none();
    let reason = match (*reported, purchase) {
        (Reported::Done, Some(purchase)) if !is_bought(purchase) => "is reported as successful, but was not bought",
        (Reported::Done, None) if !done && is_single => "is reported as successful, but was not processed",
        (Reported::Failed { kind: ErrorKind::AlreadyBought, .. }, Some(purchase)) if !is_bought(purchase) => {
            "is reported as bought, but was not"
        }
        (Reported::Failed { may_be_done: false, .. }, _)
            if done && operation.paging.is_none() && !is_code(operation) =>
        {
            "is reported as not processed, but was processed"
        }
        (Reported::Failed { may_be_done: true, .. }, _)
            if is_single && !exchanges.iter().any(|exchange| exchange.may_have_arrived()) =>
        {
            "is reported as possibly processed, but was not sent"
        }
        (Reported::Failed { kind: ErrorKind::NotFound | ErrorKind::Conflict, .. }, _) if is_single && done => {
            "is reported as rejected, but was processed"
        }
        (Reported::Failed { attempts, .. }, _) if is_single && usize::try_from(attempts) != Ok(exchanges.len()) => {
            return Some(format!(
                "{} of call {call} is reported with {attempts} attempts, but {} requests were sent",
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
    // A code also counts as expired if it has expired according to the wall clock.
    let sets_clock = world.plan.has(|event| matches!(event, Event::WallClock(_) | Event::Sleep(_)));

    let mut by_account = BTreeMap::<_, Vec<&Exchange>>::new();
    for exchange in records.exchanges.iter().filter(|exchange| exchange.is_code()) {
        by_account.entry((exchange.incarnation, exchange.subject.clone())).or_default().push(exchange);
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
                broken.push(format!(
                    "call {} requests a code although the code of call {} is valid",
                    next.call, one.call
                ));
            }
        }
    }
    broken
}

fn failures(world: &World, records: &Records) -> Vec<String> {
    if !world.plan.is_calm() {
        return Vec::new();
    }
    let failed = records.claims.iter().filter_map(|claim| match claim.reported {
        // Another call uses the key, or has used it for a different purchase.
        Reported::Failed { kind: ErrorKind::Conflict, .. } if claim.purchase.is_some() => None,
        // The call that used the key was dropped.
        Reported::Failed { kind: ErrorKind::OutcomeUnknown | ErrorKind::AlreadyBought, .. }
            if claim.purchase.is_some() =>
        {
            (world.plan.awaits_all()).then(|| format!("{} has no outcome", claim.call))
        }
        // Three consecutive codes arrived late.
        Reported::Failed { kind: ErrorKind::Timeout, .. } if is_code(claim.operation) => None,
        // The mailbox was moved to the other workspace.
        Reported::Failed { kind: ErrorKind::NotFound, .. }
            if is_code(claim.operation) && !world.plan.turns.is_empty() =>
        {
            None
        }
        // There is too little money.
        Reported::Failed { kind: ErrorKind::Invalid, .. }
            if is_slots(claim.operation) && world.plan.wallet_cents < ENOUGH =>
        {
            None
        }
        Reported::Failed { kind, .. } => {
            Some(format!("{} of call {} failed: {kind:?}", claim.operation.id, claim.call))
        }
        Reported::Done => None,
    });
    failed.collect()
}

fn delays(_world: &World, records: &Records) -> Vec<String> {
    let mut broken = Vec::new();
    for refused in &records.exchanges {
        let (Some(Fault::TooMany(delay)), Some(received_at)) = (&refused.fault, refused.delivered_at) else { continue };
        let until = received_at + delay.min_delay();
        let is_early = |exchange: &&Exchange| {
            exchange.incarnation == refused.incarnation && exchange.began_at > received_at && exchange.began_at < until
        };
        if let Some(early) = records.exchanges.iter().find(is_early) {
            broken.push(format!("call {} sends a request at {:?}, before {until:?}", early.call, early.began_at));
        }
    }
    broken.truncate(3);
    broken
}
