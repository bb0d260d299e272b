//! Requests to connect domains that are registered elsewhere.

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::name;
use crate::clock::Timestamp;
use crate::envelope::{HandlerResult, Refusal, Success};
use crate::paging::Paging;
use crate::request::Request;
use crate::shapes::Shapes;
use crate::state::{Connection, NAME_SERVERS, State};

/// Creates a request for each name without one, and returns the statuses: with 207 while a request is in progress, with
/// 200 once all are final. In the live response, names can be missing. Here, a name is missing while its request is
/// `PENDING`.
pub(super) fn connect_domains(state: &mut State, request: &Request) -> HandlerResult {
    let names_as_sent: Vec<String> = request.property("domainNames")?;
    let names = name::check_all(&names_as_sent)?;
    state.require_plan(request.workspace, request.now)?;
    for name in &names {
        if !state.connections.iter().any(|connection| is_for(connection, request, name)) {
            let connection = Connection {
                id: state.id_generator.next_id(),
                name: name.clone(),
                workspace: request.workspace,
                domain_id: state.id_generator.next_id(),
                created_at: request.now,
                already_connected: state.find_domain(name).is_some(),
                joined: false,
            };
            state.connections.push(connection);
            state.schedule_connection_events(state.connections.len() - 1);
        }
    }
    let connections =
        names.iter().filter_map(|name| state.connections.iter().find(|connection| is_for(connection, request, name)));
    let are_final = connections.clone().all(|connection| connection.is_final(request.now));
    let statuses: Map<String, Value> = names_as_sent
        .into_iter()
        .zip(connections.map(|connection| connection.status(request.now)))
        .filter(|(_, status)| *status != "PENDING")
        .map(|(name, status)| (name, status.into()))
        .collect();
    // The documentation does not show the data.
    let data = match state.shapes {
        Shapes::Documented => Value::Null,
        Shapes::Live => json!({"domains": statuses}),
    };
    Ok(match are_final {
        true => Success::data("Domain connection requests completed", data),
        false => Success::in_progress("Domain connection requests are in progress", data),
    })
}

fn is_for(connection: &Connection, request: &Request, name: &str) -> bool {
    connection.workspace == request.workspace && connection.name == name
}

/// Lists the connection requests. In the sandbox, requests with a final status stay in the list until they are removed.
pub(super) fn list_connection_requests(state: &mut State, request: &Request) -> HandlerResult {
    let paging = Paging::of(&request.query)?;
    let term = request.query.get("contains").unwrap_or_default().to_lowercase();
    let status = request.query.get("status");
    // The sandbox cannot store credentials of a DNS provider, so no request belongs to any.
    let by_credentials = request.query.get("cloudflareCredentialsId").is_some();
    let all = state.connections.iter().filter(|connection| connection.workspace == request.workspace);
    let found = all.clone().filter(|connection| {
        !by_credentials
            && connection.name.contains(&term)
            && status.is_none_or(|status| status == connection.status(request.now))
    });
    let more = json!({"totalCount": all.count()});
    let data = paging.paginate(found).data_with("data", |connection| row(state, connection, request.now), more);
    Ok(Success::data("Pending domain connection requests", data))
}

fn row(state: &State, connection: &Connection, now: Timestamp) -> Value {
    let uses_old_host = connection.name.contains(Connection::OLD_HOST);
    let name_servers = if uses_old_host { Connection::OTHER_NAME_SERVERS } else { NAME_SERVERS };
    json!({
        "id": connection.id,
        "domainName": connection.name,
        "userId": state.account.id,
        "workspaceId": state.workspace(connection.workspace).id,
        // A DNS provider, as in the documentation's example.
        "serviceProvider": "CLOUDFLARE",
        "dnsManagedBy": "ZAPMAILDNS",
        "status": connection.status(now),
        "metadata": {"currentNameServers": name_servers},
        "nextRetryOn": connection.next_retry_on(now).map(Timestamp::to_json),
        "createdAt": connection.created_at.to_json(),
        "updatedAt": connection.updated_at(now).to_json(),
        "deletedAt": null,
    })
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Removal {
    domain_names: Vec<String>,
    #[serde(default)]
    status: Vec<String>,
    #[serde(default)]
    contains: String,
    cloudflare_credentials_id: Option<String>,
}

/// Removes the requests with these names that match all filters. A domain that has already been connected stays in the
/// account.
pub(super) fn remove_connection_requests(state: &mut State, request: &Request) -> HandlerResult {
    let Removal { domain_names, status, contains, cloudflare_credentials_id } = request.body()?;
    let names = name::check_all(&domain_names)?;
    if let Some(unknown) =
        names.iter().find(|name| !state.connections.iter().any(|connection| is_for(connection, request, name)))
    {
        return Err(Refusal::not_found(&format!("Connection request for {unknown}")));
    }
    let is_removed = |connection: &Connection| {
        // As in the list, no request belongs to stored credentials.
        cloudflare_credentials_id.is_none()
            && names.iter().any(|name| is_for(connection, request, name))
            && connection.name.contains(&contains.to_lowercase())
            && (status.is_empty() || status.iter().any(|status| status == connection.status(request.now)))
    };
    let (removed, kept) = std::mem::take(&mut state.connections).into_iter().partition::<Vec<_>, _>(is_removed);
    state.connections = kept;
    for connection in removed {
        state.cancel_connection_events(connection.id);
    }
    Ok(Success::done("Domain connection requests removed"))
}
