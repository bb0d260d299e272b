//! A service on loopback in its own thread, so that its work does not count as the client's.

use std::thread;
use std::time::Duration;

use axum::Router;
use axum::extract::Query;
use axum::http::header;
use axum::response::IntoResponse;
use axum::routing::get;
use bytes::Bytes;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::net::TcpListener;

/// How the service behaves.
#[derive(Clone, Copy)]
pub struct Service {
    /// The time that each response takes.
    pub latency: Duration,
    /// The number of pages of the list of mailboxes.
    pub pages: u32,
    /// The number of domains per page, each with three mailboxes.
    pub domains: u32,
}

/// The number of mailboxes per domain.
pub const PER_DOMAIN: u32 = 3;

#[derive(Deserialize)]
struct PageQuery {
    page: Option<u32>,
}

impl Service {
    /// One page of 100 domains, without a delay.
    pub const PROMPT: Self = Self { latency: Duration::ZERO, pages: 1, domains: 100 };

    /// Starts the service, which runs as long as the program, and returns its base URL.
    pub fn start(self) -> String {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let address = listener.local_addr().unwrap();
        thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                axum::serve(TcpListener::from_std(listener).unwrap(), self.router()).await.unwrap();
            });
        });
        format!("http://{address}")
    }

    fn router(self) -> Router {
        // Prepared beforehand, because the service must not be slower than the client.
        let (user, only_page) = (user(), (self.pages == 1).then(|| self.page(1)));
        let list = move |Query(PageQuery { page }): Query<PageQuery>| async move {
            // A sleep of zero length still waits for the next tick.
            if !self.latency.is_zero() {
                tokio::time::sleep(self.latency).await;
            }
            response(only_page.unwrap_or_else(|| self.page(page.unwrap_or(1))))
        };
        Router::new()
            .route("/v2/users", get(move || std::future::ready(response(user))))
            .route("/v2/mailboxes/list", get(list))
    }

    /// Returns a page of the list of mailboxes, as large as a page of the live service.
    fn page(self, page: u32) -> Bytes {
        let first = (page - 1) * self.domains;
        let domains = (first..first + self.domains).map(domain).collect::<Vec<_>>();
        envelope(&json!({
            "availableMailboxes": 6, "currentPage": page, "domains": domains, "nextPage": page + 1,
            "purchasedMailboxes": 30, "scheduledMailboxes": 0, "totalActiveMailboxes": 24,
            "totalActivePreWarmedUpMailboxes": 0, "totalAssignedMailboxes": 24,
            "totalAssignedPreWarmedUpMailboxes": 0, "totalPages": self.pages, "totalSearchedCount": 1,
        }))
    }
}

fn response(body: Bytes) -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "application/json; charset=utf-8")], body)
}

/// The envelope as the service writes it: the status first.
fn envelope(data: &Value) -> Bytes {
    format!(r#"{{"status":200,"message":"Fetched successfully","data":{data}}}"#).into()
}

fn user() -> Bytes {
    envelope(&json!({
        "activePlan": "Growth", "assignedMailboxes": 24, "email": "ops@acme-example.com", "firstName": "Dana",
        "id": "3f0c2b1e-6a41-4d7b-9c55-0e1f2a3b4c5d", "lastName": "Reed", "planEndsOn": "2027-01-15T10:00:00.000Z",
        "purchasedMailboxes": 30, "userCreatedAt": "2025-06-01T08:30:00.000Z", "walletBalance": 64.5,
    }))
}

fn domain(number: u32) -> Value {
    let id = format!("7b2e9d10-4c5f-4a6b-9d8e-{number:012}");
    let name = format!("acme-{number}-example.com");
    let mailboxes = (0..PER_DOMAIN).map(|index| {
        json!({
            "appPassword": "aaaa bbbb cccc dddd", "assignedOn": "2026-05-02T09:00:00.000Z",
            "createdAt": "2026-05-02T09:00:00.000Z", "domain": name, "domainId": id,
            "email": format!("dana.{index}@{name}"), "expireOn": "2026-06-02T09:00:00.000Z", "firstName": "Dana",
            "id": format!("5d4c3b2a-1f0e-4d9c-8b7a-{:012}", number * PER_DOMAIN + index), "isWarmedUp": false,
            "lastName": "Reed", "password": "not-a-real-password", "profilePicture": null,
            "recoveryEmail": format!("rec@{name}"), "secret": "NOTAREALSEED", "serviceProvider": "GOOGLE",
            "status": "ACTIVE", "username": format!("dana.{index}"),
        })
    });
    json!({
        "adminDetails": {
            "domainId": id, "email": format!("admin@{name}"), "newPassword": "not-a-real-password",
            "recoveryEmail": format!("rec@{name}"), "secret": "NOTAREALSEED",
        },
        "domain": name, "id": id, "mailboxes": mailboxes.collect::<Vec<_>>(), "status": "ACTIVE",
    })
}
