//! Shapes of responses: what the document can learn from a program's calls, without a value of any response.

mod enums;
mod file;
mod kind;
mod place;
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
use self::place::Place;
use self::walk::Walk;
use crate::observer::{CallEnd, Observer};

/// The most places that are kept: properties, items and values of maps, of all responses together.
const MOST_PLACES: usize = 100_000;

/// Records the shapes of responses, so that the document can describe what nobody has documented.
///
/// A recorder is an [`Observer`]. Each response, of reads and writes, of successes and errors, is reduced to its [`Shapes`]
/// at once, so the recorder never has a value of a response in memory after the call. Clones share what is recorded.
///
/// The work is done in the task of the call, and only the first 50,000 values of a response are looked at. Responses that the
/// document does not describe at all, those of [`Zapmail::request`](crate::Zapmail::request) with another path, are ignored,
/// and so is what is not JSON.
///
/// # What is recorded
///
/// For each operation and HTTP status:
///
/// - the kinds of values at each place; for text, whether it is a UUID, an instant, a date, an address, a URL, a number, or
///   anything else, but never its length or a part of it;
/// - the number of objects at a place, and how many of them have each property. Counts above 100 are scaled down to 100, so
///   that a file does not show the size of an account;
/// - the words of an enum, only where the document has an enum: its words, and new ones that are written in the style of
///   its words, such as `PAST_DUE`. Anything else is recorded as "another word";
/// - the day (UTC) of the last response.
///
/// # Which names are recorded
///
/// The key of an object is the name of a property, or it is data, such as the name of a domain. Only its look distinguishes
/// them, so a name is recorded only if it says nothing about an account:
///
/// - it is a property at this place in the document;
/// - it is a property or parameter anywhere in the document, in any case convention; or
/// - it consists of words that occur in such names, or that are common in APIs, without digits.
///
/// The shapes behind all other names are merged into one, without the names. How often a name was seen makes no difference:
/// the users of an account are the same in each response.
///
/// An object is recorded as a map, of which only the kinds of keys remain, where the document describes a map. Where the
/// document does not describe the object, it is a map if one of its keys cannot be a name (it is a UUID, a number, an
/// address or the name of a domain, or it has digits, dots, blanks or letters that are not ASCII), if it has more than 64
/// keys, or if no name is in more than half of the objects.
///
/// What remains: a key that consists only of such words, for example a tag that is called `new`, cannot be distinguished
/// from a property, nor any text in capitals from a new word of an enum. Read a file before you share it.
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
    /// Places of all shapes.
    places: usize,
    is_incomplete: bool,
}

impl ShapeRecorder {
    /// Creates a recorder that has recorded nothing.
    ///
    /// ```
    /// use zapmail_sdk_ext::ShapeRecorder;
    ///
    /// assert!(ShapeRecorder::new().shapes().is_empty());
    /// ```
    pub fn new() -> Self {
        Self::default()
    }

    /// Returns the shapes of all responses until now.
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
            response.settle(operation, *status);
            (*operation, *status, response)
        });
        Shapes::new(responses, recorded.is_incomplete)
    }

    fn record(&self, operation: &'static str, status: u16, body: &Value) {
        let mut walk = Walk::new();
        let shape = walk.shape(body, &Place::response(operation, status), 0);
        let mut recorded = self.recorded();
        let recorded = &mut *recorded;
        recorded.is_incomplete |= walk.is_cut();
        // Assumes that each place is new; what is counted twice is corrected below.
        if recorded.places + shape.places() > MOST_PLACES {
            recorded.is_incomplete = true;
            return;
        }
        let known = recorded.responses.entry((operation, status)).or_default();
        let before = known.places();
        known.absorb(Response::of(shape, Utc::now().date_naive()));
        recorded.places = recorded.places + known.places() - before;
    }

    fn recorded(&self) -> MutexGuard<'_, Recorded> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Observer for ShapeRecorder {
    fn call_ended(&self, end: &CallEnd<'_>) {
        let operation = end.call.operation;
        // The path of any other request can be data.
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

/// The ids of the operations, and nothing of their responses.
impl fmt::Debug for ShapeRecorder {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let operations: BTreeSet<_> = self.recorded().responses.keys().map(|(operation, _)| *operation).collect();
        formatter.debug_tuple("ShapeRecorder").field(&operations).finish()
    }
}
