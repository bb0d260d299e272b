//! Tests of provisioning on the sandbox, with and without faults.

mod connections;
mod exports;
mod faults;
mod plans;
mod settings;
mod transports;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tempfile::TempDir;
use zapmail_sandbox::Sandbox;

use self::transports::Replaced;
use super::{DomainState, MailboxState, ProvisionEvent, ProvisionPlan, ProvisionReport, ProvisionStep, Provisioning};
use crate::operations::{Effect, find};
use crate::testing::{client_of, journal, operations};
use crate::types::{DomainPurchase, DomainPurchaseItem, ExportApp};
use crate::{DomainSettings, ErrorKind, Journal, RetryPolicy, Transport, Zapmail};

/// The state of an account: the addresses with their states, and the charges in cents.
type AccountState = (BTreeMap<String, String>, Vec<u64>);

/// A sandbox, and a client that is allowed to spend.
struct Account {
    sandbox: Sandbox,
    zapmail: Zapmail,
    journal: Journal,
    _folder: TempDir,
}

impl Account {
    fn new() -> Self {
        let sandbox = Sandbox::builder().wallet_cents(10_000).build().unwrap();
        let zapmail = client_of(&sandbox).retry_policy(RetryPolicy::none()).allow_spending().build().unwrap();
        let (folder, journal) = journal();
        Self { sandbox, zapmail, journal, _folder: folder }
    }

    /// Replaces the transport of the client.
    fn connect(&mut self, transport: impl Transport) {
        let builder = Zapmail::builder().api_key(self.sandbox.api_key()).base_url(self.sandbox.base_url());
        let builder = builder.transport(transport).retry_policy(RetryPolicy::none());
        self.zapmail = builder.allow_spending().build().unwrap();
    }

    /// Returns a run that looks for lost requests immediately, because the sandbox processes them immediately or never.
    fn provision(&self, plan: ProvisionPlan) -> Provisioning {
        let zapmail = self.zapmail.journal(self.journal.clone()).once("acme");
        zapmail.provision(plan).at_most(50).settle_time(Duration::ZERO)
    }

    async fn run(&self, plan: ProvisionPlan) -> ProvisionReport {
        self.provision(plan).run().await.unwrap()
    }

    /// Returns the operations of all requests so far that are not reads.
    fn writes(&self) -> Vec<String> {
        let is_write = |id: &String| find(id).is_some_and(|operation| operation.effect != Effect::Read);
        operations(&self.sandbox).into_iter().filter(is_write).collect()
    }

    async fn state(&self) -> AccountState {
        use crate::Paged;
        let mailboxes = self.zapmail.list_mailboxes().items().collect().await.unwrap();
        let mailboxes =
            mailboxes.into_iter().map(|mailbox| (mailbox.address().into_owned(), mailbox.status.unwrap().to_string()));
        let mut charges: Vec<_> = self.sandbox.ledger().iter().map(|entry| entry.cents).collect();
        charges.sort_unstable();
        (mailboxes.collect(), charges)
    }
}

/// Returns a plan with everything that a plan can contain: domains that are bought, connected and owned, settings, and
/// an export.
fn plan() -> ProvisionPlan {
    ProvisionPlan::new()
        .buy("brand-one.com")
        .buy("Brand-Two.com")
        .connect("brand-three.example.org")
        .mailbox("dana.reed@brand-one.com", "Dana", "Reed")
        .mailbox("lee.wood@brand-one.com", "Lee", "Wood")
        .mailbox("dana.reed@brand-two.com", "Dana", "Reed")
        .mailbox("dana.reed@brand-three.example.org", "Dana", "Reed")
        .mailbox("noa.vale@acme-001.example.com", "Noa", "Vale")
        .settings(DomainSettings::new().dmarc("reports@acme.example").forward_to("acme.example"))
        .settings_of("acme-001.example.com", DomainSettings::new())
        .export(ExportApp::Manual, None)
}

