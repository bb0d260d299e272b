//! The network: transmits requests from a client to the service, and the outcomes back.
//!
//! A request that was sent continues even if the future that waits for its response is dropped.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt;
use futures::future::BoxFuture;
use tokio::sync::oneshot::{self, Sender};
use tokio::time::{Instant, sleep};
use zapmail_sdk_ext::http::{HeaderMap, HeaderValue, StatusCode};
use zapmail_sdk_ext::reqwest::Request;
use zapmail_sdk_ext::{BufferedResponse, Error, ErrorKind, Operation, Result, Transport};

use crate::records::{CallId, Incarnation};
use crate::weather::{Conditions, Fault, RetryAfter};
use crate::world::World;

/// The header that contains the id of a request's call.
pub const CALL: &str = "x-simulated-call";

/// The header that contains the key of a purchase.
pub const SUBJECT: &str = "x-simulated-subject";

/// The network of a process.
pub struct Network {
    world: Arc<World>,
    incarnation: Incarnation,
}

impl Network {
    /// Connects a process.
    pub fn new(world: Arc<World>, incarnation: Incarnation) -> Self {
        Self { world, incarnation }
    }

    async fn exchange(&self, request: Request, operation: &'static Operation) -> Result<BufferedResponse> {
        let (world, began_at) = (&self.world, Instant::now());
        let text = |name: &str| request.headers().get(name).and_then(|value| value.to_str().ok());
        let Some(call) = text(CALL).and_then(|call| call.parse::<CallId>().ok()) else {
            return Err(Error::config("the request has no call id"));
        };
        let subject = text(SUBJECT).map(str::to_owned).or_else(|| code_of(&request, operation));
        let (number, conditions) = world.begin(self.incarnation, call, operation, subject, &request);
        let mut waiting = Waiting { world, number, is_over: false };
        sleep(conditions.connect).await;
        let connect_time = began_at.elapsed();
        if conditions.fault == Some(Fault::Refused) {
            waiting.is_over = true;
            world.update(number, |exchange| exchange.delivered_at = Some(world.now()));
            return Err(Error::new(ErrorKind::Connection, "the connection was refused"));
        }
        // From now on, the request cannot be canceled.
        world.update(number, |exchange| {
            let arrives = !matches!(conditions.fault, Some(Fault::LostBefore | Fault::Silent { arrives: false }));
            exchange.arrives_at = arrives.then(|| world.now() + conditions.there);
        });
        let (reply, replied) = oneshot::channel();
        tokio::spawn(transmit(Arc::clone(world), number, request, operation, conditions, reply));
        let outcome = replied.await.unwrap_or_else(|_| Err(closed("was closed")));
        waiting.is_over = true;
        world.update(number, |exchange| exchange.delivered_at = Some(world.now()));
        outcome.map(|response| response.sent_at(began_at).connected_in(connect_time))
    }
}

/// The workspace and the mailbox or domain of a request for a code.
fn code_of(request: &Request, operation: &Operation) -> Option<String> {
    let workspace = request.headers().get("x-workspace-key").and_then(|value| value.to_str().ok()).unwrap_or("primary");
    let query = request.url().query().unwrap_or_default();
    (operation.id == "get_authenticator_code").then(|| format!("{workspace} {query}"))
}

/// Transmits a request to the service, and its outcome back.
async fn transmit(
    world: Arc<World>,
    number: usize,
    request: Request,
    operation: &'static Operation,
    conditions: Conditions,
    reply: Sender<Result<BufferedResponse>>,
) {
    let Conditions { there, work: (before, after), back, fault, .. } = conditions;
    sleep(there).await;
    let outcome = match &fault {
        Some(Fault::LostBefore) => Err(closed("was lost")),
        Some(Fault::Silent { arrives: false }) => return silence(reply).await,
        Some(Fault::FailedBefore { status, is_page: false }) => Ok(quoting(*status, &request)),
        Some(Fault::FailedBefore { status, is_page: true }) => Ok(page(*status)),
        Some(Fault::TooMany(retry_after)) => Ok(too_many(&world, number, *retry_after)),
        _ => {
            sleep(before).await;
            let response = serve(&world, number, request, operation);
            sleep(after).await;
            match &fault {
                Some(Fault::LostAfter) => Err(closed("was lost")),
                Some(Fault::Torn) => Err(closed("was torn")),
                Some(Fault::Silent { .. }) => return silence(reply).await,
                Some(Fault::Garbled) => Ok(garbled(&response)),
                Some(Fault::FailedAfter(status)) => Ok(status_of(*status, HeaderMap::new())),
                _ => Ok(response),
            }
        }
    };
    sleep(back).await;
    // The client might have stopped waiting.
    _ = reply.send(outcome);
}

