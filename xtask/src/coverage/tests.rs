use super::{Coverage, by_group, table};
use crate::document::Document;
use crate::fixture;
use crate::index::{self, Entry};

fn index() -> Vec<Entry> {
    index::read(&crate::openapi_folder()).unwrap()
}

fn total(document: &Document, index: &[Entry]) -> Coverage {
    by_group(document, index).into_values().fold(Coverage::default(), Coverage::plus)
}

#[test]
fn missing_operations_and_unknown_responses_are_not_counted() {
    let (mut document, index) = (fixture::document(), index());
    let before = total(&document, &index);
    document.model.value_mut()["paths"]["/v2/users"]["get"]["x-zapmail-evidence"]["response"] = "unknown".into();
    document.model.value_mut()["paths"]["/v2/mailboxes/list"].as_object_mut().unwrap().remove("get").unwrap();
    let after = Coverage {
        document: before.document - 1,
        known_responses: before.known_responses - 2,
        paged: before.paged - 1,
        ..before
    };
    assert_eq!(total(&document, &index), after);
}

#[test]
fn table_has_a_line_for_each_group_and_a_total() {
    let (document, index) = (fixture::document(), index());
    let table = table(&document, &index);
    assert_eq!(table.lines().count(), by_group(&document, &index).len() + 3);
    let columns = |line: &str| line.split('|').map(|column| column.trim().to_owned()).collect::<Vec<_>>();
    let all = columns(table.lines().last().unwrap());
    let count = index.len().to_string();
    assert_eq!(all[1..4], ["**all**", &count, &count]);
    // The table is aligned, so all lines have the same length.
    assert!(table.lines().all(|line| line.len() == table.lines().next().unwrap().len()), "{table}");
}
