//! Detection of lists that do not advance, and of lists that change during iteration. A list would never end if the
//! service kept returning the same pages or rows.

use std::collections::HashSet;

use zapmail_sdk::{Error, ErrorKind, Page, Result};

/// The maximum number of pages in a row that may repeat earlier pages while rows are added or removed.
const MAX_REPEATED: u32 = 3;

/// The maximum number of empty pages in a row if the service reports that more pages follow.
const MAX_EMPTY: u32 = 3;

/// The number of consecutive pages without a new item after which the list fails.
const MAX_WITHOUT_NEW: u32 = 5;

/// The pages that have arrived.
#[derive(Debug, Default)]
pub(super) struct Progress {
    /// A digest of the rows of each page, in any order.
    pages: HashSet<u128>,
    /// The counters of the pages of this pass.
    counters: Vec<Counters>,
    /// The counters of the pages of the previous pass.
    previous_counters: Vec<Counters>,
    /// Whether the counters of two consecutive pages differed.
    has_changed: bool,
    /// The number of consecutive pages, up to the last one, that repeat earlier pages.
    repeated: u32,
    /// The number of consecutive pages, up to the last one, that are empty.
    empty: u32,
}

/// The counters that a page reports for the whole list. If they differ between pages, rows were added or removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Counters {
    /// The number of pages.
    pub pages: Option<u64>,
    /// The number of rows.
    pub rows: Option<u64>,
}

impl Counters {
    /// Returns whether a counter differs. A counter that is missing on one of the two pages is ignored.
    fn differ(self, other: Self) -> bool {
        let differ = |one: Option<u64>, other: Option<u64>| one.zip(other).is_some_and(|(one, other)| one != other);
        differ(self.pages, other.pages) || differ(self.rows, other.rows)
    }
}

impl Progress {
    /// Returns whether rows were added or removed during this pass, so that others may have moved to a page that was already
    /// read. Counters that differ in the same way in each pass do not count as a change.
    pub fn has_changed(&self) -> bool {
        self.has_changed && self.counters != self.previous_counters
    }

    /// Starts another pass.
    pub fn start_over(&mut self) {
        *self = Self { previous_counters: std::mem::take(&mut self.counters), ..Self::default() };
    }

    /// Returns whether a page, which has this number, is the last one. An empty page is not if the service reports that
    /// more pages follow, unless it follows several other empty pages: that report can be wrong.
    pub fn is_last(&mut self, page: &impl Page, number: u32, is_empty: bool) -> bool {
        self.empty = if is_empty { self.empty + 1 } else { 0 };
        let is_below_total = page.total().map(|total| u64::from(number) < total);
        if page.more() == Some(false) || is_below_total == Some(false) {
            return true;
        }
        let more_follow = page.more().or(is_below_total).is_some() || page.next_cursor().is_some();
        is_empty && (!more_follow || self.empty > MAX_EMPTY)
    }

    /// # Errors
    ///
    /// [`ErrorKind::RepeatedPage`] if the rows of a page were on an earlier page. If the counters differ, rows were
    /// added or removed, and the same rows can correctly be on a later page.
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
        if has_changed && self.repeated <= MAX_REPEATED {
            return Ok(());
        }
        let message = format!("page {number} repeats an earlier page; pagination is not advancing");
        Err(Error::new(ErrorKind::RepeatedPage, message))
    }
}

/// The number of consecutive pages, up to the last one, without a new item.
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
        if self.without < MAX_WITHOUT_NEW {
            return Ok(());
        }
        let message = format!("{MAX_WITHOUT_NEW} pages in a row contain no new item; pagination is not advancing");
        Err(Error::new(ErrorKind::RepeatedPage, message))
    }
}
