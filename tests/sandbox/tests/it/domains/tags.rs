//! Tags of domains.

use serde_json::{Value, json};

use super::{names, nth};
use crate::api::{Api, UNKNOWN};

async fn create(api: &Api, names: &[&str]) -> Vec<Value> {
    let tags: Value = names.iter().map(|name| json!({"name": name, "tagColor": "#2196F3"})).collect();
    api.post("/v2/domains/tags", tags).await.data()["tagIds"].as_array().unwrap().clone()
}

#[tokio::test]
async fn assigned_tags_filter_search_until_removed() {
    let api = Api::start().await;
    assert_eq!(api.get("/v2/domains/tags").await.data(), json!([]));
    let tags = create(&api, &["North", "South"]).await;
    assert_eq!(
        api.get("/v2/domains/tags").await.data()[1],
        json!({"id": tags[1], "name": "South", "tagColor": "#2196F3"})
    );
    let (one, two) = (nth(&api, 0).await["id"].take(), nth(&api, 1).await["id"].take());
    api.post("/v2/domains/assign-tag", json!({"tagIds": tags, "domainIds": [one]})).await.ok();
    // A tag is assigned only once.
    api.post("/v2/domains/assign-tag", json!({"tagIds": [tags[0], tags[0]], "domainIds": [one, two]})).await.ok();
    let assigned = nth(&api, 0).await["tags"].take();
    assert_eq!(assigned.as_array().unwrap().iter().map(|tag| &tag["name"]).collect::<Vec<_>>(), ["North", "South"]);
    let search = |tag: &Value| json!({"tagIds": [tag]});
    assert_eq!(names(&api.post("/v2/domains", search(&tags[0])).await.data()).len(), 2);
    assert_eq!(names(&api.post("/v2/domains", search(&tags[1])).await.data()), ["acme-001.example.com"]);

    // In the removal, the tags do not select domains.
    api.post("/v2/domains/tags/remove", json!({"tagIds": [tags[0]], "domainIds": [one]})).await.ok();
    assert_eq!(names(&api.post("/v2/domains", search(&tags[0])).await.data()), ["acme-002.example.com"]);
    let body = json!({"tagIds": [tags[0]], "domainIds": [], "contains": "acme-002", "status": []});
    api.post("/v2/domains/tags/remove", body).await.ok();
    assert_eq!(nth(&api, 1).await["tags"], json!([]));
}

#[tokio::test]
async fn tag_selects_domains_for_change() {
    let api = Api::start().await;
    let tags = create(&api, &["North"]).await;
    api.post("/v2/domains/assign-tag", json!({"tagIds": tags, "domainIds": [nth(&api, 2).await["id"]]})).await.ok();
    let body = json!({"email": "all@acme.example", "domainIds": [], "tagIds": tags});
    api.post("/v2/domains/catch-all", body).await.ok();
    assert_eq!(nth(&api, 2).await["catchAllEmail"], "all@acme.example");
    assert_eq!(nth(&api, 1).await["catchAllEmail"], json!(null));
}

#[tokio::test]
async fn existing_name_is_a_conflict() {
    let api = Api::start().await;
    create(&api, &["North"]).await;
    for names in [&["South", "North"][..], &["East", "East"]] {
        let tags: Value = names.iter().map(|name| json!({"name": name, "tagColor": "#ff5733"})).collect();
        assert!(api.post("/v2/domains/tags", tags).await.refused(409).contains("exists"));
    }
    assert_eq!(api.get("/v2/domains/tags").await.data().as_array().unwrap().len(), 1);
    for (field, invalid) in [("name", ""), ("tagColor", "red"), ("tagColor", "#12345g")] {
        let mut tag = json!({"name": "South", "tagColor": "#ff5733"});
        tag[field] = invalid.into();
        assert!(api.post("/v2/domains/tags", json!([tag])).await.refused(422).starts_with(&format!("0.{field}")));
    }
    // Each workspace has its own tags.
    let north = api.in_workspace(1);
    create(&north, &["North"]).await;
}

#[tokio::test]
async fn deleted_tag_is_removed_from_domains() {
    let api = Api::start().await;
    let tags = create(&api, &["North"]).await;
    let id = nth(&api, 0).await["id"].take();
    api.post("/v2/domains/assign-tag", json!({"tagIds": tags, "domainIds": [id]})).await.ok();
    api.post("/v2/domains/tags/delete", json!({"tagId": tags[0]})).await.ok();
    assert_eq!(nth(&api, 0).await["tags"], json!([]));
    assert_eq!(api.get("/v2/domains/tags").await.data(), json!([]));
    assert_eq!(api.post("/v2/domains/tags/delete", json!({"tagId": tags[0]})).await.refused(404), "Tag not found");
    for path in ["/v2/domains/assign-tag", "/v2/domains/tags/remove"] {
        assert_eq!(api.post(path, json!({"tagIds": [UNKNOWN], "domainIds": [id]})).await.refused(404), "Tag not found");
    }
    let tags = create(&api, &["North"]).await;
    let body = json!({"tagIds": tags, "domainIds": [UNKNOWN]});
    assert_eq!(api.post("/v2/domains/assign-tag", body).await.refused(404), "Domain not found");
}
