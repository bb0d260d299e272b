//! The example `buy_once` in a separate process, which is killed at every step, and run again.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::{Arc, Condvar, Mutex};

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use futures::stream;
use serde_json::json;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use zapmail_sdk_ext::Journal;
use zapmail_sdk_ext::journal::{EntryState, PurchaseOutcome};

use crate::clients::KEY;
use crate::examples::{self, example, text};

const ORDER: &str = "order-4711";

/// When the service kills the process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kill {
    /// While it reads the state before the purchase: its key is claimed, and nothing was sent.
    BeforeSending,
    /// When the purchase request has arrived, before it is processed.
    BeforeProcessing,
    /// When the purchase was processed, before the response.
    AfterProcessing,
    /// In the middle of the response.
    InResponse,
    Never,
}

#[derive(Debug, Default)]
struct ShopState {
    /// Number of purchases that were made.
    made: usize,
    /// Process to kill.
    process: Option<u32>,
    killed: bool,
}

/// A service that sells mailbox slots, and kills the buying process once.
#[derive(Clone)]
struct Shop {
    url: String,
    state: Arc<(Mutex<ShopState>, Condvar)>,
    /// Locked by a test to delay purchases.
    gate: Arc<Mutex<()>>,
}

impl Shop {
    /// Starts the service in a separate thread.
    fn start(kill: Kill) -> (Self, oneshot::Sender<()>) {
        let (stop, stopped) = oneshot::channel::<()>();
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let shop = Self {
            url: format!("http://{}", listener.local_addr().unwrap()),
            state: Arc::default(),
            gate: Arc::default(),
        };
        let service = shop.clone();
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let router = Router::new().fallback(move |request: Request| {
                    let shop = service.clone();
                    async move { shop.respond(&request, kill) }
                });
                let serve = axum::serve(TcpListener::from_std(listener).unwrap(), router);
                // Stops at the end of the test.
                _ = tokio::select! { served = serve.into_future() => served, _ = stopped => Ok(()) };
            });
        });
        (shop, stop)
    }

    fn respond(&self, request: &Request, kill: Kill) -> Response {
        let path = request.uri().path();
        if path.ends_with("/v2/mailboxes/list") {
            if kill == Kill::BeforeSending {
                self.kill();
            }
            let bought = 10 + 2 * self.state.0.lock().unwrap().made;
            let data = json!({"currentPage": 1, "totalPages": 1, "purchasedMailboxes": bought, "domains": []});
            return axum::Json(json!({"status": 200, "data": data})).into_response();
        }
        assert!(path.ends_with("/v2/wallet/buy-addon-mailboxes"), "{path}");
        drop(self.gate.lock().unwrap());
        if kill == Kill::BeforeProcessing && self.kill() {
            return ().into_response();
        }
        self.state.0.lock().unwrap().made += 1;
        if kill == Kill::AfterProcessing {
            self.kill();
        }
        let body = json!({"message": "ok", "paymentLink": "https://checkout.example.com/session/abc123"}).to_string();
        if kill == Kill::InResponse && !self.state.0.lock().unwrap().killed {
            let (first, shop) = (body[..20].to_owned(), self.clone());
            let rest = stream::once(async move {
                shop.kill();
                Ok::<_, std::io::Error>(String::new())
            });
            let parts = futures::StreamExt::chain(stream::iter([Ok(first)]), rest);
            return Response::builder()
                .header("content-type", "application/json")
                .header("content-length", body.len())
                .body(Body::from_stream(parts))
                .unwrap();
        }
        ([("content-type", "application/json")], body).into_response()
    }

    /// Kills the process immediately, unless it was already killed.
    fn kill(&self) -> bool {
        let (state, changed) = &*self.state;
        let mut state = state.lock().unwrap();
        while state.process.is_none() {
            state = changed.wait(state).unwrap();
        }
        let is_first = !std::mem::replace(&mut state.killed, true);
        if is_first {
            kill(state.process.unwrap());
        }
        is_first
    }

    fn has_killed(&self) -> bool {
        self.state.0.lock().unwrap().killed
    }

    fn made(&self) -> usize {
        self.state.0.lock().unwrap().made
    }
}

/// Kills a process that another thread waits for.
fn kill(process: u32) {
    let process = process.to_string();
    let mut command = Command::new(if cfg!(windows) { "taskkill" } else { "kill" });
    command.args(if cfg!(windows) { ["/F", "/PID"].as_slice() } else { &["-KILL"] }).arg(&process);
    assert!(command.stdout(Stdio::null()).status().unwrap().success());
}

fn start(shop: &Shop, journal: &Path) -> Child {
    let mut command = example("buy_once");
    command.args([ORDER, journal.to_str().unwrap()]);
    spawn(shop, command)
}

/// Starts a process, and registers it with the service.
fn spawn(shop: &Shop, command: Command) -> Child {
    let child = examples::start(command, KEY, &shop.url);
    let (state, changed) = &*shop.state;
    state.lock().unwrap().process = Some(child.id());
    changed.notify_all();
    child
}

fn run(shop: &Shop, journal: &Path) -> Output {
    start(shop, journal).wait_with_output().unwrap()
}

fn folder() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("purchases.journal");
    (folder, path)
}

