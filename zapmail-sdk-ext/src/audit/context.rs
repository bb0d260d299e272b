//! The context of an audit, which all of its accounts share.

use super::findings::Rules;
use super::progress::ProgressReporter;

/// Settings and state that all accounts of an audit share.
pub(super) struct Context {
    pub health: bool,
    pub dns: bool,
    pub rules: Rules,
    pub progress: ProgressReporter,
}
