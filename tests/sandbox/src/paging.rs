//! Lists in pages.

use serde_json::{Value, json};

use crate::envelope::Refusal;
use crate::request::Query;

/// The rows of a page when the request does not say.
const DEFAULT_LIMIT: usize = 10;

/// The page that a request asks for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Paging {
    page: usize,
    limit: usize,
}

impl Paging {
    pub(crate) fn of(query: &Query) -> Result<Self, Refusal> {
        Self::read(|name| query.get(name).map(str::to_owned))
    }

    /// The same for an operation that reads a body: it may say the page too, but the query wins (platform.md).
    pub(crate) fn of_either(query: &Query, body: &Value) -> Result<Self, Refusal> {
        Self::read(|name| {
            let in_body = || match body.get(name)? {
                Value::String(text) => Some(text.clone()),
                number => Some(number.to_string()),
            };
            query.get(name).map(str::to_owned).or_else(in_body)
        })
    }

    fn read(said: impl Fn(&str) -> Option<String>) -> Result<Self, Refusal> {
        let positive = |name, default| match said(name) {
            None => Ok(default),
            Some(text) => match text.parse::<u32>() {
                Ok(number @ 1..) => Ok(number as usize),
                _ => Err(Refusal::rule("Invalid pagination parameters")),
            },
        };
        Ok(Self { page: positive("page", 1)?, limit: positive("limit", DEFAULT_LIMIT)? })
    }

    /// The rows of the page, and the counters that go beside them. A page beyond the end has none.
    pub(crate) fn cut<T>(self, rows: impl Iterator<Item = T> + Clone) -> Page<T> {
        let total = rows.clone().count();
        let before = (self.page - 1).saturating_mul(self.limit);
        let rows = if before < total { rows.skip(before).take(self.limit).collect() } else { Vec::new() };
        let counters = json!({
            "totalSearchedCount": total,
            "currentPage": self.page,
            // The live service always names a next page, whether there is one or not (platform.md).
            "nextPage": self.page + 1,
            "totalPages": total.div_ceil(self.limit),
        });
        Page { rows, counters }
    }
}

/// One page of a list.
#[derive(Debug)]
pub(crate) struct Page<T> {
    pub(crate) rows: Vec<T>,
    counters: Value,
}

impl<T> Page<T> {
    /// The counters together with what else the answer holds.
    pub(crate) fn data_with(self, name: &str, write: impl FnMut(T) -> Value, more: Value) -> Value {
        let mut data = self.counters;
        if let Value::Object(more) = more {
            for (key, value) in more {
                data[key] = value;
            }
        }
        data[name] = self.rows.into_iter().map(write).collect();
        data
    }

    /// The counters and the rows.
    pub(crate) fn data(self, name: &str, write: impl FnMut(T) -> Value) -> Value {
        self.data_with(name, write, Value::Null)
    }
}
