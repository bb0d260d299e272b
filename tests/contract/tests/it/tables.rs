//! The tables of the client have every operation of the document.

use std::collections::BTreeSet;

use zapmail_contract::case::CASES;
use zapmail_sdk::{OPERATIONS, SPEC_VERSION};
use zapmail_sdk_ext::{CALLS, PAGED};

use crate::document;

/// Ids of the operations in the document, of those that page only or of all.
fn ids(paged: bool) -> BTreeSet<String> {
    let document = document();
    let items = document["paths"].as_object().unwrap().values();
    let operations = items.flat_map(|item| item.as_object().unwrap().values());
    let wanted = operations.filter(|operation| !paged || operation.get("x-zapmail-page").is_some());
    wanted.map(|operation| operation["operationId"].as_str().unwrap().to_owned()).collect()
}

fn set<'a>(ids: impl IntoIterator<Item = &'a str>) -> BTreeSet<String> {
    ids.into_iter().map(str::to_owned).collect()
}

#[test]
fn every_operation_can_be_called() {
    assert_eq!(set(CALLS.iter().copied()), ids(false));
}

#[test]
fn every_paged_operation_is_a_list() {
    assert_eq!(set(PAGED.iter().copied()), ids(true));
}

#[test]
fn every_operation_has_its_contract_test() {
    assert_eq!(set(CASES.iter().map(|case| case.id)), ids(false));
}

#[test]
fn the_raw_client_knows_every_operation() {
    assert_eq!(set(OPERATIONS.iter().map(|operation| operation.id)), ids(false));
    assert_eq!(document()["info"]["version"], SPEC_VERSION);
}
