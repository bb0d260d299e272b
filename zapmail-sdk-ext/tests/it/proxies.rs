//! Proxies that refuse requests: errors contain the proxy's response, and never its user and password.

use zapmail_sdk_ext::reqwest::Proxy;
use zapmail_sdk_ext::{ErrorKind, ReqwestTransport, Zapmail};

use crate::clients::{Kind, builder, printed};
use crate::server::{Act, Server};

const USER: &str = "planted-user";
const PASSWORD: &str = "planted-password";
/// `planted-user:planted-password` as the proxy receives it.
const CREDENTIALS: &str = "cGxhbnRlZC11c2VyOnBsYW50ZWQtcGFzc3dvcmQ=";

const PLAIN: &str = "http://127.0.0.1:9/api";
const ENCRYPTED: &str = "https://api.acme-example.com/api";

fn text(status: u16, body: &str) -> Act {
    Act::answer(status, "content-type: text/plain\r\nproxy-authenticate: Basic\r\n", body.as_bytes())
}

/// The proxy, with a user and a password.
fn proxy(server: &Server) -> Proxy {
    let address = server.url().trim_start_matches("http://").trim_end_matches("/api").to_owned();
    Proxy::all(format!("http://{USER}:{PASSWORD}@{address}")).unwrap()
}

/// A client that sends through the proxy.
fn client(base_url: &str, server: &Server) -> Zapmail {
    let proxy = proxy(server);
    builder(base_url).configure_http(|http| http.proxy(proxy)).build().unwrap()
}

fn assert_nothing_secret(text: &str) {
    assert!([USER, PASSWORD, CREDENTIALS].iter().all(|secret| !text.contains(secret)), "{text}");
}

#[tokio::test(start_paused = true)]
async fn printed_client_contains_no_credentials_of_its_proxy() {
    let server = Server::acting(vec![text(407, "")]);
    let zapmail = client(PLAIN, &server);
    let proxy = proxy(&server);
    let transport = ReqwestTransport::configured(|http| http.no_proxy().proxy(proxy)).unwrap();
    let printed = format!("{zapmail:#?} {:#?} {transport:#?}", zapmail.raw());
    assert!(printed.contains("proxies"), "{printed}");
    assert_nothing_secret(&printed);
}

/// The proxy responds instead of the service.
#[tokio::test(start_paused = true)]
async fn response_of_proxy_to_plain_request_is_an_error_without_credentials() {
    let unknown = (ErrorKind::OutcomeUnknown, 1);
    let server = [(ErrorKind::Server, 4), (ErrorKind::Server, 4), unknown, unknown];
    let rows = [
        (text(407, "Proxy Authentication Required"), [(ErrorKind::Unexpected, 1); 4]),
        (text(403, "Blocked by policy"), [(ErrorKind::Forbidden, 1); 4]),
        (text(502, "Bad gateway"), server),
        (text(504, "Upstream timed out"), server),
    ];
    for (act, outcomes) in rows {
        for (kind, (expected, attempts)) in Kind::ALL.into_iter().zip(outcomes) {
            let proxy = Server::acting(vec![act.clone()]);
            let zapmail = client(PLAIN, &proxy);
            let error = kind.call(&zapmail).await.unwrap_err();
            assert_eq!((error.kind(), error.attempts()), (expected, attempts), "{kind:?}: {error}");
            assert_nothing_secret(&printed(&error));
            let requests = proxy.requests();
            assert_eq!(requests.len(), attempts as usize);
            assert!(
                requests.iter().all(|request| request.contains(&format!("proxy-authorization: Basic {CREDENTIALS}")))
            );
        }
    }
}

/// The proxy refuses the tunnel, so that nothing reaches the service.
#[tokio::test(start_paused = true)]
async fn refused_tunnel_is_a_connection_error_that_is_retried_for_every_kind() {
    let rows = [
        (text(407, "Proxy Authentication Required"), "proxy authorization required"),
        (text(403, "Blocked by policy"), "unsuccessful"),
        (text(502, "Bad gateway"), "unsuccessful"),
        (Act::Answer(b"SSH-2.0-OpenSSH_9.6\r\n".to_vec()), "unsuccessful"),
        (Act::Answer(Vec::new()), "unexpected end of file"),
        // On Windows, the text is in the language of the system.
        (Act::Reset, if cfg!(windows) { "os error 10054" } else { "reset" }),
    ];
    for (act, cause) in rows {
        for kind in Kind::ALL {
            let proxy = Server::acting(vec![act.clone()]);
            let zapmail = client(ENCRYPTED, &proxy);
            let error = kind.call(&zapmail).await.unwrap_err();
            assert_eq!((error.kind(), error.attempts()), (ErrorKind::Connection, 4), "{act:?}, {kind:?}: {error}");
            assert!(!error.may_have_been_processed(), "{error}");
            assert!(error.message().contains("api.acme-example.com:443") && error.message().contains(cause), "{error}");
            assert_nothing_secret(&printed(&error));
            let requests = proxy.requests();
            assert!(
                requests.iter().all(|request| request.starts_with("CONNECT api.acme-example.com:443 ")),
                "{requests:?}"
            );
            assert!(requests.iter().all(|request| !request.contains("x-auth-zapmail")), "{requests:?}");
        }
    }
}
