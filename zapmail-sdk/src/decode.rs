//! Decoding of response bodies, with the location of a failure.
//!
//! serde's own messages quote values, so they are never shown. The location is found by scanning the body up to the
//! position of serde's error. That costs nothing unless decoding fails, and needs no second copy of each type's
//! decoder. Values in undocumented formats are located and repaired the same way; see [`repair`].

mod location;
mod repair;

use serde::de::DeserializeOwned;
use serde_json::error::Category;

use self::location::Location;
use self::repair::Repairs;
use crate::error::{Error, ErrorKind};
use crate::raw_json::RawJson;
use crate::surrogates::replace_lone;

/// Maximum length of a path that is shown, in characters. The keys of a map can be any text.
const MAX_PATH_LENGTH: usize = 200;

/// The reason why a body could not be decoded, and the path of the faulty value, without the value itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    path: String,
    reason: &'static str,
}

impl Fault {
    /// Creates the fault of a required property that is missing.
    pub(crate) fn missing(path: &str) -> Self {
        Self { path: path.to_owned(), reason: "is missing" }
    }

    /// Creates a fault that concerns the whole body.
    pub(crate) fn of_body(reason: &'static str) -> Self {
        Self { path: String::new(), reason }
    }

    pub(crate) fn into_error(self) -> Error {
        let path = shortened(&self.path);
        let subject =
            path.as_ref().map_or_else(|| "the response".to_owned(), |path| format!("`{path}` in the response"));
        Error::new(ErrorKind::Decode, format!("{subject} {}", self.reason)).with_path(path)
    }
}

/// Decodes a body into a type of the caller, without repairs.
pub(crate) fn strict<T: DeserializeOwned>(body: &[u8]) -> Result<T, Fault> {
    let body = &*replace_lone(body);
    serde_json::from_slice(body).map_err(|error| fault(body, &error))
}

impl RawJson {
    /// Decodes the JSON into a type of your own.
    ///
    /// ```
    /// use serde::Deserialize;
    ///
    /// #[derive(Deserialize)]
    /// struct Progress {
    ///     percent: u8,
    /// }
    ///
    /// let progress: zapmail_sdk::RawJson = serde_json::from_str(r#"{"percent": 40}"#)?;
    /// assert_eq!(progress.to::<Progress>()?.percent, 40);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Decode`] if the JSON does not match; the message names the path of the value, never the value
    /// itself.
    pub fn to<T: DeserializeOwned>(&self) -> crate::error::Result<T> {
        // Decode from serialized JSON, because the location of a fault is derived from its position in the text.
        let text = serde_json::to_vec(self.expose()).unwrap_or_default();
        strict(&text).map_err(Fault::into_error)
    }
}

/// Decodes a body into a type of the document. A value in an undocumented format does not prevent the rest from being
/// decoded.
pub(crate) fn json<T: DeserializeOwned>(body: &[u8]) -> Result<T, Fault> {
    let body = &*replace_lone(body);
    let mut error = match serde_json::from_slice(body) {
        Ok(value) => return Ok(value),
        Err(error) => error,
    };
    let fault = fault(body, &error);
    let mut repairs = Repairs::of(body);
    while let Some(repaired) = repairs.next(&error) {
        match serde_json::from_slice(repaired) {
            Ok(value) => return Ok(value),
            Err(next) => error = next,
        }
    }
    // Callers can inspect only the original body, so report the fault that was found in it.
    Err(fault)
}

/// Decodes an envelope and returns its data; `data` is the name of the property that contains it.
pub(crate) fn unwrapped<E: DeserializeOwned, D>(
    body: &[u8],
    unwrap: fn(E) -> Option<D>,
    data: &'static str,
) -> Result<D, Fault> {
    unwrap(json(body)?).ok_or_else(|| Fault::missing(data))
}

/// Converts serde's error into a fault. Not generic, so that it is compiled only once.
fn fault(body: &[u8], error: &serde_json::Error) -> Fault {
    let text = error.to_string();
    if text.starts_with("trailing characters") {
        return Fault::of_body("has trailing data after the JSON value");
    }
    if body.trim_ascii().is_empty() {
        return Fault::of_body("is empty");
    }
    let reason = match error.classify() {
        Category::Eof => "is cut off",
        Category::Syntax => "is not valid JSON",
        _ => "has an unexpected type",
    };
    let mut path = Location::of(body, error).to_string();
    match missing(&text) {
        Some(name) => {
            path.push_str(if path.is_empty() { "" } else { "." });
            path.push_str(name);
            Fault { path, reason: "is missing" }
        }
        None => Fault { path, reason },
    }
}

