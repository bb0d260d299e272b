//! Availability checks: suggestions for a keyword, and checks of given names.

use serde::Deserialize;
use serde_json::{Value, json};

use super::name;
use super::offer::{self, Availability, MAX_YEARS, PATTERNS};
use crate::envelope::{HandlerResult, Refusal, Success};
use crate::request::Request;
use crate::state::State;

/// The maximum number of suggestions per response (domains.yaml).
const MAX_SUGGESTIONS: usize = 50;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Search {
    domain_name: String,
    #[serde(default)]
    tlds: Vec<String>,
    years: Option<i64>,
}

/// Returns suggestions; none if the keyword itself is registered. `exactMatch` has been null in every observed
/// response.
pub(super) fn search_available_domains(state: &mut State, request: &Request) -> HandlerResult {
    let Search { domain_name, tlds, years } = request.body()?;
    let years = check_years(years, "years")?;
    let tlds = if tlds.is_empty() { vec!["com".to_owned()] } else { tlds };
    let keyword = domain_name.split('.').next().unwrap_or_default();
    let exact = |tld: &String| name::check(&format!("{keyword}.{tld}"), "domainName");
    let exact = tlds.iter().map(exact).collect::<Result<Vec<_>, _>>()?;
    let is_registered = exact
        .iter()
        .any(|name| matches!(offer::availability(state, name), Availability::Taken | Availability::InAccount));
    let keyword = keyword.to_lowercase();
    let labels = PATTERNS.iter().map(|pattern| pattern.replace("{}", &keyword));
    let names = labels.flat_map(|label| tlds.iter().map(move |tld| format!("{label}.{tld}")));
    let names = names.filter(|name| !is_registered && name::check(name, "domainName").is_ok());
    let available = names.filter(|name| offer::availability(state, name) == Availability::Available);
    let offers: Value = available.take(MAX_SUGGESTIONS).map(|name| offer::row(state, &name, years)).collect();
    Ok(Success::data("Available domains fetched successfully", json!({"exactMatch": null, "availableDomains": offers})))
}

/// Returns the checked number of years. Defaults to 1. `field` is the name for the error message.
pub(super) fn check_years(years: Option<i64>, field: &str) -> Result<u64, Refusal> {
    let years = u64::try_from(years.unwrap_or(1)).ok().filter(|years| (1..=MAX_YEARS).contains(years));
    years.ok_or_else(|| Refusal::invalid(format!("{field} must be between 1 and {MAX_YEARS}")))
}

/// Returns one row per name.
pub(super) fn check_domain_availability(state: &mut State, request: &Request) -> HandlerResult {
    let names = name::check_all(&request.property::<Vec<String>>("domainNames")?)?;
    let available = names.iter().filter(|name| offer::availability(state, name) == Availability::Available).count();
    let data = json!({
        "total": names.len(),
        "available": available,
        "unavailable": names.len() - available,
        "domains": names.iter().map(|name| offer::row(state, name, 1)).collect::<Value>(),
    });
    Ok(Success::data("Domain availability fetched successfully", data))
}
