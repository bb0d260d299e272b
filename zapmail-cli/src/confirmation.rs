//! Permission for and confirmation of purchases.

use std::io::{self, IsTerminal};

use zapmail_openapi::document::Operation;
use zapmail_sdk_ext::{Decimal, Zapmail};

use crate::arguments::Spending;
use crate::catalog::Call;
use crate::context::Context;
use crate::failure::Failure;
use crate::price::{self, Price};
use crate::{input, recorder};

const NOTHING_BOUGHT: &str = "nothing was bought";

/// A purchase to confirm.
pub struct Purchase<'a> {
    zapmail: &'a Zapmail,
    description: String,
    price: Source<'a>,
}

enum Source<'a> {
    /// The price of an operation, which is requested from the service.
    Operation(&'a Operation<'static>, &'a Call),
    /// A maximum, in USD.
    AtMost(Decimal),
    Unknown,
}

impl<'a> Purchase<'a> {
    /// Describes the purchase that a call makes. An undocumented call has no operation.
    pub fn of_call(zapmail: &'a Zapmail, operation: impl Into<Option<&'a Operation<'static>>>, call: &'a Call) -> Self {
        let operation = operation.into();
        let request = format!("{} {}", call.method, call.path);
        let title = operation.map_or_else(|| request.clone(), |known| format!("{} ({request})", known.summary()));
        let query: String = call.query.iter().map(|(name, value)| format!("\n  {name}: {value}")).collect();
        let body =
            call.body.as_ref().map(|body| recorder::without_credentials(operation.map_or("", |known| known.id), body));
        let body = body.map(|body| format!("\n  {body}")).unwrap_or_default();
        let price = operation.map_or(Source::Unknown, |known| Source::Operation(known, call));
        Self { zapmail, description: format!("{title}{query}{body}"), price }
    }

    /// Describes purchases of up to `amount` USD.
    pub fn at_most(zapmail: &'a Zapmail, description: impl Into<String>, amount: Decimal) -> Self {
        Self { zapmail, description: description.into(), price: Source::AtMost(amount) }
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
    // The prompt is printed to standard error, because standard output is for data.
    if !io::stdin().is_terminal() || !io::stderr().is_terminal() {
        return Err(Failure::usage("the purchase cannot be confirmed without a terminal; pass --yes to confirm it"));
    }
    let price = match purchase.price {
        Source::AtMost(amount) => Some(Price { amount, remark: "" }),
        Source::Unknown => None,
        Source::Operation(operation, call) => price::of_operation(purchase.zapmail, operation.id, call).await?,
    };
    let wallet = purchase.zapmail.get_wallet_balance().send().await?;
    context.note(purchase.description);
    context.note(match &price {
        Some(Price { amount, remark }) => format!("Price: {amount} USD{remark}"),
        None => "Price: unknown until the purchase is made".to_owned(),
    });
    if let Some(balance) = wallet.wallet_balance {
        context.note(format!("Wallet: {balance} USD"));
    }
    // Typing the price ensures that the user has read it.
    let expected = price.map_or_else(|| "buy".to_owned(), |price| price.amount.to_string());
    context.note(format!("Type {expected} to confirm:"));
    let hint = context.set_interruption_hint(NOTHING_BOUGHT);
    let line = input::line().await?;
    hint.clear();
    if line.trim() == expected { Ok(()) } else { Err(Failure::refused(NOTHING_BOUGHT)) }
}
