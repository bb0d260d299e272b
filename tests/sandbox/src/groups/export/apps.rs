//! The apps that mailboxes can be exported to.

/// Stands for a CSV file: an app of exports that has no accounts.
pub(super) const MANUAL: &str = "MANUAL";

/// Those that have accounts, in the order of the document.
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

/// Those whose workspaces can be listed.
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
    fn they_are_those_of_the_document() {
        let document: Value = serde_json::from_str(zapmail_openapi::DOCUMENT).unwrap();
        let schemas = &document["components"]["schemas"];
        let mut apps = APPS.to_vec();
        apps.push(MANUAL);
        assert_eq!(schemas["ExportApp"]["enum"], json!(apps));
        assert_eq!(schemas["ExportWorkspaceApp"]["enum"], json!(APPS_WITH_WORKSPACES));
    }
}
