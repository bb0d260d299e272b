//! Permission for and confirmation of purchases.

use std::io::{self, IsTerminal};

use zapmail_openapi::document::Operation;
use zapmail_sdk_ext::{Decimal, Zapmail};

use crate::arguments::Spending;
use crate::catalog::Call;
use crate::context::Context;
use crate::failure::Failure;
use crate::{input, price};

const NOTHING_BOUGHT: &str = "nothing was bought";

/// A purchase to confirm.
pub struct Purchase<'a> {
    zapmail: &'a Zapmail,
    description: String,
    price: Price<'a>,
}

enum Price<'a> {
    /// The price of an operation, which is requested from the service.
    Of(&'a Operation<'static>, &'a Call),
    /// A maximum, in USD.
    AtMost(Decimal),
    Unknown,
}

impl<'a> Purchase<'a> {
    /// Describes the purchase that an operation makes.
    pub fn of_operation(zapmail: &'a Zapmail, operation: &'a Operation<'static>, call: &'a Call) -> Self {
        let query: String = call.query.iter().map(|(name, value)| format!("\n  {name}: {value}")).collect();
        let body = call.body.as_ref().map(|body| format!("\n  {body}")).unwrap_or_default();
        let description = format!("{} ({}){query}{body}", operation.summary(), operation.address());
        Self { zapmail, description, price: Price::Of(operation, call) }
    }

    /// Describes the purchase that a request with any method and path makes.
    pub fn of_request(zapmail: &'a Zapmail, call: &Call) -> Self {
        let body = call.body.as_ref().map(|body| format!("\n  {body}")).unwrap_or_default();
        Self { zapmail, description: format!("{} {}{body}", call.method, call.path), price: Price::Unknown }
    }

    /// Describes purchases of up to `amount` USD.
    pub fn at_most(zapmail: &'a Zapmail, description: impl Into<String>, amount: Decimal) -> Self {
        Self { zapmail, description: description.into(), price: Price::AtMost(amount) }
    }
}

/// Returns an error unless `--spend` is passed.
pub fn check_permission(spending: &Spending) -> Result<(), Failure> {
    if spending.spend {
        return Ok(());
    }
    Err(Failure::refused("this command can cost money")
        .hint("pass --spend to allow it")
        .detail("reason", "spending_not_allowed"))
}

/// Asks the user to confirm a purchase, unless `--yes` is passed.
pub async fn confirm(context: &Context, spending: &Spending, purchase: Purchase<'_>) -> Result<(), Failure> {
    if spending.yes {
        return Ok(());
    }
    if !io::stdin().is_terminal() {
        return Err(Failure::usage("the purchase cannot be confirmed without a terminal; pass --yes to confirm it"));
    }
    let price = match purchase.price {
        Price::AtMost(amount) => Some(amount),
        Price::Unknown => None,
        Price::Of(operation, call) => price::of_operation(purchase.zapmail, operation.id, call).await?,
    };
    let wallet = purchase.zapmail.get_wallet_balance().send().await?;
    context.note(purchase.description);
    context.note(match price {
        Some(price) => format!("Price: {price} USD"),
        None => "Price: unknown until the purchase is made".to_owned(),
    });
    if let Some(balance) = wallet.wallet_balance {
        context.note(format!("Wallet: {balance} USD"));
    }
    // Typing the price ensures that the user has read it.
    let expected = price.map_or_else(|| "buy".to_owned(), |price| price.to_string());
    context.note(format!("Type {expected} to confirm:"));
    let hint = context.set_interruption_hint(NOTHING_BOUGHT);
    let line = input::line().await?;
    hint.clear();
    if line.trim() == expected { Ok(()) } else { Err(Failure::refused(NOTHING_BOUGHT)) }
}
