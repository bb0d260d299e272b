//! Whether a purchase is paid: the service accepts some that the wallet does not cover, and returns a link for the rest.

use serde_json::Value;
use zapmail_sdk_ext::{Decimal, Zapmail};

use crate::context::Context;
use crate::failure::Failure;

/// The properties with the link to a payment page or an invoice, at the top level or under `data`.
const LINKS: [&str; 3] = ["paymentLink", "invoiceLink", "invoiceUrl"];

/// Reads the balance of the wallet, in USD; `None` if it is not known.
pub async fn balance(zapmail: &Zapmail) -> Option<Decimal> {
    zapmail.get_wallet_balance().send().await.ok()?.wallet_balance
}

/// Names the link of a purchase that was made before.
pub fn note(context: &Context, body: &Value) {
    if let Some(link) = link(body) {
        context.note(format!("see whether it is paid at {link}"));
    }
}

/// Checks by the wallet whether a purchase is paid, if its response has a link. `before` is the balance before it.
pub async fn check(context: &Context, zapmail: &Zapmail, before: Option<Decimal>, body: &Value) -> Result<(), Failure> {
    let Some(link) = link(body) else { return Ok(()) };
    match (before, balance(zapmail).await) {
        (Some(before), Some(after)) if after >= before => Err(unpaid("the wallet was not charged", link)),
        // The service invoices what the wallet does not cover.
        (_, Some(after)) if after <= Decimal::ZERO => Err(unpaid("the wallet is empty now", link)),
        _ => {
            context.note(format!("invoice: {link}"));
            Ok(())
        }
    }
}

fn unpaid(reason: &str, link: &str) -> Failure {
    Failure::incomplete(format!("the purchase is complete only when it is paid, and {reason}"))
        .hint(format!("see whether it is paid, and pay it, at {link}"))
        .detail("paymentLink", link)
}

fn link(body: &Value) -> Option<&str> {
    let places = [Some(body), body.get("data")];
    let link = places.into_iter().flatten().find_map(|place| LINKS.iter().find_map(|name| place[name].as_str()))?;
    Some(link).filter(|link| !link.is_empty())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::link;

    #[test]
    fn link_is_found_in_both_places() {
        for (body, expected) in [
            (json!({"message": "bought", "paymentLink": "https://a.example"}), Some("https://a.example")),
            (json!({"data": {"invoiceLink": "https://a.example", "paymentLink": null}}), Some("https://a.example")),
            (json!({"data": {"paymentLink": null}}), None),
            (json!({"invoiceUrl": ""}), None),
            (json!([]), None),
        ] {
            assert_eq!(link(&body), expected, "{body}");
        }
    }
}