/// Keeps the connection open until the client gives up.
async fn silence(mut reply: Sender<Result<BufferedResponse>>) {
    reply.closed().await;
}

fn serve(world: &World, number: usize, request: Request, operation: &'static Operation) -> BufferedResponse {
    let account = world.records().exchanges[number].account;
    let sales = world.accounts[account].sales().len();
    let response = world.accounts[account].serve(request, operation);
    world.served(number, account, response.as_ref(), world.accounts[account].sales().len() > sales);
    response.unwrap_or_else(|| status_of(401, HeaderMap::new()))
}

/// A 429 with a `Retry-After`. A date is in the service's time.
fn too_many(world: &World, number: usize, retry_after: RetryAfter) -> BufferedResponse {
    let account = world.records().exchanges[number].account;
    let now = world.accounts[account].system_time();
    let mut headers = HeaderMap::new();
    let mut set = |name: &'static str, value: &str| {
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.insert(name, value);
        }
    };
    match retry_after {
        RetryAfter::Missing => {}
        RetryAfter::Seconds(seconds) => set("retry-after", &seconds.to_string()),
        RetryAfter::Date(seconds) => {
            set("date", &httpdate::fmt_http_date(now));
            set("retry-after", &httpdate::fmt_http_date(now + Duration::from_secs(seconds)));
        }
        RetryAfter::Nonsense(value) => set("retry-after", value),
    }
    status_of(429, headers)
}

fn status_of(status: u16, headers: HeaderMap) -> BufferedResponse {
    response(status, headers, format!(r#"{{"status":{status},"message":"Something went wrong"}}"#))
}

/// An error response that quotes the key of its request.
fn quoting(status: u16, request: &Request) -> BufferedResponse {
    let key = request.headers().get("x-auth-zapmail").and_then(|key| key.to_str().ok()).unwrap_or_default();
    let message = format!(r#"{{"status":{status},"message":"Something went wrong for the key {key}"}}"#);
    response(status, HeaderMap::new(), message)
}

/// An error page of a proxy.
fn page(status: u16) -> BufferedResponse {
    response(status, HeaderMap::new(), "<html><body><h1>Bad gateway</h1></body></html>".to_owned())
}

fn response(status: u16, headers: HeaderMap, body: String) -> BufferedResponse {
    BufferedResponse::new(StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR), headers, body)
}

fn garbled(response: &BufferedResponse) -> BufferedResponse {
    let half = response.bytes().slice(..response.bytes().len() / 2);
    BufferedResponse::new(response.status(), HeaderMap::new(), half)
}

fn closed(how: &str) -> Error {
    Error::new(ErrorKind::Connection, format!("the connection {how}")).with_may_have_been_processed(true)
}

/// A guard that records when a client drops its request.
struct Waiting<'a> {
    world: &'a World,
    number: usize,
    is_over: bool,
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        if !self.is_over {
            let (now, number) = (self.world.now(), self.number);
            self.world.update(number, |exchange| exchange.dropped_at = Some(now));
            self.world.trace(|| format!("  #{number} is dropped by the client"));
        }
    }
}

impl Transport for Network {
    fn send<'a>(&'a self, request: Request, operation: &'static Operation) -> BoxFuture<'a, Result<BufferedResponse>> {
        async move {
            self.exchange(request, operation).await.map_err(|error| error.with_attempts(1).with_operation(operation))
        }
        .boxed()
    }
}

impl fmt::Debug for Network {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Network({:?})", self.incarnation)
    }
}
