//! What must always be true, in plain words.
//!
//! Some of it is judged when it happens, in the workloads: what a program is told, it may rely on at once. The rest is
//! judged here, over everything that was recorded.

use std::collections::BTreeMap;
use std::time::Duration;

use zapmail_sdk::operations::Bucket;
use zapmail_sdk_ext::ErrorKind;

use crate::plan::Limits;
use crate::records::{Claim, Exchange, Records, Said};
use crate::weather::Fault;
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
pub const INVARIANTS: [Invariant; 13] = [
    judged(
        "no window is exceeded",
        "The service never gets more requests in a window than its limits allow: from one limiter, or from all that share \
         Redis. Requests that took longer to arrive than the client can know are left out.",
        windows,
    ),
    judged(
        "no purchase is made twice",
        "Under a key, a purchase is made once, whatever happens to processes. Without a key, each call buys at most once.",
        purchases,
    ),
    judged(
        "what does not repeat is not repeated",
        "After an attempt that the service may have carried out, an operation that is not idempotent is not sent again.",
        repetitions,
    ),
    judged(
        "what is reported is true",
        "A call that is reported as done was carried out; one that is reported as not processed was not; the number of \
         attempts is that of the requests. An accepted assignment exists, one that was not sent does not.",
        reports,
    ),
    judged(
        "one request fetches a code",
        "While a code is valid, or is being fetched, a process requests it once for each account, however many wait for it.",
        codes,
    ),
    judged(
        "nothing fails without a reason",
        "If no request meets a fault, and nothing else goes wrong, every call succeeds.",
        failures,
    ),
    judged(
        "delays are those that were asked for",
        "After a 429 with a valid `Retry-After`, no request of the limiter is sent before that time.",
        delays,
    ),
    at_once("no expired code is handed out", "A code that is handed out is valid then, for as long as was asked for."),
    at_once(
        "a list yields what was there",
        "A list that ends well has yielded each row that was there throughout, and none twice, unless rows have come as well \
         as gone, or each time that it was read again.",
    ),
    at_once("every future ends", "Every call and wait ends within its timeout, whatever happens."),
    at_once(
        "a journal remembers each purchase",
        "Every purchase under a key that was made is in its journal, whatever was torn, and those that are open can be settled.",
    ),
    at_once("no credential is printed", "No error, `Debug`, or trace contains a key, a password, a secret, or a seed."),
    at_once(
        "nothing is left behind",
        "When all programs are done, an idle client sends nothing, and a dropped one leaves no task and no file.",
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

fn windows(world: &World, records: &Records) -> Vec<String> {
    // A share of the limits holds only if all processes know that Redis is away.
    if world.plan.limits == Limits::RedisOrShare && world.plan.has_partial_views() {
        return Vec::new();
    }
    let mut broken = Vec::new();
    for (limiter, exchanges) in by_limiter(world, records) {
        for (bucket, most, length) in LIMITS {
            let is_counted = |exchange: &&&Exchange| bucket == Bucket::General || exchange.operation.bucket == bucket;
            let mut arrivals: Vec<_> = exchanges
                .iter()
                .filter(is_counted)
                .filter_map(|exchange| {
                    let arrives_at = exchange.arrives_at?;
                    Some((arrives_at, arrives_at - exchange.began_at > ALLOWANCE))
                })
                .collect();
            arrivals.sort();
            for window in arrivals.windows(most + 1) {
                let (first, last) = (window[0].0, window[most].0);
                if last - first < length && !window.iter().any(|(_, is_late)| *is_late) {
                    broken.push(format!("{limiter}: {} requests from {first:?} to {last:?}", most + 1));
                }
            }
        }
    }
    broken.truncate(3);
    broken
}

fn purchases(_world: &World, records: &Records) -> Vec<String> {
    let mut made = BTreeMap::<_, usize>::new();
    let bought =
        |exchange: &&Exchange| exchange.operation.id == "purchase_addon_mailboxes" && exchange.carried_out_at.is_some();
    for exchange in records.exchanges.iter().filter(bought) {
        let what = match &exchange.subject {
            Some(key) => format!("{key} of account {}", exchange.account),
            None => format!("the purchase of call {}", exchange.call),
        };
        *made.entry(what).or_default() += 1;
    }
    made.into_iter()
        .filter(|(_, times)| *times > 1)
        .map(|(what, times)| format!("{what} was made {times} times"))
        .collect()
}

fn repetitions(_world: &World, records: &Records) -> Vec<String> {
    let mut sent = BTreeMap::<_, Vec<&Exchange>>::new();
    for exchange in records.exchanges.iter().filter(|exchange| !exchange.operation.is_safe_to_retry()) {
        sent.entry((exchange.call, exchange.operation.id)).or_default().push(exchange);
    }
    // An assignment sends several requests, each for other domains.
    let calls = sent.into_iter().filter(|((_, operation), _)| *operation != "assign_mailboxes");
    calls
        .filter(|(_, exchanges)| exchanges.iter().filter(|exchange| exchange.carried_out_at.is_some()).count() > 1)
        .map(|((call, operation), _)| format!("{operation} of call {call} was carried out twice"))
        .collect()
}

fn reports(_world: &World, records: &Records) -> Vec<String> {
    records.claims.iter().filter_map(|claim| untrue(records, claim)).collect()
}

/// What is not true about what a client said of a call.
fn untrue(records: &Records, claim: &Claim) -> Option<String> {
    let Claim { call, operation, key, said, at } = claim;
    let exchanges: Vec<_> = records
        .exchanges
        .iter()
        .filter(|exchange| exchange.call == *call && exchange.operation.id == operation.id)
        .collect();
    let is_carried_out = |exchange: &&&Exchange| exchange.carried_out_at.is_some();
    let done = exchanges.iter().any(|exchange| is_carried_out(&exchange));
    let is_code = operation.id == "get_authenticator_code";
    let reason = match *said {
        Said::Done => {
            let known = |exchange: &Exchange| {
                exchange.subject == *key && exchange.carried_out_at.is_some_and(|carried_out_at| carried_out_at <= *at)
            };
            // The response of a purchase can be one that was recorded, and a code is often another call's.
            let done = done || is_code || key.is_some() && records.exchanges.iter().any(known);
            if done { return None } else { "is reported as done, and was not carried out".to_owned() }
        }
        Said::Failed { kind: ErrorKind::AlreadyBought, .. } => {
            let bought =
                records.exchanges.iter().any(|exchange| exchange.subject == *key && exchange.carried_out_at.is_some());
            if bought { return None } else { "is reported as bought, and was not".to_owned() }
        }
        // Each page, and each code, is a call of its own.
        Said::Failed { maybe_done: false, .. } if done && operation.paging.is_none() && !is_code => {
            "is reported as not processed, and was carried out".to_owned()
        }
        // A purchase with a journal consists of several calls, too.
        Said::Failed { attempts, .. } if key.is_none() && operation.paging.is_none() && !is_code => {
            let sent = exchanges.len();
            if usize::try_from(attempts) == Ok(sent) {
                return None;
            }
            format!("is reported with {attempts} attempts, and {sent} requests were sent")
        }
        Said::Failed { .. } => return None,
    };
    Some(format!("{} of call {call} {reason}", operation.id))
}

fn codes(_world: &World, records: &Records) -> Vec<String> {
    let mut by_account = BTreeMap::<_, Vec<&Exchange>>::new();
    for exchange in records.exchanges.iter().filter(|exchange| exchange.operation.id == "get_authenticator_code") {
        by_account.entry((exchange.life, exchange.subject.clone())).or_default().push(exchange);
    }
    let mut broken = Vec::new();
    for exchanges in by_account.values() {
        for pair in exchanges.windows(2) {
            let [one, next] = pair else { continue };
            let number = next.call;
            if one.ended_at().is_none_or(|ended_at| ended_at > next.began_at) {
                broken.push(format!("call {number} requests a code while call {} does", one.call));
            }
            let is_known = one.delivered_at.is_some() && one.fault.is_none();
            if let Some(code) = one.code.as_ref().filter(|_| is_known)
                && next.began_at < code.expires_at
            {
                broken.push(format!("call {number} requests a code although that of call {} is valid", one.call));
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
        Said::Failed { kind: ErrorKind::Conflict | ErrorKind::OutcomeUnknown, .. } if claim.key.is_some() => None,
        // Its mailbox was moved to another workspace.
        Said::Failed { kind: ErrorKind::NotFound, .. } if !world.plan.turns.is_empty() => None,
        Said::Failed { kind, .. } => Some(format!("{} of call {} failed: {kind:?}", claim.operation.id, claim.call)),
        Said::Done => None,
    });
    failed.collect()
}

fn delays(world: &World, records: &Records) -> Vec<String> {
    let mut broken = Vec::new();
    for (limiter, exchanges) in by_limiter(world, records) {
        if world.plan.limits != Limits::Process {
            // Another process hears of it with its next slot.
            continue;
        }
        for refused in &exchanges {
            let Some(Fault::TooMany(delay)) = &refused.fault else { continue };
            let (Some(heard_at), true) = (refused.delivered_at, refused.status.is_none()) else { continue };
            let until = heard_at + delay.least();
            let early = exchanges.iter().find(|exchange| exchange.began_at > heard_at && exchange.began_at < until);
            if let Some(early) = early {
                broken
                    .push(format!("{limiter}: call {} is sent at {:?}, before {until:?}", early.call, early.began_at));
            }
        }
    }
    broken.truncate(3);
    broken
}
