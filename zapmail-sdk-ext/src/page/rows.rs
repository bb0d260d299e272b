//! What the answers of paged operations have in common.

use zapmail_sdk::types::{
    ConnectedAccount, ConnectedAccountsEnvelope, Domain, DomainConnectionRequest, DomainConnectionRequestPage,
    DomainPage, EmailsEnvelope, HighReputationDomain, HighReputationDomainPage, Mailbox, MailboxPage,
    PlacementOrderPage, PrewarmedDomain, PrewarmedDomainPage, RenewableDomainPage, Workspace, WorkspaceList,
};
use zapmail_sdk::{Numeric, Untyped};

use super::{Identify, Identity};

/// One page of a list.
///
/// ```no_run
/// use futures::TryStreamExt;
/// use zapmail_sdk_ext::{Page, Zapmail, prelude::*};
///
/// # async fn example(zapmail: Zapmail) -> zapmail_sdk_ext::Result<()> {
/// let mut pages = zapmail.list_domains().pages();
/// while let Some(page) = pages.try_next().await? {
///     println!("page {:?} of {:?}: {} domains", page.current(), page.total(), page.into_items().len());
/// }
/// # Ok(())
/// # }
/// ```
pub trait Page: Send + 'static {
    /// A row that a caller wants.
    type Item: Identify + Send + Unpin;

    /// Number of this page, counted from 1, as the service tells it.
    fn current(&self) -> Option<u64> {
        None
    }

    /// Number of pages, as the service tells it.
    fn total(&self) -> Option<u64> {
        None
    }

    /// Whether there is another page behind this one, where the service says so.
    fn more(&self) -> Option<bool> {
        None
    }

    /// What the rows that the service pages by are, in their order.
    #[doc(hidden)]
    fn rows(&self) -> Vec<Identity>;

    /// The rows that a caller wants.
    fn into_items(self) -> Vec<Self::Item>;
}

fn identities<R: Identify>(rows: &[R]) -> Vec<Identity> {
    rows.iter().map(Identify::identity).collect()
}

fn count(numeric: Option<&Numeric>) -> Option<u64> {
    numeric.and_then(Numeric::as_i64).and_then(|count| u64::try_from(count).ok())
}

/// Implements [`Page`] for the usual form: rows beside `currentPage` and `totalPages`.
macro_rules! counted {
    ($($page:ident { $rows:ident: $item:ty };)*) => {
        $(impl Page for $page {
            type Item = $item;

            fn current(&self) -> Option<u64> {
                count(self.current_page.as_ref())
            }

            fn total(&self) -> Option<u64> {
                count(self.total_pages.as_ref())
            }

            fn rows(&self) -> Vec<Identity> {
                identities(&self.$rows)
            }

            fn into_items(self) -> Vec<$item> {
                self.$rows
            }
        })*
    };
}

/// Implements [`Page`] for rows without counters, which go on until an empty page.
macro_rules! uncounted {
    ($($page:ident { $rows:ident: $item:ty };)*) => {
        $(impl Page for $page {
            type Item = $item;

            fn rows(&self) -> Vec<Identity> {
                identities(&self.$rows)
            }

            fn into_items(self) -> Vec<$item> {
                self.$rows
            }
        })*
    };
}

counted! {
    DomainPage { domains: Domain };
    DomainConnectionRequestPage { data: DomainConnectionRequest };
    PrewarmedDomainPage { domains: PrewarmedDomain };
    RenewableDomainPage { domains: Domain };
}

uncounted! {
    EmailsEnvelope { data: Untyped };
    HighReputationDomainPage { domains: HighReputationDomain };
    PlacementOrderPage { test_groups: Untyped };
}

/// The service pages by domain, people want mailboxes.
impl Page for MailboxPage {
    type Item = Mailbox;

    fn current(&self) -> Option<u64> {
        count(self.current_page.as_ref())
    }

    fn total(&self) -> Option<u64> {
        count(self.total_pages.as_ref())
    }

    fn rows(&self) -> Vec<Identity> {
        identities(&self.domains)
    }

    fn into_items(self) -> Vec<Mailbox> {
        self.domains.into_iter().flat_map(|domain| domain.mailboxes).collect()
    }
}

/// The workspace that the call runs in is not among the rows; as a bare list, all of them are on one page.
impl Page for WorkspaceList {
    type Item = Workspace;

    fn current(&self) -> Option<u64> {
        match self {
            Self::WorkspacePage(page) => count(page.current_page.as_ref()),
            Self::Workspaces(_) => Some(1),
        }
    }

    fn total(&self) -> Option<u64> {
        match self {
            Self::WorkspacePage(page) => count(page.total_pages.as_ref()),
            Self::Workspaces(_) => Some(1),
        }
    }

    fn rows(&self) -> Vec<Identity> {
        match self {
            Self::WorkspacePage(page) => identities(&page.workspaces),
            Self::Workspaces(workspaces) => identities(workspaces),
        }
    }

    fn into_items(self) -> Vec<Workspace> {
        match self {
            Self::WorkspacePage(page) => page.current_workspace.into_iter().chain(page.workspaces).collect(),
            Self::Workspaces(workspaces) => workspaces.0,
        }
    }
}

impl Page for ConnectedAccountsEnvelope {
    type Item = ConnectedAccount;

    fn total(&self) -> Option<u64> {
        count(self.pagination.as_ref()?.total_pages.as_ref())
    }

    fn more(&self) -> Option<bool> {
        self.pagination.as_ref()?.has_next_page
    }

    fn rows(&self) -> Vec<Identity> {
        identities(&self.data)
    }

    fn into_items(self) -> Vec<ConnectedAccount> {
        self.data
    }
}