/// Returns the name of the missing field that serde reports. The name comes from our own types.
fn missing(text: &str) -> Option<&str> {
    text.strip_prefix("missing field `").and_then(|rest| rest.split_once('`')).map(|(name, _)| name)
}

/// Returns a path on one line, without control characters and truncated to a readable length.
fn shortened(path: &str) -> Option<String> {
    let clean: String = path.chars().filter(|character| !character.is_control()).take(MAX_PATH_LENGTH).collect();
    Some(clean).filter(|path| !path.is_empty())
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::Fault;
    use crate::types::{MailboxPageEnvelope, User, UserEnvelope, Wallet, WorkspaceList, WorkspaceListEnvelope};

    const ID: &str = "5d4c3b2a-1f0e-4d9c-8b7a-6e5f4d3c2b1a";

    fn page(mailboxes: &Value) -> Vec<u8> {
        json!({"status": 200, "data": {"totalPages": "1", "domains": [
            {"id": "7b2e9d10-4c5f-4a6b-9d8e-1f2a3b4c5d6e", "mailboxes": []},
            {"id": "8c3f0e21-5d60-4b7c-8e9f-2a3b4c5d6e7f", "mailboxes": mailboxes},
        ]}})
        .to_string()
        .into_bytes()
    }

    fn decoded(body: &[u8]) -> Result<MailboxPageEnvelope, Fault> {
        super::json(body)
    }

    #[test]
    fn path_leads_to_the_faulty_value() {
        let rows = [
            (json!([{"id": ["a"]}]), "data.domains[1].mailboxes[0].id", "has an unexpected type"),
            (json!([{"id": ["a"], "canary": 1}]), "data.domains[1].mailboxes[0].id", "has an unexpected type"),
            (json!([{}]), "data.domains[1].mailboxes[0].id", "is missing"),
            (json!([{"email": "dana@acme.example"}]), "data.domains[1].mailboxes[0].id", "is missing"),
            (json!([7]), "data.domains[1].mailboxes[0]", "has an unexpected type"),
            (json!({"canary": {"canary": 7}}), "data.domains[1].mailboxes", "has an unexpected type"),
        ];
        for (mailboxes, path, reason) in rows {
            let body = page(&mailboxes);
            assert_eq!(decoded(&body).unwrap_err(), Fault { path: path.to_owned(), reason }, "{mailboxes}");
            let pretty = serde_json::to_vec_pretty(&serde_json::from_slice::<Value>(&body).unwrap()).unwrap();
            assert_eq!(decoded(&pretty).unwrap_err(), Fault { path: path.to_owned(), reason }, "{mailboxes}");
        }
    }

    #[test]
    fn invalid_body_reports_the_reason() {
        for (body, path, reason) in [
            ("", "", "is empty"),
            ("<html>", "", "is not valid JSON"),
            (r#"{"data": {"domains": ["#, "data.domains[0]", "is cut off"),
            (r#"{"data": {"canary": ["#, "data.*[0]", "is cut off"),
            (r#"{"data": null} {}"#, "", "has trailing data after the JSON value"),
        ] {
            assert_eq!(decoded(body.as_bytes()).unwrap_err(), Fault { path: path.to_owned(), reason }, "{body}");
        }
    }

    #[test]
    fn data_of_a_different_type_is_an_error() {
        for body in [r#"{"status": 200, "data": 7}"#, r#"{"data": 7, "status": 200}"#, r#"{"data": "acme"}"#] {
            assert_eq!(super::json::<WorkspaceListEnvelope>(body.as_bytes()).unwrap_err().path, "data", "{body}");
            assert_eq!(super::json::<UserEnvelope>(body.as_bytes()).unwrap_err().path, "data", "{body}");
        }
    }

    fn user(fields: &Value) -> User {
        let mut user = json!({"id": ID});
        user.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        super::json::<UserEnvelope>(json!({"status": "200", "data": user}).to_string().as_bytes())
            .unwrap()
            .data
            .unwrap()
    }

    #[test]
    fn numbers_and_strings_are_converted_into_each_other() {
        let user = user(&json!({
            "walletBalance": "64.25",
            "assignedMailboxes": "12",
            "purchasedMailboxes": 30.0,
            "firstName": 7,
            "lastName": true,
            "email": ["dana"],
        }));
        assert_eq!(user.wallet_balance.map(|balance| balance.to_string()).as_deref(), Some("64.25"));
        assert_eq!((user.assigned_mailboxes, user.purchased_mailboxes), (Some(12), Some(30)));
        assert_eq!((user.first_name.as_deref(), user.last_name.as_deref()), (Some("7"), Some("true")));
        assert_eq!(user.email, None);
    }

    #[test]
    fn value_that_is_not_an_integer_is_none() {
        for value in [json!(""), json!("many"), json!(1.5), json!([1]), json!(true), json!(1e300), json!("1e300")] {
            assert_eq!(user(&json!({"assignedMailboxes": value})).assigned_mailboxes, None, "{value}");
        }
    }

    #[test]
    fn times_are_read_in_every_format() {
        let noon = Some("2026-05-01T12:00:00Z");
        let midnight = Some("2026-05-01T00:00:00Z");
        let rows = [
            (json!("2026-05-01T14:00:00+02:00"), noon),
            (json!("2026-05-01T12:00:00"), noon),
            (json!("2026-05-01 12:00:00.000"), noon),
            (json!("2026-05-01T12:00"), noon),
            (json!(1_777_636_800), noon),
            (json!(1_777_636_800_000_i64), noon),
            (json!("2026-05-01"), midnight),
            (json!(""), None),
            (json!("soon"), None),
            (json!("2026-02-30"), None),
            (json!({"at": 1}), None),
            (json!([]), None),
            (json!(false), None),
        ];
        for (value, expected) in rows {
            let page = decoded(&page(&json!([{"id": ID, "createdAt": value}]))).unwrap();
            let time = page.data.unwrap().domains[1].mailboxes[0].created_at;
            let expected = expected.map(|time| time.parse::<chrono::DateTime<chrono::Utc>>().unwrap());
            assert_eq!(time, expected, "{value}");
        }
    }

    #[test]
    fn faulty_fields_do_not_lose_rows_or_other_fields() {
        let row = |index: usize| {
            let time = [json!("2026-05-01"), json!("2026-05-01T12:00:00Z"), json!(""), json!("soon"), json!(null)];
            let status = [json!("ACTIVE"), json!(7), json!(["ACTIVE"])];
            json!({"id": ID, "createdAt": time[index % 5], "status": status[index % 3], "username": index, "password": {}})
        };
        let mailboxes = decoded(&page(&(0..300).map(row).collect())).unwrap().data.unwrap().domains.remove(1).mailboxes;
        assert_eq!(mailboxes.len(), 300);
        for (index, mailbox) in mailboxes.iter().enumerate() {
            assert_eq!(mailbox.created_at.is_some(), [0, 1].contains(&(index % 5)), "{index}");
            let status = mailbox.status.as_ref().map(|status| status.as_str());
            assert_eq!(status, [Some("ACTIVE"), Some("7"), None][index % 3], "{index}");
            assert_eq!(mailbox.username, Some(index.to_string()));
        }
    }

    #[test]
    fn faulty_field_inside_a_union_is_repaired() {
        let workspace = json!({"id": ID, "name": 7, "createdAt": ""});
        for data in [json!([workspace]), json!({"workspaces": [workspace], "currentWorkspace": workspace})] {
            let envelope = json!({"data": data}).to_string();
            let envelope: WorkspaceListEnvelope = super::json(envelope.as_bytes()).unwrap();
            let workspaces = match envelope.data.unwrap() {
                WorkspaceList::Workspaces(workspaces) => workspaces.0,
                WorkspaceList::WorkspacePage(page) => page.workspaces,
            };
            assert_eq!(workspaces[0].name.as_deref(), Some("7"));
        }
    }

    #[test]
    fn numbers_in_bodies_without_an_envelope_are_read_from_strings() {
        let body =
            br#"{"walletBalance": "64.25", "autoRechargeDetails": {"amount": "50", "enabled": "true"}, "message": 1}"#;
        let wallet: Wallet = super::json(body).unwrap();
        assert_eq!(wallet.wallet_balance.map(|balance| balance.to_string()).as_deref(), Some("64.25"));
    }

    #[test]
    fn duplicate_property_is_an_error() {
        assert!(decoded(br#"{"status": 200, "status": "200", "data": {"domains": []}}"#).is_err());
    }
}
