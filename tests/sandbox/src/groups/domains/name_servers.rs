//! The name servers that a connected domain must use. Both operations are deprecated, and their responses are unknown.

use serde::Deserialize;
use serde_json::json;

use super::{connect, name};
use crate::envelope::{HandlerResult, Success};
use crate::request::Request;
use crate::state::{NAME_SERVERS, State};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct NameServerQuery {
    domain_name: Option<String>,
}

/// Returns the same name servers for every domain, as the documentation says about the operation's replacement.
pub(super) fn get_name_servers(_: &mut State, request: &Request) -> HandlerResult {
    let NameServerQuery { domain_name } = request.body()?;
    domain_name.map(|domain| name::check(&domain, "domainName")).transpose()?;
    Ok(Success::data("Name servers fetched successfully", json!({"nameServers": NAME_SERVERS})))
}

/// Verifies the name servers of a domain. Without a name, there is nothing to verify, and the data is null.
pub(super) fn verify_name_servers(_: &mut State, request: &Request) -> HandlerResult {
    let NameServerQuery { domain_name } = request.body()?;
    let Some(domain) = domain_name else { return Ok(Success::done("Name servers verified")) };
    let domain = name::check(&domain, "domainName")?;
    let verified = connect::uses_our_name_servers(&domain);
    Ok(Success::data("Name servers verified", json!({"domainName": domain, "verified": verified})))
}
