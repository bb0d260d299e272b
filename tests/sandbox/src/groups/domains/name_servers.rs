//! The name servers that a domain has to point at. Both operations are deprecated, and of their answers nothing is known.

use serde::Deserialize;
use serde_json::json;

use super::{connect, name};
use crate::envelope::{Answer, Success};
use crate::request::Request;
use crate::state::{NAME_SERVERS, State};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct NameServerQuery {
    domain_name: Option<String>,
}

/// The same for every domain, as the operation's page says of the way that replaces it.
pub(super) fn get_name_servers(_: &mut State, request: &Request) -> Answer {
    let NameServerQuery { domain_name } = request.body()?;
    domain_name.map(|domain| name::check(&domain, "domainName")).transpose()?;
    Ok(Success::data("Name servers fetched successfully", json!({"nameServers": NAME_SERVERS})))
}

/// Without a name there is nothing to verify, and nothing is said.
pub(super) fn verify_name_servers(_: &mut State, request: &Request) -> Answer {
    let NameServerQuery { domain_name } = request.body()?;
    let Some(domain) = domain_name else { return Ok(Success::done("Name servers verified")) };
    let domain = name::check(&domain, "domainName")?;
    let verified = connect::points_here(&domain);
    Ok(Success::data("Name servers verified", json!({"domainName": domain, "verified": verified})))
}
