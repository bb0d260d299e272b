//! Lookups: finding an object by the name that people use for it.
//!
//! The filters of the service match parts of names: `acme.com` also matches `getacme.com`. Lookups compare whole names,
//! which are normalized first: lower case, without surrounding whitespace or a trailing dot, and in ASCII for names in
//! other scripts.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fmt;

use zapmail_sdk::builder::{ListDomains, ListExportAccounts, ListMailboxes, ListWorkspaces};
use zapmail_sdk::types::{Domain, DomainTag, ExportAccount, ExportApp, Mailbox, Workspace};
use zapmail_sdk::{Error, ErrorKind, Request, Result};

use crate::client::Zapmail;
use crate::names;
use crate::newest::Newest;
use crate::page::Paged;
use crate::rows;

/// The number of rows per page.
const PAGE: u32 = 100;

/// # Lookups
impl Zapmail {
    /// Returns the domains with these names, as a map by normalized name (lower case and ASCII); `None` for a name
    /// without a domain. If several domains have the same name, for example an expired one and its successor, returns
    /// the newest.
    ///
    /// Reads the list of domains once, for any number of names.
    ///
    /// ```no_run
    /// # async fn example(zapmail: zapmail_sdk_ext::Zapmail) -> zapmail_sdk_ext::Result<()> {
    /// for (name, domain) in zapmail.domains_by_name(["acme.com", "ACME.net."]).await? {
    ///     println!("{name}: {:?}", domain.map(|domain| domain.id));
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Invalid`] if a name is empty, and any error of a call. Dropping the future loses nothing.
    pub async fn domains_by_name<I>(&self, names: I) -> Result<BTreeMap<String, Option<Domain>>>
    where
        I: IntoIterator<Item: AsRef<str>>,
    {
        let names: Vec<_> = names.into_iter().map(|name| names::domain(name.as_ref())).collect();
        if names.iter().any(String::is_empty) {
            let message = "`names` contains an empty name; use names such as `acme.com`";
            return Err(Error::new(ErrorKind::Invalid, message).with_operation(ListDomains::OPERATION));
        }
        if names.is_empty() {
            return Ok(BTreeMap::new());
        }
        let request = self.list_domains().limit(PAGE);
        let request = match &names[..] {
            // It is unknown in which script the service lists names that are not ASCII.
            [name] if !name.contains("xn--") => request.contains(name),
            _ => request,
        };
        let mut newest = Newest::of(names);
        let mut domains = request.items();
        while let Some(domain) = domains.next().await? {
            let name = names::domain(domain.domain.as_deref().unwrap_or_default());
            newest.note(&name, domain.created_at, Some(domain));
        }
        Ok(newest.into_map())
    }

    /// Returns the mailbox with this address, including its credentials; `None` if there is none. If several mailboxes
    /// have the same address, returns the newest.
    ///
    /// ```no_run
    /// # async fn example(zapmail: zapmail_sdk_ext::Zapmail) -> zapmail_sdk_ext::Result<()> {
    /// if let Some(mailbox) = zapmail.mailbox_by_address("dana.reed@acme.com").await? {
    ///     println!("{}", mailbox.id);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Invalid`] if `address` is not an address, and any error of a call. Dropping the future loses
    /// nothing.
    pub async fn mailbox_by_address(&self, address: &str) -> Result<Option<Mailbox>> {
        let address = names::address(address);
        let Some((username, _)) = address.split_once('@').filter(|_| names::is_address(&address)) else {
            let message = format!("`address` is `{address}`, which is not an address; use one such as `dana@acme.com`");
            return Err(Error::new(ErrorKind::Invalid, message).with_operation(ListMailboxes::OPERATION));
        };
        let mut newest = Newest::of([address.clone()]);
        note_mailboxes(self.list_mailboxes().contains(username), &mut newest, |_| true).await?;
        Ok(newest.into_map().remove(&address).flatten())
    }