#[tokio::test]
async fn process_killed_at_any_step_buys_at_most_once() {
    for kill in [Kill::BeforeSending, Kill::BeforeProcessing, Kill::AfterProcessing, Kill::InResponse] {
        let (shop, _stop) = Shop::start(kill);
        let (_folder, path) = folder();
        let killed = run(&shop, &path);
        assert!(shop.has_killed() && (cfg!(windows) || killed.status.code().is_none()), "{kill:?}: {}", text(&killed));
        let journal = Journal::file(&path).unwrap();
        let state = journal.entry(ORDER).await.unwrap().map(|entry| entry.state);

        let again = run(&shop, &path);
        if kill == Kill::BeforeSending {
            // Nothing was sent, so the purchase can be made.
            assert_eq!((state, shop.made()), (None, 1));
            assert!(again.status.success() && text(&again).contains("order-4711 is bought"), "{}", text(&again));
        } else {
            let made = usize::from(kill != Kill::BeforeProcessing);
            assert_eq!((state, shop.made()), (Some(EntryState::Sent), made), "{kill:?}");
            assert!(!again.status.success(), "{kill:?}: {}", text(&again));
            assert!(text(&again).contains("its outcome is unknown"), "{kill:?}: {}", text(&again));
            // It also reports what has changed.
            let now = format!("10 before, {} now", 10 + 2 * made);
            let verdict = if made == 1 { "appears to have been made" } else { "appears not to have been made" };
            assert!(text(&again).contains(&now) && text(&again).contains(verdict), "{kill:?}: {}", text(&again));
            journal.resolve(ORDER, PurchaseOutcome::NotMade).await.unwrap();
            assert!(run(&shop, &path).status.success(), "{kill:?}");
            assert_eq!(shop.made(), made + 1, "{kill:?}");
        }
        // From now on, the outcome is known.
        let made = shop.made();
        let last = run(&shop, &path);
        assert!(text(&last).contains("was bought before; nothing was sent"), "{kill:?}: {}", text(&last));
        assert_eq!(shop.made(), made, "{kill:?}");
    }
}

#[test]
fn one_of_several_racing_processes_buys() {
    let (shop, _stop) = Shop::start(Kill::Never);
    let (_folder, path) = folder();
    let processes: Vec<_> = (0..6).map(|_| start(&shop, &path)).collect();
    let outputs: Vec<_> = processes.into_iter().map(|process| process.wait_with_output().unwrap()).collect();
    assert_eq!(shop.made(), 1);
    let buyers = outputs.iter().filter(|output| text(output).contains("order-4711 is bought"));
    assert_eq!(buyers.count(), 1);
    for output in outputs {
        let text = text(&output);
        let expected = ["order-4711 is bought", "was bought before; nothing was sent", "is in progress"];
        assert!(expected.iter().any(|part| text.contains(part)), "{text}");
    }
}

/// The system limits the journal's file to 1,024 bytes, which end in the middle of a line. Windows has no such limit.
#[cfg(unix)]
#[tokio::test]
async fn full_disk_prevents_the_purchase_or_its_outcome_is_reported() {
    // A long key fills the file before the purchase is sent, a short key when its outcome is recorded.
    for (key, sent) in [("x".repeat(200), 0), ("x".repeat(10), 1)] {
        let (shop, _stop) = Shop::start(Kill::Never);
        let (_folder, path) = folder();
        let run = || {
            let mut command = Command::new("bash");
            command.args(["-c", "trap '' XFSZ; ulimit -f 1; exec \"$@\"", "bash"]);
            command.arg(example("buy_once").get_program()).args([&key, path.to_str().unwrap()]);
            spawn(&shop, command).wait_with_output().unwrap()
        };
        let first = run();
        assert_eq!((shop.made(), first.status.success()), (sent, sent == 1), "{}", text(&first));
        let journal = Journal::file(&path).unwrap();
        let state = journal.entry(&key).await.unwrap().map(|entry| entry.state);
        if sent == 0 {
            assert!(text(&first).contains("nothing was bought"), "{}", text(&first));
            assert_eq!(state, None);
        } else {
            assert!(text(&first).contains("is bought"), "{}", text(&first));
            assert!(state.is_some_and(EntryState::is_open), "{state:?}");
            assert!(text(&run()).contains("its outcome is unknown"));
        }
        assert_eq!(shop.made(), sent);
    }
}

/// A running process keeps its key claimed, no matter how long its purchase takes.
#[test]
fn purchase_of_a_running_process_is_a_conflict() {
    let (_folder, path) = folder();
    let (shop, _stop) = Shop::start(Kill::Never);
    // The service cannot respond to the purchase yet.
    let held = shop.gate.lock().unwrap();
    let mut process = start(&shop, &path);
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let journal = Journal::file(&path).unwrap();
    while runtime.block_on(journal.entry(ORDER)).unwrap().is_none() {
        std::thread::yield_now();
    }
    let error = runtime.block_on(journal.resolve(ORDER, PurchaseOutcome::NotMade)).unwrap_err();
    assert!(error.to_string().contains("is in progress"), "{error}");
    drop(held);
    assert!(process.wait().unwrap().success());
}
