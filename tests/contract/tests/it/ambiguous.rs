//! Idempotent writes: a rejection after an ambiguous attempt is not reported as the outcome.

use serde_json::json;
use zapmail_contract::case::{self, CallError};
use zapmail_contract::expectation::Expectation;
use zapmail_sdk::OPERATIONS;
use zapmail_sdk::operations::Effect;
use zapmail_sdk_ext::ErrorKind;

use crate::client::{client, http};
use crate::document;
use crate::server::{Act, Server};

/// The statuses with which the service rejects a repeated request that it has already processed.
const REJECTIONS: [u16; 5] = [400, 403, 404, 409, 422];

#[tokio::test(start_paused = true)]
async fn rejection_of_a_retried_write_is_not_its_outcome() {
    let (document, http) = (document(), http());
    let writes = OPERATIONS.iter().filter(|operation| operation.effect != Effect::Read && operation.is_safe_to_retry());
    let mut count = 0;
    for operation in writes {
        count += 1;
        let case = case::find(operation.id).unwrap();
        let expectation = Expectation::of(&document, operation.id).unwrap();
        for status in REJECTIONS {
            for first in [Act::Reset, Act::json(500, &json!({"status": 500, "message": "no"}))] {
                let rejection = Act::json(status, &json!({"status": status, "message": "no"}));
                let server = Server::acting(vec![first, rejection]);
                let zapmail = client(&server.url(), http.clone());
                let outcome = (case.required)(&zapmail, expectation.body_or_null()).await;
                let what = format!("{} {status}: {outcome:?}", operation.id);
                assert_eq!(server.requests().len(), 2, "{what}");
                if operation.method == "DELETE" && status == 404 {
                    // The first attempt has deleted the resource.
                    assert!(outcome.is_ok(), "{what}");
                    continue;
                }
                let Err(CallError::Client(error)) = outcome else { panic!("{what}") };
                assert_eq!(error.kind(), ErrorKind::OutcomeUnknown, "{what}");
                assert_eq!(error.verify_with(), operation.verify_with, "{what}");
                let advice = operation.verify_with.or(operation.verify_note).unwrap();
                assert!(error.to_string().contains(advice), "{what}");
            }
        }
    }
    assert_eq!(count, 31);
}
