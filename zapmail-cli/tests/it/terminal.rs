//! Tests of the program in a pseudo-terminal.

use std::time::Duration;

use serde_json::Value;
use zapmail_sandbox::{Quota, Sandbox};

use crate::pty::{CTRL_C, program, terminal};
use crate::run::zapmail;

const BUY_SLOTS: &str = "wallet buy-addon-mailboxes --quantity 2 --spend";

async fn sandbox() -> Sandbox {
    Sandbox::builder().quota(Quota::unlimited()).start().await.unwrap()
}

/// Returns the codes shown for a name, each with its remaining seconds, oldest first.
fn countdown(text: &str, name: &str) -> Vec<(String, u64)> {
    let rows = text.split(name).skip(1).filter_map(|row| {
        let mut words = row.split_whitespace();
        let code = words.next().filter(|code| code.len() == 6 && code.bytes().all(|byte| byte.is_ascii_digit()))?;
        let seconds = words.nth(1)?.parse().ok()?;
        // Without the unit, the row may be incomplete.
        (words.next() == Some("s")).then(|| (code.to_owned(), seconds))
    });
    rows.collect()
}

/// Returns a code with two consecutive remaining times, of which the second is lower; `None` if there is none yet.
fn counted_down(text: &str, name: &str) -> Option<(String, u64, u64)> {
    let rows = countdown(text, name);
    let step = rows.windows(2).find(|step| step[0].0 == step[1].0 && step[0].1 > step[1].1)?;
    Some((step[0].0.clone(), step[0].1, step[1].1))
}

#[test]
fn watch_shows_countdown_until_ctrl_c() {
    let mut terminal = terminal(100).line("--demo otp --watch").start();
    let names = ["dana.reed@acme-001.example.com", "lee.wood@acme-001.example.com", "robin.west@acme-001.example.com"];
    for name in names {
        let (_, before, after) = terminal.wait_for(|text| counted_down(text, name));
        assert!(before <= 30 && after < before, "{before} {after}");
    }
    let text = terminal.text();
    let codes = names.map(|name| countdown(&text, name).pop().unwrap().0);
    assert!(codes[0] != codes[1] || codes[1] != codes[2], "the mailboxes have different codes");
    terminal.press(CTRL_C);
    let ended = terminal.end();
    assert_eq!(ended.code, 130, "{ended:?}");
    assert!(!ended.text.contains("interrupted"), "ctrl-c is the expected end: {ended:?}");
}

#[test]
fn watch_shows_countdown_if_standard_error_is_file() {
    let script = r#"exec "$0" --demo otp --watch 2>errors"#;
    let mut terminal = program("/bin/sh", 100).args(&["-c", script, env!("CARGO_BIN_EXE_zapmail")]).start();
    terminal.wait_for(|text| countdown(text, "dana.reed@acme-001.example.com").pop());
    terminal.press(CTRL_C);
    let ended = terminal.end();
    assert_eq!((ended.code, ended.file("errors").as_deref()), (130, Some("")));
}

