//! Tags of a workspace for its domains.

use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::select::Selector;
use crate::envelope::{HandlerResult, Refusal, Success};
use crate::request::Request;
use crate::state::{Domain, State, Tag, Workspace};

/// Lists all tags, without pagination.
pub(super) fn list_domain_tags(state: &mut State, request: &Request) -> HandlerResult {
    let tags = state.workspace(request.workspace).tags.iter().map(row).collect();
    Ok(Success::data("Domain tags fetched successfully", tags))
}

fn row(tag: &Tag) -> Value {
    json!({"id": tag.id, "name": tag.name, "tagColor": tag.color})
}

/// Returns the tags of a domain, as in its row.
pub(super) fn of_domain(domain: &Domain, workspace: &Workspace) -> Value {
    workspace.tags.iter().filter(|tag| domain.tags.contains(&tag.id)).map(row).collect()
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct NewTag {
    name: String,
    tag_color: String,
}

/// Creates all tags or none: a single existing name refuses the request. The entries of `domainTagsCreated` are not
/// documented; names are assumed.
pub(super) fn create_domain_tags(state: &mut State, request: &Request) -> HandlerResult {
    let new: Vec<NewTag> = request.body()?;
    for (position, NewTag { name, tag_color }) in new.iter().enumerate() {
        if name.trim().is_empty() {
            return Err(Refusal::invalid(format!("{position}.name must not be empty")));
        }
        let digits = tag_color.strip_prefix('#').unwrap_or_default();
        if digits.len() != 6 || !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
            return Err(Refusal::invalid(format!("{position}.tagColor must be # followed by six hexadecimal digits")));
        }
        let existing = state.workspace(request.workspace).tags.iter().map(|tag| &tag.name);
        if existing.chain(new[..position].iter().map(|tag| &tag.name)).any(|other| other == name) {
            return Err(Refusal::new(StatusCode::CONFLICT, "A tag with this name already exists"));
        }
    }
    let names: Value = new.iter().map(|tag| tag.name.clone()).collect();
    let tags = new.into_iter().map(|NewTag { name, tag_color }| {
        let id = state.id_generator.next_id();
        Tag { id, name, color: tag_color }
    });
    let tags: Vec<_> = tags.collect();
    let ids: Value = tags.iter().map(|tag| tag.id.to_string()).collect();
    state.workspace_mut(request.workspace).tags.extend(tags);
    Ok(Success::data("Domain tags created successfully", json!({"tagIds": ids, "domainTagsCreated": names})))
}

/// Deletes a tag from the workspace and from all its domains.
pub(super) fn delete_domain_tag(state: &mut State, request: &Request) -> HandlerResult {
    let id = find(state, request, &request.property::<String>("tagId")?)?;
    state.workspace_mut(request.workspace).tags.retain(|tag| tag.id != id);
    for key in state.domain_keys_of(request.workspace) {
        state.domain_mut(key).tags.retain(|tag| *tag != id);
    }
    Ok(Success::done("Domain tag deleted successfully"))
}

pub(super) fn assign_domain_tags(state: &mut State, request: &Request) -> HandlerResult {
    change_tags(state, request, |tags, changed| {
        for tag in changed {
            if !tags.contains(tag) {
                tags.push(*tag);
            }
        }
    })?;
    Ok(Success::done("Tags assigned successfully"))
}

pub(super) fn remove_domain_tags(state: &mut State, request: &Request) -> HandlerResult {
    change_tags(state, request, |tags, changed| tags.retain(|tag| !changed.contains(tag)))?;
    Ok(Success::done("Tags removed successfully"))
}

/// Applies `change` to the tags of the selected domains, with the tags from the request.
fn change_tags(state: &mut State, request: &Request, change: fn(&mut Vec<Uuid>, &[Uuid])) -> Result<(), Refusal> {
    let tag_ids: Vec<String> = request.property("tagIds")?;
    let changed = tag_ids.iter().map(|id| find(state, request, id)).collect::<Result<Vec<_>, _>>()?;
    for key in Selector::of(request)?.without_tags().select(state, request)? {
        state.change_domain(key, request.now, |domain| change(&mut domain.tags, &changed));
    }
    Ok(())
}

fn find(state: &State, request: &Request, id: &str) -> Result<Uuid, Refusal> {
    let id = Uuid::try_parse(id).ok();
    let tag = state.workspace(request.workspace).tags.iter().find(|tag| Some(tag.id) == id);
    tag.map(|tag| tag.id).ok_or_else(|| Refusal::not_found("Tag"))
}
