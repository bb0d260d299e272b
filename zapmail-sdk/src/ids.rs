//! Ids: a separate type for each kind of object, so that a domain id cannot be passed where a mailbox id is expected.
//!
//! ```
//! use zapmail_sdk::ids::MailboxId;
//!
//! let mailbox = MailboxId::from("5d4c3b2a-1f0e-4d9c-8b7a-6e5f4d3c2b1a");
//! assert_eq!(mailbox.to_string(), "5d4c3b2a-1f0e-4d9c-8b7a-6e5f4d3c2b1a");
//! ```
//!
//! ```compile_fail
//! # use zapmail_sdk::ids::{DomainId, MailboxId};
//! let mailbox = MailboxId::from("5d4c3b2a-1f0e-4d9c-8b7a-6e5f4d3c2b1a");
//! let domain: DomainId = mailbox.into();
//! ```

/// Declares an id type for ids that are always UUIDs.
macro_rules! uuid_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        #[cfg_attr(feature = "schemars", derive(schemars::JsonSchema), schemars(inline))]
        #[serde(transparent)]
        pub struct $name(uuid::Uuid);

        impl $name {
            /// Returns the id as a UUID.
            pub fn as_uuid(&self) -> uuid::Uuid {
                self.0
            }
        }

        impl From<uuid::Uuid> for $name {
            fn from(id: uuid::Uuid) -> Self {
                Self(id)
            }
        }

        impl From<&uuid::Uuid> for $name {
            fn from(id: &uuid::Uuid) -> Self {
                Self::from(*id)
            }
        }

        impl std::str::FromStr for $name {
            type Err = uuid::Error;

            fn from_str(id: &str) -> Result<Self, Self::Err> {
                id.trim().parse().map(Self)
            }
        }

        impl TryFrom<&str> for $name {
            type Error = uuid::Error;

            fn try_from(id: &str) -> Result<Self, Self::Error> {
                id.parse()
            }
        }

        impl TryFrom<String> for $name {
            type Error = uuid::Error;

            fn try_from(id: String) -> Result<Self, Self::Error> {
                id.parse()
            }
        }

        id! { $name }
    };
}

/// Declares an id type for ids that are strings in at least some requests or responses.
macro_rules! text_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        #[cfg_attr(feature = "schemars", derive(schemars::JsonSchema), schemars(inline))]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// Returns the id as the service writes it.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl From<&str> for $name {
            fn from(id: &str) -> Self {
                Self(id.trim().to_owned())
            }
        }

        impl From<String> for $name {
            fn from(id: String) -> Self {
                Self::from(id.as_str())
            }
        }

        impl From<uuid::Uuid> for $name {
            fn from(id: uuid::Uuid) -> Self {
                Self(id.to_string())
            }
        }

        impl From<&uuid::Uuid> for $name {
            fn from(id: &uuid::Uuid) -> Self {
                Self::from(*id)
            }
        }

        impl std::str::FromStr for $name {
            type Err = std::convert::Infallible;

            fn from_str(id: &str) -> Result<Self, Self::Err> {
                Ok(Self::from(id))
            }
        }

        id! { $name }
    };
}

/// Declares an id type for ids that are always integers.
macro_rules! integer_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        #[cfg_attr(feature = "schemars", derive(schemars::JsonSchema), schemars(inline))]
        #[serde(transparent)]
        pub struct $name(i64);

        impl $name {
            /// Returns the id as an integer.
            pub fn as_i64(&self) -> i64 {
                self.0
            }
        }

        impl From<i64> for $name {
            fn from(id: i64) -> Self {
                Self(id)
            }
        }

        impl std::str::FromStr for $name {
            type Err = std::num::ParseIntError;

            fn from_str(id: &str) -> Result<Self, Self::Err> {
                id.trim().parse().map(Self)
            }
        }

        id! { $name }
    };
}

/// Implements the traits that all id types share.
macro_rules! id {
    ($name:ident) => {
        impl From<&$name> for $name {
            fn from(id: &$name) -> Self {
                id.clone()
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(formatter)
            }
        }
    };
}

include!(concat!(env!("OUT_DIR"), "/ids.rs"));

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::{DnsRecordId, DomainId, ExportId};

    #[test]
    fn id_is_read_and_written_unchanged() {
        for json in ["\"7b2e9d10-4c5f-4a6b-9d8e-1f2a3b4c5d6e\"", "\"domain-7\""] {
            let id: DomainId = serde_json::from_str(json).unwrap();
            assert_eq!(serde_json::to_string(&id).unwrap(), json);
            assert_eq!(format!("\"{id}\""), json);
        }
        let id: ExportId = serde_json::from_str("10421").unwrap();
        assert_eq!((id.to_string().as_str(), id), ("10421", "10421".parse().unwrap()));
    }

    #[test]
    fn uuid_is_converted_to_an_id() {
        let uuid = Uuid::from_u128(7);
        assert_eq!(DomainId::from(uuid).as_str(), uuid.to_string());
        assert_eq!(DnsRecordId::from(uuid).to_string(), uuid.to_string());
    }
}
