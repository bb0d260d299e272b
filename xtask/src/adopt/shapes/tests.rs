//! Tests of `adopt --shapes`: shapes that differ from the document, adopted into a copy of it.

use serde_json::{Value, json};

use super::file::parse;
use super::{Outcome, adopt};
use crate::document::Document;
use crate::fixture::{Folder, changed_lines};

const SEARCH: &str = "search_mailboxes_and_domains";
const GLOBAL: &str = "groups/global.yaml";
const MAILBOX: &str = "groups/mailbox.yaml";
const PLACEMENT: &str = "groups/placement-test.yaml";
const USERS: &str = "groups/users.yaml";
const WALLET: &str = "groups/wallet.yaml";

/// An object that was observed three times, each time with these properties.
fn object(properties: &Value) -> Value {
    object_of(3, properties)
}

fn object_of(objects: u64, properties: &Value) -> Value {
    let mut properties = properties.clone();
    for property in properties.as_object_mut().unwrap().values_mut().filter(|property| property.get("seen").is_none()) {
        property["seen"] = objects.into();
    }
    json!({"types": "object", "objects": objects, "properties": properties})
}

fn list(items: &Value) -> Value {
    json!({"types": "array", "items": items})
}

fn envelope(data: &Value) -> Value {
    object(&json!({"status": {"types": "integer"}, "message": {"types": "string"}, "data": data}))
}

fn file(operation: &str, responses: &[(u16, Value)]) -> String {
    let responses = responses
        .iter()
        .map(|(status, shape)| (status.to_string(), json!({"observed": "2026-11-30", "responses": 3, "shape": shape})));
    let responses: Value = responses.collect::<serde_json::Map<_, _>>().into();
    json!({"format": 1, "operations": {operation: responses}}).to_string()
}

/// Adopts these responses, and checks that adopting them again changes nothing.
fn adopted(folder: &Folder, operation: &str, responses: &[(u16, Value)]) -> Outcome {
    let shapes = parse(&file(operation, responses)).unwrap();
    let adopt = || adopt(folder.path(), &Document::read(folder.path()).unwrap(), &shapes, None).unwrap();
    let outcome = adopt();
    let again = adopt();
    assert_eq!((&again.written[..], &again.by_hand), (&[][..], &outcome.by_hand));
    outcome
}

/// The lines that differ from the real document.
fn changed(folder: &Folder, file: &str) -> Vec<String> {
    changed_lines(&std::fs::read_to_string(crate::openapi_folder().join(file)).unwrap(), &folder.read(file))
}

fn text() -> Value {
    json!({"types": "string"})
}

