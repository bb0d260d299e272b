//! Pagination: the traits of pages and of the requests that return them.
//!
//! The implementations are generated from `x-zapmail-page` in the document. Streams of pages are in `zapmail-sdk-ext`.

use std::hash::{DefaultHasher, Hash, Hasher};

use serde::Serialize;

use crate::call::Request;
use crate::number_or_text::NumberOrText;
use crate::raw_json::RawJson;

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
    /// The item type of the list. For `list_mailboxes`, an item is a mailbox, although the service pages by domain.
    type Item: RowId + Send + Unpin;

    /// Returns the number of this page, counted from 1, as reported by the service. It can be wrong.
    fn current(&self) -> Option<u64> {
        None
    }

    /// Returns the number of pages, as reported by the service.
    fn total(&self) -> Option<u64> {
        None
    }

    /// Returns the number of rows on all pages, as reported by the service. The documentation does not specify what is
    /// counted, but a change means that rows were added or removed.
    fn row_count(&self) -> Option<u64> {
        None
    }

    /// Returns whether another page follows, if the service reports it.
    fn more(&self) -> Option<bool> {
        None
    }

    /// Returns the cursor of the next page, if the list uses cursors.
    fn next_cursor(&self) -> Option<f64> {
        None
    }

    /// Returns the identities of the rows by which the service pages, in order.
    fn row_ids(&self) -> Vec<u128>;

    /// Returns the items of the page.
    fn into_items(self) -> Vec<Self::Item>;
}

/// A request for one page of a list, implemented by the builders of paginated operations.
pub trait PageRequest: Request<Data: Page> + Clone + Send + Unpin {
    /// Whether a page can be requested by its number, without fetching the previous page first.
    const NUMBERED: bool;

    /// Returns the request for the page with this number or, if the list uses cursors, for the page at this cursor.
    #[must_use]
    fn at(self, number: u32, cursor: Option<f64>) -> Self;
}

/// The identity of a row, used to detect duplicates.
pub trait RowId {
    /// Returns a digest of the row's id, or of the whole row if it has no id.
    fn row_id(&self) -> u128;
}

impl RowId for RawJson {
    fn row_id(&self) -> u128 {
        digest_of(self)
    }
}

/// Combines two independent 64-bit digests. The probability of a collision among a million rows is 1 in 10^26.
fn digest(value: &impl Hash) -> u128 {
    let half = |salt: u8| {
        let mut hasher = DefaultHasher::new();
        salt.hash(&mut hasher);
        value.hash(&mut hasher);
        u128::from(hasher.finish())
    };
    half(0) << 64 | half(1)
}

/// Returns the digest of a whole row.
fn digest_of(row: &impl Serialize) -> u128 {
    digest(&serde_json::to_string(row).unwrap_or_default())
}

fn row_ids<R: RowId>(rows: &[R]) -> Vec<u128> {
    rows.iter().map(RowId::row_id).collect()
}

fn count(number: &NumberOrText) -> Option<u64> {
    number.as_i64().and_then(|count| u64::try_from(count).ok())
}

/// Returns the next cursor. Its existence is documented, but its name is not, so both common names are tried. If there
/// is none, the list ends.
fn cursor_in(paging: &RawJson) -> Option<f64> {
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
