//! The checks of one operation, against a document.

use serde_json::{Value, json};
use zapmail_sdk::operations::{Operation, find as operation_of};
use zapmail_sdk_ext::{ErrorKind, Quota, Retries, Spending, Zapmail};

use crate::KEY;
use crate::Verdict;
use crate::case::{CallError, Case};
use crate::compare::same;
use crate::expectation::{Expectation, Parameters};
use crate::server::{Reply, Server};

/// Everything that the document says of an operation.
///
/// # Errors
///
/// What the client does otherwise.
pub async fn all(document: &Value, case: &'static Case) -> Verdict {
    let expectation = Expectation::of(document, case.id).ok_or("the document does not have the operation")?;
    let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).no_proxy().build();
    let checks = Checks { expectation, case, http: http.map_err(|error| error.to_string())? };
    checks.requests().await?;
    checks.answers().await?;
    checks.errors().await?;
    checks.spending().await
}

/// One operation, and the connections that its calls share.
struct Checks<'a> {
    expectation: Expectation<'a>,
    case: &'static Case,
    http: reqwest::Client,
}

impl Checks<'_> {
    /// The request that the builder makes is the request that the document describes.
    async fn requests(&self) -> Verdict {
        for set in [Parameters::Required, Parameters::All] {
            let reply = self.expectation.answers().into_iter().next().ok_or("no success answer has an example")?;
            let server = Server::answering(reply).await;
            let zapmail = self.client(&server, Spending::Allowed)?;
            let call = if set == Parameters::All { self.case.everything } else { self.case.required };
            call(&zapmail, self.body()).await.map_err(|error| format!("{set:?}: {error:?}"))?;
            let requests = server.requests();
            let [request] = requests.as_slice() else {
                return Err(format!("{} requests instead of one", requests.len()));
            };
            self.expectation.describes(request, set).map_err(|difference| format!("{set:?}: {difference}"))?;
        }
        Ok(())
    }

    /// Every example of every success answer is decoded, and written back without loss, whole and as data.
    async fn answers(&self) -> Verdict {
        for reply in self.expectation.answers() {
            let server = Server::answering(reply.clone()).await;
            let zapmail = self.client(&server, Spending::Allowed)?;
            let place = |difference| format!("answer {}: {difference}", reply.status);
            let data = (self.case.everything)(&zapmail, self.body()).await;
            let data = data.map_err(|error| place(format!("{error:?}")))?;
            same(&self.expectation.data(&reply), &data).map_err(place)?;
            let whole = (self.case.raw)(&zapmail, self.body()).await.map_err(place)?;
            if reply.content_type == "application/json" {
                let example = serde_json::from_slice(&reply.body).map_err(|error| error.to_string())?;
                same(&example, &whole).map_err(place)?;
            }
        }
        Ok(())
    }

    /// Each error, in every shape that is known, becomes its kind, with the service's message where it has one.
    async fn errors(&self) -> Verdict {
        let operation = operation_of(self.case.id).ok_or("the client does not know the operation")?;
        for (reply, kind, message) in error_shapes(operation) {
            let place = |difference: String| format!("error {} {}: {difference}", reply.status, reply.content_type);
            let server = Server::answering(reply.clone()).await;
            let zapmail = self.client(&server, Spending::Allowed)?;
            match (self.case.required)(&zapmail, self.body()).await {
                Err(CallError::Client(error)) if error.kind() == kind && error.message().contains(message) => {}
                Err(CallError::Client(error)) => {
                    return Err(place(format!("{:?} instead of {kind:?} with `{message}`: {error}", error.kind())));
                }
                other => return Err(place(format!("{other:?}"))),
            }
        }
        Ok(())
    }

    /// An operation that spends, at once or later, is not sent unless that is allowed; any other is.
    async fn spending(&self) -> Verdict {
        let reply = self.expectation.answers().into_iter().next().ok_or("no success answer has an example")?;
        let server = Server::answering(reply).await;
        let zapmail = self.client(&server, Spending::Refused)?;
        let outcome = (self.case.required)(&zapmail, self.body()).await;
        let effect = &self.expectation.operation["x-zapmail-effect"];
        let spends = effect == "spend" || effect == "authorize";
        let refused = matches!(&outcome, Err(CallError::Client(error)) if error.kind() == ErrorKind::Refused);
        match (spends, refused, server.requests().len()) {
            (true, true, 0) | (false, false, 1) => Ok(()),
            (_, _, sent) => Err(format!("spends: {spends}, refused: {refused}, requests: {sent}")),
        }
    }

    /// A client that sends each call once.
    fn client(&self, server: &Server, spending: Spending) -> Result<Zapmail, String> {
        Zapmail::builder()
            .api_key(KEY)
            .base_url(server.base_url())
            .quota(Quota::unlimited())
            .retries(Retries::none())
            .spending(spending)
            .http_client(self.http.clone())
            .build()
            .map_err(|error| error.to_string())
    }

    fn body(&self) -> Value {
        self.expectation.body().cloned().unwrap_or_default()
    }
}

/// The shapes of errors that have been seen, with what they become and a part of their message.
fn error_shapes(operation: &Operation) -> Vec<(Reply, ErrorKind, &'static str)> {
    let harmless = operation.is_safe_to_retry();
    let in_the_dark = |kind| if harmless { kind } else { ErrorKind::OutcomeUnknown };
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
        (envelope(408, "Request timeout"), in_the_dark(ErrorKind::Timeout), "Request timeout"),
        (envelope(409, "Duplicate"), ErrorKind::Conflict, "Duplicate"),
        (envelope(422, "Validation failed"), ErrorKind::Invalid, "Validation failed"),
        (
            Reply::json(422, &json!({"message": ["name is empty", "id is no uuid"]})),
            ErrorKind::Invalid,
            "name is empty, id is no uuid",
        ),
        (envelope(429, "Too many requests"), ErrorKind::RateLimited, "Too many requests"),
        (envelope(500, "Internal error"), in_the_dark(ErrorKind::Server), "Internal error"),
        (page, in_the_dark(ErrorKind::Server), "Bad Gateway"),
        (empty, in_the_dark(ErrorKind::Server), "gave no reason"),
        (garbled, ErrorKind::Invalid, "no JSON that can be read"),
        (inside(404, "Mailbox not found"), ErrorKind::NotFound, "Mailbox not found"),
        (inside(500, "Upstream failed"), in_the_dark(ErrorKind::Server), "Upstream failed"),
    ]
}