#[test]
fn untyped_response_gets_components() {
    let folder = Folder::copied();
    let row = object(&json!({
        "id": {"types": "string:uuid"},
        "domainId": {"types": "string:uuid", "seen": 2},
        "createdAt": {"types": "string:date-time | null"},
        "recoveryEmail": {"types": "string:email"},
        "price": {"types": "string:decimal | number"},
        "tags": list(&text()),
        "counts": {"types": "object", "objects": 3, "keys": "string:domain", "values": {"seen": 3, "types": "integer"}},
        "mixed": {"types": "string | boolean"},
        "nothing": {"types": "null"},
    }));
    let data = object(&json!({"rows": list(&row), "total": {"types": "integer"}}));
    let outcome = adopted(&folder, SEARCH, &[(200, envelope(&data))]);
    assert_eq!(
        outcome.written,
        [
            format!("openapi/{GLOBAL}: {SEARCH} response.data: type: anything -> object"),
            format!("openapi/{GLOBAL}: {SEARCH} evidence: unknown -> observed 2026-11-30"),
        ]
    );
    let expected = [
        "-x-zapmail-evidence: {request: documented, response: unknown}",
        "+x-zapmail-evidence: {request: documented, response: observed, observed: '2026-11-30'}",
        "-schema: {$ref: '#/components/schemas/UntypedEnvelope'}",
        "+schema: {$ref: '#/components/schemas/MailboxesAndDomainsEnvelope'}",
    ];
    assert_eq!(changed(&folder, GLOBAL)[..4], expected);
    let document = Document::read(folder.path()).unwrap();
    let schemas = &document.value()["components"]["schemas"];
    let described = |value: Value| {
        let mut value = value;
        value["description"] = "".into();
        value
    };
    assert_eq!(
        schemas["MailboxesAndDomainsRow"],
        json!({
            "type": "object",
            "description": "",
            "required": ["id"],
            "properties": {
                "id": described(json!({"type": "string", "format": "uuid"})),
                "domainId": described(json!({"type": "string", "format": "uuid"})),
                "createdAt": described(json!({"type": "string", "format": "date-time", "nullable": true})),
                "recoveryEmail": described(json!({"type": "string", "format": "password"})),
                "price": {"$ref": "#/components/schemas/Money"},
                "tags": described(json!({"type": "array", "items": {"type": "string"}})),
                "counts": {"$ref": "#/components/schemas/MailboxesAndDomainsRowCounts"},
                "mixed": described(json!({})),
                "nothing": described(json!({})),
            },
        })
    );
    let counts = json!({"type": "integer", "format": "int64"});
    assert_eq!(schemas["MailboxesAndDomainsRowCounts"]["additionalProperties"], counts);
    assert_eq!(document.named(SEARCH).unwrap().data(), Some("/data"));
    assert_eq!(outcome.by_hand, [format!("{SEARCH} response.data.rows[].mixed: type: anything -> one of several")]);
    assert!(outcome.notes.iter().any(|note| note.contains("change the example")), "{outcome:?}");
    assert!(outcome.notes.iter().any(|note| note.starts_with("write for MailboxesAndDomainsRow: ")), "{outcome:?}");
}

#[test]
fn untyped_body_becomes_an_envelope_if_it_is_one() {
    let folder = Folder::copied();
    let data = object(&json!({"invoiceUrl": {"types": "string:uri"}}));
    let outcome = adopted(&folder, "purchase_dns_shield", &[(200, envelope(&data))]);
    assert_eq!(outcome.by_hand, [""; 0]);
    let document = Document::read(folder.path()).unwrap();
    let operation = document.named("purchase_dns_shield").unwrap();
    assert_eq!((operation.data(), operation.evidence("response")), (Some("/data"), "observed"));

    let folder = Folder::copied();
    let bare = object(&json!({"paymentLink": {"types": "string:uri"}, "message": text()}));
    adopted(&folder, "purchase_dns_shield", &[(200, bare)]);
    let document = Document::read(folder.path()).unwrap();
    assert_eq!(document.named("purchase_dns_shield").unwrap().data(), None);
    assert_eq!(document.value()["components"]["schemas"]["DnsShield"]["properties"]["paymentLink"]["type"], "string");
}

#[test]
fn response_that_shows_nothing_stays_untyped() {
    for data in
        [json!({"types": "null"}), json!({"types": "array"}), json!({"types": "object", "objects": 3, "empty": 3})]
    {
        let folder = Folder::copied();
        assert_eq!(adopted(&folder, SEARCH, &[(200, envelope(&data))]), Outcome::default());
        assert_eq!(changed(&folder, GLOBAL), [""; 0]);
    }
    // Properties whose names are not recorded yield no type either, but a note.
    let folder = Folder::copied();
    let data = json!({"types": "object", "objects": 3, "unnamed": {"seen": 3, "types": "integer"}});
    let outcome = adopted(&folder, SEARCH, &[(200, envelope(&data))]);
    let note = format!("{SEARCH} 200 response.data: has properties whose names are not recorded (integer)");
    assert_eq!((outcome.notes, outcome.written), (vec![note], Vec::new()));
}

