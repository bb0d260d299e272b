//! Tests of domain settings on the sandbox, and with scripted responses for rows that the sandbox does not return.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::Instant;
use uuid::Uuid;
use zapmail_sandbox::{Fault, Quota, Sandbox};
use zapmail_sdk::types::{DnsRecordType, Domain, NewDnsRecord, NewDnsRecords};

use super::{DomainSettings, DomainSettingsState, PendingSetting};
use crate::testing::{Reply, Service, client_of, seconds};
use crate::{DomainId, ErrorKind, Paged, RateLimits, RetryPolicy, Zapmail};

/// Longer than the sandbox takes to apply a setting.
const IN_EFFECT: Duration = Duration::from_secs(61);

const UNKNOWN: &str = "00000000-0000-4000-8000-000000000000";

/// A sandbox whose first workspace has this many domains, and a client that does not retry.
fn start(domains: usize) -> (Sandbox, Zapmail) {
    let sandbox = Sandbox::builder().domains(domains * 3 / 2).build().unwrap();
    let zapmail = client_of(&sandbox).retry_policy(RetryPolicy::none()).build().unwrap();
    (sandbox, zapmail)
}

async fn rows(zapmail: &Zapmail) -> Vec<Domain> {
    zapmail.list_domains().limit(100u32).items().collect().await.unwrap()
}

async fn ids(zapmail: &Zapmail) -> Vec<DomainId> {
    rows(zapmail).await.into_iter().map(|row| row.id).collect()
}

/// The writes so far, with their bodies. Reads have no body.
fn writes(sandbox: &Sandbox) -> Vec<(String, Value)> {
    sandbox.requests().into_iter().filter_map(|request| Some((request.operation?, request.body?))).collect()
}

fn all() -> DomainSettings {
    DomainSettings::new()
        .dmarc("reports@acme.example")
        .forward_to("acme.example")
        .forward_email_to("inbox@acme.example")
        .catch_all("all@acme.example")
        .dns_record("track", DnsRecordType::Cname, "track.example.com")
}

fn set<T: Clone + Ord>(items: &[T]) -> BTreeSet<T> {
    items.iter().cloned().collect()
}

#[tokio::test(start_paused = true)]
async fn settings_are_applied_once_and_waited_for() {
    let (sandbox, zapmail) = start(2);
    let ids = ids(&zapmail).await;
    let (spawned, targets) = (zapmail.clone(), ids.clone());
    let changed = tokio::spawn(async move { spawned.set_domain_settings(&targets, &all()).await });
    assert_eq!(changed.await.unwrap().unwrap(), set(&ids));
    let record = |id| {
        let record = json!({"host": "track", "recordType": "CNAME", "value": "track.example.com"});
        ("add_dns_records".to_owned(), json!({"assignedDomainId": id, "records": [record]}))
    };
    let sorted: Vec<_> = set(&ids).into_iter().collect();
    // Only `domainIds` selects domains.
    let mut expected: Vec<_> = [
        ("add_dmarc_record", json!({"email": "reports@acme.example", "domainIds": sorted})),
        ("add_domain_forwarding", json!({"forwardTo": "acme.example", "domainIds": sorted})),
        ("enable_email_forwarding", json!({"email": "inbox@acme.example", "domainIds": sorted})),
        ("enable_catch_all", json!({"email": "all@acme.example", "domainIds": sorted})),
    ]
    .map(|(operation, body)| (operation.to_owned(), body))
    .into();
    expected.extend(sorted.iter().map(record));
    assert_eq!(writes(&sandbox), expected);

    let start = Instant::now();
    let states = zapmail.wait_for_domain_settings(&ids, &all()).await.unwrap();
    let waited = start.elapsed().as_secs();
    assert!((55..=75).contains(&waited), "{waited}");
    let names: BTreeMap<_, _> = rows(&zapmail).await.into_iter().map(|row| (row.id, row.domain)).collect();
    let done = |(id, name): (DomainId, Option<String>)| (id, DomainSettingsState { name, pending: Vec::new() });
    assert_eq!(states, names.into_iter().map(done).collect());

    assert_eq!(zapmail.set_domain_settings(&ids, &all()).await.unwrap(), BTreeSet::new());
    assert_eq!(writes(&sandbox).len(), expected.len());
}

