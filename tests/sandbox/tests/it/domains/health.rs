//! The health of domains, in both response shapes.

use serde_json::json;
use zapmail_sandbox::Shapes;

use super::{buy, nth};
use crate::api::{Api, UNKNOWN, assert_fields};

#[tokio::test]
async fn score_depends_on_mailboxes() {
    let api = Api::start().await;
    let path =
        |domain: &serde_json::Value| format!("/v2/domains/health-score?domainId={}", domain["id"].as_str().unwrap());
    let healthy = api.get(&path(&nth(&api, 0).await)).await.data();
    assert_eq!(healthy, json!({"score": 90, "label": "healthy", "reasons": [], "recommendedActions": []}));
    let empty = api.get(&path(&buy(&api, "acme-new.com").await)).await.data();
    assert_fields(&empty, json!({"score": 0, "label": "critical", "error": "No mailboxes assigned"}));
    // One mailbox of the second-to-last Google domain has failed.
    let failed = api.get(&path(&nth(&api, 13).await)).await.data();
    assert_eq!((&failed["score"], failed["reasons"].as_array().unwrap().len()), (&json!(70), 1));
    assert_eq!(api.get("/v2/domains/health-score").await.refused(422), "domainId is required");
    api.get(&format!("/v2/domains/health-score?domainId={UNKNOWN}")).await.refused(404);
}

#[tokio::test]
async fn documented_shape_has_average_score() {
    let api = Api::start_with(|builder| builder.shapes(Shapes::Documented)).await;
    let domain = nth(&api, 0).await;
    let data = api.get(&format!("/v2/domains/health-score?domainId={}", domain["id"].as_str().unwrap())).await.data();
    assert_eq!(data, json!({"domain": domain["domain"], "averageScore": 90, "isAbused": false}));
}
