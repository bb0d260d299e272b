//! Everything that looks random: identifiers, seeds of authenticator codes.
//!
//! All of it follows from one number, so that two sandboxes with the same seed hold the same data and answer alike.

use serde::{Deserialize, Serialize};
use uuid::{Builder, Uuid};

/// What something invented is for; two kinds never share a value.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Kind {
    Account,
    Workspace,
    Member,
    Domain,
    Mailbox,
    MailboxSeed,
    AdminSeed,
    /// What is made up while the sandbox runs, error ids included.
    Later,
    ExportAccount,
    Shield,
    Placement,
    Subscription,
}

/// Makes things up.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Inventor {
    seed: u64,
    count: u64,
}

impl Inventor {
    pub(crate) fn new(seed: u64) -> Self {
        Self { seed, count: 0 }
    }

    /// The identifier of the nth thing of a kind.
    pub(crate) fn id(&self, kind: Kind, nth: u64) -> Uuid {
        Builder::from_random_bytes(self.bytes(kind, nth)).into_uuid()
    }

    /// An identifier that was not given out before.
    pub(crate) fn next_id(&mut self) -> Uuid {
        self.count += 1;
        self.id(Kind::Later, self.count)
    }

    /// The seed of the authenticator codes of the nth account of a kind.
    pub(crate) fn code_seed(&self, kind: Kind, nth: u64) -> CodeSeed {
        self.bytes(kind, nth)
    }

    /// A seed of authenticator codes that was not given out before.
    pub(crate) fn next_code_seed(&mut self) -> CodeSeed {
        self.count += 1;
        self.code_seed(Kind::Later, self.count)
    }

    fn bytes<const N: usize>(&self, kind: Kind, nth: u64) -> [u8; N] {
        let mut state = mix(mix(self.seed ^ mix(kind as u64)) ^ nth);
        let mut bytes = [0; N];
        for chunk in bytes.chunks_mut(8) {
            state = mix(state);
            chunk.copy_from_slice(&state.to_le_bytes()[..chunk.len()]);
        }
        bytes
    }
}

/// Seed of authenticator codes: the 160 bits that RFC 4226 advises.
pub(crate) type CodeSeed = [u8; 20];

/// One step of SplitMix64: neighbouring numbers become unlike ones. Nothing here has to be hard to guess.
fn mix(number: u64) -> u64 {
    let mut mixed = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::{Inventor, Kind};

    #[test]
    fn the_same_seed_invents_the_same() {
        let (mut one, mut other) = (Inventor::new(7), Inventor::new(7));
        assert_eq!(one.id(Kind::Domain, 3), other.id(Kind::Domain, 3));
        assert_eq!(one.next_id(), other.next_id());
        assert_ne!(one.id(Kind::Domain, 3), Inventor::new(8).id(Kind::Domain, 3));
        assert_ne!(one.id(Kind::Domain, 3), one.id(Kind::Mailbox, 3));
    }

    #[test]
    fn nothing_is_given_out_twice() {
        let mut inventor = Inventor::new(1);
        let mut seen: HashSet<_> = (0..10_000).map(|nth| inventor.id(Kind::Mailbox, nth)).collect();
        seen.extend((0..10_000).map(|_| inventor.next_id()));
        assert_eq!(seen.len(), 20_000);
    }
}
