//! Tests of irregular lists: repeated pages, incomplete lists, and rows that lack properties.

use zapmail_sdk::types::SubscriptionStatus;

use super::*;

fn row(id: u8) -> Value {
    json!({
        "id": format!("2b3c4d5e-6f70-4a81-9b92-c3d4e5f607{id:02}"), "subscriptionId": format!("sub_{id}"),
        "subscriptionStatus": "ACTIVE", "plan": "GROWTH", "price": "99.50", "periodEnd": "2027-11-01T00:00:00Z",
    })
}

/// Returns the list, id and workspace of each subscription.
fn listed(report: &AuditReport) -> Vec<(&str, Option<&str>, &str)> {
    assert!(report.subscriptions.iter().all(|row| row.id.is_some()));
    let rows = report.subscriptions.iter().map(|row| {
        let id = row.subscription_id.as_deref().or(row.id.as_deref());
        (row.list.as_str(), id, row.workspace_name.as_deref().unwrap())
    });
    rows.collect()
}

#[tokio::test(start_paused = true)]
async fn subscription_listed_by_several_workspaces_is_one_row() {
    let sandbox = Sandbox::builder().domains(0).build().unwrap();
    let north = sandbox.workspaces()[1].id.clone();
    // The same identifier in another list is another subscription.
    let zapmail = altered(&sandbox, move |request| match request.operation {
        "list_subscriptions" if request.workspace.as_ref() == Some(&north) => data(json!([row(1), row(2), row(3)])),
        "list_subscriptions" => data(json!([row(1), row(2)])),
        "list_placement_subscriptions" | "list_dns_shield_subscriptions" => data(json!([row(1)])),
        _ => None,
    });
    let report = run(&sandbox, zapmail.audit()).await;
    let expected = [
        ("mailboxes", Some("sub_1"), "Main"),
        ("mailboxes", Some("sub_2"), "Main"),
        ("placement", Some("sub_1"), "Main"),
        ("dns_shield", Some("2b3c4d5e-6f70-4a81-9b92-c3d4e5f60701"), "Main"),
        ("mailboxes", Some("sub_3"), "Client North"),
    ];
    assert_eq!(listed(&report), expected);
    let report = run(&sandbox, Audit::of([("one", zapmail.clone()), ("two", zapmail)])).await;
    assert_eq!(report.subscriptions.len(), 2 * expected.len(), "subscriptions of different accounts are different");
}

#[tokio::test(start_paused = true)]
async fn prewarmed_subscriptions_are_read_to_the_last_page() {
    let sandbox = Sandbox::builder().domains(0).build().unwrap();
    let main = sandbox.workspaces()[0].id.clone();
    let plan = json!({"plan": "Growth Addon", "price": "105", "subscriptionStatus": "ACTIVE", "periodEnd": "2026-12-01T00:00:00Z"});
    let zapmail = altered(&sandbox, move |request| match request.operation {
        "list_prewarmed_subscriptions" if request.workspace.as_ref() == Some(&main) => {
            assert_eq!(request.query["limit"], "100");
            let rows = match request.query["page"].as_str() {
                "1" => vec![plan.clone(); 100],
                "2" => vec![plan.clone()],
                other => panic!("page {other} was requested"),
            };
            data(json!({"subscriptions": rows, "total": 101, "nextPage": 2, "totalPages": "2"}))
        }
        "list_subscriptions" => data(json!([])),
        _ => None,
    });
    let report = run(&sandbox, zapmail.audit()).await;
    assert_eq!(report.failures, []);
    let rows: Vec<_> = report.subscriptions.iter().filter(|row| row.list.as_str() == "prewarmed").collect();
    assert_eq!(rows.len(), 101, "rows without identifiers are not deduplicated");
    assert_eq!((&rows[0].id, &rows[0].subscription_id), (&None, &None));
    assert_eq!(rows[0].status, Some(SubscriptionStatus::Active));
    assert_eq!(json!(rows[0])["price"], 105);
    assert_eq!(report.findings.len(), 101);
    assert_eq!(report.findings[0].to_string(), "Growth Addon: the subscription is due on 2026-12-01");
}

