//! The spending guard: nothing is bought unless the program said that it may.
//!
//! Acts before anything is sent, on the operations that the document marks with `effect: spend` or `effect: authorize`.

use zapmail_sdk::Operation;

use crate::error::{Details, Error, ErrorKind};

/// Whether a client may call the operations that can cost money, at once or later.
///
/// ```
/// use zapmail_sdk_ext::{Spending, Zapmail};
///
/// let zapmail = Zapmail::builder().api_key("not-a-real-key").spending(Spending::Allowed).build()?;
/// # Ok::<(), zapmail_sdk_ext::Error>(())
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Spending {
    /// They fail at once, and nothing is sent. The default: the service has no test mode, and every key can spend.
    #[default]
    Refused,
    /// They are sent.
    Allowed,
}

impl Spending {
    /// Refuses an operation that spends, unless that is allowed.
    pub(crate) fn admit(self, operation: &Operation) -> Result<(), Error> {
        if self == Self::Allowed || !operation.needs_permission_to_spend() {
            return Ok(());
        }
        let details = Details {
            operation: Some(operation.id),
            message: "this can cost money, and the client is not allowed to spend; nothing was sent".to_owned(),
            hint: Some("allow it with `Zapmail::builder().spending(Spending::Allowed)`".to_owned()),
            ..Details::default()
        };
        Err(Error::new(ErrorKind::Refused, details))
    }
}

#[cfg(test)]
mod tests {
    use zapmail_sdk::OPERATIONS;
    use zapmail_sdk::operations::Effect;

    use super::Spending;
    use crate::ErrorKind;

    #[test]
    fn refuses_exactly_the_operations_that_spend() {
        let with = |effect| OPERATIONS.iter().filter(|operation| operation.effect == effect).count();
        assert_eq!((with(Effect::Spend), with(Effect::Authorize)), (14, 3));
        for operation in OPERATIONS {
            assert!(Spending::Allowed.admit(operation).is_ok());
            match Spending::Refused.admit(operation) {
                Ok(()) => assert!(matches!(operation.effect, Effect::Read | Effect::Write), "{}", operation.id),
                Err(error) => {
                    assert_eq!(error.kind(), ErrorKind::Refused);
                    assert!(matches!(operation.effect, Effect::Authorize | Effect::Spend), "{}", operation.id);
                    assert!(!error.may_have_been_sent());
                    let text = error.to_string();
                    assert!(text.starts_with(operation.id) && text.contains("spending(Spending::Allowed)"), "{text}");
                }
            }
        }
    }
}
