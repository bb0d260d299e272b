//! The price of a purchase, where the service reports it in advance.

use serde_json::Value;
use zapmail_sdk_ext::http::Method;
use zapmail_sdk_ext::{Decimal, Zapmail};

use crate::catalog::Call;
use crate::failure::Failure;

/// Returns the price in USD; `None` if the service does not report it in advance.
pub async fn of_operation(zapmail: &Zapmail, operation: &str, call: &Call) -> Result<Option<Decimal>, Failure> {
    match operation {
        "add_wallet_balance" => Ok(call.body.as_ref().and_then(|body| decimal(&body["amount"]))),
        "purchase_domains" => of_domains(zapmail, call).await,
        "renew_domains" => of_renewal(zapmail, call).await,
        _ => Ok(None),
    }
}

/// Returns the total price of all domains; `None` if one is bought for more than one year.
async fn of_domains(zapmail: &Zapmail, call: &Call) -> Result<Option<Decimal>, Failure> {
    let rows: Vec<_> = call.body.iter().filter_map(|body| body["domains"].as_array()).flatten().collect();
    // The price of additional years is not always reported.
    if rows.iter().any(|row| row["years"].as_u64().is_some_and(|years| years != 1)) {
        return Ok(None);
    }
    let names: Vec<_> = rows.iter().filter_map(|row| row["domainName"].as_str()).map(str::to_owned).collect();
    let offers = zapmail.check_domains(names).await?;
    let mut sum = Decimal::ZERO;
    for offer in &offers {
        if !offer.is_available {
            return Err(Failure::refused(format!("the domain {} is not available", offer.name)));
        }
        match offer.price {
            Some(price) => sum += price,
            None => return Ok(None),
        }
    }
    Ok(Some(sum))
}

async fn of_renewal(zapmail: &Zapmail, call: &Call) -> Result<Option<Decimal>, Failure> {
    let body = call.body.clone().unwrap_or_default();
    let price: Value = zapmail.request(Method::POST, "/v2/domains/get-renewal-price").json(&body).send().await?;
    Ok(["/data/totalPrice", "/data/price", "/data"].iter().find_map(|pointer| price.pointer(pointer).and_then(decimal)))
}

fn decimal(value: &Value) -> Option<Decimal> {
    match value {
        Value::Number(number) => number.to_string().parse().ok(),
        Value::String(text) => text.parse().ok(),
        _ => None,
    }
}
