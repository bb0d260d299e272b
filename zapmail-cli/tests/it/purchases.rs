//! Purchases: permission, confirmation, and purchases made only once.

use zapmail_sandbox::{Fault, Sandbox};

use crate::run::zapmail;

const BUY: &str = "wallet buy-addon-mailboxes --quantity 2";

#[tokio::test(flavor = "multi_thread")]
async fn purchase_requires_permission_and_confirmation() {
    let sandbox = Sandbox::start().await.unwrap();
    let refused = zapmail().on(&sandbox).line(BUY).run();
    assert!(refused.failed(1).contains("--spend"), "{refused:?}");
    let unconfirmed = zapmail().on(&sandbox).line(BUY).args(["--spend"]).run();
    assert!(unconfirmed.failed(2).contains("--yes"), "{unconfirmed:?}");
    for line in [
        "api POST /v2/wallet/buy-addon-mailboxes?quantity=2",
        "api POST /v2/undocumented",
        "wallet set-auto-recharge --enable",
    ] {
        assert!(zapmail().on(&sandbox).line(line).run().failed(1).contains("--spend"), "{line}");
    }
    assert!(sandbox.requests().is_empty());
    let bought = zapmail().on(&sandbox).line(BUY).args(["--spend", "--yes", "-o", "json"]).run();
    assert!(bought.json()["paymentLink"].is_string() && bought.stderr.contains("purchase key: cli-"), "{bought:?}");
    assert_eq!(sandbox.ledger().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn repeated_purchase_with_key_is_made_once() {
    let sandbox = Sandbox::start().await.unwrap();
    let home = tempfile::tempdir().unwrap();
    let buy = |quantity: &str| {
        let run =
            zapmail().on(&sandbox).home(home.path()).args(["wallet", "buy-addon-mailboxes", "--quantity", quantity]);
        run.args(["--spend", "--yes", "--once", "order-4711", "-o", "json"]).run()
    };
    let (first, second) = (buy("2"), buy("2"));
    assert_eq!((first.json(), sandbox.ledger().len()), (second.json(), 1));
    assert!(!first.stderr.contains("already") && second.stderr.contains("the purchase order-4711 was already made at"));
    // A different purchase under the same key is refused.
    assert!(buy("3").failed(1).contains("order-4711"));
    assert_eq!(sandbox.ledger().len(), 1);
    let journal = std::fs::read_to_string(home.path().join("purchases.journal")).unwrap();
    assert!(journal.contains("order-4711") && !journal.contains(sandbox.api_key()));
}

#[tokio::test(flavor = "multi_thread")]
async fn purchase_with_unknown_outcome_is_not_retried() {
    let sandbox = Sandbox::start().await.unwrap();
    let home = tempfile::tempdir().unwrap();
    sandbox.fail_next("purchase_addon_mailboxes", Fault::DropAfterRequest).unwrap();
    let buy = || zapmail().on(&sandbox).home(home.path()).line(BUY).line("--spend --yes --once order-1 -o json").run();
    let lost = buy();
    assert!(lost.failed(3).contains(r#""once":"order-1""#), "{lost:?}");
    assert!(buy().code == 3 && sandbox.ledger().len() == 1, "the journal contains an open entry");

    let purchases = |line: &str| zapmail().on(&sandbox).home(home.path()).args(["purchases"]).line(line).run();
    assert_eq!(purchases("-o json").json()[0]["key"], "order-1");
    let verified = purchases("verify order-1").stdout;
    assert!(verified.contains("appears to have been made") && verified.contains("`mailboxes list`"), "{verified}");
    assert_eq!(purchases("settle order-1 made").code, 0);
    assert_eq!(purchases("list -o json").json(), serde_json::json!([]));
    assert!(purchases("settle order-1 not-made").failed(1).contains("already known"));
    assert!(purchases("verify order-2").code == 4 && buy().code == 1 && sandbox.ledger().len() == 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn unpaid_purchase_fails_with_payment_link() {
    let sandbox = Sandbox::start().await.unwrap();
    let buy = |names: &[&str], wallet: &str| {
        let domains: Vec<_> = names.iter().map(|name| serde_json::json!({"domainName": name, "years": 1})).collect();
        let domains = serde_json::Value::from(domains).to_string();
        let run = zapmail().on(&sandbox).args(["domains", "buy", "--domains", &domains, "--use-wallet", wallet]);
        run.line("--enable-dns-shield false --spend --yes").run()
    };
    let paid = buy(&["tryacme.com"], "true");
    assert!(paid.code == 0 && paid.stderr.contains("invoice: https://"), "{paid:?}");
    let expensive: Vec<_> = (1..9).map(|number| format!("tryacme-{number}.com")).collect();
    let expensive: Vec<_> = expensive.iter().map(String::as_str).collect();
    for (names, wallet) in [(&expensive[..], "true"), (&["acme-mail.com"][..], "false")] {
        let unpaid = buy(names, wallet);
        assert!(
            unpaid.failed(1).contains("the wallet was not charged")
                && unpaid.stderr.contains("pay the invoice: https://")
        );
        assert!(unpaid.stdout.contains("Link"), "the response is printed: {unpaid:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn undocumented_request_is_refused_with_hint() {
    let sandbox = Sandbox::start().await.unwrap();
    for (line, part) in [("api POST /v2/userz", "check the method and the path"), ("api POST /v2/users", "use GET")] {
        let refused = zapmail().on(&sandbox).line(line).run();
        assert!(refused.failed(1).contains("is not documented") && refused.stderr.contains(part), "{refused:?}");
    }
    assert!(sandbox.requests().is_empty());
}

/// A bought domain is unavailable, which must not prevent the retry. The retry is not confirmed again.
#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn retry_of_purchase_with_unknown_outcome_is_not_confirmed() {
    let sandbox = Sandbox::start().await.unwrap();
    let home = tempfile::tempdir().unwrap();
    let domains = r#"[{"domainName":"tryacme.com"}]"#;
    let buy = ["domains", "buy", "--use-wallet", "--enable-dns-shield", "false", "--domains", domains, "--spend"];
    let retry = || {
        let terminal = crate::pty::terminal(120).env("ZAPMAIL_HOME", home.path().to_str().unwrap()).on(&sandbox);
        terminal.args(&buy).args(&["--once", "order-1"]).start().end()
    };
    sandbox.fail_next("purchase_domains", Fault::DropAfterRequest).unwrap();
    let lost = zapmail().on(&sandbox).home(home.path()).args(buy).line("--yes --once order-1").run();
    assert!(lost.failed(3).contains("run the same command with --once order-1"), "{lost:?}");
    let ended = retry();
    assert!(ended.code == 3 && !ended.text.contains("not available"), "{ended:?}");
    assert!(!ended.text.contains("run the same command"), "nothing was sent: {ended:?}");
    assert_eq!(zapmail().on(&sandbox).home(home.path()).line("purchases settle order-1 made").run().code, 0);
    let ended = retry();
    assert!(ended.code == 1 && !ended.text.contains("not available"), "{ended:?}");
    assert_eq!(sandbox.ledger().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn invoice_is_reported_even_if_the_response_cannot_be_printed() {
    let sandbox = Sandbox::start().await.unwrap();
    let buy = |wallet: &str, name: &str| {
        let domains = format!(r#"[{{"domainName":"{name}"}}]"#);
        let run = zapmail().on(&sandbox).args(["domains", "buy", "--domains", &domains, "--use-wallet", wallet]);
        run.line("--enable-dns-shield false --spend --yes --once order-1 --query /nothing -o json").run()
    };
    let unpaid = buy("false", "tryacme.com");
    assert!(unpaid.failed(1).contains("pay the invoice: https://") && unpaid.stderr.contains("order-1"), "{unpaid:?}");
    let paid = buy("true", "acme-mail.com");
    assert!(paid.failed(4).contains("the purchase was made") && paid.stderr.contains("order-1"), "{paid:?}");
}

// Unix only: on Windows, the program is killed, so it reports nothing.
#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn interrupted_purchase_reports_key_for_retry() {
    use std::time::Duration;

    use crate::running::interrupt;

    let sandbox = Sandbox::start().await.unwrap();
    sandbox.fail_next("purchase_addon_mailboxes", Fault::Delay(Duration::from_secs(600))).unwrap();
    let (mut child, _home) = zapmail().on(&sandbox).line(BUY).line("--spend --yes --once order-1").start();
    while sandbox.ledger().is_empty() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    interrupt(&mut child);
    let output = child.wait_with_output().unwrap();
    let text = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(130), "{text}");
    assert!(text.contains("the purchase may have been made") && text.contains("--once order-1"), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn invalid_purchase_is_refused_before_confirmation() {
    let sandbox = Sandbox::start().await.unwrap();
    let line =
        ["dns-shield", "upgrade-plan", "--body", r#"{"subscriptionId": " ", "newPlanName": "x"}"#, "--spend", "--yes"];
    let outcome = zapmail().on(&sandbox).args(line).run();
    assert!(outcome.failed(2).contains("subscriptionId"), "{outcome:?}");
    assert!(sandbox.requests().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn profiles_can_use_the_same_key() {
    let sandbox = Sandbox::start().await.unwrap();
    let home = tempfile::tempdir().unwrap();
    let login = |name: &str| {
        let run = zapmail().home(home.path()).args(["login", "--base-url", sandbox.base_url(), "--profile", name]);
        assert_eq!(run.stdin(sandbox.api_key()).run().code, 0);
    };
    let buy = |name: &str| {
        let run = zapmail().home(home.path()).line(BUY).args(["--spend", "--yes", "--once", "order-1"]);
        run.args(["--profile", name]).run()
    };
    for (position, name) in ["acme", "other/../acme"].into_iter().enumerate() {
        login(name);
        assert!(!buy(name).stderr.contains("already") && buy(name).stderr.contains("already"), "{name}");
        assert_eq!(sandbox.ledger().len(), position + 1);
    }
}