#[tokio::test(start_paused = true)]
async fn plan_is_completed_and_second_run_sends_no_write() {
    let account = Account::new();
    let events = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&events);
    let run = account.provision(plan()).on_progress(move |event| log.lock().unwrap().push(event.clone()));
    let report = run.run().await.unwrap();
    assert!(report.is_complete(), "{report}");
    assert_eq!(report.spent(), "25.98".parse().unwrap());
    assert_eq!(report.to_string(), "4 of 4 domains are ready, 5 of 5 mailboxes are active, 5 are exported");

    let (mailboxes, charges) = account.state().await;
    assert!(plan().addresses().all(|address| mailboxes[&address] == "ACTIVE"), "{mailboxes:?}");
    assert_eq!(charges, [1299, 1299]);
    let domains = account.zapmail.domains_by_name(["brand-two.com", "brand-three.example.org"]).await.unwrap();
    assert!(domains.values().flatten().all(|domain| domain.forward_to.as_deref() == Some("acme.example")));
    let exports = account.sandbox.exports();
    assert_eq!((exports.len(), exports[0].mailboxes.len()), (1, 5));

    let steps: Vec<_> = events.lock().unwrap().iter().filter_map(step).collect();
    use ProvisionStep::{Assign, Buy, Connect, Export, Look, Settings, WaitForDomains, WaitForMailboxes};
    assert_eq!(steps, [Look, Buy, Connect, WaitForDomains, Settings, Assign, WaitForMailboxes, Export]);
    let bought = ProvisionEvent::Domain { name: "brand-one.com".to_owned(), state: DomainState::Ordered };
    assert!(events.lock().unwrap().contains(&bought));

    let writes = account.writes();
    let second = account.run(plan()).await;
    assert!(second.is_complete(), "{second}");
    assert_eq!(second.spent(), 0.into());
    assert_eq!(account.writes(), writes, "no write is sent");
}

fn step(event: &ProvisionEvent) -> Option<ProvisionStep> {
    match event {
        ProvisionEvent::Step { step } => Some(*step),
        _ => None,
    }
}

#[tokio::test(start_paused = true)]
async fn extended_plan_completes_only_what_is_missing() {
    let account = Account::new();
    account.run(plan()).await;
    let writes = account.writes();
    let more = plan().buy("brand-four.com").mailbox("kim.hill@brand-two.com", "Kim", "Hill");
    let report = account.run(more).await;
    assert!(report.is_complete(), "{report}");
    let new = account.writes()[writes.len()..].join(" ");
    assert_eq!(new, "purchase_domains add_dmarc_record add_domain_forwarding assign_mailboxes export_mailboxes");
    assert_eq!(account.sandbox.exports()[1].mailboxes.len(), 1, "only the new mailbox is exported");
}

#[tokio::test(start_paused = true)]
async fn dry_run_reports_no_problem_with_a_domain_that_is_being_registered() {
    let account = Account::new();
    let order = DomainPurchase::new([DomainPurchaseItem::new("brand-one.com")], true, true);
    account.zapmail.purchase_domains().body(order).send().await.unwrap();
    let domains = account.zapmail.domains_by_name(["brand-one.com"]).await.unwrap();
    let status = domains["brand-one.com"].as_ref().and_then(|domain| domain.status.clone());
    assert_eq!(status.as_ref().map(|status| status.as_str()), Some("PENDING"));

    let plan = ProvisionPlan::new().buy("brand-one.com").mailbox("noa.vale@brand-one.com", "Noa", "Vale");
    let preview = account.provision(plan).dry_run().await.unwrap();
    assert_eq!(preview.owned, ["brand-one.com"]);
    assert_eq!(preview.created, ["noa.vale@brand-one.com"]);
    assert!(preview.problems.is_empty() && preview.bought.is_empty(), "{preview}");
}

