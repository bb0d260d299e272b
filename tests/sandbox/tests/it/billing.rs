//! Billing records.

use serde_json::{Value, json};

use crate::api::Api;

fn record(api: &Api) -> Value {
    json!({
        "firstName": "Dana", "lastName": "Reed", "company": "Acme Example Ltd", "addressLineOne": "1 Example Street",
        "addressLineTwo": "Floor 2", "addressLineThree": null, "city": "Springfield", "state": "IL", "country": "US",
        "postalCode": "62701", "phoneCc": "1", "phone": "2175550123", "workspaceId": api.sandbox.workspaces()[1].id,
    })
}

#[tokio::test]
async fn new_record_replaces_previous() {
    let api = Api::start().await.in_workspace(1);
    let mut record = record(&api);
    assert_eq!(api.post("/v2/billing", record.clone()).await.data(), json!(null));
    let billing = || async { api.get("/v2/workspaces").await.data()["currentWorkspace"]["billingDetails"].take() };
    assert_eq!(billing().await, record);
    record["city"] = "Shelbyville".into();
    api.put("/v2/billing", record.clone()).await.ok();
    assert_eq!(billing().await, record);
}

#[tokio::test]
async fn incomplete_record_is_refused() {
    let api = Api::start().await;
    let complete = record(&api);
    for field in complete.as_object().unwrap().keys() {
        let mut record = complete.clone();
        record.as_object_mut().unwrap().remove(field);
        for reply in [api.post("/v2/billing", record.clone()).await, api.put("/v2/billing", record).await] {
            assert_eq!(reply.refused(422), format!("{field} is required"));
        }
    }
    let mut record = complete;
    record["workspaceId"] = "00000000-0000-4000-8000-000000000000".into();
    assert_eq!(api.post("/v2/billing", record).await.refused(404), "Workspace not found");
}
