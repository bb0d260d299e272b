//! What a handler is told of a request.

use axum::extract::Query as Pairs;
use axum::http::Uri;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::clock::Moment;
use crate::envelope::Refusal;
use crate::state::WorkspaceKey;

/// A request that has passed the checks all requests go through.
#[derive(Debug)]
pub(crate) struct Request {
    /// The workspace it runs in.
    pub(crate) workspace: WorkspaceKey,
    /// Whether it has the header `x-workspace-key`.
    pub(crate) has_workspace_key: bool,
    /// What stands in the path in the place of its parameter; empty if it has none.
    pub(crate) path_id: String,
    pub(crate) query: Query,
    pub(crate) body: Value,
    /// When it came.
    pub(crate) now: Moment,
}

impl Request {
    /// The same request for the first page, whichever it asked for.
    pub(crate) fn for_first_page(mut self) -> Self {
        self.query.set("page", "1");
        if let Some(page) = self.body.get_mut("page") {
            *page = 1.into();
        }
        self
    }

    /// The body as what the handler takes. The document has been heard before, so this seldom refuses anything.
    pub(crate) fn body<T: DeserializeOwned>(&self) -> Result<T, Refusal> {
        T::deserialize(&self.body).map_err(|_| Refusal::invalid("the body has not the form that the operation takes"))
    }
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

    /// All values of a parameter that may be sent more than once.
    pub(crate) fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        self.0.iter().filter(move |(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    pub(crate) fn require(&self, name: &str) -> Result<&str, Refusal> {
        self.get(name).ok_or_else(|| Refusal::invalid(format!("{name} is required")))
    }

    fn set(&mut self, name: &str, value: &str) {
        let given = self.0.iter_mut().filter(|(key, _)| key == name);
        given.for_each(|(_, old)| value.clone_into(old));
    }

    pub(crate) fn into_pairs(self) -> Vec<(String, String)> {
        self.0
    }
}
