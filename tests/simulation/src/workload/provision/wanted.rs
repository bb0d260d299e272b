//! The client's plan, built from a provisioning plan of the simulation.

use zapmail_sdk_ext::types::ExportApp;
use zapmail_sdk_ext::{DomainSettings, ProvisionPlan};

use crate::plan::{PlannedDomain, Source};
use crate::process::Actor;

/// The address for the DMARC reports of all domains.
pub(super) const DMARC: &str = "reports@sim.example";

/// The forwarding target of all domains.
pub(super) const FORWARD_TO: &str = "sim.example";

/// The top-level domains of bought domains, with their prices in US cents (`groups/domains/offer.rs` of the sandbox).
const TLDS: [(&str, u64); 2] = [("com", 1299), ("net", 1499)];

/// A plan, and the state that it should lead to.
pub(super) struct Wanted {
    /// The index of the plan.
    pub number: usize,
    /// The plan for the client.
    pub plan: ProvisionPlan,
    pub domains: Vec<WantedDomain>,
    pub has_settings: bool,
    pub exports: bool,
    /// The maximum total price, in USD.
    pub at_most: u32,
}

/// A planned domain.
pub(super) struct WantedDomain {
    pub name: String,
    pub source: Source,
    /// Its price, in US cents.
    pub cents: u64,
    pub addresses: Vec<String>,
}

impl Wanted {
    /// Builds the plan of this index for the account of an action.
    pub fn of(actor: &Actor, number: usize) -> Option<Self> {
        let wanted = actor.world().plan.provisions.get(number)?;
        let domains = wanted.domains.iter().enumerate();
        let domains: Vec<_> = domains.filter_map(|(index, domain)| domain_of(actor, number, index, *domain)).collect();
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

    /// The total price of the domains that are still to be bought, in US cents.
    pub fn unsold(&self, actor: &Actor) -> u64 {
        let sales = actor.world().accounts[actor.process.account].sales();
        let unsold = self.domains.iter().filter(|domain| domain.source == Source::Buy);
        unsold.filter(|domain| sales.iter().all(|sale| sale.name != domain.name)).map(|domain| domain.cents).sum()
    }

    pub fn domain(&self, name: &str) -> Option<&WantedDomain> {
        self.domains.iter().find(|domain| domain.name == name)
    }
}

/// Builds a planned domain; `None` if the workspace has no initial domains.
fn domain_of(actor: &Actor, number: usize, index: usize, domain: PlannedDomain) -> Option<WantedDomain> {
    let account = actor.process.account;
    let own = &actor.world().accounts[account].names[actor.workspace()];
    let (tld, cents) = TLDS[index % TLDS.len()];
    // The names are unique to this plan.
    let label = format!("sim-{account}-{number}-{index}");
    let (name, cents) = match domain.source {
        Source::Buy => (format!("{label}.{tld}"), cents),
        Source::Taken => (format!("taken-{label}.{tld}"), 0),
        Source::Connect => (format!("{label}.example.org"), 0),
        Source::Owned(owned) => (own.get(owned % own.len().max(1))?.clone(), 0),
    };
    // Unique even on a domain that several plans contain.
    let addresses = (0..domain.mailboxes).map(|nth| format!("dana{number}.{index}n{nth}@{name}")).collect();
    Some(WantedDomain { name, source: domain.source, cents, addresses })
}
