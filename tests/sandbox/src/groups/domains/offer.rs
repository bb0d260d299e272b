//! Which names can be bought, and for how much.
//!
//! The service asks the registries. Here the name says it: one with `taken` in it belongs to somebody else, one with `banned`
//! or `workspace` is refused for what the service would find, one with `premium` is dear, and all others are free.

use serde_json::{Value, json};

use crate::state::{Cents, State};

/// What a domain costs in the first year and in each later one, in cents, by its ending. That of `com` has been seen
/// (domains.yaml), the others are made up.
const PRICES: [(&str, u64, u64); 6] = [
    ("com", 1299, 2099),
    ("net", 1499, 2242),
    ("org", 1199, 1999),
    ("biz", 1799, 2399),
    ("live", 999, 3299),
    ("info", 799, 2899),
];

/// What a premium domain costs in each year.
const PREMIUM: u64 = 49_900;

/// Longest time that a domain can be bought for, in years.
pub(super) const MOST_YEARS: u64 = 10;

/// Endings that can be bought.
pub(super) fn endings() -> impl Iterator<Item = &'static str> {
    PRICES.iter().map(|(ending, ..)| *ending)
}

/// What becomes of a wish to buy a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::groups) enum Verdict {
    Available,
    /// Somebody else's. The service notices only after it has charged for it.
    Taken,
    InAccount,
    Banned,
    HasWorkspace,
    /// No ending that is sold.
    NotSold,
}

/// Judges a name that has been checked.
pub(in crate::groups) fn judge(state: &State, name: &str) -> Verdict {
    match name {
        _ if state.find_domain(name).is_some() => Verdict::InAccount,
        _ if prices(name).is_none() => Verdict::NotSold,
        _ if name.contains("banned") => Verdict::Banned,
        _ if name.contains("workspace") => Verdict::HasWorkspace,
        _ if name.contains("taken") => Verdict::Taken,
        _ => Verdict::Available,
    }
}

/// The price of some years; none for an ending that is not sold.
pub(in crate::groups) fn price(name: &str, years: u64) -> Option<Cents> {
    let (first, later) = prices(name)?;
    Some(first.plus(later.times(years.saturating_sub(1))))
}

/// The price of one more year. A domain whose ending is not sold here costs what `com` does.
pub(super) fn renewal_price(name: &str) -> Cents {
    prices(name).map_or(Cents(PRICES[0].2), |(_, later)| later)
}

pub(super) fn is_premium(name: &str) -> bool {
    name.contains("premium")
}

fn prices(name: &str) -> Option<(Cents, Cents)> {
    let (_, ending) = name.split_once('.')?;
    let (_, first, later) = PRICES.iter().find(|(sold, ..)| *sold == ending)?;
    Some(if is_premium(name) { (Cents(PREMIUM), Cents(PREMIUM)) } else { (Cents(*first), Cents(*later)) })
}

/// A name and its prices, which are texts: `0.00` for a name that cannot be had, `NaN` for an ending that is not sold.
pub(super) fn row(state: &State, name: &str, years: u64) -> Value {
    let verdict = judge(state, name);
    let (domain_price, renew_price) = match verdict {
        Verdict::NotSold => ("NaN".to_owned(), "NaN".to_owned()),
        Verdict::Available => (price(name, years).unwrap_or(Cents(0)).to_decimal(), renewal_price(name).to_decimal()),
        _ => ("0.00".to_owned(), "0.00".to_owned()),
    };
    json!({
        "domainName": name,
        "status": if verdict == Verdict::Available { "AVAILABLE" } else { "UNAVAILABLE" },
        "isPremiumDomain": is_premium(name),
        "domainPrice": domain_price,
        "renewPrice": renew_price,
    })
}