#[test]
fn new_property_null_and_new_word_change_one_line_each() {
    let folder = Folder::copied();
    let mailbox = object(&json!({
        "id": {"types": "string:uuid"},
        "username": {"types": "string | null"},
        "status": {"types": "string", "words": ["ACTIVE", "SUSPENDED"]},
        "warmupScore": {"types": "integer"},
    }));
    let outcome = adopted(&folder, "get_mailbox", &[(200, envelope(&object(&json!({"mailbox": mailbox}))))]);
    assert_eq!(outcome.by_hand, [""; 0]);
    assert_eq!(outcome.written.len(), 4, "{outcome:?}");
    let mut lines = changed(&folder, MAILBOX);
    lines.retain(|line| !line.contains("x-zapmail-evidence"));
    lines.sort();
    let expected = [
        "+enum: [ACTIVE, IN_PROGRESS, CREATING_PASSWORD, FAILED, INACTIVE, EXPIRED, SUSPENDED]",
        "+username: {type: string, nullable: true, description: Part of the address before the @.}",
        "+warmupScore: {type: integer, format: int64, description: ''}",
        "-enum: [ACTIVE, IN_PROGRESS, CREATING_PASSWORD, FAILED, INACTIVE, EXPIRED]",
        "-username: {type: string, description: Part of the address before the @.}",
    ];
    assert_eq!(lines, expected);
    assert!(outcome.notes.iter().any(|note| note.starts_with("Mailbox is also used by ")), "{outcome:?}");
    assert!(outcome.notes.contains(&"write for Mailbox: properties.warmupScore.description".to_owned()), "{outcome:?}");
}

#[test]
fn null_is_written_in_each_form_of_a_part() {
    let folder = Folder::copied();
    let user = object(&json!({
        "id": {"types": "string:uuid"},
        "assignedMailboxes": {"types": "integer | null"},
    }));
    let outcome = adopted(&folder, "get_user", &[(200, envelope(&user))]);
    assert_eq!(outcome.by_hand, [""; 0]);
    assert!(changed(&folder, USERS).contains(&"+nullable: true".to_owned()), "{outcome:?}");
    let document = Document::read(folder.path()).unwrap();
    let part = &document.value()["components"]["schemas"]["User"]["properties"]["assignedMailboxes"];
    assert_eq!((&part["nullable"], &part["format"]), (&json!(true), &json!("int64")));

    // A component that only one operation uses, a list, and a component that other operations share.
    let folder = Folder::copied();
    let data = json!({"types": "object | null", "objects": 3, "properties": {
        "byProvider": {"seen": 3, "types": "array | null"}, "inboxRate": {"seen": 3, "types": "null"},
    }});
    let outcome = adopted(&folder, "get_placement_overall_report", &[(200, envelope(&data))]);
    assert_eq!((outcome.written.len(), outcome.by_hand.len()), (4, 0), "{outcome:?}");
    let schemas = Document::read(folder.path()).unwrap().value()["components"]["schemas"].clone();
    assert_eq!(schemas["PlacementOverallReport"]["nullable"], true);
    assert_eq!(schemas["PlacementOverallReport"]["properties"]["byProvider"]["nullable"], true);

    let folder = Folder::copied();
    let mailbox = object(&json!({"id": {"types": "string:uuid"}, "status": {"types": "null"}}));
    let outcome = adopted(&folder, "get_mailbox", &[(200, envelope(&object(&json!({"mailbox": mailbox}))))]);
    assert_eq!(outcome.by_hand, ["get_mailbox response.data.mailbox.status: nullable: false -> true"]);
}

