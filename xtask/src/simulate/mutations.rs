//! Mutations of the client. The simulation must find each of them.

/// A change of the code at one location.
pub struct Mutation {
    /// The fault that the mutation introduces.
    pub name: &'static str,
    /// The file, relative to the root of the workspace.
    pub file: &'static str,
    /// The original code, which the file must contain exactly once.
    pub find: &'static str,
    /// The mutated code.
    pub replace: &'static str,
}

const QUEUE: &str = "zapmail-sdk-ext/src/policy/limiter/queue.rs";
const LIMITER: &str = "zapmail-sdk-ext/src/policy/limiter.rs";
const WINDOW: &str = "zapmail-sdk-ext/src/policy/limiter/window.rs";
const SLOTS: &str = "zapmail-sdk-ext/src/policy/limiter/shared/slots.lua";
const EXECUTION: &str = "zapmail-sdk-ext/src/client/execution.rs";
const CODES: &str = "zapmail-sdk-ext/src/codes.rs";
const CODE_CACHE: &str = "zapmail-sdk-ext/src/codes/cache.rs";
const OTP: &str = "zapmail-sdk-ext/src/otp.rs";
const PAGES: &str = "zapmail-sdk-ext/src/page/mod.rs";
const ONCE: &str = "zapmail-sdk-ext/src/client/once.rs";
const FILE: &str = "zapmail-sdk-ext/src/journal/file.rs";
const ASSIGN: &str = "zapmail-sdk-ext/src/assign/mod.rs";
const WAIT: &str = "zapmail-sdk-ext/src/wait/mod.rs";
const ORDERS: &str = "zapmail-sdk-ext/src/buy_domains.rs";
const LOOKUP: &str = "zapmail-sdk-ext/src/buy_domains/lookup.rs";
const RUN: &str = "zapmail-sdk-ext/src/journal/run.rs";
const PROVISION: &str = "zapmail-sdk-ext/src/provision.rs";
const MAILBOXES: &str = "zapmail-sdk-ext/src/provision/assignments.rs";

const fn mutation(name: &'static str, file: &'static str, find: &'static str, replace: &'static str) -> Mutation {
    Mutation { name, file, find, replace }
}

