//! Tests of the rules: each kind of finding, and the limits of the window.

use chrono::{DateTime, TimeDelta, Utc};

use super::*;
use crate::Paged;

const ID: &str = "7b2e9d10-4c5f-4a6b-9d8e-1f2a3b4c5d6e";

/// Audits an account with one domain, one mailbox and one subscription, which have the given properties.
async fn findings(
    domain: Value,
    mailbox: Value,
    subscription: Value,
    audit: impl FnOnce(Audit) -> Audit,
) -> AuditReport {
    let sandbox = Sandbox::builder().domains(0).build().unwrap();
    let north = sandbox.workspaces()[1].id.clone();
    let with = |mut row: Value, more: Value| {
        row.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        row
    };
    let domain = with(json!({"id": ID, "domain": "acme.example", "status": "ACTIVE"}), domain);
    let mailboxes = match mailbox {
        Value::Null => json!([]),
        mailbox => {
            let mailbox = with(json!({"id": ID, "email": "dana@acme.example", "status": "ACTIVE"}), mailbox);
            json!([{"id": ID, "domain": "acme.example", "mailboxes": [mailbox]}])
        }
    };
    let subscription = with(json!({"id": ID, "subscriptionId": "sub_1", "subscriptionStatus": "ACTIVE"}), subscription);
    let zapmail = altered(&sandbox, move |request| match request.operation {
        _ if request.workspace.as_ref() == Some(&north) => error(403),
        "list_domains" => page("domains", json!([domain])),
        "list_mailboxes" => page("domains", mailboxes.clone()),
        "list_subscriptions" => data(json!([subscription])),
        "list_placement_subscriptions" | "list_dns_shield_subscriptions" => data(json!([])),
        _ => None,
    });
    run(&sandbox, audit(zapmail.audit().without_health().without_dns())).await
}

fn kinds(report: &AuditReport) -> Vec<(FindingKind, &str)> {
    report.findings.iter().map(|finding| (finding.kind, finding.message.as_str())).collect()
}

#[tokio::test(start_paused = true)]
async fn rows_without_problems_are_not_findings() {
    let report = findings(
        json!({"autoRenew": true, "expireOn": "2026-11-24T00:00:00Z"}),
        json!({}),
        json!({"periodEnd": "2027-11-01T00:00:00Z"}),
        |audit| audit,
    )
    .await;
    assert_eq!(kinds(&report), []);
    // Unknown values are not findings either.
    let unknown = json!({"status": null, "expireOn": "2026-11-24T00:00:00Z"});
    let report =
        findings(unknown, json!({"status": null}), json!({"subscriptionStatus": null, "periodEnd": null}), |audit| {
            audit.exported([""; 0])
        })
        .await;
    assert_eq!(kinds(&report), []);
}