#[tokio::test(start_paused = true)]
async fn dry_run_reports_all_changes_and_makes_none() {
    let account = Account::new();
    let preview = account.provision(plan()).dry_run().await.unwrap();
    assert!(account.writes().is_empty());
    assert_eq!(preview.owned, ["acme-001.example.com"]);
    assert_eq!(preview.connected, ["brand-three.example.org"]);
    assert_eq!(preview.bought.iter().map(|offer| &*offer.name).collect::<Vec<_>>(), ["brand-one.com", "brand-two.com"]);
    assert_eq!((preview.price, preview.wallet), ("25.98".parse().unwrap(), Some("100".parse().unwrap())));
    assert_eq!((preview.created.len(), preview.free_slots), (5, Some(10)));
    assert!(preview.problems.is_empty(), "{preview}");
    let text = preview.to_string();
    for line in
        ["buy brand-one.com for 12.99 USD", "create noa.vale@acme-001.example.com", "price: 25.98 USD, wallet: 100"]
    {
        assert!(text.contains(line), "{text}");
    }
    assert!(serde_json::to_string(&preview).unwrap().contains("\"price\":\"25.98\""));

    let impossible = ProvisionPlan::new().buy("taken.com").domain("unknown.example").buy("premium-one.com");
    let preview = account.provision(impossible).dry_run().await.unwrap();
    let problems = [
        "unknown.example: the account does not have this domain; let the plan buy or connect it",
        "taken.com: it cannot be bought",
        "the domains cost 499.00 USD, which exceeds `at_most` (50 USD)",
        "the domains cost 499.00 USD, but the wallet contains only 100",
    ];
    for (problem, expected) in preview.problems.iter().zip(problems) {
        assert!(problem.starts_with(expected), "{problem}");
    }
    assert_eq!(preview.problems.len(), 4);
}

#[tokio::test(start_paused = true)]
async fn failure_of_one_domain_does_not_stop_the_others() {
    let account = Account::new();
    let plan = ProvisionPlan::new()
        .buy("brand-one.com")
        .buy("taken.com")
        .connect("blacklisted.example.org")
        .domain("unknown.example")
        .mailbox("dana.reed@brand-one.com", "Dana", "Reed")
        .mailbox("dana.reed@taken.com", "Dana", "Reed")
        // The domain already has three mailboxes, and the limit is five.
        .mailbox("a.a@acme-001.example.com", "A", "A")
        .mailbox("b.b@acme-001.example.com", "B", "B")
        .mailbox("c.c@acme-001.example.com", "C", "C");
    let report = account.run(plan.clone()).await;
    assert!(!report.is_complete());
    let failures: BTreeMap<_, _> = report.failures().collect();
    assert!(failures["taken.com"].contains("cannot be bought"), "{report}");
    assert!(failures["blacklisted.example.org"].contains("BLACKLISTED_DOMAIN"), "{report}");
    assert!(failures["unknown.example"].contains("does not have this domain"), "{report}");
    let full = "3 existing and 3 planned mailboxes exceed the limit of 5 per domain";
    assert_eq!(failures["a.a@acme-001.example.com"], full);
    assert_eq!(failures.len(), 6, "{report}");
    let one = &report.domains["brand-one.com"];
    assert_eq!((one.state, one.mailboxes["dana.reed@brand-one.com"].state), (DomainState::Ready, MailboxState::Active));
    // The report contains no credentials, and can be stored.
    let stored = serde_json::to_string(&report).unwrap();
    assert_eq!(serde_json::from_str::<ProvisionReport>(&stored).unwrap(), report);
    assert!(!stored.contains("assword"), "{stored}");
}

