//! The apps to which mailboxes can be exported.

/// The export to a CSV file, an app without accounts.
pub(super) const MANUAL: &str = "MANUAL";

/// The apps with accounts, in the order of the document.
pub(super) const APPS: [&str; 28] = [
    "REACHINBOX",
    "INSTANTLY",
    "SMARTLEAD",
    "REPLY_IO",
    "QUICKMAIL",
    "EMELIA",
    "EMAILBISON",
    "FIRSTQUADRANT",
    "WARMY",
    "SUPERAGI",
    "LEMLIST",
    "PIPL",
    "LUELLA",
    "MASTER_INBOX",
    "SAILE",
    "SNOV",
    "MANYREACH",
    "COLDSTATS",
    "HOTHAWK",
    "EMAILGUARD",
    "RECRUITERFLOW",
    "MAILTOASTER",
    "BRANDJET",
    "MAILIVERY",
    "UNIPILE",
    "APOLLO",
    "TRULYINBOX",
    "VENTA",
];

/// The apps whose workspaces can be listed.
pub(super) const APPS_WITH_WORKSPACES: [&str; 11] = [
    "INSTANTLY",
    "QUICKMAIL",
    "SUPERAGI",
    "REACHINBOX",
    "MANYREACH",
    "MASTER_INBOX",
    "SAILE",
    "COLDSTATS",
    "PIPL",
    "HOTHAWK",
    "EMAILGUARD",
];

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{APPS, APPS_WITH_WORKSPACES, MANUAL};

    #[test]
    fn apps_match_document() {
        let document: Value = serde_json::from_str(zapmail_openapi::DOCUMENT).unwrap();
        let schemas = &document["components"]["schemas"];
        let mut apps = APPS.to_vec();
        apps.push(MANUAL);
        assert_eq!(schemas["ExportApp"]["enum"], json!(apps));
        assert_eq!(schemas["ExportWorkspaceApp"]["enum"], json!(APPS_WITH_WORKSPACES));
    }
}
