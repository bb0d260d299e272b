//! Stored logins of apps.

use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::MANUAL;
use crate::document::enum_values;
use crate::envelope::{HandlerResult, Refusal, Success};
use crate::request::Request;
use crate::state::{ExportAccount, State, WorkspaceKey};

/// The only password that is wrong for every app. The sandbox cannot test a login, so it needs a fixed wrong password.
const WRONG_PASSWORD: &str = "wrong-password";

/// Lists the logins of one app. For an unknown app, the service fails with 500 (export.yaml).
pub(super) fn list_export_accounts(state: &mut State, request: &Request) -> HandlerResult {
    let app = request.query.get("app").ok_or_else(|| Refusal::rule("app is required"))?;
    if app == MANUAL || !enum_values("ExportApp").contains(&app) {
        return Err(Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, "Internal server error"));
    }
    let accounts: Value = state.exports.accounts_of(request.workspace, app).map(row).collect();
    Ok(Success::data("Accounts fetched successfully", json!({"accounts": accounts})))
}

fn row(account: &ExportAccount) -> Value {
    json!({"id": account.id, "appName": account.app, "email": account.email, "error": account.error})
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Login {
    email: String,
    password: String,
    app: String,
    account_id: Option<String>,
}

impl Login {
    fn read(request: &Request) -> Result<Self, Refusal> {
        let login: Self = request.body()?;
        if login.app == MANUAL {
            return Err(Refusal::invalid("app has no accounts"));
        }
        if login.password == WRONG_PASSWORD {
            return Err(Refusal::rule("Invalid credentials, failed to authenticate"));
        }
        Ok(login)
    }
}

/// Stores a login. The service tests it first.
pub(super) fn add_export_account(state: &mut State, request: &Request) -> HandlerResult {
    let Login { email, app, .. } = Login::read(request)?;
    let id = state.id_generator.next_id();
    state.exports.accounts.push(ExportAccount { id, workspace: request.workspace, app, email, error: None });
    Ok(Success::done("Account added successfully"))
}

/// Replaces a login, which clears its error.
pub(super) fn update_export_account(state: &mut State, request: &Request) -> HandlerResult {
    let Login { email, app, account_id, .. } = Login::read(request)?;
    let id = find_account(state, request.workspace, &app, account_id.as_deref())?.id;
    let found = state.exports.accounts.iter_mut().find(|account| account.id == id);
    let account = found.ok_or_else(|| Refusal::not_found("Account"))?;
    (account.email, account.error) = (email, None);
    Ok(Success::done("Account updated successfully"))
}

/// Returns the account of an app. If there are several, the id is required.
pub(super) fn find_account<'a>(
    state: &'a State,
    workspace: WorkspaceKey,
    app: &str,
    id: Option<&str>,
) -> Result<&'a ExportAccount, Refusal> {
    let mut accounts = state.exports.accounts_of(workspace, app);
    if let Some(id) = id {
        let id = Uuid::try_parse(id).ok();
        return accounts.find(|account| Some(account.id) == id).ok_or_else(|| Refusal::not_found("Account"));
    }
    match (accounts.next(), accounts.next()) {
        (Some(account), None) => Ok(account),
        (None, _) => Err(Refusal::not_found("Account")),
        (Some(_), Some(_)) => {
            Err(Refusal::rule(format!("There are several accounts for {app}; specify one of them by its id")))
        }
    }
}

/// Lists the workspaces of an app. Only that the rows are workspaces is known. One workspace per account, with id and
/// name, is assumed.
pub(super) fn list_export_workspaces(state: &mut State, request: &Request) -> HandlerResult {
    let app = request.query.get("app").unwrap_or_default();
    let supported = enum_values("ExportWorkspaceApp");
    if !supported.contains(&app) {
        return Err(Refusal::rule(format!("Invalid app parameter. Supported apps: {}", supported.join(", "))));
    }
    let accounts: Vec<_> = match request.query.get("accountId") {
        Some(id) => vec![find_account(state, request.workspace, app, Some(id))?],
        None => state.exports.accounts_of(request.workspace, app).collect(),
    };
    let accounts = accounts.into_iter().filter(|account| account.error.is_none());
    let row = |account: &ExportAccount| json!({"id": format!("ws_{}", account.id.simple()), "name": account.email});
    Ok(Success::data("Workspaces fetched successfully", accounts.map(row).collect()))
}
