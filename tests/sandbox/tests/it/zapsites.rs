//! Zapsites.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};

use crate::api::{Api, Reply};

const PATH: &str = "/v2/zap-sites";

async fn create(api: &Api) -> String {
    let body = json!({"destination_url": "https://www.acme.example.com", "name": "Spring", "audience": ["Shops"]});
    api.post(PATH, body).await.data()["id"].as_str().unwrap().to_owned()
}

async fn site(api: &Api, id: &str) -> Value {
    api.get(&format!("{PATH}/{id}")).await.data()
}

async fn deploy(api: &Api, id: &str, domains: Value) -> Reply {
    let body = json!({"domainIds": domains, "indexing": false, "tracking": true, "form_enabled": true});
    api.send(api.request(Method::GET, &format!("{PATH}/{id}/deploy")).json(&body)).await
}

#[tokio::test]
async fn site_is_generated_updated_and_deployed() {
    let api = Api::start().await;
    let id = create(&api).await;
    let domain = api.domain(0).await["id"].clone();
    assert_eq!(
        (&site(&api, &id).await["status"], &site(&api, &id).await["name"]),
        (&json!("GENERATING"), &json!("Spring"))
    );
    deploy(&api, &id, json!([domain])).await.refused(400);
    api.sandbox.advance(Duration::from_secs(60));
    assert_eq!(site(&api, &id).await["status"], "READY");

    let update = json!({"name": "Summer", "notify_email": "dana@acme.example.com", "form_fields": [{"label": "Name"}]});
    let patch = async |id: &str| api.send(api.request(Method::PATCH, &format!("{PATH}/{id}")).json(&update)).await;
    patch(&id).await.data();
    let changed = site(&api, &id).await;
    assert_eq!((&changed["name"], &changed["form_fields"]), (&json!("Summer"), &update["form_fields"]));

    let notes = json!({"notes": "Shorter."});
    api.post(&format!("{PATH}/{id}/regenerate"), notes.clone()).await.data();
    assert_eq!(site(&api, &id).await["status"], "GENERATING");
    api.sandbox.advance(Duration::from_secs(60));
    deploy(&api, &id, json!([domain])).await.data();
    assert_eq!(site(&api, &id).await["status"], "DEPLOYING");
    api.sandbox.advance(Duration::from_secs(60));
    let live = site(&api, &id).await;
    assert_eq!((&live["status"], &live["domainIds"]), (&json!("LIVE"), &json!([domain])));

    assert_eq!(api.get(&format!("{PATH}/site_9")).await.refused(404), "Zap site not found");
    patch("site_9").await.refused(404);
    api.post(&format!("{PATH}/site_9/regenerate"), notes).await.refused(404);
    deploy(&api, "site_9", json!([domain])).await.refused(404);
    deploy(&api, &id, json!(["00000000-0000-4000-8000-000000000000"])).await.refused(404);
    deploy(&api, &id, json!([])).await.refused(422);
    let north = api.in_workspace(1);
    north.get(&format!("{PATH}/{id}")).await.refused(404);
}

#[tokio::test]
async fn fifty_first_site_is_refused() {
    let api = Api::start().await;
    for _ in 0..50 {
        create(&api).await;
    }
    let body = json!({"destination_url": "https://www.acme.example.com"});
    api.post(PATH, body).await.refused(409);
    api.post(PATH, json!({"destination_url": "somewhere"})).await.refused(422);
}

#[tokio::test]
async fn scan_of_private_address_is_refused() {
    let api = Api::start().await;
    let scan =
        async |url: &str| api.send(api.request(Method::GET, &format!("{PATH}/scan")).json(&json!({"url": url}))).await;
    assert_eq!(scan("https://www.acme.example.com/shop").await.data()["title"], "www.acme.example.com");
    for url in [
        "http://localhost/",
        "http://127.0.0.1/",
        "http://10.1.2.3/",
        "http://[::1]/",
        "ftp://acme.example.com/",
        "acme",
    ] {
        scan(url).await.refused(400);
    }
}
