//! The initial data of a sandbox.

mod extras;

use std::borrow::Cow;
use std::collections::HashMap;
use std::io;

use serde_json::{Map, Value};
use uuid::Uuid;

use super::{
    Account, Admin, Cents, Cycle, Domain, Exports, Ledger, Life, Mailbox, Member, Origin, PlacementTests, Plan,
    Prewarmed, Provider, SLOT_PRICE, State, Subscription, Wallet, Webhooks, Workspace, WorkspaceKey,
};
use crate::clock::{Clock, DAY, MONTH, Timestamp};
use crate::id_generator::{IdGenerator, Kind};
use crate::shapes::Shapes;

/// Number of unused mailbox slots in each workspace.
const FREE_SLOTS: u64 = 10;

/// The limits of a sandbox. The program's flags have the same limits (`program/arguments.rs`).
const MAX_DOMAINS: usize = 100_000;
const MAX_MAILBOXES_PER_DOMAIN: usize = 20;

/// With at least this number of domains, the primary workspace also has mailboxes that are not `ACTIVE`.
const MIN_DOMAINS_FOR_VARIETY: usize = 6;

const FIRST_NAMES: [&str; 16] = [
    "Dana", "Lee", "Robin", "Alex", "Kim", "Jordan", "Casey", "Morgan", "Taylor", "Riley", "Jamie", "Avery", "Quinn",
    "Skyler", "Rowan", "Emery",
];

const LAST_NAMES: [&str; 16] = [
    "Reed", "Stone", "Brook", "Field", "Marsh", "Wood", "Hill", "Lake", "Rivers", "Frost", "West", "North", "Banks",
    "Ford", "Glen", "Heath",
];

/// The parameters of the initial data, from the builder.
#[derive(Debug, Clone)]
pub(crate) struct StartingData {
    pub(crate) domains: usize,
    pub(crate) mailboxes_per_domain: usize,
    pub(crate) seed: u64,
    pub(crate) start: Timestamp,
    pub(crate) shapes: Shapes,
    /// Initial balance of the wallet.
    pub(crate) wallet: Cents,
}

impl Default for StartingData {
    fn default() -> Self {
        Self {
            domains: 24,
            mailboxes_per_domain: 3,
            seed: 1,
            start: Timestamp::default(),
            shapes: Shapes::default(),
            wallet: Cents(6450),
        }
    }
}

impl StartingData {
    /// Checks the limits of a sandbox.
    pub(crate) fn check(&self) -> io::Result<()> {
        let invalid = |message: String| Err(io::Error::new(io::ErrorKind::InvalidInput, message));
        if self.domains > MAX_DOMAINS {
            return invalid(format!("a sandbox can have at most {MAX_DOMAINS} domains"));
        }
        if self.mailboxes_per_domain > MAX_MAILBOXES_PER_DOMAIN {
            return invalid(format!("a domain of a sandbox can have at most {MAX_MAILBOXES_PER_DOMAIN} mailboxes"));
        }
        Ok(())
    }

    /// Returns the number of domains in the primary workspace: two thirds of all.
    fn domains_of_main(&self) -> usize {
        self.domains - self.domains / 3
    }
}

/// Builds the initial state step by step.
#[derive(Debug)]
pub(crate) struct Start<'a> {
    data: &'a StartingData,
    state: State,
}

impl<'a> Start<'a> {
    /// Returns the initial state of a sandbox.
    pub(crate) fn state(data: &'a StartingData) -> State {
        let id_generator = IdGenerator::new(data.seed);
        let state = State {
            clock: Clock::starting_at(data.start),
            account: Account {
                id: id_generator.id(Kind::Account, 0),
                created_at: data.start.minus(400 * DAY),
                plan_ends_on: data.start.plus(60 * DAY),
            },
            id_generator,
            wallet: Wallet { balance: data.wallet, auto_recharge: None, last_link: None, recharges_at: None },
            ledger: Ledger::default(),
            shapes: data.shapes,
            exports: Exports::default(),
            webhooks: Webhooks::default(),
            zapbox_consent: true,
            shield: Vec::new(),
            placement: PlacementTests::default(),
            prewarmed: Prewarmed::default(),
            aged: Vec::new(),
            connections: Vec::new(),
            finder_jobs: Vec::new(),
            refunds: Vec::new(),
            subscriptions: Vec::new(),
            workspaces: Vec::new(),
            domains: Vec::with_capacity(data.domains),
            domain_keys: HashMap::with_capacity(data.domains),
            mailbox_domains: HashMap::with_capacity(data.domains.saturating_mul(data.mailboxes_per_domain)),
        };
        let mut start = Self { data, state };
        let main = data.domains_of_main();
        start.workspace("Main", 0..main);
        start.workspace("Client North", main..data.domains);
        start.state.add_extras();
        start.state
    }

    fn workspace(&mut self, name: &str, domains: std::ops::Range<usize>) {
        let nth = self.state.workspaces.len();
        let id = self.state.id_generator.id(Kind::Workspace, nth as u64);
        let mut workspace = Workspace::new(id, name, self.state.account.created_at);
        workspace.members = (0..2).map(|member| self.member(nth * 2 + member)).collect();
        workspace.billing = Some(billing(id));
        self.state.add_workspace(workspace);
        let slots = (domains.len() * self.data.mailboxes_per_domain) as u64 + FREE_SLOTS;
        self.subscriptions(nth, slots);
        for domain in domains {
            let domain = self.domain(domain, WorkspaceKey(nth));
            self.state.add_domain(domain);
        }
    }

