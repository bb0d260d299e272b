//! Paging: what the pages of a list have in common, and how another page is requested.
//!
//! The implementations are generated from `x-zapmail-page` of the document. The streams over pages are in
//! `zapmail-sdk-ext`.

use std::hash::{DefaultHasher, Hash, Hasher};

use serde::Serialize;

use crate::call::Request;
use crate::numeric::Numeric;
use crate::untyped::Untyped;

/// One page of a list.
///
/// ```no_run
/// use zapmail_sdk::{Client, Page};
///
/// # async fn example(client: Client) -> zapmail_sdk::Result<()> {
/// let page = client.list_domains().page(1u32).send().await?;
/// println!("page {:?} of {:?}", page.current(), page.total());
/// println!("{} domains", page.into_items().len());
/// # Ok(())
/// # }
/// ```
pub trait Page: Send + 'static {
    /// What a caller wants from the list: for `list_mailboxes` a mailbox, although the service pages by domain.
    type Item: RowId + Send + Unpin;

    /// The number of this page, counted from 1, as the service reports it. It can be wrong.
    fn current(&self) -> Option<u64> {
        None
    }

    /// The number of pages, as the service reports it.
    fn total(&self) -> Option<u64> {
        None
    }

    /// The number of rows on all pages, as the service reports it. What it counts is documented for no list, but if it
    /// changes, rows were added or removed.
    fn row_count(&self) -> Option<u64> {
        None
    }

    /// Whether another page follows, if the service reports it.
    fn more(&self) -> Option<bool> {
        None
    }

    /// The cursor of the next page, if the list pages by cursors.
    fn next_cursor(&self) -> Option<f64> {
        None
    }

    /// The identities of the rows that the service pages by, in their order.
    fn row_ids(&self) -> Vec<u128>;

    /// The items of the page.
    fn into_items(self) -> Vec<Self::Item>;
}

/// A request for one page of a list: the builder of an operation that pages.
pub trait PageRequest: Request<Data: Page> + Clone + Send + Unpin {
    /// Whether a page can be requested by its number, without the page before it.
    const NUMBERED: bool;

    /// The request for another page: the one with this number, or, in a list that pages by cursors, the one at this cursor.
    #[must_use]
    fn at(self, number: u32, cursor: Option<f64>) -> Self;
}

/// The identity of a row, to find duplicates.
pub trait RowId {
    /// A digest of what identifies the row: its id, or the whole row if it has none.
    fn row_id(&self) -> u128;
}

impl RowId for Untyped {
    fn row_id(&self) -> u128 {
        digest_of(self)
    }
}

/// Two independent digests of 64 bits; a chance of 1 in 10^26 that two of a million rows share them.
fn digest(value: &impl Hash) -> u128 {
    let half = |salt: u8| {
        let mut hasher = DefaultHasher::new();
        salt.hash(&mut hasher);
        value.hash(&mut hasher);
        u128::from(hasher.finish())
    };
    half(0) << 64 | half(1)
}

/// The digest of a whole row.
fn digest_of(row: &impl Serialize) -> u128 {
    digest(&serde_json::to_string(row).unwrap_or_default())
}

fn row_ids<R: RowId>(rows: &[R]) -> Vec<u128> {
    rows.iter().map(RowId::row_id).collect()
}

fn count(number: &Numeric) -> Option<u64> {
    number.as_i64().and_then(|count| u64::try_from(count).ok())
}

/// The next cursor. That there is one is documented; its name is not, so both usual names are tried, and a list without
/// one ends.
fn cursor_in(paging: &Untyped) -> Option<f64> {
    let cursor = ["nextCursor", "cursor"].iter().find_map(|name| paging.expose().get(*name))?;
    cursor.as_f64().or_else(|| cursor.as_str()?.trim().parse().ok())
}

pub use generated::PAGED;

#[allow(unused_qualifications)]
mod generated {
    use super::{Page, PageRequest, RowId, count, cursor_in, digest, digest_of, row_ids};
    use crate::{builder, types};

    include!(concat!(env!("OUT_DIR"), "/paging.rs"));
}
