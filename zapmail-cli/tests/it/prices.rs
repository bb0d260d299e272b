//! The price that a purchase is confirmed with.

use serde_json::{Value, json};
use zapmail_sandbox::{Quota, Sandbox};

use crate::pty::terminal;
use crate::run::zapmail;

async fn sandbox() -> Sandbox {
    Sandbox::builder().quota(Quota::unlimited()).start().await.unwrap()
}

/// Runs a purchase up to its confirmation, which is declined. Returns the line with the price.
fn price(sandbox: &Sandbox, arguments: &[&str]) -> String {
    let mut terminal = terminal(120).on(sandbox).args(arguments).args(&["--spend"]).start();
    terminal.wait_for_text(" to confirm:");
    terminal.press("no\n");
    let ended = terminal.end();
    assert!(ended.code == 1 && ended.text.contains("nothing was bought"), "{ended:?}");
    let line = ended.text.lines().find(|line| line.starts_with("Price: ")).unwrap_or_default();
    line.trim_end().to_owned()
}

fn domains(rows: &Value, shield: &str) -> Vec<String> {
    let (rows, shield) = (rows.to_string(), format!("--enable-dns-shield={shield}"));
    ["domains", "buy", "--use-wallet", &shield, "--domains", &rows].map(str::to_owned).to_vec()
}

#[tokio::test(flavor = "multi_thread")]
async fn price_of_domains_is_unknown_unless_it_is_complete() {
    let sandbox = sandbox().await;
    let price_of = |rows: Value, shield: &str| {
        let arguments = domains(&rows, shield);
        price(&sandbox, &arguments.iter().map(String::as_str).collect::<Vec<_>>())
    };
    let unknown = "Price: unknown until the purchase is made";
    let one = json!({"domainName": "tryacme.com"});
    assert_eq!(price_of(json!([one]), "false"), "Price: 12.99 USD");
    assert_eq!(price_of(json!([one]), "true"), "Price: 12.99 USD, plus the price of DNS Shield");
    for rows in [
        json!([{"domainName": "tryacme.com", "years": "2"}]),
        json!([{"domainName": "tryacme.com", "years": 2}]),
        json!([{"domainName": "tryacme.com", "years": 1.5}]),
        json!([one, {"domainName": "TryAcme.com"}]),
        json!([one, {"name": "acme-mail.com"}]),
    ] {
        assert_eq!(price_of(rows.clone(), "false"), unknown, "{rows}");
    }
    assert!(sandbox.ledger().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn renewal_is_confirmed_with_its_price() {
    let sandbox = sandbox().await;
    let query = |line: &str, pointer: &str| {
        let text = zapmail().on(&sandbox).line(line).args(["--query", pointer]).run().stdout;
        text.trim_end().to_owned()
    };
    let id = query("domains list-renewable", "/domains/0/id");
    let renewal = query(&format!("domains get-renewal-price --domain-ids {id}"), "/0/renewPrice");
    let expected = format!("Price: {renewal} USD");
    assert_eq!(price(&sandbox, &["domains", "renew", "--domain-ids", &id]), expected);
    // The service reports no price for a domain that cannot be renewed yet.
    let ids = format!("{id},{}", query("domains list", "/domains/0/id"));
    let both = price(&sandbox, &["domains", "renew", "--domain-ids", &ids]);
    assert_eq!(both, "Price: unknown until the purchase is made");
}

#[tokio::test(flavor = "multi_thread")]
async fn balance_is_confirmed_before_tax() {
    let amount = ["wallet", "add-balance", "--amount", "50"];
    assert_eq!(price(&sandbox().await, &amount), "Price: 50 USD, before tax");
}

#[tokio::test(flavor = "multi_thread")]
async fn documented_request_is_confirmed_with_price_of_its_operation() {
    let sandbox = sandbox().await;
    let body =
        json!({"domains": [{"domainName": "tryacme.com", "years": 1}], "useWallet": true, "enableDnsShield": false});
    let request = ["api", "POST", "/v2/domains/buy", "--body", &body.to_string()];
    assert_eq!(price(&sandbox, &request), "Price: 12.99 USD");
    let body = json!({"anything": 1, "password": "hush"}).to_string();
    let mut terminal =
        terminal(120).on(&sandbox).args(&["api", "POST", "/v2/anything", "--spend", "--body", &body]).start();
    terminal.wait_for_text("Type buy to confirm:");
    assert!(!terminal.text().contains("hush") && terminal.text().contains("[redacted]"), "{}", terminal.text());
}
