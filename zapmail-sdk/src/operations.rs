//! The table of operations: the properties of each operation, except its types. Policies base their decisions on them.
//!
//! ```
//! use zapmail_sdk::operations::{Effect, find};
//!
//! let purchase = find("purchase_addon_mailboxes").ok_or("no such operation")?;
//! assert_eq!(purchase.effect, Effect::Spend);
//! assert!(!purchase.idempotent);
//! # Ok::<(), &str>(())
//! ```

include!(concat!(env!("OUT_DIR"), "/operations.rs"));

/// One operation of the API.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Operation {
    /// The id, which is also the name of the client's method.
    pub id: &'static str,
    /// The HTTP method, in uppercase.
    pub method: &'static str,
    /// The path below the base URL, with parameters in braces.
    pub path: &'static str,
    /// The name of its [`Group`].
    pub group: &'static str,
    /// The effect on the account.
    pub effect: Effect,
    /// Whether sending the request twice leaves the same state as sending it once.
    pub idempotent: bool,
    /// The rate limit that applies in addition to the general ones.
    pub bucket: Bucket,
    /// The JSON pointer to the data in the envelope of the response; `None` if the whole response is the data.
    pub data: Option<&'static str>,
    /// JSON pointers into the response to a purchase. If none of them leads to the purchased item, the outcome is
    /// unknown. Empty unless the operation spends.
    pub proof: &'static [&'static str],
    /// The pagination of the operation; `None` if it is not paginated.
    pub paging: Option<Paging>,
    /// The operation that verifies the outcome of an ambiguous call.
    pub verify_with: Option<&'static str>,
    /// The reason why no operation verifies the outcome, if there is none.
    pub verify_note: Option<&'static str>,
    /// Whether the documentation page names `x-workspace-id` as the workspace header.
    pub workspace_id_header: bool,
    /// Whether the service has deprecated the operation.
    pub deprecated: bool,
    /// Whether a successful response is a file instead of JSON.
    pub returns_file: bool,
    /// The checks that a request must pass before it is sent.
    pub(crate) checks: &'static [Check],
    /// The pages of the official documentation.
    pub sources: &'static [&'static str],
}

/// A group of operations, as in the documentation.
///
/// ```
/// use zapmail_sdk::operations::GROUPS;
///
/// let wallet = GROUPS.iter().find(|group| group.name == "wallet").ok_or("no such group")?;
/// println!("{}: {}", wallet.name, wallet.description);
/// # Ok::<(), &str>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Group {
    /// The name, such as `wallet`.
    pub name: &'static str,
    /// A sentence that describes the group.
    pub description: &'static str,
}

