//! Severity of a difference between document and page, for users of the crates.

use anstyle::{AnsiColor, Style};
use serde::Serialize;

/// The severity of a difference.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// A working program might fail or lose data.
    Breaking,
    /// There is a feature that programs cannot use yet.
    Addition,
    /// Only the description differs; programs are not affected.
    Wording,
}

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

/// The direction in which a value is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// Programs send it.
    Request,
    /// Programs receive it.
    Response,
}

use Severity::{Addition, Breaking, Wording};

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
        DifferenceKind::NoLongerDeprecated => (Some(Wording),   Some(Wording)),
        DifferenceKind::NewOptional        => (Some(Addition),  Some(Addition)),
        DifferenceKind::NewRequired        => (Some(Breaking),  Some(Addition)),
        DifferenceKind::Vanished           => (Some(Breaking),  Some(Breaking)),
        DifferenceKind::VanishedSeen       => (Some(Wording),   Some(Wording)),
        DifferenceKind::NowRequired        => (Some(Breaking),  None),
        DifferenceKind::NowOptional        => (Some(Addition),  Some(Breaking)),
        DifferenceKind::OtherType          => (Some(Breaking),  Some(Breaking)),
        DifferenceKind::OtherWords         => (Some(Wording),   Some(Wording)),
        DifferenceKind::NowTyped           => (Some(Addition),  Some(Addition)),
        DifferenceKind::NowUntyped         => (Some(Wording),   Some(Wording)),
        DifferenceKind::NewValue           => (Some(Addition),  Some(Addition)),
        DifferenceKind::VanishedValue      => (Some(Breaking),  Some(Wording)),
        DifferenceKind::NowEnum            => (Some(Addition),  Some(Addition)),
        DifferenceKind::NowFree            => (Some(Wording),   Some(Wording)),
        DifferenceKind::NowNullable        => (None,            Some(Breaking)),
        DifferenceKind::NewStatus          => (Some(Breaking),  Some(Breaking)),
        DifferenceKind::VanishedStatus     => (Some(Wording),   Some(Wording)),
        DifferenceKind::RejectedExample    => (Some(Breaking),  Some(Breaking)),
        DifferenceKind::StaleDeviation     => (Some(Wording),   Some(Wording)),
    }
}

impl Severity {
    pub fn name(self) -> &'static str {
        match self {
            Breaking => "breaking",
            Addition => "addition",
            Wording => "wording",
        }
    }

    /// The color on a terminal.
    pub fn style(self) -> Style {
        match self {
            Breaking => AnsiColor::Red.on_default().bold(),
            Addition => AnsiColor::Green.on_default(),
            Wording => Style::new().dimmed(),
        }
    }
}
