use super::{Document, numeric, open_enums, simplify};

fn document() -> Document {
    Document::parse(crate::DOCUMENT).unwrap()
}

#[test]
fn what_is_broken_is_named_with_the_remedy() {
    let rows = [
        ("{", "no JSON", "cargo xtask regen"),
        (r#"{"paths": {"/v2/users": {"parameters": []}}}"#, "`parameters`, which is no method", "cargo xtask check"),
        (r#"{"paths": {"/v2/users": {"get": {}}}}"#, "get /v2/users has no operationId", "cargo xtask check"),
        (
            r##"{"components": {"schemas": {"A": {"$ref": "#/components/schemas/B"}}}}"##,
            "schemas/B",
            "cargo xtask check",
        ),
    ];
    for (text, wrong, remedy) in rows {
        let message = Document::parse(text).unwrap_err().to_string();
        assert!(message.contains(wrong) && message.contains(remedy), "{message}");
    }
}

#[test]
fn schemas_are_reached_through_others() {
    let (requests, answers) = (document().request_schemas(), document().answer_schemas());
    for name in ["UserEnvelope", "User", "Mailbox", "Error"] {
        assert!(answers.contains(name) && !requests.contains(name), "{name}");
    }
    assert!(requests.contains("WalletTopUp") && !answers.contains("WalletTopUp"));
}

#[test]
fn an_operation_keeps_one_success_and_no_limits() {
    let simple = simplify(&document());
    for item in simple["paths"].as_object().unwrap().values() {
        for operation in item.as_object().unwrap().values() {
            let statuses: Vec<_> = operation["responses"].as_object().unwrap().keys().collect();
            assert_eq!(statuses, ["2XX", "4XX", "5XX"], "{}", operation["operationId"]);
        }
    }
    let text = simple.to_string();
    for keyword in ["\"minimum\":", "\"pattern\":", "\"example\":", "\"x-zapmail-effect\":"] {
        assert!(!text.contains(keyword), "{keyword}");
    }
}

#[test]
fn enums_of_answers_are_open_and_those_of_requests_are_not() {
    let document = document();
    let open: Vec<_> = open_enums(&document).into_iter().map(|(name, _)| name).collect();
    assert!(open.contains(&"MailboxStatus"));
    assert!(!open.contains(&"PrewarmedPlan"));
    assert_eq!(numeric(&document).collect::<Vec<_>>(), ["Money", "Numeric"]);
}
