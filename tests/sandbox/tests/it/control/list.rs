//! The list of controls, and the refusal of unlisted paths and methods.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use reqwest::Method;
use serde_json::{Value, json};
use zapmail_sandbox::Sandbox;

use super::ask;
use crate::api::http;

/// The public methods of `Sandbox` with their controls. The last methods have none: they start or stop the sandbox, or
/// return values that the program prints.
const METHODS: [(&str, &str); 21] = [
    ("workspaces", "GET workspaces"),
    ("now", "GET now"),
    ("advance", "POST advance"),
    ("fail_next", "POST faults"),
    ("fail_next_n", "POST faults"),
    ("clear_faults", "DELETE faults"),
    ("requests", "GET requests"),
    ("requests_of", "GET requests"),
    ("request_counts", "GET request-counts"),
    ("ledger", "GET ledger"),
    ("exports", "GET exports"),
    ("deliver", "POST deliver"),
    ("deliver_signed_at", "POST deliver"),
    ("deliveries", "GET deliveries"),
    ("set_zapbox_consent", "PUT zapbox-consent"),
    ("start", ""),
    ("builder", ""),
    ("stop", ""),
    ("base_url", ""),
    ("api_key", ""),
    ("transport", ""),
];

async fn controls(sandbox: &Sandbox) -> Vec<Value> {
    let (status, list) = ask(sandbox, Method::GET, "", json!(null)).await;
    assert_eq!(status, 200);
    list["data"].as_array().unwrap().clone()
}

#[tokio::test]
async fn list_names_method_path_and_summary() {
    let sandbox = Sandbox::start().await.unwrap();
    let controls = controls(&sandbox).await;
    assert_eq!(controls[0], json!({"method": "GET", "path": "/_sandbox/", "summary": "Lists the controls."}));
    let mut seen = BTreeSet::new();
    for control in &controls {
        let (method, path) = (control["method"].as_str().unwrap(), control["path"].as_str().unwrap());
        assert!(path.starts_with("/_sandbox/") && seen.insert((method, path)), "{control}");
        assert!(control["summary"].as_str().unwrap().ends_with('.'), "{control}");
    }
}

#[tokio::test]
async fn readme_lists_the_same_controls() {
    let sandbox = Sandbox::start().await.unwrap();
    let row = |control: Value| {
        let text = |name: &str| control[name].as_str().unwrap().to_owned();
        format!("| `{} {}` | {} |", text("method"), text("path"), text("summary"))
    };
    let expected: Vec<_> = controls(&sandbox).await.into_iter().map(row).collect();
    let lines = include_str!("../../../README.md").lines();
    let listed: Vec<_> = lines.filter(|line| line.contains(" /_sandbox/") && line.starts_with("| `")).collect();
    assert_eq!(listed, expected);
}

#[tokio::test]
async fn only_listed_methods_are_accepted() {
    let sandbox = Sandbox::start().await.unwrap();
    let mut methods = BTreeMap::<String, Vec<String>>::new();
    for control in controls(&sandbox).await {
        let text = |name: &str| control[name].as_str().unwrap().to_owned();
        methods.entry(text("path")).or_default().push(text("method"));
    }
    for (path, allowed) in methods {
        let path = path.strip_prefix("/_sandbox/").unwrap();
        for method in ["GET", "POST", "PUT", "PATCH", "DELETE"] {
            let (status, body) = ask(&sandbox, method.parse().unwrap(), path, json!(null)).await;
            if allowed.iter().any(|allowed| allowed == method) {
                assert!(matches!(status, 200 | 422), "{method} {path}: {status} {body}");
                continue;
            }
            let message = body["message"].as_str().unwrap();
            assert_eq!(status, 405, "{method} {path}");
            assert!(message.contains(&allowed.join(" and ")) && message.contains("GET /_sandbox/"), "{message}");
        }
    }
}

#[tokio::test]
async fn unknown_path_is_refused_with_reference_to_list() {
    let sandbox = Sandbox::start().await.unwrap();
    for path in ["nothing", "fault", "/_sandbox/requests", "requests/1"] {
        let (status, body) = ask(&sandbox, Method::GET, path, json!(null)).await;
        assert_eq!(status, 404, "{path}");
        assert!(body["message"].as_str().unwrap().ends_with("GET /_sandbox/ lists the controls"), "{body}");
    }
    // A path that only starts like a control path belongs to the service.
    let elsewhere = format!("{}_else", sandbox.base_url().replace("/api", "/_sandbox"));
    let client = http();
    assert_eq!(client.get(elsewhere).send().await.unwrap().status(), 401);
    let without_slash = sandbox.base_url().replace("/api", "/_sandbox");
    assert_eq!(client.get(without_slash).send().await.unwrap().status(), 200);
}

/// Returns the public methods of a type in a module and its submodules.
fn methods_of(type_name: &str, module: &str) -> BTreeSet<String> {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let submodules = fs::read_dir(source.join(module)).unwrap().map(|entry| entry.unwrap().path());
    let files = submodules.chain([source.join(module).with_extension("rs")]);
    let text: String = files.map(|path| fs::read_to_string(path).unwrap()).collect();
    let start = format!("{type_name} {{");
    text.split("\nimpl ")
        .filter(|block| block.starts_with(&start))
        .flat_map(str::lines)
        .filter_map(|line| line.strip_prefix("    pub fn ").or_else(|| line.strip_prefix("    pub async fn ")))
        .map(|line| line.split('(').next().unwrap().to_owned())
        .collect()
}

#[test]
fn remote_sandbox_has_a_method_for_each_control() {
    let expected: BTreeSet<_> =
        METHODS.iter().filter(|(_, control)| !control.is_empty()).map(|(method, _)| (*method).to_owned()).collect();
    let own = ["connect", "base_url", "api_key"].map(str::to_owned);
    assert_eq!(methods_of("RemoteSandbox", "remote"), expected.into_iter().chain(own).collect());
}

#[tokio::test]
async fn every_method_of_sandbox_has_a_control() {
    let known = METHODS.iter().map(|(method, _)| (*method).to_owned()).collect();
    assert_eq!(methods_of("Sandbox", "sandbox"), known, "a public method of Sandbox needs a control");

    let sandbox = Sandbox::start().await.unwrap();
    let listed: BTreeSet<_> = controls(&sandbox)
        .await
        .iter()
        .map(|control| {
            let path = control["path"].as_str().unwrap().trim_start_matches("/_sandbox/");
            format!("{} {path}", control["method"].as_str().unwrap())
        })
        .collect();
    for (method, control) in METHODS.iter().filter(|(_, control)| !control.is_empty()) {
        assert!(listed.contains(*control), "{method} has no control {control}");
    }
}
