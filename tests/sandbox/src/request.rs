//! The request that a handler is called with.

use axum::extract::Query as Pairs;
use axum::http::Uri;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::clock::Timestamp;
use crate::envelope::Refusal;
use crate::state::WorkspaceKey;

/// A request that has passed all general checks.
#[derive(Debug)]
pub(crate) struct Request {
    /// The workspace that it runs in.
    pub(crate) workspace: WorkspaceKey,
    /// Whether it has the header `x-workspace-key`.
    pub(crate) has_workspace_key: bool,
    /// The value of the path parameter; empty if the path has none.
    pub(crate) path_id: String,
    pub(crate) query: Query,
    pub(crate) body: Value,
    /// The time at which it was received.
    pub(crate) now: Timestamp,
}

impl Request {
    /// Returns the request with page 1 selected.
    pub(crate) fn for_first_page(mut self) -> Self {
        self.query.set("page", "1");
        if let Some(page) = self.body.get_mut("page") {
            *page = 1.into();
        }
        self
    }

    /// Reads the body as the handler's type. The body was validated before, so this rarely fails.
    pub(crate) fn body<T: DeserializeOwned>(&self) -> Result<T, Refusal> {
        read(&self.body)
    }

    /// Reads one property of the body. A missing property is null.
    pub(crate) fn property<T: DeserializeOwned>(&self, name: &str) -> Result<T, Refusal> {
        read(self.body.get(name).unwrap_or(&Value::Null))
    }
}

fn read<T: DeserializeOwned>(value: &Value) -> Result<T, Refusal> {
    T::deserialize(value).map_err(|_| Refusal::invalid("the request body does not match the schema"))
}

/// The query of a request.
#[derive(Debug, Clone)]
pub(crate) struct Query(Vec<(String, String)>);

impl Query {
    pub(crate) fn of(uri: &Uri) -> Self {
        Self(Pairs::try_from_uri(uri).map_or_else(|_| Vec::new(), |Pairs(pairs)| pairs))
    }

    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// Returns all values of a parameter that may be sent more than once.
    pub(crate) fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        self.0.iter().filter(move |(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    pub(crate) fn require(&self, name: &str) -> Result<&str, Refusal> {
        self.get(name).ok_or_else(|| Refusal::invalid(format!("{name} is required")))
    }

    fn set(&mut self, name: &str, value: &str) {
        let values = self.0.iter_mut().filter(|(key, _)| key == name);
        values.for_each(|(_, old)| value.clone_into(old));
    }

    pub(crate) fn into_pairs(self) -> Vec<(String, String)> {
        self.0
    }
}
