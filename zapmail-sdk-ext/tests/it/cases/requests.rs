//! D. Requests that the service mishandles: either exactly the intended request is sent, or it is refused.

use std::time::Duration;

use serde_json::{Value, json};
use zapmail_sdk_ext::prelude::*;
use zapmail_sdk_ext::types::{
    DmarcRecord, DomainCatchAll, DomainConnection, DomainConnectionRequestRemoval, DomainForwarding,
    DomainForwardingRemoval, DomainMoveProvider, DomainRemoval, DomainRenewal, DomainSelection, DomainTagAssignment,
    DomainTagDeletion, DomainTagRemoval, InstantRemoval, MailboxAssignments, NewMailbox, OutgoingEmail,
    ScheduledRemoval,
};
use zapmail_sdk_ext::{AssignPlan, AssignState, AssignViolation, DomainId, Error, ErrorKind};

use super::service::{Reply, Service};
use super::{DOMAIN, MAILBOX, WORKSPACE, body, client_of, header};
use crate::server::{Act, Server};

const OK: &str = r#"{"status":200,"message":"ok","data":null}"#;

fn ok() -> Act {
    Act::answer(200, "content-type: application/json\r\n", OK.as_bytes())
}

/// C31: an empty list selects everything.
#[tokio::test(start_paused = true)]
async fn empty_list_is_refused_before_sending() {
    const NONE: [&str; 0] = [];
    let service = Service::replying([Reply::json(200, OK)]);
    let zapmail = service.client();
    let scheduled = ScheduledRemoval::new(NONE, true);
    let errors: [(&str, Error); 7] = [
        ("domainIds", zapmail.schedule_mailbox_removal().body(scheduled).send().await.unwrap_err()),
        (
            "mailboxIds",
            zapmail.remove_mailboxes_instantly().body(InstantRemoval::new(NONE, true)).send().await.unwrap_err(),
        ),
        ("ids", zapmail.remove_domains().body(DomainRemoval::new(NONE)).send().await.unwrap_err()),
        ("domainIds", zapmail.renew_domains().body(DomainRenewal::new(NONE)).send().await.unwrap_err()),
        ("tagIds", zapmail.remove_domain_tags().body(DomainTagRemoval::new([DOMAIN], NONE)).send().await.unwrap_err()),
        (
            "domainIds",
            zapmail.remove_domain_tags().body(DomainTagRemoval::new(NONE, ["tag-1"])).send().await.unwrap_err(),
        ),
        (
            "tagIds",
            zapmail.assign_domain_tags().body(DomainTagAssignment::new([DOMAIN], NONE)).send().await.unwrap_err(),
        ),
    ];
    for (argument, error) in errors {
        assert_eq!((error.kind(), error.attempts()), (ErrorKind::Invalid, 0), "{error}");
        assert!(!error.may_have_been_processed() && error.message().contains(argument), "{argument}: {error}");
    }
    assert_eq!(service.count(), 0);
}

/// C31, variant: the deletion of a tag takes one tag, whose id is empty.
#[tokio::test(start_paused = true)]
async fn empty_tag_id_is_refused_before_sending() {
    let service = Service::replying([Reply::json(200, OK)]);
    let deletion = DomainTagDeletion::new("");
    let error = service.client().delete_domain_tag().body(deletion).send().await.unwrap_err();
    assert_eq!((error.kind(), error.attempts(), service.count()), (ErrorKind::Invalid, 0, 0), "{error}");
    assert!(error.message().contains("tagId"), "{error}");
}

