//! Redirects: never followed, so that the key is sent only to the configured host.

use zapmail_sdk::ReqwestTransport;
use zapmail_sdk_ext::http::header::LOCATION;
use zapmail_sdk_ext::reqwest::redirect::Policy;
use zapmail_sdk_ext::{Error, ErrorKind, Zapmail};

use crate::clients::{KEY, Kind, builder, client, ok};
use crate::server::{Act, Server};

const STATUSES: [u16; 6] = [300, 301, 302, 303, 307, 308];

/// A server that redirects to another one, which would respond with a success.
struct Redirected {
    server: Server,
    elsewhere: Server,
    status: u16,
}

impl Redirected {
    fn with(status: u16) -> Self {
        let elsewhere = Server::acting(vec![ok()]);
        let location = format!("location: {}/v2/users?key=theirs\r\n", elsewhere.url());
        let server = Server::acting(vec![Act::answer(status, &location, b"")]);
        Self { server, elsewhere, status }
    }

    /// Asserts that exactly one request was sent, to the first server, and that the error reports the redirect.
    fn assert_not_followed(&self, error: &Error, kind: ErrorKind) {
        let Self { server, elsewhere, status } = self;
        assert_eq!(elsewhere.connections(), 0, "{status}: the redirect was followed");
        assert_eq!((error.kind(), error.status(), error.attempts()), (kind, Some(*status), 1), "{error}");
        let text = error.to_string();
        let message = format!(
            "unexpected redirect (HTTP {status}); redirects are not followed, to avoid sending the API key to another host"
        );
        assert!(text.contains(&message) && !text.contains("theirs"), "{text}");
        assert!(error.may_have_been_processed());
        assert!(error.headers()[LOCATION].to_str().unwrap().starts_with(&elsewhere.url()));
        let [request] = server.requests().try_into().expect("one request");
        assert!(request.contains(&format!("x-auth-zapmail: {KEY}\r\n")), "{request}");
    }
}

/// Checks every status and kind of call with a client for this URL.
async fn check(client: impl Fn(&str) -> Zapmail) {
    for status in STATUSES {
        for kind in Kind::ALL {
            let redirected = Redirected::with(status);
            let error = kind.call(&client(&redirected.server.url())).await.unwrap_err();
            // A purchase may have been made.
            let expected = if kind == Kind::Spend { ErrorKind::OutcomeUnknown } else { ErrorKind::Unexpected };
            redirected.assert_not_followed(&error, expected);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn redirect_is_reported_and_not_followed() {
    check(client).await;
}

#[tokio::test(start_paused = true)]
async fn redirect_is_not_followed_by_configured_http_client() {
    check(|url| builder(url).configure_http(|http| http.redirect(Policy::limited(5))).build().unwrap()).await;
}

#[tokio::test(start_paused = true)]
async fn redirect_is_not_followed_by_raw_client() {
    let plain = ReqwestTransport::new().unwrap();
    let configured = ReqwestTransport::configured(|http| http.redirect(Policy::limited(5))).unwrap();
    for transport in [plain, configured] {
        for status in STATUSES {
            let raw = |redirected: &Redirected| {
                zapmail_sdk::Client::with_transport(KEY, &redirected.server.url(), transport.clone()).unwrap()
            };
            let redirected = Redirected::with(status);
            let error = raw(&redirected).get_user().send().await.unwrap_err();
            redirected.assert_not_followed(&error, ErrorKind::Unexpected);

            let redirected = Redirected::with(status);
            let error = raw(&redirected).purchase_addon_mailboxes().quantity(1u32).send().await.unwrap_err();
            redirected.assert_not_followed(&error, ErrorKind::OutcomeUnknown);
            assert_eq!(error.verify_with(), Some("list_mailboxes"));
        }
    }
}
