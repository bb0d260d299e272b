//! Requests: those that the service would misinterpret are rejected before they are sent, and the others are sent
//! exactly as specified.

use serde_json::{Value, json};
use zapmail_sdk::types::{
    DmarcRecord, DomainCatchAll, DomainForwarding, DomainRemoval, DomainRenewal, DomainTagRemoval, ExportApp,
    InstantRemoval, MailboxAssignments, MailboxExport, ScheduledRemoval, WalletTopUp,
};
use zapmail_sdk::{Client, Decimal, Error, ErrorKind, ReqwestTransport, Result, ids::DomainId, reqwest};

const DOMAIN: &str = "7b2e9d10-4c5f-4a6b-9d8e-1f2a3b4c5d6e";

fn client() -> Client {
    let transport = ReqwestTransport::new().unwrap();
    Client::with_transport("not-a-real-key", "http://127.0.0.1:9/api", transport).unwrap()
}

fn body(request: Result<reqwest::Request>) -> Value {
    serde_json::from_slice(request.unwrap().body().unwrap().as_bytes().unwrap()).unwrap()
}

fn rejected(request: Result<reqwest::Request>) -> Error {
    let error = request.unwrap_err();
    assert_eq!((error.kind(), error.may_have_been_processed()), (ErrorKind::Invalid, false), "{error}");
    error
}

#[test]
fn empty_selection_is_rejected_by_name() {
    let client = client();
    let none: [DomainId; 0] = [];
    let rows = [
        (client.schedule_mailbox_removal().body(ScheduledRemoval::new(none.clone(), true)).prepare(), "body.domainIds"),
        (client.remove_mailboxes_instantly().body(InstantRemoval::new([""; 0], true)).prepare(), "body.mailboxIds"),
        (client.renew_domains().body(DomainRenewal::new(none.clone())).prepare(), "body.domainIds"),
        (client.remove_domains().body(DomainRemoval::new(none.clone())).prepare(), "body.ids"),
        (client.remove_domain_tags().body(DomainTagRemoval::new([DOMAIN], [""; 0])).prepare(), "body.tagIds"),
        (client.assign_mailboxes().body(MailboxAssignments(Default::default())).prepare(), "body"),
    ];
    for (request, path) in rows {
        let text = rejected(request).to_string();
        assert!(text.contains(&format!("`{path}` is empty")) && text.contains("at least one"), "{text}");
    }
}

#[test]
fn request_that_selects_nothing_is_rejected() {
    let client = client();
    let none: [DomainId; 0] = [];
    for request in [
        client.enable_catch_all().body(DomainCatchAll::new(none.clone(), "c@acme.example")).prepare(),
        client.add_dmarc_record().body(DmarcRecord::new(none.clone(), "d@acme.example")).prepare(),
    ] {
        let text = rejected(request).to_string();
        assert!(text.contains("selects nothing; set at least one of `body.contains`, `body.domainIds`"), "{text}");
    }
    // A filter is also a selection.
    let dmarc = DmarcRecord::new(none, "d@acme.example").or_contains("acme");
    client.add_dmarc_record().body(dmarc).prepare().unwrap();
}

#[test]
fn id_that_is_not_a_uuid_is_rejected() {
    let error = rejected(client().get_mailbox().id("dana").prepare());
    assert_eq!(error.to_string(), "get_mailbox: invalid value for `id`; expected a UUID");
}

#[test]
fn unset_filters_are_not_sent() {
    let forwarding = DomainForwarding::new([DOMAIN], "acme.example");
    let request = client().add_domain_forwarding().body(forwarding.clone()).prepare();
    assert_eq!(body(request), json!({"domainIds": [DOMAIN], "forwardTo": "acme.example"}));

    // The names of the setters reflect how the service applies the filters.
    let request = client().add_domain_forwarding().body(forwarding.or_contains("acme").or_tag_ids(["tag-1"])).prepare();
    assert_eq!(
        body(request),
        json!({"domainIds": [DOMAIN], "forwardTo": "acme.example", "contains": "acme", "tagIds": ["tag-1"]})
    );
}

#[test]
fn unknown_enum_value_is_rejected_unless_allowed() {
    let export = MailboxExport::new(["SMARTLED"]).ids([DOMAIN]);
    let error = rejected(client().export_mailboxes().body(export.clone()).prepare());
    let text = error.to_string();
    assert!(text.starts_with("export_mailboxes: `SMARTLED` is not a documented `ExportApp`"), "{text}");
    assert!(text.contains("SMARTLEAD") && text.contains("allow_unknown()"), "{text}");

    let request = client().export_mailboxes().body(export).allow_unknown().prepare();
    assert_eq!(body(request)["apps"], json!(["SMARTLED"]));

    // The same applies to query parameters, in any letter case.
    let error = rejected(client().list_export_accounts().app("SMARTLED").prepare());
    assert!(error.message().contains("`SMARTLED` is not a documented"), "{error}");
    let request = client().list_export_accounts().app("smartlead").prepare().unwrap();
    assert_eq!(request.url().query(), Some("app=SMARTLEAD"));
    assert_eq!(ExportApp::from("Smartlead"), ExportApp::Smartlead);

    // An unknown value in one request does not affect the next request.
    client().get_user().prepare().unwrap();
    client().list_export_accounts().app(ExportApp::Smartlead).prepare().unwrap();
}

#[test]
fn money_is_sent_as_an_exact_number() {
    let amount: Decimal = "50.10".parse().unwrap();
    let request = client().add_wallet_balance().body(WalletTopUp::new(amount)).prepare().unwrap();
    assert_eq!(request.body().unwrap().as_bytes().unwrap(), br#"{"amount":50.1}"#);
}

#[test]
fn missing_parameter_is_named() {
    let error = rejected(client().list_export_accounts().prepare());
    assert_eq!(error.to_string(), "list_export_accounts: `app` is required and was not set");
    let error = rejected(client().add_wallet_balance().prepare());
    assert_eq!(error.to_string(), "add_wallet_balance: `body` is required and was not set");
}
