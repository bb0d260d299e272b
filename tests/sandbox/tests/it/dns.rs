//! DNS records.

use std::time::Duration;

use serde_json::{Value, json};
use zapmail_sandbox::Shapes;

use crate::api::{Api, UNKNOWN, assert_fields};

/// Returns the id of the domain at this position.
async fn domain(api: &Api, position: usize) -> String {
    let list = api.get(&format!("/v2/domains?limit=1&page={}", position + 1)).await.data();
    list["domains"][0]["id"].as_str().unwrap().to_owned()
}

async fn records(api: &Api, domain: &str) -> Vec<Value> {
    let data = api.get(&format!("/v2/dns/?id={domain}")).await.data();
    data["domainDnsRecords"].as_array().unwrap().clone()
}

/// Returns the record with this name and type.
async fn record(api: &Api, domain: &str, name: &str, kind: &str) -> Value {
    let found = records(api, domain).await.into_iter().find(|record| record["name"] == name && record["type"] == kind);
    found.unwrap_or_default()
}

/// Returns the body of a request for a new record.
fn new_record(domain: &str, host: &str, kind: &str, value: &str) -> Value {
    json!({"assignedDomainId": domain, "records": [{"host": host, "recordType": kind, "value": value}]})
}

#[tokio::test]
async fn domain_has_default_records_of_its_provider() {
    let api = Api::start().await;
    let (google, microsoft) = (domain(&api, 0).await, domain(&api, 3).await);
    assert_eq!((records(&api, &google).await.len(), records(&api, &microsoft).await.len()), (7, 8));
    let mx = record(&api, &google, "acme-001.example.com", "MX").await;
    assert_fields(&mx, json!({"content": "smtp.google.com", "priority": 1, "ttl": 3600}));
    assert_eq!(records(&api, &google).await, records(&api, &google).await, "ids are stable");
    api.get(&format!("/v2/dns?id={UNKNOWN}")).await.refused(404);
    assert_eq!(api.get("/v2/dns").await.status, 422);
}

#[tokio::test]
async fn records_are_added_changed_and_deleted() {
    let api = Api::start().await;
    let id = domain(&api, 0).await;
    let added = api.post("/v2/dns", new_record(&id, "Track", "CNAME", "track.example.net")).await.data();
    let track = record(&api, &id, "track.acme-001.example.com", "CNAME").await;
    let (row, name) = (&added[0], json!("track.acme-001.example.com"));
    assert_eq!((added.as_array().unwrap().len(), &row["id"], &row["host"]), (1, &track["id"], &name));
    assert!(row["createdAt"].is_string() && row["priority"].is_null());
    assert_eq!(track["content"], "track.example.net");
    let update = json!({"assignedDomainId": id, "dnsRecordId": track["id"], "value": "click.example.net"});
    api.put("/v2/dns", update).await.ok();
    let changed = record(&api, &id, "track.acme-001.example.com", "CNAME").await;
    assert_fields(&changed, json!({"id": track["id"], "content": "click.example.net"}));
    let path = format!("/v2/dns?id={}&assignedDomainId={id}", track["id"].as_str().unwrap());
    api.delete(&path).await.ok();
    assert_eq!(records(&api, &id).await.len(), 7);
    assert_eq!(api.delete(&path).await.refused(404), "DNS record not found");
}

#[tokio::test]
async fn default_records_can_be_changed_and_deleted() {
    let api = Api::start().await;
    let id = domain(&api, 0).await;
    let www = record(&api, &id, "www.acme-001.example.com", "CNAME").await;
    let update = json!({
        "assignedDomainId": id, "dnsRecordId": www["id"],
        "host": "web.acme-001.example.com", "value": "192.0.2.7", "recordType": "A",
    });
    api.put("/v2/dns", update).await.ok();
    assert_eq!(record(&api, &id, "web.acme-001.example.com", "A").await["id"], www["id"]);
    assert!(record(&api, &id, "www.acme-001.example.com", "CNAME").await.is_null());
    assert_eq!(records(&api, &id).await.len(), 7);
    api.delete(&format!("/v2/dns?id={}&assignedDomainId={id}", www["id"].as_str().unwrap())).await.ok();
    assert_eq!(records(&api, &id).await.len(), 6);
}

#[tokio::test]
async fn new_domain_has_records_with_dmarc_address_once_active() {
    let api = Api::start().await;
    api.purchase_domain("acme-new.com").await;
    let id = domain(&api, 16).await;
    assert_eq!(records(&api, &id).await, Vec::<Value>::new());
    api.sandbox.advance(Duration::from_secs(120));
    assert_eq!(records(&api, &id).await.len(), 3);
    api.post("/v2/domains/dmarc", json!({"email": "dmarc@acme.example", "domainIds": [id]})).await.ok();
    api.sandbox.advance(Duration::from_secs(60));
    let dmarc = record(&api, &id, "_dmarc.acme-new.com", "TXT").await;
    assert_eq!(dmarc["content"], "v=DMARC1; p=none; rua=mailto:dmarc@acme.example");
}

#[tokio::test]
async fn invalid_records_are_refused() {
    let api = Api::start().await;
    let id = domain(&api, 0).await;
    for (host, kind, value, part) in [
        ("track", "SRV", "a", "recordType"),
        ("track", "A", "a.example", "value"),
        ("track", "AAAA", "192.0.2.1", "value"),
        ("track", "TXT", "", "value"),
        ("", "TXT", "a", "host"),
    ] {
        let message = api.post("/v2/dns", new_record(&id, host, kind, value)).await.refused(422);
        assert!(message.contains(&format!("records.0.{part}")), "{message}");
    }
    assert_eq!(api.post("/v2/dns", json!({"assignedDomainId": id, "records": []})).await.status, 422);
    api.post("/v2/dns", new_record(UNKNOWN, "track", "TXT", "a")).await.refused(404);
    api.put("/v2/dns", json!({"dnsRecordId": UNKNOWN})).await.refused(422);
    api.put("/v2/dns", json!({"assignedDomainId": id, "dnsRecordId": UNKNOWN})).await.refused(404);
    api.delete(&format!("/v2/dns?id={UNKNOWN}&assignedDomainId={id}")).await.refused(404);
    assert_eq!(records(&api, &id).await.len(), 7);
}

#[tokio::test]
async fn documented_shape_has_different_names() {
    let api = Api::start_with(|builder| builder.shapes(Shapes::Documented)).await;
    let id = domain(&api, 0).await;
    let data = api.get(&format!("/v2/dns/?id={id}")).await.data();
    assert_eq!(data["disabledRecords"], json!([]));
    let record = &data["records"][1];
    assert_fields(record, json!({"recordType": "CNAME", "host": "www.acme-001.example.com"}));
    assert_eq!(
        (&record["assignedDomainId"], &record["cdfResponse"]["content"]),
        (&json!(id), &json!("acme-001.example.com"))
    );
}
