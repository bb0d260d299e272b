//! Tests of `adopt`: pages of `tests/pages`, modified and adopted into a copy of the document.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use super::{Outcome, adopt};
use crate::document::Document;
use crate::drift::{self, Pages};
use crate::fixture::{Folder, changed_lines as changed};

const DOMAINS: &str = "groups/domains.yaml";
const EXPORT: &str = "groups/export.yaml";
const MAILBOX: &str = "groups/mailbox.yaml";

/// The pages, one of them modified: after the text `after`, the next `old` is replaced by `new`.
fn pages(name: &str, after: &str, old: &str, new: &str) -> Pages {
    let folder = crate::workspace_folder().join("xtask/tests/pages");
    let mut pages = drift::read(folder.to_str().unwrap()).unwrap();
    let page = pages.pages.iter_mut().find(|page| page.listed.path.starts_with(name)).unwrap();
    let text = page.text.clone().unwrap();
    let start = text.find(after).unwrap();
    let changed = text[start..].replacen(old, new, 1);
    page.text = Ok(text[..start].to_owned() + &changed);
    pages
}

fn adopted(folder: &Folder, pages: &Pages, id: &str) -> Outcome {
    let outcome = adopt(folder.path(), &Document::read(folder.path()).unwrap(), pages, id).unwrap();
    let (document, texts) = (Document::read(folder.path()).unwrap(), groups(folder));
    let again = adopt(folder.path(), &document, pages, id).unwrap();
    assert_eq!((again.written.len(), again.by_hand.len()), (0, outcome.by_hand.len()), "{again:?}");
    assert!(groups(folder) == texts, "adopting twice changes nothing more");
    outcome
}

/// All group files and their contents.
fn groups(folder: &Folder) -> BTreeMap<PathBuf, String> {
    let files = fs::read_dir(folder.path().join("groups")).unwrap().map(|entry| entry.unwrap().path());
    files.map(|file| (file.clone(), fs::read_to_string(file).unwrap())).collect()
}

#[test]
fn new_property_and_new_value_change_two_lines_and_keep_comments() {
    let folder = Folder::copied();
    folder.replace(MAILBOX, "    MailboxStatus:\n", "    # What \"is: known\".\n\n    MailboxStatus: # of it\n");
    let before = folder.read(MAILBOX);
    let outcome = adopted(&folder, &pages("retrieve-all", "", "", ""), "list_mailboxes");
    assert_eq!((outcome.written.len(), outcome.by_hand.len()), (2, 0), "{outcome:?}");
    assert_eq!(
        changed(&before, &folder.read(MAILBOX)),
        [
            "+warmupScore: {type: number, description: ''}",
            "-enum: [ACTIVE, IN_PROGRESS, CREATING_PASSWORD, FAILED, INACTIVE, EXPIRED]",
            "+enum: [ACTIVE, IN_PROGRESS, CREATING_PASSWORD, FAILED, INACTIVE, EXPIRED, SUSPENDED]",
        ]
    );
}

#[test]
fn parameters_become_required_and_are_added_and_removed() {
    let folder = Folder::copied();
    let before = folder.read(MAILBOX);
    let page = pages("get-mailbox-details", "name: id\n", "required: true", "required: false");
    let outcome = adopted(&folder, &page, "get_mailbox");
    assert_eq!(outcome.written, ["openapi/groups/mailbox.yaml: query id: required: true -> false"]);
    assert_eq!(changed(&before, &folder.read(MAILBOX)), ["-required: true"]);
    let outcome = adopted(&folder, &pages("get-mailbox-details", "", "", ""), "get_mailbox");
    assert_eq!(outcome.written, ["openapi/groups/mailbox.yaml: query id: required: false -> true"]);
    assert_eq!(Document::read(folder.path()).unwrap().value(), crate::fixture::document().value());

    let page = pages("retrieve-all", "", "name: contains", "name: needle");
    let outcome = adopted(&folder, &page, "list_mailboxes");
    assert!(outcome.written.iter().any(|line| line.ends_with("query contains: parameter vanished")), "{outcome:?}");
    assert!(outcome.written.iter().any(|line| line.ends_with("query needle: parameter added (text)")), "{outcome:?}");
    assert!(outcome.by_hand.is_empty(), "{outcome:?}");
}

