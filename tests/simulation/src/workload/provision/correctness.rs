//! Checks that a report is correct: compares it with the domains, mailboxes and charges of the service.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use zapmail_sdk_ext::{Decimal, DomainReport, DomainState, ErrorKind, MailboxReport, MailboxState, ProvisionReport};

use super::wanted::{DMARC, FORWARD_TO, Wanted, WantedDomain};
use super::{Outcome, described};
use crate::account::Sale;
use crate::canaries;
use crate::plan::{Event, Source};
use crate::process::Actor;
use crate::records::{CallId, Exchange};

/// The actual state of the service, and the orders that it received.
struct Actual {
    /// The rows of the domains, by name.
    domains: BTreeMap<String, Value>,
    /// The rows of the mailboxes, by address.
    mailboxes: BTreeMap<String, Value>,
    exported: BTreeSet<String>,
    sales: Vec<Sale>,
    /// The orders of domains.
    orders: Vec<Order>,
    /// Whether domains might have been moved to the other workspace, so that they are missing here.
    may_be_moved: bool,
}

/// An order of a domain.
struct Order {
    call: CallId,
    name: String,
    was_accepted: bool,
    is_charged: bool,
}

/// Checks the outcome of a run. `wallet` is the wallet balance before the run, in US cents. The balance does not grow.
pub(super) fn check(actor: &Actor, wanted: &Wanted, call: CallId, outcome: &Outcome, wallet: u64) {
    let actual = Actual::of(actor);
    let report = match outcome {
        Ok(report) => report,
        Err(error) => error.report(),
    };
    check_printed(actor, &actual, outcome, report);
    let mut differences = Vec::new();
    for domain in &wanted.domains {
        let Some(reported) = report.domains.get(&domain.name) else {
            differences.push(format!("{} is not in the report", domain.name));
            continue;
        };
        // A run that fails while it orders domains does not report the prices of earlier orders.
        let knows_prices = !outcome.as_ref().is_err_and(|error| error.error().kind() == ErrorKind::Journal);
        differences.extend(actual.domain_differences(call, domain, reported, knows_prices));
        // A failed run has not checked all mailboxes.
        let is_checked = outcome.is_ok();
        for (address, mailbox) in &reported.mailboxes {
            differences.extend(actual.mailbox_differences(address, mailbox, is_checked));
        }
    }
    if outcome.is_ok() && report.is_complete() {
        differences.extend(actual.missing(wanted).map(|missing| format!("it is reported as complete, but {missing}")));
    }
    if let Err(error) = outcome
        && error.error().kind() == ErrorKind::SpendingNotAllowed
        && report.spent().is_zero()
        && actual.orders.iter().any(|order| order.call == call)
    {
        differences.push(format!("spending is not allowed, but a domain was ordered: {error}"));
    }
    if actual.price_of_orders(wanted, call) > wallet {
        differences.push(format!("the orders exceed the wallet balance of {wallet} cents"));
    }
    for difference in differences {
        let described = described(outcome);
        actor.world().violated("reports are correct", format!("{call} {}: {difference}; {described}", wanted.run()));
    }
}

fn check_printed(actor: &Actor, actual: &Actual, outcome: &Outcome, report: &ProvisionReport) {
    let error = outcome.as_ref().err().map(|error| format!("{error} {error:?} {:#?}", error.error()));
    let json = serde_json::to_string(report).unwrap_or_default();
    let text = format!("{report} {report:?} {json} {}", error.unwrap_or_default());
    canaries::check(actor.world(), "a report", &text);
    let mut seeds = actual.mailboxes.values().filter_map(|mailbox| mailbox["secret"].as_str());
    if seeds.any(|seed| text.contains(seed)) {
        actor.world().violated("no credential is printed", "a report contains a seed".to_owned());
    }
}

