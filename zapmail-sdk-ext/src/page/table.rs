//! The table of paged operations: one line each, with the parameter that asks for the next page.

use futures::future::BoxFuture;
use zapmail_sdk::builder;
use zapmail_sdk::types::EmailsEnvelope;

use super::Paged;
use crate::call::{Call, exchange_detached};
use crate::error::Result;

macro_rules! paged {
    ($($id:ident $builder:ident by $kind:ident;)*) => {
        /// Ids of the operations that page, in alphabetical order.
        ///
        /// ```
        /// assert!(zapmail_sdk_ext::PAGED.contains(&"list_mailboxes"));
        /// ```
        pub const PAGED: &[&str] = &[$(stringify!($id)),*];

        $(impl Paged for builder::$builder<'_> {
            const NUMBERED: bool = paged!(@numbered $kind);

            fn detached(self) -> BoxFuture<'static, Result<Self::Data>> {
                let exchange = exchange_detached(self);
                Box::pin(async { Self::data(&exchange.await?) })
            }

            fn following(self, number: u32, last: Option<&Self::Data>) -> Option<Self> {
                paged!(@$kind self number last)
            }
        })*
    };
    (@numbered page) => { true };
    (@numbered cursor) => { false };
    (@page $request:ident $number:ident $last:ident) => {{
        _ = $last;
        Some($request.page($number))
    }};
    (@cursor $request:ident $number:ident $last:ident) => {{
        _ = $number;
        match $last {
            None => Some($request),
            Some(page) => Some($request.cursor(next_cursor(page)?)),
        }
    }};
}

paged! {
    list_assignable_domains ListAssignableDomains by page;
    list_connected_accounts ListConnectedAccounts by page;
    list_connection_requests ListConnectionRequests by page;
    list_domains ListDomains by page;
    list_emails ListEmails by cursor;
    list_high_reputation_domains ListHighReputationDomains by page;
    list_mailboxes ListMailboxes by page;
    list_placement_orders ListPlacementOrders by page;
    list_prewarmed_domains ListPrewarmedDomains by page;
    list_renewable_domains ListRenewableDomains by page;
    list_workspaces ListWorkspaces by page;
    search_domains SearchDomains by page;
}

/// The cursor of the next page of e-mails. That there is one is documented; where the answer keeps it is not, so both
/// usual names are looked for, and a list without one ends.
fn next_cursor(page: &EmailsEnvelope) -> Option<f64> {
    let pagination = page.pagination.as_ref()?;
    let cursor = ["nextCursor", "cursor"].iter().find_map(|name| pagination.get(*name))?;
    cursor.as_f64().or_else(|| cursor.as_str()?.parse().ok())
}
