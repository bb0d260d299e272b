//! Shapes of responses: the structure of a program's responses without their values, to improve the OpenAPI document.

mod enums;
mod file;
mod kind;
mod location;
mod shape;
#[cfg(test)]
mod tests;
mod vocabulary;
mod walk;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::Utc;
use serde_json::Value;

pub use self::file::Shapes;

use self::file::Response;
use self::location::Location;
use self::walk::Walk;
use crate::observer::{CallEnd, Observer};

/// Maximum number of nodes (properties, list items and map values) in the shapes of all responses together.
const MAX_NODES: usize = 100_000;

/// Records the shapes of responses, so that undocumented structures can be added to the document.
///
/// A recorder is an [`Observer`]. Each response is immediately reduced to its [`Shapes`], whether it belongs to a read
/// or a write, and whether it is a success or an error. After the call, the recorder keeps no value of a response in
/// memory. Clones share the recorded shapes.
///
/// The work is done in the task of the call, and covers only the first 50,000 values of a response. Responses that are
/// not JSON are ignored, and so are those of [`Zapmail::request`](crate::Zapmail::request) with a path that the
/// document does not contain.
///
/// # What is recorded
///
/// For each operation and HTTP status:
///
/// - the types of the values at each location; for text, whether it is a UUID, an instant, a date, an email address, a
///   URL, a number, or anything else, but never its length or a part of it;
/// - the number of objects at each location, and how many of them have each property. Counts above 100 are scaled down
///   to 100, so that a file does not show the size of an account;
/// - the values of enums, only where the document has an enum: its documented values, and new ones that are written in
///   the same style, such as `PAST_DUE`. For any other value, only its occurrence is recorded;
/// - the day (UTC) of the last response.
///
/// # Which names are recorded
///
/// The key of an object is either the name of a property or data, such as the name of a domain. Only its form
/// distinguishes the two, so a name is recorded only if it reveals nothing about an account:
///
/// - it is a property at this location in the document;
/// - it is a property or parameter anywhere in the document, in any case convention; or
/// - it consists of words that occur in such names, or that are common in APIs, without digits.
///
/// The shapes of the properties with all other names are merged into one, without the names. A frequent name is not
/// recorded either: the users of an account, for example, are the same in each response.
///
/// An object that the document describes as a map is recorded as a map: of its keys, only the types are recorded. An
/// object that the document does not describe is also recorded as a map if one of its keys cannot be a name (it is a
/// UUID, a number, an email address or the name of a domain, or it contains digits, dots, whitespace or non-ASCII
/// letters), if it has more than 64 keys, or if no name occurs in more than half of the objects.
///
/// Limitations: a key that consists only of such words, for example a tag that is called `new`, cannot be distinguished
/// from a property, and a text in upper case cannot be distinguished from a new enum value. Read a file before you
/// share it.
///
/// ```no_run
/// use zapmail_sdk_ext::{Paged, ShapeRecorder, Zapmail};
///
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// let recorder = ShapeRecorder::new();
/// let zapmail = Zapmail::from_env()?.with_observer(recorder.clone());
/// zapmail.list_domains().items().collect().await?;
/// std::fs::write("shapes.json", serde_json::to_string_pretty(&recorder.shapes())?)?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Default)]
pub struct ShapeRecorder(Arc<Mutex<Recorded>>);

#[derive(Default)]
struct Recorded {
    responses: BTreeMap<(&'static str, u16), Response>,
    /// Number of nodes in all shapes.
    nodes: usize,
    is_incomplete: bool,
}

impl ShapeRecorder {
    /// Creates an empty recorder.
    ///
    /// ```
    /// use zapmail_sdk_ext::ShapeRecorder;
    ///
    /// assert!(ShapeRecorder::new().shapes().is_empty());
    /// ```
    pub fn new() -> Self {
        Self::default()
    }

    /// Returns the shapes of all responses so far.
    ///
    /// ```
    /// use zapmail_sdk_ext::{ShapeRecorder, Zapmail};
    ///
    /// let recorder = ShapeRecorder::new();
    /// let zapmail = Zapmail::builder().api_key("not-a-real-key").observer(recorder.clone()).build()?;
    /// // ... calls ...
    /// println!("{}", serde_json::to_string_pretty(&recorder.shapes())?);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn shapes(&self) -> Shapes {
        let recorded = self.recorded();
        let responses = recorded.responses.iter().map(|((operation, status), response)| {
            let mut response = response.clone();
            response.normalize(operation, *status);
            (*operation, *status, response)
        });
        Shapes::new(responses, recorded.is_incomplete)
    }

    fn record(&self, operation: &'static str, status: u16, body: &Value) {
        let mut walk = Walk::new();
        let shape = walk.shape(body, &Location::response(operation, status), 0);
        let mut recorded = self.recorded();
        let recorded = &mut *recorded;
        recorded.is_incomplete |= walk.is_truncated();
        // Assumes that each node is new; double counting is corrected below.
        if recorded.nodes + shape.nodes() > MAX_NODES {
            recorded.is_incomplete = true;
            return;
        }
        let known = recorded.responses.entry((operation, status)).or_default();
        let before = known.nodes();
        known.merge(Response::of(shape, Utc::now().date_naive()));
        recorded.nodes = recorded.nodes + known.nodes() - before;
    }

    fn recorded(&self) -> MutexGuard<'_, Recorded> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Observer for ShapeRecorder {
    fn call_ended(&self, end: &CallEnd<'_>) {
        let operation = end.call.operation;
        // The path of an undocumented request can contain data.
        if operation.path.is_empty() {
            return;
        }
        let (Some(status), Some(body)) = (end.status(), end.body()) else { return };
        // The body of an error is a text if it is not JSON.
        if end.error().is_none() || !body.expose().is_string() {
            self.record(operation.id, status, body.expose());
        }
    }
}

/// Prints the ids of the operations, and no part of their responses.
impl fmt::Debug for ShapeRecorder {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let operations: BTreeSet<_> = self.recorded().responses.keys().map(|(operation, _)| *operation).collect();
        formatter.debug_tuple("ShapeRecorder").field(&operations).finish()
    }
}
