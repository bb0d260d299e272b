//! `openapi/deviations.yaml`: known and deliberate differences, where the live service differs from its documentation.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};
use serde::Deserialize;

use crate::difference::Difference;

/// Name of the file below the folder `openapi`.
pub const NAME: &str = "deviations.yaml";

/// A deliberate difference.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Deviation {
    /// Operation id, or method and path for an operation that the document omits.
    pub operation: String,
    /// Location, as the report prints it.
    pub at: String,
    /// Change, as the report prints it.
    pub change: String,
    /// Why the document is right and the page is not.
    pub reason: String,
}

/// Reads the deviations.
///
/// # Errors
///
/// If the file is not a list of deviations, or contains duplicates or a deviation without a reason.
pub fn read(folder: &Path) -> Result<Vec<Deviation>> {
    let file = folder.join(NAME);
    let text = fs::read_to_string(&file).with_context(|| format!("cannot read {}", file.display()))?;
    // A file that contains only comments is null.
    let deviations: Option<Vec<Deviation>> =
        serde_saphyr::from_str(&text).with_context(|| format!("{} is not a list of deviations", file.display()))?;
    let deviations = deviations.unwrap_or_default();
    for (number, deviation) in deviations.iter().enumerate() {
        let name = format!("{NAME}: {}, {}, {}", deviation.operation, deviation.at, deviation.change);
        if deviation.reason.trim().is_empty() {
            bail!("{name}: has no reason; explain why the document is right and the page is not");
        }
        if deviations[..number].iter().any(|earlier| {
            (&earlier.operation, &earlier.at, &earlier.change)
                == (&deviation.operation, &deviation.at, &deviation.change)
        }) {
            bail!("{name}: is listed twice; delete one of them");
        }
    }
    Ok(deviations)
}

impl Deviation {
    /// Whether this deviation covers a difference of an operation.
    pub fn covers(&self, operation: &str, difference: &Difference) -> bool {
        self.operation == operation && self.at == difference.at && self.change == difference.change
    }
}

#[cfg(test)]
mod tests {
    use super::{NAME, read};

    fn fault(text: &str) -> String {
        let folder = tempfile::TempDir::new().unwrap();
        std::fs::write(folder.path().join(NAME), text).unwrap();
        format!("{:#}", read(folder.path()).unwrap_err())
    }

    #[test]
    fn incomplete_or_duplicate_deviation_is_rejected() {
        let one = "- {operation: get_user, at: address, change: x, reason: seen}\n";
        assert!(fault(&one.repeat(2)).contains("twice"));
        assert!(fault(&one.replace("seen", "''")).contains("has no reason"));
        assert!(fault("- {operation: get_user}").contains("not a list of deviations"));
        assert!(fault(&one.replace("reason", "because")).contains("not a list of deviations"));
    }

    #[test]
    fn empty_file_has_no_deviations() {
        let folder = tempfile::TempDir::new().unwrap();
        std::fs::write(folder.path().join(NAME), "# None yet.\n").unwrap();
        assert_eq!(read(folder.path()).unwrap(), []);
    }

    #[test]
    fn deviations_name_known_or_omitted_operations() {
        let document = crate::fixture::document();
        for deviation in read(&crate::openapi_folder()).unwrap() {
            let mut operations = document.operations();
            let is_valid = match deviation.operation.split_once(' ') {
                None => operations.any(|known| known.id == deviation.operation),
                // A deviation from the omission of an operation.
                Some(_) => !operations.any(|known| known.address() == deviation.operation),
            };
            assert!(is_valid, "{deviation:?}");
        }
    }
}