impl Actual {
    fn of(actor: &Actor) -> Self {
        let world = actor.world();
        let (number, workspace) = (actor.process.account, actor.workspace());
        let account = &world.accounts[number];
        let by = |name: &'static str, rows: Vec<Value>| {
            rows.into_iter().map(|row| (row[name].as_str().unwrap_or_default().to_owned(), row)).collect()
        };
        let is_order = |exchange: &&Exchange| exchange.account == number && exchange.is_order();
        let records = world.records();
        let orders = records.exchanges.iter().filter(is_order).flat_map(|exchange| {
            exchange.requested_items.iter().map(|name| Order {
                call: exchange.call,
                name: name.clone(),
                was_accepted: exchange.carried_out_at.is_some(),
                is_charged: exchange.is_charged,
            })
        });
        let orders = orders.collect();
        drop(records);
        Self {
            domains: by("domain", account.domain_rows(workspace)),
            mailboxes: by("email", account.mailboxes(workspace)),
            exported: account.exported(),
            sales: account.sales(),
            orders,
            may_be_moved: world.plan.has(|event| matches!(event, Event::MoveDomain { .. })),
        }
    }

    /// The total price of the domains that were ordered only in this call, in US cents.
    fn price_of_orders(&self, wanted: &Wanted, call: CallId) -> u64 {
        let is_new = |name: &String| {
            let mut calls = self.orders.iter().filter(|order| order.name == *name).map(|order| order.call).peekable();
            calls.peek().is_some() && calls.all(|of| of == call)
        };
        wanted.domains.iter().filter(|domain| is_new(&domain.name)).map(|domain| domain.cents).sum()
    }

    fn is_active(&self, row: Option<&Value>) -> bool {
        self.may_be_moved || row.is_some_and(|row| row["status"] == "ACTIVE")
    }

    /// The incorrect parts of a domain's report.
    fn domain_differences(
        &self,
        call: CallId,
        domain: &WantedDomain,
        reported: &DomainReport,
        knows_prices: bool,
    ) -> Vec<String> {
        let name = &domain.name;
        let sale = self.sales.iter().find(|sale| sale.name == *name);
        let orders = || self.orders.iter().filter(|order| order.name == *name);
        let was_invoiced = orders().any(|order| order.was_accepted && !order.is_charged);
        let in_call = || orders().filter(|order| order.call == call);
        let is_bought = domain.source == Source::Buy && reported.state >= DomainState::Ordered;
        let price = reported.price.map(|price| price == Decimal::new(domain.cents.cast_signed(), 2));
        let cannot_be_bought = reported.failure.as_deref() == Some("it cannot be bought");
        let checks = [
            (
                reported.state >= DomainState::Active && !self.is_active(self.domains.get(name)),
                "is reported as active, but is not",
            ),
            (is_bought && sale.is_none() && !was_invoiced, "is reported as ordered, but was not"),
            (cannot_be_bought && sale.is_some() && !self.may_be_moved, "is reported as not for sale, but was charged"),
            (price == Some(false), "is reported with a wrong price"),
            // Orders with an unknown outcome count, too.
            (price == Some(true) && in_call().next().is_none(), "has a price, but was not ordered"),
            (
                price.is_none() && knows_prices && in_call().any(|order| order.is_charged),
                "was charged, but has no price",
            ),
        ];
        findings(name, checks)
    }

    /// The incorrect parts of a mailbox's report.
    fn mailbox_differences(&self, address: &str, reported: &MailboxReport, is_checked: bool) -> Vec<String> {
        let row = self.mailboxes.get(address);
        let checks = [
            (reported.state >= MailboxState::Active && !self.is_active(row), "is reported as active, but is not"),
            (
                reported.state == MailboxState::Requested && row.is_none() && !self.may_be_moved,
                "is reported as requested, but does not exist",
            ),
            (
                reported.state == MailboxState::Planned && row.is_some() && is_checked && !self.may_be_moved,
                "is reported as planned, but exists",
            ),
            (
                reported.state == MailboxState::Exported && !self.exported.contains(address),
                "is reported as exported, but was not",
            ),
        ];
        findings(address, checks)
    }

    /// The missing parts of a plan.
    fn missing<'a>(&'a self, wanted: &'a Wanted) -> impl Iterator<Item = String> + 'a {
        let has_settings = |name: &String| {
            let Some(row) = self.domains.get(name) else { return self.may_be_moved };
            let is_set = |name: &str, value: &str, is_added: &str| row[name] == value && row[is_added] == true;
            is_set("dmarcEmail", DMARC, "dmarcEmailAddedToReseller")
                && is_set("forwardTo", FORWARD_TO, "forwardToAddedOnReseller")
        };
        wanted.domains.iter().flat_map(move |domain| {
            let name = &domain.name;
            let own = [
                (!self.is_active(self.domains.get(name)), "is not active"),
                (wanted.has_settings && !has_settings(name), "has different settings"),
            ];
            let mailboxes = domain.addresses.iter().filter_map(|address| {
                if !self.is_active(self.mailboxes.get(address)) {
                    return Some(format!("{address} is not active"));
                }
                (wanted.exports && !self.exported.contains(address)).then(|| format!("{address} was not exported"))
            });
            findings(name, own).into_iter().chain(mailboxes)
        })
    }
}

/// A sentence about the subject for each condition that is true.
fn findings<const N: usize>(subject: &str, conditions: [(bool, &str); N]) -> Vec<String> {
    conditions.into_iter().filter(|(is_true, _)| *is_true).map(|(_, what)| format!("{subject} {what}")).collect()
}
