//! The AI domain finder: a job that the same call starts and asks after.

use serde::Deserialize;
use serde_json::{Value, json};

use super::{name, offer};
use crate::clock::Moment;
use crate::envelope::{Answer, Refusal, Success};
use crate::request::Request;
use crate::state::{FinderJob, State};

/// Most names that can be asked for at once; the service's own limit is not known.
const MOST_NAMES: i64 = 100;

/// How names are made of a keyword; {} is the keyword. No intelligence is involved.
const PATTERNS: [&str; 12] =
    ["try{}", "{}hq", "get{}", "{}labs", "{}works", "go{}", "{}cloud", "use{}", "{}base", "{}flow", "join{}", "{}loop"];

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct FinderQuery {
    keywords: Vec<String>,
    tlds: Vec<String>,
    desired_count: i64,
}

/// Results are kept under the keywords alone, so other endings and counts bring the same names while those are fresh.
pub(super) fn find_domains_with_ai(state: &mut State, request: &Request) -> Answer {
    let FinderQuery { keywords, tlds, desired_count } = request.body()?;
    let keywords = check_keywords(&keywords)?;
    let endings = check_endings(&tlds)?;
    if !(1..=MOST_NAMES).contains(&desired_count) {
        return Err(Refusal::invalid(format!("desiredCount must be between 1 and {MOST_NAMES}")));
    }
    state.finder_jobs.retain(|job| job.is_cached(request.now));
    if !state.finder_jobs.iter().any(|job| job.keywords == keywords) {
        let names = names(&keywords, &endings, desired_count, request.now);
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

/// The keywords in order and without case, blanks and signs.
fn check_keywords(keywords: &[String]) -> Result<Vec<String>, Refusal> {
    let plain = |word: &String| -> String {
        word.chars().filter(char::is_ascii_alphanumeric).take(40).collect::<String>().to_lowercase()
    };
    let mut keywords: Vec<_> = keywords.iter().map(plain).collect();
    if keywords.is_empty() || keywords.iter().any(String::is_empty) {
        return Err(Refusal::invalid("keywords must have words of letters and digits"));
    }
    keywords.sort_unstable();
    keywords.dedup();
    Ok(keywords)
}

/// Any ending will do; one that is not sold comes with the price NaN.
fn check_endings(tlds: &[String]) -> Result<Vec<String>, Refusal> {
    if tlds.is_empty() {
        return Err(Refusal::invalid("tlds must not be empty"));
    }
    let check = |(position, tld): (usize, &String)| {
        let ending = tld.trim_start_matches('.').to_lowercase();
        name::check(&format!("a.{ending}"), &format!("tlds.{position}")).map(|_| ending)
    };
    tlds.iter().enumerate().map(check).collect()
}

/// Fewer than wanted, in the proportion that was seen: six of ten. Another job brings others.
fn names(keywords: &[String], endings: &[String], wanted: i64, now: Moment) -> Vec<String> {
    let count = usize::try_from(wanted * 6).unwrap_or_default().div_ceil(10);
    let first = usize::try_from(now.since_epoch().as_secs() / 60).unwrap_or_default();
    let name = |nth: usize| {
        let (keyword, turn) = (&keywords[nth % keywords.len()], nth / keywords.len());
        let pattern = PATTERNS[(first + turn) % PATTERNS.len()];
        let round = turn / PATTERNS.len();
        let number = if round == 0 { String::new() } else { (round + 1).to_string() };
        format!("{}{number}.{}", pattern.replace("{}", keyword), endings[nth % endings.len()])
    };
    (0..count).map(name).collect()
}
