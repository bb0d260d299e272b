//! Tests of the rules: each kind of finding, and the limits of the window.

use chrono::{DateTime, TimeDelta, Utc};

use super::*;
use crate::{Finding, Paged};

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
    let (ok, later) = (json!({}), json!({"periodEnd": "2027-11-01T00:00:00Z"}));
    let expiring = |date: &str| json!({"autoRenew": false, "expireOn": date});
    let due = |status: &str, date: &str, failure: Value| json!({"subscriptionStatus": status, "periodEnd": date, "paymentFailureMessage": failure});
    let expired = json!({"status": "EXPIRED", "autoRenew": false, "expireOn": "2026-11-20T09:00:00Z"});
    // The current time is 09:00 on November 23, 2026.
    for (domain, mailbox, subscription, expected) in [
        (json!({"status": "PENDING"}), ok.clone(), later.clone(), vec![(DomainInactive, "the domain is PENDING")]),
        (
            json!({"status": "A_NEW_WORD"}),
            ok.clone(),
            later.clone(),
            vec![(DomainInactive, "the domain is A_NEW_WORD")],
        ),
        (expired, ok.clone(), later.clone(), vec![(DomainInactive, "the domain is EXPIRED")]),
        (
            expiring("2026-12-10T09:00:00Z"),
            ok.clone(),
            later.clone(),
            vec![(RegistrationExpires, "the registration expires on 2026-12-10, and auto-renew is off")],
        ),
        (
            expiring("2026-11-20T09:00:00Z"),
            ok.clone(),
            later.clone(),
            vec![(RegistrationExpires, "the registration expired on 2026-11-20, and auto-renew is off")],
        ),
        (
            json!({"dnsBoxInvalidNameServers": true}),
            ok.clone(),
            later.clone(),
            vec![(NameServersChanged, "the domain no longer uses the service's name servers")],
        ),
        (ok.clone(), Value::Null, later.clone(), vec![(DomainWithoutMailbox, "the domain has no mailbox")]),
        (ok.clone(), json!({"status": "FAILED"}), later.clone(), vec![(MailboxInactive, "the mailbox is FAILED")]),
        (
            ok.clone(),
            json!({"status": "CREATING_PASSWORD"}),
            later.clone(),
            vec![(MailboxInactive, "the mailbox is CREATING_PASSWORD")],
        ),
        // An expired mailbox does not count.
        (
            ok.clone(),
            json!({"status": "EXPIRED"}),
            later.clone(),
            vec![(DomainWithoutMailbox, "the domain has no mailbox"), (MailboxExpired, "the mailbox is EXPIRED")],
        ),
        (json!({"status": "EXPIRED"}), Value::Null, later.clone(), vec![(DomainInactive, "the domain is EXPIRED")]),
        (
            ok.clone(),
            ok.clone(),
            due("ACTIVE", "2026-12-10T09:00:00Z", Value::Null),
            vec![(SubscriptionDue, "the subscription is due on 2026-12-10")],
        ),
        (
            ok.clone(),
            ok.clone(),
            due("ACTIVE", "2026-11-20T09:00:00Z", Value::Null),
            vec![(SubscriptionDue, "the subscription was due on 2026-11-20")],
        ),
        (
            ok.clone(),
            ok.clone(),
            due("PAST_DUE", "2026-11-20T09:00:00Z", "Insufficient funds".into()),
            vec![(SubscriptionPastDue, "the last payment failed: Insufficient funds")],
        ),
        (
            ok.clone(),
            ok.clone(),
            due("PAST_DUE", "2027-11-20T09:00:00Z", Value::Null),
            vec![(SubscriptionPastDue, "the last payment failed")],
        ),
        (
            ok.clone(),
            ok.clone(),
            due("CANCELLED", "2026-12-10T09:00:00Z", Value::Null),
            vec![(SubscriptionEnds, "the subscription is canceled and ends on 2026-12-10")],
        ),
        (
            ok.clone(),
            ok.clone(),
            due("PAYMENT_PENDING", "2026-11-20T09:00:00Z", Value::Null),
            vec![(SubscriptionDue, "the subscription was due on 2026-11-20")],
        ),
        (
            ok.clone(),
            ok.clone(),
            due("A_NEW_WORD", "2026-12-10T09:00:00Z", Value::Null),
            vec![(SubscriptionEnds, "the subscription is A_NEW_WORD, and its period ends on 2026-12-10")],
        ),
        (
            ok.clone(),
            ok.clone(),
            due("PAUSED", "2026-12-10T09:00:00Z", Value::Null),
            vec![(SubscriptionEnds, "the subscription is PAUSED, and its period ends on 2026-12-10")],
        ),
        (
            ok.clone(),
            ok.clone(),
            json!({"subscriptionStatus": null, "periodEnd": "2026-12-10T09:00:00Z"}),
            vec![(SubscriptionEnds, "the period of the subscription ends on 2026-12-10")],
        ),
        // States can have any letter case.
        (json!({"status": "active"}), json!({"status": "Active"}), later.clone(), vec![]),
        (json!({"status": "expired"}), ok.clone(), later.clone(), vec![(DomainInactive, "the domain is EXPIRED")]),
        (
            ok.clone(),
            json!({"status": "expired"}),
            later.clone(),
            vec![(DomainWithoutMailbox, "the domain has no mailbox"), (MailboxExpired, "the mailbox is EXPIRED")],
        ),
        (
            ok.clone(),
            ok.clone(),
            due("past_due", "2027-11-20T09:00:00Z", Value::Null),
            vec![(SubscriptionPastDue, "the last payment failed")],
        ),
        (
            ok.clone(),
            ok.clone(),
            due("active", "2026-12-10T09:00:00Z", Value::Null),
            vec![(SubscriptionDue, "the subscription is due on 2026-12-10")],
        ),
        // Subscriptions that have ended or may have ended, and one beyond the window.
        (ok.clone(), ok.clone(), due("CANCELLED", "2026-11-20T09:00:00Z", Value::Null), vec![]),
        (ok.clone(), ok.clone(), due("A_NEW_WORD", "2026-11-20T09:00:00Z", Value::Null), vec![]),
        (ok.clone(), ok.clone(), due("CANCELLED", "2027-12-10T09:00:00Z", Value::Null), vec![]),
    ] {
        let name = format!("{domain} {mailbox} {subscription}");
        let report = findings(domain, mailbox, subscription, |audit| audit).await;
        assert_eq!(kinds(&report), expected, "{name}");
        let kind = expected.first().map(|(kind, _)| kind.as_str()).unwrap_or("subscription");
        let subject = [("domain", "acme.example"), ("mailbox", "dana@acme.example"), ("subscription", "sub_1")];
        let subject =
            subject.into_iter().find(|(word, _)| kind.starts_with(word)).map_or("acme.example", |(_, subject)| subject);
        let is_mailbox = |finding: &Finding| finding.kind.as_str().starts_with("mailbox");
        let subject_of = |finding: &Finding| if is_mailbox(finding) { "dana@acme.example" } else { subject };
        assert!(report.findings.iter().all(|finding| finding.subject == subject_of(finding)), "{name}");
    }
}