#[test]
fn parts_without_a_type_get_one() {
    let folder = Folder::copied();
    let provider = object(&json!({"provider": text(), "inboxCount": {"types": "integer"}}));
    let data = object(&json!({"byProvider": list(&provider)}));
    let outcome = adopted(&folder, "get_placement_overall_report", &[(200, envelope(&data))]);
    assert_eq!(outcome.by_hand, [""; 0]);
    let document = Document::read(folder.path()).unwrap();
    let schemas = &document.value()["components"]["schemas"];
    let items = &schemas["PlacementOverallReport"]["properties"]["byProvider"]["items"];
    assert_eq!(*items, json!({"$ref": "#/components/schemas/PlacementOverallReportByProviderItem"}));
    assert_eq!(schemas["PlacementOverallReportByProviderItem"]["properties"]["provider"]["type"], "string");
    assert!(outcome.notes.iter().any(|note| note.contains("review its description")), "{outcome:?}");
    assert!(changed(&folder, PLACEMENT).contains(&"-items: {}".to_owned()));

    let folder = Folder::copied();
    let data = json!({"quickSetupBatchId": {"types": "string:uuid"}});
    let outcome = adopted(&folder, "quick_setup", &[(200, object(&data))]);
    assert_eq!(outcome.by_hand, [""; 0]);
    let document = Document::read(folder.path()).unwrap();
    let part = &document.value()["components"]["schemas"]["QuickSetupBatchEnvelope"]["properties"]["quickSetupBatchId"];
    let description = "Identifier of the batch. Its type is not documented.";
    assert_eq!(*part, json!({"type": "string", "format": "uuid", "description": description}));
}

#[test]
fn object_without_properties_gets_properties() {
    let folder = Folder::copied();
    let progress = object(&json!({"exportStatus": text(), "mailboxStatus": text()}));
    let outcome = adopted(&folder, "get_quick_setup_progress", &[(200, progress)]);
    assert_eq!((outcome.written.len(), outcome.by_hand.len()), (3, 0), "{outcome:?}");
}

#[test]
fn contradictions_are_listed_and_not_written() {
    let folder = Folder::copied();
    let user = object(&json!({
        "id": {"types": "string:uuid", "seen": 2},
        "email": object(&json!({"address": text()})),
        "planEndsOn": {"types": "string:date-time | string"},
        "purchasedMailboxes": {"types": "string"},
    }));
    let outcome = adopted(&folder, "get_user", &[(200, envelope(&user)), (202, envelope(&json!({"types": "null"})))]);
    let expected = [
        "get_user response 202: status added",
        "get_user response.data.email: type: text -> object",
        "get_user response.data.id: required: true -> false",
        "get_user response.data.planEndsOn: format: date-time -> none",
        "get_user response.data.purchasedMailboxes: type: integer -> text",
    ];
    let mut by_hand = outcome.by_hand.clone();
    by_hand.retain(|line| !line.contains("nullable"));
    assert_eq!(by_hand, expected);
    // The response is not marked as observed either.
    assert!(outcome.written.iter().all(|line| !line.contains("evidence")), "{outcome:?}");

    let folder = Folder::copied();
    let wallet = json!({
        "types": "object", "objects": 3, "keys": "string:domain", "values": {"seen": 1, "types": "integer"},
        "properties": {"walletBalance": {"seen": 3, "types": "number"}},
    });
    let outcome = adopted(&folder, "get_wallet_balance", &[(200, wallet)]);
    assert_eq!(outcome.by_hand, ["get_wallet_balance response: keys: names -> data (string:domain)"]);
    assert_eq!(changed(&folder, WALLET), [""; 0]);
}

#[test]
fn response_without_data_is_listed_by_hand() {
    let folder = Folder::copied();
    let bare = object(&json!({"mailboxes": list(&text())}));
    let outcome = adopted(&folder, SEARCH, &[(200, bare)]);
    assert_eq!(outcome.by_hand, [format!("{SEARCH} response.mailboxes: property added (list, required)")]);
    assert_eq!(changed(&folder, GLOBAL), [""; 0]);

    // Data in a response that is documented with null.
    let outcome = adopted(
        &folder,
        "schedule_mailbox_removal",
        &[(200, envelope(&object(&json!({"total": {"types": "integer"}}))))],
    );
    assert!(outcome.written.is_empty() && !outcome.by_hand.is_empty(), "{outcome:?}");
}

