//! Domains that are registered elsewhere and are to join the account.

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::name;
use crate::clock::Moment;
use crate::envelope::{Answer, Refusal, Success};
use crate::paging::Paging;
use crate::request::Request;
use crate::shapes::Shapes;
use crate::state::{CONNECTION_STATUSES, Connection, NAME_SERVERS, State};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct DomainNames {
    domain_names: Vec<String>,
}

/// Adds a request for each name that has none yet, and returns the statuses: with 207 while a request is in progress, with
/// 200 once all are final. A name can be missing in the live response; here it is while its request is PENDING.
pub(super) fn connect_domains(state: &mut State, request: &Request) -> Answer {
    let DomainNames { domain_names: sent } = request.body()?;
    let names = names(request)?;
    state.require_plan(request.workspace, request.now)?;
    for name in &names {
        if !state.connections.iter().any(|connection| is_of(connection, request, name)) {
            let connection = Connection {
                id: state.inventor.next_id(),
                name: name.clone(),
                workspace: request.workspace,
                domain_id: state.inventor.next_id(),
                created_at: request.now,
                already_connected: state.find_domain(name).is_some(),
                joined: false,
            };
            state.connections.push(connection);
            state.tell_of_connection(state.connections.len() - 1);
        }
    }
    let connections =
        names.iter().filter_map(|name| state.connections.iter().find(|connection| is_of(connection, request, name)));
    let are_final = connections.clone().all(|connection| connection.is_final(request.now));
    let statuses: Map<String, Value> = sent
        .into_iter()
        .zip(connections.map(|connection| connection.status(request.now)))
        .filter(|(_, status)| *status != "PENDING")
        .map(|(name, status)| (name, status.into()))
        .collect();
    // No page shows the data.
    let data = match state.shapes {
        Shapes::Documented => Value::Null,
        Shapes::Live => json!({"domains": statuses}),
    };
    Ok(match are_final {
        true => Success::data("Domain connection requests completed", data),
        false => Success::in_progress("Domain connection requests are in progress", data),
    })
}

fn names(request: &Request) -> Result<Vec<String>, Refusal> {
    let DomainNames { domain_names } = request.body()?;
    if domain_names.is_empty() {
        return Err(Refusal::invalid("domainNames must not be empty"));
    }
    let names = domain_names.iter().enumerate();
    names.map(|(position, name)| name::check(name, &format!("domainNames.{position}"))).collect()
}

fn is_of(connection: &Connection, request: &Request, name: &str) -> bool {
    connection.workspace == request.workspace && connection.name == name
}

/// Whether a domain that is registered elsewhere points at the service's name servers.
pub(super) fn points_here(name: &str) -> bool {
    !name.contains(Connection::OLD_HOST)
}

/// Those that have ended stay in the list here until they are removed.
pub(super) fn list_connection_requests(state: &mut State, request: &Request) -> Answer {
    let paging = Paging::of(&request.query)?;
    let sought = request.query.get("contains").unwrap_or_default().to_lowercase();
    let status = request.query.get("status");
    status.map_or(Ok(()), check_status)?;
    // No credentials of a DNS provider can be stored here, so none has made a request.
    let by_credentials = request.query.get("cloudflareCredentialsId").is_some();
    let all = state.connections.iter().filter(|connection| connection.workspace == request.workspace);
    let found = all.clone().filter(|connection| {
        !by_credentials
            && connection.name.contains(&sought)
            && status.is_none_or(|status| status == connection.status(request.now))
    });
    let more = json!({"totalCount": all.count()});
    let data = paging.cut(found).data_with("data", |connection| row(state, connection, request.now), more);
    Ok(Success::data("Pending domain connection requests", data))
}

fn check_status(status: &str) -> Result<(), Refusal> {
    if CONNECTION_STATUSES.contains(&status) {
        return Ok(());
    }
    Err(Refusal::invalid(format!("status must be one of {}", CONNECTION_STATUSES.join(", "))))
}

fn row(state: &State, connection: &Connection, now: Moment) -> Value {
    let name_servers = if points_here(&connection.name) { NAME_SERVERS } else { Connection::OTHER_NAME_SERVERS };
    json!({
        "id": connection.id,
        "domainName": connection.name,
        "userId": state.account.id,
        "workspaceId": state.workspace(connection.workspace).id,
        // A DNS provider, as the documentation shows it.
        "serviceProvider": "CLOUDFLARE",
        "dnsManagedBy": "ZAPMAILDNS",
        "status": connection.status(now),
        "metadata": {"currentNameServers": name_servers},
        "nextRetryOn": connection.next_retry_on(now).map(Moment::to_json),
        "createdAt": connection.created_at.to_json(),
        "updatedAt": connection.updated_at(now).to_json(),
        "deletedAt": null,
    })
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RemovalFilters {
    #[serde(default)]
    status: Vec<String>,
    #[serde(default)]
    contains: String,
    cloudflare_credentials_id: Option<String>,
}

/// Removes the requests with the names that fit all filters. A domain that has joined the account stays in it.
pub(super) fn remove_connection_requests(state: &mut State, request: &Request) -> Answer {
    let names = names(request)?;
    let RemovalFilters { status, contains, cloudflare_credentials_id } = request.body()?;
    status.iter().try_for_each(|status| check_status(status))?;
    if let Some(unknown) =
        names.iter().find(|name| !state.connections.iter().any(|connection| is_of(connection, request, name)))
    {
        return Err(Refusal::not_found(&format!("Connection request of {unknown}")));
    }
    let goes = |connection: &Connection| {
        // No request was made with stored credentials, as in the list.
        cloudflare_credentials_id.is_none()
            && names.iter().any(|name| is_of(connection, request, name))
            && connection.name.contains(&contains.to_lowercase())
            && (status.is_empty() || status.iter().any(|status| status == connection.status(request.now)))
    };
    let (gone, stay) = std::mem::take(&mut state.connections).into_iter().partition::<Vec<_>, _>(goes);
    state.connections = stay;
    for connection in gone {
        state.keep_quiet_of_connection(connection.id);
    }
    Ok(Success::done("Domain connection requests removed"))
}
