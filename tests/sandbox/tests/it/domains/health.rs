//! The health of domains, in both response shapes.

use serde_json::json;
use zapmail_sandbox::{Quota, Sandbox, Shapes};

use super::{UNKNOWN, buy, nth};
use crate::api::Api;

#[tokio::test]
async fn score_depends_on_mailboxes() {
    let api = Api::start().await;
    let path =
        |domain: &serde_json::Value| format!("/v2/domains/health-score?domainId={}", domain["id"].as_str().unwrap());
    let healthy = api.get(&path(&nth(&api, 0).await)).await.data();
    assert_eq!(healthy, json!({"score": 90, "label": "healthy", "reasons": [], "recommendedActions": []}));
    let empty = api.get(&path(&buy(&api, "acme-new.com").await)).await.data();
    assert_eq!(
        (&empty["score"], &empty["label"], &empty["error"]),
        (&json!(0), &json!("critical"), &json!("No mailboxes assigned"))
    );
    // One mailbox of the second-to-last Google domain has failed.
    let failed = api.get(&path(&nth(&api, 13).await)).await.data();
    assert_eq!((&failed["score"], failed["reasons"].as_array().unwrap().len()), (&json!(70), 1));
    assert_eq!(api.get("/v2/domains/health-score").await.refused(422), "domainId is required");
    api.get(&format!("/v2/domains/health-score?domainId={UNKNOWN}")).await.refused(404);
}

#[tokio::test]
async fn documented_shape_has_average_score() {
    let sandbox = Sandbox::builder().quota(Quota::unlimited()).shapes(Shapes::Documented).start().await.unwrap();
    let api = Api::of(sandbox);
    let domain = nth(&api, 0).await;
    let data = api.get(&format!("/v2/domains/health-score?domainId={}", domain["id"].as_str().unwrap())).await.data();
    assert_eq!(data, json!({"domain": domain["domain"], "averageScore": 90, "isAbused": false}));
}
