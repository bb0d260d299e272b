//! The world of a simulation: the accounts, the clocks, Redis, the disk, and the records.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, SystemTime};

use tokio::time::Instant;
use zapmail_sdk::clock;
use zapmail_sdk::operations::Effect;
use zapmail_sdk_ext::reqwest::Request;
use zapmail_sdk_ext::{BufferedResponse, Operation};

use crate::account::{Account, requested_items};
use crate::disk::Disk;
use crate::lock::lock;
use crate::plan::{Event, List, Plan, Weather};
use crate::records::{CallId, Claim, Code, Exchange, FINAL_PHASE, Incarnation, Reading, Records, Row, Violation};
use crate::redis::Server;
use crate::runs::Runs;
use crate::weather::{Conditions, conditions};

/// The world of a simulation.
#[derive(Debug)]
pub struct World {
    /// Its plan.
    pub plan: Plan,
    /// The accounts.
    pub accounts: Vec<Account>,
    /// The Redis server.
    pub redis: Arc<Server>,
    /// The disk of the machine.
    pub disk: Disk,
    /// The TOTP seeds of the mailboxes, which must not be printed.
    pub seeds: Vec<String>,
    /// The runs of plans.
    pub runs: Runs,
    records: Mutex<Records>,
    started_at: Instant,
    /// The total time for which the machine slept.
    slept: Mutex<Duration>,
    /// When the clock of the service was last set.
    clock_set_at: Mutex<Option<Duration>>,
}

impl World {
    /// Creates the world of a plan, and sets the clock of this thread.
    pub fn new(plan: Plan, is_traced: bool) -> anyhow::Result<Arc<Self>> {
        let accounts: Vec<_> =
            (0..plan.accounts).map(|number| Account::new(number, &plan)).collect::<anyhow::Result<_>>()?;
        let started_at = Instant::now();
        let world = Self {
            redis: Server::new(plan.seed),
            disk: Disk::new()?,
            seeds: accounts.iter().flat_map(Account::seeds).collect(),
            runs: Runs::default(),
            records: Mutex::new(Records { trace: is_traced.then(Vec::new), ..Records::default() }),
            started_at,
            slept: Mutex::default(),
            clock_set_at: Mutex::default(),
            accounts,
            plan,
        };
        world.set_wall_clock(0);
        Ok(Arc::new(world))
    }

    /// The time since the start, including the time for which the machine slept.
    pub fn now(&self) -> Duration {
        self.started_at.elapsed() + *lock(&self.slept)
    }

    /// The instant `after` the start on the machine's monotonic clock, which stops while the machine sleeps.
    pub fn instant(&self, after: Duration) -> Instant {
        self.started_at + after
    }

