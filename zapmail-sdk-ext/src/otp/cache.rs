//! The codes in hand, and those on their way: however many tasks want the same one, one request fetches it.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

use futures::FutureExt;
use futures::future::{BoxFuture, Shared, WeakShared};

use super::{Otp, OtpCode, OtpTarget};
use crate::error::Result;

/// Codes by workspace and account, shared by the clones and scopes of a client.
#[derive(Default)]
pub(crate) struct Codes(Mutex<HashMap<Key, Entry>>);

/// The workspace, and the account in it.
type Key = (Option<String>, OtpTarget);

type Fetch = BoxFuture<'static, Result<OtpCode>>;

enum Entry {
    InHand(OtpCode),
    /// Held weakly: when all who wait for it are gone, so is the request.
    OnItsWay(WeakShared<Fetch>),
}

impl Codes {
    /// The code in hand while it lives; else one request, however many ask.
    pub async fn get(&self, otp: &Otp) -> Result<OtpCode> {
        let key = (otp.zapmail.checked_workspace()?.map(str::to_owned), otp.target);
        let code = match self.alive_or_started(&key, otp) {
            Alive::InHand(code) => return Ok(code),
            Alive::OnItsWay(fetch) => fetch.await?,
        };
        self.entries().insert(key, Entry::InHand(code.clone()));
        Ok(code)
    }

    fn alive_or_started(&self, key: &Key, otp: &Otp) -> Alive {
        let mut entries = self.entries();
        if let Some(alive) = entries.get(key).and_then(Entry::alive) {
            return alive;
        }
        // A program that goes through all mailboxes would gather the codes of each, long dead.
        entries.retain(|_, entry| entry.alive().is_some());
        let fetch = otp.clone().fetch().boxed().shared();
        if let Some(weak) = fetch.downgrade() {
            entries.insert(key.clone(), Entry::OnItsWay(weak));
        }
        Alive::OnItsWay(fetch)
    }

    fn entries(&self) -> MutexGuard<'_, HashMap<Key, Entry>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

enum Alive {
    InHand(OtpCode),
    OnItsWay(Shared<Fetch>),
}

impl Entry {
    fn alive(&self) -> Option<Alive> {
        match self {
            Self::InHand(code) => (!code.remaining().is_zero()).then(|| Alive::InHand(code.clone())),
            Self::OnItsWay(fetch) => fetch.upgrade().map(Alive::OnItsWay),
        }
    }
}

impl fmt::Debug for Codes {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Codes")
    }
}
