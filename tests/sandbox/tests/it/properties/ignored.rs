//! The README's table of ignored parameters.

use std::collections::BTreeSet;

const HEADING: &str = "### Ignored parameters";

/// Returns the ignored parts with their operations; `*` means all operations.
pub fn ignored(readme: &str) -> BTreeSet<(String, String)> {
    let (_, section) = readme.split_once(HEADING).unwrap();
    let table = section.lines().skip_while(|line| !line.starts_with('|')).take_while(|line| line.starts_with('|'));
    let rows = table.filter(|line| line.starts_with("| `"));
    let rows = rows.flat_map(|row| {
        let [operations, parts, reason] = row.trim_matches('|').split(" | ").collect::<Vec<_>>().try_into().unwrap();
        assert!(reason.trim().len() > 10, "{row} has no reason");
        quoted(operations).flat_map(move |id| quoted(parts).map(move |part| (id.to_owned(), part.to_owned())))
    });
    rows.collect()
}

/// Returns the strings between backticks.
fn quoted(cell: &str) -> impl Iterator<Item = &str> + Clone {
    cell.split('`').skip(1).step_by(2)
}