    /// The records.
    pub fn records(&self) -> MutexGuard<'_, Records> {
        lock(&self.records)
    }

    /// Adds a line to the trace, if tracing is enabled.
    pub fn trace(&self, line: impl FnOnce() -> String) {
        let now = self.now();
        if let Some(trace) = &mut self.records().trace {
            trace.push(format!("{:>10.3}  {}", now.as_secs_f64(), line()));
        }
    }

    /// Records a violation of an invariant.
    pub fn violated(&self, invariant: &'static str, details: String) {
        self.trace(|| format!("VIOLATED {invariant}: {details}"));
        self.records().violations.push(Violation { invariant, details });
    }

    /// When the clock of the service was last set.
    pub fn clock_set_at(&self) -> Option<Duration> {
        *lock(&self.clock_set_at)
    }

    /// Sets the machine's wall clock to the service's time plus an offset in seconds.
    fn set_wall_clock(&self, seconds: i64) {
        let (now, offset) = (self.accounts[0].system_time(), Duration::from_secs(seconds.unsigned_abs()));
        run_wall_clock_from(if seconds < 0 { now - offset } else { now + offset });
    }

    /// Performs an event. Crashes are performed by the processes themselves.
    pub async fn perform(&self, event: &Event) {
        self.trace(|| format!("{event:?}"));
        match *event {
            Event::Crash { .. } => {}
            Event::Sleep(time) => {
                self.accounts.iter().for_each(|account| account.advance(time));
                self.redis.move_clock(time, false);
                *lock(&self.slept) += time;
                run_wall_clock_from(clock::system_time() + time);
            }
            Event::Stall(time) => tokio::time::advance(time).await,
            Event::RedisClock(time) => self.redis.move_clock(time, true),
            Event::ServiceClock(time) => {
                self.accounts.iter().for_each(|account| account.advance(time));
                *lock(&self.clock_set_at) = Some(self.now());
            }
            Event::WallClock(seconds) => self.set_wall_clock(seconds),
            Event::NewKey { account } => self.accounts[account].replace_key(),
            Event::MoveDomain { account, domain } => {
                self.accounts[account].move_domain(domain);
                self.update_readings(account);
            }
            Event::RedisAway { time, is_silent } => self.redis.fail_for(time, is_silent),
            Event::RedisRestart { keeps_data } => self.redis.restart(keeps_data),
        }
    }

    /// Records the start of a request, and returns its number and the network conditions.
    pub fn begin(
        &self,
        incarnation: Incarnation,
        call: CallId,
        operation: &'static Operation,
        subject: Option<String>,
        request: &Request,
    ) -> (usize, Conditions) {
        let mut records = self.records();
        let nth = records.exchanges.iter().filter(|exchange| exchange.call == call).count();
        let conditions = conditions(self.plan.seed, &self.weather(incarnation, call), &call, nth);
        let began_at = self.now();
        let number = records.exchanges.len();
        records.exchanges.push(Exchange {
            account: self.plan.processes[incarnation.process].account,
            incarnation,
            call,
            operation,
            subject,
            query: request.url().query().unwrap_or_default().to_owned(),
            requested_items: requested_items(request, operation),
            began_at,
            arrives_at: None,
            fault: conditions.fault.clone(),
            carried_out_at: None,
            is_charged: false,
            status: None,
            delivered_at: None,
            dropped_at: None,
            code: None,
        });
        drop(records);
        self.trace(|| format!("  {call} {} sends #{number}: {conditions:?}", operation.id));
        (number, conditions)
    }

    /// Updates the record of a request.
    pub fn update(&self, number: usize, change: impl FnOnce(&mut Exchange)) {
        change(&mut self.records().exchanges[number]);
    }

    /// Records the response of the service to a request.
    pub fn served(&self, number: usize, account: usize, response: Option<&BufferedResponse>, is_charged: bool) {
        let status = response.map_or(401, |response| response.status().as_u16());
        let now = self.now();
        let is_done = (200..300).contains(&status);
        let operation = self.records().exchanges[number].operation;
        let code = response.and_then(|response| self.code_in(number, account, response));
        self.update(number, |exchange| {
            exchange.status = Some(status);
            exchange.is_charged = is_charged;
            exchange.carried_out_at = is_done.then_some(now);
            exchange.code = code;
        });
        self.trace(|| format!("  #{number} arrives: {status}{}", if is_charged { ", charged" } else { "" }));
        // Reads change no rows, but domains that are being connected appear as time passes.
        if operation.effect != Effect::Read || !self.plan.provisions.is_empty() {
            self.update_readings(account);
        }
    }

    /// The network conditions of a call. Provisioning in the final phase has no faults.
    fn weather(&self, incarnation: Incarnation, call: CallId) -> Weather {
        let is_final = incarnation.number == FINAL_PHASE && self.plan.provisions(call.action);
        if is_final { self.plan.weather.calm() } else { self.plan.weather }
    }

    fn code_in(&self, number: usize, account: usize, response: &BufferedResponse) -> Option<Code> {
        let began_at = {
            let exchange = &self.records().exchanges[number];
            if !exchange.is_code() {
                return None;
            }
            exchange.began_at
        };
        let body: serde_json::Value = serde_json::from_slice(response.bytes()).ok()?;
        let digits = body["data"]["otp"].as_str()?.to_owned();
        let lifetime = Duration::from_secs(body["data"]["expiresIn"].as_u64()?);
        let period_ends = (self.accounts[account].now().as_secs() / 30 + 1) * 30;
        Some(Code { digits, expires_at: began_at + lifetime, period_ends })
    }

    /// Records a client's report about a call.
    pub fn claim(&self, claim: Claim) {
        self.trace(|| format!("{} {} ended: {:?}", claim.call, claim.operation.id, claim.reported));
        self.records().claims.push(claim);
    }

    /// Starts to record the rows of a list that a client reads, and returns the number of the record.
    pub fn watch(&self, account: usize, workspace: usize, list: List) -> usize {
        let rows: BTreeSet<_> = self.accounts[account].rows(workspace, list).into_iter().collect();
        let mut records = self.records();
        records.readings.push(Reading {
            account,
            workspace,
            list,
            throughout: rows.clone(),
            ever: rows.clone(),
            now: rows,
            removed: 0,
            added: 0,
            is_open: true,
        });
        records.readings.len() - 1
    }

    /// Updates the records of lists that are being read, after a change of the account.
    fn update_readings(&self, account: usize) {
        let mut records = self.records();
        let open = records.readings.iter_mut().filter(|reading| reading.is_open && reading.account == account);
        for reading in open {
            let rows: BTreeSet<_> = self.accounts[account].rows(reading.workspace, reading.list).into_iter().collect();
            if rows == reading.now {
                continue;
            }
            let page_rows = |rows: &BTreeSet<Row>| rows.iter().map(|row| row.page_row.clone()).collect::<BTreeSet<_>>();
            let (before, after) = (page_rows(&reading.now), page_rows(&rows));
            reading.removed += before.difference(&after).count();
            reading.added += after.difference(&before).count();
            reading.throughout.retain(|row| rows.contains(row));
            reading.ever.extend(rows.iter().cloned());
            reading.now = rows;
        }
    }
}

/// Makes the machine's wall clock run, starting at this time.
fn run_wall_clock_from(time: SystemTime) {
    let since = Instant::now();
    clock::set_simulated_time(Some(Box::new(move || time + since.elapsed())));
}