    /// Returns the mailboxes with these addresses, including their credentials, as a map by normalized address (lower
    /// case and ASCII domain); `None` for an address without a mailbox. If several mailboxes have the same address,
    /// returns the newest.
    ///
    /// Reads the list of mailboxes once, for any number of addresses.
    ///
    /// ```no_run
    /// # async fn example(zapmail: zapmail_sdk_ext::Zapmail) -> zapmail_sdk_ext::Result<()> {
    /// for (address, mailbox) in zapmail.mailboxes_by_address(["dana.reed@acme.com", "lee.wood@acme.com"]).await? {
    ///     println!("{address}: {:?}", mailbox.map(|mailbox| mailbox.id));
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Invalid`] if a text is not an address, and any error of a call. Dropping the future loses nothing.
    pub async fn mailboxes_by_address<I>(&self, addresses: I) -> Result<BTreeMap<String, Option<Mailbox>>>
    where
        I: IntoIterator<Item: AsRef<str>>,
    {
        let addresses: Vec<_> = addresses.into_iter().map(|address| names::address(address.as_ref())).collect();
        check_addresses(&addresses)?;
        if addresses.is_empty() {
            return Ok(BTreeMap::new());
        }
        let mut newest = Newest::of(addresses);
        note_mailboxes(self.list_mailboxes(), &mut newest, |_| true).await?;
        Ok(newest.into_map())
    }

    /// Returns the tag with this name, in any letter case; `None` if there is none.
    ///
    /// ```no_run
    /// # async fn example(zapmail: zapmail_sdk_ext::Zapmail) -> zapmail_sdk_ext::Result<()> {
    /// let tag = zapmail.tag_by_name("Client North").await?;
    /// println!("{:?}", tag.and_then(|tag| tag.id));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// Any error of a call. Dropping the future loses nothing.
    pub async fn tag_by_name(&self, name: &str) -> Result<Option<DomainTag>> {
        let name = names::label(name);
        let tags = self.list_domain_tags().send().await?;
        Ok(tags.into_iter().find(|tag| tag.name.as_deref().is_some_and(|other| names::label(other) == name)))
    }