#[test]
fn type_change_edits_one_line() {
    let folder = Folder::copied();
    let before = folder.read("groups/wallet.yaml");
    let page = pages("get-wallet-balance", "autoRechargeEnabled:", "boolean", "string");
    let outcome = adopted(&folder, &page, "get_wallet_balance");
    assert!(
        outcome.written.iter().any(|line| line.ends_with("response.autoRechargeEnabled: type: boolean -> text")),
        "{outcome:?}"
    );
    let lines = changed(&before, &folder.read("groups/wallet.yaml"));
    assert!(lines.iter().any(|line| line.starts_with("+autoRechargeEnabled: {type: string, ")), "{lines:?}");
}

#[test]
fn parts_of_a_body_become_required_and_optional() {
    let folder = Folder::copied();
    folder.replace(DOMAINS, "required: [name, tagColor]", "required: [name]");
    let page = pages("create-domain-tags", "", "", "");
    let outcome = adopted(&folder, &page, "create_domain_tags");
    assert_eq!(outcome.written, ["openapi/groups/domains.yaml: body[].tagColor: required: false -> true"]);
    assert_eq!(Document::read(folder.path()).unwrap().value(), crate::fixture::document().value());

    // No property is required any more: the line is removed, and added again with the original page.
    let required = "                required:\n                - name\n                - tagColor\n";
    let none = pages("create-domain-tags", "x-apidog-orders:\n                - name", required, "");
    let before = folder.read(DOMAINS);
    adopted(&folder, &none, "create_domain_tags");
    assert_eq!(changed(&before, &folder.read(DOMAINS)), ["-required: [name, tagColor]"]);
    adopted(&folder, &page, "create_domain_tags");
    assert_eq!(Document::read(folder.path()).unwrap().value(), crate::fixture::document().value());
}

#[test]
fn vanished_value_is_removed_unless_the_enum_is_shared() {
    const SHARED: &str = "          schema: {$ref: '#/components/schemas/ExportApp'}\n          example: SMARTLEAD\n";
    let page = pages("list-all-third", "", "", "");
    let (folder, vanished) = (Folder::copied(), "query app: enum: value WARMY vanished");
    let outcome = adopted(&folder, &page, "list_export_accounts");
    assert!(outcome.by_hand.iter().any(|line| line == vanished), "{outcome:?}");
    assert!(folder.read(EXPORT).contains("        - WARMY\n"));

    for list in ["enum: [SMARTLEAD, WARMY]", "enum:\n        - SMARTLEAD\n        - WARMY"] {
        let folder = Folder::copied();
        folder.replace(EXPORT, SHARED, &SHARED.replace("ExportApp", "ExportAccountApp"));
        let own = format!("    ExportAccountApp:\n      type: string\n      description: An app.\n      {list}\n");
        folder.replace(EXPORT, "    ExportApp:\n", &format!("{own}    ExportApp:\n"));
        let outcome = adopted(&folder, &page, "list_export_accounts");
        assert!(outcome.written.contains(&format!("openapi/groups/export.yaml: {vanished}")), "{outcome:?}");
        assert!(outcome.by_hand.is_empty(), "{outcome:?}");
        let document = Document::read(folder.path()).unwrap();
        let values = &document.value()["components"]["schemas"]["ExportAccountApp"]["enum"];
        let values = values.as_array().unwrap();
        assert!(values.contains(&"SMARTLEAD".into()) && !values.contains(&"WARMY".into()), "{values:?}");
    }
}

#[test]
fn new_operation_is_appended_and_nothing_else_changes() {
    let folder = Folder::copied();
    let before = folder.read(MAILBOX);
    let outcome = adopted(&folder, &pages("mailbox-warm-up", "", "", ""), "get_mailbox_warm_up_report");
    assert!(outcome.by_hand.is_empty(), "{outcome:?}");
    assert!(outcome.notes.iter().any(|note| note.starts_with("add this line to operations.tsv: ")), "{outcome:?}");
    assert!(changed(&before, &folder.read(MAILBOX)).iter().all(|line| line.starts_with('+')));
    let document = Document::read(folder.path()).unwrap();
    let value = document.named("get_mailbox_warm_up_report").unwrap().value;
    assert_eq!((&value["x-zapmail-effect"], &value["x-zapmail-data"]), (&"read".into(), &"/data".into()));
    assert_eq!(value["description"], "");
}
