//! Availability and prices of domain names.
//!
//! The live service queries the registries. In the sandbox, words in the name decide: `taken` is registered by someone
//! else, `banned` and `workspace` are refused for these reasons, `premium` is expensive, and all other names are
//! available.

use serde_json::{Value, json};

use crate::state::{Cents, State};

/// The prices of a domain by TLD, in US cents: for the first year and for each later year. The price of `com` has been
/// observed (domains.yaml); the others are invented.
const PRICES: [(&str, u64, u64); 6] = [
    ("com", 1299, 2099),
    ("net", 1499, 2242),
    ("org", 1199, 1999),
    ("biz", 1799, 2399),
    ("live", 999, 3299),
    ("info", 799, 2899),
];

/// The patterns of suggested names; `{}` is the keyword. No AI is involved.
pub(super) const PATTERNS: [&str; 12] =
    ["try{}", "{}hq", "get{}", "{}labs", "{}works", "go{}", "{}cloud", "use{}", "{}base", "{}flow", "join{}", "{}loop"];

/// The price of a premium domain per year, in US cents.
const PREMIUM: u64 = 49_900;

/// The maximum registration period, in years.
pub(super) const MAX_YEARS: u64 = 10;

/// The availability of a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Availability {
    Available,
    /// Registered by someone else. The service detects this only after it has charged the price.
    Taken,
    InAccount,
    Banned,
    HasWorkspace,
    /// The TLD is not for sale.
    NotSold,
}

/// Returns the availability of a validated name.
pub(super) fn availability(state: &State, name: &str) -> Availability {
    match name {
        _ if state.find_domain(name).is_some() => Availability::InAccount,
        _ if prices(name).is_none() => Availability::NotSold,
        _ if name.contains("banned") => Availability::Banned,
        _ if name.contains("workspace") => Availability::HasWorkspace,
        _ if name.contains("taken") => Availability::Taken,
        _ => Availability::Available,
    }
}

/// Returns the price for `years` years; `None` if the TLD is not for sale.
pub(super) fn price(name: &str, years: u64) -> Option<Cents> {
    let (first, later) = prices(name)?;
    Some(first.plus(later.times(years.saturating_sub(1))))
}

/// Returns the price of a renewal for one year. For a TLD that is not for sale, it is the price of `com`.
pub(super) fn renewal_price(name: &str) -> Cents {
    prices(name).map_or(Cents(PRICES[0].2), |(_, later)| later)
}

pub(super) fn is_premium(name: &str) -> bool {
    name.contains("premium")
}

fn prices(name: &str) -> Option<(Cents, Cents)> {
    let (_, tld) = name.split_once('.')?;
    let (_, first, later) = PRICES.iter().find(|(sold, ..)| *sold == tld)?;
    Some(if is_premium(name) { (Cents(PREMIUM), Cents(PREMIUM)) } else { (Cents(*first), Cents(*later)) })
}

/// Returns the row of a name. Prices are strings: `0.00` for an unavailable name, `NaN` for a TLD that is not for sale.
pub(super) fn row(state: &State, name: &str, years: u64) -> Value {
    let availability = availability(state, name);
    let (domain_price, renew_price) = match availability {
        Availability::NotSold => ("NaN".to_owned(), "NaN".to_owned()),
        Availability::Available => {
            (price(name, years).unwrap_or(Cents(0)).to_decimal(), renewal_price(name).to_decimal())
        }
        _ => ("0.00".to_owned(), "0.00".to_owned()),
    };
    json!({
        "domainName": name,
        "status": if availability == Availability::Available { "AVAILABLE" } else { "UNAVAILABLE" },
        "isPremiumDomain": is_premium(name),
        "domainPrice": domain_price,
        "renewPrice": renew_price,
    })
}