#[tokio::test(start_paused = true)]
async fn invalid_plan_is_rejected_before_anything_is_sent() {
    let account = Account::new();
    let bad = [
        (ProvisionPlan::new(), "the plan has no domain"),
        (ProvisionPlan::new().buy("brand"), "`brand` is not a valid domain name"),
        (ProvisionPlan::new().buy(" "), "`` is not a valid domain name"),
        (plan().mailbox("dana reed@brand-one.com", "Dana", "Reed"), "`dana reed` is not a valid user name"),
        (plan().mailbox("Dana.Reed@brand-one.com", "Dana", "Reed"), "`dana.reed` is planned twice"),
        (plan().mailbox("dana.reed", "Dana", "Reed"), "addresses without `@`: dana.reed"),
        (plan().mailbox("a@brand-one.com", "", "Reed"), "brand-one.com: the first name of `a` is empty"),
        (plan().settings(DomainSettings::new().dmarc("nobody")), "nobody"),
        (plan().export(ExportApp::from("SMARTLED"), None), "`SMARTLED` is not an app"),
    ];
    for (plan, expected) in bad {
        let error = account.provision(plan).run().await.unwrap_err();
        assert_eq!(error.error().kind(), ErrorKind::Invalid);
        assert!(error.to_string().contains(expected), "{error}");
    }
    let crowded = (0..6).fold(plan(), |plan, nth| plan.mailbox(format!("m{nth}@brand-two.com"), "M", "M"));
    assert!(account.provision(crowded.clone()).run().await.is_err());
    let kind = |provisioning: Provisioning| async move { provisioning.run().await.unwrap_err().error().kind() };
    assert_eq!(kind(account.zapmail.provision(plan())).await, ErrorKind::Config);
    assert_eq!(kind(account.zapmail.journal(account.journal.clone()).provision(plan())).await, ErrorKind::Config);
    assert!(account.sandbox.requests().is_empty());

    let once = account.zapmail.journal(account.journal.clone()).once("acme");
    assert_eq!(kind(once.provision(plan())).await, ErrorKind::SpendingNotAllowed);
    let error = once.provision(plan()).at_most(20).run().await.unwrap_err();
    assert!(error.to_string().contains("2 domains cost 25.98 USD, which exceeds `at_most`"), "{error}");
    assert!(account.writes().is_empty());
}

#[tokio::test(start_paused = true)]
async fn plan_without_enough_slots_buys_nothing() {
    let account = Account::new();
    let crowded = (0..3).fold(ProvisionPlan::new(), |plan, nth| {
        let plan = plan.buy(format!("brand-{nth}.com"));
        (0..4).fold(plan, |plan, person| plan.mailbox(format!("m{person}@brand-{nth}.com"), "M", "M"))
    });
    let error = account.provision(crowded).run().await.unwrap_err();
    assert!(error.to_string().contains("the plan needs 12 mailbox slots, but only 10 are free"), "{error}");
    assert!(account.writes().is_empty());
    // The run has ended, so the next one can start.
    assert!(account.run(plan()).await.is_complete());
}

#[tokio::test(start_paused = true)]
async fn runs_in_two_workspaces_and_exports_to_two_accounts_are_independent() {
    let account = Account::new();
    account.run(plan()).await;
    // All mailboxes are also exported to a second account of the app.
    let other = account.run(plan().export(ExportApp::Manual, "other")).await;
    assert!(other.is_complete(), "{other}");
    let exports = account.sandbox.exports();
    assert_eq!(exports.iter().map(|export| export.mailboxes.len()).collect::<Vec<_>>(), [5, 5]);
    // The other workspace has none of the mailboxes, and the domains belong to the first workspace.
    let north = account.zapmail.workspace(&account.sandbox.workspaces()[1].id);
    let north = north.journal(account.journal.clone()).once("acme").provision(plan()).at_most(50);
    let report = north.settle_time(Duration::ZERO).run().await.unwrap();
    assert!(report.domains["brand-one.com"].failure.is_some(), "{report}");
    let mailboxes = report.domains.values().flat_map(|domain| domain.mailboxes.values());
    assert!(mailboxes.clone().all(|mailbox| mailbox.state == MailboxState::Planned), "{report:?}");
    assert_eq!(account.sandbox.ledger().len(), 2);
}