    /// Returns the stored account of an app with this email address. Without an address, returns the app's only
    /// account.
    ///
    /// ```no_run
    /// use zapmail_sdk_ext::types::ExportApp;
    ///
    /// # async fn example(zapmail: zapmail_sdk_ext::Zapmail) -> zapmail_sdk_ext::Result<()> {
    /// let account = zapmail.export_account(ExportApp::Smartlead, "ops@acme.com").await?;
    /// println!("{}", account.id);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NotFound`] if no account matches, [`ErrorKind::Conflict`] if several match,
    /// [`ErrorKind::Unauthorized`] if the login of the account has stopped working, and any error of a call. Dropping
    /// the future loses nothing.
    pub async fn export_account<'a>(&self, app: ExportApp, email: impl Into<Option<&'a str>>) -> Result<ExportAccount> {
        let failed = |kind, message| Error::new(kind, message).with_operation(ListExportAccounts::OPERATION);
        let email = email.into().map(names::address);
        let accounts = self.list_export_accounts().app(app.clone()).send().await?.accounts;
        let is_match = |account: &ExportAccount| match &email {
            Some(email) => account.email.as_deref().is_some_and(|other| names::address(other) == *email),
            None => true,
        };
        let mut matching = accounts.into_iter().filter(is_match);
        let Some(account) = matching.next() else {
            let of = email.map(|email| format!(" of {email}")).unwrap_or_default();
            let error = failed(ErrorKind::NotFound, format!("there is no {app} account{of}"));
            return Err(error.with_hint("store it with `add_export_account`"));
        };
        if matching.next().is_some() {
            let error = failed(ErrorKind::Conflict, format!("several {app} accounts match"));
            return Err(error.with_hint("pass the email address of one account, or use its id"));
        }
        if account.error.as_ref().is_some_and(|error| !error.expose().is_null() && error.expose() != "") {
            let owner = account.email.as_deref().unwrap_or("without an address");
            let error =
                failed(ErrorKind::Unauthorized, format!("the login of the {app} account {owner} has stopped working"));
            return Err(error.with_hint("renew it with `update_export_account`"));
        }
        Ok(account)
    }

    /// Returns all workspaces of the account, each with a client.
    ///
    /// ```no_run
    /// # async fn example(zapmail: zapmail_sdk_ext::Zapmail) -> zapmail_sdk_ext::Result<()> {
    /// for workspace in zapmail.workspaces().await? {
    ///     let page = workspace.zapmail.list_mailboxes().limit(1u32).send().await?;
    ///     println!("{:?}: {:?}", workspace.details.name, page.total_assigned_mailboxes);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// Any error of a call. Dropping the future loses nothing.
    pub async fn workspaces(&self) -> Result<Vec<WorkspaceClient>> {
        let workspaces = self.list_workspaces().limit(PAGE).items().collect().await?;
        let client = |details: Workspace| WorkspaceClient { zapmail: self.workspace(&details.id), details };
        Ok(workspaces.into_iter().map(client).collect())
    }

    /// Returns the workspace with this name, and a client for it. Letter case matters only between names that differ in
    /// nothing else.
    ///
    /// ```no_run
    /// # async fn example(zapmail: zapmail_sdk_ext::Zapmail) -> zapmail_sdk_ext::Result<()> {
    /// let north = zapmail.workspace_by_name("Client North").await?.zapmail;
    /// println!("{:?}", north.list_mailboxes().limit(1u32).send().await?.total_assigned_mailboxes);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// - [`ErrorKind::NotFound`] if the account has no workspace with this name.
    /// - [`ErrorKind::Conflict`] if it has several.
    /// - Any error of a call. Dropping the future loses nothing.
    pub async fn workspace_by_name(&self, name: &str) -> Result<WorkspaceClient> {
        let failed = |kind, message| Err(Error::new(kind, message).with_operation(ListWorkspaces::OPERATION));
        let workspaces = self.workspaces().await?;
        let names = workspaces.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        let is_called =
            |row: &WorkspaceClient, is_same: &dyn Fn(&str) -> bool| row.details.name.as_deref().is_some_and(is_same);
        let is_exact = |row: &WorkspaceClient| is_called(row, &|other| other == name);
        let is_similar = |row: &WorkspaceClient| is_called(row, &|other| names::label(other) == names::label(name));
        let mut named: Vec<_> = workspaces.into_iter().filter(is_similar).collect();
        if named.iter().any(is_exact) {
            named.retain(is_exact);
        }
        match (named.pop(), named.is_empty()) {
            (Some(workspace), true) => Ok(workspace),
            (Some(_), false) => {
                failed(ErrorKind::Conflict, format!("several workspaces are called {name}; use the id of one of them"))
            }
            (None, _) => {
                failed(ErrorKind::NotFound, format!("the workspace {name} does not exist; the account has {names}"))
            }
        }
    }
}

/// # Errors
///
/// [`ErrorKind::Invalid`] if a text is not an address.
pub(crate) fn check_addresses(addresses: &[String]) -> Result<()> {
    let Some(address) = addresses.iter().find(|address| !names::is_address(address)) else { return Ok(()) };
    let message = format!("`addresses` contains `{address}`, which is not an address; use one such as `dana@acme.com`");
    Err(Error::new(ErrorKind::Invalid, message).with_operation(ListMailboxes::OPERATION))
}

/// Records the mailboxes of a list by address. A mailbox for which `counts` returns `false` is recorded as `None`.
pub(crate) async fn note_mailboxes(
    list: ListMailboxes,
    newest: &mut Newest<Mailbox>,
    counts: fn(&Mailbox) -> bool,
) -> Result<()> {
    let mut pages = list.limit(PAGE).pages().until_stable();
    while let Some(page) = pages.next().await? {
        for (_, mailbox) in rows::each_mailbox(page) {
            let (address, created_at) = (names::address(&mailbox.address()), mailbox.created_at);
            newest.note(&address, created_at, Some(mailbox).filter(counts));
        }
    }
    Ok(())
}

/// A workspace and a client for it; see [`Zapmail::workspaces`].
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct WorkspaceClient {
    /// The workspace, as listed by the service.
    pub details: Workspace,
    /// A client whose calls run in the workspace.
    pub zapmail: Zapmail,
}

impl fmt::Display for WorkspaceClient {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.details.name {
            Some(name) => formatter.write_str(name),
            None => write!(formatter, "{}", self.details.id),
        }
    }
}
