//! Shapes as a value and as a file.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Not;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::place::Place;
use super::shape::{HIGHEST_COUNT, Shape};

/// The shapes of responses, by operation and status, without a value of any response.
///
/// [`ShapeRecorder`](crate::ShapeRecorder) describes what they consist of. They are written and read as JSON, in the same
/// order each time, and made to be read by a person before they are shared:
///
/// ```json
/// {
///   "format": 1,
///   "operations": {
///     "get_wallet_balance": {
///       "200": {
///         "observed": "2026-11-30",
///         "responses": 3,
///         "shape": {
///           "types": "object",
///           "objects": 3,
///           "properties": {
///             "autoRechargeEnabled": {
///               "seen": 3,
///               "types": "boolean"
///             },
///             "walletBalance": {
///               "seen": 2,
///               "types": "integer | null"
///             }
///           }
///         }
///       }
///     }
///   }
/// }
/// ```
///
/// In a shape, `unnamed` stands for all properties whose names are not recorded, `keys` and `values` are those of a map,
/// `items` are those of a list, `words` are those of an enum, and `seen` is the number of the surrounding `objects` that
/// have the property.
///
/// ```
/// use zapmail_sdk_ext::Shapes;
///
/// let mut shapes: Shapes = serde_json::from_str(r#"{"format": 1, "operations": {"get_user": {}}}"#)?;
/// shapes.merge(&serde_json::from_str(r#"{"format": 1, "operations": {"list_domains": {}}}"#)?);
/// assert_eq!(shapes.operations().collect::<Vec<_>>(), ["get_user", "list_domains"]);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shapes {
    format: Format,
    #[serde(default, skip_serializing_if = "Not::not")]
    incomplete: bool,
    operations: BTreeMap<String, BTreeMap<u16, Response>>,
}

impl Shapes {
    pub(super) fn new<'a>(responses: impl Iterator<Item = (&'a str, u16, Response)>, incomplete: bool) -> Self {
        let mut operations: BTreeMap<_, BTreeMap<_, _>> = BTreeMap::new();
        for (operation, status, response) in responses {
            operations.entry(operation.to_owned()).or_default().insert(status, response);
        }
        Self { format: Format, incomplete, operations }
    }

    /// Returns the ids of the operations, in alphabetical order.
    pub fn operations(&self) -> impl Iterator<Item = &str> {
        self.operations.keys().map(String::as_str)
    }

    /// Returns whether it has no operation.
    pub fn is_empty(&self) -> bool {
        self.operations.is_empty()
    }

    /// Returns whether a response was larger, or there were more responses, than a recorder keeps.
    pub fn is_incomplete(&self) -> bool {
        self.incomplete
    }

    /// Adds the responses of others, for example those of an earlier run.
    ///
    /// The order makes no difference. Merging the same shapes twice counts their responses twice, and changes nothing else.
    pub fn merge(&mut self, other: &Self) {
        self.incomplete |= other.incomplete;
        for (operation, responses) in &other.operations {
            let known = self.operations.entry(operation.clone()).or_default();
            for (status, response) in responses {
                let merged = known.entry(*status).or_default();
                merged.absorb(response.clone());
                merged.settle(operation, *status);
            }
        }
    }
}

/// The ids of the operations, and nothing of their responses.
impl fmt::Debug for Shapes {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("Shapes").field(&self.operations().collect::<Vec<_>>()).finish()
    }
}

/// The responses of an operation that have one status.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Response {
    /// The day (UTC) of the last one.
    observed: NaiveDate,
    /// Their number.
    responses: u64,
    shape: Shape,
}

impl Response {
    pub fn of(shape: Shape, observed: NaiveDate) -> Self {
        Self { observed, responses: 1, shape }
    }

    pub fn absorb(&mut self, other: Self) {
        self.observed = self.observed.max(other.observed);
        self.responses = self.responses.saturating_add(other.responses);
        self.shape.absorb(other.shape);
    }

    pub fn places(&self) -> usize {
        self.shape.places()
    }

    /// See [`Shape::settle`].
    pub fn settle(&mut self, operation: &str, status: u16) {
        self.responses = self.responses.min(HIGHEST_COUNT);
        self.shape.settle(&Place::response(operation, status));
    }
}

/// The version of the format.
#[derive(Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "u32", into = "u32")]
struct Format;

const FORMAT: u32 = 1;

impl From<Format> for u32 {
    fn from(_: Format) -> Self {
        FORMAT
    }
}

impl TryFrom<u32> for Format {
    type Error = String;

    fn try_from(format: u32) -> Result<Self, String> {
        if format == FORMAT {
            return Ok(Self);
        }
        Err(format!("format {format} of a shapes file is not supported, only {FORMAT}; use the version that wrote it"))
    }
}
