//! The price of a purchase, where the service reports it in advance.

use std::collections::BTreeSet;

use serde_json::Value;
use zapmail_sdk_ext::http::Method;
use zapmail_sdk_ext::{Decimal, Zapmail};

use crate::catalog::Call;
use crate::failure::Failure;

/// A price in USD.
pub struct Price {
    pub amount: Decimal,
    /// What the amount does not include; empty if it is complete.
    pub remark: &'static str,
}

/// Returns the price of an operation; `None` if the service does not report it in advance.
pub async fn of_operation(zapmail: &Zapmail, operation: &str, call: &Call) -> Result<Option<Price>, Failure> {
    let Some(body) = &call.body else { return Ok(None) };
    let (amount, remark) = match operation {
        "add_wallet_balance" => (decimal(&body["amount"]), ", before tax"),
        "purchase_domains" if body["enableDnsShield"] == false => (of_domains(zapmail, body).await?, ""),
        "purchase_domains" => (of_domains(zapmail, body).await?, ", plus the price of DNS Shield"),
        "renew_domains" => (of_renewal(zapmail, body).await?, ""),
        _ => (None, ""),
    };
    Ok(amount.map(|amount| Price { amount, remark }))
}

/// Returns the total price of all domains; `None` if one is listed twice or bought for more than one year.
async fn of_domains(zapmail: &Zapmail, body: &Value) -> Result<Option<Decimal>, Failure> {
    let rows = body["domains"].as_array().map(Vec::as_slice).unwrap_or_default();
    // The price of additional years is not always reported.
    if !rows.iter().all(|row| row["years"].is_null() || row["years"] == 1) {
        return Ok(None);
    }
    let names: Vec<_> = rows.iter().filter_map(|row| row["domainName"].as_str()).collect();
    let offers = zapmail.check_domains(&names).await?;
    if let Some(offer) = offers.iter().find(|offer| !offer.is_available) {
        return Err(Failure::refused(format!("the domain {} is not available", offer.name)));
    }
    let is_complete = offers.len() == rows.len();
    Ok(offers.iter().map(|offer| offer.price).sum::<Option<_>>().filter(|_| is_complete))
}

/// Returns the total price of all domains; `None` if the service does not report it for one of them.
async fn of_renewal(zapmail: &Zapmail, body: &Value) -> Result<Option<Decimal>, Failure> {
    let response: Value = zapmail.request(Method::POST, "/v2/domains/get-renewal-price").json(body).send().await?;
    let rows = response["data"].as_array().map(Vec::as_slice).unwrap_or_default();
    let priced: BTreeSet<_> = rows.iter().filter_map(|row| row["domainId"].as_str()).collect();
    let wanted = body["domainIds"].as_array().map(Vec::as_slice).unwrap_or_default();
    let is_complete = !rows.is_empty() && wanted.iter().all(|id| id.as_str().is_some_and(|id| priced.contains(id)));
    Ok(rows.iter().map(|row| decimal(&row["renewPrice"])).sum::<Option<_>>().filter(|_| is_complete))
}

fn decimal(value: &Value) -> Option<Decimal> {
    match value {
        Value::Number(number) => number.to_string().parse().ok(),
        Value::String(text) => text.parse().ok(),
        _ => None,
    }
}
