//! Profiles: storage of API keys, and the profile that a command uses.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use tempfile::TempDir;
use zapmail_sandbox::{Quota, Sandbox};

use crate::run::{Outcome, Zapmail, zapmail};

/// An API key that must never be printed.
const CANARY: &str = "zm-canary-4711";

async fn sandbox() -> Sandbox {
    Sandbox::builder().quota(Quota::unlimited()).start().await.unwrap()
}

fn home() -> TempDir {
    tempfile::tempdir().unwrap()
}

fn file(home: &Path) -> PathBuf {
    home.join("profiles.toml")
}

/// Writes a profiles file that only its owner can read.
fn write(home: &Path, text: &str) {
    fs::write(file(home), text).unwrap();
    allow(home, 0o600);
}

#[cfg(unix)]
fn allow(home: &Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt;

    fs::set_permissions(file(home), fs::Permissions::from_mode(mode)).unwrap();
}

#[cfg(not(unix))]
fn allow(_: &Path, _: u32) {}

/// Returns a profiles file for a sandbox, from names and additional lines of each profile.
fn profiles(sandbox: &Sandbox, names: &[(&str, &str)]) -> String {
    let (key, url) = (sandbox.api_key(), sandbox.base_url());
    let tables = names
        .iter()
        .map(|(name, more)| format!("[profiles.{name}]\napi_key = \"{key}\"\nbase_url = \"{url}\"\n{more}\n"));
    tables.collect()
}

fn login(home: &Path, sandbox: &Sandbox, key: &str) -> Zapmail {
    zapmail().home(home).args(["login", "--base-url", sandbox.base_url()]).stdin(&format!("{key}\n"))
}

fn prints(outcome: &Outcome, text: &str) -> bool {
    outcome.stdout.contains(text) || outcome.stderr.contains(text)
}

/// Returns the base URL that a run uses.
fn service(zapmail: Zapmail) -> Value {
    zapmail.line("whoami --query /service -o json").run().json()
}