#[tokio::test(start_paused = true)]
async fn other_domains_and_settings_stay_unchanged() {
    let (sandbox, zapmail) = start(4);
    let ids = ids(&zapmail).await;
    let dmarc = |address: &str| DomainSettings::new().dmarc(address);
    zapmail.set_domain_settings(&ids[..3], &all()).await.unwrap();
    zapmail.set_domain_settings(&ids[1..2], &dmarc("other@acme.example")).await.unwrap();
    let before = writes(&sandbox).len();
    tokio::time::sleep(IN_EFFECT).await;

    // Other spellings of present values are not sent.
    let settings = DomainSettings::new().dmarc(" Reports@ACME.example. ").forward_to("ACME.example/").dns_record(
        "Track.",
        "cname",
        "TRACK.example.com.",
    );
    let changed = zapmail.set_domain_settings(&ids[..3], &settings).await.unwrap();
    assert_eq!(changed, set(&ids[1..2]));
    let expected = json!({"email": "Reports@ACME.example.", "domainIds": [ids[1]]});
    assert_eq!(writes(&sandbox)[before..], [("add_dmarc_record".to_owned(), expected)]);

    let rows = rows(&zapmail).await;
    let dmarc: Vec<_> = rows.iter().map(|row| row.dmarc_email.as_deref()).collect();
    let (same, sent) = (Some("reports@acme.example"), Some("Reports@ACME.example."));
    assert_eq!(dmarc, [same, sent, same, None]);
    let catch_all: Vec<_> = rows.iter().map(|row| row.catch_all_email.is_some()).collect();
    assert_eq!(catch_all, [true, true, true, false]);
}

#[tokio::test(start_paused = true)]
async fn settings_are_cleared_only_where_they_are_set() {
    let (sandbox, zapmail) = start(2);
    let ids = ids(&zapmail).await;
    zapmail.set_domain_settings(&ids[..1], &all()).await.unwrap();
    let before = writes(&sandbox).len();
    // A listed value is cleared, whether in effect or not; the other domain has none.
    let cleared = DomainSettings::new().clear_forwarding().clear_email_forwarding().clear_catch_all();
    assert_eq!(zapmail.set_domain_settings(&ids, &cleared).await.unwrap(), set(&ids[..1]));
    let expected = [
        ("add_domain_forwarding", json!({"forwardTo": "", "domainIds": [ids[0]]})),
        ("disable_email_forwarding", json!({"domainIds": [ids[0]]})),
        ("disable_catch_all", json!({"domainIds": [ids[0]]})),
    ]
    .map(|(operation, body)| (operation.to_owned(), body));
    assert_eq!(writes(&sandbox)[before..], expected);
    let start = Instant::now();
    zapmail.wait_for_domain_settings(&ids, &cleared).await.unwrap();
    assert!(start.elapsed() < Duration::from_secs(5));
    let row = rows(&zapmail).await.remove(0);
    assert_eq!((row.forward_to, row.forwarding_email, row.catch_all_email), (None, None, None));
    assert_eq!(row.dmarc_email.as_deref(), Some("reports@acme.example"));
    assert_eq!(zapmail.set_domain_settings(&ids, &cleared).await.unwrap(), BTreeSet::new());
}

#[tokio::test(start_paused = true)]
async fn failed_request_ends_the_call_and_second_call_continues() {
    let (sandbox, zapmail) = start(2);
    let ids = ids(&zapmail).await;
    sandbox.fail_next("enable_email_forwarding", Fault::status(400)).unwrap();
    let failed = zapmail.set_domain_settings(&ids, &all()).await.unwrap_err();
    let error = failed.error();
    assert_eq!((error.kind(), error.operation()), (ErrorKind::Invalid, Some("enable_email_forwarding")));
    assert_eq!(failed.changed(), &set(&ids));
    let sent = |sandbox: &Sandbox| writes(sandbox).into_iter().map(|(operation, _)| operation).collect::<Vec<_>>();
    assert_eq!(sent(&sandbox), ["add_dmarc_record", "add_domain_forwarding", "enable_email_forwarding"]);

    tokio::time::sleep(IN_EFFECT).await;
    sandbox.fail_next("add_dns_records", Fault::DropAfterRequest).unwrap();
    let failed = zapmail.set_domain_settings(&ids, &all()).await.unwrap_err();
    let error = failed.error();
    assert_eq!((error.kind(), error.operation()), (ErrorKind::OutcomeUnknown, Some("add_dns_records")));
    assert_eq!(failed.changed(), &set(&ids));
    assert_eq!(sent(&sandbox)[3..], ["enable_email_forwarding", "enable_catch_all", "add_dns_records"]);

    // The record whose outcome was unknown exists.
    tokio::time::sleep(IN_EFFECT).await;
    let sorted: Vec<_> = set(&ids).into_iter().collect();
    assert_eq!(zapmail.set_domain_settings(&ids, &all()).await.unwrap(), set(&sorted[1..]));
    assert_eq!(sent(&sandbox)[6..], ["add_dns_records"]);
    assert_eq!(zapmail.set_domain_settings(&ids, &all()).await.unwrap(), BTreeSet::new());
}

