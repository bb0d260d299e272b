//! Whether a list advances, and whether it changes during iteration. A service that keeps returning the same pages or rows
//! would never end.

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
    /// The counters of the pages of this pass.
    counters: Vec<Counters>,
    /// Those of the pass before.
    before: Vec<Counters>,
    /// Whether the counters of two consecutive pages differed.
    has_changed: bool,
    /// How many of the last pages repeat earlier ones.
    repeated: u32,
}

/// The counters that a page reports for the whole list: if they differ from page to page, rows were added or removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Counters {
    /// The number of pages.
    pub pages: Option<u64>,
    /// The number of rows.
    pub rows: Option<u64>,
}

impl Counters {
    /// A counter that is missing on one of the two pages says nothing.
    fn differ(self, other: Self) -> bool {
        let differ = |one: Option<u64>, other: Option<u64>| one.zip(other).is_some_and(|(one, other)| one != other);
        differ(self.pages, other.pages) || differ(self.rows, other.rows)
    }
}

impl Progress {
    /// Whether rows were added or removed during this pass, so that others may have moved to a page that was already read.
    /// Counters that differ in the same way in each pass are merely odd.
    pub fn has_changed(&self) -> bool {
        self.has_changed && self.counters != self.before
    }

    /// Starts another pass.
    pub fn start_over(&mut self) {
        *self = Self { before: std::mem::take(&mut self.counters), ..Self::default() };
    }

    /// # Errors
    ///
    /// [`ErrorKind::RepeatedPage`] if the rows of a page were on an earlier one. If rows were added or removed, the same
    /// ones may rightly be on a later page; the counters differ then.
    pub fn check(&mut self, number: u32, rows: &[u128], counters: Counters) -> Result<()> {
        let digest = rows.iter().fold(rows.len() as u128, |digest, row| digest.wrapping_add(*row));
        let has_changed = self.counters.last().is_some_and(|last| last.differ(counters));
        self.counters.push(counters);
        self.has_changed |= has_changed;
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
