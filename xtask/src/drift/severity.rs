//! Severity of a difference between document and page, for users of the crates.

use crate::difference::Severity::{self, Addition, Breaking, Neutral};

/// The kind of a difference.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DifferenceKind {
    NewOperation,
    VanishedOperation,
    Address,
    Deprecated,
    NoLongerDeprecated,
    NewOptional,
    NewRequired,
    Vanished,
    /// A part of the document was observed in real responses, but is not on the page.
    VanishedSeen,
    NowRequired,
    NowOptional,
    OtherType,
    /// A different type with the same text in a URL or a header.
    OtherWords,
    NowTyped,
    NowUntyped,
    NewValue,
    VanishedValue,
    NowEnum,
    NowFree,
    NowNullable,
    NewStatus,
    VanishedStatus,
    RejectedExample,
    StaleDeviation,
}

impl DifferenceKind {
    /// The kind for a new part.
    pub const fn new(required: bool) -> Self {
        if required { Self::NewRequired } else { Self::NewOptional }
    }

    /// The kind for a part that is not on the page. `documented` is whether our document has it from the page.
    pub const fn vanished(documented: bool) -> Self {
        if documented { Self::Vanished } else { Self::VanishedSeen }
    }
}

/// The direction in which a value is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// Programs send it.
    Request,
    /// Programs receive it.
    Response,
}

/// The severity of a difference, or `None` if it does not count as drift.
pub const fn severity(what: DifferenceKind, side: Side) -> Option<Severity> {
    let (request, response) = severities(what);
    match side {
        Side::Request => request,
        Side::Response => response,
    }
}

/// The severities in a request and in a response. `None`: not drift, because our responses accept more than the pages
/// promise. A `match`, so that no new variant is forgotten.
#[rustfmt::skip]
const fn severities(what: DifferenceKind) -> (Option<Severity>, Option<Severity>) {
    match what {
        // kind                     in a request      in a response
        DifferenceKind::NewOperation       => (Some(Addition),  Some(Addition)),
        DifferenceKind::VanishedOperation  => (Some(Breaking),  Some(Breaking)),
        DifferenceKind::Address            => (Some(Breaking),  Some(Breaking)),
        DifferenceKind::Deprecated         => (Some(Addition),  Some(Addition)),
        DifferenceKind::NoLongerDeprecated => (Some(Neutral),   Some(Neutral)),
        DifferenceKind::NewOptional        => (Some(Addition),  Some(Addition)),
        DifferenceKind::NewRequired        => (Some(Breaking),  Some(Addition)),
        DifferenceKind::Vanished           => (Some(Breaking),  Some(Breaking)),
        DifferenceKind::VanishedSeen       => (Some(Neutral),   Some(Neutral)),
        DifferenceKind::NowRequired        => (Some(Breaking),  None),
        DifferenceKind::NowOptional        => (Some(Addition),  Some(Breaking)),
        DifferenceKind::OtherType          => (Some(Breaking),  Some(Breaking)),
        DifferenceKind::OtherWords         => (Some(Neutral),   Some(Neutral)),
        DifferenceKind::NowTyped           => (Some(Addition),  Some(Addition)),
        DifferenceKind::NowUntyped         => (Some(Neutral),   Some(Neutral)),
        DifferenceKind::NewValue           => (Some(Addition),  Some(Addition)),
        DifferenceKind::VanishedValue      => (Some(Breaking),  Some(Neutral)),
        DifferenceKind::NowEnum            => (Some(Addition),  Some(Addition)),
        DifferenceKind::NowFree            => (Some(Neutral),   Some(Neutral)),
        DifferenceKind::NowNullable        => (None,            Some(Breaking)),
        DifferenceKind::NewStatus          => (Some(Breaking),  Some(Breaking)),
        DifferenceKind::VanishedStatus     => (Some(Neutral),   Some(Neutral)),
        DifferenceKind::RejectedExample    => (Some(Breaking),  Some(Breaking)),
        DifferenceKind::StaleDeviation     => (Some(Neutral),   Some(Neutral)),
    }
}