#[tokio::test(start_paused = true)]
async fn error_returns_the_domains_changed_before_it() {
    let (sandbox, zapmail) = start(2);
    let ids = ids(&zapmail).await;
    let settings = DomainSettings::new().dns_record("track", DnsRecordType::Cname, "track.example.com");
    let sorted: Vec<_> = set(&ids).into_iter().collect();
    zapmail.set_domain_settings(&ids[..1], &settings).await.unwrap();
    let settings = settings.dns_record("click", DnsRecordType::Cname, "click.example.com");
    // Of the two requests, the second one fails.
    sandbox.fail_next("list_domains", Fault::status(500)).unwrap();
    let failed = zapmail.set_domain_settings(&ids, &settings).await.unwrap_err();
    assert_eq!((failed.error().kind(), failed.changed()), (ErrorKind::Server, &BTreeSet::new()));
    sandbox.fail_next("add_dns_records", Fault::Delay(Duration::from_secs(1))).unwrap();
    sandbox.fail_next("add_dns_records", Fault::status(400)).unwrap();
    let failed = zapmail.set_domain_settings(&ids, &settings).await.unwrap_err();
    assert_eq!((failed.error().kind(), failed.changed()), (ErrorKind::Invalid, &set(&sorted[..1])));
    assert!(format!("{failed:?}").contains(sorted[0].as_str()), "{failed:?}");
    assert_eq!(crate::Error::from(failed).operation(), Some("add_dns_records"));
}

#[tokio::test(start_paused = true)]
async fn listed_setting_that_is_not_in_effect_is_sent_again() {
    let (sandbox, zapmail) = start(2);
    let ids = ids(&zapmail).await;
    let settings = DomainSettings::new().catch_all("all@acme.example").dmarc("reports@acme.example");
    zapmail.set_domain_settings(&ids, &settings).await.unwrap();
    assert_eq!(zapmail.set_domain_settings(&ids, &settings).await.unwrap(), set(&ids));
    assert_eq!(sandbox.requests_of("enable_catch_all").len(), 2);
    zapmail.wait_for_domain_settings(&ids, &settings).await.unwrap();
    assert_eq!(zapmail.set_domain_settings(&ids, &settings).await.unwrap(), BTreeSet::new());
    assert_eq!((sandbox.requests_of("enable_catch_all").len(), sandbox.requests_of("add_dmarc_record").len()), (2, 2));
}

#[tokio::test(start_paused = true)]
async fn clear_is_sent_unless_row_reports_that_setting_is_off() {
    let settings = DomainSettings::new().clear_email_forwarding();
    for (row, is_sent) in [
        (json!({"forwardingEmail": "inbox@acme.example", "forwardingEmailAdded": true}), true),
        (json!({"forwardingEmail": "inbox@acme.example", "forwardingEmailAdded": false}), true),
        (json!({"forwardingEmail": "inbox@acme.example"}), true),
        (json!({"forwardingEmail": null, "forwardingEmailAdded": false}), false),
        (json!({"forwardingEmailAdded": false}), false),
        // The row omits the value.
        (json!({"forwardingEmailAdded": true}), true),
        (json!({"forwardingEmail": null}), true),
        (json!({}), true),
    ] {
        let service = Service::replying([list(row.clone()), Reply::data(Value::Null)]).await;
        let changed = service.zapmail.set_domain_settings([Uuid::nil()], &settings).await.unwrap();
        assert_eq!(changed.len(), usize::from(is_sent), "{row}");
        assert_eq!(service.requests(), 1 + usize::from(is_sent), "{row}");
    }
}

