//! Coverage of the simulations: every kind of work, fault, fate and event occurs, and most calls succeed.

use std::collections::BTreeMap;

use zapmail_simulation::plan::Plan;
use zapmail_simulation::simulate;

/// Texts, and the minimum number of trace lines that must contain them in 150 seeds.
const EXPECTED: [(&str, usize); 60] = [
    (" begins: ReadUser", 50),
    (" begins: CheckDomains", 50),
    (" begins: Tag", 50),
    (" begins: List", 50),
    (" begins: Code", 50),
    (" begins: Buy { key: Some", 50),
    (" begins: Buy { key: None", 20),
    (" begins: Assign", 50),
    (" begins: Webhook", 50),
    (", DroppedAfter(", 50),
    (", DroppedAtPoll(", 50),
    ("is dropped", 100),
    ("is not polled for", 50),
    ("is dropped by the client", 50),
    ("fault: Some(Refused", 20),
    ("fault: Some(LostBefore", 20),
    ("fault: Some(LostAfter", 20),
    ("fault: Some(Silent { arrives: true", 5),
    ("fault: Some(Silent { arrives: false", 5),
    ("fault: Some(Torn", 5),
    ("fault: Some(Garbled", 5),
    ("fault: Some(FailedBefore", 20),
    ("fault: Some(FailedAfter", 20),
    ("fault: Some(TooMany", 20),
    ("is killed", 5),
    ("starts again", 5),
    ("Sleep(", 5),
    ("ServiceClock(", 5),
    ("WallClock(", 5),
    ("NewKey", 5),
    ("MoveDomain", 5),
    ("RedisAway", 5),
    ("RedisRestart", 5),
    ("purchase_addon_mailboxes ended: Done", 20),
    ("ended: Failed { kind: AlreadyBought", 1),
    ("ended: Failed { kind: Conflict", 5),
    ("ended: Failed { kind: OutcomeUnknown", 20),
    ("ended: Failed { kind: Timeout", 20),
    ("ended: Failed { kind: Connection", 5),
    ("get_authenticator_code ended: Done", 50),
    ("list_mailboxes ended: Done", 20),
    ("list_domains ended: Done", 20),
    ("delete_domain_tag ended: Done", 20),
    ("assignment: Ok(", 20),
    (" waited for ", 20),
    (" begins: Provision", 20),
    (" is complete: ", 20),
    (" is incomplete: ", 5),
    (" failed: Conflict, the run ", 5),
    (" failed: SpendingNotAllowed, ", 2),
    ("purchase_domains sends", 20),
    (", charged", 20),
    ("connect_domains sends", 5),
    ("add_dmarc_record sends", 5),
    ("export_mailboxes sends", 5),
    ("it is unknown whether the mailbox was created", 1),
    (": it cannot be bought", 1),
    ("1000.0 run-0 is complete: ", 5),
    ("1000.0 looking up the domains", 5),
    (" is settled: ", 5),
];

#[test]
fn all_kinds_of_events_occur() {
    let mut counts = BTreeMap::new();
    for seed in 1000..1150 {
        for line in simulate(&Plan::of(seed), true).unwrap().trace {
            for (part, _) in EXPECTED.iter().filter(|(part, _)| line.contains(part)) {
                *counts.entry(*part).or_insert(0) += 1;
            }
        }
    }
    for (part, least) in EXPECTED {
        let count = counts.get(part).copied().unwrap_or_default();
        assert!(count >= least, "`{part}` occurs {count} times, expected at least {least}");
    }
}
