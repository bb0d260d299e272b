//! Changes to mailboxes. The live service applies them in the background, the sandbox immediately.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::username;
use crate::envelope::{HandlerResult, Refusal, Success};
use crate::request::Request;
use crate::state::{Domain, DomainKey, State};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Updates {
    mailbox_data: Vec<Update>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Update {
    mailbox_id: Option<String>,
    domain_id: Option<String>,
    user_id: Option<String>,
    first_name: Option<String>,
    last_name: Option<String>,
    username: Option<String>,
    profile_picture: Option<String>,
    #[serde(default)]
    remove_profile_picture: bool,
}

pub(super) fn update_mailboxes(state: &mut State, request: &Request) -> HandlerResult {
    let Updates { mailbox_data } = request.body()?;
    for (position, update) in mailbox_data.iter().enumerate() {
        update.check(position)?;
    }
    let results: Vec<_> = mailbox_data.iter().flat_map(|update| update.apply(state, request)).collect();
    Ok(Success::data("User details changes are in progress", results.into()))
}

impl Update {
    /// Checks for the mistakes that make the service refuse the whole request.
    fn check(&self, position: usize) -> Result<(), Refusal> {
        if self.mailbox_id.is_none() && self.domain_id.is_none() && self.user_id.is_none() {
            let message = format!("mailboxData.{position} must have mailboxId, domainId or userId");
            return Err(Refusal::invalid(message));
        }
        let link = self.picture().unwrap_or("https://");
        if !link.starts_with("https://") && !link.starts_with("http://") {
            return Err(Refusal::invalid(format!("mailboxData.{position}.profilePicture is not a valid URL")));
        }
        self.username.as_deref().map_or(Ok(()), username::check)
    }

    /// Returns the new picture; `None` for an empty string, which keeps the current picture.
    fn picture(&self) -> Option<&str> {
        self.profile_picture.as_deref().filter(|link| !link.is_empty())
    }

    /// Applies the update and returns one result per mailbox, with its failures.
    fn apply(&self, state: &mut State, request: &Request) -> Vec<Value> {
        match self.select(state, request) {
            Ok((key, ids)) => ids.into_iter().map(|id| self.change(state.domain_mut(key), id)).collect(),
            Err(refusal) => {
                let mut result = result("", &[refusal.message()]);
                if let Some(id) = &self.mailbox_id {
                    result["mailboxId"] = id.as_str().into();
                }
                vec![result]
            }
        }
    }

    /// Returns the selected mailboxes. What `userId` refers to is not documented, so it selects nothing.
    fn select(&self, state: &State, request: &Request) -> Result<(DomainKey, Vec<Uuid>), Refusal> {
        if let Some(id) = &self.mailbox_id {
            let (domain, id) = state.locate_mailbox(request.workspace, id)?;
            return Ok((domain, vec![id]));
        }
        let Some(id) = &self.domain_id else { return Err(Refusal::not_found("User")) };
        let key = state.domain_by_id(request.workspace, id)?;
        Ok((key, state.domain(key).mailboxes.iter().map(|mailbox| mailbox.id).collect()))
    }

    fn change(&self, domain: &mut Domain, id: Uuid) -> Value {
        let taken = |username: &str| domain.mailboxes.iter().any(|other| other.id != id && other.username == username);
        let failures: &[&str] = match &self.username {
            Some(username) if taken(username) => &["A mailbox with this username already exists on the domain"],
            _ => &[],
        };
        let mut profile_url = String::new();
        if let Some(mailbox) = domain.mailboxes.iter_mut().find(|mailbox| mailbox.id == id && failures.is_empty()) {
            for (field, new) in [
                (&mut mailbox.first_name, &self.first_name),
                (&mut mailbox.last_name, &self.last_name),
                (&mut mailbox.username, &self.username),
            ] {
                if let Some(new) = new {
                    *field = Cow::Owned(new.clone());
                }
            }
            if self.remove_profile_picture {
                mailbox.picture = None;
            } else if self.picture().is_some() {
                // The service stores its own copy of the picture.
                mailbox.picture = Some(format!("https://pictures.example.com/{id}"));
            }
            profile_url = mailbox.picture.clone().unwrap_or_default();
        }
        let mut result = result(&profile_url, failures);
        result["mailboxId"] = json!(id);
        result
    }
}

fn result(profile_url: &str, failures: &[&str]) -> Value {
    json!({"profileUrl": profile_url, "failureDetails": failures})
}
