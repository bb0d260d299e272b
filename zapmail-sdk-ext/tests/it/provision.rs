//! The example `provision` in a separate process, which is killed at seeded points, and run again.

use std::collections::BTreeMap;
use std::process::Child;
use std::time::Duration;

use tempfile::TempDir;
use tokio::runtime::Runtime;
use zapmail_sandbox::{Quota, Sandbox};
use zapmail_sdk_ext::{Paged, RateLimits, Zapmail};

use crate::examples::{example, start, text};

/// Number of seeds; each has its own points.
const SEEDS: u64 = 40;

const PLAN: &str = "domain,username,first_name,last_name,source\n\
    brand-one.com,dana.reed,Dana,Reed,buy\n\
    brand-one.com,lee.wood,Lee,Wood,buy\n\
    brand-two.com,dana.reed,Dana,Reed,buy\n\
    brand-three.example.org,dana.reed,Dana,Reed,connect\n\
    acme-001.example.com,noa.vale,Noa,Vale,owned\n";

/// The contents and charges of an account.
#[derive(Debug, PartialEq)]
struct Account {
    /// The states of the mailboxes, by address. A mailbox that was created twice occurs twice.
    mailboxes: Vec<(String, String)>,
    /// The charges, in US cents.
    charges: Vec<u64>,
    /// The destinations to which the planned domains forward visitors.
    forwarding: BTreeMap<String, Option<String>>,
}

/// A sandbox whose clock advances with each request, and the files of a program that uses it.
struct Service {
    runtime: Runtime,
    sandbox: Sandbox,
    folder: TempDir,
}

impl Service {
    fn start() -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let builder =
            Sandbox::builder().domains(6).mailboxes_per_domain(1).wallet_cents(10_000).quota(Quota::unlimited());
        let sandbox = runtime.block_on(builder.start()).unwrap();
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("plan.csv"), PLAN).unwrap();
        Self { runtime, sandbox, folder }
    }

    fn spawn(&self) -> Child {
        let path = |name: &str| self.folder.path().join(name);
        let mut command = example("provision");
        command.args([path("plan.csv").as_os_str(), "--journal".as_ref(), path("acme.journal").as_os_str()]);
        command.args(["--fast", "--at-most", "60"]);
        start(command, self.sandbox.api_key(), self.sandbox.base_url())
    }

    /// Runs the program until it ends, or until shortly after it has sent `requests` requests.
    fn run(&self, requests: Option<usize>, spins: u32) -> (bool, String) {
        let mut child = self.spawn();
        let before = self.sandbox.requests().len();
        let mut seen = before;
        loop {
            let now = self.sandbox.requests().len();
            // Each request advances the sandbox's clock, so that nothing waits in real time.
            self.sandbox.advance(Duration::from_secs(30) * u32::try_from(now - seen).unwrap());
            seen = now;
            if requests.is_some_and(|requests| seen - before >= requests) {
                (0..spins).for_each(|_| std::thread::yield_now());
                child.kill().unwrap();
                break;
            }
            if child.try_wait().unwrap().is_some() {
                break;
            }
            std::thread::yield_now();
        }
        let output = child.wait_with_output().unwrap();
        (output.status.success(), text(&output))
    }

    fn account(&self) -> Account {
        let sandbox = &self.sandbox;
        let builder = Zapmail::builder().api_key(sandbox.api_key()).base_url(sandbox.base_url());
        let zapmail = builder.rate_limits(RateLimits::unlimited()).build().unwrap();
        self.runtime.block_on(async {
            let mailboxes = zapmail.list_mailboxes().items().collect().await.unwrap();
            let mut mailboxes: Vec<_> = mailboxes
                .into_iter()
                .map(|mailbox| (mailbox.address().into_owned(), mailbox.status.unwrap().to_string()))
                .collect();
            mailboxes.sort();
            let mut charges: Vec<_> = sandbox.ledger().iter().map(|entry| entry.cents).collect();
            charges.sort_unstable();
            let names = PLAN.lines().skip(1).filter_map(|line| line.split(',').next());
            let domains = zapmail.domains_by_name(names).await.unwrap();
            let forwarding = domains.into_iter().map(|(name, domain)| (name, domain.unwrap().forward_to)).collect();
            Account { mailboxes, charges, forwarding }
        })
    }
}

#[test]
fn program_killed_at_any_point_continues_and_duplicates_nothing() {
    let undisturbed = Service::start();
    let (is_complete, text) = undisturbed.run(None, 0);
    assert!(is_complete, "{text}");
    let requests = undisturbed.sandbox.requests().len();
    let expected = undisturbed.account();
    assert_eq!(expected.charges, [1299, 1299]);

    let mut killed = 0;
    for seed in 0..SEEDS {
        let mut random = fastrand::Rng::with_seed(seed);
        let service = Service::start();
        for _ in 0..random.usize(1..=3) {
            let (_, text) = service.run(Some(random.usize(1..requests)), random.u32(0..3_000));
            killed += usize::from(!text.contains("are ready"));
        }
        let (is_complete, text) = service.run(None, 0);
        assert!(is_complete, "seed {seed}: {text}");
        assert_eq!(service.account(), expected, "seed {seed}");
    }
    assert!(killed >= 40, "only {killed} programs were killed before they ended");
}
