//! A plan for the client, from the plan of the simulation.

use zapmail_sdk_ext::types::ExportApp;
use zapmail_sdk_ext::{DomainSettings, ProvisionPlan};

use crate::plan::{PlannedDomain, Source};
use crate::process::Actor;

/// Who gets the DMARC reports of all domains.
pub(super) const DMARC: &str = "reports@sim.example";

/// Where the visitors of all domains are sent.
pub(super) const FORWARD_TO: &str = "sim.example";

/// The endings of domains that are bought, with their prices in US cents (`groups/domains/offer.rs` of the sandbox).
const ENDINGS: [(&str, u64); 2] = [("com", 1299), ("net", 1499)];

/// What is to be there in the end.
pub(super) struct Wanted {
    /// The place of the plan.
    pub number: usize,
    /// The plan for the client.
    pub plan: ProvisionPlan,
    pub domains: Vec<WantedDomain>,
    pub has_settings: bool,
    pub exports: bool,
    /// In USD.
    pub at_most: u32,
}

/// A domain that is to be there.
pub(super) struct WantedDomain {
    pub name: String,
    pub source: Source,
    /// What it costs, in US cents.
    pub cents: u64,
    pub addresses: Vec<String>,
}

impl Wanted {
    /// The plan of an action's account, by its place.
    pub fn of(actor: &Actor, number: usize) -> Option<Self> {
        let wanted = actor.world().plan.provisions.get(number)?;
        let domains = wanted.domains.iter().enumerate();
        let domains: Vec<_> = domains.filter_map(|(place, domain)| domain_of(actor, number, place, *domain)).collect();
        let plan = domains.iter().fold(ProvisionPlan::new(), |plan, domain| {
            let plan = match domain.source {
                Source::Buy | Source::Taken => plan.buy(&domain.name),
                Source::Connect => plan.connect(&domain.name),
                Source::Owned(_) => plan.domain(&domain.name),
            };
            domain.addresses.iter().fold(plan, |plan, address| plan.mailbox(address, "Dana", "Reed"))
        });
        let settings = DomainSettings::new().dmarc(DMARC).forward_to(FORWARD_TO);
        let plan = if wanted.has_settings { plan.settings(settings) } else { plan };
        let plan = if wanted.exports { plan.export(ExportApp::Manual, None) } else { plan };
        let (has_settings, exports, at_most) = (wanted.has_settings, wanted.exports, wanted.at_most);
        Some(Self { number, plan, domains, has_settings, exports, at_most })
    }

    /// The name of its runs.
    pub fn run(&self) -> String {
        format!("run-{}", self.number)
    }

    /// The price of what is still to be bought, in US cents.
    pub fn unsold(&self, actor: &Actor) -> u64 {
        let sales = actor.world().accounts[actor.process.account].sales();
        let unsold = self.domains.iter().filter(|domain| domain.source == Source::Buy);
        unsold.filter(|domain| sales.iter().all(|sale| sale.name != domain.name)).map(|domain| domain.cents).sum()
    }

    pub fn domain(&self, name: &str) -> Option<&WantedDomain> {
        self.domains.iter().find(|domain| domain.name == name)
    }
}

/// `None` for one that the workspace does not begin with.
fn domain_of(actor: &Actor, number: usize, place: usize, domain: PlannedDomain) -> Option<WantedDomain> {
    let account = actor.process.account;
    let own = &actor.world().accounts[account].names[actor.workspace()];
    let (ending, cents) = ENDINGS[place % ENDINGS.len()];
    // Nobody else has these names.
    let label = format!("sim-{account}-{number}-{place}");
    let (name, cents) = match domain.source {
        Source::Buy => (format!("{label}.{ending}"), cents),
        Source::Taken => (format!("taken-{label}.{ending}"), 0),
        Source::Connect => (format!("{label}.example.org"), 0),
        Source::Owned(place) => (own.get(place % own.len().max(1))?.clone(), 0),
    };
    // On a domain that several plans have as well.
    let addresses = (0..domain.mailboxes).map(|nth| format!("dana{number}.{place}n{nth}@{name}")).collect();
    Some(WantedDomain { name, source: domain.source, cents, addresses })
}