#[tokio::test(start_paused = true)]
async fn repeated_prewarmed_page_is_a_failure() {
    let sandbox = Sandbox::builder().domains(0).build().unwrap();
    let zapmail = altered(&sandbox, |request| match request.operation {
        "list_prewarmed_subscriptions" => data(json!({"subscriptions": [{"plan": "Growth"}], "totalPages": 1_000_000})),
        _ => None,
    });
    let report = run(&sandbox, zapmail.audit()).await;
    let of = |workspace| ("", Some(workspace), Some("list_prewarmed_subscriptions"), ErrorKind::RepeatedPage);
    assert_eq!(failures(&report), [of("Main"), of("Client North")]);
    assert_eq!(sandbox.requests_of("list_dns_shield_subscriptions").len(), 2, "the other lists are read");
}

/// Audits an account with these pages of pre-warmed subscriptions and these counters. Returns the prices of the
/// subscriptions, the number of requested pages, and the failures.
async fn prewarmed(pages: &[&[u32]], counters: Value) -> (Vec<u32>, usize, Vec<ErrorKind>) {
    let sandbox = Sandbox::builder().domains(0).build().unwrap();
    let main = sandbox.workspaces()[0].id.clone();
    let requested = Arc::new(Mutex::new(0));
    let log = Arc::clone(&requested);
    let pages: Vec<Vec<u32>> = pages.iter().map(|page| page.to_vec()).collect();
    let zapmail = altered(&sandbox, move |request| match request.operation {
        "list_prewarmed_subscriptions" if request.workspace.as_ref() == Some(&main) => {
            *log.lock().unwrap() += 1;
            let number = request.query["page"].parse::<usize>().unwrap();
            // After the last page, the list starts over.
            let rows = pages[(number - 1) % pages.len()].iter().map(|price| json!({"price": price}));
            let mut page = counters.clone();
            page["subscriptions"] = rows.collect();
            data(page)
        }
        "list_subscriptions" | "list_placement_subscriptions" | "list_dns_shield_subscriptions" => data(json!([])),
        _ => None,
    });
    let report = run(&sandbox, zapmail.audit()).await;
    let prices = report.subscriptions.iter().map(|row| row.price.unwrap().try_into().unwrap()).collect();
    let failures = report.failures.iter().map(|failure| failure.kind).collect();
    let requested = *requested.lock().unwrap();
    (prices, requested, failures)
}

#[tokio::test(start_paused = true)]
async fn prewarmed_list_ends_with_its_counters_or_an_empty_page() {
    let repeated = vec![ErrorKind::RepeatedPage];
    for (pages, counters, expected) in [
        (&[&[1, 2][..], &[3], &[]][..], json!({}), (vec![1, 2, 3], 3, vec![])),
        (&[&[1, 2], &[3], &[]], json!({"total": "3"}), (vec![1, 2, 3], 2, vec![])),
        (&[&[1, 2], &[3], &[]], json!({"total": 2, "totalPages": 2}), (vec![1, 2, 3], 2, vec![])),
        (&[&[1, 1]], json!({"total": 2}), (vec![1, 1], 1, vec![])),
        (&[&[]], json!({"totalPages": 0}), (vec![], 1, vec![])),
        // Pages are repeated, immediately or later.
        (&[&[1, 2], &[3]], json!({}), (vec![1, 2, 3], 3, repeated.clone())),
        (&[&[1], &[2], &[3]], json!({"totalPages": 1_000_000}), (vec![1, 2, 3], 4, repeated)),
    ] {
        assert_eq!(prewarmed(pages, counters.clone()).await, expected, "{pages:?} {counters}");
    }
}

#[tokio::test(start_paused = true)]
async fn untyped_properties_of_subscriptions_are_not_read() {
    let sandbox = Sandbox::builder().domains(0).build().unwrap();
    let zapmail = altered(&sandbox, |request| match request.operation {
        "list_placement_subscriptions" | "list_dns_shield_subscriptions" => data(json!([{
            "id": "row-1", "status": "PAST_DUE", "subscriptionStatus": "PAST_DUE", "price": 29, "lookupKey": "key",
            "periodEnd": "2026-11-24T00:00:00Z", "createdAt": "2026-01-01T00:00:00Z", "cancelledByUser": true,
        }])),
        "list_subscriptions" => data(json!([])),
        _ => None,
    });
    let report = run(&sandbox, zapmail.audit()).await;
    assert_eq!(report.subscriptions.len(), 2);
    for row in &report.subscriptions {
        assert_eq!((&row.status, &row.plan, &row.price, &row.due), (&None, &None, &None, &None));
    }
    assert_eq!(report.findings, []);
}

