//! An account of the service: a sandbox in this process, and facts that clients cannot see.

use std::collections::BTreeSet;
use std::sync::Mutex;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use futures::FutureExt;
use serde_json::{Value, json};
use zapmail_sandbox::{InProcess, Quota, Sandbox};
use zapmail_sdk_ext::http::{HeaderValue, Method};
use zapmail_sdk_ext::reqwest::{Request, Url};
use zapmail_sdk_ext::{BufferedResponse, Operation, Transport, operations};

use crate::lock::lock;
use crate::plan::{List, Plan};
use crate::records::Row;

/// The header that contains the API key.
const KEY: &str = "x-auth-zapmail";

/// The operation that buys domains.
const PURCHASE: &str = "purchase_domains";

/// The header that contains the workspace id.
const WORKSPACE: &str = "x-workspace-key";

/// An account.
#[derive(Debug)]
pub struct Account {
    number: usize,
    sandbox: Sandbox,
    transport: InProcess,
    /// The ids of its workspaces, starting with the primary workspace.
    pub workspaces: Vec<String>,
    /// The names of the initial domains of each workspace, if the plan provisions domains.
    pub names: Vec<Vec<String>>,
    /// The number of replacements of its key.
    keys: Mutex<u32>,
    /// The sold domains.
    sales: Mutex<Vec<Sale>>,
}

/// A sold domain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sale {
    /// Its name.
    pub name: String,
    /// Its price, in US cents.
    pub cents: u64,
}

impl Account {
    /// Creates an account of a plan.
    pub fn new(number: usize, plan: &Plan) -> anyhow::Result<Self> {
        let sandbox = Sandbox::builder()
            .domains(plan.domains)
            .mailboxes_per_domain(plan.mailboxes_per_domain)
            .wallet_cents(plan.wallet_cents)
            .seed(plan.seed.wrapping_add(number as u64))
            // The invariants check the rate limits.
            .quota(Quota::unlimited())
            .build()?;
        let workspaces = sandbox.workspaces().into_iter().map(|workspace| workspace.id).collect();
        let mut account = Self {
            number,
            transport: sandbox.transport(),
            sandbox,
            workspaces,
            names: Vec::new(),
            keys: Mutex::default(),
            sales: Mutex::default(),
        };
        if !plan.provisions.is_empty() {
            let names = |workspace| account.domains(workspace).into_iter().map(|(_, name)| name).collect();
            account.names = (0..account.workspaces.len()).map(names).collect();
        }
        Ok(account)
    }

    /// The current key. It is unique, and distinctive enough not to be in a text by chance.
    pub fn key(&self) -> String {
        format!("canary-key-{}-{}-of-the-simulation", self.number, lock(&self.keys))
    }

    /// Replaces the key.
    pub fn replace_key(&self) {
        *lock(&self.keys) += 1;
    }

    /// The service's time since the Unix epoch.
    pub fn now(&self) -> Duration {
        self.system_time().duration_since(UNIX_EPOCH).unwrap_or_default()
    }

    /// The service's time.
    pub fn system_time(&self) -> SystemTime {
        self.sandbox.now()
    }

    /// Advances the service's clock.
    pub fn advance(&self, time: Duration) {
        self.sandbox.advance(time);
    }

    /// The number of charges for slots so far.
    pub fn purchases(&self) -> usize {
        self.sandbox.ledger().iter().filter(|entry| entry.operation == "purchase_addon_mailboxes").count()
    }

    /// The charges for domains so far, in US cents.
    pub fn domain_charges(&self) -> Vec<u64> {
        let ledger = self.sandbox.ledger().into_iter();
        ledger.filter(|entry| entry.operation == PURCHASE).map(|entry| entry.cents).collect()
    }

    /// The domains sold so far.
    pub fn sales(&self) -> Vec<Sale> {
        lock(&self.sales).clone()
    }

    /// The addresses of all mailboxes in completed exports.
    pub fn exported(&self) -> BTreeSet<String> {
        let completed = self.sandbox.exports().into_iter().filter(|export| export.status == "COMPLETED");
        completed.flat_map(|export| export.mailboxes).map(|mailbox| mailbox.address).collect()
    }

    /// The TOTP seeds of all mailboxes.
    pub fn seeds(&self) -> Vec<String> {
        let mailboxes = (0..self.workspaces.len()).flat_map(|workspace| self.mailboxes(workspace));
        mailboxes.filter_map(|mailbox| mailbox["secret"].as_str().map(str::to_owned)).collect()
    }

    /// Processes a request, and returns the response. Returns `None` if the key is not the current key.
    pub fn serve(&self, mut request: Request, operation: &'static Operation) -> Option<BufferedResponse> {
        if request.headers().get(KEY).and_then(|key| key.to_str().ok()) != Some(&self.key()) {
            return None;
        }
        let key = HeaderValue::from_str(self.sandbox.api_key()).ok()?;
        request.headers_mut().insert(KEY, key);
        let ordered = if operation.id == PURCHASE { requested_items(&request, operation) } else { Vec::new() };
        let charges = if ordered.is_empty() { 0 } else { self.domain_charges().len() };
        // The future completes immediately, because the sandbox has neither latency nor a state file.
        let response = self.transport.send(request, operation).now_or_never()?.ok()?;
        if !ordered.is_empty() {
            let charged = self.domain_charges().split_off(charges).into_iter().sum();
            let sold = ordered.into_iter().filter(|_| charged > 0).map(|name| Sale { name, cents: charged });
            lock(&self.sales).extend(sold);
        }
        Some(response)
    }

