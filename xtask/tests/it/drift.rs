//! Tests of `drift` with the pages of `tests/pages`, from the folder and from a server.

use std::future::IntoFuture;
use std::path::Path;

use axum::Router;
use axum::extract::Path as Requested;
use axum::http::StatusCode;
use axum::routing::get;
use tempfile::TempDir;
use tokio::net::TcpListener;

use crate::{run, text_of, workspace, xtask};

const PAGES: &str = "xtask/tests/pages";

/// Starts a server for the folder, and returns its URL.
async fn server() -> String {
    let folder = workspace().join(PAGES);
    let page = move |Requested(path): Requested<String>| async move {
        std::fs::read(folder.join(path)).map_err(|_| StatusCode::NOT_FOUND)
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(axum::serve(listener, Router::new().route("/{*path}", get(page))).into_future());
    address
}

#[tokio::test]
async fn site_folder_and_saved_pages_yield_the_same_report() {
    let address = server().await;
    let kept = TempDir::new().unwrap();
    let saved = kept.path().join("saved");
    let mut from_site = xtask(&["drift", "--from", &address]);
    from_site.arg("--save").arg(&saved);
    let (code, site, errors) = text_of(tokio::task::spawn_blocking(move || from_site.output().unwrap()).await.unwrap());
    assert_eq!((code, errors.as_str()), (1, ""));
    assert_eq!(run(&["drift", "--from", PAGES]), (1, site.clone(), String::new()));
    assert_eq!(run(&["drift", "--from", saved.to_str().unwrap()]), (1, site, String::new()));
    let page = "v1/retrieve-user-details-20000007e0.md";
    let read = |folder: &Path| std::fs::read_to_string(folder.join(page)).unwrap();
    assert_eq!(read(&saved), read(&workspace().join(PAGES)));
}

#[test]
fn every_kind_of_page_has_the_expected_report() {
    let (code, report, _) = run(&["drift", "--from", PAGES]);
    assert_eq!(code, 1);
    // No drift: a plain page, a space in a header's name, a map or a list as the body, deprecated on both sides.
    for unchanged in ["get_user", "get_mailbox", "assign_mailboxes", "create_domain_tags", "get_name_servers"] {
        assert!(!report.lines().any(|line| line.split(' ').next() == Some(unchanged)), "{unchanged} in\n{report}");
    }
    for line in [
        "GET /v2/mailboxes/warm-up  https://docs.zapmail.ai/mailbox-warm-up-report-20000006e0.md",
        "  addition  operation: operation added (Mailbox warm-up report)",
        "  breaking  address: PUT /v2/mailboxes -> PUT /v2/mailboxes/update",
        "  addition  operation: deprecated: false -> true",
        "  breaking  query currency: parameter added (text, required)",
        "get_wallet_balance  https://docs.zapmail.ai/get-wallet-balance-20000003e0.md",
        "list_domains  openapi/groups/domains.yaml",
        "  breaking  operation: operation vanished from the list",
    ] {
        assert!(report.lines().any(|known| known == line), "{line} in\n{report}");
    }
    assert!(!report.contains("add_dmarc_record  "), "its differences are deviations:\n{report}");
    // Deviations of operations that are not in the list might still apply.
    assert!(!report.contains("no longer applies"), "{report}");
}

#[test]
fn unreadable_pages_are_reported() {
    let (code, report, errors) = run(&["drift", "get_user", "--from", "xtask/tests/pages/faults"]);
    assert_eq!((code, errors.as_str()), (2, ""));
    for line in [
        "two-operations-1e0.md has an OpenAPI document with 2 operations",
        "html-2e0.md is HTML, not Markdown",
        "broken-yaml-3e0.md has an OpenAPI document that is not valid YAML",
        "no-fragment-4e0.md has no fenced yaml block",
        "no-operation-5e0.md has an OpenAPI document without an operation",
        "missing-6e0.md cannot be read",
        "https://example.com/elsewhere-7e0.md is on a different host",
        "pages unread: 7",
    ] {
        assert!(report.contains(line), "{line} in\n{report}");
    }
}

#[test]
fn report_can_be_printed_as_json() {
    let (code, report, _) = run(&["drift", "list_mailboxes", "--from", PAGES, "--json"]);
    let report: serde_json::Value = serde_json::from_str(&report).unwrap();
    assert_eq!(code, 1);
    assert_eq!(report["operations"][0]["operation"], "list_mailboxes");
    assert_eq!(report["operations"][0]["differences"][0]["severity"], "addition");
}

#[test]
fn unreadable_list_exits_with_2_and_a_message() {
    for (from, message) in [
        ("xtask/tests/nowhere", "llms.txt cannot be read"),
        ("ftp://docs.zapmail.ai", "neither http nor https"),
        ("http://", "is not a valid URL"),
        ("xtask/tests/it", "llms.txt cannot be read"),
    ] {
        let (code, report, errors) = run(&["drift", "--from", from]);
        assert_eq!((code, report.as_str()), (2, ""), "{from}");
        assert!(errors.starts_with("error: ") && errors.contains(message), "{from}: {errors}");
    }
}

#[test]
fn colors_are_only_for_terminals() {
    let is_colored = |variables: &[(&str, &str)]| {
        let mut command = xtask(&["drift", "list_mailboxes", "--from", PAGES]);
        command.envs(variables.iter().copied());
        text_of(command.output().unwrap()).1.contains('\u{1b}')
    };
    assert!(!is_colored(&[]), "a pipe");
    assert!(is_colored(&[("CLICOLOR_FORCE", "1")]));
    assert!(!is_colored(&[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")]));
}
