//! Unpaid purchases: the service accepts purchases that the wallet does not cover, and returns a payment link.

use serde_json::Value;
use zapmail_sdk_ext::{Decimal, Zapmail};

use crate::context::Context;
use crate::failure::Failure;

/// Properties with the link to a payment page or an invoice, at the top level or in `data`.
const LINKS: [&str; 3] = ["paymentLink", "invoiceLink", "invoiceUrl"];

/// Reads the balance of the wallet, in USD; `None` if it is unknown.
pub async fn balance(zapmail: &Zapmail) -> Option<Decimal> {
    zapmail.get_wallet_balance().send().await.ok()?.wallet_balance
}

/// Prints the payment link of an earlier purchase, if its response contains one.
pub fn print_link(context: &Context, body: &Value) {
    if let Some(link) = link(body) {
        context.note(format!("check whether the invoice is paid: {link}"));
    }
}

/// Returns an error if a purchase is unpaid: its response contains a payment link, and the wallet was not charged or is
/// empty. `before` is the balance before the purchase.
pub async fn check(context: &Context, zapmail: &Zapmail, before: Option<Decimal>, body: &Value) -> Result<(), Failure> {
    let Some(link) = link(body) else { return Ok(()) };
    match (before, balance(zapmail).await) {
        (Some(before), Some(after)) if after >= before => Err(unpaid("the wallet was not charged", link)),
        // The wallet may not have covered the price; the invoice is for the remainder.
        (_, Some(after)) if after <= Decimal::ZERO => Err(unpaid("the wallet is now empty", link)),
        _ => {
            context.note(format!("invoice: {link}"));
            Ok(())
        }
    }
}

fn unpaid(reason: &str, link: &str) -> Failure {
    Failure::incomplete(format!("the purchase is not complete until it is paid: {reason}"))
        .hint(format!("check and pay the invoice: {link}"))
        .detail("paymentLink", link)
}

fn link(body: &Value) -> Option<&str> {
    let objects = [Some(body), body.get("data")];
    let link = objects.into_iter().flatten().find_map(|object| LINKS.iter().find_map(|name| object[name].as_str()))?;
    Some(link).filter(|link| !link.is_empty())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::link;

    #[test]
    fn link_is_found_at_top_level_and_in_data() {
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
