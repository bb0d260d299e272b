//! What a change of the document means for programs that use the crates, as semver sees it.

use anstyle::{AnsiColor, Style};

/// How much a change weighs, the heaviest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Weight {
    /// A program that compiles today may not, or may fail.
    Breaking,
    /// A program can do more.
    Addition,
    /// No program notices.
    Neutral,
}

/// What changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    OperationAdded,
    OperationRemoved,
    Address,
    Deprecated,
    NoLongerDeprecated,
    NowSpends,
    OtherEffect,
    /// Retries, rate limits, the operation that verifies an unknown outcome, and the headers that the client sends.
    OtherPolicy,
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
    PropertyNowOptional,
    PropertyNowRequired,
    /// The type that is generated does not change: what is optional may be null as well.
    Nullable,
    /// Every enum is `#[non_exhaustive]`.
    ValueAdded,
    ValueRemoved,
    RestKept,
    RestDropped,
    Said,
}

use Weight::{Addition, Breaking, Neutral};

/// The rules. Field types are public, so any change of a type is breaking. Structs are `#[non_exhaustive]` and built by
/// `new(..)` with the required fields, so a new optional field is not. A `match`, so that no variant is forgotten.
const fn weight(what: What) -> Weight {
    match what {
        What::OperationAdded => Addition,
        What::OperationRemoved => Breaking,
        // The builder keeps its name; parameters of the path are changes of their own.
        What::Address => Neutral,
        What::Deprecated => Addition,
        What::NoLongerDeprecated => Neutral,
        // Refused from now on, unless spending is allowed.
        What::NowSpends => Breaking,
        What::OtherEffect => Neutral,
        What::OtherPolicy => Neutral,
        // `send()` returns another type.
        What::DataMoved => Breaking,
        What::PagingAdded => Addition,
        What::PagingRemoved => Breaking,
        What::RowsMoved => Breaking,
        What::OptionalParameter => Addition,
        What::RequiredParameter => Breaking,
        What::ParameterRemoved => Breaking,
        What::ParameterNowOptional => Addition,
        What::ParameterNowRequired => Breaking,
        What::BodyAdded => Addition,
        What::RequiredBodyAdded => Breaking,
        What::BodyRemoved => Breaking,
        What::OtherType => Breaking,
        What::SchemaAdded => Addition,
        What::SchemaRemoved => Breaking,
        What::PropertyAdded => Addition,
        What::RequiredProperty => Breaking,
        What::PropertyRemoved => Breaking,
        // `T` becomes `Option<T>`, or the other way round.
        What::PropertyNowOptional => Breaking,
        What::PropertyNowRequired => Breaking,
        What::Nullable => Neutral,
        What::ValueAdded => Addition,
        What::ValueRemoved => Breaking,
        What::RestKept => Addition,
        What::RestDropped => Breaking,
        What::Said => Neutral,
    }
}

/// One change.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Change {
    pub weight: Weight,
    /// Operation id, or name of the schema, and the part of it.
    pub place: String,
    pub change: String,
}

impl Change {
    pub fn new(what: What, place: impl Into<String>, change: impl Into<String>) -> Self {
        Self { weight: weight(what), place: place.into(), change: change.into() }
    }
}

impl Weight {
    pub fn name(self) -> &'static str {
        match self {
            Breaking => "breaking",
            Addition => "addition",
            Neutral => "neutral",
        }
    }

    /// The colour on a terminal.
    pub fn style(self) -> Style {
        match self {
            Breaking => AnsiColor::Red.on_default().bold(),
            Addition => AnsiColor::Green.on_default(),
            Neutral => Style::new().dimmed(),
        }
    }
}
