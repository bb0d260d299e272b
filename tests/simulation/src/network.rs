//! The network: carries requests from a client to the service, and what becomes of them back.
//!
//! A request that was sent arrives, whatever becomes of the future that waits for its response.

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

use crate::records::{CallId, Life};
use crate::weather::{Fault, Mood, RetryAfter};
use crate::world::World;

/// The header that tells which call a request belongs to.
pub const CALL: &str = "x-simulated-call";

/// The header that tells which purchase it is.
pub const SUBJECT: &str = "x-simulated-subject";

/// The network of a process.
pub struct Network {
    world: Arc<World>,
    life: Life,
}

impl Network {
    /// Connects a process.
    pub fn new(world: Arc<World>, life: Life) -> Self {
        Self { world, life }
    }

    async fn exchange(&self, request: Request, operation: &'static Operation) -> Result<BufferedResponse> {
        let (world, began_at) = (&self.world, Instant::now());
        let text = |name: &str| request.headers().get(name).and_then(|value| value.to_str().ok());
        let Some(call) = text(CALL).and_then(|call| call.parse::<CallId>().ok()) else {
            return Err(Error::config("the request belongs to no call"));
        };
        let subject = text(SUBJECT).map(str::to_owned).or_else(|| code_of(&request, operation));
        let (number, mood) = world.begin(self.life, call, operation, subject, &request);
        let mut waiting = Waiting { world, number, is_over: false };
        sleep(mood.connect).await;
        let connect_time = began_at.elapsed();
        if mood.fault == Some(Fault::Refused) {
            waiting.is_over = true;
            world.note(number, |exchange| exchange.delivered_at = Some(world.now()));
            return Err(Error::new(ErrorKind::Connection, "the connection was refused"));
        }
        // From now on nobody can call it back.
        world.note(number, |exchange| {
            let arrives = !matches!(mood.fault, Some(Fault::LostBefore | Fault::Silent { arrives: false }));
            exchange.arrives_at = arrives.then(|| world.now() + mood.there);
        });
        let (reply, replied) = oneshot::channel();
        tokio::spawn(carry(Arc::clone(world), number, request, operation, mood, reply));
        let outcome = replied.await.unwrap_or_else(|_| Err(closed("was closed")));
        waiting.is_over = true;
        world.note(number, |exchange| exchange.delivered_at = Some(world.now()));
        outcome.map(|response| response.sent_at(began_at).connected_in(connect_time))
    }
}

/// The mailbox or domain whose code a request is for, in its workspace.
fn code_of(request: &Request, operation: &Operation) -> Option<String> {
    let workspace = request.headers().get("x-workspace-key").and_then(|value| value.to_str().ok()).unwrap_or("primary");
    let query = request.url().query().unwrap_or_default();
    (operation.id == "get_authenticator_code").then(|| format!("{workspace} {query}"))
}

/// Carries a request to the service, and its response back.
async fn carry(
    world: Arc<World>,
    number: usize,
    request: Request,
    operation: &'static Operation,
    mood: Mood,
    reply: Sender<Result<BufferedResponse>>,
) {
    let Mood { there, work: (before, after), back, fault, .. } = mood;
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
    // The client may not wait any more.
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

/// A 429 with a `Retry-After`; a date is in the service's time.
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

/// An error that quotes the key of its request.
fn quoting(status: u16, request: &Request) -> BufferedResponse {
    let key = request.headers().get("x-auth-zapmail").and_then(|key| key.to_str().ok()).unwrap_or_default();
    let message = format!(r#"{{"status":{status},"message":"Something went wrong for the key {key}"}}"#);
    response(status, HeaderMap::new(), message)
}

/// An error of a proxy.
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

/// Notes that a client has dropped its request.
struct Waiting<'a> {
    world: &'a World,
    number: usize,
    is_over: bool,
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        if !self.is_over {
            let (now, number) = (self.world.now(), self.number);
            self.world.note(number, |exchange| exchange.dropped_at = Some(now));
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
        write!(formatter, "Network({:?})", self.life)
    }
}
