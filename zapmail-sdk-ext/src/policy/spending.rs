//! The spending guard: nothing is bought unless the program allows it.
//!
//! It acts before anything is sent, on operations that the document marks with `effect: spend` or `effect: authorize`.

use zapmail_sdk::{Error, ErrorKind, Operation, Result};

/// Whether a client may call operations that can cost money. Off by default: the service has no test mode, and every key
/// can spend.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Spending {
    #[default]
    Refused,
    Allowed,
}

impl Spending {
    /// # Errors
    ///
    /// [`ErrorKind::SpendingNotAllowed`] for an operation that spends, unless that is allowed.
    pub fn admit(self, operation: &'static Operation) -> Result<()> {
        if self == Self::Allowed || !operation.needs_permission_to_spend() {
            return Ok(());
        }
        let message = "this operation can cost money and spending is disabled; the request was not sent";
        Err(Error::new(ErrorKind::SpendingNotAllowed, message)
            .with_operation(operation)
            .with_hint("allow it with `zapmail.allow_spending()`"))
    }
}

#[cfg(test)]
mod tests {
    use zapmail_sdk::OPERATIONS;
    use zapmail_sdk::operations::Effect;

    use super::Spending;
    use crate::ErrorKind;

    #[test]
    fn guard_refuses_operations_that_spend() {
        let with = |effect| OPERATIONS.iter().filter(|operation| operation.effect == effect).count();
        assert_eq!((with(Effect::Spend), with(Effect::Authorize)), (14, 3));
        for operation in OPERATIONS {
            assert!(Spending::Allowed.admit(operation).is_ok());
            match Spending::Refused.admit(operation) {
                Ok(()) => assert!(matches!(operation.effect, Effect::Read | Effect::Write), "{}", operation.id),
                Err(error) => {
                    assert_eq!(error.kind(), ErrorKind::SpendingNotAllowed);
                    assert!(matches!(operation.effect, Effect::Authorize | Effect::Spend), "{}", operation.id);
                    assert!(!error.may_have_been_processed());
                    let text = error.to_string();
                    assert!(text.starts_with(operation.id) && text.contains("allow_spending()"), "{text}");
                }
            }
        }
    }
}