#[tokio::test(start_paused = true)]
async fn second_record_of_its_kind_is_refused() {
    let (sandbox, zapmail) = start(2);
    let ids = ids(&zapmail).await;
    let names: Vec<_> = rows(&zapmail).await.into_iter().map(|row| row.domain.unwrap()).collect();
    let new = || DomainSettings::new().catch_all("all@acme.example");
    assert_eq!(names, ["acme-001.example.com", "acme-002.example.com"]);
    for (settings, expected) in [
        (new().dns_record("@", "TXT", "v=spf1 include:mail.example.com -all"), "SPF at `@`"),
        (new().dns_record("_DMARC.", "TXT", "\"v=DMARC1; p=reject\""), "DMARC at `_dmarc`"),
        (new().dns_record("_dmarc", "CNAME", "dmarc.example.com"), "DMARC at `_dmarc`"),
    ] {
        let failed = zapmail.set_domain_settings(&ids, &settings).await.unwrap_err();
        assert_eq!(failed.error().kind(), ErrorKind::Conflict);
        assert_eq!(
            failed.to_string(),
            format!(
                "add_dns_records: `dns_record` would be the second of its kind, with which email fails: acme-001.example.com: \
                 {expected}, acme-002.example.com: {expected}; change the existing record with `update_dns_record`; nothing \
                 was sent"
            )
        );
        assert!(failed.changed().is_empty());
    }
    assert_eq!(writes(&sandbox), []);
    // At another host, the record is the first of its kind. A record that exists is not added.
    let settings = DomainSettings::new()
        .dns_record("mail", "TXT", "v=spf1 -all")
        .dns_record("_dmarc.mail", "TXT", "v=DMARC1; p=reject")
        .dns_record("@", "TXT", "v=spf1 include:_spf.google.com ~all");
    assert_eq!(zapmail.set_domain_settings(&ids, &settings).await.unwrap(), set(&ids));
    assert!(writes(&sandbox).iter().all(|(_, body)| body["records"].as_array().unwrap().len() == 2));
}

#[tokio::test(start_paused = true)]
async fn dns_records_are_added_only_to_domains_without_them() {
    let (sandbox, zapmail) = start(2);
    let ids = ids(&zapmail).await;
    let existing = NewDnsRecords::new(&ids[0], [NewDnsRecord::new("@", DnsRecordType::Txt, "\"verify=Abc\"")]);
    zapmail.add_dns_records().body(existing).send().await.unwrap();
    let before = writes(&sandbox).len();
    let settings = DomainSettings::new()
        .dns_record("@", DnsRecordType::Txt, "verify=Abc")
        .dns_record(" Track ", DnsRecordType::Cname, " Track.Example.com. ")
        .dns_record("track", DnsRecordType::Cname, "track.example.com");
    assert_eq!(zapmail.set_domain_settings(&ids, &settings).await.unwrap(), set(&ids));
    // The value is sent as first passed, trimmed.
    let track = json!({"host": "track", "recordType": "CNAME", "value": "Track.Example.com."});
    let verify = json!({"host": "@", "recordType": "TXT", "value": "verify=Abc"});
    let bodies: BTreeMap<_, _> = writes(&sandbox)[before..]
        .iter()
        .map(|(_, body)| (body["assignedDomainId"].as_str().unwrap().to_owned(), body["records"].clone()))
        .collect();
    let expected = [(ids[0].to_string(), json!([track])), (ids[1].to_string(), json!([verify, track]))];
    assert_eq!(bodies, expected.into());
    assert_eq!(zapmail.set_domain_settings(&ids, &settings).await.unwrap(), BTreeSet::new());
    assert_eq!(writes(&sandbox).len(), before + 2);
    // The letter case of a TXT value matters.
    let other = DomainSettings::new().dns_record("@", DnsRecordType::Txt, "verify=abc");
    assert_eq!(zapmail.set_domain_settings(&ids, &other).await.unwrap(), set(&ids));
}

