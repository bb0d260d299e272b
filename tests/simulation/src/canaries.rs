//! Canaries: credentials that must not occur in printed text, including traces.

use std::fmt::{self, Write};
use std::sync::{Arc, Mutex};

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

use crate::lock::lock;
use crate::world::World;

/// The webhook secret.
pub const WEBHOOK_SECRET: &str = "canary-of-the-webhooks";

/// Texts that must not be printed: parts of the API keys, of the webhook secret, and of the sandbox's passwords.
const CANARIES: [&str; 4] = ["canary-key-", WEBHOOK_SECRET, "not-a-real-password", "nota real pass word"];

/// Checks a printed text.
pub fn check(world: &World, what: &str, text: &str) {
    let seeds = world.seeds.iter().map(String::as_str);
    if let Some(canary) = CANARIES.into_iter().chain(seeds).find(|canary| text.contains(canary)) {
        world.violated("no credential is printed", format!("{what} contains `{canary}`"));
    }
}

/// A subscriber that collects all traces of the client.
#[derive(Debug, Clone, Default)]
pub struct Traces(Arc<Mutex<String>>);

impl Traces {
    /// Returns the traces since the last call.
    pub fn take(&self) -> String {
        std::mem::take(&mut lock(&self.0))
    }

    fn write(&self, write: impl FnOnce(&mut Line<'_>)) {
        let mut text = lock(&self.0);
        write(&mut Line(&mut text));
        text.push('\n');
    }
}

struct Line<'a>(&'a mut String);

impl Visit for Line<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        // Writing to a string does not fail.
        _ = write!(self.0, "{}={value:?} ", field.name());
    }
}

impl Subscriber for Traces {
    fn enabled(&self, _metadata: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        self.write(|line| span.record(line));
        Id::from_u64(1)
    }

    fn record(&self, _span: &Id, values: &Record<'_>) {
        self.write(|line| values.record(line));
    }

    fn record_follows_from(&self, _span: &Id, _follows: &Id) {}

    fn event(&self, event: &Event<'_>) {
        self.write(|line| event.record(line));
    }

    fn enter(&self, _span: &Id) {}

    fn exit(&self, _span: &Id) {}
}
