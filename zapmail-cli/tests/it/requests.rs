//! Requests built from arguments.

use serde_json::{Value, json};
use zapmail_sandbox::{Quota, Sandbox};

use crate::run::zapmail;

const ID: &str = "7b2e9d10-4c5f-4a6b-9d8e-1f2a3b4c5d6e";

/// Returns the request that a command would send.
fn dry_run(arguments: &[&str]) -> Value {
    zapmail().args(arguments).args(["--dry-run", "-o", "json"]).run().json()
}

#[test]
fn dry_run_prints_request_without_key() {
    let shown = dry_run(&["mailboxes", "list", "--contains", "acme & co", "--limit", "10"]);
    let url = "https://api.zapmail.ai/api/v2/mailboxes/list?limit=10&contains=acme+%26+co";
    assert_eq!(shown, json!({"method": "GET", "url": url, "effect": "read"}));
}

#[test]
fn flags_become_body() {
    let shown = dry_run(&[
        "domains",
        "enable-catch-all",
        "--domain-ids",
        "a,b",
        "--domain-ids",
        "c",
        "--email",
        "ops@acme.com",
        "--status",
        "ACTIVE",
    ]);
    assert_eq!(shown["body"], json!({"domainIds": ["a", "b", "c"], "email": "ops@acme.com", "status": ["ACTIVE"]}));
    let shown = dry_run(&[
        "domains",
        "buy",
        "--domains",
        r#"{"domainName": "acme.com", "years": 1}"#,
        "--use-wallet",
        "--enable-dns-shield",
        "false",
    ]);
    assert_eq!(
        shown["body"],
        json!({"domains": [{"domainName": "acme.com", "years": 1}], "useWallet": true, "enableDnsShield": false})
    );
    assert_eq!((&shown["method"], &shown["effect"]), (&json!("POST"), &json!("spend")));
    let shown = dry_run(&["wallet", "set-auto-recharge", "--enable", "--threshold", "10.50"]);
    assert_eq!(shown["body"].to_string(), r#"{"enable":true,"threshold":10.50}"#.replace("10.50", "10.5"));
}

#[test]
fn list_of_objects_accepts_json_array_and_repeated_flag() {
    let (one, two) = (r#"{"domainName": "one.com", "years": 1}"#, r#"{"domainName": "two.com", "years": 2}"#);
    let options = ["--use-wallet", "--enable-dns-shield", "false"];
    let repeated = ["domains", "buy", "--domains", one, "--domains", two];
    let array = format!("[{one}, {two}]");
    let as_array = ["domains", "buy", "--domains", &array];
    let shown = dry_run(&[&as_array[..], &options].concat());
    assert_eq!(shown["body"]["domains"].as_array().map(Vec::len), Some(2));
    assert_eq!(shown["body"], dry_run(&[&repeated[..], &options].concat())["body"]);
}

#[test]
fn body_is_read_from_argument_file_or_standard_input() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("body.json");
    let body = json!({"name": "South", "id": ID}).to_string();
    std::fs::write(&file, &body).unwrap();
    let with_mark = folder.path().join("mark.json");
    std::fs::write(&with_mark, format!("\u{feff}{body}")).unwrap();
    let with_mark = format!("@{}", with_mark.display());
    let at_file = format!("@{}", file.display());
    let expected = json!({"name": "North", "id": ID});
    for source in [&body, &at_file, &with_mark] {
        // A flag takes precedence over the property in the body.
        assert_eq!(dry_run(&["workspaces", "update", "--body", source, "--name", "North"])["body"], expected);
    }
    for source in ["-", "@-"] {
        let run = zapmail().args(["workspaces", "update", "--body", source, "--dry-run", "-o", "json"]);
        assert_eq!(run.stdin(&expected.to_string()).run().json()["body"], expected);
    }
    assert_eq!(
        dry_run(&["domains", "create-tags", "--body", r#"[{"name": "vip"}]"#])["body"],
        json!([{"name": "vip"}])
    );
}

#[test]
fn property_with_reserved_name_has_suffix() {
    let arguments = "zapbox send-email --account a@acme.com --to b@acme.com --subject Hello --body-field Text";
    let shown = dry_run(&arguments.split(' ').collect::<Vec<_>>());
    assert_eq!(shown["body"]["body"], "Text");
}

#[test]
fn path_parameter_is_percent_encoded() {
    let shown = dry_run(&["zapsites", "get", "--id", "a/b c"]);
    assert_eq!(shown["url"], "https://api.zapmail.ai/api/v2/zap-sites/a%2Fb%20c");
}

#[tokio::test(flavor = "multi_thread")]
async fn workspace_is_selected_by_name_or_id() {
    let sandbox = Sandbox::builder().quota(Quota::unlimited()).start().await.unwrap();
    let north = sandbox.workspaces()[1].id.clone();
    for name in ["Client North", &north] {
        let domains = zapmail().on(&sandbox).args(["-w", name, "domains", "list", "-o", "jsonl"]).run().stdout;
        assert_eq!(domains.lines().count(), 8);
    }
    let workspaces = sandbox.requests_of("list_domains").into_iter().map(|request| request.workspace);
    assert!(workspaces.into_iter().all(|workspace| workspace.as_ref() == Some(&north)));
}

#[tokio::test(flavor = "multi_thread")]
async fn api_sends_any_method_and_path() {
    let sandbox = Sandbox::builder().quota(Quota::unlimited()).start().await.unwrap();
    let user = zapmail().on(&sandbox).line("api get /v2/users -o json").run().json();
    assert_eq!(user["data"]["email"], "ops@agency.example.com");
    let created = ["api", "POST", "/v2/workspaces", "--body", r#"{"name": "South"}"#, "-o", "json"];
    zapmail().on(&sandbox).args(created).run().json();
    assert!(sandbox.workspaces().iter().any(|workspace| workspace.name == "South"));
    // An empty list would select all domains.
    let all = ["api", "PUT", "/v2/mailboxes/scheduled-removal", "--body", r#"{"domainIds": [], "remove": true}"#];
    assert!(zapmail().on(&sandbox).args(all).run().failed(2).contains("domainIds"));
}

#[tokio::test(flavor = "multi_thread")]
async fn verbose_prints_attempts_and_delays() {
    let sandbox = Sandbox::start().await.unwrap();
    sandbox.fail_next("get_user", zapmail_sandbox::Fault::status(503)).unwrap();
    let outcome = zapmail().on(&sandbox).line("users get -v").run();
    assert_eq!(outcome.code, 0);
    for part in ["get_user: attempt 1: 503 after ", "get_user: retrying in ", "get_user: attempt 2: 200 after "] {
        assert!(outcome.stderr.contains(part), "{outcome:?}");
    }
    let quiet = zapmail().on(&sandbox).line("users get").run();
    assert_eq!(quiet.stderr, "");
}

#[tokio::test(flavor = "multi_thread")]
async fn file_is_downloaded_to_path_or_pipe() {
    let sandbox = Sandbox::builder().quota(Quota::unlimited()).start().await.unwrap();
    let mails = zapmail().on(&sandbox).line("zapbox list-emails -o json").run().json();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("order.pdf");
    let attachment = json!({
        "attachmentId": mails["data"][0]["attachments"][0]["attachmentId"], "provider": "google",
        "messageId": mails["data"][0]["messageId"], "account": mails["data"][0]["account"], "filename": "order.pdf",
    });
    let line = ["zapbox", "download-attachment", "--body", &attachment.to_string(), "--file", file.to_str().unwrap()];
    let outcome = zapmail().on(&sandbox).args(line).run();
    assert_eq!((outcome.code, outcome.stdout.as_str()), (0, ""), "{outcome:?}");
    let piped = zapmail().on(&sandbox).args(&line[..4]).run();
    assert_eq!(piped.stdout.as_bytes(), std::fs::read(file).unwrap());
    assert!(!piped.stdout.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn dry_run_of_workflow_command_prints_its_first_requests_and_sends_none() {
    let sandbox = Sandbox::start().await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let shapes = folder.path().join("shapes.json");
    let observe = format!("observe {}", shapes.display());
    for (line, path) in [
        ("whoami", "/v2/users"),
        ("otp dana.reed@acme-001.example.com", "/v2/mailboxes/list?"),
        ("wait domains acme-001.example.com", "/v2/domains?"),
        ("audit", "/v2/workspaces"),
        ("mailboxes list -w North --all", "/v2/mailboxes/list"),
        (&observe, "/v2/wallet/balance"),
    ] {
        let run = zapmail().env("ZAPMAIL_BASE_URL", sandbox.base_url()).line(line).args(["--dry-run", "-o", "json"]);
        let printed = run.run().json();
        let first = if printed.is_array() { printed.as_array().unwrap().clone() } else { vec![printed] };
        let urls: Vec<_> = first.iter().map(|request| request["url"].as_str().unwrap()).collect();
        assert!(urls.iter().any(|url| url.contains(path)), "{line}: {urls:?}");
        assert!(first.iter().all(|request| request["effect"] == "read" && request["method"].is_string()), "{line}");
    }
    assert!(sandbox.requests().is_empty() && !shapes.exists());
    let body =
        ["api", "POST", "/v2/exports/accounts", "--body", r#"{"password": "hush"}"#, "--effect", "write", "--dry-run"];
    let printed = zapmail().on(&sandbox).args(body).run();
    assert!(printed.code == 0 && printed.stdout.contains("[redacted]"), "{printed:?}");
}

#[test]
fn elements_of_list_are_trimmed() {
    let shown = dry_run(&["domains", "enable-catch-all", "--domain-ids", "a, b ", "--email", "ops@acme.com"]);
    assert_eq!(shown["body"]["domainIds"], json!(["a", "b"]));
    let text = dry_run(&["workspaces", "create", "--name", " South "]);
    assert_eq!(text["body"]["name"], " South ", "a single value is unchanged");
}

#[test]
fn help_names_commands_and_warns_about_credentials_in_arguments() {
    for (line, is_warned) in
        [("exports add-account -h", true), ("exports add-account --help", true), ("users get -h", false)]
    {
        let help = zapmail().line(line).run().stdout.split_whitespace().collect::<Vec<_>>().join(" ");
        assert_eq!(help.contains("pass it in --body @FILE"), is_warned, "{help}");
    }
    let help = zapmail().line("workspaces revoke-member -h").run().stdout;
    assert!(help.contains("from workspaces list-members") && !help.contains("list_workspace_members"), "{help}");
    let help = zapmail().line("subscriptions list-mailboxes -h").run().stdout;
    assert!(help.contains("in the format sub_..."), "{help}");
}
