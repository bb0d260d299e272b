//! The AI domain finder: the same call starts a job and polls it.

use serde::Deserialize;
use serde_json::{Value, json};

use super::name;
use super::offer::{self, PATTERNS};
use crate::clock::Timestamp;
use crate::envelope::{HandlerResult, Refusal, Success};
use crate::request::Request;
use crate::state::{FinderJob, State};

/// The maximum number of requested names. The service's own limit is not known.
const MAX_NAMES: i64 = 100;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct FinderQuery {
    keywords: Vec<String>,
    tlds: Vec<String>,
    desired_count: i64,
}

/// Starts or polls a job. Results are cached by keywords alone: until they expire, other TLDs and counts return the
/// same names.
pub(super) fn find_domains_with_ai(state: &mut State, request: &Request) -> HandlerResult {
    let FinderQuery { keywords, tlds, desired_count } = request.body()?;
    let keywords = check_keywords(&keywords)?;
    let tlds = check_tlds(&tlds)?;
    if !(1..=MAX_NAMES).contains(&desired_count) {
        return Err(Refusal::invalid(format!("desiredCount must be between 1 and {MAX_NAMES}")));
    }
    state.finder_jobs.retain(|job| job.is_cached(request.now));
    if !state.finder_jobs.iter().any(|job| job.keywords == keywords) {
        let names = names(&keywords, &tlds, desired_count, request.now);
        state.finder_jobs.push(FinderJob { keywords: keywords.clone(), started_at: request.now, names });
    }
    let job = state.finder_jobs.iter().find(|job| job.keywords == keywords);
    let found = job.map_or(&[][..], |job| job.found(request.now));
    let data = json!({
        "status": job.map(|job| job.status(request.now)),
        "progress": job.map(|job| job.progress(request.now)),
        "domains": found.iter().map(|name| offer::row(state, name, 1)).collect::<Value>(),
        "totalDomains": found.len(),
    });
    Ok(Success::data("ok", data))
}

/// Returns the keywords sorted, in lower case, and reduced to letters and digits.
fn check_keywords(keywords: &[String]) -> Result<Vec<String>, Refusal> {
    let normalized = |word: &String| -> String {
        word.chars().filter(char::is_ascii_alphanumeric).take(40).collect::<String>().to_lowercase()
    };
    let mut keywords: Vec<_> = keywords.iter().map(normalized).collect();
    if keywords.is_empty() || keywords.iter().any(String::is_empty) {
        return Err(Refusal::invalid("keywords must contain at least one keyword, each with letters or digits"));
    }
    keywords.sort_unstable();
    keywords.dedup();
    Ok(keywords)
}

/// Checks the TLDs. Any TLD is valid; the price of a TLD that is not sold is `NaN`.
fn check_tlds(tlds: &[String]) -> Result<Vec<String>, Refusal> {
    if tlds.is_empty() {
        return Err(Refusal::invalid("tlds must not be empty"));
    }
    let check = |(position, tld): (usize, &String)| {
        let tld = tld.trim_start_matches('.').to_lowercase();
        name::check(&format!("a.{tld}"), &format!("tlds.{position}")).map(|_| tld)
    };
    tlds.iter().enumerate().map(check).collect()
}

/// Returns the names of a job: six for every ten requested, the observed ratio. Later jobs return different names.
fn names(keywords: &[String], tlds: &[String], desired_count: i64, now: Timestamp) -> Vec<String> {
    let count = usize::try_from(desired_count * 6).unwrap_or_default().div_ceil(10);
    let first = usize::try_from(now.since_epoch().as_secs() / 60).unwrap_or_default();
    let name = |nth: usize| {
        let (keyword, turn) = (&keywords[nth % keywords.len()], nth / keywords.len());
        let pattern = PATTERNS[(first + turn) % PATTERNS.len()];
        let round = turn / PATTERNS.len();
        let number = if round == 0 { String::new() } else { (round + 1).to_string() };
        format!("{}{number}.{}", pattern.replace("{}", keyword), tlds[nth % tlds.len()])
    };
    (0..count).map(name).collect()
}