#[tokio::test(start_paused = true)]
async fn rows_before_a_failed_page_are_kept() {
    let sandbox = Sandbox::builder().domains(450).mailboxes_per_domain(1).build().unwrap();
    let zapmail =
        altered(&sandbox, |request| match (request.operation, request.query.get("page").map(String::as_str)) {
            ("list_domains" | "list_mailboxes", Some("3")) => error(422),
            _ => None,
        });
    let report = run(&sandbox, zapmail.audit().without_health().without_dns()).await;
    let of = |operation| ("", Some("Main"), Some(operation), ErrorKind::Invalid);
    assert_eq!(failures(&report), [of("list_domains"), of("list_mailboxes")]);
    assert_eq!((report.domains.len(), report.mailboxes.len()), (200 + 150, 200 + 150));
    // The list of mailboxes is incomplete, so their number comes from the row of the domain.
    assert!(report.domains.iter().all(|row| row.mailboxes == Some(1)));
    assert_eq!(report.subscriptions.len(), 6, "the other lists are read");
}

#[tokio::test(start_paused = true)]
async fn mailbox_inherits_domain_and_provider_from_its_row() {
    let sandbox = Sandbox::builder().domains(0).build().unwrap();
    let zapmail = altered(&sandbox, |request| match request.operation {
        "list_mailboxes" => page(
            "domains",
            json!([{
                "id": "7b2e9d10-4c5f-4a6b-9d8e-1f2a3b4c5d6e", "domain": "acme.example", "serviceProvider": "MICROSOFT",
                "mailboxes": [{"id": "5d4c3b2a-1f0e-4d9c-8b7a-6e5f4d3c2b1a", "username": "dana", "lastName": "Reed"}],
            }]),
        ),
        _ => None,
    });
    let report = run(&sandbox, zapmail.audit()).await;
    let row = json!(report.mailboxes[0]);
    let values = ["address", "domain", "provider", "name", "status"].map(|key| row[key].clone());
    assert_eq!(json!(values), json!(["dana@acme.example", "acme.example", "MICROSOFT", "Reed", null]));
    assert_eq!(report.findings.iter().filter(|finding| finding.subject.contains('@')).count(), 0);
}

#[tokio::test(start_paused = true)]
async fn mailboxes_are_counted_once_if_their_list_is_read_again() {
    let sandbox = Sandbox::builder().domains(0).build().unwrap();
    let domain = |number: u8, count: u8| {
        let mailbox = |nth: u8| json!({"id": format!("5d4c3b2a-1f0e-4d9c-8b7a-6e5f4d3c{number:02}{nth:02}"), "username": format!("m{nth}")});
        let mailboxes: Vec<_> = (0..count).map(mailbox).collect();
        json!({"id": format!("domain-{number}"), "domain": format!("acme-{number}.example"), "mailboxes": mailboxes})
    };
    // A domain is added between the first page and the second.
    let north = sandbox.workspaces()[1].id.clone();
    let read = Mutex::new(0);
    let zapmail = altered(&sandbox, move |request| match request.operation {
        "list_domains" if request.workspace.as_ref() == Some(&north) => page(
            "domains",
            json!([{"id": "domain-1", "domain": "acme-1.example"}, {"id": "domain-2", "domain": "acme-2.example"}]),
        ),
        "list_mailboxes" if request.workspace.as_ref() == Some(&north) => {
            let mut read = read.lock().unwrap();
            *read += 1;
            let page = request.query["page"].parse::<u8>().unwrap();
            let rows = [domain(page, 2)];
            data(json!({"totalSearchedCount": if *read == 1 { 2 } else { 3 }, "totalPages": 2, "domains": rows}))
        }
        _ => None,
    });
    let report = run(&sandbox, zapmail.audit().without_dns().without_health()).await;
    assert_eq!(report.mailboxes.len(), 4);
    assert!(report.domains.iter().all(|row| row.mailboxes == Some(2)), "{:?}", report.domains);
}
