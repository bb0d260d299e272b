//! Tests of `adopt --shapes`: a program observes undocumented responses, which are adopted into a copy of the document.

use serde_json::{Value, json};
use tempfile::TempDir;
use zapmail_sandbox::{Fault, Sandbox};
use zapmail_sdk_ext::{RateLimits, RetryPolicy, ShapeRecorder, Zapmail};

use crate::folder::Folder;
use crate::run;

/// An operation with an undescribed response.
const SEARCH: &str = "search_mailboxes_and_domains";

/// Calls a sandbox that returns undocumented responses, and returns the recorded file of shapes.
async fn observed() -> String {
    let sandbox = Sandbox::builder().build().unwrap();
    let recorder = ShapeRecorder::new();
    let zapmail = Zapmail::builder()
        .api_key(sandbox.api_key())
        .base_url(sandbox.base_url())
        .transport(sandbox.transport())
        .rate_limits(RateLimits::unlimited())
        .retry_policy(RetryPolicy::none())
        .observer(recorder.clone())
        .build()
        .unwrap();
    let respond = |operation: &str, body: &Value| {
        let (body, content_type) = (body.to_string(), "application/json".to_owned());
        let response = Fault::Status { status: 200, body, content_type, retry_after: None };
        sandbox.fail_next(operation, response).unwrap();
    };
    let match_of = |email: &str| {
        json!({
            "email": email, "domain": "canary.example", "isWarmedUp": true, "createdAt": "2026-01-02T03:04:05Z",
            "slotCounts": {"canary.example": {"total": 7}}, "canaryName": "canary",
        })
    };
    let matches = [match_of("dana@canary.example"), match_of("reed@canary.example"), match_of("x@canary.example")];
    respond(SEARCH, &json!({"status": 200, "message": "canary", "data": {"mailboxes": matches, "total": 3}}));
    zapmail.search_mailboxes_and_domains().page(1u32).limit(10u32).send().await.unwrap();
    // A write operation.
    respond("create_zap_site", &json!({"status": 200, "data": {"url": "https://canary.example", "pages": ["canary"]}}));
    let site = json!({"destination_url": "https://canary.example", "name": "canary"});
    let site = zapmail.request("POST".parse().unwrap(), "/v2/zap-sites").json(&site);
    site.send::<Value>().await.unwrap();
    // A contradiction to the document.
    respond("get_wallet_balance", &json!({"walletBalance": ["canary"], "autoRechargeEnabled": null}));
    zapmail.request("GET".parse().unwrap(), "/v2/wallet/balance").send::<Value>().await.unwrap();
    serde_json::to_string_pretty(&recorder.shapes()).unwrap()
}

#[tokio::test]
async fn observed_responses_become_schemas_without_their_values() {
    let file = observed().await;
    assert!(!file.contains("canary") && !file.contains("dana") && !file.contains("2026-01-02"), "{file}");

    let (copy, folder) = (Folder::copied(), TempDir::new().unwrap());
    let path = folder.path().join("shapes.json");
    std::fs::write(&path, &file).unwrap();
    let openapi = copy.path().to_str().unwrap().to_owned();
    let xtask = |arguments: &[&str]| run(&[&["--openapi", &openapi], arguments].concat());

    let shapes = path.to_str().unwrap();
    let (code, printed, errors) = xtask(&["adopt", "--shapes", shapes]);
    assert_eq!((code, errors.as_str()), (1, ""), "{printed}");
    for line in [
        "written: openapi/groups/global.yaml: search_mailboxes_and_domains response.data: type: anything -> object",
        "written: openapi/groups/zapsites.yaml: create_zap_site response.data: type: anything -> object",
        "written: openapi/groups/wallet.yaml: get_wallet_balance response.autoRechargeEnabled: nullable: false -> true",
        "by hand: get_wallet_balance response.walletBalance: type: number -> list",
        "properties whose names are not recorded (string)",
    ] {
        assert!(printed.contains(line), "{line} is not in: {printed}");
    }
    assert!(!printed.contains("get_wallet_balance evidence"), "{printed}");
    let written: Vec<_> = printed.lines().filter(|line| line.starts_with("written: ")).collect();
    let again = xtask(&["adopt", "--shapes", shapes]);
    assert!(!again.1.contains("written: ") && again.0 == 1, "{}", again.1);
    assert_eq!(written.len(), 5, "{printed}");

    // A person has to write the descriptions.
    let (code, _, errors) = xtask(&["check"]);
    assert_eq!(code, 1);
    assert!(errors.contains("MailboxesAndDomainsEnvelope: description is missing"), "{errors}");
    for group in ["groups/global.yaml", "groups/zapsites.yaml"] {
        copy.write(group, &copy.read(group).replace("description: ''", "description: Seen in responses."));
    }
    assert_eq!(xtask(&["regen"]).0, 0);
    let (code, printed, errors) = xtask(&["check"]);
    assert_eq!((code, errors.as_str()), (0, ""), "{printed}");

    let merged = copy.read("zapmail.json");
    assert!(!merged.contains("canary"));
    let document: Value = serde_json::from_str(&merged).unwrap();
    let operation = &document["paths"]["/v2/global/mailbox-domain-search"]["get"];
    let evidence = &operation["x-zapmail-evidence"];
    assert_eq!(evidence["response"], "observed");
    let recorded: Value = serde_json::from_str(&file).unwrap();
    assert_eq!(evidence["observed"], recorded["operations"][SEARCH]["200"]["observed"]);
    let schemas = &document["components"]["schemas"];
    let row = &schemas["MailboxesAndDomainsMailbox"]["properties"];
    assert_eq!(row["isWarmedUp"]["type"], "boolean");
    assert_eq!(row["createdAt"]["format"], "date-time");
    assert_eq!(
        row["slotCounts"],
        json!({"$ref": "#/components/schemas/MailboxesAndDomainsMailboxSlotCounts"}),
        "{schemas:#}"
    );
    assert!(row.get("canaryName").is_none());
}

#[test]
fn adopt_needs_an_operation_or_a_file_of_shapes() {
    let (code, _, errors) = run(&["adopt"]);
    assert_eq!(code, 2);
    assert!(errors.contains("<OPERATION>"), "{errors}");
    let (code, _, errors) = run(&["adopt", "--shapes", "Cargo.toml"]);
    assert_eq!(code, 2);
    assert!(errors.starts_with("error: Cargo.toml is not a file of shapes"), "{errors}");
    let (code, _, _) = run(&["adopt", "--shapes", "Cargo.toml", "--from", "xtask/tests/pages"]);
    assert_eq!(code, 2);
}