    /// Adds the subscriptions that pay for the slots of a workspace: the plan, and an add-on for the slots beyond it.
    fn subscriptions(&mut self, workspace: usize, slots: u64) {
        let (plan, cycle) = (Plan::Growth, Cycle::Monthly);
        let of_plan = plan.mailboxes().min(slots);
        let parts = [(true, of_plan, plan.price(cycle)), (false, slots - of_plan, SLOT_PRICE.times(slots - of_plan))];
        for (nth, (base, mailboxes, price)) in
            parts.into_iter().enumerate().filter(|(_, (base, count, _))| *base || *count > 0)
        {
            self.state.subscribe(Subscription {
                id: self.state.id_generator.id(Kind::Subscription, (workspace * 2 + nth) as u64),
                workspace: WorkspaceKey(workspace),
                plan,
                cycle,
                base,
                price,
                mailboxes,
                created_at: self.state.account.created_at,
                cancelled_at: None,
            });
        }
    }

    fn member(&self, nth: usize) -> Member {
        let (first_name, last_name) = name(nth, 0);
        Member {
            id: self.state.id_generator.id(Kind::Member, nth as u64),
            first_name: first_name.into(),
            last_name: last_name.into(),
            email: format!("{}@agency.example.com", first_name.to_lowercase()),
            role: if nth.is_multiple_of(2) { "ADMIN" } else { "VIEWER" }.to_owned(),
        }
    }

    /// Creates a domain that is registered for a year. Every sixth domain can be renewed.
    fn domain(&self, nth: usize, workspace: WorkspaceKey) -> Domain {
        let provider = provider(nth);
        let seed = self.state.id_generator.code_seed(Kind::AdminSeed, nth as u64);
        let id = self.state.id_generator.id(Kind::Domain, nth as u64);
        let name = format!("acme-{:03}.example.com", nth + 1);
        let on = self.data.start.minus(if nth % 6 == 4 { 320 * DAY } else { 65 * DAY });
        let origin = Origin::Registered { on, until: on.plus(365 * DAY) };
        Domain {
            provider: (self.data.mailboxes_per_domain > 0).then_some(provider),
            admin: (provider == Provider::Microsoft).then_some(Admin { code_seed: Some(seed) }),
            mailboxes: (0..self.data.mailboxes_per_domain)
                .map(|position| self.mailbox(nth, position, provider))
                .collect(),
            ..Domain::new(id, name, workspace, origin, on)
        }
    }

    fn mailbox(&self, domain: usize, position: usize, provider: Provider) -> Mailbox {
        let nth = (domain * self.data.mailboxes_per_domain + position) as u64;
        let (first_name, last_name) = name(domain, position);
        let life = self.life(domain, position);
        let assigned_on = match life {
            Life::CreatedFrom(time) => time,
            Life::Settled | Life::Failed => self.data.start.minus(MONTH - 10 * DAY),
        };
        let id_generator = &self.state.id_generator;
        Mailbox {
            id: id_generator.id(Kind::Mailbox, nth),
            username: username(first_name, last_name, position),
            first_name: first_name.into(),
            last_name: last_name.into(),
            picture: None,
            // Microsoft mailboxes have no app password and no seed (mailbox.yaml).
            code_seed: (provider == Provider::Google).then(|| id_generator.code_seed(Kind::MailboxSeed, nth)),
            life,
            assigned_on,
            password: None,
            removal_scheduled: false,
        }
    }

    /// Returns the lifecycle of a mailbox. Most mailboxes were created long ago. In the primary workspace, the
    /// mailboxes of the last Google domain are new, and the last mailbox of the previous Google domain has failed.
    fn life(&self, domain: usize, position: usize) -> Life {
        let main = self.data.domains_of_main();
        if main < MIN_DOMAINS_FOR_VARIETY {
            return Life::Settled;
        }
        let mut google = (0..main).rev().filter(|nth| provider(*nth) == Provider::Google);
        let (last, previous) = (google.next(), google.next());
        if last == Some(domain) {
            Life::CreatedFrom(self.data.start)
        } else if previous == Some(domain) && position + 1 == self.data.mailboxes_per_domain {
            Life::Failed
        } else {
            Life::Settled
        }
    }
}

/// Returns the billing record of a workspace. Purchases require one.
fn billing(workspace: Uuid) -> Map<String, Value> {
    let parts = [
        ("firstName", "Dana"),
        ("lastName", "Reed"),
        ("company", "Acme Example Ltd"),
        ("addressLineOne", "1 Example Street"),
        ("addressLineTwo", "Floor 2"),
        ("city", "Springfield"),
        ("state", "IL"),
        ("country", "US"),
        ("postalCode", "62701"),
        ("phoneCc", "1"),
        ("phone", "2175550123"),
    ];
    let absent = [("addressLineThree".to_owned(), Value::Null)];
    let parts = parts.into_iter().map(|(name, value)| (name.to_owned(), value.into()));
    parts.chain(absent).chain([("workspaceId".to_owned(), workspace.to_string().into())]).collect()
}

/// Returns the provider of a domain: Microsoft for every fourth, Google for all others.
fn provider(domain: usize) -> Provider {
    if domain % 4 == 3 { Provider::Microsoft } else { Provider::Google }
}

/// Returns the first and last name for a mailbox. Within a domain, the first 16 first names are unique.
fn name(domain: usize, position: usize) -> (&'static str, &'static str) {
    let nth = domain + position;
    (FIRST_NAMES[nth % 16], LAST_NAMES[(nth / 16 + position * 5) % 16])
}

fn username(first_name: &str, last_name: &str, position: usize) -> Cow<'static, str> {
    let mut username = format!("{first_name}.{last_name}").to_lowercase();
    if position >= FIRST_NAMES.len() {
        username.push_str(&position.to_string());
    }
    username.into()
}
