//! How much a difference between document and page matters to people who use the crates.

use anstyle::{AnsiColor, Style};
use serde::Serialize;

/// How much a difference matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// A program that works today may fail, or loses something.
    Breaking,
    /// There is something that programs cannot use yet.
    Addition,
    /// Only what is said differs; no program notices.
    Wording,
}

/// What differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    NewOperation,
    VanishedOperation,
    Address,
    Deprecated,
    NoLongerDeprecated,
    NewOptional,
    NewRequired,
    Vanished,
    /// Part of the document that was seen in real answers and that no page ever had to show.
    VanishedSeen,
    NowRequired,
    NowOptional,
    OtherType,
    /// Other words for what is the same text in an address or a header.
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

/// Which way something goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// Programs send it.
    Request,
    /// Programs receive it.
    Answer,
}

use Severity::{Addition, Breaking, Wording};

/// How much it matters, if it is drift at all.
pub const fn severity(what: What, side: Side) -> Option<Severity> {
    let (request, answer) = severities(what);
    match side {
        Side::Request => request,
        Side::Answer => answer,
    }
}

/// How much it matters in a request and in an answer; `None`: it is no drift, because our answers take more than the pages
/// promise. A `match`, so that what is new cannot be forgotten here.
#[rustfmt::skip]
const fn severities(what: What) -> (Option<Severity>, Option<Severity>) {
    match what {
        // what                     in a request      in an answer
        What::NewOperation       => (Some(Addition),  Some(Addition)),
        What::VanishedOperation  => (Some(Breaking),  Some(Breaking)),
        What::Address            => (Some(Breaking),  Some(Breaking)),
        What::Deprecated         => (Some(Addition),  Some(Addition)),
        What::NoLongerDeprecated => (Some(Wording),   Some(Wording)),
        What::NewOptional        => (Some(Addition),  Some(Addition)),
        What::NewRequired        => (Some(Breaking),  Some(Addition)),
        What::Vanished           => (Some(Breaking),  Some(Breaking)),
        What::VanishedSeen       => (Some(Wording),   Some(Wording)),
        What::NowRequired        => (Some(Breaking),  None),
        What::NowOptional        => (Some(Addition),  Some(Breaking)),
        What::OtherType          => (Some(Breaking),  Some(Breaking)),
        What::OtherWords         => (Some(Wording),   Some(Wording)),
        What::NowTyped           => (Some(Addition),  Some(Addition)),
        What::NowUntyped         => (Some(Wording),   Some(Wording)),
        What::NewValue           => (Some(Addition),  Some(Addition)),
        What::VanishedValue      => (Some(Breaking),  Some(Wording)),
        What::NowEnum            => (Some(Addition),  Some(Addition)),
        What::NowFree            => (Some(Wording),   Some(Wording)),
        What::NowNullable        => (None,            Some(Breaking)),
        What::NewStatus          => (Some(Breaking),  Some(Breaking)),
        What::VanishedStatus     => (Some(Wording),   Some(Wording)),
        What::RejectedExample    => (Some(Breaking),  Some(Breaking)),
        What::StaleDeviation     => (Some(Wording),   Some(Wording)),
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

    /// The colour on a terminal.
    pub fn style(self) -> Style {
        match self {
            Breaking => AnsiColor::Red.on_default().bold(),
            Addition => AnsiColor::Green.on_default(),
            Wording => Style::new().dimmed(),
        }
    }
}
