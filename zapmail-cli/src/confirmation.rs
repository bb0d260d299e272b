//! The question before a purchase.

use std::io::{self, IsTerminal};

use zapmail_openapi::document::Operation;
use zapmail_sdk_ext::{Decimal, Zapmail};

use crate::arguments::Spending;
use crate::catalog::Call;
use crate::context::Context;
use crate::failure::Failure;
use crate::{input, price};

const NOTHING_BOUGHT: &str = "nothing was bought";

/// What is about to be bought.
pub struct Purchase<'a> {
    zapmail: &'a Zapmail,
    what: String,
    price: Price<'a>,
}

enum Price<'a> {
    /// It has to be asked for.
    Of(&'a Operation<'static>, &'a Call),
    /// At most this much, in USD.
    AtMost(Decimal),
    Unknown,
}

impl<'a> Purchase<'a> {
    /// The request of an operation.
    pub fn of_operation(zapmail: &'a Zapmail, operation: &'a Operation<'static>, call: &'a Call) -> Self {
        let query: String = call.query.iter().map(|(name, value)| format!("\n  {name}: {value}")).collect();
        let body = call.body.as_ref().map(|body| format!("\n  {body}")).unwrap_or_default();
        let what = format!("{} ({}){query}{body}", operation.summary(), operation.address());
        Self { zapmail, what, price: Price::Of(operation, call) }
    }

    /// A request of any method and path.
    pub fn of_request(zapmail: &'a Zapmail, call: &Call) -> Self {
        let body = call.body.as_ref().map(|body| format!("\n  {body}")).unwrap_or_default();
        Self { zapmail, what: format!("{} {}{body}", call.method, call.path), price: Price::Unknown }
    }

    /// Work that may spend up to an amount.
    pub fn at_most(zapmail: &'a Zapmail, what: impl Into<String>, amount: Decimal) -> Self {
        Self { zapmail, what: what.into(), price: Price::AtMost(amount) }
    }
}

/// Refuses a purchase without `--spend`.
pub fn check_permission(spending: &Spending) -> Result<(), Failure> {
    if spending.spend {
        return Ok(());
    }
    Err(Failure::refused("this command can cost money")
        .hint("pass --spend to permit it")
        .detail("reason", "spending_not_allowed"))
}

/// Asks for a confirmation of a purchase, unless `--yes` gives it.
pub async fn confirm(context: &Context, spending: &Spending, purchase: Purchase<'_>) -> Result<(), Failure> {
    if spending.yes {
        return Ok(());
    }
    if !io::stdin().is_terminal() {
        return Err(Failure::usage("a confirmation needs a terminal; pass --yes to confirm the purchase"));
    }
    let price = match purchase.price {
        Price::AtMost(amount) => Some(amount),
        Price::Unknown => None,
        Price::Of(operation, call) => price::of_operation(purchase.zapmail, operation.id, call).await?,
    };
    let wallet = purchase.zapmail.get_wallet_balance().send().await?;
    context.note(purchase.what);
    context.note(match price {
        Some(price) => format!("Price: {price} USD"),
        None => "Price: not known, since the service states it only after the purchase".to_owned(),
    });
    if let Some(balance) = wallet.wallet_balance {
        context.note(format!("Wallet: {balance} USD"));
    }
    // A price that is typed was read.
    let expected = price.map_or_else(|| "buy".to_owned(), |price| price.to_string());
    context.note(format!("Type {expected} to buy:"));
    let stake = context.at_stake(NOTHING_BOUGHT);
    let line = input::line().await?;
    stake.over();
    if line.trim() == expected { Ok(()) } else { Err(Failure::refused(NOTHING_BOUGHT)) }
}