#[tokio::test(start_paused = true)]
async fn each_kind_of_finding_has_its_message() {
    use FindingKind::*;
    // The row with these properties, and two rows without problems.
    let later = || json!({"periodEnd": "2027-11-01T00:00:00Z"});
    let domain = |properties: Value| (properties, json!({}), later());
    let mailbox = |status: &str| (json!({}), json!({"status": status}), later());
    let subscription = |properties: Value| (json!({}), json!({}), properties);
    let expiring = |date: &str| domain(json!({"autoRenew": false, "expireOn": format!("{date}T09:00:00Z")}));
    let due = |status: &str, date: &str| {
        subscription(json!({"subscriptionStatus": status, "periodEnd": format!("{date}T09:00:00Z")}))
    };
    let unpaid = json!({
        "subscriptionStatus": "PAST_DUE", "periodEnd": "2026-11-20T09:00:00Z", "paymentFailureMessage": "Insufficient funds",
    });
    let undated = json!({"subscriptionStatus": null, "periodEnd": "2026-12-10T09:00:00Z"});
    let expired = json!({"status": "EXPIRED", "autoRenew": false, "expireOn": "2026-11-20T09:00:00Z"});
    let no_mailbox = (DomainWithoutMailbox, "the domain has no mailbox");
    let expires = "the registration expires on 2026-12-10, and auto-renew is off";
    let has_expired = "the registration expired on 2026-11-20, and auto-renew is off";
    let name_servers = "the domain no longer uses the service's name servers";
    // The current time is 09:00 on November 23, 2026.
    for ((domain, mailbox, subscription), expected) in [
        (domain(json!({"status": "PENDING"})), vec![(DomainInactive, "the domain is PENDING")]),
        (domain(json!({"status": "A_NEW_WORD"})), vec![(DomainInactive, "the domain is A_NEW_WORD")]),
        (domain(expired), vec![(DomainInactive, "the domain is EXPIRED")]),
        (expiring("2026-12-10"), vec![(RegistrationExpires, expires)]),
        (expiring("2026-11-20"), vec![(RegistrationExpires, has_expired)]),
        (domain(json!({"dnsBoxInvalidNameServers": true})), vec![(NameServersChanged, name_servers)]),
        ((json!({}), Value::Null, later()), vec![no_mailbox]),
        ((json!({"status": "EXPIRED"}), Value::Null, later()), vec![(DomainInactive, "the domain is EXPIRED")]),
        (mailbox("FAILED"), vec![(MailboxInactive, "the mailbox is FAILED")]),
        (mailbox("CREATING_PASSWORD"), vec![(MailboxInactive, "the mailbox is CREATING_PASSWORD")]),
        // An expired mailbox does not count.
        (mailbox("EXPIRED"), vec![no_mailbox, (MailboxExpired, "the mailbox is EXPIRED")]),
        (due("ACTIVE", "2026-12-10"), vec![(SubscriptionDue, "the subscription is due on 2026-12-10")]),
        (due("ACTIVE", "2026-11-20"), vec![(SubscriptionDue, "the subscription was due on 2026-11-20")]),
        (subscription(unpaid), vec![(SubscriptionPastDue, "the last payment failed: Insufficient funds")]),
        (due("PAST_DUE", "2027-11-20"), vec![(SubscriptionPastDue, "the last payment failed")]),
        (
            due("CANCELLED", "2026-12-10"),
            vec![(SubscriptionEnds, "the subscription is canceled and ends on 2026-12-10")],
        ),
        (due("PAYMENT_PENDING", "2026-11-20"), vec![(SubscriptionDue, "the subscription was due on 2026-11-20")]),
        (
            due("A_NEW_WORD", "2026-12-10"),
            vec![(SubscriptionEnds, "the subscription is A_NEW_WORD, and its period ends on 2026-12-10")],
        ),
        (
            due("PAUSED", "2026-12-10"),
            vec![(SubscriptionEnds, "the subscription is PAUSED, and its period ends on 2026-12-10")],
        ),
        (subscription(undated), vec![(SubscriptionEnds, "the period of the subscription ends on 2026-12-10")]),
        // States can have any letter case.
        ((json!({"status": "active"}), json!({"status": "Active"}), later()), vec![]),
        (domain(json!({"status": "expired"})), vec![(DomainInactive, "the domain is EXPIRED")]),
        (mailbox("expired"), vec![no_mailbox, (MailboxExpired, "the mailbox is EXPIRED")]),
        (due("past_due", "2027-11-20"), vec![(SubscriptionPastDue, "the last payment failed")]),
        (due("active", "2026-12-10"), vec![(SubscriptionDue, "the subscription is due on 2026-12-10")]),
        // Subscriptions that have ended or may have ended, and one beyond the window.
        (due("CANCELLED", "2026-11-20"), vec![]),
        (due("A_NEW_WORD", "2026-11-20"), vec![]),
        (due("CANCELLED", "2027-12-10"), vec![]),
    ] {
        let name = format!("{domain} {mailbox} {subscription}");
        let report = findings(domain, mailbox, subscription, |audit| audit).await;
        assert_eq!(kinds(&report), expected, "{name}");
        for finding in &report.findings {
            let subject = match finding.kind {
                MailboxInactive | MailboxExpired => "dana@acme.example",
                SubscriptionDue | SubscriptionPastDue | SubscriptionEnds => "sub_1",
                _ => "acme.example",
            };
            assert_eq!(finding.subject, subject, "{name}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn active_mailbox_that_was_not_exported_is_a_finding() {
    let not_exported = vec![(FindingKind::MailboxNotExported, "the mailbox is not among the exported addresses")];
    let failed = vec![(FindingKind::MailboxInactive, "the mailbox is FAILED")];
    for (status, exported, expected) in [
        ("ACTIVE", &[" Dana@ACME.example. "][..], vec![]),
        ("ACTIVE", &["a@b.example", "dana@acme.example"], vec![]),
        ("ACTIVE", &["dana@getacme.example"], not_exported.clone()),
        ("ACTIVE", &[], not_exported),
        // A mailbox that is not ACTIVE is not exported.
        ("FAILED", &[], failed),
    ] {
        let (mailbox, later) = (json!({"status": status}), json!({"periodEnd": "2027-11-01T00:00:00Z"}));
        // One call per address, because the addresses of several calls are combined.
        let audit =
            |audit: Audit| exported.iter().fold(audit.exported([""; 0]), |audit, address| audit.exported([address]));
        let report = findings(json!({}), mailbox, later, audit).await;
        assert_eq!(kinds(&report), expected, "{status} {exported:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn window_includes_its_last_instant() {
    // The sandbox starts at this time.
    let now: DateTime<Utc> = "2026-11-23T09:00:00Z".parse().unwrap();
    let week = 7 * DAY;
    let end = now + TimeDelta::from_std(week).unwrap();
    let second = TimeDelta::seconds(1);
    for (date, active, cancelled, registration) in [
        (now - second, true, false, true),
        (now, true, true, true),
        (end, true, true, true),
        (end + second, false, false, false),
    ] {
        for (status, expected) in [("ACTIVE", active), ("CANCELLED", cancelled)] {
            let subscription = json!({"subscriptionStatus": status, "periodEnd": date});
            let report = findings(json!({}), json!({}), subscription, |audit| audit.due_within(week)).await;
            assert_eq!(report.findings.len(), usize::from(expected), "{status} {date}");
        }
        let domain = json!({"autoRenew": false, "expireOn": date});
        let report = findings(domain, json!({}), json!({"periodEnd": null}), |audit| audit.due_within(week)).await;
        assert_eq!(report.findings.len(), usize::from(registration), "{date}");
    }
    // The default window, and a window beyond all dates.
    let in_days = |days| json!({"periodEnd": now + TimeDelta::days(days)});
    for (subscription, window, expected) in [
        (in_days(30), None, 1),
        (in_days(31), None, 0),
        (in_days(100_000), Some(Duration::MAX), 1),
        (in_days(1), Some(Duration::ZERO), 0),
    ] {
        let name = format!("{subscription} {window:?}");
        let report = findings(json!({}), json!({}), subscription, |audit| match window {
            Some(window) => audit.due_within(window),
            None => audit,
        });
        assert_eq!(report.await.findings.len(), expected, "{name}");
    }
}

#[tokio::test(start_paused = true)]
async fn health_without_an_actual_rating_is_not_critical() {
    let sandbox = Sandbox::builder().domains(1).build().unwrap();
    let critical = |score| Some(format!("the health is critical, with a score of {score} of 100"));
    let other = |message: &str| Some(message.to_owned());
    for (health, score, label, message) in [
        (json!({"score": 90, "label": "healthy", "reasons": []}), json!(90), json!("healthy"), None),
        (json!({"averageScore": 87.5, "domain": "acme.example", "isAbused": false}), json!(87.5), json!(null), None),
        (json!({"score": 0, "label": "critical", "error": "No mailboxes assigned"}), json!(null), json!(null), None),
        (json!({"label": "critical"}), json!(null), json!("critical"), other("the health is critical")),
        (json!({"score": 12, "label": "critical"}), json!(12), json!("critical"), critical(12)),
        (json!({"averageScore": 30}), json!(30), json!(null), critical(30)),
        (json!({"averageScore": 30.5}), json!(30.5), json!(null), None),
        (
            json!({"averageScore": 87.5, "isAbused": true}),
            json!(87.5),
            json!(null),
            other("the service considers the domain abused"),
        ),
        (json!({"score": 12, "label": "healthy"}), json!(12), json!("healthy"), None),
        (json!({"score": 50, "label": "SOMETHING_NEW"}), json!(50), json!("SOMETHING_NEW"), None),
        (json!({}), json!(null), json!(null), None),
    ] {
        let name = health.to_string();
        let zapmail = altered(&sandbox, move |request| match request.operation {
            "get_domain_health" => data(health.clone()),
            _ => None,
        });
        let report = run(&sandbox, zapmail.audit().due_within(Duration::ZERO)).await;
        let row = json!(report.domains[0]);
        assert_eq!((&row["health_score"], &row["health_label"]), (&score, &label), "{name}");
        let messages: Vec<_> = report.findings.iter().map(|finding| finding.message.clone()).collect();
        assert_eq!(messages, Vec::from_iter(message), "{name}");
        assert!(report.findings.iter().all(|finding| finding.kind == FindingKind::CriticalHealth));
    }
}

#[tokio::test(start_paused = true)]
async fn each_dns_problem_of_the_provider_is_a_finding() {
    let sandbox = Sandbox::builder().domains(3).build().unwrap();
    let main = sandbox.workspaces()[0].id.clone();
    let zapmail = altered(&sandbox, move |request| match request.operation {
        "list_dns_records" if request.workspace.as_ref() != Some(&main) => data(json!({"domainDnsRecords": []})),
        _ => None,
    });
    let report = run(&sandbox, zapmail.audit().due_within(Duration::ZERO)).await;
    let expected = [
        ("missing_mx", "there is no MX record"),
        ("missing_spf", "there is no SPF record"),
        ("missing_dkim", "there is no DKIM record at google._domainkey"),
        ("missing_dmarc", "there is no DMARC record"),
    ];
    let problems: Vec<_> = report.domains.iter().map(|row| row.dns_problems.as_deref().unwrap()).collect();
    assert_eq!(problems, ["", "", &expected.map(|(_, message)| message).join("; ")]);
    assert_eq!(found(&report), [(FindingKind::DnsProblem, "acme-003.example.com"); 4]);
    let words = report.findings.iter().map(|finding| (finding.dns_problem.unwrap().as_str(), finding.message.as_str()));
    assert_eq!(words.collect::<Vec<_>>(), expected);
}

#[tokio::test(start_paused = true)]
async fn records_being_set_do_not_count_as_missing() {
    let sandbox = Sandbox::builder().domains(3).build().unwrap();
    let zapmail = client(&sandbox);
    let domain = zapmail.list_domains().items().collect().await.unwrap().remove(0);
    // Setting the address of the DMARC reports makes the service set the records.
    let settings = crate::DomainSettings::new().dmarc("reports@acme.example");
    zapmail.set_domain_settings([&domain.id], &settings).await.unwrap();
    let report = run(&sandbox, zapmail.audit()).await;
    assert_eq!(sandbox.requests_of("list_dns_records").len(), 2);
    let problems: Vec<_> = report.domains.iter().map(|row| row.dns_problems.as_deref()).collect();
    assert_eq!(problems, [None, Some(""), Some("")]);
    zapmail.wait_for_domain_settings([&domain.id], &settings).await.unwrap();
    let report = run(&sandbox, zapmail.audit()).await;
    assert!(report.domains.iter().all(|row| row.dns_problems.as_deref() == Some("")));
}

#[tokio::test(start_paused = true)]
async fn domain_without_mailboxes_has_no_score_in_either_response_form() {
    for shapes in [zapmail_sandbox::Shapes::default(), zapmail_sandbox::Shapes::Documented] {
        let sandbox = Sandbox::builder().domains(1).mailboxes_per_domain(0).shapes(shapes).build().unwrap();
        let report = run(&sandbox, client(&sandbox).audit().due_within(Duration::ZERO)).await;
        let row = &report.domains[0];
        assert_eq!((row.mailboxes, row.health_score, &row.health_label), (Some(0), None, &None), "{shapes:?}");
        assert_eq!(found(&report), [(FindingKind::DomainWithoutMailbox, "acme-001.example.com")], "{shapes:?}");
    }
}

#[test]
fn kind_is_written_and_read_as_its_word() {
    let kind = FindingKind::SubscriptionPastDue;
    assert_eq!((kind.as_str(), json!(kind)), ("subscription_past_due", json!("subscription_past_due")));
    assert_eq!(kind.as_str().parse::<FindingKind>().unwrap(), kind);
    assert_eq!(serde_json::from_value::<FindingKind>(json!(kind)).unwrap(), kind);
    let error = "DnsProblem".parse::<FindingKind>().unwrap_err().to_string();
    assert!(error.starts_with("`DnsProblem` is not a `FindingKind`; use one of domain_inactive, "), "{error}");
    assert_eq!(format!("{:<14}|", FindingKind::DnsProblem), "dns_problem   |");
}
