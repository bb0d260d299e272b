//! No command prints a credential without `--reveal`.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use zapmail_openapi::document::{Document, Operation, text};
use zapmail_sandbox::{Quota, Sandbox};

use crate::run::{Outcome, zapmail};

/// The names of the credentials in the responses of the sandbox.
const CREDENTIALS: [&str; 5] = ["appPassword", "authCode", "otp", "password", "secret"];

fn document() -> Document {
    Document::parse(zapmail_openapi::DOCUMENT).unwrap()
}

async fn sandbox() -> Sandbox {
    Sandbox::builder().quota(Quota::unlimited()).wallet_cents(1_000_000).start().await.unwrap()
}

/// Collects all credentials in a value.
fn credentials(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                match value.as_str() {
                    Some(text) if CREDENTIALS.contains(&name.as_str()) => _ = found.insert(text.to_owned()),
                    _ => credentials(value, found),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| credentials(item, found)),
        _ => {}
    }
}

/// Returns all credentials in the sandbox, including its API key.
fn canaries(sandbox: &Sandbox) -> BTreeSet<String> {
    let mut canaries = BTreeSet::from([sandbox.api_key().to_owned()]);
    for workspace in sandbox.workspaces() {
        let list = zapmail()
            .on(sandbox)
            .args(["-w", &workspace.id, "--reveal", "-o", "json"])
            .line("mailboxes list --limit 100");
        credentials(&list.run().json(), &mut canaries);
    }
    assert!(canaries.len() > 50, "{}", canaries.len());
    canaries
}

fn check(outcome: &Outcome, canaries: &BTreeSet<String>, command: &str) {
    for canary in canaries {
        assert!(!outcome.stdout.contains(canary), "{command} prints a credential");
        assert!(!outcome.stderr.contains(canary), "{command} prints a credential to standard error");
    }
}

/// Returns a valid value of a parameter.
fn value(parameter: &Value, domain: &str, mailbox: &str) -> String {
    let (name, schema) = (text(&parameter["name"]), &parameter["schema"]);
    match name {
        "domainId" | "assignedDomainId" => return domain.to_owned(),
        "id" | "mailboxId" => return mailbox.to_owned(),
        _ => {}
    }
    let documented = schema["enum"][0].as_str().or_else(|| parameter["example"].as_str());
    match (documented, text(&schema["type"])) {
        (Some(documented), _) => documented.to_owned(),
        (None, "integer" | "number") => "1".to_owned(),
        (None, "boolean") => "true".to_owned(),
        (None, _) => "acme".to_owned(),
    }
}

fn arguments(document: &Document, operation: &Operation<'_>, domain: &str, mailbox: &str) -> Vec<String> {
    let mut arguments = Vec::new();
    for parameter in document.parameters(operation).filter(|parameter| parameter["in"] != "header") {
        if parameter["required"] == true || text(&parameter["name"]) == "mailboxId" {
            let name = text(&parameter["name"]).chars().flat_map(|letter| {
                let dash = letter.is_ascii_uppercase().then_some('-');
                dash.into_iter().chain([letter.to_ascii_lowercase()])
            });
            arguments.extend([format!("--{}", name.collect::<String>()), value(parameter, domain, mailbox)]);
        }
    }
    if let Some(body) = operation.body_examples().next() {
        arguments.extend(["--body".to_owned(), body.to_string()]);
    }
    if matches!(operation.effect(), "spend" | "authorize") {
        arguments.extend(["--spend".to_owned(), "--yes".to_owned()]);
    }
    arguments
}

