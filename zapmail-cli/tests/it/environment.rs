//! Environment variables and options without a value.

use zapmail_sandbox::{Quota, Sandbox};

use crate::run::{Zapmail, zapmail};

async fn sandbox() -> Sandbox {
    Sandbox::builder().quota(Quota::unlimited()).start().await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn empty_variable_counts_as_not_set() {
    let sandbox = sandbox().await;
    let home = tempfile::tempdir().unwrap();
    let run = || zapmail().home(home.path());
    assert!(run().env("ZAPMAIL_API_KEY", "").line("users get").run().failed(1).contains("the API key is missing"));
    let login = ["login", "--base-url", sandbox.base_url(), "--profile", "acme"];
    assert_eq!(run().args(login).stdin(sandbox.api_key()).run().code, 0);
    for name in ["ZAPMAIL_API_KEY", "ZAPMAIL_BASE_URL", "ZAPMAIL_PROFILE", "ZAPMAIL_WORKSPACE_KEY"] {
        let outcome = run().env(name, "").line("users get").run();
        assert_eq!(outcome.code, 0, "{name}: {outcome:?}");
        let with_key = run().on(&sandbox).env("ZAPMAIL_PROFILE", "").env("ZAPMAIL_WORKSPACE_KEY", "");
        assert_eq!(with_key.line("domains list").run().code, 0, "{name}");
    }
    let shown = run().env("ZAPMAIL_BASE_URL", "").line("--profile acme users get --dry-run --query /url").run();
    assert!(shown.stdout.starts_with(sandbox.base_url()), "{shown:?}");
    let default = zapmail().env("ZAPMAIL_BASE_URL", "").line("users get --dry-run --query /url").run();
    assert_eq!(default.stdout, "https://api.zapmail.ai/api/v2/users\n");
    let unchecked = run().env("ZAPMAIL_BASE_URL", "").line("login --unchecked --profile live").stdin("key").run();
    assert_eq!(unchecked.code, 0, "{unchecked:?}");
    assert_eq!(run().line("profiles list --query /1/baseUrl -o json").run().stdout, "null\n");
}

#[test]
fn empty_option_is_refused() {
    for (arguments, option) in [
        (&["users", "get", "--profile", "", "--dry-run"][..], "--profile"),
        (&["users", "get", "-w", "", "--demo"], "--workspace"),
        (&["wallet", "buy-addon-mailboxes", "--quantity", "2", "--once", "", "--dry-run"], "--once"),
        (&["wait", "domains", "", "--demo"], "<NAMES>"),
        (&["wait", "mailboxes", "", "--demo"], "<ADDRESSES>"),
        (&["domains", "list", "--columns", "id,,status", "--demo"], "--columns"),
    ] {
        let outcome = zapmail().args(arguments).run();
        assert!(outcome.failed(2).contains(option), "{arguments:?}: {outcome:?}");
    }
}

#[test]
fn demo_ignores_profiles() {
    let home = tempfile::tempdir().unwrap();
    std::fs::write(home.path().join("profiles.toml"), "not a profile").unwrap();
    let run = || zapmail().home(home.path()).env("ZAPMAIL_PROFILE", "gone");
    for line in ["--demo users get", "--demo users get --dry-run"] {
        assert_eq!(run().line(line).run().code, 0, "{line}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn audit_of_all_profiles_needs_profiles_and_has_no_demo() {
    let sandbox = sandbox().await;
    let home = tempfile::tempdir().unwrap();
    let audit = |line: &str| zapmail().home(home.path()).line("audit --quick --all-profiles").line(line).run();
    assert!(audit("").failed(1).contains("zapmail login"), "{:?}", audit(""));
    let login = ["login", "--unchecked", "--base-url", sandbox.base_url()];
    assert_eq!(zapmail().home(home.path()).args(login).stdin(sandbox.api_key()).run().code, 0);
    assert!(audit("--demo").failed(2).contains("--all-profiles"), "{:?}", audit("--demo"));
    assert!(sandbox.requests().is_empty());
    assert_eq!(audit("").code, 0);
}

#[test]
fn command_on_stored_data_has_no_demo() {
    let home = tempfile::tempdir().unwrap();
    let run = |zapmail: Zapmail| zapmail.home(home.path()).run();
    for line in ["login --unchecked", "profiles", "profiles remove acme", "purchases", "purchases settle order-1 made"]
    {
        let outcome = run(zapmail().line("--demo").line(line).stdin("key"));
        assert!(outcome.failed(2).contains("leave out --demo"), "{line}: {outcome:?}");
    }
    assert_eq!(std::fs::read_dir(home.path()).unwrap().count(), 0);
}
