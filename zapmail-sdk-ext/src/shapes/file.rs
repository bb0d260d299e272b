//! The shapes of responses as a value, and their file format.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Not;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::location::Location;
use super::shape::{MAX_COUNT, Shape};

/// The shapes of responses, by operation and status, without a value of any response.
///
/// [`ShapeRecorder`](crate::ShapeRecorder) describes their content. They are serialized as JSON, always in the same
/// order, in a form that a person can read before sharing them:
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
/// In a shape, `unnamed` combines all properties whose names are not recorded, `keys` and `values` describe a map,
/// `items` describes the items of a list, `words` contains the values of an enum, and `seen` is the number of the
/// enclosing `objects` that have the property.
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

    /// Returns whether there are no operations.
    pub fn is_empty(&self) -> bool {
        self.operations.is_empty()
    }

    /// Returns whether responses were omitted or truncated because they exceeded the limits of a recorder.
    pub fn is_incomplete(&self) -> bool {
        self.incomplete
    }

    /// Adds the responses of other shapes, for example those of an earlier run.
    ///
    /// The order of merging does not matter. Merging the same shapes twice counts their responses twice, and changes
    /// nothing else.
    pub fn merge(&mut self, other: &Self) {
        self.incomplete |= other.incomplete;
        for (operation, responses) in &other.operations {
            let known = self.operations.entry(operation.clone()).or_default();
            for (status, response) in responses {
                let merged = known.entry(*status).or_default();
                merged.merge(response.clone());
                merged.normalize(operation, *status);
            }
        }
    }
}

/// Prints the ids of the operations, and no part of their responses.
impl fmt::Debug for Shapes {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("Shapes").field(&self.operations().collect::<Vec<_>>()).finish()
    }
}

/// The responses of an operation with the same status.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Response {
    /// The day (UTC) of the last response.
    observed: NaiveDate,
    /// The number of responses.
    responses: u64,
    shape: Shape,
}

impl Response {
    pub fn of(shape: Shape, observed: NaiveDate) -> Self {
        Self { observed, responses: 1, shape }
    }

    pub fn merge(&mut self, other: Self) {
        self.observed = self.observed.max(other.observed);
        self.responses = self.responses.saturating_add(other.responses);
        self.shape.merge(other.shape);
    }

    pub fn nodes(&self) -> usize {
        self.shape.nodes()
    }

    /// See [`Shape::normalize`].
    pub fn normalize(&mut self, operation: &str, status: u16) {
        self.responses = self.responses.min(MAX_COUNT);
        self.shape.normalize(&Location::response(operation, status));
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
        Err(format!(
            "format {format} of a shapes file is not supported, only {FORMAT}; use the version of the SDK that wrote it"
        ))
    }
}
