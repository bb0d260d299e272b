//! Sandboxes whose responses are modified on their way to the client.

use std::sync::Mutex;
use std::time::Duration;

use futures::future::BoxFuture;
use http::HeaderMap;
use serde_json::Value;
use tokio::time::Instant;
use zapmail_sandbox::InProcess;

use crate::{BufferedResponse, Operation, Result, Transport};

/// A sandbox in which a word of the responses to one operation is replaced.
#[derive(Debug)]
pub(super) struct Replaced {
    pub sandbox: InProcess,
    pub operation: &'static str,
    pub word: &'static str,
    pub replacement: &'static str,
}

impl Transport for Replaced {
    fn send<'a>(
        &'a self,
        request: reqwest::Request,
        operation: &'static Operation,
    ) -> BoxFuture<'a, Result<BufferedResponse>> {
        Box::pin(async move {
            let response = self.sandbox.send(request, operation).await?;
            if operation.id != self.operation {
                return Ok(response);
            }
            let body = String::from_utf8(response.bytes().to_vec()).unwrap();
            Ok(BufferedResponse::new(response.status(), HeaderMap::new(), body.replace(self.word, self.replacement)))
        })
    }
}

/// A sandbox that lists the DNS record `track` only `lag` after the first request to add records.
#[derive(Debug)]
pub(super) struct DelayedRecords {
    pub sandbox: InProcess,
    pub lag: Duration,
    pub added_at: Mutex<Option<Instant>>,
}

impl Transport for DelayedRecords {
    fn send<'a>(
        &'a self,
        request: reqwest::Request,
        operation: &'static Operation,
    ) -> BoxFuture<'a, Result<BufferedResponse>> {
        Box::pin(async move {
            let response = self.sandbox.send(request, operation).await?;
            if operation.id == "add_dns_records" {
                self.added_at.lock().unwrap().get_or_insert(Instant::now());
            }
            let is_late = self.added_at.lock().unwrap().is_some_and(|at| at.elapsed() < self.lag);
            if operation.id != "list_dns_records" || !is_late {
                return Ok(response);
            }
            let mut body: Value = serde_json::from_slice(response.bytes()).unwrap();
            let records = body["data"]["domainDnsRecords"].as_array_mut().unwrap();
            records.retain(|record| !record["name"].as_str().unwrap().starts_with("track."));
            Ok(BufferedResponse::new(response.status(), HeaderMap::new(), body.to_string()))
        })
    }
}
