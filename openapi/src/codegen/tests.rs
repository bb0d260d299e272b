use super::{Document, number_or_text, open_enums, simplify};

fn document() -> Document {
    Document::parse(crate::DOCUMENT).unwrap()
}

#[test]
fn simplified_operation_has_one_success_response_and_no_limits() {
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
fn enums_of_responses_are_open_and_enums_of_requests_are_not() {
    let document = document();
    let open: Vec<_> = open_enums(&document).into_iter().map(|(name, _)| name).collect();
    assert!(open.contains(&"MailboxStatus"));
    assert!(!open.contains(&"PrewarmedPlan"));
    assert_eq!(number_or_text(&document).collect::<Vec<_>>(), ["Money", "NumberOrText"]);
}
