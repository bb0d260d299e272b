//! Checks of one operation against a document.

use serde_json::{Value, json};
use zapmail_sdk::operations::{Bucket, Operation, find as operation_of};
use zapmail_sdk::{Client, ReqwestTransport};
use zapmail_sdk_ext::{ErrorKind, RateLimits, RetryPolicy, Zapmail};

use crate::KEY;
use crate::Verdict;
use crate::case::{CallError, Case, Outcome};
use crate::compare::same;
use crate::expectation::{Expectation, Parameters};
use crate::server::{Reply, Server, only_request};

/// The id of a workspace.
const WORKSPACE: &str = "1c2d3e4f-5a6b-4c7d-8e9f-0a1b2c3d4e5f";

/// Checks all statements of the document about an operation.
///
/// # Errors
///
/// The first difference between the client and the document.
pub async fn all(document: &Value, case: &'static Case) -> Verdict {
    let expectation = Expectation::of(document, case.id).ok_or("the document does not have the operation")?;
    let http = ReqwestTransport::configured(|builder| builder.no_proxy());
    let checks = Checks { expectation, case, http: http.map_err(|error| error.to_string())? };
    checks.requests().await?;
    checks.workspace().await?;
    checks.responses().await?;
    checks.errors().await?;
    checks.spending().await?;
    checks.policies()
}

/// An operation, with the HTTP connections of its calls.
struct Checks<'a> {
    expectation: Expectation<'a>,
    case: &'static Case,
    http: ReqwestTransport,
}

/// Whether a client may call operations that can cost money.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Spending {
    Refused,
    Allowed,
}

impl Checks<'_> {
    /// The builder sends the request that the document describes.
    async fn requests(&self) -> Verdict {
        for set in [Parameters::Required, Parameters::All] {
            let server = self.success()?.serve();
            let zapmail = self.client(&server, Spending::Allowed)?;
            let call = if set == Parameters::All { self.case.everything } else { self.case.required };
            call(&zapmail, self.body()).await.map_err(|error| format!("{set:?}: {error:?}"))?;
            let request = only_request(&server)?;
            self.expectation.describes(&request, set).map_err(|difference| format!("{set:?}: {difference}"))?;
        }
        Ok(())
    }

    /// A client for a workspace sends the workspace's headers, under the names that the operation reads (C36 and C37).
    async fn workspace(&self) -> Verdict {
        let server = self.success()?.serve();
        let zapmail = self.client(&server, Spending::Allowed)?.workspace(WORKSPACE);
        (self.case.required)(&zapmail, self.body()).await.map_err(|error| format!("workspace: {error:?}"))?;
        let headers = self.expectation.is_in_workspace(&only_request(&server)?, WORKSPACE);
        headers.map_err(|difference| format!("workspace: {difference}"))
    }

    /// Each example of a success response decodes without loss, as data with both clients, and as a whole body.
    async fn responses(&self) -> Verdict {
        for reply in self.expectation.responses() {
            let server = reply.serve();
            let (zapmail, client) = (self.client(&server, Spending::Allowed)?, self.raw_client(&server)?);
            let located = |difference| format!("response {}: {difference}", reply.status);
            let data_of = |outcome: Outcome| outcome.map_err(|error| located(format!("{error:?}")));
            let data = data_of((self.case.everything)(&zapmail, self.body()).await)?;
            same(&self.expectation.data(&reply), &data).map_err(located)?;
            let raw = data_of((self.case.raw)(&client, self.body()).await)?;
            if raw != data {
                return Err(located(format!("the raw client returns {raw} instead of {data}")));
            }
            let Some(envelope) = self.case.envelope else { continue };
            let example: Value = serde_json::from_slice(&reply.body).map_err(|error| error.to_string())?;
            let whole = data_of((self.case.whole)(&client, self.body()).await)?;
            if whole != example {
                return Err(located(format!("the body is {whole} instead of {example}")));
            }
            same(&example, &envelope(whole).map_err(located)?).map_err(located)?;
        }
        Ok(())
    }

    /// Both clients return the expected kind for each known form of error, with the service's message, if any.
    async fn errors(&self) -> Verdict {
        let operation = operation_of(self.case.id).ok_or("the client does not have the operation")?;
        for (reply, kind, message) in error_shapes(operation) {
            let located = |difference: String| format!("error {} {}: {difference}", reply.status, reply.content_type);
            let server = reply.serve();
            let zapmail = self.client(&server, Spending::Allowed)?;
            let client = self.raw_client(&server)?;
            let outcomes =
                [(self.case.required)(&zapmail, self.body()).await, (self.case.raw)(&client, self.body()).await];
            for outcome in outcomes {
                match outcome {
                    Err(CallError::Client(error)) if error.kind() == kind && error.message().contains(message) => {}
                    Err(CallError::Client(error)) => {
                        return Err(located(format!(
                            "{:?} instead of {kind:?} with `{message}`: {error}",
                            error.kind()
                        )));
                    }
                    other => return Err(located(format!("{other:?}"))),
                }
            }
        }
        Ok(())
    }

    /// An operation that spends, now or later, is sent only if spending is allowed. All other operations are always
    /// sent.
    async fn spending(&self) -> Verdict {
        let server = self.success()?.serve();
        let zapmail = self.client(&server, Spending::Refused)?;
        let outcome = (self.case.required)(&zapmail, self.body()).await;
        let effect = &self.expectation.operation["x-zapmail-effect"];
        let spends = effect == "spend" || effect == "authorize";
        let refused =
            matches!(&outcome, Err(CallError::Client(error)) if error.kind() == ErrorKind::SpendingNotAllowed);
        match (spends, refused, server.requests().len()) {
            (true, true, 0) | (false, false, 1) => Ok(()),
            (_, _, sent) => Err(format!("spends: {spends}, refused: {refused}, requests: {sent}")),
        }
    }

    /// The client's policies match the document: effect, idempotency, rate limit, proof of a purchase, verification of
    /// an outcome, and paging.
    fn policies(&self) -> Verdict {
        let operation = operation_of(self.case.id).ok_or("the client does not have the operation")?;
        let paging = operation.paging.map(|paging| {
            let parts = [
                ("current", paging.current),
                ("total", paging.total),
                ("more", paging.more),
                ("cursor", paging.cursor),
            ];
            let parts = parts.into_iter().filter_map(|(name, part)| Some((name.to_owned(), json!(part?))));
            Value::Object(parts.chain([("rows".to_owned(), json!(paging.rows))]).collect())
        });
        let known = [
            ("x-zapmail-effect", json!(format!("{:?}", operation.effect).to_lowercase())),
            ("x-zapmail-idempotent", json!(operation.idempotent)),
            ("x-zapmail-bucket", json!(bucket(operation.bucket))),
            ("x-zapmail-data", json!(operation.data)),
            ("x-zapmail-proof", if operation.proof.is_empty() { Value::Null } else { json!(operation.proof) }),
            ("x-zapmail-verify-with", json!(operation.verify_with)),
            ("x-zapmail-verify-note", json!(operation.verify_note)),
            ("x-zapmail-page", paging.unwrap_or_default()),
        ];
        for (name, known) in known {
            let mut stated = self.expectation.operation.get(name).cloned().unwrap_or_default();
            if let Some(page) = stated.as_object_mut() {
                page.retain(|name, _| ["rows", "current", "total", "more", "cursor"].contains(&name.as_str()));
            }
            if stated != known {
                return Err(format!("{name} is {stated}, but {known} in the client"));
            }
        }
        Ok(())
    }

    /// Creates a client that sends each request once.
    fn client(&self, server: &Server, spending: Spending) -> Result<Zapmail, String> {
        let builder = Zapmail::builder()
            .api_key(KEY)
            .base_url(server.url())
            .rate_limits(RateLimits::unlimited())
            .retry_policy(RetryPolicy::none())
            .transport(self.http.clone());
        let builder = if spending == Spending::Allowed { builder.allow_spending() } else { builder };
        builder.build().map_err(|error| error.to_string())
    }

    fn raw_client(&self, server: &Server) -> Result<Client, String> {
        Client::with_transport(KEY, &server.url(), self.http.clone()).map_err(|error| error.to_string())
    }

    /// The first example of a success response.
    fn success(&self) -> Result<Reply, String> {
        let first = self.expectation.responses().into_iter().next();
        first.ok_or_else(|| "no success response has an example".to_owned())
    }

    fn body(&self) -> Value {
        self.expectation.body_or_null()
    }
}

