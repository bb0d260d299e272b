//! API keys in the keyring of the operating system: Keychain, Windows' Credential Manager, or the Secret Service.

use zapmail_sdk_ext::Secret;

use crate::failure::Failure;

/// Stores the key of a profile, and replaces an earlier one.
pub fn store(profile: &str, key: &Secret) -> Result<(), Failure> {
    system::store(profile, key)
}

/// Reads the key of a profile.
pub fn read(profile: &str) -> Result<Secret, Failure> {
    system::read(profile)
}

/// Removes the key of a profile. It is not an error if there is none.
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
        entry(profile)?.set_password(key.expose()).map_err(|error| failure("take the API key", &error))
    }

    pub fn read(profile: &str) -> Result<Secret, Failure> {
        match entry(profile)?.get_password() {
            Ok(key) => Ok(key.into()),
            Err(Error::NoEntry) => {
                Err(Failure::refused(format!("the keyring has no API key of the profile {profile}"))
                    .hint(format!("store it with `zapmail login --profile {profile} --keyring`")))
            }
            Err(error) => Err(failure("return the API key", &error)),
        }
    }

    pub fn remove(profile: &str) -> Result<(), Failure> {
        match entry(profile)?.delete_credential() {
            Ok(()) | Err(Error::NoEntry) => Ok(()),
            Err(error) => Err(failure("remove the API key", &error)),
        }
    }

    fn entry(profile: &str) -> Result<Entry, Failure> {
        Entry::new(SERVICE, profile).map_err(|error| match Entry::store_status() {
            Err(reason) => failure("be opened", reason),
            Ok(()) => failure("be opened", &error),
        })
    }

    fn failure(what: &str, error: &Error) -> Failure {
        // Some errors hold what the keyring returned, which can be the key.
        let reason = match error {
            Error::BadEncoding(_) | Error::BadDataFormat(..) => "its entry is not valid".to_owned(),
            error => error.to_string(),
        };
        Failure::refused(format!("the system's keyring cannot {what}: {reason}"))
            .hint("unlock it, or log in without --keyring")
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
        Failure::refused("this `zapmail` was built without support for the system's keyring")
            .hint("install it with `cargo install zapmail-cli --features keyring`, or log in without --keyring")
    }
}
