//! Events: data, with an id and a time.

use chrono::{DateTime, Utc};
use serde::de::{DeserializeOwned, Error as _};
use serde::ser::SerializeStruct;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;
use zapmail_sdk::types::WebhookEventType;
use zapmail_sdk::{RawJson, Result};

use super::data::EventData;
use super::fields::Fields;
use super::times;

/// An event, returned by [`WebhookVerifier::verify`](super::WebhookVerifier::verify).
///
/// The service may deliver an event more than once, with the same [`id`](Self::id); see
/// [`WebhookReceiver`](super::WebhookReceiver). Only `id` and `type` are required; all other fields may be missing or
/// of a different type.
///
/// An event is serialized as the service sends it, with its [`data`](Self::data) as received.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Event {
    /// Identifier, the same in all deliveries of an event.
    pub id: String,
    /// Time of the event; `None` if the time is missing or cannot be read.
    pub created: Option<DateTime<Utc>>,
    /// Version of the API that sent the event.
    pub api_version: Option<String>,
    /// Data of the event, by its type.
    pub data: EventData,
}

impl Event {
    /// Creates an event, for tests.
    ///
    /// ```
    /// use std::time::SystemTime;
    ///
    /// use serde_json::json;
    /// use zapmail_sdk_ext::webhooks::{self, Event, EventData};
    ///
    /// let event = Event::new("evt_1", "export.completed", json!({"app_name": "SMARTLEAD", "export_id": 10421}));
    /// assert!(matches!(&event.data, EventData::ExportCompleted(export) if export.export_id == Some(10421.into())));
    ///
    /// // The same event as a delivery:
    /// let raw_body = serde_json::to_vec(&event)?;
    /// let signature = webhooks::sign("not-a-real-secret", &raw_body, SystemTime::now());
    /// # assert!(signature.contains(",v1="));
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub fn new(id: impl Into<String>, kind: impl Into<WebhookEventType>, data: impl Into<RawJson>) -> Self {
        Self { id: id.into(), created: None, api_version: None, data: EventData::new(kind, data) }
    }

    /// Sets the time of the event.
    ///
    /// ```
    /// use serde_json::json;
    /// use zapmail_sdk_ext::webhooks::Event;
    ///
    /// let event = Event::new("evt_1", "mailbox.updated", json!({})).created_at("2026-09-21T14:13:20Z".parse()?);
    /// assert_eq!(serde_json::to_value(&event)?["created"], 1_790_000_000);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn created_at(mut self, time: DateTime<Utc>) -> Self {
        self.created = Some(time);
        self
    }

    /// Returns the type of the event.
    ///
    /// ```
    /// use serde_json::json;
    /// use zapmail_sdk_ext::webhooks::Event;
    ///
    /// assert_eq!(Event::new("evt_1", "mailbox.updated", json!({})).kind().as_str(), "mailbox.updated");
    /// ```
    pub fn kind(&self) -> WebhookEventType {
        self.data.kind()
    }

    /// Decodes the data into a custom type.
    ///
    /// ```
    /// use serde::Deserialize;
    /// use serde_json::json;
    /// use zapmail_sdk_ext::webhooks::Event;
    ///
    /// #[derive(Deserialize)]
    /// struct Test {
    ///     status: String,
    /// }
    ///
    /// let event = Event::new("evt_1", "placement_test.status_changed", json!({"status": "COMPLETED"}));
    /// assert_eq!(event.data_as::<Test>()?.status, "COMPLETED");
    /// # Ok::<(), zapmail_sdk_ext::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Decode`](crate::ErrorKind::Decode) if the data does not match the type. The message names the
    /// location of the mismatch, never a value.
    pub fn data_as<T: DeserializeOwned>(&self) -> Result<T> {
        self.data.raw().to()
    }

    /// Reads the body of a delivery; `None` if it has no id or no type.
    pub(super) fn read(mut envelope: Value) -> Option<Self> {
        let data: RawJson = envelope.get_mut("data").map(Value::take).unwrap_or_default().into();
        let kind = envelope.get("type")?.as_str()?;
        let fields = Fields::of(&envelope);
        Some(Self {
            id: fields.get("id")?,
            created: fields.get("created"),
            api_version: fields.get("api_version"),
            data: EventData::new(kind, data),
        })
    }
}

impl Serialize for Event {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        /// The time, serialized by [`times::write`].
        #[derive(Serialize)]
        #[serde(transparent)]
        struct Created(#[serde(serialize_with = "times::write")] Option<DateTime<Utc>>);

        let mut envelope = serializer.serialize_struct("Event", 5)?;
        envelope.serialize_field("id", &self.id)?;
        envelope.serialize_field("created", &Created(self.created))?;
        envelope.serialize_field("api_version", &self.api_version)?;
        envelope.serialize_field("type", self.kind().as_str())?;
        envelope.serialize_field("data", self.data.raw())?;
        envelope.end()
    }
}

impl<'de> Deserialize<'de> for Event {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let event = Self::read(Value::deserialize(deserializer)?);
        event.ok_or_else(|| D::Error::custom("not an event: an `id` or a `type` is missing"))
    }
}
