//! Reports of placement tests. The figures are invented but consistent.

use serde_json::{Value, json};
use uuid::Uuid;

use super::orders::row;
use crate::envelope::{HandlerResult, Refusal, Success};
use crate::request::Request;
use crate::state::{PlacementTest, Placements, State};

pub(super) fn get_placement_overall_report(state: &mut State, request: &Request) -> HandlerResult {
    let tests = || state.placement.tests_of(request.workspace);
    let completed = || tests().filter(|test| test.is_completed(request.now));
    let total: Placements = completed().map(PlacementTest::total).sum();
    let mut data = json!({
        "totalTestRuns": tests().count(),
        "totalEmails": tests().map(PlacementTest::emails).sum::<u64>(),
        "successfulTestsCount": completed().count(),
        "inProgressTestsCount": tests().count() - completed().count(),
        "failedTestsCount": 0,
        "successfulEmailsCount": total.emails,
    });
    if let (Value::Object(data), Value::Object(figures)) = (&mut data, figures(total)) {
        data.extend(figures);
    }
    Ok(Success::data("Overall report fetched successfully", data))
}

/// Returns the counts and rates under the names of the overall report. Rates are strings with a percent sign.
pub(super) fn figures(placements: Placements) -> Value {
    json!({
        "inboxCount": placements.inbox,
        "inboxRate": rate(placements.inbox, placements.emails),
        "spamCount": placements.spam,
        "spamRate": rate(placements.spam, placements.emails),
    })
}

fn rate(part: u64, whole: u64) -> String {
    let hundredths = (part * 10_000 + whole / 2).checked_div(whole).unwrap_or_default();
    format!("{}.{:02}%", hundredths / 100, hundredths % 100)
}

/// Returns the results by provider and by mailbox, as documented. The names of the fields are assumed.
pub(super) fn get_placement_report(state: &mut State, request: &Request) -> HandlerResult {
    let id = Uuid::try_parse(request.query.require("cartOrderId")?).ok();
    let mut tests = state.placement.tests_of(request.workspace);
    let test = tests.find(|test| Some(test.id) == id).ok_or_else(|| Refusal::not_found("Order"))?;
    let mut data = row(test, request.now);
    if test.is_completed(request.now) {
        let by_provider = test.seed_accounts.iter().map(|seed| {
            let sum = test.mailboxes.iter().map(|(mailbox, _)| test.placements(*mailbox, seed)).sum();
            labeled("provider", seed, sum)
        });
        let by_mailbox = test.mailboxes.iter().map(|(mailbox, address)| {
            let sum = test.seed_accounts.iter().map(|seed| test.placements(*mailbox, seed)).sum();
            labeled("email", address, sum)
        });
        data["byProvider"] = by_provider.collect();
        data["byMailbox"] = by_mailbox.collect();
    }
    Ok(Success::data("Report fetched successfully", data))
}

fn labeled(name: &str, value: &str, placements: Placements) -> Value {
    let mut row = figures(placements);
    row[name] = value.into();
    row
}