fn bucket(bucket: Bucket) -> &'static str {
    if bucket == Bucket::DomainAvailability { "domain-availability" } else { "general" }
}

/// The known forms of errors, with the expected kind and a part of the message.
fn error_shapes(operation: &Operation) -> Vec<(Reply, ErrorKind, &'static str)> {
    let ambiguous = |kind| if operation.is_safe_to_retry() { kind } else { ErrorKind::OutcomeUnknown };
    let envelope = |status: u16, message: &str| {
        Reply::json(
            status,
            &json!({"status": status, "message": message, "errorId": "2f6d1b0a-93c4-4e57-8a21-0b9c8d7e6f50"}),
        )
    };
    let inside = |status: u16, message: &str| Reply::json(200, &json!({"status": status, "message": message}));
    let page =
        Reply { status: 502, content_type: "text/html", body: "<html><body><h1>Bad Gateway</h1></body></html>".into() };
    let empty = Reply { status: 503, content_type: "text/plain", body: "".into() };
    let garbled = Reply { status: 400, content_type: "application/json", body: "{\"message\": \"not-a-real".into() };
    vec![
        (envelope(400, "No active base plan"), ErrorKind::Invalid, "No active base plan"),
        (envelope(401, "Unauthorized"), ErrorKind::Unauthorized, "Unauthorized"),
        (envelope(403, "Must be owner"), ErrorKind::Forbidden, "Must be owner"),
        (envelope(404, "Not found"), ErrorKind::NotFound, "Not found"),
        (Reply::json(404, &json!({"error": "Endpoint not found"})), ErrorKind::NotFound, "Endpoint not found"),
        (Reply::json(405, &json!({"error": "Method not allowed"})), ErrorKind::Unexpected, "Method not allowed"),
        (envelope(408, "Request timeout"), ambiguous(ErrorKind::Timeout), "Request timeout"),
        (envelope(409, "Duplicate"), ErrorKind::Conflict, "Duplicate"),
        (envelope(422, "Validation failed"), ErrorKind::Invalid, "Validation failed"),
        (
            Reply::json(422, &json!({"message": ["name is empty", "id is not a UUID"]})),
            ErrorKind::Invalid,
            "name is empty, id is not a UUID",
        ),
        (envelope(429, "Too many requests"), ErrorKind::RateLimited, "Too many requests"),
        (envelope(500, "Internal error"), ambiguous(ErrorKind::Server), "Internal error"),
        (page, ambiguous(ErrorKind::Server), "Bad Gateway"),
        (empty, ambiguous(ErrorKind::Server), "the service returned no error message"),
        (garbled, ErrorKind::Invalid, "the response body is not valid JSON"),
        (inside(404, "Mailbox not found"), ErrorKind::NotFound, "Mailbox not found"),
        (inside(500, "Upstream failed"), ambiguous(ErrorKind::Server), "Upstream failed"),
    ]
}
