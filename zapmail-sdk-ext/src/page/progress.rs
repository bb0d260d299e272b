//! Whether a list advances. A service that returns the same pages or rows again and again would never end.

use std::collections::HashSet;

use zapmail_sdk::{Error, ErrorKind, Result};

/// How many pages may repeat earlier ones while rows are added or removed.
const MOST_REPEATED: u32 = 3;

/// How many pages may bring no new item.
const MOST_WITHOUT_NEW: u32 = 5;

/// The pages that have arrived.
#[derive(Debug, Default)]
pub(super) struct Progress {
    /// A digest of the rows of each page, in any order.
    pages: HashSet<u128>,
    /// The number of pages, as the last page reports it.
    total: Option<u64>,
    /// How many of the last pages repeat earlier ones.
    repeated: u32,
}

impl Progress {
    /// # Errors
    ///
    /// [`ErrorKind::RepeatedPage`] if the rows of a page were on an earlier one. If rows were added or removed, the same
    /// ones may rightly be on a later page; the total differs then.
    pub fn check(&mut self, number: u32, rows: &[u128], total: Option<u64>) -> Result<()> {
        let digest = rows.iter().fold(rows.len() as u128, |digest, row| digest.wrapping_add(*row));
        let has_changed = self.total != total;
        self.total = total;
        if rows.is_empty() || self.pages.insert(digest) {
            self.repeated = 0;
            return Ok(());
        }
        self.repeated += 1;
        if has_changed && self.repeated <= MOST_REPEATED {
            return Ok(());
        }
        let message = format!("page {number} repeats an earlier page; pagination is not advancing");
        Err(Error::new(ErrorKind::RepeatedPage, message))
    }
}

/// The pages that have brought no new item.
#[derive(Debug, Default)]
pub(super) struct NewItems {
    without: u32,
}

impl NewItems {
    /// # Errors
    ///
    /// [`ErrorKind::RepeatedPage`] after several pages without a new item.
    pub fn check(&mut self, new: usize) -> Result<()> {
        self.without = if new == 0 { self.without + 1 } else { 0 };
        if self.without < MOST_WITHOUT_NEW {
            return Ok(());
        }
        let message = format!("{MOST_WITHOUT_NEW} pages in a row have no new item; pagination is not advancing");
        Err(Error::new(ErrorKind::RepeatedPage, message))
    }
}
