//! The clients of the tests.

use zapmail_contract::KEY;
use zapmail_contract::case::{Case, Outcome};
use zapmail_contract::expectation::Expectation;
use zapmail_sdk::{Client, ReqwestTransport, Transport};
use zapmail_sdk_ext::{RateLimits, Zapmail};

use crate::server::{Act, Server};

/// An HTTP client, which is slow to build: a test builds one for all its calls.
pub fn http() -> ReqwestTransport {
    ReqwestTransport::configured(|builder| builder.no_proxy()).unwrap()
}

/// A client without rate limits that may spend.
pub fn client(url: &str, transport: impl Transport) -> Zapmail {
    let builder = Zapmail::builder().api_key(KEY).base_url(url).rate_limits(RateLimits::unlimited());
    builder.allow_spending().transport(transport).build().unwrap()
}

/// The outcome of a call of the raw client if the service acts like this.
pub async fn raw_outcome(case: &Case, expectation: &Expectation<'_>, http: &ReqwestTransport, act: Act) -> Outcome {
    let server = Server::acting(vec![act]);
    let client = Client::with_transport(KEY, &server.url(), http.clone()).unwrap();
    (case.raw)(&client, expectation.body_or_null()).await
}
