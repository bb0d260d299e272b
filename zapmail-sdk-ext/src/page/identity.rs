//! What makes two rows the same.

use std::hash::{DefaultHasher, Hash, Hasher};

use zapmail_sdk::Untyped;

/// A row's identifier, or the digest of one, in 16 bytes: a list of any length is checked for repeats at that price.
pub(crate) type Identity = u128;

/// A row that can be told from others.
pub trait Identify {
    /// What makes it itself.
    #[doc(hidden)]
    fn identity(&self) -> u128;
}

/// Declares which field identifies a row. Where that may be missing, the whole row does: only a copy is the same then.
macro_rules! identified {
    ($($row:ident by $field:ident;)*) => {
        $(impl Identify for zapmail_sdk::types::$row {
            fn identity(&self) -> Identity {
                digest(&self.$field)
            }
        })*
    };
    (optional $($row:ident by $field:ident;)*) => {
        $(impl Identify for zapmail_sdk::types::$row {
            fn identity(&self) -> Identity {
                match &self.$field {
                    Some(value) => digest(value),
                    None => digest(&serde_json::to_string(self).unwrap_or_default()),
                }
            }
        })*
    };
}

identified! { optional
    ConnectedAccount by email_account;
    HighReputationDomain by domain_name;
}

identified! {
    Domain by id;
    DomainConnectionRequest by id;
    Mailbox by id;
    MailboxDomain by id;
    PrewarmedDomain by id;
    Workspace by id;
}

impl Identify for Untyped {
    /// Nobody knows what identifies it, so only a copy is the same.
    fn identity(&self) -> Identity {
        digest(&self.to_string())
    }
}

/// Two independent digests of 64 bits; a chance of 1 in 10^26 that two of a million rows share them.
fn digest(value: &impl Hash) -> Identity {
    let half = |salt: u8| {
        let mut hasher = DefaultHasher::new();
        salt.hash(&mut hasher);
        value.hash(&mut hasher);
        u128::from(hasher.finish())
    };
    half(0) << 64 | half(1)
}
