//! Ways to break the client, each of which the simulation has to find.

/// A change of one place.
pub struct Mutation {
    /// What it breaks.
    pub name: &'static str,
    /// The file, from the root of the workspace.
    pub file: &'static str,
    /// What is there, once.
    pub find: &'static str,
    /// What takes its place.
    pub replace: &'static str,
}

const QUEUE: &str = "zapmail-sdk-ext/src/policy/limiter/queue.rs";
const LIMITER: &str = "zapmail-sdk-ext/src/policy/limiter.rs";
const WINDOW: &str = "zapmail-sdk-ext/src/policy/limiter/window.rs";
const SLOTS: &str = "zapmail-sdk-ext/src/policy/limiter/shared/slots.lua";
const EXECUTION: &str = "zapmail-sdk-ext/src/policy/execution.rs";
const CODES: &str = "zapmail-sdk-ext/src/otp/cache.rs";
const OTP: &str = "zapmail-sdk-ext/src/otp.rs";
const PAGES: &str = "zapmail-sdk-ext/src/page/mod.rs";
const ONCE: &str = "zapmail-sdk-ext/src/journal/once.rs";
const FILE: &str = "zapmail-sdk-ext/src/journal/file.rs";
const ASSIGN: &str = "zapmail-sdk-ext/src/assign/mod.rs";
const WAIT: &str = "zapmail-sdk-ext/src/wait/mod.rs";
const ORDERS: &str = "zapmail-sdk-ext/src/buy_domains.rs";
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
        "a request counts from when it was sent, not from when it arrives",
        QUEUE,
        "arrives_by: now + self.margin.allowance(),",
        "arrives_by: now,",
    ),
    mutation(
        "a response does not tell when its request has arrived",
        QUEUE,
        "let arrived_by = sent_at + self.margin.answered(operation, response, now);",
        "self.margin.answered(operation, response, now); let arrived_by = sent_at;",
    ),
    mutation(
        "only the window that is free first counts",
        WINDOW,
        "self.limits.iter().filter_map(|limit| self.free_in(limit, slack)).max()",
        "self.limits.iter().filter_map(|limit| self.free_in(limit, slack)).min()",
    ),
    mutation(
        "availability checks are not counted on their own",
        WINDOW,
        "change(&mut self.availability);\n        }",
        "}",
    ),
    mutation(
        "a delay that the service requests is ignored",
        EXECUTION,
        "policies.shared.limiter.pause_until(self.operation.bucket, retry_at);",
        "_ = retry_at;",
    ),
    mutation(
        "a retry does not wait as long as the service requests",
        EXECUTION,
        ".filter(|requested| !requested.is_zero())",
        ".filter(|requested| requested.is_zero())",
    ),
    mutation(
        "only the last attempt says whether a request may have been processed",
        EXECUTION,
        "self.may_have_been_processed |= outcome",
        "self.may_have_been_processed = outcome",
    ),
    mutation(
        "an attempt may outlive its call",
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
        CODES,
        "Self::Ready(code) => (!code.remaining().is_zero()).then(|| Cached::Ready(code.clone())),",
        "Self::Ready(code) => Some(Cached::Ready(code.clone())),",
    ),
    mutation(
        "several waiters request the same code",
        CODES,
        "fetch.upgrade().filter(|fetch| fetch.peek().is_none()).map(Cached::InFlight)",
        "fetch.upgrade().filter(|fetch| fetch.peek().is_some()).map(Cached::InFlight)",
    ),
    mutation(
        "a code that another call requests is awaited forever",
        CODES,
        "match timeout_at(deadline, fetch.clone()).await {",
        "match timeout_at(deadline + std::time::Duration::from_secs(86400), fetch.clone()).await {",
    ),
    mutation(
        "a waiter that is polled late replaces a newer code",
        CODES,
        "if entries.get(&key).is_some_and(|entry| entry.is_fetch(&fetch)) {",
        "{",
    ),
    mutation(
        "a code lives from its response on, not from its request",
        OTP,
        "let code = OtpCode::new(code, sent_at + lifetime);",
        "let code = OtpCode::new(code, Instant::now() + lifetime);",
    ),
    mutation(
        "a code may have less time left than was asked for",
        OTP,
        "while code.remaining() < at_least {",
        "while code.remaining() < at_least / 2 {",
    ),
    mutation(
        "the last page of a list is forgotten",
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
        "a row that has moved to another page is yielded again",
        PAGES,
        ".filter(|item| seen.insert(item.row_id()))",
        ".filter(|item| seen.insert(item.row_id()) || true)",
    ),
    mutation(
        "a list that has changed is not read again",
        PAGES,
        "const MOST_PASSES: u32 = 3;",
        "const MOST_PASSES: u32 = 1;",
    ),
    mutation(
        "a purchase with an unknown outcome frees its key",
        ONCE,
        "!error.is_outcome_unknown() && (is_client_error || !error.may_have_been_processed())",
        "_ = is_client_error; true",
    ),
    mutation(
        "a purchase is sent before that is written to the journal",
        ONCE,
        "if let Err(error) = store.write(&entry).await {\n            // The entry",
        "if false && let Err(error) = store.write(&entry).await {\n            // The entry",
    ),
    mutation(
        "a key can be used for another purchase",
        ONCE,
        "if entry.operation != wanted.operation || entry.request != wanted.request {",
        "if entry.operation != wanted.operation {",
    ),
    mutation(
        "a purchase that was dropped counts as running",
        FILE,
        "self.state().dropped.push(entry.clone());",
        "_ = entry;",
    ),
    mutation(
        "a line that was torn is read",
        FILE,
        "let complete = added.iter().rposition(|byte| *byte == b'\\n').map_or(0, |last| last + 1);",
        "let complete = added.len();",
    ),
    mutation(
        "a purchase that was settled frees its key",
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
        "in Redis, a request counts from when its slot begins",
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
        "a wait does not end at its timeout",
        WAIT,
        "let deadline = later(Instant::now(), self.timeout);",
        "let deadline = later(Instant::now(), self.timeout * 3);",
    ),
    mutation(
        "a code of another mailbox is served",
        OTP,
        "self.target.clone());\n",
        "OtpTarget::mailbox(\"00000000-0000-4000-8000-000000000000\"));\n",
    ),
    mutation(
        "a code lives on while the machine sleeps",
        OTP,
        "if by_system + CORRECTION < remaining + overdue { by_system } else { remaining }",
        "{ _ = by_system + CORRECTION + overdue; remaining }",
    ),
    mutation(
        "a refusal after an unknown outcome is a refusal",
        EXECUTION,
        "self.was_ambiguous\n            && self.operation.effect != Effect::Read",
        "self.was_ambiguous && false\n            && self.operation.effect != Effect::Read",
    ),
    mutation(
        "every error says that the request may have been processed",
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
        "provisioning requests mailboxes before that is written to the journal",
        MAILBOXES,
        "requested.save(assigning.run, name).await?;\n        addresses.iter().for_each(|address| tracker.mailbox(address, MailboxState::Unknown, None));",
        "addresses.iter().for_each(|address| tracker.mailbox(address, MailboxState::Unknown, None));",
    ),
    mutation(
        "provisioning requests mailboxes with an unknown outcome again at once",
        MAILBOXES,
        "sleep(if unknown.is_empty() { self.settle_time.min(LAG) } else { self.settle_time }).await;",
        "sleep(LAG.min(Duration::from_secs(1))).await;",
    ),
    mutation(
        "provisioning requests mailboxes again without looking for them",
        MAILBOXES,
        "self.look_for_mailboxes(tracker, &mut assigning).await?;",
        "if look == 1 { self.look_for_mailboxes(tracker, &mut assigning).await?; }",
    ),
    mutation(
        "provisioning requests accepted mailboxes again",
        MAILBOXES,
        "return Ok(Sent::Accepted);",
        "return Ok(Sent::Refused(String::new()));",
    ),
    mutation(
        "provisioning orders a domain with an unknown outcome again at once",
        ORDERS,
        "sleep(time).await;",
        "sleep(time / 1000).await;",
    ),
    mutation(
        "provisioning orders a domain again without looking for it",
        ORDERS,
        "            let now = look(&self.zapmail, &journal, &self.names).await?;\n",
        "            let now = BTreeMap::<String, Known>::new();\n",
    ),
    mutation(
        "provisioning orders more than the wallet has",
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
        "a provisioning that has ended keeps others out",
        PROVISION,
        "if let Err(error) = run.end().await {",
        "if let Err(error) = { std::mem::forget(run); Ok::<(), Error>(()) } {",
    ),
    // Those of the raw client come last: each builds it anew.
    mutation(
        "an unknown outcome is not recognized",
        "zapmail-sdk/src/envelope.rs",
        "ErrorKind::Connection | ErrorKind::RateLimited | ErrorKind::Server | ErrorKind::Timeout => {\n            !operation.is_safe_to_retry()",
        "ErrorKind::Connection | ErrorKind::RateLimited | ErrorKind::Server | ErrorKind::Timeout => {\n            _ = operation.is_safe_to_retry(); false",
    ),
    mutation(
        "operations that are not idempotent are repeated",
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
    /// The text with the change; `None` if the place is not there once.
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
    fn each_mutation_changes_the_client_as_it_is() {
        let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
        for mutation in &MUTATIONS {
            let text = fs::read_to_string(workspace.join(mutation.file)).unwrap();
            let mutated =
                mutation.apply(&text).unwrap_or_else(|| panic!("{}: its place is not there once", mutation.name));
            assert_ne!(mutated, text, "{}", mutation.name);
        }
        assert_eq!(MUTATIONS.iter().map(|mutation| mutation.name).collect::<BTreeSet<_>>().len(), MUTATIONS.len());
    }
}
