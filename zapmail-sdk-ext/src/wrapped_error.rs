//! The traits of errors that wrap an [`Error`](crate::Error), and add how far an operation got.

/// Implements `Display`, `std::error::Error` and the conversion into an [`Error`](crate::Error) for a type with the
/// field `error`. Message and sources are those of the wrapped error.
macro_rules! wraps_error {
    ($name:ident $(<$state:ident>)?) => {
        impl $(<$state>)? From<$name $(<$state>)?> for zapmail_sdk::Error {
            fn from(error: $name $(<$state>)?) -> Self {
                error.error
            }
        }

        impl $(<$state>)? std::fmt::Display for $name $(<$state>)? {
            fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                std::fmt::Display::fmt(&self.error, formatter)
            }
        }

        impl $(<$state>)? std::error::Error for $name $(<$state>)? {
            fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
                std::error::Error::source(&self.error)
            }
        }
    };
}

pub(crate) use wraps_error;