    /// Sends a request that does not come from a program, and returns the body of the response.
    pub fn request(&self, workspace: usize, method: Method, path: &str, body: Option<Value>) -> Value {
        let Ok(url) = Url::parse(&format!("{}{path}", self.sandbox.base_url())) else { return Value::Null };
        let mut request = Request::new(method.clone(), url);
        for (name, value) in [(KEY, self.key()), (WORKSPACE, self.workspaces[workspace].clone())] {
            if let Ok(value) = HeaderValue::from_str(&value) {
                request.headers_mut().insert(name, value);
            }
        }
        if let Some(body) = body {
            *request.body_mut() = Some(body.to_string().into());
            request.headers_mut().insert("content-type", HeaderValue::from_static("application/json"));
        }
        let path = path.split('?').next().unwrap_or_default();
        let Some(operation) = operations::find_by_path(method.as_str(), path) else { return Value::Null };
        let response = self.serve(request, operation);
        response.and_then(|response| serde_json::from_slice(response.bytes()).ok()).unwrap_or_default()
    }

    fn list(&self, workspace: usize, path: &str, rows: &str) -> Vec<Value> {
        let response = self.request(workspace, Method::GET, path, None);
        response.pointer(rows).and_then(Value::as_array).cloned().unwrap_or_default()
    }

    /// The current rows of a list.
    pub fn rows(&self, workspace: usize, list: List) -> Vec<Row> {
        let path = match list {
            List::Mailboxes => "/v2/mailboxes/list?limit=1000",
            List::Domains => "/v2/domains?limit=1000",
        };
        let domains = self.list(workspace, path, "/data/domains");
        domains
            .iter()
            .flat_map(|domain| {
                let page_row = text(&domain["id"]);
                let ids = match list {
                    List::Domains => vec![page_row.clone()],
                    List::Mailboxes => {
                        let mailboxes = domain["mailboxes"].as_array().into_iter().flatten();
                        mailboxes.map(|mailbox| text(&mailbox["id"])).collect()
                    }
                };
                ids.into_iter().map(move |id| Row { page_row: page_row.clone(), id })
            })
            .collect()
    }

    /// The ids and names of the domains of a workspace.
    pub fn domains(&self, workspace: usize) -> Vec<(String, String)> {
        self.domain_rows(workspace).iter().map(|domain| (text(&domain["id"]), text(&domain["domain"]))).collect()
    }

    /// The list rows of all domains of a workspace.
    pub fn domain_rows(&self, workspace: usize) -> Vec<Value> {
        self.list(workspace, "/v2/domains?limit=1000", "/data/domains")
    }

    /// The balance of the wallet, in US cents.
    pub fn wallet_cents(&self) -> u64 {
        let wallet = self.request(0, Method::GET, "/v2/wallet/balance", None);
        (wallet["walletBalance"].as_f64().unwrap_or_default() * 100.0).round() as u64
    }

    /// The number of unused mailbox slots of a workspace.
    pub fn free_slots(&self, workspace: usize) -> u64 {
        let page = self.request(workspace, Method::GET, "/v2/mailboxes/list?limit=1", None);
        page["data"]["availableMailboxes"].as_u64().unwrap_or_default()
    }

    /// The list rows of all mailboxes of a workspace.
    pub fn mailboxes(&self, workspace: usize) -> Vec<Value> {
        let domains = self.list(workspace, "/v2/mailboxes/list?limit=1000", "/data/domains");
        domains.iter().flat_map(|domain| domain["mailboxes"].as_array().cloned().unwrap_or_default()).collect()
    }

    /// The ids and names of the tags of a workspace.
    pub fn tags(&self, workspace: usize) -> Vec<(String, String)> {
        let tags = self.list(workspace, "/v2/domains/tags", "/data");
        tags.iter().map(|tag| (text(&tag["id"]), text(&tag["name"]))).collect()
    }

    /// Moves a domain, given by its index in the account, to the other workspace.
    pub fn move_domain(&self, domain: usize) {
        let all: Vec<_> =
            (0..2).flat_map(|from| self.domains(from).into_iter().map(move |(id, _)| (from, id))).collect();
        let Some((from, id)) = all.get(domain % all.len().max(1)) else { return };
        let body = json!({
            "domainIds": [id],
            "workspaceId": self.workspaces[1 - from],
            "serviceProvider": "GOOGLE",
        });
        self.request(*from, Method::POST, "/v2/domains/move-workspace", Some(body));
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// The items of a request that must not be created twice: names of domains, or addresses of mailboxes.
pub fn requested_items(request: &Request, operation: &Operation) -> Vec<String> {
    if ![PURCHASE, "assign_mailboxes"].contains(&operation.id) {
        return Vec::new();
    }
    let body = request.body().and_then(|body| body.as_bytes()).unwrap_or_default();
    let body: Value = serde_json::from_slice(body).unwrap_or_default();
    let address = |mailbox: &Value| format!("{}@{}", text(&mailbox["mailboxUsername"]), text(&mailbox["domainName"]));
    let domains = body["domains"].as_array().into_iter().flatten().map(|domain| text(&domain["domainName"]));
    let mailboxes = body.as_object().into_iter().flat_map(|body| body.values()).filter_map(Value::as_array).flatten();
    match operation.id {
        PURCHASE => domains.collect(),
        _ => mailboxes.map(address).collect(),
    }
}
