//! The severity of a change of the document, as semver defines it for programs that use the crates.

use crate::difference::{Difference, Severity};

/// The kind of a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChangeKind {
    OperationAdded,
    OperationRemoved,
    /// The builder keeps its name; changed path parameters are reported separately.
    Address,
    Deprecated,
    NoLongerDeprecated,
    /// The operation is now refused by default, because it can cost money.
    NowSpends,
    OtherEffect,
    /// Retries, rate limits, the operation that verifies an unknown outcome, and the headers that the client sends.
    OtherPolicy,
    /// `send()` returns a different type.
    DataMoved,
    PagingAdded,
    PagingRemoved,
    RowsMoved,
    OptionalParameter,
    RequiredParameter,
    ParameterRemoved,
    ParameterNowOptional,
    ParameterNowRequired,
    BodyAdded,
    RequiredBodyAdded,
    BodyRemoved,
    OtherType,
    SchemaAdded,
    SchemaRemoved,
    PropertyAdded,
    RequiredProperty,
    PropertyRemoved,
    /// `T` becomes `Option<T>`.
    PropertyNowOptional,
    /// `Option<T>` becomes `T`.
    PropertyNowRequired,
    /// The generated type does not change: an optional value can also be null.
    Nullable,
    /// Every enum is `#[non_exhaustive]`.
    ValueAdded,
    ValueRemoved,
    AdditionalPropertiesKept,
    AdditionalPropertiesDropped,
    DocumentationChanged,
}

use ChangeKind as Kind;
use Severity::{Addition, Breaking, Neutral};

/// The rules. Field types are public, so any change of a type is breaking. Structs are `#[non_exhaustive]` and built by
/// `new(..)` with the required fields, so a new optional field is not. A `match`, so that no variant is forgotten.
#[rustfmt::skip]
const fn severity(kind: Kind) -> Severity {
    match kind {
        Kind::OperationRemoved | Kind::NowSpends | Kind::DataMoved | Kind::PagingRemoved | Kind::RowsMoved
        | Kind::RequiredParameter | Kind::ParameterRemoved | Kind::ParameterNowRequired
        | Kind::RequiredBodyAdded | Kind::BodyRemoved | Kind::OtherType | Kind::SchemaRemoved
        | Kind::RequiredProperty | Kind::PropertyRemoved | Kind::PropertyNowOptional | Kind::PropertyNowRequired
        | Kind::ValueRemoved | Kind::AdditionalPropertiesDropped => Breaking,
        Kind::OperationAdded | Kind::Deprecated | Kind::PagingAdded
        | Kind::OptionalParameter | Kind::ParameterNowOptional | Kind::BodyAdded | Kind::SchemaAdded
        | Kind::PropertyAdded | Kind::ValueAdded | Kind::AdditionalPropertiesKept => Addition,
        Kind::Address | Kind::NoLongerDeprecated | Kind::OtherEffect | Kind::OtherPolicy | Kind::Nullable
        | Kind::DocumentationChanged => Neutral,
    }
}

impl ChangeKind {
    /// A change of this kind at a location: an operation id or schema name, and the part of it.
    pub fn at(self, at: impl Into<String>, change: impl Into<String>) -> Difference {
        Difference { severity: severity(self), at: at.into(), change: change.into() }
    }
}
