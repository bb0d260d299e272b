use serde_json::{Value, json};

use super::{each_is_found, none_is_found, operation, schema};
use crate::rules::money::broken;

#[test]
fn amount_without_format_is_found() {
    let parts = &["is an amount of money", "add `format: decimal`"][..];
    let rows = [
        (schema("Wallet", "/properties/walletBalance/format"), "groups/wallet.yaml: Wallet.walletBalance"),
        (schema("WalletTopUp", "/properties/amount/format"), "groups/wallet.yaml: WalletTopUp.amount"),
        (schema("Subscription", "/properties/price/format"), "groups/subscriptions.yaml: Subscription.price"),
        // Its description indicates money, but its name does not.
        (
            schema("AutoRechargeSettings", "/properties/threshold/format"),
            "groups/wallet.yaml: AutoRechargeSettings.threshold",
        ),
    ];
    each_is_found(broken, rows.map(|(pointer, location)| (pointer, None, location, parts)));
}

#[test]
fn names_of_money_are_recognized() {
    let number = || json!({"type": "number"});
    let names = ["price", "totalPrice", "total_amount", "x-fee", "sum", "setupCosts", "charges", "BalanceAfter"];
    for name in names {
        let location = format!("groups/wallet.yaml: Wallet.{name}");
        let pointer = || schema("Wallet", &format!("/properties/{name}"));
        let list = || json!({"type": "array", "items": number()});
        let integer = json!({"type": "integer", "format": "int64"});
        let number_or_text = json!({"$ref": "#/components/schemas/NumberOrText"});
        let items = format!("{location}.items");
        each_is_found(
            broken,
            [
                (pointer(), Some(number()), location.as_str(), &["add `format: decimal`"][..]),
                (pointer(), Some(list()), &items, &["add `format: decimal`"]),
                (
                    pointer(),
                    Some(integer),
                    &location,
                    &["an integer", "change it to `{type: number, format: decimal}`"],
                ),
                (pointer(), Some(number_or_text), &location, &["refer to the component Money instead of NumberOrText"]),
            ],
        );
    }
}

#[test]
fn parameter_that_is_an_amount_is_found() {
    let parameter = || Some(json!({"name": "maxPrice", "in": "query", "schema": {"type": "number"}}));
    let parts = &["add `format: decimal`"][..];
    let own = operation("get_authenticator_code", "/parameters/0");
    each_is_found(
        broken,
        [
            (own, parameter(), "groups/mailbox.yaml: get_authenticator_code.maxPrice", parts),
            ("/components/parameters/Page".to_owned(), parameter(), "api.yaml: Page", parts),
        ],
    );
}

#[test]
fn decimal_format_on_a_type_other_than_number_is_found() {
    let property = || schema("Wallet", "/properties/note");
    let parts = &["`format: decimal` belongs on a number", "refer to the component Money"][..];
    let wrong = [json!({"type": "string", "format": "decimal"}), json!({"type": "integer", "format": "decimal"})];
    each_is_found(broken, wrong.map(|wrong| (property(), Some(wrong), "groups/wallet.yaml: Wallet.note", parts)));
}

#[test]
fn amounts_with_format_and_other_numbers_are_accepted() {
    let properties = [
        ("price", json!({"type": "number", "format": "decimal"})),
        ("price", json!({"$ref": "#/components/schemas/Money"})),
        ("prices", json!({"type": "array", "items": {"$ref": "#/components/schemas/Money"}})),
        ("price", json!({"description": "Not seen."})),
        ("priced", json!({"type": "boolean"})),
        ("score", json!({"type": "number"})),
        ("summary", json!({"type": "number"})),
        ("feedback", json!({"type": "integer"})),
        ("total", json!({"$ref": "#/components/schemas/NumberOrText"})),
        // A count whose description contains a price is not an amount.
        ("quantity", json!({"type": "integer", "description": "Slots, at 3 USD each."})),
        // An amount whose name does not indicate money.
        ("threshold", json!({"type": "number", "format": "decimal", "description": "Limit, in USD."})),
    ];
    let row = |(name, property): (&str, Value)| (schema("Wallet", &format!("/properties/{name}")), Some(property));
    none_is_found(broken, properties.map(row));
}
