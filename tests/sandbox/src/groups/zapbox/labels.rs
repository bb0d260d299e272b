//! Labels of accounts. No operation lists the labels; `list_emails` filters by a label.

use axum::http::StatusCode;
use serde::Deserialize;

use super::accounts::find;
use super::{check_consent, done};
use crate::envelope::{HandlerResult, Refusal};
use crate::request::Request;
use crate::state::{Label, State};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct NewLabel {
    account: String,
    label_name: String,
    color: String,
}

pub(super) fn create_label(state: &mut State, request: &Request) -> HandlerResult {
    check_consent(state)?;
    let NewLabel { account, label_name: name, color } = request.body()?;
    let account = find(state, request, &account)?;
    check_free(state, &name, |label| label.account == account)?;
    state.zapbox.labels.push(Label { account, name, color });
    Ok(done())
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct LabelName {
    account: String,
    label_name: String,
}

/// Deletes a label. Assumption: its emails stay in their folders.
pub(super) fn delete_label(state: &mut State, request: &Request) -> HandlerResult {
    check_consent(state)?;
    let LabelName { account, label_name: name } = request.body()?;
    let account = find(state, request, &account)?;
    let before = state.zapbox.labels.len();
    state.zapbox.labels.retain(|label| label.account != account || label.name != name);
    if state.zapbox.labels.len() == before {
        return Err(Refusal::not_found("Label"));
    }
    for mail in state.zapbox.mails_mut().filter(|mail| mail.account == account) {
        mail.labels.retain(|label| *label != name);
    }
    Ok(done())
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct LabelRename {
    account: String,
    old_label_name: String,
    new_label_name: String,
    color: String,
}

/// Renames a label, also on its emails.
pub(super) fn rename_label(state: &mut State, request: &Request) -> HandlerResult {
    check_consent(state)?;
    let LabelRename { account, old_label_name: old, new_label_name: new, color } = request.body()?;
    let account = find(state, request, &account)?;
    check_free(state, &new, |label| label.account == account && label.name != old)?;
    let mut labels = state.zapbox.labels.iter_mut();
    let label = labels.find(|label| label.account == account && label.name == old);
    let label = label.ok_or_else(|| Refusal::not_found("Label"))?;
    (label.name, label.color) = (new.clone(), color);
    for mail in state.zapbox.mails_mut().filter(|mail| mail.account == account) {
        for label in mail.labels.iter_mut().filter(|label| **label == old) {
            label.clone_from(&new);
        }
    }
    Ok(done())
}

/// Checks that a name is not empty and not used by another label.
fn check_free(state: &State, name: &str, among: impl Fn(&Label) -> bool) -> Result<(), Refusal> {
    if name.trim().is_empty() {
        return Err(Refusal::rule("The name of a label must not be empty"));
    }
    if state.zapbox.labels.iter().any(|label| among(label) && label.name == name) {
        return Err(Refusal::new(StatusCode::CONFLICT, "A label with this name already exists"));
    }
    Ok(())
}
