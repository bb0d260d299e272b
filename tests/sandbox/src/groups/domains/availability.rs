//! Whether names can be bought: suggestions around a word, and answers about names.

use serde::Deserialize;
use serde_json::{Value, json};

use super::name;
use super::offer::{self, MOST_YEARS, Verdict};
use crate::envelope::{Answer, Refusal, Success};
use crate::request::Request;
use crate::state::State;

/// Most suggestions that come at once (domains.yaml).
const MOST_SUGGESTIONS: usize = 50;

/// What suggestions have around the word.
const AROUND: [(&str, &str); 16] = [
    ("try", "hq"),
    ("get", ""),
    ("use", ""),
    ("go", ""),
    ("join", ""),
    ("meet", ""),
    ("with", ""),
    ("hello", ""),
    ("", "hq"),
    ("", "app"),
    ("", "team"),
    ("", "labs"),
    ("", "now"),
    ("", "hub"),
    ("", "group"),
    ("", "mail"),
];

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Search {
    domain_name: String,
    #[serde(default)]
    tlds: Vec<String>,
    years: Option<i64>,
}

/// Suggestions only, and none for a word that is somebody's already; the exact match has been null in every answer seen.
pub(super) fn search_available_domains(state: &mut State, request: &Request) -> Answer {
    let Search { domain_name, tlds, years } = request.body()?;
    let years = check_years(years, "years")?;
    if let Some(other) = tlds.iter().find(|tld| !offer::endings().any(|ending| ending == *tld)) {
        let endings: Vec<_> = offer::endings().collect();
        return Err(Refusal::invalid(format!("tlds has {other:?}, which is none of {}", endings.join(", "))));
    }
    let endings = if tlds.is_empty() { vec!["com".to_owned()] } else { tlds };
    let word = domain_name.split('.').next().unwrap_or_default();
    let exact = |ending: &String| name::check(&format!("{word}.{ending}"), "domainName");
    let exact = endings.iter().map(exact).collect::<Result<Vec<_>, _>>()?;
    let registered = exact.iter().any(|name| matches!(offer::judge(state, name), Verdict::Taken | Verdict::InAccount));
    let word = word.to_lowercase();
    let around = AROUND.iter().map(|(before, after)| format!("{before}{word}{after}"));
    let names = around.flat_map(|name| endings.iter().map(move |ending| format!("{name}.{ending}")));
    let names = names.filter(|name| !registered && name::check(name, "domainName").is_ok());
    let free = names.filter(|name| offer::judge(state, name) == Verdict::Available);
    let offers: Value = free.take(MOST_SUGGESTIONS).map(|name| offer::row(state, &name, years)).collect();
    Ok(Success::data("Available domains fetched successfully", json!({"exactMatch": null, "availableDomains": offers})))
}

/// A year unless more are wanted.
pub(super) fn check_years(years: Option<i64>, place: &str) -> Result<u64, Refusal> {
    let years = u64::try_from(years.unwrap_or(1)).ok().filter(|years| (1..=MOST_YEARS).contains(years));
    years.ok_or_else(|| Refusal::invalid(format!("{place} must be between 1 and {MOST_YEARS}")))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Names {
    domain_names: Vec<String>,
}

/// One row a name.
pub(super) fn check_domain_availability(state: &mut State, request: &Request) -> Answer {
    let Names { domain_names } = request.body()?;
    let names = domain_names.iter().enumerate();
    let names = names.map(|(position, name)| name::check(name, &format!("domainNames.{position}")));
    let names = names.collect::<Result<Vec<_>, _>>()?;
    let available = names.iter().filter(|name| offer::judge(state, name) == Verdict::Available).count();
    let data = json!({
        "total": names.len(),
        "available": available,
        "unavailable": names.len() - available,
        "domains": names.iter().map(|name| offer::row(state, name, 1)).collect::<Value>(),
    });
    Ok(Success::data("Domain availability fetched successfully", data))
}
