//! Money: every amount of money has the format of a decimal number in Rust.

use heck::ToSnakeCase as _;
use serde_json::Value;

use super::locations::{self, LocatedSchema};
use crate::document::{Document, text};
use crate::finding::Finding;

/// Words in a name that indicate an amount of money.
const WORDS: [&str; 7] = ["amount", "balance", "charge", "cost", "fee", "price", "sum"];

/// The currency in descriptions. All amounts of the service are in this currency.
const CURRENCY: &str = "USD";

pub fn broken(document: &Document) -> Vec<Finding> {
    let all_located = locations::all(document);
    let broken = all_located.iter().filter_map(|located| Some((located, message(document, located)?)));
    broken.map(|(located, message)| Finding::new(located.file, located.path.as_str(), message)).collect()
}

fn message(document: &Document, located: &LocatedSchema<'_>) -> Option<&'static str> {
    let by_name = located.name.is_some_and(says_money);
    let described = document.resolve(located.schema);
    let is_decimal = described["format"] == "decimal";
    let is_choice = described.get("oneOf").is_some();
    match text(&described["type"]) {
        "number" if !is_decimal && (by_name || names_currency(described)) => {
            Some("is an amount of money; add `format: decimal`")
        }
        "integer" if by_name => {
            Some("is an amount of money as an integer; change it to `{type: number, format: decimal}`")
        }
        _ if by_name && described["format"] == "numeric" => {
            Some("is an amount of money; refer to the component Money instead of NumberOrText")
        }
        "number" => None,
        _ if is_decimal && !is_choice => {
            Some("`format: decimal` belongs on a number; remove it, or refer to the component Money")
        }
        _ => None,
    }
}

/// Whether one of the words of a name is a word for money.
pub fn says_money(name: &str) -> bool {
    name.to_snake_case().split('_').any(|word| WORDS.contains(&word.strip_suffix('s').unwrap_or(word)))
}

fn names_currency(schema: &Value) -> bool {
    text(&schema["description"]).split(|letter: char| !letter.is_ascii_alphanumeric()).any(|word| word == CURRENCY)
}
