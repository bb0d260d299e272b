//! What the tests have found. The figures are made up, but they add up.

use serde_json::{Value, json};
use uuid::Uuid;

use super::orders::row;
use crate::envelope::{Answer, Refusal, Success};
use crate::request::Request;
use crate::state::{PlacementTest, Placements, State};

pub(super) fn get_placement_overall_report(state: &mut State, request: &Request) -> Answer {
    let tests = || state.placement.tests_of(request.workspace);
    let done = || tests().filter(|test| test.is_completed(request.now));
    let total: Placements = done().map(PlacementTest::total).sum();
    let mut data = json!({
        "totalTestRuns": tests().count(),
        "totalEmails": tests().map(PlacementTest::emails).sum::<u64>(),
        "successfulTestsCount": done().count(),
        "inProgressTestsCount": tests().count() - done().count(),
        "failedTestsCount": 0,
        "successfulEmailsCount": total.emails,
    });
    if let (Value::Object(data), Value::Object(figures)) = (&mut data, figures(total)) {
        data.extend(figures);
    }
    Ok(Success::data("Overall report fetched successfully", data))
}

/// The names of the overall report; its rates are text with a percent sign.
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

/// Results by provider and by mailbox, as the page says; under which names, is assumed.
pub(super) fn get_placement_report(state: &mut State, request: &Request) -> Answer {
    let id = Uuid::try_parse(request.query.require("cartOrderId")?).ok();
    let mut tests = state.placement.tests_of(request.workspace);
    let test = tests.find(|test| Some(test.id) == id).ok_or_else(|| Refusal::not_found("Order"))?;
    let mut data = row(test, request.now);
    if test.is_completed(request.now) {
        let by_provider = test.seed_accounts.iter().map(|seed| {
            let sum = test.mailboxes.iter().map(|(mailbox, _)| test.placements(*mailbox, seed)).sum();
            named("provider", seed, sum)
        });
        let by_mailbox = test.mailboxes.iter().map(|(mailbox, address)| {
            let sum = test.seed_accounts.iter().map(|seed| test.placements(*mailbox, seed)).sum();
            named("email", address, sum)
        });
        data["byProvider"] = by_provider.collect();
        data["byMailbox"] = by_mailbox.collect();
    }
    Ok(Success::data("Report fetched successfully", data))
}

fn named(name: &str, value: &str, placements: Placements) -> Value {
    let mut row = figures(placements);
    row[name] = value.into();
    row
}