pub const MUTATIONS: [Mutation; 49] = [
    mutation(
        "a canceled waiter keeps its place in the queue",
        LIMITER,
        "let woken = self.limiter.state().leave(self.bucket, ticket, Instant::now());",
        "let woken: Vec<Waker> = { _ = ticket; Vec::new() };",
    ),
    mutation(
        "a request counts from when it is sent, not from when it arrives",
        QUEUE,
        "arrives_by: now + self.margin.allowance(),",
        "arrives_by: now,",
    ),
    mutation(
        "a response does not show when its request arrived",
        QUEUE,
        "let arrived_by = sent_at + self.margin.record_response(operation, response, now);",
        "self.margin.record_response(operation, response, now); let arrived_by = sent_at;",
    ),
    mutation(
        "only the window that is free first is respected",
        WINDOW,
        "self.limits.iter().filter_map(|limit| self.free_in(limit, slack)).max()",
        "self.limits.iter().filter_map(|limit| self.free_in(limit, slack)).min()",
    ),
    mutation(
        "availability checks are not counted separately",
        WINDOW,
        "change(&mut self.availability);\n        }",
        "}",
    ),
    mutation(
        "a delay that the service requests is ignored",
        EXECUTION,
        "policies.shared.limiter.delay_until(self.operation.bucket, retry_at);",
        "_ = retry_at;",
    ),
    mutation(
        "a retry does not wait as long as the service requests",
        EXECUTION,
        ".filter(|requested| !requested.is_zero())",
        ".filter(|requested| requested.is_zero())",
    ),
    mutation(
        "only the last attempt determines whether a request may have been processed",
        EXECUTION,
        "self.may_have_been_processed |= outcome",
        "self.may_have_been_processed = outcome",
    ),
    mutation(
        "an attempt can outlive its call",
        EXECUTION,
        "let until = cmp::min(self.deadline, later(sent_at, self.policies.timeouts.attempt));",
        "let until = later(sent_at, self.policies.timeouts.attempt); _ = cmp::min(1, 2);",
    ),
    mutation(
        "a retry waits beyond the deadline of its call",
        EXECUTION,
        "|| retry_at >= self.deadline {",
        "|| false {",
    ),
    mutation(
        "an expired code is served from the cache",
        CODE_CACHE,
        "Self::Ready(code) => (!code.remaining().is_zero()).then(|| Cached::Ready(code.clone())),",
        "Self::Ready(code) => Some(Cached::Ready(code.clone())),",
    ),
    mutation(
        "several waiters request the same code",
        CODE_CACHE,
        "fetch.upgrade().filter(|fetch| fetch.peek().is_none()).map(Cached::InFlight)",
        "fetch.upgrade().filter(|fetch| fetch.peek().is_some()).map(Cached::InFlight)",
    ),
    mutation(
        "a caller waits forever for a code that another call requests",
        CODE_CACHE,
        "match timeout_at(deadline, fetch.clone()).await {",
        "match timeout_at(deadline + std::time::Duration::from_secs(86400), fetch.clone()).await {",
    ),
    mutation(
        "a late waiter replaces a newer code",
        CODE_CACHE,
        "if entries.get(&key).is_some_and(|entry| entry.is_fetch(&fetch)) {",
        "{",
    ),
    mutation(
        "the lifetime of a code starts at its response, not at its request",
        OTP,
        "let code = OtpCode::new(code, sent_at + lifetime);",
        "let code = OtpCode::new(code, Instant::now() + lifetime);",
    ),
    mutation(
        "a code can have less remaining time than requested",
        OTP,
        "while code.remaining() < at_least {",
        "while code.remaining() < at_least / 2 {",
    ),
    mutation(
        "the last page of a list is skipped",
        PAGES,
        "u64::from(self.number(self.requested)) <= total {",
        "u64::from(self.number(self.requested)) < total {",
    ),
    mutation(
        "a list ends at a page that fails",
        PAGES,
        "                Some(Err(error)) => Some(Err(error)),\n                None => None,",
        "                Some(Err(_)) => None,\n                None => None,",
    ),
    mutation(
        "a row that moved to a different page is yielded again",
        PAGES,
        ".filter(|item| seen.insert(item.row_id()))",
        ".filter(|item| seen.insert(item.row_id()) || true)",
    ),
    mutation(
        "a list that changed is not read again",
        PAGES,
        "const MAX_PASSES: u32 = 3;",
        "const MAX_PASSES: u32 = 1;",
    ),
    mutation(
        "a purchase with an unknown outcome frees its key",
        ONCE,
        "!error.is_outcome_unknown() && (is_client_error || !error.may_have_been_processed())",
        "_ = is_client_error; true",
    ),
    mutation(
        "a purchase is sent before it is written to the journal",
        ONCE,
        "if let Err(error) = store.write(&entry).await {\n            // The entry",
        "if false && let Err(error) = store.write(&entry).await {\n            // The entry",
    ),
    mutation(
        "a key can be used for a different purchase",
        ONCE,
        "if entry.operation != wanted.operation || entry.request != wanted.request {",
        "if entry.operation != wanted.operation {",
    ),
    mutation("a dropped purchase counts as running", FILE, "self.state().dropped.push(entry.clone());", "_ = entry;"),
    mutation(
        "a torn line is read",
        FILE,
        "let complete = added.iter().rposition(|byte| *byte == b'\\n').map_or(0, |last| last + 1);",
        "let complete = added.len();",
    ),
    mutation(
        "a settled purchase frees its key",
        "zapmail-sdk-ext/src/journal.rs",
        "entry.state = EntryState::Settled;\n                self.0.write(&entry).await",
        "entry.state = EntryState::Settled;\n                self.0.remove(&entry).await",
    ),
    mutation(
        "a recorded response is not returned",
        ONCE,
        "(EntryState::Made, Some(response)) => {",
        "(EntryState::Made, Some(response)) if response.status == 1 => {",
    ),
    mutation(
        "in Redis, a key whose outcome is unknown is free",
        "zapmail-sdk-ext/src/journal/in_redis/claim.lua",
        "local is_free = known[3] == '1' and (not is_running or known[4] == ARGV[4])",
        "local is_free = not is_running",
    ),
    mutation(
        "in Redis, a request counts from the start of its slot",
        SLOTS,
        "add(1, member, at + margin)",
        "add(1, member, at)",
    ),
    mutation(
        "an assignment with an unknown outcome is reported as not sent",
        ASSIGN,
        "Err(_) => AssignState::Unknown,",
        "Err(_) => AssignState::NotSent,",
    ),
    mutation(
        "a wait continues after its timeout",
        WAIT,
        "let deadline = later(Instant::now(), self.timeout);",
        "let deadline = later(Instant::now(), self.timeout * 3);",
    ),
    mutation(
        "the code of a different mailbox is served",
        OTP,
        "self.target.clone());\n",
        "OtpTarget::mailbox(\"00000000-0000-4000-8000-000000000000\"));\n",
    ),
    mutation(
        "the lifetime of a code is extended while the machine sleeps",
        CODES,
        "if by_system + CLOCK_TOLERANCE < remaining + overdue { by_system } else { remaining }",
        "{ _ = by_system + CLOCK_TOLERANCE + overdue; remaining }",
    ),
    mutation(
        "a rejection after an unknown outcome is reported as a rejection",
        EXECUTION,
        "self.was_ambiguous\n            && self.operation.effect != Effect::Read",
        "self.was_ambiguous && false\n            && self.operation.effect != Effect::Read",
    ),
    mutation(
        "every error reports that the request may have been processed",
        EXECUTION,
        "self.may_have_been_processed |= outcome.as_ref().map_or_else(Error::may_have_been_processed, |_| true);",
        "self.may_have_been_processed = true;",
    ),
    mutation(
        "an accepted assignment is reported as unknown",
        ASSIGN,
        "Ok(_) => AssignState::Accepted,",
        "Ok(_) => AssignState::Unknown,",
    ),
    mutation(
        "provisioning requests mailboxes before the request is written to the journal",
        MAILBOXES,
        "requested.save(assigning.run, name).await?;\n        addresses.iter().for_each(|address| tracker.set_mailbox_state(address, MailboxState::Unknown, None));",
        "addresses.iter().for_each(|address| tracker.set_mailbox_state(address, MailboxState::Unknown, None));",
    ),
    mutation(
        "provisioning immediately requests mailboxes with an unknown outcome again",
        MAILBOXES,
        "sleep(if unknown.is_empty() { self.settle_time.min(LAG) } else { self.settle_time }).await;",
        "sleep(LAG.min(Duration::from_secs(1))).await;",
    ),
    mutation(
        "provisioning requests mailboxes again without looking for them",
        MAILBOXES,
        "self.look_for_mailboxes(tracker, &mut assigning).await?;",
        "if attempt == 1 { self.look_for_mailboxes(tracker, &mut assigning).await?; }",
    ),
    mutation(
        "provisioning requests accepted mailboxes again",
        MAILBOXES,
        "return Ok(Sent::Accepted);",
        "return Ok(Sent::Refused(String::new()));",
    ),
    mutation(
        "provisioning immediately orders a domain with an unknown outcome again",
        LOOKUP,
        "sleep(time).await;",
        "sleep(time / 1000).await;",
    ),
    mutation(
        "provisioning orders a domain again without looking for it",
        LOOKUP,
        "let now = look_up_now(zapmail, journal, names).await?;",
        "let now = BTreeMap::<String, Known>::new();",
    ),
    mutation(
        "provisioning orders for more than the balance of the wallet",
        ORDERS,
        "Some(balance) if balance < total => {",
        "Some(balance) if balance + total < total => {",
    ),
    mutation(
        "two processes provision the same plan at the same time",
        RUN,
        "            Ok(None) => Ok(run),\n",
        "            Ok(_) if true => Ok(run),\n            Ok(None) => Ok(run),\n",
    ),
    mutation(
        "a finished provisioning run blocks other runs",
        PROVISION,
        "if let Err(error) = run.end().await {",
        "if let Err(error) = { std::mem::forget(run); Ok::<(), Error>(()) } {",
    ),
    // Mutations of the raw client come last, because each of them rebuilds it.
    mutation(
        "an unknown outcome is not recognized",
        "zapmail-sdk/src/error.rs",
        "ErrorKind::Connection | ErrorKind::RateLimited | ErrorKind::Server | ErrorKind::Timeout => {\n            !operation.is_safe_to_retry()",
        "ErrorKind::Connection | ErrorKind::RateLimited | ErrorKind::Server | ErrorKind::Timeout => {\n            _ = operation.is_safe_to_retry(); false",
    ),
    mutation(
        "operations that are not idempotent are retried",
        "zapmail-sdk/src/operations.rs",
        "Effect::Write | Effect::Authorize => self.idempotent,",
        "Effect::Write | Effect::Authorize => true,",
    ),
    mutation(
        "a date in `Retry-After` is compared with this machine's clock",
        "zapmail-sdk/src/envelope.rs",
        "text(DATE).and_then(",
        "text(DATE).filter(|_| false).and_then(",
    ),
    mutation(
        "an error quotes the key",
        "zapmail-sdk/src/envelope.rs",
        "let clean = |text: String| one_line(&credentials.redact(&text));",
        "let clean = |text: String| one_line(&text);",
    ),
];

impl Mutation {
    /// Applies the mutation. Returns `None` unless the text contains the original code exactly once.
    pub fn apply(&self, text: &str) -> Option<String> {
        (text.matches(self.find).count() == 1).then(|| text.replace(self.find, self.replace))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::fs;
    use std::path::Path;

    use super::MUTATIONS;

    #[test]
    fn each_mutation_applies_to_the_current_client() {
        let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
        for mutation in &MUTATIONS {
            let text = fs::read_to_string(workspace.join(mutation.file)).unwrap();
            let mutated = mutation.apply(&text).unwrap_or_else(|| {
                panic!(
                    "{}: the file does not contain the original code exactly once; adapt the mutation",
                    mutation.name
                )
            });
            assert_ne!(mutated, text, "{}", mutation.name);
        }
        assert_eq!(MUTATIONS.iter().map(|mutation| mutation.name).collect::<BTreeSet<_>>().len(), MUTATIONS.len());
    }
}
