//! API keys in the system keyring: Keychain on macOS, Credential Manager on Windows, the Secret Service on Linux.

use zapmail_sdk_ext::Secret;

use crate::failure::Failure;

/// Stores the key of a profile, and replaces an existing key.
pub fn store(profile: &str, key: &Secret) -> Result<(), Failure> {
    system::store(profile, key)
}

/// Reads the key of a profile.
pub fn read(profile: &str) -> Result<Secret, Failure> {
    system::read(profile)
}

/// Removes the key of a profile. Not an error if the keyring has none.
pub fn remove(profile: &str) -> Result<(), Failure> {
    system::remove(profile)
}

#[cfg(feature = "keyring")]
mod system {
    use keyring::{Entry, Error};
    use zapmail_sdk_ext::Secret;

    use crate::failure::Failure;

    /// The name of this program in the keyring.
    const SERVICE: &str = "zapmail";

    pub fn store(profile: &str, key: &Secret) -> Result<(), Failure> {
        entry(profile)?.set_password(key.expose()).map_err(|error| failure("store the API key in", &error))
    }

    pub fn read(profile: &str) -> Result<Secret, Failure> {
        match entry(profile)?.get_password() {
            Ok(key) => Ok(key.into()),
            Err(Error::NoEntry) => {
                Err(Failure::refused(format!("the keyring has no API key for the profile {profile}"))
                    .hint(format!("store it with `zapmail login --profile {profile} --keyring`")))
            }
            Err(error) => Err(failure("read the API key from", &error)),
        }
    }

    pub fn remove(profile: &str) -> Result<(), Failure> {
        match entry(profile)?.delete_credential() {
            Ok(()) | Err(Error::NoEntry) => Ok(()),
            Err(error) => Err(failure("remove the API key from", &error)),
        }
    }

    fn entry(profile: &str) -> Result<Entry, Failure> {
        Entry::new(SERVICE, profile).map_err(|error| match Entry::store_status() {
            Err(reason) => failure("open", reason),
            Ok(()) => failure("open", &error),
        })
    }

    fn failure(action: &str, error: &Error) -> Failure {
        // Some errors contain the entry, which can be the key.
        let reason = match error {
            Error::BadEncoding(_) | Error::BadDataFormat(..) => "the entry is not valid".to_owned(),
            error => error.to_string(),
        };
        Failure::refused(format!("cannot {action} the system keyring: {reason}"))
            .hint("unlock the keyring, or log in without --keyring")
    }
}

#[cfg(not(feature = "keyring"))]
mod system {
    use zapmail_sdk_ext::Secret;

    use crate::failure::Failure;

    pub fn store(_: &str, _: &Secret) -> Result<(), Failure> {
        Err(unsupported())
    }

    pub fn read(_: &str) -> Result<Secret, Failure> {
        Err(unsupported())
    }

    pub fn remove(_: &str) -> Result<(), Failure> {
        Err(unsupported())
    }

    fn unsupported() -> Failure {
        Failure::refused("this build of `zapmail` does not support the system keyring")
            .hint("install it with `cargo install zapmail-cli --features keyring`, or log in without --keyring")
    }
}