#[tokio::test(flavor = "multi_thread")]
async fn no_operation_prints_a_credential() {
    let (document, sandbox) = (document(), sandbox().await);
    let canaries = canaries(&sandbox);
    let domains = zapmail().on(&sandbox).line("domains list -o json").run().json();
    let domain = text(&domains["domains"][0]["id"]);
    let mailboxes = zapmail().on(&sandbox).line("mailboxes list -o json").run().json();
    let mailbox = text(&mailboxes["domains"][0]["mailboxes"][0]["id"]);
    let commands = commands();
    assert_eq!(commands.len(), document.operations().count());
    let mut succeeded = 0;
    // Without --reveal, `webhooks create-endpoint` sends nothing, because its secret would be masked.
    for operation in document.operations().filter(|operation| operation.id != "create_webhook_endpoint") {
        let command = &commands[&operation.address()];
        let line = zapmail().on(&sandbox).args(command).args(arguments(&document, &operation, domain, mailbox));
        let outcome = line.args(["-v", "-o", "json"]).run();
        assert!([0, 1, 3, 4].contains(&outcome.code), "{command:?}: {outcome:?}");
        assert!(outcome.stderr.contains(operation.id), "-v prints the attempt: {outcome:?}");
        check(&outcome, &canaries, operation.id);
        succeeded += usize::from(outcome.code == 0);
    }
    // The others are refused, because the ids in their examples do not exist.
    assert!(succeeded > 50, "{succeeded}");
    assert!(!sandbox.requests().is_empty());
}

/// Returns the commands of operations by method and path, read from the man pages.
fn commands() -> BTreeMap<String, Vec<String>> {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(zapmail().args(["man", folder.path().to_str().unwrap()]).run().code, 0);
    let pages =
        std::fs::read_dir(folder.path()).unwrap().map(|page| std::fs::read_to_string(page.unwrap().path()).unwrap());
    pages
        .filter_map(|page| {
            let request =
                page.lines().find(|line| line.contains(" /v2/") && line.split(' ').count() == 2)?.replace('\\', "");
            let synopsis = page.lines().find_map(|line| line.strip_prefix("\\fB"))?;
            let name = synopsis.split("\\fR").next()?.replace('\\', "");
            Some((request, name.split(' ').skip(1).map(str::to_owned).collect()))
        })
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn credentials_are_printed_with_reveal() {
    let sandbox = sandbox().await;
    let list = || zapmail().on(&sandbox).line("mailboxes list --limit 1 -o json");
    let password = |value: &Value| value["domains"][0]["mailboxes"][0]["password"].clone();
    assert_eq!(password(&list().run().json()), "[redacted]");
    let revealed = password(&list().args(["--reveal"]).run().json());
    assert!(revealed.as_str().is_some_and(|text| text.len() > 8 && text != "[redacted]"));
}

#[tokio::test(flavor = "multi_thread")]
async fn workflow_commands_print_no_credential() {
    let sandbox = sandbox().await;
    let canaries = canaries(&sandbox);
    let lines = [
        "whoami",
        "audit all --quick",
        "audit mailboxes --quick",
        "api GET /v2/mailboxes/list",
        "api GET /v2/nothing",
        "wait mailboxes dana.reed@acme-001.example.com",
        "wait domains acme-001.example.com",
        "export --app MANUAL dana.reed@acme-001.example.com --wait --dry-run",
    ];
    for line in lines {
        for format in ["json", "table", "csv", "yaml"] {
            let outcome = zapmail().on(&sandbox).line(line).args(["-v", "-o", format]).run();
            assert!(outcome.code == 0 || line.contains("nothing"), "{line}: {outcome:?}");
            check(&outcome, &canaries, line);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn password_in_body_is_not_printed() {
    let sandbox = sandbox().await;
    let body = json!({"email": "ops@acme.example.com", "password": "hush-1", "app": "WARMY"}).to_string();
    for arguments in [["--body", &body, "--dry-run"], ["--body", &body, "-v"], ["--body", &body[1..], "-v"]] {
        let outcome = zapmail().on(&sandbox).args(["exports", "add-account"]).args(arguments).run();
        assert!(!outcome.stdout.contains("hush-1") && !outcome.stderr.contains("hush-1"), "{:?}", outcome.code);
    }
}