/// A check of a request, derived from the document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Check {
    /// This list in the body must not be empty or missing, because the service may treat that as "all" (`minItems`). An
    /// empty name refers to the body itself.
    NonEmpty(&'static str),
    /// At least one of these properties of the body must be set and not empty (`x-zapmail-selects`).
    Selects(&'static [&'static str]),
    /// This id in the query must not be blank.
    QueryId(&'static str),
    /// This id, or each element of this list of strings, in the body must not be blank.
    BodyTexts(&'static str),
    /// This query parameter must be a number that is not below this value (`minimum`).
    AtLeast(&'static str, i64),
    /// This query parameter must be a UUID.
    QueryUuid(&'static str),
    /// This property of the body must be a UUID or a list of UUIDs.
    BodyUuid(&'static str),
}

/// The effect of an operation on the account.
///
/// ```
/// use zapmail_sdk::operations::{Effect, find};
///
/// let setting = find("set_wallet_auto_recharge").ok_or("no such operation")?;
/// assert_eq!(setting.effect, Effect::Authorize);
/// assert!(setting.needs_permission_to_spend());
/// # Ok::<(), &str>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Effect {
    /// Changes nothing.
    Read,
    /// Changes the account.
    Write,
    /// Changes a setting that allows the service to charge automatically later.
    Authorize,
    /// Can cost money.
    Spend,
}

/// The rate limit that applies to an operation in addition to the general ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Bucket {
    /// No additional limit.
    General,
    /// The limit for availability checks of domain names.
    DomainAvailability,
}

/// The pagination of an operation: JSON pointers into its response.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Paging {
    /// The rows.
    pub rows: &'static str,
    /// The number of the current page, counted from 1.
    pub current: Option<&'static str>,
    /// The number of pages.
    pub total: Option<&'static str>,
    /// The flag that indicates whether more pages follow.
    pub more: Option<&'static str>,
    /// The name of the parameter that takes a cursor instead of a page number.
    pub cursor: Option<&'static str>,
}

impl Operation {
    /// Whether sending the request twice has the same effect as sending it once, so that an ambiguous attempt can be
    /// retried. An operation that spends is never safe to retry.
    pub fn is_safe_to_retry(&self) -> bool {
        match self.effect {
            Effect::Read => true,
            Effect::Write | Effect::Authorize => self.idempotent,
            Effect::Spend => false,
        }
    }

    /// Whether the operation can cost money, immediately ([`Effect::Spend`]) or later ([`Effect::Authorize`]).
    pub fn needs_permission_to_spend(&self) -> bool {
        matches!(self.effect, Effect::Authorize | Effect::Spend)
    }

    /// Returns an operation for requests that the document does not describe. Its id is `request`.
    ///
    /// ```
    /// use zapmail_sdk::Operation;
    /// use zapmail_sdk::operations::Effect;
    ///
    /// assert!(Operation::undocumented(Effect::Spend, false).needs_permission_to_spend());
    /// ```
    pub fn undocumented(effect: Effect, idempotent: bool) -> &'static Self {
        const fn row(effect: Effect, idempotent: bool) -> Operation {
            Operation {
                id: "request",
                method: "",
                path: "",
                group: "",
                effect,
                idempotent,
                bucket: Bucket::General,
                data: None,
                proof: &[],
                paging: None,
                verify_with: None,
                verify_note: None,
                workspace_id_header: false,
                deprecated: false,
                returns_file: false,
                checks: &[],
                sources: &[],
            }
        }
        match (effect, idempotent) {
            (Effect::Read, _) => &const { row(Effect::Read, true) },
            (Effect::Write, false) => &const { row(Effect::Write, false) },
            (Effect::Write, true) => &const { row(Effect::Write, true) },
            (Effect::Authorize, false) => &const { row(Effect::Authorize, false) },
            (Effect::Authorize, true) => &const { row(Effect::Authorize, true) },
            (Effect::Spend, _) => &const { row(Effect::Spend, false) },
        }
    }

    /// Whether the document describes the operation.
    pub(crate) fn is_documented(&self) -> bool {
        !self.path.is_empty()
    }

    /// Whether a path below the base URL, without its query, belongs to this operation. Letter case and slashes at the
    /// end are ignored, because the service may ignore them, too: a purchase must be recognized in every spelling.
    fn has_path(&self, path: &str) -> bool {
        let is_match = |part: &str, segment: &str| part.starts_with('{') || part.eq_ignore_ascii_case(segment);
        let mut segments = path.trim_end_matches('/').split('/');
        let mut parts = self.path.trim_end_matches('/').split('/');
        parts.all(|part| segments.next().is_some_and(|segment| is_match(part, segment))) && segments.next().is_none()
    }
}

/// Returns the operation with this method and path, for example `GET` and `/v2/zap-sites/7`.
///
/// ```
/// let operation = zapmail_sdk::operations::find_by_path("GET", "/v2/zap-sites/7/deploy");
/// assert_eq!(operation.map(|operation| operation.id), Some("deploy_zap_site"));
/// ```
pub fn find_by_path(method: &str, path: &str) -> Option<&'static Operation> {
    let matching = OPERATIONS.iter().filter(|operation| operation.method == method && operation.has_path(path));
    // Prefer literal segments: `/v2/zap-sites/scan` is not the site `scan`.
    matching.min_by_key(|operation| operation.path.matches('{').count())
}

/// Returns the operation with this id.
pub fn find(id: &str) -> Option<&'static Operation> {
    let found = OPERATIONS.binary_search_by(|operation| operation.id.cmp(id)).ok()?;
    OPERATIONS.get(found)
}

#[cfg(test)]
mod tests {
    use super::{OPERATIONS, find, find_by_path};

    #[test]
    fn every_operation_is_found_by_its_id() {
        assert!(OPERATIONS.iter().all(|operation| find(operation.id) == Some(operation)));
        assert_eq!(find("buy_everything"), None);
    }

    #[test]
    fn every_operation_is_found_by_its_path() {
        for operation in OPERATIONS {
            let segments =
                operation.path.split('/').map(|segment| if segment.starts_with('{') { "7" } else { segment });
            let path = segments.collect::<Vec<_>>().join("/");
            assert_eq!(find_by_path(operation.method, &path), Some(operation), "{path}");
            assert_ne!(find_by_path(operation.method, &format!("{path}/7")), Some(operation), "{path}/7");
        }
    }
}
