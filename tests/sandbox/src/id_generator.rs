//! Generated values: identifiers and the seeds of authenticator codes.
//!
//! All values are derived from one number, so two sandboxes with the same seed have the same data and the same
//! responses.

use serde::{Deserialize, Serialize};
use uuid::{Builder, Uuid};

/// The purpose of a generated value; values of different kinds differ.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Kind {
    Account,
    Workspace,
    Member,
    Domain,
    Mailbox,
    MailboxSeed,
    AdminSeed,
    /// Values generated while the sandbox runs, including error ids.
    Runtime,
    ExportAccount,
    Shield,
    Placement,
    Subscription,
}

/// A generator of identifiers and seeds.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct IdGenerator {
    seed: u64,
    count: u64,
}

impl IdGenerator {
    pub(crate) fn new(seed: u64) -> Self {
        Self { seed, count: 0 }
    }

    /// Returns the `nth` identifier of a kind.
    pub(crate) fn id(&self, kind: Kind, nth: u64) -> Uuid {
        Builder::from_random_bytes(self.bytes(kind, nth)).into_uuid()
    }

    /// Returns an identifier that was not returned before.
    pub(crate) fn next_id(&mut self) -> Uuid {
        self.count += 1;
        self.id(Kind::Runtime, self.count)
    }

    /// Returns the seed for the authenticator codes of the `nth` account of a kind.
    pub(crate) fn code_seed(&self, kind: Kind, nth: u64) -> CodeSeed {
        self.bytes(kind, nth)
    }

    /// Returns a seed for authenticator codes that was not returned before.
    pub(crate) fn next_code_seed(&mut self) -> CodeSeed {
        self.count += 1;
        self.code_seed(Kind::Runtime, self.count)
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

/// The seed of authenticator codes: 160 bits, as RFC 4226 recommends.
pub(crate) type CodeSeed = [u8; 20];

/// One step of SplitMix64, which maps neighboring numbers to dissimilar ones. The values need not be unpredictable.
fn mix(number: u64) -> u64 {
    let mut mixed = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}