#[tokio::test(flavor = "multi_thread")]
async fn confirmed_purchase_is_shown_and_made() {
    let sandbox = sandbox().await;
    let mut terminal = terminal(100).on(&sandbox).line(BUY_SLOTS).start();
    terminal.wait_for_text("Type buy to confirm:");
    let prompt = terminal.text();
    for part in ["/v2/wallet/buy-addon-mailboxes", "quantity: 2", "Price: unknown", "Wallet: 64.5 USD"] {
        assert!(prompt.contains(part), "{part}: {prompt}");
    }
    assert!(sandbox.requests_of("purchase_addon_mailboxes").is_empty());
    terminal.press("buy\n");
    terminal.wait_for_text("purchase key: cli-");
    let ended = terminal.end();
    assert_eq!(ended.code, 0, "{ended:?}");
    assert!(ended.text.contains("paymentLink") && ended.file("purchases.journal").is_some(), "{ended:?}");
    let ledger = sandbox.ledger();
    assert_eq!(ledger.iter().map(|entry| entry.cents).collect::<Vec<_>>(), [650]);
    assert_eq!(sandbox.requests_of("purchase_addon_mailboxes").len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn unconfirmed_purchase_is_not_made() {
    let sandbox = sandbox().await;
    for answer in ["yes\n", "\n", "buy it\n", "BUY\n", "\u{4}"] {
        let mut terminal = terminal(100).on(&sandbox).line(BUY_SLOTS).start();
        terminal.wait_for_text("Type buy to confirm:");
        terminal.press(answer);
        let ended = terminal.end();
        assert!(ended.code == 1 && ended.text.contains("error: nothing was bought"), "{answer:?}: {ended:?}");
        assert_eq!(ended.file("purchases.journal"), None);
    }
    assert!(sandbox.ledger().is_empty() && sandbox.requests_of("purchase_addon_mailboxes").is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn purchase_whose_prompt_is_not_visible_is_refused() {
    let sandbox = sandbox().await;
    let script = r#""$0" "$@" 2>errors; echo "code $?""#;
    let shell = program("/bin/sh", 100).args(&["-c", script, env!("CARGO_BIN_EXE_zapmail")]);
    let ended = shell.on(&sandbox).line(BUY_SLOTS).start().end();
    assert!(ended.text.contains("code 2") && ended.file("errors").unwrap().contains("--yes"), "{ended:?}");
    assert!(sandbox.ledger().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn ctrl_c_at_confirmation_buys_nothing() {
    let sandbox = sandbox().await;
    let mut terminal = terminal(100).on(&sandbox).line(BUY_SLOTS).start();
    terminal.wait_for_text("Type buy to confirm:");
    terminal.press(CTRL_C);
    let ended = terminal.end();
    assert_eq!(ended.code, 130, "{ended:?}");
    assert!(ended.text.contains("error: interrupted") && ended.text.contains("nothing was bought"), "{ended:?}");
    assert!(sandbox.ledger().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn purchase_of_domains_is_confirmed_with_price() {
    let sandbox = sandbox().await;
    let arguments = [
        "domains",
        "buy",
        "--domains",
        r#"{"domainName": "tryacme.com", "years": 1}"#,
        "--enable-dns-shield",
        "false",
        "--use-wallet",
        "true",
        "--spend",
    ];
    let start = || {
        let mut terminal = terminal(100).on(&sandbox).args(&arguments).start();
        let price =
            terminal.wait_for(|text| Some(text.split_once("Type ")?.1.split_once(" to confirm:")?.0.to_owned()));
        assert!(terminal.text().contains("tryacme.com"));
        assert!(terminal.text().contains(&format!("Price: {price} USD")), "{}", terminal.text());
        (terminal, price)
    };
    for answer in ["buy", "12", "1299"] {
        let (mut terminal, _) = start();
        terminal.press(&format!("{answer}\n"));
        assert_eq!(terminal.end().code, 1, "{answer}");
    }
    assert!(sandbox.ledger().is_empty());
    let (mut terminal, price) = start();
    terminal.press(&format!("{price}\n"));
    let ended = terminal.end();
    assert_eq!(ended.code, 0, "{ended:?}");
    let charged: Vec<_> =
        sandbox.ledger().iter().map(|entry| format!("{}.{:02}", entry.cents / 100, entry.cents % 100)).collect();
    assert_eq!(charged, [price]);
}

#[tokio::test(flavor = "multi_thread")]
async fn slow_request_shows_progress() {
    let sandbox = Sandbox::builder().latency(Duration::from_millis(1500)).start().await.unwrap();
    let ended = terminal(100).on(&sandbox).line("users get").start().end();
    assert_eq!(ended.code, 0, "{ended:?}");
    assert!(
        ended.text.contains("Retrieve the account of the API key") && !ended.text.contains("0/0"),
        "{}",
        ended.text
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn terminal_without_cursor_shows_progress_as_lines() {
    let sandbox = Sandbox::builder().latency(Duration::from_millis(1500)).start().await.unwrap();
    let ended = terminal(100).env("TERM", "dumb").on(&sandbox).line("users get").start().end();
    assert!(ended.text.contains("Retrieve the account of the API key (1s)"), "{ended:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn terminal_without_cursor_shows_codes_as_lines() {
    let sandbox = sandbox().await;
    let mut terminal = terminal(100).env("TERM", "dumb").on(&sandbox).line("otp --watch").start();
    terminal.wait_for_text("dana.reed@acme-001.example.com");
    terminal.press("\u{3}");
    assert_eq!(terminal.end().code, 130);
}

#[tokio::test(flavor = "multi_thread")]
async fn table_has_borders_and_fits_terminal() {
    let sandbox = sandbox().await;
    let id = zapmail().on(&sandbox).line("domains list --query /domains/0/id").run().stdout;
    let lines =
        ["mailboxes list", "domains list", "whoami", "audit domains --quick", &format!("dns list-records --id {id}")];
    for columns in [60, 100, 160] {
        for line in lines {
            // Leave out the progress bars, which are drawn on standard error and then erased.
            let script = ["-c", r#"exec "$0" "$@" 2>/dev/null"#, env!("CARGO_BIN_EXE_zapmail")];
            let ended = program("/bin/sh", columns).args(&script).on(&sandbox).line(line).start().end();
            assert_eq!(ended.code, 0, "{line}: {ended:?}");
            assert!(ended.text.lines().any(|line| line.starts_with("────")), "{line}: {}", ended.text);
            for row in ended.text.lines() {
                assert!(row.chars().count() <= columns.into(), "{line}: {columns} columns are too few for\n{row}");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn table_shows_important_columns_in_full() {
    let sandbox = sandbox().await;
    let list: Value = zapmail().on(&sandbox).line("mailboxes list -o json").run().json();
    let mailbox = &list["domains"][0]["mailboxes"][0];
    let ended = terminal(100).on(&sandbox).line("mailboxes list").start().end();
    let row = ended.text.lines().find(|row| row.contains(mailbox["id"].as_str().unwrap()));
    let row = row.unwrap_or_else(|| panic!("no row has the id\n{}", ended.text));
    for name in ["email", "status"] {
        assert!(row.contains(mailbox[name].as_str().unwrap()), "{name}\n{}", ended.text);
    }
    assert!(ended.text.contains("columns left out: ") && ended.text.contains("--output json"), "{}", ended.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn file_is_not_printed_to_a_terminal() {
    let sandbox = sandbox().await;
    sandbox.set_zapbox_consent(true);
    let attachment = attachment(&sandbox);
    let command = ["zapbox", "download-attachment", "--provider", "GOOGLE"];
    let arguments: Vec<_> = command.into_iter().chain(attachment.iter().map(String::as_str)).collect();
    let refused = terminal(100).on(&sandbox).args(&arguments).start().end();
    assert!(refused.code == 2 && refused.text.contains("--file"), "{refused:?}");
    assert!(sandbox.requests_of("download_attachment").is_empty());
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("order.pdf");
    let saved = terminal(100).on(&sandbox).args(&arguments).args(&["--file", file.to_str().unwrap()]).start().end();
    assert_eq!((saved.code, saved.text.as_str()), (0, ""));
    // The output to a pipe is the same.
    let piped = zapmail().on(&sandbox).args(&arguments).run();
    assert!(piped.code == 0 && !piped.stdout.is_empty(), "{piped:?}");
    assert_eq!(std::fs::read(&file).unwrap(), piped.stdout.as_bytes());
}

/// Returns the flags for downloading an attachment from the sandbox.
fn attachment(sandbox: &Sandbox) -> Vec<String> {
    let mails = zapmail().on(sandbox).line("zapbox list-emails -o jsonl").run().stdout;
    let mut mails = mails.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let mail = mails.find(|mail| mail["attachments"][0].is_object()).unwrap();
    let file = &mail["attachments"][0];
    let flags = [
        ("--account", &mail["account"]),
        ("--message-id", &mail["messageId"]),
        ("--attachment-id", &file["attachmentId"]),
        ("--filename", &file["filename"]),
    ];
    flags.into_iter().flat_map(|(name, value)| [name.to_owned(), value.as_str().unwrap().to_owned()]).collect()
}

#[test]
fn typed_key_is_not_echoed() {
    let mut terminal = terminal(100).line("login --unchecked --profile north").start();
    terminal.wait_for_text("API key: ");
    terminal.wait_until_hidden();
    terminal.press("zm-canary-4711\n");
    let ended = terminal.end();
    assert!(ended.code == 0 && ended.text.contains("stored the profile north in"), "{ended:?}");
    assert!(ended.file("profiles.toml").unwrap().contains("zm-canary-4711") && !ended.text.contains("canary"));
}

#[test]
fn prompt_for_key_shows_base_url() {
    let mut terminal = terminal(100).line("login --unchecked --base-url https://proxy.example.com/api").start();
    terminal.wait_for_text("API key for https://proxy.example.com/api: ");
}

#[test]
fn ctrl_c_during_login_restores_terminal() {
    let script = r#""$0" login --unchecked; echo "code $?"; stty -a"#;
    let mut terminal = program("/bin/sh", 100).args(&["-c", script, env!("CARGO_BIN_EXE_zapmail")]).start();
    terminal.wait_for_text("API key: ");
    terminal.wait_until_hidden();
    terminal.press("zm-cana");
    terminal.press(CTRL_C);
    let ended = terminal.end();
    assert!(ended.text.contains("code 130"), "{ended:?}");
    assert_eq!(ended.file("profiles.toml"), None);
    let flags: Vec<_> = ended.text.split_whitespace().map(|word| word.trim_end_matches(';')).collect();
    assert!(["echo", "icanon", "isig"].iter().all(|flag| flags.contains(flag)), "{ended:?}");
    assert!(ended.text.contains("error: interrupted") && !ended.text.contains("cana"), "{ended:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn typed_body_is_sent_unless_ctrl_c_is_pressed() {
    let sandbox = sandbox().await;
    let start = || {
        let mut terminal = terminal(100).on(&sandbox).line("workspaces create --body -").start();
        terminal.wait_for_text("press ctrl-d");
        terminal.press("{\"name\":\n");
        terminal
    };
    let mut terminal = start();
    terminal.press(CTRL_C);
    let ended = terminal.end();
    assert!(ended.code == 130 && ended.text.contains("error: interrupted"), "{ended:?}");
    assert!(sandbox.requests().is_empty());
    let mut terminal = start();
    terminal.press("\"South\"}\n\u{4}");
    let ended = terminal.end();
    assert_eq!(ended.code, 0, "{ended:?}");
    assert!(sandbox.workspaces().iter().any(|workspace| workspace.name == "South"));
}
