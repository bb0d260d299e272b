//! C. Responses that differ from the documentation: everything that the service sends is decoded and accessible.

use serde_json::{Value, json};
use zapmail_sdk_ext::chrono::{DateTime, Utc};
use zapmail_sdk_ext::prelude::*;
use zapmail_sdk_ext::types::{
    AvailableDomainSearch, DnsRecordType, DnsShieldUpgrade, DomainAvailabilityStatus, DomainConnection,
    DomainConnectionStatus, DomainFinderStatus, DomainHealthLabel, DomainStatus, ExportApp, MailboxAssignments,
    MailboxStatus, NewMailbox, PlacementPlanType, ScheduledRemoval, ServiceProvider, SubscriptionStatus,
    WebhookEventType,
};
use zapmail_sdk_ext::{DomainId, ErrorKind, NumberOrText};

use super::DOMAIN;
use super::service::{Reply, Service};

/// A service with one response, which is JSON.
fn service(status: u16, body: &str) -> Service {
    Service::replying([Reply::json(status, body)])
}

/// A service that lists these domains.
fn domains(rows: &str) -> Service {
    Service::replying([Reply::data(format!(r#"{{"currentPage":1,"totalPages":1,"domains":[{rows}]}}"#))])
}

/// The first value under a key, at any depth.
fn find<'v>(value: &'v Value, key: &str) -> Option<&'v Value> {
    match value {
        Value::Object(properties) => {
            properties.get(key).or_else(|| properties.values().find_map(|property| find(property, key)))
        }
        Value::Array(elements) => elements.iter().find_map(|element| find(element, key)),
        _ => None,
    }
}

/// All texts in a value.
fn texts(value: &Value) -> Vec<&str> {
    match value {
        Value::String(text) => vec![text],
        Value::Object(properties) => properties.values().flat_map(texts).collect(),
        Value::Array(elements) => elements.iter().flat_map(texts).collect(),
        _ => Vec::new(),
    }
}

/// C19: assigning mailboxes returns their ids, or nothing.
#[tokio::test(start_paused = true)]
async fn ids_of_assigned_mailboxes_are_accessible() {
    const IDS: [&str; 3] = [
        "5d4c3b2a-1f0e-4d9c-8b7a-6e5f4d3c2b1a",
        "6e5d4c3b-2a1f-4e0d-9c8b-7a6e5f4d3c2b",
        "7f6e5d4c-3b2a-4f1e-8d9c-8b7a6e5f4d3c",
    ];
    let with_ids = |status: u16| {
        json!({"status": status, "message": "Mailboxes will be assigned shortly", "data": IDS}).to_string()
    };
    for (status, body, expected) in [
        (200, with_ids(200), Some(IDS)),
        (202, with_ids(202), Some(IDS)),
        (200, r#"{"status":200,"message":"Mailboxes will be assigned shortly","data":null}"#.to_owned(), None),
        (200, r#"{"status":200,"message":"Mailboxes will be assigned shortly"}"#.to_owned(), None),
    ] {
        let mailbox = NewMailbox::new("acme-example.com", "Dana", "Reed", "dana.reed");
        let assignment = MailboxAssignments([(DomainId::from(DOMAIN), vec![mailbox])].into());
        let response = service(status, &body).client().assign_mailboxes().body(assignment).send_with_response().await;
        let response = response.unwrap();
        assert_eq!(response.status(), status);
        let data = serde_json::to_value(response.data()).unwrap();
        let ids: Vec<_> = texts(&data).into_iter().filter(|text| !text.contains(' ')).collect();
        assert_eq!(ids, expected.map_or_else(Vec::new, Vec::from), "{body}");
    }
}

/// C20: connecting domains returns a map of statuses.
#[tokio::test(start_paused = true)]
async fn statuses_of_connected_domains_are_accessible_by_name() {
    for second in ["CHECKING_BLACKLISTED_STATUS", "WAITING_FOR_REGISTRAR"] {
        let body = format!(
            r#"{{"status":207,"message":"Some domains could not be connected","data":{{"domains":{{"acme-example.com":"SUCCESS","acme-example.net":"{second}"}}}}}}"#
        );
        let connection = DomainConnection::new(["acme-example.com", "acme-example.net"]);
        let response =
            service(207, &body).client().connect_domains().body(connection).send_with_response().await.unwrap();
        assert_eq!(response.status(), 207);
        let data = serde_json::to_value(response.data()).unwrap();
        assert_eq!(find(&data, "acme-example.com"), Some(&json!("SUCCESS")), "{data}");
        assert_eq!(find(&data, "acme-example.net"), Some(&json!(second)), "{data}");
    }
}

/// C21: a rejection is inside an HTTP 200.
#[tokio::test(start_paused = true)]
async fn error_inside_a_200_is_an_error_with_its_id() {
    let service = service(
        200,
        r#"{"status":403,"message":"You do not have access to this workspace","errorId":"b3a1f0c2-0000-4000-8000-000000000001"}"#,
    );
    let error = service.client().list_domains().send().await.unwrap_err();
    assert_eq!((error.kind(), error.status(), service.count()), (ErrorKind::Forbidden, Some(403), 1));
    assert_eq!(error.error_id(), Some("b3a1f0c2-0000-4000-8000-000000000001"));
    assert_eq!(error.message(), "You do not have access to this workspace");
}

/// C22: an envelope has no `status`.
#[tokio::test(start_paused = true)]
async fn envelope_without_status_is_a_success() {
    let service = service(200, r#"{"message":"Mailbox will be removed on next renewal","data":null}"#);
    let removal = ScheduledRemoval::new([DOMAIN], true);
    let response = service.client().schedule_mailbox_removal().body(removal).send_with_response().await.unwrap();
    assert_eq!(response.message().as_deref(), Some("Mailbox will be removed on next renewal"));
}

/// C23: a response has its link next to `message`, without `data`.
#[tokio::test(start_paused = true)]
async fn link_of_a_flat_response_is_accessible() {
    let service =
        service(200, r#"{"message":"Plan upgraded successfully","invoiceUrl":"https://invoice.example.com/i/2"}"#);
    let upgrade = DnsShieldUpgrade::new("Growth", "9e0f1a2b-3c4d-4e5f-8a6b-7c8d9e0f1a2b");
    let response = service.client().upgrade_dns_shield_plan().body(upgrade).send_with_response().await.unwrap();
    assert_eq!(response.body().expose()["invoiceUrl"], "https://invoice.example.com/i/2");
    let data = serde_json::to_value(response.data()).unwrap();
    assert!(texts(&data).contains(&"https://invoice.example.com/i/2"), "{data}");
}

/// C24: the list of workspaces is an object, or a bare list.
#[tokio::test(start_paused = true)]
async fn workspaces_in_both_formats_include_the_current_one() {
    let documented =
        r#"{"status":200,"message":"ok","data":[{"id":"9a1d6c52-0b3e-4f7a-8c11-2d3e4f5a6b7c","name":"Main"}]}"#;
    let seen = r#"{"status":200,"message":"ok","data":{"totalSearchedCount":1,"currentPage":1,"nextPage":2,"totalPages":1,"totalWorkspacesCount":1,"totalDomainsCountGoogle":12,
   "currentWorkspace":{"id":"9a1d6c52-0b3e-4f7a-8c11-2d3e4f5a6b7c","name":"Main","user_id":"3f0c2b1e-6a41-4d7b-9c55-0e1f2a3b4c5d","role":"OWNER",
     "domainCountGoogle":"12","activeMailboxCountMicrosoft":"0","billingDetails":{"addressLineTwo":"","addressLineThree":null}},
   "workspaces":[]}}"#;
    for body in [seen, documented] {
        let service = service(200, body);
        let workspaces = service.client().list_workspaces().items().collect().await.unwrap();
        assert_eq!(workspaces.len(), 1, "{body}");
        assert_eq!(workspaces[0].id.as_str(), "9a1d6c52-0b3e-4f7a-8c11-2d3e4f5a6b7c");
        assert_eq!(workspaces[0].name.as_deref(), Some("Main"));
    }
    let workspaces = service(200, seen).client().list_workspaces().items().collect().await.unwrap();
    assert_eq!(workspaces[0].domain_count_google.as_ref().and_then(NumberOrText::as_i64), Some(12));
}

/// C25: numbers are text, texts are numbers, and a price is `NaN`.
#[tokio::test(start_paused = true)]
async fn number_in_any_format_is_decoded_and_nan_is_not_zero() {
    let rows = r#"{"id":"00000000-0000-4000-8000-000000000001","assignedMailboxesCount":"3"},{"id":"00000000-0000-4000-8000-000000000002","assignedMailboxesCount":3}"#;
    let domains = domains(rows).client().list_domains().items().collect().await.unwrap();
    for domain in domains {
        assert_eq!(domain.assigned_mailboxes_count.unwrap().as_i64(), Some(3));
    }

    let offers = r#"[{"domainName":"one.example","domainPrice":"NaN"},{"domainName":"two.example","domainPrice":"0.00"},{"domainName":"three.example","domainPrice":12.5}]"#;
    let body = format!(r#"{{"status":200,"message":"ok","data":{{"availableDomains":{offers},"exactMatch":null}}}}"#);
    let search = AvailableDomainSearch::new("acme");
    let found = service(200, &body).client().search_available_domains().body(search).send().await.unwrap();
    let prices: Vec<_> = found.available_domains.iter().map(|offer| offer.domain_price.as_ref().unwrap()).collect();
    // The price `NaN` is not a number.
    assert_eq!((prices[0].as_decimal(), prices[0].as_f64(), prices[0].as_i64()), (None, None, None));
    assert_eq!(prices[1].as_decimal(), Some("0.00".parse().unwrap()));
    assert_eq!(prices[2].as_decimal(), Some("12.5".parse().unwrap()));

    let body = r#"{"status":200,"message":"ok","data":{"inboxRate":"54.76%"}}"#;
    let report = service(200, body).client().get_placement_overall_report().send().await.unwrap();
    assert_eq!(report.inbox_rate.as_deref(), Some("54.76%"));

    let wallet = service(200, r#"{"walletBalance":12.5}"#).client().get_wallet_balance().send().await.unwrap();
    assert_eq!(wallet.wallet_balance, Some("12.5".parse().unwrap()));
}

/// C26: a value that is missing in an enum. The contract test `unknown_word_is_decoded_and_written_back` covers every
/// response.
#[test]
fn unknown_value_of_each_enum_is_kept() {
    macro_rules! keeps {
        ($($name:ident),*) => {$(
            let word: $name = serde_json::from_str("\"SOMETHING_NEW\"").unwrap();
            assert_eq!((word.as_str(), word.is_known()), ("SOMETHING_NEW", false));
            assert_eq!(serde_json::to_string(&word).unwrap(), "\"SOMETHING_NEW\"");
        )*};
    }
    keeps!(
        DnsRecordType,
        DomainAvailabilityStatus,
        DomainConnectionStatus,
        DomainFinderStatus,
        DomainHealthLabel,
        DomainStatus,
        ExportApp,
        MailboxStatus,
        PlacementPlanType,
        ServiceProvider,
        SubscriptionStatus,
        WebhookEventType
    );
}

/// C27: the name of a domain is in `domain`.
#[tokio::test(start_paused = true)]
async fn name_of_a_domain_is_decoded_from_field_domain() {
    for row in [
        r#"{"id":"7b2e9d10-4c5f-4a6b-9d8e-1f2a3b4c5d6e","domain":"acme-example.com"}"#,
        r#"{"id":"7b2e9d10-4c5f-4a6b-9d8e-1f2a3b4c5d6e","domain":"acme-example.com","name":"something else"}"#,
    ] {
        let domains = domains(row).client().list_domains().items().collect().await.unwrap();
        assert_eq!(domains[0].domain.as_deref(), Some("acme-example.com"), "{row}");
    }
}

/// C28: a health score has three shapes.
#[tokio::test(start_paused = true)]
async fn health_score_is_decoded_in_three_shapes() {
    for (data, score, average) in [
        (r#"{"averageScore":87.5,"domain":"acme-example.com","isAbused":false}"#, None, Some(87.5)),
        (r#"{"label":"healthy","score":90,"reasons":[],"recommendedActions":[]}"#, Some(90), None),
        (
            r#"{"error":"No mailboxes assigned","label":"critical","score":0,"reasons":[],"recommendedActions":[]}"#,
            Some(0),
            None,
        ),
    ] {
        let service = Service::replying([Reply::data(data)]);
        let health = service.client().get_domain_health().domain_id(DOMAIN).send().await.unwrap();
        assert_eq!((health.score, health.average_score), (score, average), "{data}");
    }
}

/// C28, variant: the call without a domain returns a list.
#[tokio::test(start_paused = true)]
async fn health_of_all_domains_is_decoded_or_not_offered() {
    let data = r#"[{"averageScore":87.5,"domain":"acme-example.com","isAbused":false},{"label":"healthy","score":90,"reasons":[],"recommendedActions":[]}]"#;
    let service = Service::replying([Reply::data(data)]);
    match service.client().get_domain_health().send().await {
        Ok(health) => {
            let health = serde_json::to_value(health).unwrap();
            assert!(texts(&health).contains(&"acme-example.com"), "{health}");
        }
        Err(error) => {
            assert_eq!((error.kind(), error.attempts(), service.count()), (ErrorKind::Invalid, 0, 0), "{error}");
        }
    }
}

/// C29: dates.
#[tokio::test(start_paused = true)]
async fn date_in_any_format_is_decoded() {
    let at = |text: &str| Some(text.parse::<DateTime<Utc>>().unwrap());
    let instant = at("2026-04-10T01:46:36Z");
    for (field, expected) in [
        (r#","registeredOn":"2026-04-10T01:46:36.000Z""#, instant),
        (r#","registeredOn":"2026-04-10T01:46:36Z""#, instant),
        (r#","registeredOn":null"#, None),
        ("", None),
        // An error would be acceptable for these values, but they are decoded.
        (r#","registeredOn":"""#, None),
        (r#","registeredOn":"2026-04-10""#, at("2026-04-10T00:00:00Z")),
    ] {
        let row = format!(r#"{{"id":"{DOMAIN}"{field}}}"#);
        let domains = domains(&row).client().list_domains().items().collect().await.unwrap();
        assert_eq!(domains[0].registered_on, expected, "{field}");
    }
    // An account whose plan has ended is still decoded.
    let user = r#"{"status":200,"message":"ok","data":{"id":"3f0c2b1e-6a41-4d7b-9c55-0e1f2a3b4c5d","planEndsOn":"2020-01-15T10:00:00.000Z"}}"#;
    let user = service(200, user).client().get_user().send().await.unwrap();
    assert_eq!(user.plan_ends_on, at("2020-01-15T10:00:00Z"));
}
