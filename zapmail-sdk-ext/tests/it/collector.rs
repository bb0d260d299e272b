//! A collector of everything that `tracing` records, at every level and for every target.
//!
//! The contract tests also use this file.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::sync::{Arc, LazyLock, Mutex, MutexGuard};

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::subscriber::{DefaultGuard, set_default};
use tracing::{Dispatch, Event, Metadata, Subscriber};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};
use tracing_subscriber::registry::{LookupSpan, Registry};

/// A second subscriber. With only one, `tracing` caches the current thread's interest in a callsite for all threads, so
/// a test without a subscriber would disable the callsite for the test that has one.
static ANOTHER: LazyLock<Dispatch> = LazyLock::new(|| Dispatch::new(Registry::default()));

/// A layer that stores what is recorded. Clones share the storage.
#[derive(Debug, Clone)]
pub struct Collector {
    memory: Arc<Mutex<Memory>>,
    wanted: fn(&Metadata<'_>) -> bool,
}

#[derive(Debug, Default)]
struct Memory {
    entries: Vec<Entry>,
    /// The index of each open span in `entries`.
    spans: HashMap<Id, usize>,
}

/// A span or an event, with the last recorded value of each field.
#[derive(Debug, Clone)]
pub struct Entry {
    pub metadata: &'static Metadata<'static>,
    pub fields: Fields,
}

/// The printed value of each field.
#[derive(Debug, Clone, Default)]
pub struct Fields(pub BTreeMap<&'static str, String>);

impl Collector {
    /// Collects the records of this thread that match `wanted`, until the guard is dropped.
    pub fn start(wanted: fn(&Metadata<'_>) -> bool) -> (Self, DefaultGuard) {
        LazyLock::force(&ANOTHER);
        let collector = Self { memory: Arc::default(), wanted };
        let guard = set_default(Registry::default().with(collector.clone()));
        (collector, guard)
    }

    /// All records, in order.
    pub fn entries(&self) -> Vec<Entry> {
        self.memory().entries.clone()
    }

    fn memory(&self) -> MutexGuard<'_, Memory> {
        self.memory.lock().expect("nothing panics while holding the lock")
    }
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Collector {
    fn enabled(&self, metadata: &Metadata<'_>, _: Context<'_, S>) -> bool {
        (self.wanted)(metadata)
    }

    fn on_new_span(&self, span: &Attributes<'_>, id: &Id, _: Context<'_, S>) {
        let mut fields = Fields::default();
        span.record(&mut fields);
        let mut memory = self.memory();
        let index = memory.entries.len();
        memory.spans.insert(id.clone(), index);
        memory.entries.push(Entry { metadata: span.metadata(), fields });
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, _: Context<'_, S>) {
        let mut memory = self.memory();
        let index = memory.spans[id];
        values.record(&mut memory.entries[index].fields);
    }

    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let mut fields = Fields::default();
        event.record(&mut fields);
        self.memory().entries.push(Entry { metadata: event.metadata(), fields });
    }
}

impl fmt::Display for Entry {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {} {:?}", self.metadata.target(), self.metadata.name(), self.fields.0)
    }
}

impl Visit for Fields {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.insert(field.name(), value.to_owned());
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.0.insert(field.name(), format!("{value:?}"));
    }
}
