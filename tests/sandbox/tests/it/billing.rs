//! Billing records.

use serde_json::{Value, json};

use crate::api::{Api, UNKNOWN};

async fn record(api: &Api) -> Value {
    api.get("/v2/workspaces").await.data()["currentWorkspace"]["billingDetails"].take()
}

#[tokio::test]
async fn new_record_replaces_previous() {
    let api = Api::start().await.in_workspace(1);
    let mut new = record(&api).await;
    assert_eq!(new["workspaceId"], api.sandbox.workspaces()[1].id);
    new["city"] = "Shelbyville".into();
    assert_eq!(api.post("/v2/billing", new.clone()).await.data(), json!(null));
    assert_eq!(record(&api).await, new);
    new["city"] = "Capital City".into();
    api.put("/v2/billing", new.clone()).await.ok();
    assert_eq!(record(&api).await, new);
}

#[tokio::test]
async fn incomplete_record_is_refused() {
    let api = Api::start().await;
    let mut complete = record(&api).await;
    assert_eq!(complete.as_object().unwrap().len(), 13);
    for field in complete.as_object().unwrap().keys() {
        let mut record = complete.clone();
        record.as_object_mut().unwrap().remove(field);
        for reply in [api.post("/v2/billing", record.clone()).await, api.put("/v2/billing", record).await] {
            assert_eq!(reply.refused(422), format!("{field} is required"));
        }
    }
    complete["workspaceId"] = UNKNOWN.into();
    assert_eq!(api.post("/v2/billing", complete).await.refused(404), "Workspace not found");
}