#[test]
fn errors_are_compared_with_the_shared_schema() {
    let folder = Folder::copied();
    let error = object(&json!({"status": {"types": "string"}, "message": text(), "code": text()}));
    let outcome = adopted(&folder, "get_user", &[(404, error.clone()), (500, error)]);
    let expected = [
        "error.code: property added (text, required) (get_user 404 and 1 more)",
        "error.status: type: integer -> text (get_user 404 and 1 more)",
    ];
    assert_eq!(outcome, Outcome { by_hand: expected.map(str::to_owned).into(), ..Outcome::default() });
}

#[test]
fn evidence_date_only_moves_forward() {
    let folder = Folder::copied();
    let wallet = object(&json!({"walletBalance": {"types": "number"}}));
    let day = |day: &str| {
        let text = file("get_wallet_balance", &[(200, wallet.clone())]).replace("2026-11-30", day);
        let document = Document::read(folder.path()).unwrap();
        adopt(folder.path(), &document, &parse(&text).unwrap(), None).unwrap().written
    };
    let line = "openapi/groups/wallet.yaml: get_wallet_balance evidence: observed -> observed";
    assert_eq!(day("2026-11-30"), [format!("{line} 2026-11-30")]);
    assert_eq!(day("2026-11-29"), [""; 0]);
    assert_eq!(day("2026-12-01"), [format!("{line} 2026-12-01")]);
    let evidence = "x-zapmail-evidence: {request: documented, response: observed, observed: '2026-12-01'}";
    assert!(changed(&folder, WALLET).contains(&format!("+{evidence}")));
}

#[test]
fn list_without_rows_is_not_marked_as_observed() {
    let folder = Folder::copied();
    let page = |domains: Value| envelope(&object(&json!({"domains": domains, "totalPages": {"types": "integer"}})));
    let domain = object(&json!({"id": {"types": "string:uuid"}, "domain": text()}));
    assert_eq!(adopted(&folder, "list_domains", &[(200, page(json!({"types": "array"})))]), Outcome::default());
    let outcome = adopted(&folder, "list_domains", &[(200, page(list(&domain)))]);
    assert!(outcome.written.iter().any(|line| line.contains("list_domains evidence: ")), "{outcome:?}");
}

#[test]
fn named_operation_is_adopted_alone() {
    let folder = Folder::copied();
    let text = json!({"format": 1, "operations": {"get_user": {}, "get_everything": {}}}).to_string();
    let shapes = parse(&text).unwrap();
    let document = Document::read(folder.path()).unwrap();
    let outcome = adopt(folder.path(), &document, &shapes, None).unwrap();
    assert_eq!(outcome.by_hand, ["get_everything: is not an operation of the document; adopt its page first"]);
    assert_eq!(adopt(folder.path(), &document, &shapes, Some("get_user")).unwrap(), Outcome::default());
    let error = adopt(folder.path(), &document, &shapes, Some("get_usr")).unwrap_err();
    assert_eq!(error.to_string(), "the shapes have no operation get_usr; did you mean get_user?");
}

#[test]
fn invalid_file_of_shapes_is_rejected() {
    let response = |day: &str| json!({"observed": day, "responses": 1, "shape": {}});
    let of = |day: &str| json!({"format": 1, "operations": {"get_user": {"200": response(day)}}}).to_string();
    assert!(parse(&of("2026-11-30")).is_ok());
    for (text, part) in [
        (of("yesterday"), "get_user 200 was observed on yesterday, which is not a day"),
        (r#"{"format": 2, "operations": {}}"#.to_owned(), "format 2 is not supported; expected 1"),
        (r#"{"format": 1, "operations": {}, "more": 1}"#.to_owned(), "unknown field `more`"),
        ("[]".to_owned(), "invalid"),
    ] {
        let error = parse(&text).unwrap_err().to_string();
        assert!(error.contains(part), "{error}");
    }
}