/// C32: filters widen the target of a forwarding.
#[tokio::test(start_paused = true)]
async fn forwarding_sends_only_the_domains_and_the_target() {
    let server = Server::acting(vec![ok()]);
    let forwarding = DomainForwarding::new([DOMAIN], "acme.example");
    client_of(&server).add_domain_forwarding().body(forwarding).send().await.unwrap();
    let [request] = server.requests().try_into().expect("one request");
    assert_eq!(body(&request), r#"{"domainIds":["7b2e9d10-4c5f-4a6b-9d8e-1f2a3b4c5d6e"],"forwardTo":"acme.example"}"#);
    assert!(request.starts_with("POST /api/v2/domains/forwarding HTTP/1.1\r\n"), "{request}");
}

/// C33: the service rejects a filter that is null with 422. The contract test `null_filter_is_never_sent` covers every
/// operation.
#[tokio::test(start_paused = true)]
async fn rejected_filter_is_a_validation_error_and_not_retried() {
    let service = Service::replying([Reply::json(422, r#"{"status":422,"message":"contains must be a string"}"#)]);
    let forwarding = DomainForwarding::new([DOMAIN], "acme.example");
    let error = service.client().add_domain_forwarding().body(forwarding).send().await.unwrap_err();
    assert_eq!((error.kind(), error.status(), error.attempts()), (ErrorKind::Invalid, Some(422), 1));
    assert_eq!((error.message(), service.count()), ("contains must be a string", 1));
    let [sent] = service.requests().try_into().expect("one request");
    assert!(!sent.body.contains("contains") && !sent.body.contains("null"), "{}", sent.body);
}

/// C34: `contains` also matches a longer name.
#[tokio::test(start_paused = true)]
async fn domain_is_found_only_by_its_whole_name() {
    let rows = format!(
        r#"{{"id":"00000000-0000-4000-8000-000000000001","domain":"getacme.com"}},{{"id":"{DOMAIN}","domain":"acme.com"}}"#
    );
    let data = format!(r#"{{"currentPage":1,"nextPage":2,"totalPages":1,"domains":[{rows}]}}"#);
    let service = Service::replying([Reply::data(data)]);
    for name in ["acme.com", "ACME.com"] {
        let found = service.client().domains_by_name([name]).await.unwrap().into_values().next().unwrap().unwrap();
        assert_eq!((found.id.as_str(), found.domain.as_deref()), (DOMAIN, Some("acme.com")), "{name}");
    }
    let found = service.client().domains_by_name(["me.com"]).await.unwrap();
    assert!(found["me.com"].is_none());
    assert_eq!(service.requests()[0].parameter("contains"), Some("acme.com"));
}

/// C35: the service fails with 500 for an unknown provider.
///
/// Since 13 October 2026, it ignores `x-service-provider`, which therefore has no setter. `move_domains` is the only
/// request with a provider.
#[tokio::test(start_paused = true)]
async fn unknown_provider_is_refused_and_error_500_keeps_its_message() {
    let service = Service::replying([Reply::json(500, r#"{"status":500,"message":"Invalid service provider"}"#)]);
    let zapmail = service.client();
    assert!("OUTLOOK".parse::<DomainMoveProvider>().is_err());
    for provider in ["GOOGLE", "MICROSOFT"] {
        assert_eq!(provider.parse::<DomainMoveProvider>().unwrap().to_string(), provider);
    }

    let error = zapmail.list_domains().send().await.unwrap_err();
    assert_eq!((error.kind(), error.status(), error.attempts()), (ErrorKind::Server, Some(500), 4));
    assert_eq!((error.message(), service.count()), ("Invalid service provider", 4));
    assert!(service.requests().iter().all(|sent| !sent.headers.contains_key("x-service-provider")));
}

/// C36: a list for one provider lacks the ids of the other.
///
/// Since 13 October 2026, the service ignores `x-service-provider`, and the client does not send it; a caller can do
/// so.
#[tokio::test(start_paused = true)]
async fn provider_header_is_sent_only_by_the_caller_and_empty_list_is_not_final() {
    let empty = r#"{"currentPage":1,"nextPage":2,"totalPages":0,"domains":[]}"#;
    let service = Service::replying([Reply::data(empty)]);
    let microsoft = service.client().with_header("x-service-provider", "MICROSOFT").unwrap();
    assert!(microsoft.list_domains().items().collect().await.unwrap().is_empty());
    assert!(service.client().list_domains().items().collect().await.unwrap().is_empty());
    let [first, second] = service.requests().try_into().expect("two requests");
    assert_eq!(first.headers["x-service-provider"], "MICROSOFT");
    assert!(!second.headers.contains_key("x-service-provider"));

    let wait = microsoft.wait_for_domains(&["acme-example.com"]).timeout(Duration::from_secs(600));
    assert_eq!(wait.await.unwrap_err().error().kind(), ErrorKind::Timeout);
}

/// C37: the workspace header has two names.
#[tokio::test(start_paused = true)]
async fn workspace_is_sent_in_the_header_of_each_operation() {
    let listed = r#"{"status":200,"message":"ok","data":{"currentPage":1,"totalPages":1,"domains":[]}}"#;
    let listed = Act::answer(200, "content-type: application/json\r\n", listed.as_bytes());
    let sent = Act::answer(200, "content-type: application/json\r\n", br#"{"success":true,"data":{}}"#);
    let server = Server::acting(vec![sent, ok(), listed]);
    let zapmail = client_of(&server).workspace(WORKSPACE);
    let email =
        OutgoingEmail::new("dana.reed@acme-example.com", "Hello Lee", "Your question", "lee@customer-example.com");
    zapmail.send_email().body(email).send().await.unwrap();
    zapmail.remove_domain_forwarding().body(DomainForwardingRemoval::new(DOMAIN)).send().await.unwrap();
    zapmail.list_domains().send().await.unwrap();
    let requests = server.requests();
    let sent = |name| requests.iter().map(|request| header(request, name)).collect::<Vec<_>>();
    assert_eq!(sent("x-workspace-id"), [Some(WORKSPACE), Some(WORKSPACE), None]);
    assert_eq!(sent("x-workspace-key")[2], Some(WORKSPACE));
}

/// C38: the workspace header is missing.
#[tokio::test(start_paused = true)]
async fn missing_workspace_is_an_error_that_names_the_setting() {
    let service = Service::replying([Reply::json(400, r#"{"status":400,"message":"Workspace key is required"}"#)]);
    let error = service.client().get_export_status().export_id(10421).send().await.unwrap_err();
    assert_eq!((error.kind(), error.status(), service.count()), (ErrorKind::Invalid, Some(400), 1));
    let text = error.to_string();
    assert!(text.ends_with("Workspace key is required; set `workspace` (ZAPMAIL_WORKSPACE_KEY)"), "{text}");
}

/// C39: the app is missing or unknown.
#[tokio::test(start_paused = true)]
async fn app_is_required_and_error_500_for_unknown_app_is_reported() {
    let service = Service::replying([Reply::json(500, r#"{"status":500,"message":"Internal server error"}"#)]);
    let zapmail = service.client();
    let error = zapmail.list_export_accounts().send().await.unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::Invalid, 0));
    assert!(error.message().contains("`app`"), "{error}");
    let error = zapmail.list_export_accounts().app("NOTANAPP").send().await.unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::Invalid, 0), "{error}");
    assert_eq!(service.count(), 0);

    let unknown = zapmail.list_export_accounts().app("NOTANAPP").allow_unknown();
    let error = unknown.send().await.unwrap_err();
    assert_eq!((error.kind(), error.status(), error.attempts()), (ErrorKind::Server, Some(500), 4), "{error}");
    assert_eq!(service.queries(), ["app=NOTANAPP"; 4]);
}

/// C40: a mailbox is requested without its id.
#[tokio::test(start_paused = true)]
async fn mailbox_without_id_is_refused_before_sending() {
    let service = Service::replying([Reply::json(500, r#"{"status":500,"message":"Internal server error"}"#)]);
    let error = service.client().get_mailbox().send().await.unwrap_err();
    assert_eq!((error.kind(), error.status(), error.attempts()), (ErrorKind::Invalid, None, 0));
    assert!(error.message().contains("`id`"), "{error}");
    assert_eq!(service.count(), 0);
}

/// C41: a DELETE has a body.
#[tokio::test(start_paused = true)]
async fn body_of_a_delete_is_sent() {
    let server = Server::acting(vec![ok()]);
    let removal = DomainConnectionRequestRemoval::new(["acme-example.com"]);
    client_of(&server).remove_connection_requests().body(removal).send().await.unwrap();
    let [request] = server.requests().try_into().expect("one request");
    assert!(request.starts_with("DELETE /api/v2/domains/connection-requests HTTP/1.1\r\n"), "{request}");
    assert_eq!(body(&request), r#"{"domainNames":["acme-example.com"]}"#);
    assert_eq!(header(&request, "content-type"), Some("application/json"));
}

/// A service with one assignable domain, on which these user names exist.
fn assigning(existing: &'static [&'static str]) -> Service {
    Service::responding(move |sent, _| match sent.operation {
        "list_assignable_domains" => Reply::data(json!({"totalPages": 1, "domains": [
            {"id": DOMAIN, "domain": "acme-example.com", "assignedMailboxesCount": existing.len().to_string()},
        ]})),
        "list_mailboxes" => {
            let mailboxes: Vec<_> = existing
                .iter()
                .map(|username| {
                    let email = format!("{username}@Acme-Example.com");
                    json!({"id": MAILBOX, "username": username, "email": email, "status": "ACTIVE"})
                })
                .collect();
            let domains = json!([{"id": DOMAIN, "domain": "acme-example.com", "mailboxes": mailboxes}]);
            Reply::data(json!({"totalPages": 1, "availableMailboxes": 30, "domains": domains}))
        }
        "assign_mailboxes" => {
            let known = existing.iter().find(|username| sent.body.to_lowercase().contains(&username.to_lowercase()));
            known.map_or_else(
                || Reply::data("null"),
                |known| {
                    Reply::json(400, format!(r#"{{"status":400,"message":"{known}@acme-example.com already exists"}}"#))
                },
            )
        }
        other => panic!("`{other}` was called"),
    })
}

fn plan(usernames: &[&str]) -> AssignPlan {
    let names = usernames.iter();
    names.fold(AssignPlan::new(), |plan, name| plan.mailbox(DOMAIN, "acme-example.com", "Dana", "Reed", *name))
}

/// C42: user names that the service rejects.
#[tokio::test(start_paused = true)]
async fn invalid_user_name_is_reported_and_not_sent() {
    let long = "d".repeat(65);
    for username in [".dana", "dana.", "da..na", "dana-", "daná", "da na", "", long.as_str()] {
        let service = assigning(&[]);
        let failed = service.client().assign_mailboxes_in_batches(plan(&[username])).run().await.unwrap_err();
        let named = AssignViolation::Username { domain: "acme-example.com".into(), username: username.into() };
        assert_eq!(failed.violations(), [named], "{username}");
        assert!(!service.operations().contains(&"assign_mailboxes"), "{username}");
    }
    let service = assigning(&[]);
    service.client().assign_mailboxes_in_batches(plan(&["Dana"])).run().await.unwrap();
    assert!(service.operations().contains(&"assign_mailboxes"));
}

/// C42, variant: the names of people arrive unchanged.
#[tokio::test(start_paused = true)]
async fn display_name_arrives_unchanged_as_utf_8() {
    let server = Server::acting(vec![ok()]);
    let mailboxes = [("Zoë", "O'Brien"), ("Anna", "van der Berg")].map(|(first_name, last_name)| {
        NewMailbox::new("acme-example.com", first_name, last_name, first_name.replace('ë', "e").to_lowercase())
    });
    let assignment = MailboxAssignments([(DomainId::from(DOMAIN), mailboxes.into())].into());
    client_of(&server).assign_mailboxes().body(assignment).send().await.unwrap();
    let [request] = server.requests().try_into().expect("one request");
    assert!(request.contains(r#""firstName":"Zoë","lastName":"O'Brien""#), "{request}");
    assert!(request.contains(r#""lastName":"van der Berg""#), "{request}");
}

/// C43: one of several mailboxes already exists.
#[tokio::test(start_paused = true)]
async fn existing_mailbox_is_skipped_and_the_others_are_sent() {
    // Without the option, the service rejects the whole request.
    let service = assigning(&["dana.reed"]);
    let run = service.client().assign_mailboxes_in_batches(plan(&["dana.reed", "lee.wood"])).run();
    let failed = run.await.unwrap_err();
    assert_eq!(failed.error().kind(), ErrorKind::Invalid);
    assert_eq!(failed.error().message(), "dana.reed@acme-example.com already exists");
    assert_eq!(failed.report().of(DOMAIN), Some(&AssignState::NotSent));

    let service = assigning(&["Dana.Reed"]);
    let run = service.client().assign_mailboxes_in_batches(plan(&["dana.reed", "lee.wood"])).skip_existing();
    assert!(run.run().await.unwrap().is_complete());
    assert_eq!(service.operations()[0], "list_mailboxes");
    let [sent] = service
        .requests()
        .into_iter()
        .filter(|sent| sent.operation == "assign_mailboxes")
        .collect::<Vec<_>>()
        .try_into()
        .expect("one assignment");
    let body: Value = serde_json::from_str(&sent.body).unwrap();
    let usernames: Vec<_> =
        body[DOMAIN].as_array().unwrap().iter().map(|mailbox| mailbox["mailboxUsername"].clone()).collect();
    assert_eq!(usernames, [json!("lee.wood")]);

    // Nothing needs to be sent, and the run succeeds.
    let service = assigning(&["DANA.REED"]);
    let zapmail = service.client();
    let plan = plan(&["dana.reed"]);
    let report = zapmail.assign_mailboxes_in_batches(plan.clone()).skip_existing().run().await.unwrap();
    assert!(report.is_complete());
    assert!(!service.operations().contains(&"assign_mailboxes"));
    assert_eq!(zapmail.wait_for_mailboxes(plan.addresses()).await.unwrap().len(), 1);
}

/// C44: plus signs and non-ASCII names.
#[tokio::test(start_paused = true)]
async fn plus_sign_and_non_ascii_name_are_encoded() {
    let listed = r#"{"status":200,"message":"ok","data":{"currentPage":1,"totalPages":1,"domains":[]}}"#;
    let listed = Act::answer(200, "content-type: application/json\r\n", listed.as_bytes());
    let server = Server::acting(vec![listed.clone(), listed, ok()]);
    let zapmail = client_of(&server);
    zapmail.list_mailboxes().contains("dana+1@acme-example.com").send().await.unwrap();
    zapmail.list_domains().contains("bücher.example").send().await.unwrap();
    zapmail.connect_domains().body(DomainConnection::new(["bücher.example"])).send().await.unwrap();
    let [mailboxes, domains, connection] = server.requests().try_into().expect("three requests");
    let line = mailboxes.lines().next().unwrap();
    assert_eq!(line, "GET /api/v2/mailboxes/list?contains=dana%2B1%40acme-example.com HTTP/1.1");
    let line = domains.lines().next().unwrap();
    assert_eq!(line, "GET /api/v2/domains?contains=b%C3%BCcher.example HTTP/1.1");
    assert_eq!(body(&connection), r#"{"domainNames":["bücher.example"]}"#);
}

/// C45: a value is cleared, or left unchanged.
#[tokio::test(start_paused = true)]
async fn values_are_set_and_cleared_by_separate_calls() {
    let service = Service::replying([Reply::json(200, OK)]);
    let zapmail = service.client();
    zapmail.add_domain_forwarding().body(DomainForwarding::new([DOMAIN], "acme.example")).send().await.unwrap();
    zapmail.remove_domain_forwarding().body(DomainForwardingRemoval::new(DOMAIN)).send().await.unwrap();
    zapmail.enable_catch_all().body(DomainCatchAll::new([DOMAIN], "dana@acme-example.com")).send().await.unwrap();
    zapmail.disable_catch_all().body(DomainSelection::new([DOMAIN])).send().await.unwrap();
    zapmail.add_dmarc_record().body(DmarcRecord::new([DOMAIN], "dmarc@acme-example.com")).send().await.unwrap();
    zapmail.add_dmarc_record().body(DmarcRecord::new([DOMAIN], "")).send().await.unwrap();
    let requests = service.requests();
    let sent = requests.iter().map(|sent| (sent.operation, serde_json::from_str::<Value>(&sent.body).unwrap()));
    let expected = [
        ("add_domain_forwarding", json!({"domainIds": [DOMAIN], "forwardTo": "acme.example"})),
        ("remove_domain_forwarding", json!({"domainId": DOMAIN})),
        ("enable_catch_all", json!({"domainIds": [DOMAIN], "email": "dana@acme-example.com"})),
        ("disable_catch_all", json!({"domainIds": [DOMAIN]})),
        ("add_dmarc_record", json!({"domainIds": [DOMAIN], "email": "dmarc@acme-example.com"})),
        ("add_dmarc_record", json!({"domainIds": [DOMAIN], "email": ""})),
    ];
    assert_eq!(sent.collect::<Vec<_>>(), expected);
}
