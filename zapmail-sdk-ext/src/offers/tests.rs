//! Tests of domain checks against the sandbox, which decides about a name according to the words in it.

use std::sync::{Arc, Mutex};

use serde_json::json;

use crate::testing::{Reply, Service, sandbox, seconds};
use crate::{Decimal, ErrorKind};

#[tokio::test(start_paused = true)]
async fn offers_have_prices_of_available_names() {
    let (_sandbox, zapmail) = sandbox();
    let names =
        ["Free.com.", "taken.com", "banned.net", "free.shop", "premium.org", "acme-001.example.com", "free.com"];
    let offers = zapmail.check_domains(names).await.unwrap();
    let prices: Vec<_> =
        offers.iter().map(|offer| (&*offer.name, offer.price.map(|price| price.to_string()))).collect();
    let expected = [
        ("free.com", Some("12.99")),
        ("taken.com", None),
        ("banned.net", None),
        ("free.shop", None),
        ("premium.org", Some("499.00")),
        ("acme-001.example.com", None),
    ];
    assert_eq!(prices, expected.map(|(name, price)| (name, price.map(str::to_owned))));
    assert!(offers.iter().all(|offer| offer.is_available == offer.price.is_some()));
    assert_eq!(offers[0].renewal, Some(Decimal::new(2099, 2)));
    assert_eq!(offers.iter().filter(|offer| offer.is_premium).count(), 1);
}

#[tokio::test(start_paused = true)]
async fn many_names_are_checked_in_batches_of_twenty_within_rate_limit() {
    let (sandbox, zapmail) = sandbox();
    let names: Vec<_> = (0..2_050).map(|number| format!("brand-{number}.com")).collect();
    let seen = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&seen);
    let check = zapmail.check_domains(&names).on_progress(move |offers, names| {
        log.lock().unwrap().push((offers.len(), names));
    });
    let (offers, waited) = seconds(check).await;
    let offers = offers.unwrap();
    assert!(offers.iter().map(|offer| &offer.name).eq(&names));
    assert_eq!(sandbox.requests_of("check_domain_availability").len(), 103);
    assert!(sandbox.requests().iter().all(|request| request.status == 200), "no request exceeds a limit");
    // The last three requests wait until the first ones are half an hour old.
    assert!((1800.0..1900.0).contains(&waited), "{waited}");
    let seen = seen.lock().unwrap();
    assert_eq!((seen.len(), seen[0], *seen.last().unwrap()), (103, (20, 2_050), (2_050, 2_050)));
}

#[tokio::test(start_paused = true)]
async fn name_that_is_not_a_domain_is_refused_before_sending() {
    let (sandbox, zapmail) = sandbox();
    for name in ["", "acme", "acme .com", "https://acme.com"] {
        let error = zapmail.check_domains(["free.com", name]).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Invalid);
        assert!(error.to_string().contains(&format!("`{name}`, which is not a valid domain name")), "{error}");
    }
    assert!(zapmail.check_domains([""; 0]).await.unwrap().is_empty());
    assert!(sandbox.requests().is_empty());
}

#[tokio::test(start_paused = true)]
async fn implausible_prices_are_not_available_offers() {
    let row = |name: &str, status: &str, price: serde_json::Value| json!({"domainName": name, "status": status, "domainPrice": price, "renewPrice": "NaN"});
    let rows = json!([
        row("a.com", "AVAILABLE", json!("NaN")),
        row("b.com", "AVAILABLE", json!("0.00")),
        row("c.com", "AVAILABLE", json!("-1")),
        json!({"domainName": "D.com", "status": "available", "domainPrice": 12.5, "renewPrice": "-20.99"}),
        row("e.com", "UNAVAILABLE", json!("12.99")),
        row("f.com", "AVAILABLE", json!(null)),
    ]);
    let service = Service::replying([Reply::data(json!({"domains": rows}))]).await;
    let names = ["a.com", "b.com", "c.com", "d.com", "e.com", "f.com"];
    let offers = service.zapmail.check_domains(names).await.unwrap();
    let available: Vec<_> = offers.iter().filter(|offer| offer.is_available).map(|offer| &*offer.name).collect();
    assert_eq!((offers.len(), available), (6, vec!["d.com"]));
    let error = service.zapmail.check_domains(["unknown.com"]).await.unwrap_err();
    assert!(error.to_string().contains("the response has no row for `unknown.com`"), "{error}");
    assert!(offers.iter().all(|offer| offer.renewal.is_none()));
}