#[tokio::test(flavor = "multi_thread")]
async fn login_stores_accepted_key() {
    let (sandbox, home) = (sandbox().await, home());
    let outcome = login(home.path(), &sandbox, sandbox.api_key()).run();
    assert_eq!((outcome.code, outcome.stdout.as_str()), (0, ""), "{outcome:?}");
    assert!(outcome.stderr.contains("the API key belongs to ops@agency.example.com"), "{outcome:?}");
    assert!(
        outcome.stderr.contains(&format!("stored the profile default in {}", file(home.path()).display())),
        "{outcome:?}"
    );
    assert!(!prints(&outcome, sandbox.api_key()));
    assert_eq!(sandbox.requests_of("get_user").len(), 1);
    let stored: toml::Table = fs::read_to_string(file(home.path())).unwrap().parse().unwrap();
    let profile = &stored["profiles"]["default"];
    assert_eq!(profile["api_key"].as_str(), Some(sandbox.api_key()));
    assert_eq!(profile["base_url"].as_str(), Some(sandbox.base_url()));
    assert!(profile.get("workspace").is_none());
    // No temporary file is left in the folder.
    assert_eq!(fs::read_dir(home.path()).unwrap().count(), 1);
    let used = zapmail().home(home.path()).line("users get -v").run();
    assert!(used.code == 0 && !prints(&used, sandbox.api_key()), "{used:?}");
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn profiles_file_is_readable_by_owner_only() {
    use std::os::unix::fs::PermissionsExt;

    let (sandbox, home) = (sandbox().await, home());
    let mode = || fs::metadata(file(home.path())).unwrap().permissions().mode() & 0o777;
    assert_eq!(login(home.path(), &sandbox, sandbox.api_key()).run().code, 0);
    assert_eq!(mode(), 0o600);
    // A later change keeps the permissions.
    assert_eq!(zapmail().home(home.path()).line("profiles use default").run().code, 0);
    assert_eq!(mode(), 0o600);
    for mode in [0o640, 0o604, 0o660] {
        allow(home.path(), mode);
        for line in ["users get", "profiles list", "profiles remove default"] {
            let refused = zapmail().home(home.path()).line(line).run();
            let fix = format!("run `chmod 600 {}`", file(home.path()).display());
            assert!(refused.failed(1).contains(&fix), "{mode:o} {line}: {refused:?}");
            assert!(!prints(&refused, sandbox.api_key()));
        }
    }
    allow(home.path(), 0o400);
    assert_eq!(zapmail().home(home.path()).line("users get").run().code, 0);
    assert_eq!(sandbox.requests_of("get_user").len(), 2, "from the login and the last command");
}

#[tokio::test(flavor = "multi_thread")]
async fn rejected_key_is_not_stored() {
    let (sandbox, home) = (sandbox().await, home());
    for output in ["table", "json"] {
        let outcome = login(home.path(), &sandbox, CANARY).args(["-o", output, "-v"]).run();
        assert!(outcome.failed(1).contains("401"), "{outcome:?}");
        assert!(!prints(&outcome, CANARY), "{output}");
    }
    assert_eq!(fs::read_dir(home.path()).unwrap().count(), 0);
    // An existing key is kept.
    assert_eq!(login(home.path(), &sandbox, sandbox.api_key()).run().code, 0);
    login(home.path(), &sandbox, CANARY).run().failed(1);
    assert!(fs::read_to_string(file(home.path())).unwrap().contains(sandbox.api_key()));
    // With --unchecked, the key is not sent to the service.
    let unchecked = zapmail().home(home.path()).line("login --unchecked --profile other").stdin(CANARY).run();
    assert!(unchecked.code == 0 && !prints(&unchecked, CANARY), "{unchecked:?}");
    assert!(fs::read_to_string(file(home.path())).unwrap().contains(CANARY));
}

#[test]
fn login_without_key_is_refused() {
    let home = home();
    for input in ["", "\n", "  \n"] {
        let outcome = zapmail().home(home.path()).line("login --unchecked").stdin(input).run();
        assert!(outcome.failed(2).contains("no API key was entered"), "{outcome:?}");
    }
    // The key is not accepted as an argument, because other users could read it.
    let outcome = zapmail().home(home.path()).args(["login", CANARY]).run();
    outcome.failed(2);
    assert_eq!(fs::read_dir(home.path()).unwrap().count(), 0);
}

#[test]
fn invalid_profiles_file_is_not_quoted() {
    let home = home();
    let invalid = [
        (format!("[profiles.default]\napi_key = {CANARY}\n"), 2),
        (format!("default = \"a\"\n\n[profiles.a]\napi_key = \"{CANARY}\n"), 4),
        (format!("\n{CANARY}\n[profiles.a]\napi_key = \"x\"\n"), 2),
        (format!("[profiles.a]\napi_key = [\"{CANARY}\"]\n"), 2),
        (format!("[profiles.a]\napi_key = \"{CANARY}\"\nnothing = \"{CANARY}\"\n"), 3),
        (format!("[profiles.a]\n\"{CANARY}\" = \"x\"\n"), 2),
    ];
    for (text, line) in invalid {
        write(home.path(), &text);
        for arguments in ["whoami", "profiles list -o json", "login --unchecked"] {
            let outcome = zapmail().home(home.path()).line(arguments).run();
            let expected = format!("{} is not valid: error in line {line}", file(home.path()).display());
            // JSON escapes the backslashes of Windows paths.
            let report = outcome.failed(1).replace(r"\\", r"\");
            assert!(report.contains(&expected), "{text}: {outcome:?}");
            assert!(!prints(&outcome, CANARY), "{text}: {outcome:?}");
        }
        assert_eq!(fs::read_to_string(file(home.path())).unwrap(), text, "the file is unchanged");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn profiles_can_be_listed_selected_and_removed() {
    let (sandbox, home) = (sandbox().await, home());
    let run = |line: &str| zapmail().home(home.path()).line(line).run();
    let list = || run("profiles list -o json");
    assert_eq!(list().json(), json!([]));
    for profile in ["north", "south", "west"] {
        let stored =
            login(home.path(), &sandbox, sandbox.api_key()).args(["--profile", profile, "-w", "Client North"]).run();
        assert_eq!(stored.code, 0, "{stored:?}");
    }
    let row = |name: &str, is_default: bool| {
        let base_url = sandbox.base_url();
        json!({"name": name, "workspace": "Client North", "baseUrl": base_url, "inKeyring": false, "isDefault": is_default})
    };
    assert_eq!(list().json(), json!([row("north", true), row("south", false), row("west", false)]));
    assert!(!prints(&list(), sandbox.api_key()));
    assert_eq!(run("profiles use south").code, 0);
    assert_eq!(list().json(), json!([row("north", false), row("south", true), row("west", false)]));
    // A login does not change the default profile.
    assert_eq!(
        login(home.path(), &sandbox, sandbox.api_key()).args(["--profile", "north", "-w", "Client North"]).run().code,
        0
    );
    assert_eq!(run("profiles remove south").code, 0);
    assert_eq!(list().json(), json!([row("north", false), row("west", false)]));
    let ambiguous = run("users get");
    assert!(ambiguous.failed(1).contains("no default profile is set; the profiles are north, west"), "{ambiguous:?}");
    assert!(
        ambiguous.stderr.contains("--profile") && ambiguous.stderr.contains("zapmail profiles use NAME"),
        "{ambiguous:?}"
    );
    assert_eq!(run("profiles remove north").code, 0);
    // A single profile is the default.
    assert_eq!(list().json(), json!([row("west", true)]));
    assert_eq!(run("users get").code, 0);
    assert_eq!(run("profiles remove west").code, 0);
    assert!(!fs::read_to_string(file(home.path())).unwrap().contains(sandbox.api_key()));
    assert!(run("users get").failed(1).contains("the API key is missing"));
}

#[tokio::test(flavor = "multi_thread")]
async fn unknown_profile_is_reported_with_known_profiles() {
    let (sandbox, home) = (sandbox().await, home());
    let run = |line: &str| zapmail().home(home.path()).line(line).run();
    assert!(
        run("users get --profile north").failed(4).contains("the profile north does not exist; no profiles are stored")
    );
    write(home.path(), &profiles(&sandbox, &[("north", ""), ("south", "")]));
    for line in [
        "users get --profile nroth",
        "profiles use nroth",
        "profiles remove nroth",
        "users get --dry-run --profile nroth",
    ] {
        let outcome = run(line);
        assert!(
            outcome.failed(4).contains("the profile nroth does not exist; the profiles are north, south"),
            "{line}: {outcome:?}"
        );
    }
    let from_environment =
        zapmail().home(home.path()).on(&sandbox).env("ZAPMAIL_PROFILE", "nroth").line("users get").run();
    assert!(from_environment.failed(4).contains("north, south"), "{from_environment:?}");
    // A missing default profile is not replaced by a different account.
    write(home.path(), &format!("default = \"gone\"\n{}", profiles(&sandbox, &[("north", "")])));
    assert!(run("users get").failed(4).contains("the profile gone does not exist; the profiles are north"));
    assert!(sandbox.requests().is_empty());
}

#[test]
fn missing_key_is_reported_with_hint() {
    let outcome = zapmail().line("mailboxes list").run();
    let report = outcome.failed(1);
    for part in ["the API key is missing", "`zapmail login`", "ZAPMAIL_API_KEY", "--demo"] {
        assert!(report.contains(part), "{part}: {report}");
    }
    let as_json = zapmail().line("mailboxes list -o json").run();
    let error: Value = serde_json::from_str(as_json.failed(1)).unwrap();
    assert_eq!((&error["error"]["exitCode"], &error["error"]["kind"]), (&1.into(), &"refused".into()));
}

#[tokio::test(flavor = "multi_thread")]
async fn profile_option_overrides_environment_and_default() {
    let (environment, north, south) = (sandbox().await, sandbox().await, sandbox().await);
    let home = home();
    let run = || zapmail().home(home.path());
    write(home.path(), &profiles(&north, &[("north", "")]));
    // A single profile is the default, unless one is set.
    assert_eq!(service(run()), north.base_url());
    let two =
        format!("default = \"south\"\n{}{}", profiles(&north, &[("north", "")]), profiles(&south, &[("south", "")]));
    write(home.path(), &two);
    assert_eq!(service(run()), south.base_url());
    // The key of the environment overrides the default profile, and --profile overrides the environment.
    assert_eq!(service(run().on(&environment)), environment.base_url());
    assert_eq!(service(run().on(&environment).args(["--profile", "north"])), north.base_url());
    assert_eq!(service(run().on(&environment).env("ZAPMAIL_PROFILE", "north")), north.base_url());
    assert_eq!(service(run().env("ZAPMAIL_PROFILE", "south").args(["--profile", "north"])), north.base_url());
    // The key of the profile is used, not only its base URL.
    let stale_key = run().on(&environment).env("ZAPMAIL_API_KEY", CANARY).args(["--profile", "north"]);
    assert_eq!(service(stale_key), north.base_url());
    let refused = run().on(&environment).env("ZAPMAIL_API_KEY", CANARY).line("users get").run();
    assert!(refused.failed(1).contains("401") && !prints(&refused, CANARY), "{refused:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn profile_without_url_uses_environment() {
    let (sandbox, home) = (sandbox().await, home());
    write(home.path(), &format!("[profiles.north]\napi_key = \"{}\"\n", sandbox.api_key()));
    assert_eq!(service(zapmail().home(home.path()).env("ZAPMAIL_BASE_URL", sandbox.base_url())), sandbox.base_url());
}

#[tokio::test(flavor = "multi_thread")]
async fn workspace_option_overrides_profile() {
    let (sandbox, home) = (sandbox().await, home());
    let workspaces = sandbox.workspaces();
    let client_north = workspaces.iter().find(|workspace| workspace.name == "Client North").unwrap();
    let names = [
        ("north", "workspace = \"Client North\""),
        ("by-id", &format!("workspace = \"{}\"", client_north.id)),
        ("main", ""),
    ];
    write(home.path(), &profiles(&sandbox, &names));
    let list = |arguments: &[&str]| {
        let rows = zapmail().home(home.path()).line("domains list -o json").args(arguments).run().json();
        rows["domains"][0]["id"].as_str().unwrap().to_owned()
    };
    let (main, north) = (list(&["--profile", "main"]), list(&["--profile", "north"]));
    assert_ne!(main, north);
    assert_eq!(list(&["--profile", "by-id"]), north);
    assert_eq!(list(&["--profile", "main", "-w", "Client North"]), north);
    assert_eq!(list(&["--profile", "north", "--workspace", "Main"]), main);
    assert_eq!(list(&["--profile", "north", "--workspace", &workspaces[0].id]), main);
}

#[tokio::test(flavor = "multi_thread")]
async fn unknown_workspace_is_reported_with_known_workspaces() {
    let (sandbox, home) = (sandbox().await, home());
    write(home.path(), &profiles(&sandbox, &[("north", "workspace = \"Client West\""), ("main", "")]));
    for arguments in ["--profile north", "--profile main -w Nowhere"] {
        let outcome = zapmail().home(home.path()).line("domains list").line(arguments).run();
        assert!(outcome.failed(4).contains("the account has Main, Client North"), "{arguments}: {outcome:?}");
    }
    assert!(sandbox.requests_of("list_domains").is_empty(), "no request is sent for a different workspace");
}

#[tokio::test(flavor = "multi_thread")]
async fn profile_ignores_workspace_of_environment() {
    let (sandbox, home) = (sandbox().await, home());
    write(home.path(), &profiles(&sandbox, &[("north", "")]));
    let foreign = "7b2e9d10-4c5f-4a6b-9d8e-1f2a3b4c5d6e";
    let run =
        |zapmail: Zapmail| zapmail.home(home.path()).env("ZAPMAIL_WORKSPACE_KEY", foreign).line("domains list").run();
    assert_eq!(run(zapmail()).code, 0);
    assert!(run(zapmail().on(&sandbox)).failed(4).contains("Workspace not found"));
}

#[tokio::test(flavor = "multi_thread")]
async fn profile_without_url_does_not_reach_live_service() {
    let (sandbox, home) = (sandbox().await, home());
    write(home.path(), &format!("[profiles.live]\napi_key = \"{}\"\n", sandbox.api_key()));
    let run = zapmail().home(home.path()).env("ZAPMAIL_BASE_URL", sandbox.base_url());
    assert_eq!(service(run), json!(sandbox.base_url()));
}

// Linux only: on macOS and Windows, the test would use the keyring of the current user.
#[cfg(target_os = "linux")]
#[test]
fn login_without_keyring_stores_nothing() {
    let home = home();
    let login = zapmail().home(home.path()).env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent/bus");
    let outcome = login.args(["login", "--keyring", "--unchecked"]).stdin(&format!("{CANARY}\n")).run();
    let stderr = outcome.failed(1);
    assert!(stderr.contains("keyring") && stderr.contains("log in without --keyring"), "{stderr}");
    assert!(!prints(&outcome, CANARY));
    assert!(!file(home.path()).exists());
}

#[cfg(target_os = "linux")]
#[test]
fn profile_with_unavailable_keyring_is_refused() {
    let home = home();
    write(home.path(), "[profiles.acme]\nkeyring = true\n");
    let whoami = zapmail().home(home.path()).env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent/bus");
    let outcome = whoami.args(["whoami"]).run();
    assert!(outcome.failed(1).contains("keyring"), "{}", outcome.stderr);
}

#[tokio::test(flavor = "multi_thread")]
async fn dry_run_uses_service_of_default_profile() {
    let (sandbox, home) = (sandbox().await, home());
    write(home.path(), &profiles(&sandbox, &[("acme", "")]));
    let outcome = zapmail().home(home.path()).line("domains list --dry-run -o json").run();
    let url = outcome.json()["url"].as_str().unwrap().to_owned();
    assert!(url.starts_with(sandbox.base_url()), "{url}");
    assert!(sandbox.requests().is_empty());
}

#[test]
fn profile_without_key_is_refused() {
    let home = home();
    write(home.path(), &format!("[profiles.acme]\nbase_url = \"{CANARY}\"\n"));
    let outcome = zapmail().home(home.path()).args(["whoami"]).run();
    assert!(outcome.failed(1).contains("the profile acme has no API key"), "{}", outcome.stderr);
    assert!(!prints(&outcome, CANARY));
}

#[tokio::test(flavor = "multi_thread")]
async fn first_profile_is_default() {
    let (sandbox, home) = (sandbox().await, home());
    for name in ["acme", "other"] {
        let outcome = login(home.path(), &sandbox, sandbox.api_key()).args(["--profile", name]).run();
        assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    }
    let outcome = zapmail().home(home.path()).args(["profiles", "list", "--output", "json"]).run();
    let rows = outcome.json();
    let default: Vec<_> = rows.as_array().unwrap().iter().filter(|row| row["isDefault"] == json!(true)).collect();
    assert_eq!(default.len(), 1);
    assert_eq!(default[0]["name"], "acme");
}

#[tokio::test(flavor = "multi_thread")]
async fn new_key_keeps_workspace_and_service() {
    let (sandbox, home) = (sandbox().await, home());
    assert_eq!(login(home.path(), &sandbox, sandbox.api_key()).args(["-w", "Client North"]).run().code, 0);
    let again = zapmail().home(home.path()).args(["login"]).stdin(sandbox.api_key()).run();
    assert!(again.code == 0 && again.stderr.contains("Client North"), "{again:?}");
    assert!(again.stderr.contains(sandbox.base_url()), "{again:?}");
    let stored = zapmail().home(home.path()).line("profiles list -o json").run().json();
    assert_eq!((&stored[0]["workspace"], &stored[0]["baseUrl"]), (&json!("Client North"), &json!(sandbox.base_url())));
    assert_eq!(login(home.path(), &sandbox, sandbox.api_key()).args(["-w", "Main"]).run().code, 0);
    assert_eq!(zapmail().home(home.path()).line("profiles list -o json").run().json()[0]["workspace"], "Main");
}

#[tokio::test(flavor = "multi_thread")]
async fn login_keeps_profile_that_is_stored_during_its_check() {
    let home = home();
    let folder = home.path().to_owned();
    let login =
        |folder: &Path, name: &str| zapmail().home(folder).args(["login", "--profile", name]).stdin("not-a-real-key");
    assert_eq!(login(&folder, "first").args(["--unchecked"]).run().code, 0);
    // A service that, while it checks a key, runs a login of its own.
    let socket = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", socket.local_addr().unwrap());
    let check = move || async move {
        let other = login(&folder, "quick").args(["--unchecked"]);
        assert_eq!(tokio::task::spawn_blocking(|| other.run()).await.unwrap().code, 0);
        axum::Json(
            json!({"status": 200, "message": "ok", "data": {"id": "7b2e9d10-4c5f-4a6b-9d8e-1f2a3b4c5d6e", "email": "ops@acme.example.com"}}),
        )
    };
    tokio::spawn(async move { axum::serve(socket, axum::Router::new().fallback(check)).await });
    let slow = login(home.path(), "slow").args(["--base-url", &url]).run();
    assert_eq!(slow.code, 0, "{slow:?}");
    let names = zapmail().home(home.path()).line("profiles list -o csv --columns name").run().stdout;
    assert_eq!(names, "name\nfirst\nquick\nslow\n");
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn symbolic_link_to_profiles_file_is_kept() {
    let (sandbox, home, other) = (sandbox().await, home(), home());
    write(other.path(), &profiles(&sandbox, &[("north", ""), ("south", "")]));
    std::os::unix::fs::symlink(file(other.path()), file(home.path())).unwrap();
    assert_eq!(zapmail().home(home.path()).line("profiles use south").run().code, 0);
    assert!(fs::symlink_metadata(file(home.path())).unwrap().is_symlink());
    assert!(fs::read_to_string(file(other.path())).unwrap().contains("default = \"south\""));
    assert_eq!(fs::read_dir(other.path()).unwrap().count(), 1);
}
