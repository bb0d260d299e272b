//! `openapi/deviations.yaml`: differences that are known and meant, because the live service is otherwise than its page.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};
use serde::Deserialize;

use super::difference::Difference;

/// Name of the file below the folder `openapi`.
pub const NAME: &str = "deviations.yaml";

/// A difference that is meant.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Deviation {
    /// Operation id; for an operation that we leave out, its method and path.
    pub operation: String,
    /// Place, as the report prints it.
    pub at: String,
    /// Change, as the report prints it.
    pub change: String,
    /// Why we know better than the page.
    pub reason: String,
}

/// Reads the deviations; no file means none.
///
/// # Errors
///
/// When the file is no list of deviations, has one twice, or one without a reason.
pub fn read(folder: &Path) -> Result<Vec<Deviation>> {
    let file = folder.join(NAME);
    if !file.exists() {
        return Ok(Vec::new());
    }
    let text = fs::read_to_string(&file).with_context(|| format!("cannot read {}", file.display()))?;
    let deviations: Option<Vec<Deviation>> =
        serde_saphyr::from_str(&text).with_context(|| format!("{} is no list of deviations", file.display()))?;
    let deviations = deviations.unwrap_or_default();
    for (number, deviation) in deviations.iter().enumerate() {
        let name = format!("{NAME}: {}, {}, {}", deviation.operation, deviation.at, deviation.change);
        if deviation.reason.trim().is_empty() {
            bail!("{name}: has no reason; say why the document knows better than the page");
        }
        if deviations[..number].iter().any(|earlier| {
            (&earlier.operation, &earlier.at, &earlier.change)
                == (&deviation.operation, &deviation.at, &deviation.change)
        }) {
            bail!("{name}: stands there twice; delete one");
        }
    }
    Ok(deviations)
}

impl Deviation {
    /// Whether it means this difference of this operation.
    pub fn means(&self, operation: &str, difference: &Difference) -> bool {
        self.operation == operation && self.at == difference.at && self.change == difference.change
    }
}

#[cfg(test)]
mod tests {
    use super::{NAME, read};
    use crate::document::Document;

    fn fault(text: &str) -> String {
        let folder = tempfile::TempDir::new().unwrap();
        std::fs::write(folder.path().join(NAME), text).unwrap();
        format!("{:#}", read(folder.path()).unwrap_err())
    }

    #[test]
    fn each_deviation_is_complete_and_there_once() {
        let one = "- {operation: get_user, at: address, change: x, reason: seen}\n";
        assert!(fault(&one.repeat(2)).contains("twice"));
        assert!(fault(&one.replace("seen", "''")).contains("has no reason"));
        assert!(fault("- {operation: get_user}").contains("no list of deviations"));
        assert!(fault(&one.replace("reason", "because")).contains("no list of deviations"));
    }

    #[test]
    fn no_file_and_an_empty_file_have_none() {
        let folder = tempfile::TempDir::new().unwrap();
        assert_eq!(read(folder.path()).unwrap(), []);
        std::fs::write(folder.path().join(NAME), "# None yet.\n").unwrap();
        assert_eq!(read(folder.path()).unwrap(), []);
    }

    #[test]
    fn those_that_are_checked_in_name_operations_of_the_document() {
        let document = crate::fixture::document();
        for deviation in read(&crate::openapi_folder()).unwrap() {
            assert!(is_known(&document, &deviation.operation), "{deviation:?}");
        }
        for (operation, known) in
            [("get_user", true), ("get_usr", false), ("GET /v2/left-out", true), ("GET /v2/users", false)]
        {
            assert_eq!(is_known(&document, operation), known, "{operation}");
        }
    }

    /// Whether this is the id of an operation, or the address of one that the document leaves out.
    fn is_known(document: &Document, operation: &str) -> bool {
        match operation.split_once(' ') {
            None => document.operations().any(|known| known.id == operation),
            Some((method, path)) => {
                let ours =
                    document.operations().any(|known| known.method.eq_ignore_ascii_case(method) && known.path == path);
                path.starts_with('/') && !ours
            }
        }
    }
}
