//! Open enums: enums that preserve unknown values.
//!
//! The service adds values without notice. A closed enum would reject the whole response, so open enums decode any
//! string and serialize it unchanged. In a request, an unknown value is usually a typo, so it is rejected unless the
//! caller allows it. The implementations are written out instead of derived, which compiles faster.

use std::cell::RefCell;

thread_local! {
    /// `None` unless a request is being built. Then, the message about its first unknown value, if any.
    static UNKNOWN: RefCell<Option<Option<String>>> = const { RefCell::new(None) };
}

/// Builds a request, and returns it with a message about its first unknown value, if any.
pub(crate) fn detect_unknown<T>(build: impl FnOnce() -> T) -> (T, Option<String>) {
    UNKNOWN.with(|unknown| unknown.replace(Some(None)));
    let built = build();
    (built, UNKNOWN.with(|unknown| unknown.replace(None)).flatten())
}

/// Records that an unknown value is being serialized.
pub(crate) fn note_unknown<'a>(name: &str, value: &str, known: impl Iterator<Item = &'a str>) {
    UNKNOWN.with(|unknown| {
        if let Some(first @ None) = &mut *unknown.borrow_mut() {
            let value: String = value.chars().filter(|character| !character.is_control()).take(50).collect();
            let known = known.collect::<Vec<_>>().join(", ");
            *first = Some(format!(
                "`{value}` is not a documented `{name}`; use one of {known}, or send it anyway with `allow_unknown()`"
            ));
        }
    });
}

/// Declares an open enum from a table of variants and their values.
macro_rules! open_enum {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $value:literal,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum $name {
            $($(#[$variant_doc])* $variant,)*
            /// An undocumented value, as the service sent it.
            Unknown(String),
        }

        impl $name {
            /// The documented values.
            pub const KNOWN: &'static [Self] = &[$(Self::$variant),*];

            /// Returns the value as the service writes it.
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$variant => $value,)*
                    Self::Unknown(value) => value,
                }
            }

            /// Whether the value is documented.
            pub fn is_known(&self) -> bool {
                !matches!(self, Self::Unknown(_))
            }

            fn exact(value: &str) -> Self {
                match value {
                    $($value => Self::$variant,)*
                    _ => Self::Unknown(value.to_owned()),
                }
            }
        }

        /// Matches documented values in any letter case; any other value becomes `Unknown`.
        impl From<&str> for $name {
            fn from(value: &str) -> Self {
                let known = Self::KNOWN.iter().find(|known| known.as_str().eq_ignore_ascii_case(value.trim()));
                known.cloned().unwrap_or_else(|| Self::Unknown(value.to_owned()))
            }
        }

        impl From<String> for $name {
            fn from(value: String) -> Self {
                Self::from(value.as_str())
            }
        }

        impl std::str::FromStr for $name {
            type Err = std::convert::Infallible;

            fn from_str(value: &str) -> Result<Self, Self::Err> {
                Ok(Self::from(value))
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str(self.as_str())
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                if let Self::Unknown(value) = self {
                    crate::open_enum::note_unknown(stringify!($name), value, Self::KNOWN.iter().map(|known| known.as_str()));
                }
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                <std::borrow::Cow<'de, str> as serde::Deserialize>::deserialize(deserializer).map(|value| Self::exact(&value))
            }
        }

        #[cfg(feature = "schemars")]
        impl schemars::JsonSchema for $name {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                schemars::json_schema!({"type": "string", "examples": [$($value),*]})
            }
        }
    };
}

pub(crate) use open_enum;

#[cfg(test)]
mod tests {
    use crate::types::MailboxStatus;

    #[test]
    fn value_is_parsed_in_any_letter_case() {
        assert_eq!(MailboxStatus::from(" in_progress"), MailboxStatus::InProgress);
        assert_eq!("Active".parse(), Ok(MailboxStatus::Active));
        assert!(MailboxStatus::KNOWN.iter().all(MailboxStatus::is_known));
        assert!(!MailboxStatus::from("HIBERNATING").is_known());
    }

    #[test]
    fn value_is_written_back_unchanged() {
        for (json, parsed) in [
            ("\"IN_PROGRESS\"", MailboxStatus::InProgress),
            ("\"HIBERNATING\"", MailboxStatus::Unknown("HIBERNATING".to_owned())),
            ("\"active\"", MailboxStatus::Unknown("active".to_owned())),
            ("\"\\u00fcber\"", MailboxStatus::Unknown("über".to_owned())),
        ] {
            let status: MailboxStatus = serde_json::from_str(json).unwrap();
            assert_eq!(status, parsed);
            let written: String = serde_json::from_str(&serde_json::to_string(&status).unwrap()).unwrap();
            assert_eq!(written, status.to_string());
        }
    }
}
