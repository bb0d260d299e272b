//! Exit codes and errors, as documented in the README.

use serde_json::Value;
use zapmail_sandbox::{Fault, Sandbox};

use crate::run::{Outcome, zapmail};

fn error(outcome: &Outcome) -> Value {
    let report: Value = serde_json::from_str(&outcome.stderr).unwrap_or_else(|error| panic!("{error}: {outcome:?}"));
    report["error"].clone()
}

#[test]
fn usage_error_exits_with_2() {
    for line in [
        "",
        "mailbox",
        "mailboxes",
        "mailboxes list --limit many",
        "mailboxes list --nothing",
        "exports list-accounts --app NOBODY",
        "exports get-status",
        "domains remove",
        "domains remove --body [1] --ids x",
        "domains remove --body @/nowhere/body.json --ids x --output xml",
        "mailboxes list -o xml",
        "api GE\u{7f}T /v2/users",
        "otp --valid-for soon",
        "wait export",
        "domains remove --body @/nowhere/body.json",
        "provision /nowhere/plan.csv",
        "mailboxes list --limit 0",
        "mailboxes list --limit -1",
        "otp --valid-for 90s",
        "otp nobody",
        "export --app NOBODY --every",
        "purchases --dry-run",
        "completions bash --dry-run",
        "whoami --profile acme",
        "domains list --columns id,nothing",
        "domains list --columns id -o json",
    ] {
        let outcome = zapmail().line(line).args(["--demo"]).run();
        assert_eq!((outcome.code, outcome.stdout.as_str()), (2, ""), "{line}: {outcome:?}");
    }
}

#[test]
fn missing_object_exits_with_4() {
    for (line, part) in [
        ("mailboxes get --id 7b2e9d10-4c5f-4a6b-9d8e-1f2a3b4c5d6e", "not found"),
        ("otp nobody@acme-001.example.com", "the mailbox nobody@acme-001.example.com does not exist"),
        ("otp --admin nothing.example.com", "the domain nothing.example.com does not exist"),
        ("mailboxes list -w Nowhere", "the workspace Nowhere does not exist; the account has Main, Client North"),
        ("mailboxes list --query /nothing", "/nothing"),
        ("export --app MANUAL nobody@acme-001.example.com", "does not exist in this workspace"),
        ("export --app MANUAL --tag nothing", "the tag nothing does not exist"),
    ] {
        let outcome = zapmail().line(line).args(["--demo"]).run();
        assert!(outcome.failed(4).contains(part), "{line}: {outcome:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn refused_command_exits_with_1() {
    let sandbox = Sandbox::start().await.unwrap();
    let refused = zapmail().on(&sandbox).env("ZAPMAIL_API_KEY", "another-key").line("users get -o json").run();
    refused.failed(1);
    let report = error(&refused);
    assert_eq!(
        (&report["kind"], &report["status"], &report["operation"]),
        (&"unauthorized".into(), &401.into(), &"get_user".into())
    );
    assert_eq!((&report["exitCode"], &report["mayHaveBeenProcessed"]), (&1.into(), &true.into()));
    let without_key = zapmail().line("users get").run();
    assert!(without_key.failed(1).contains("zapmail login"), "{without_key:?}");
}

#[test]
fn errors_contain_commands_instead_of_functions() {
    let unnamed = zapmail().line("--demo mailboxes get --id 7b2e9d10-4c5f-4a6b-9d8e-1f2a3b4c5d6e").run();
    assert!(unnamed.failed(4).starts_with("error: mailboxes get: 404"), "{unnamed:?}");
    let login = zapmail().args(["login"]).stdin("schlüssel\n").run();
    assert!(login.stderr.contains("the API key") && !login.stderr.contains("api_key"), "{login:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn unknown_outcome_exits_with_3() {
    let sandbox = Sandbox::start().await.unwrap();
    sandbox.fail_next("create_workspace", Fault::DropAfterRequest).unwrap();
    let outcome = zapmail().on(&sandbox).line("workspaces create --name South -o json").run();
    outcome.failed(3);
    let report = error(&outcome);
    assert_eq!((&report["kind"], &report["verifyWith"]), (&"outcome_unknown".into(), &"list_workspaces".into()));
    assert_eq!(sandbox.requests_of("create_workspace").len(), 1, "the request is not retried");
    assert!(sandbox.workspaces().iter().any(|workspace| workspace.name == "South"));
}

#[tokio::test(flavor = "multi_thread")]
async fn invalid_option_is_refused_before_a_request_is_sent() {
    let sandbox = Sandbox::start().await.unwrap();
    for (line, part) in [
        ("workspaces create --name South --query name", "use one such as /0/id"),
        ("workspaces create --name South --columns id -o json", "--columns"),
        ("wallet buy-addon-mailboxes --quantity 2 --spend --yes --query name", "use one such as /0/id"),
        ("domains list --all --page 2", "--page"),
        ("zapbox list-emails --all --cursor 2", "--cursor"),
        ("wait domains acme-001.example.com --interval 0s", "--interval"),
        ("provision plan.json --interval 0s", "--interval"),
    ] {
        let outcome = zapmail().on(&sandbox).line(line).run();
        assert!(outcome.failed(2).contains(part), "{line}: {outcome:?}");
    }
    assert!(sandbox.requests().is_empty());
}
