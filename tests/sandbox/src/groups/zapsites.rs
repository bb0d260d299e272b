//! Zapsites. Little is known about the responses: here, they contain the fields from the requests and a status.

use std::net::IpAddr;

use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::Table;
use crate::envelope::{HandlerResult, Refusal, Success};
use crate::request::Request;
use crate::state::{Deployment, State, ZapSite};

pub(super) const HANDLERS: Table = &[
    ("scan_zap_site", scan_zap_site),
    ("create_zap_site", create_zap_site),
    ("get_zap_site", get_zap_site),
    ("update_zap_site", update_zap_site),
    ("regenerate_zap_site", regenerate_zap_site),
    ("deploy_zap_site", deploy_zap_site),
];

/// The maximum number of sites per account (zapsites.yaml).
const MAX_SITES: usize = 50;

#[derive(Deserialize)]
struct Scan {
    url: String,
}

/// Scans a site without visiting it: all results are alike except for the title. The names of the fields are assumed.
fn scan_zap_site(_: &mut State, request: &Request) -> HandlerResult {
    let Scan { url } = request.body()?;
    let host = public_host(&url).ok_or_else(|| Refusal::rule("url is not a public web address"))?;
    let data = json!({
        "title": host,
        "headings": ["Welcome"],
        "buttons": ["Contact us"],
        "colors": ["#1a73e8"],
        "logo": null,
        "fonts": ["Arial"],
        "textExcerpt": "An invented text.",
        "suggestedAudiences": ["Shop owners"],
        "suggestedCtaLabel": "Book a call",
    });
    Ok(Success::data("Site scanned successfully", data))
}

/// Returns the host of a URL; `None` if the URL itself shows that the host is in a private or reserved network.
fn public_host(url: &str) -> Option<String> {
    let url = reqwest::Url::parse(url).ok().filter(|url| matches!(url.scheme(), "http" | "https"))?;
    let host = url.host_str()?;
    let private = match host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>() {
        Ok(IpAddr::V4(v4)) => v4.is_private() || v4.is_loopback() || v4.is_link_local() || v4.is_unspecified(),
        Ok(IpAddr::V6(v6)) => v6.is_loopback() || v6.is_unspecified() || v6.is_unique_local(),
        Err(_) => host == "localhost" || host.ends_with(".local") || !host.contains('.'),
    };
    (!private).then(|| host.to_owned())
}

fn create_zap_site(state: &mut State, request: &Request) -> HandlerResult {
    let parts: Map<String, Value> = request.body()?;
    let url = parts.get("destination_url").and_then(Value::as_str).unwrap_or_default();
    public_host(url).ok_or_else(|| Refusal::invalid("destination_url is not a public web address"))?;
    if state.zap_sites.len() >= MAX_SITES {
        return Err(Refusal::new(StatusCode::CONFLICT, format!("An account can have a max of {MAX_SITES} sites")));
    }
    let site = ZapSite {
        id: format!("site_{}", state.zap_sites.len() + 1),
        workspace: request.workspace,
        parts,
        created_at: request.now,
        written_from: request.now,
        deployment: None,
    };
    let data = row(&site, request);
    state.zap_sites.push(site);
    Ok(Success::data("Zap site created successfully", data))
}

fn row(site: &ZapSite, request: &Request) -> Value {
    let mut row = Value::Object(site.parts.clone());
    row["id"] = site.id.as_str().into();
    row["status"] = site.status(request.now).into();
    row["created_at"] = site.created_at.to_json();
    row["domainIds"] = site.deployment.as_ref().map_or_else(|| json!([]), |deployment| json!(deployment.domains));
    row
}

fn find<'a>(state: &'a mut State, request: &Request) -> Result<&'a mut ZapSite, Refusal> {
    let mut sites = state.zap_sites.iter_mut();
    let found = sites.find(|site| site.id == request.path_id && site.workspace == request.workspace);
    found.ok_or_else(|| Refusal::not_found("Zap site"))
}

fn get_zap_site(state: &mut State, request: &Request) -> HandlerResult {
    Ok(Success::data("Zap site fetched successfully", row(find(state, request)?, request)))
}

fn update_zap_site(state: &mut State, request: &Request) -> HandlerResult {
    let update: Map<String, Value> = request.body()?;
    let site = find(state, request)?;
    for part in ["name", "notify_email", "form_fields"] {
        if let Some(value) = update.get(part) {
            site.parts.insert(part.to_owned(), value.clone());
        }
    }
    Ok(Success::data("Zap site updated successfully", row(site, request)))
}

/// Restarts the generation of the text. No response shows the notes.
fn regenerate_zap_site(state: &mut State, request: &Request) -> HandlerResult {
    let site = find(state, request)?;
    site.written_from = request.now;
    Ok(Success::data("Zap site regeneration started", row(site, request)))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Publication {
    domain_ids: Vec<String>,
    indexing: bool,
    tracking: bool,
    #[serde(rename = "form_enabled")]
    form_enabled: bool,
}

fn deploy_zap_site(state: &mut State, request: &Request) -> HandlerResult {
    let Publication { domain_ids, indexing, tracking, form_enabled } = request.body()?;
    if find(state, request)?.status(request.now) == "GENERATING" {
        return Err(Refusal::rule("The site is not ready yet"));
    }
    if domain_ids.is_empty() {
        return Err(Refusal::invalid("domainIds must contain at least one domain"));
    }
    let mut domains = Vec::new();
    for id in &domain_ids {
        let domain = state.domain(state.domain_by_id(request.workspace, id)?);
        if !domain.is_active(request.now) {
            return Err(Refusal::rule(format!("{} is not ACTIVE", domain.name)));
        }
        domains.push(domain.id);
    }
    let site = find(state, request)?;
    for (name, value) in [("indexing", indexing), ("tracking", tracking), ("form_enabled", form_enabled)] {
        site.parts.insert(name.to_owned(), value.into());
    }
    site.deployment = Some(Deployment { domains, since: request.now });
    Ok(Success::data("Zap site deployment started", row(site, request)))
}