#[tokio::test(start_paused = true)]
async fn each_setting_takes_one_request_per_50_domains() {
    let (sandbox, zapmail) = start(120);
    let ids = ids(&zapmail).await;
    assert_eq!(ids.len(), 120);
    let settings = DomainSettings::new().dmarc("reports@acme.example").catch_all("all@acme.example");
    assert_eq!(zapmail.set_domain_settings(&ids, &settings).await.unwrap(), set(&ids));
    for operation in ["add_dmarc_record", "enable_catch_all"] {
        let bodies = sandbox.requests_of(operation).into_iter().map(|request| request.body.unwrap());
        let sent: Vec<Vec<DomainId>> =
            bodies.map(|mut body| serde_json::from_value(body["domainIds"].take()).unwrap()).collect();
        assert_eq!(sent.iter().map(Vec::len).collect::<Vec<_>>(), [50, 50, 20]);
        assert_eq!(set(&sent.concat()), set(&ids));
    }
    assert!(sandbox.requests_of("list_dns_records").is_empty());
    zapmail.wait_for_domain_settings(&ids, &settings).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn unknown_domain_is_refused_before_anything_is_sent() {
    let (sandbox, zapmail) = start(2);
    let mut ids = ids(&zapmail).await;
    ids.push(UNKNOWN.into());
    let error = zapmail.set_domain_settings(&ids, &all()).await.unwrap_err();
    assert_eq!(error.error().kind(), ErrorKind::NotFound);
    assert_eq!(
        error.to_string(),
        format!(
            "list_domains: `domains` contains ids that are not in the list of domains: {UNKNOWN}; use ids from \
             `list_domains`, and a client for their workspace"
        )
    );
    assert_eq!(writes(&sandbox), []);
    assert!(sandbox.requests_of("list_dns_records").is_empty());
}

#[tokio::test(start_paused = true)]
async fn invalid_arguments_are_refused_before_anything_is_sent() {
    let (sandbox, zapmail) = start(2);
    let id = [UNKNOWN];
    let new = DomainSettings::new;
    let error = zapmail.set_domain_settings([""; 0], &all()).await.unwrap_err();
    assert_eq!(error.to_string(), "list_domains: `domains` is empty; pass at least one id");
    for (settings, expected) in [
        (new(), "list_domains: `settings` is empty; call one of its methods first, such as `catch_all`"),
        (new().dmarc("acme.example"), "add_dmarc_record: `dmarc` is `acme.example`, which is not an address"),
        (new().catch_all("@acme.example"), "enable_catch_all: `catch_all` is `@acme.example`"),
        (new().forward_email_to("dana@"), "enable_email_forwarding: `forward_email_to` is `dana@`"),
        (new().forward_to(" "), "add_domain_forwarding: `forward_to` is blank; use a domain or a URL, or clear it"),
        (new().dns_record(" ", "TXT", "x"), "add_dns_records: `dns_record` has the host ` `; use a name relative"),
        (new().dns_record("a b", "TXT", "x"), "add_dns_records: `dns_record` has the host `a b`"),
        (new().dns_record("@", "TXT", ""), "add_dns_records: `dns_record` has no value for the TXT record at `@`"),
        (
            new().dns_record("@", "TEXT", "x"),
            "add_dns_records: `dns_record` has the type `TEXT`; use one of A, AAAA, CNAME, TXT, MX",
        ),
        (
            new().dns_record("@", "MX", " 10 mx1.example.com"),
            "add_dns_records: `dns_record` has the value ` 10 mx1.example.com` for the MX record at `@`; the service \
             accepts no priority: use only the name of the server",
        ),
        (
            new().dns_record("@", "TXT", "v=spf1 a -all").dns_record("@", "TXT", "\"v=spf1 mx -all\""),
            "add_dns_records: `settings` has two SPF records at `@`, with which email fails; keep one of them",
        ),
        (
            new().dmarc("reports@acme.example").dns_record("_dmarc", "TXT", "v=DMARC1; p=none"),
            "add_dns_records: `settings` has two DMARC records at `_dmarc`, with which email fails; keep one of them",
        ),
    ] {
        let error = zapmail.set_domain_settings(id, &settings).await.unwrap_err();
        assert_eq!(error.error().kind(), ErrorKind::Invalid);
        assert!(error.to_string().starts_with(expected), "{error}");
        let wait_error = zapmail.wait_for_domain_settings(id, &settings).await.unwrap_err();
        assert_eq!(wait_error.to_string(), error.to_string());
    }
    let wait_error = zapmail.wait_for_domain_settings([""; 0], &all()).await.unwrap_err();
    assert_eq!(wait_error.error().kind(), ErrorKind::Invalid);
    assert!(sandbox.requests().is_empty());
}

#[tokio::test(start_paused = true)]
async fn absolute_host_is_refused_before_anything_is_sent() {
    let (sandbox, zapmail) = start(2);
    let ids = ids(&zapmail).await;
    for host in ["acme-001.example.com", "Track.acme-001.example.com."] {
        let settings = all().dns_record(host, DnsRecordType::A, "192.0.2.1");
        let failed = zapmail.set_domain_settings(&ids, &settings).await.unwrap_err();
        let error = failed.error();
        assert_eq!(error.kind(), ErrorKind::Invalid);
        let expected = format!("`dns_record` has the host `{host}`, which ends with the domain acme-001.example.com");
        assert_eq!(error.message(), expected);
        let wait_error = zapmail.wait_for_domain_settings(&ids, &settings).await.unwrap_err();
        assert_eq!(wait_error.error().message(), expected);
    }
    assert_eq!(writes(&sandbox), []);
    // A relative host that begins with the name of a domain.
    let report = DomainSettings::new().dns_record("acme-001.example.com._report._dmarc", "TXT", "v=DMARC1");
    assert_eq!(zapmail.set_domain_settings(&ids, &report).await.unwrap().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn wait_reports_pending_settings() {
    let (_sandbox, zapmail) = start(2);
    let ids = ids(&zapmail).await;
    let settings =
        DomainSettings::new().catch_all("all@acme.example").dns_record("track", "CNAME", "track.example.com");
    zapmail.set_domain_settings(&ids[..1], &settings).await.unwrap();
    let timeout = Duration::from_secs(20);
    let wait_error = zapmail.wait_for_domain_settings(&ids[..1], &settings).timeout(timeout).await.unwrap_err();
    assert_eq!(wait_error.error().kind(), ErrorKind::Timeout);
    assert_eq!(wait_error.error().message(), "timed out after 20s: acme-001.example.com: catch_all is not in effect");
    assert_eq!(wait_error.last_state().unwrap()[&ids[0]].pending, [PendingSetting::CatchAll]);

    let settings = settings.dmarc("reports@acme.example");
    let wait = zapmail.wait_for_domain_settings([ids[1].as_str(), UNKNOWN], &settings);
    let wait_error = wait.timeout(timeout).await.unwrap_err();
    let record = PendingSetting::DnsRecord {
        host: "track".to_owned(),
        record_type: DnsRecordType::Cname,
        value: "track.example.com".to_owned(),
    };
    let pending = [PendingSetting::Dmarc, PendingSetting::CatchAll, record];
    let states = wait_error.last_state().unwrap();
    assert_eq!(states[&ids[1]].pending, pending);
    assert_eq!((&states[&UNKNOWN.into()].name, &states[&UNKNOWN.into()].pending[..]), (&None, &pending[..]));
    let json = json!({
        "name": "acme-002.example.com",
        "pending": ["dmarc", "catch_all", {"dns_record": {"host": "track", "record_type": "CNAME", "value": "track.example.com"}}],
    });
    assert_eq!(serde_json::to_value(&states[&ids[1]]).unwrap(), json);
    assert_eq!(serde_json::from_value::<DomainSettingsState>(json).unwrap(), states[&ids[1]]);
    let pending = ["dmarc", "catch_all", "the CNAME record at track"];
    let mut messages = pending.map(|setting| format!("acme-002.example.com: {setting} is not in effect")).to_vec();
    let unlisted = format!("{UNKNOWN} is not listed");
    messages.insert(0, unlisted);
    assert_eq!(wait_error.error().message(), format!("timed out after 20s: {}", messages.join(", ")));
}

#[tokio::test(start_paused = true)]
async fn wait_names_only_the_first_five_pending_settings() {
    let (_sandbox, zapmail) = start(8);
    let ids = ids(&zapmail).await;
    let settings = DomainSettings::new().catch_all("all@acme.example");
    let wait = zapmail.wait_for_domain_settings(&ids, &settings).timeout(Duration::from_secs(20));
    let wait_error = wait.await.unwrap_err();
    let message = wait_error.error().message();
    assert_eq!(message.matches("is not in effect").count(), 5);
    assert!(message.ends_with("is not in effect and 3 more"), "{message}");
}

#[tokio::test(start_paused = true)]
async fn wait_reads_list_per_poll_and_dns_records_until_they_exist() {
    let (sandbox, zapmail) = start(4);
    let ids = ids(&zapmail).await;
    let settings = DomainSettings::new().dns_record("track", "CNAME", "track.example.com");
    zapmail.set_domain_settings(&ids[..3], &settings).await.unwrap();
    let before = sandbox.request_counts();
    let wait = zapmail.wait_for_domain_settings(&ids, &settings);
    let wait_error = wait.interval(Duration::from_secs(10)).timeout(Duration::from_secs(45)).await.unwrap_err();
    assert_eq!(
        wait_error.error().message(),
        "timed out after 45s: acme-004.example.com: the CNAME record at track is not in effect"
    );
    let after = sandbox.request_counts();
    // Polls after 0, 10, 20, 30, 40 and 45 seconds: one domain lacks the record in all of them.
    assert_eq!(after["list_domains"] - before["list_domains"], 6);
    assert_eq!(after["list_dns_records"] - before["list_dns_records"], 3 + 6);
}

#[tokio::test(start_paused = true)]
async fn poll_stops_after_20_domains_that_lack_a_record() {
    let sandbox = Sandbox::builder().domains(90).quota(Quota::unlimited()).build().unwrap();
    let zapmail = client_of(&sandbox).rate_limits(RateLimits::unlimited()).build().unwrap();
    let ids = ids(&zapmail).await;
    assert_eq!(ids.len(), 60);
    let settings = DomainSettings::new().dns_record("track", "CNAME", "track.example.com");
    let reads = |sandbox: &Sandbox| sandbox.requests_of("list_dns_records").len();
    let wait = |seconds| {
        let wait = zapmail.wait_for_domain_settings(&ids, &settings).interval(Duration::from_secs(60));
        wait.timeout(Duration::from_secs(seconds))
    };
    // Three polls of 20 domains each, and up to 5 reads in flight when a poll stops: each domain is read.
    let wait_error = wait(2 * 60).await.unwrap_err();
    assert!((60..=75).contains(&reads(&sandbox)), "{}", reads(&sandbox));
    let read: BTreeSet<_> = sandbox.requests_of("list_dns_records").into_iter().map(|request| request.query).collect();
    assert_eq!(read.len(), 60);
    assert!(wait_error.last_state().unwrap().values().all(|state| state.pending.len() == 1));

    // One poll reads all domains that have the record, even if domains that lack it come first. The next poll reads
    // those again.
    zapmail.set_domain_settings(&ids[10..], &settings).await.unwrap();
    let before = reads(&sandbox);
    let wait_error = wait(1).await.unwrap_err();
    let pending = wait_error.last_state().unwrap().values().filter(|state| !state.pending.is_empty()).count();
    assert_eq!(pending, 10);
    assert_eq!(reads(&sandbox) - before, 60 + 10);
}

/// A response that lists one domain with these properties.
fn list(row: Value) -> Reply {
    let mut domain = json!({"id": Uuid::nil(), "domain": "acme.example"});
    domain.as_object_mut().unwrap().extend(row.as_object().unwrap().clone());
    Reply::page("domains", json!([domain]))
}

#[tokio::test(start_paused = true)]
async fn setting_is_in_effect_unless_row_reports_otherwise() {
    let settings = DomainSettings::new()
        .dmarc("reports@acme.example")
        .forward_to("https://acme.example")
        .forward_email_to("inbox@acme.example")
        .clear_catch_all();
    let values = json!({
        "dmarcEmail": "Reports@acme.example",
        "forwardTo": "https://acme.example/",
        "forwardingEmail": "inbox@acme.example",
    });
    let with = |name: &str, value: Value| {
        let mut row = values.clone();
        row[name] = value;
        list(row)
    };
    for (reply, pending) in [
        (with("dmarcEmailAddedToReseller", false.into()), "acme.example: dmarc is not in effect"),
        (with("forwardToAddedOnReseller", false.into()), "acme.example: forward_to is not in effect"),
        (with("forwardingEmailAdded", false.into()), "acme.example: forward_email_to is not in effect"),
        (with("catchAllEmail", "all@acme.example".into()), "acme.example: catch_all is not in effect"),
        (with("dmarcEmail", "other@acme.example".into()), "acme.example: dmarc is not in effect"),
        (with("dmarcEmail", Value::Null), "acme.example: dmarc is not in effect"),
        (with("forwardTo", "http://acme.example".into()), "acme.example: forward_to is not in effect"),
        (Reply::page("domains", json!([])), "00000000-0000-0000-0000-000000000000 is not listed"),
    ] {
        let service = Service::replying([reply]).await;
        let wait = service.zapmail.wait_for_domain_settings([Uuid::nil()], &settings);
        let wait_error = wait.timeout(Duration::from_secs(1)).await.unwrap_err();
        assert_eq!(wait_error.error().message(), format!("timed out after 1s: {pending}"));
    }
    // A setting without a flag or with `true` is in effect. An empty text is a cleared setting, for which the flag does
    // not matter.
    for reply in [
        list(values.clone()),
        with("dmarcEmailAddedToReseller", true.into()),
        with("catchAllEmailAdded", false.into()),
        with("catchAllEmail", "".into()),
    ] {
        let service = Service::replying([reply]).await;
        assert_eq!(service.zapmail.wait_for_domain_settings([Uuid::nil()], &settings).await.unwrap().len(), 1);
        assert_eq!(service.requests(), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn wait_grows_its_interval_and_times_out_after_30_minutes() {
    let service = Service::replying([list(json!({}))]).await;
    let settings = DomainSettings::new().dmarc("reports@acme.example");
    let (outcome, waited) = seconds(service.zapmail.wait_for_domain_settings([Uuid::nil()], &settings)).await;
    assert_eq!((outcome.unwrap_err().error().kind(), waited), (ErrorKind::Timeout, 1800.0));
    // At intervals of 15 seconds to one minute.
    assert_eq!(service.requests(), 33);
}

#[tokio::test(start_paused = true)]
async fn row_without_a_name_is_an_error_for_dns_records() {
    let service = Service::replying([list(json!({"domain": null}))]).await;
    let failed = service.zapmail.set_domain_settings([Uuid::nil()], &all()).await.unwrap_err();
    assert_eq!(failed.error().kind(), ErrorKind::Decode);
    assert!(failed.error().message().contains("has no name in the list"), "{failed}");
    assert_eq!(service.paths(), ["/v2/domains"]);
}

#[test]
fn json_form_distinguishes_unset_and_cleared_settings() {
    let plan = r#"{"dmarc": "reports@acme.com", "forward_to": "acme.com", "catch_all": null}"#;
    let settings: DomainSettings = serde_json::from_str(plan).unwrap();
    assert_eq!(settings, DomainSettings::new().dmarc("reports@acme.com").forward_to("acme.com").clear_catch_all());
    for settings in [
        settings,
        all(),
        DomainSettings::new(),
        DomainSettings::new().clear_forwarding().clear_email_forwarding(),
        DomainSettings::new().dns_record("@", "MX", "mx.example.com").dns_record("a", "SPF", "x"),
    ] {
        let json = serde_json::to_string(&settings).unwrap();
        assert_eq!(serde_json::from_str::<DomainSettings>(&json).unwrap(), settings, "{json}");
    }
    assert_eq!(serde_json::to_value(DomainSettings::new()).unwrap(), json!({}));
    let cleared = DomainSettings::new().clear_forwarding().clear_email_forwarding().clear_catch_all();
    let expected = json!({"forward_to": null, "forward_email_to": null, "catch_all": null});
    assert_eq!(serde_json::to_value(cleared).unwrap(), expected);
}

#[test]
fn json_form_accepts_any_letter_case_and_reports_mistakes() {
    let record = r#"{"dns_records": [{"host": "track", "type": "cname", "value": "track.example.com"}]}"#;
    let settings: DomainSettings = serde_json::from_str(record).unwrap();
    assert_eq!(settings, DomainSettings::new().dns_record("track", DnsRecordType::Cname, "track.example.com"));
    for (wrong, expected) in [
        (r#"{"dmarc": null}"#, "`dmarc` cannot be cleared; omit it to leave it unchanged"),
        (r#"{"catchall": "all@acme.com"}"#, "unknown field `catchall`"),
        (r#"{"dns_records": [{"host": "@", "type": "A", "value": "192.0.2.1", "ttl": 60}]}"#, "unknown field `ttl`"),
    ] {
        let error = serde_json::from_str::<DomainSettings>(wrong).unwrap_err().to_string();
        assert!(error.starts_with(expected), "{error}");
    }
}
