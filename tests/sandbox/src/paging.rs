//! Pagination of lists.

use serde_json::{Value, json};

use crate::envelope::Refusal;
use crate::request::Query;

/// The default number of rows per page.
const DEFAULT_LIMIT: usize = 10;

/// The page that a request selects.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Paging {
    page: usize,
    limit: usize,
}

impl Paging {
    pub(crate) fn of(query: &Query) -> Result<Self, Refusal> {
        Self::read(|name| query.get(name).map(str::to_owned))
    }

    /// Reads the page of an operation with a body, which may also select the page. The query takes precedence
    /// (platform.md).
    pub(crate) fn of_either(query: &Query, body: &Value) -> Result<Self, Refusal> {
        Self::read(|name| {
            let from_body = || match body.get(name)? {
                Value::String(text) => Some(text.clone()),
                number => Some(number.to_string()),
            };
            query.get(name).map(str::to_owned).or_else(from_body)
        })
    }

    fn read(value: impl Fn(&str) -> Option<String>) -> Result<Self, Refusal> {
        let positive = |name, default| match value(name) {
            None => Ok(default),
            Some(text) => match text.parse::<u32>() {
                Ok(number @ 1..) => Ok(number as usize),
                _ => Err(Refusal::paging()),
            },
        };
        Ok(Self { page: positive("page", 1)?, limit: positive("limit", DEFAULT_LIMIT)? })
    }

    /// Returns the rows of the page, and its counters. A page beyond the end has no rows.
    pub(crate) fn paginate<T>(self, rows: impl Iterator<Item = T> + Clone) -> Page<T> {
        let total = rows.clone().count();
        let offset = (self.page - 1).saturating_mul(self.limit);
        let rows = if offset < total { rows.skip(offset).take(self.limit).collect() } else { Vec::new() };
        let counters = json!({
            "totalSearchedCount": total,
            "currentPage": self.page,
            // The live service always returns a next page, even after the last one (platform.md).
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
    /// Returns the counters, the rows under `name`, and the other fields of the response.
    pub(crate) fn data_with(self, name: &str, write: impl FnMut(T) -> Value, other_fields: Value) -> Value {
        let mut data = self.counters;
        if let Value::Object(other_fields) = other_fields {
            for (key, value) in other_fields {
                data[key] = value;
            }
        }
        data[name] = self.rows.into_iter().map(write).collect();
        data
    }

    /// Returns the counters, and the rows under `name`.
    pub(crate) fn data(self, name: &str, write: impl FnMut(T) -> Value) -> Value {
        self.data_with(name, write, Value::Null)
    }
}