/// Two sandboxes have the same ids, so progress of the other service would look like progress of this one.
#[tokio::test(start_paused = true)]
async fn runs_with_the_same_name_on_two_services_are_independent() {
    let account = Account::new();
    let plan = || {
        let plan = ProvisionPlan::new().domain("acme-001.example.com").export(ExportApp::Manual, None);
        plan.mailbox("noa.vale@acme-001.example.com", "Noa", "Vale")
    };
    let mut first = Box::pin(account.provision(plan()).run());
    // The first run is waiting for the mailbox.
    assert!(tokio::time::timeout(Duration::from_secs(60), &mut first).await.is_err());

    let other = Sandbox::builder().build().unwrap();
    let client = client_of(&other).base_url("http://localhost:8080/api").build().unwrap();
    let run = || client.journal(account.journal.clone()).once("acme").provision(plan()).settle_time(Duration::ZERO);
    assert!(run().run().await.unwrap().is_complete());
    assert!(first.await.unwrap().is_complete());
    assert_eq!((account.sandbox.exports().len(), other.exports().len()), (1, 1));
    // Each run continues with its own progress.
    assert!(run().run().await.unwrap().is_complete());
    assert_eq!(other.exports().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn removed_mailbox_is_created_again() {
    let account = Account::new();
    account.run(plan()).await;
    let mailbox = account.zapmail.mailbox_by_address("lee.wood@brand-one.com").await.unwrap().unwrap();
    let removal = crate::types::InstantRemoval::new([mailbox.id], true);
    account.zapmail.remove_mailboxes_instantly().body(removal).send().await.unwrap();
    let report = account.run(plan()).await;
    assert!(report.is_complete(), "{report}");
    assert_eq!(account.sandbox.exports().last().unwrap().mailboxes.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn run_in_progress_cannot_be_started_again() {
    let account = Account::new();
    let mut first = Box::pin(account.provision(plan()).run());
    // The first run is waiting for the domains.
    assert!(tokio::time::timeout(Duration::from_secs(60), &mut first).await.is_err());
    assert!(!account.writes().is_empty());
    let error = account.provision(plan()).run().await.unwrap_err();
    assert_eq!(error.error().kind(), ErrorKind::Conflict);
    assert!(error.to_string().contains("the run `acme` is in progress"), "{error}");
    assert!(first.await.unwrap().is_complete());
}

#[tokio::test(start_paused = true)]
async fn expired_mailbox_needs_a_slot() {
    let account = Account::new();
    let address = "dana.reed@acme-001.example.com";
    let id = account.zapmail.mailbox_by_address(address).await.unwrap().unwrap().domain_id.unwrap();
    let removal = crate::types::ScheduledRemoval::new([id], true);
    account.zapmail.schedule_mailbox_removal().body(removal).send().await.unwrap();
    account.sandbox.advance(Duration::from_secs(31 * 24 * 60 * 60));
    let page = account.zapmail.list_mailboxes().limit(1u32).send().await.unwrap();
    let free = usize::try_from(page.available_mailboxes.unwrap().as_i64().unwrap()).unwrap();
    // All free slots are for new domains, so none is left for the successor of the expired mailbox.
    let new = (0..free).fold(ProvisionPlan::new(), |plan, nth| {
        let domain = format!("brand-{}.com", nth / 5);
        plan.buy(&domain).mailbox(format!("m{}@{domain}", nth % 5), "M", "M")
    });
    let full = new.mailbox(address, "Dana", "Reed");
    let problem = format!("{} mailboxes would be created, but only {free} slots are free", free + 1);
    assert!(account.provision(full.clone()).dry_run().await.unwrap().problems.contains(&problem));
    let writes = account.writes();
    let error = account.provision(full).run().await.unwrap_err();
    assert_eq!(error.error().kind(), ErrorKind::Invalid, "{error}");
    assert_eq!(account.writes(), writes);
}

#[tokio::test(start_paused = true)]
async fn inactive_domain_is_a_problem_and_a_failure() {
    let mut account = Account::new();
    let (sandbox, operation) = (account.sandbox.transport(), "list_domains");
    account.connect(Replaced { sandbox, operation, word: "\"ACTIVE\"", replacement: "\"INACTIVE\"" });
    let plan = || ProvisionPlan::new().mailbox("noa.vale@acme-001.example.com", "Noa", "Vale");
    let preview = account.provision(plan()).dry_run().await.unwrap();
    assert_eq!(preview.problems, ["acme-001.example.com: the domain is INACTIVE; check it in the dashboard"]);
    let report = account.run(plan()).await;
    assert_eq!(
        report.failures().map(|(name, reason)| format!("{name}: {reason}")).collect::<Vec<_>>(),
        preview.problems
    );
    assert!(account.writes().is_empty());
}