#[tokio::test(start_paused = true)]
async fn active_mailbox_that_was_not_exported_is_a_finding() {
    let later = || json!({"periodEnd": "2027-11-01T00:00:00Z"});
    let not_exported = [(FindingKind::MailboxNotExported, "the mailbox is not among the exported addresses")];
    let report = findings(json!({}), json!({}), later(), |audit| audit.exported([" Dana@ACME.example. "])).await;
    assert_eq!(kinds(&report), []);
    let report = findings(json!({}), json!({}), later(), |audit| {
        audit.exported(["a@b.example"]).exported(["dana@acme.example"])
    })
    .await;
    assert_eq!(kinds(&report), []);
    let report = findings(json!({}), json!({}), later(), |audit| audit.exported(["dana@getacme.example"])).await;
    assert_eq!(kinds(&report), not_exported);
    let report = findings(json!({}), json!({}), later(), |audit| audit.exported([""; 0])).await;
    assert_eq!(kinds(&report), not_exported);
    // A mailbox that is not ACTIVE is not exported.
    let failed = json!({"status": "FAILED"});
    let report = findings(json!({}), failed, later(), |audit| audit.exported([""; 0])).await;
    assert_eq!(kinds(&report), [(FindingKind::MailboxInactive, "the mailbox is FAILED")]);
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
    let sandbox = Sandbox::builder().domains(2).build().unwrap();
    for (health, score, label, message) in [
        (json!({"score": 90, "label": "healthy", "reasons": []}), json!(90), json!("healthy"), None),
        (json!({"averageScore": 87.5, "domain": "acme.example", "isAbused": false}), json!(87.5), json!(null), None),
        (json!({"score": 0, "label": "critical", "error": "No mailboxes assigned"}), json!(null), json!(null), None),
        (json!({"label": "critical"}), json!(null), json!("critical"), Some("the health is critical")),
        (
            json!({"score": 12, "label": "critical"}),
            json!(12),
            json!("critical"),
            Some("the health is critical, with a score of 12 of 100"),
        ),
        (
            json!({"averageScore": 30}),
            json!(30),
            json!(null),
            Some("the health is critical, with a score of 30 of 100"),
        ),
        (json!({"averageScore": 30.5}), json!(30.5), json!(null), None),
        (
            json!({"averageScore": 87.5, "isAbused": true}),
            json!(87.5),
            json!(null),
            Some("the service considers the domain abused"),
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
        for row in &report.domains {
            let row = json!(row);
            assert_eq!((&row["health_score"], &row["health_label"]), (&score, &label), "{name}");
        }
        let messages: Vec<_> = report.findings.iter().map(|finding| finding.message.as_str()).collect();
        assert_eq!(
            messages,
            message.into_iter().cycle().take(2 * usize::from(message.is_some())).collect::<Vec<_>>(),
            "{name}"
        );
        assert!(report.findings.iter().all(|finding| finding.kind == FindingKind::CriticalHealth));
    }
}

#[tokio::test(start_paused = true)]
async fn each_dns_problem_of_the_provider_is_a_finding() {
    let sandbox = Sandbox::builder().domains(4).build().unwrap();
    let zapmail = client(&sandbox);
    // The second workspace contains the Microsoft domain.
    let mut deleted = 0;
    for workspace in zapmail.workspaces().await.unwrap() {
        for domain in workspace.zapmail.list_domains().items().collect().await.unwrap() {
            let records = workspace.zapmail.list_dns_records().id(&domain.id).send().await.unwrap();
            for record in records.domain_dns_records {
                let name = record.name.unwrap();
                if ["google._domainkey.acme-002", "_dmarc.acme-002", "selector2._domainkey.acme-004"]
                    .iter()
                    .any(|start| name.starts_with(start))
                {
                    let delete = workspace.zapmail.delete_dns_record().id(record.id.unwrap());
                    delete.assigned_domain_id(&domain.id).send().await.unwrap();
                    deleted += 1;
                }
            }
        }
    }
    assert_eq!(deleted, 3);
    let report = run(&sandbox, zapmail.audit().due_within(Duration::ZERO)).await;
    let problems: Vec<_> = report.domains.iter().map(|row| row.dns_problems.as_deref().unwrap()).collect();
    let (dkim, dmarc) = ("there is no DKIM record at google._domainkey", "there is no DMARC record");
    let selector = "there is no DKIM record at selector2._domainkey";
    assert_eq!(problems, ["", &format!("{dkim}; {dmarc}"), "", selector]);
    let subjects = ["acme-002.example.com", "acme-002.example.com", "acme-004.example.com"];
    assert_eq!(found(&report), subjects.map(|subject| (FindingKind::DnsProblem, subject)));
    let messages: Vec<_> = report.findings.iter().map(|finding| finding.message.as_str()).collect();
    assert_eq!(messages, [dkim, dmarc, selector]);
    let words: Vec<_> = report.findings.iter().map(|finding| json!(finding)["dns_problem"].clone()).collect();
    assert_eq!(words, ["missing_dkim", "missing_dmarc", "missing_dkim"]);
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
fn every_kind_has_a_distinct_word() {
    use FindingKind::*;
    let all = [
        DomainInactive,
        RegistrationExpires,
        NameServersChanged,
        CriticalHealth,
        DnsProblem,
        DomainWithoutMailbox,
        MailboxInactive,
        MailboxExpired,
        MailboxNotExported,
        SubscriptionDue,
        SubscriptionPastDue,
        SubscriptionEnds,
    ];
    let words: std::collections::BTreeSet<_> = all.iter().map(|kind| kind.as_str()).collect();
    assert_eq!(words.len(), all.len());
    assert!(words.iter().all(|word| word.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_')));
    assert_eq!(json!(SubscriptionPastDue), "subscription_past_due");
    for kind in all {
        assert_eq!(kind.as_str().parse::<FindingKind>().unwrap(), kind);
        assert_eq!(serde_json::from_value::<FindingKind>(json!(kind)).unwrap(), kind);
    }
    let error = "DnsProblem".parse::<FindingKind>().unwrap_err().to_string();
    assert!(error.starts_with("`DnsProblem` is not a `FindingKind`; use one of domain_inactive, "), "{error}");
    assert_eq!(format!("{DnsProblem:<14}|"), "dns_problem   |");
}
