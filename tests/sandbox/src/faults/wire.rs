//! The JSON form of faults, for requests over HTTP.

use std::time::Duration;

use axum::http::StatusCode;
use serde::{Deserialize, Serialize};

use super::Fault;
use crate::envelope::Refusal;

/// The body of `POST /_sandbox/faults`.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct FaultRequest {
    /// Id of the operation, or `*` for any operation.
    pub(crate) operation: String,
    fault: WireFault,
    /// Number of requests that the fault affects.
    #[serde(default = "once")]
    pub(crate) times: usize,
}

fn once() -> usize {
    1
}

/// A fault, for example `{"kind": "status", "status": 503}`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
enum WireFault {
    Status {
        status: u16,
        body: Option<String>,
        content_type: Option<String>,
        retry_after_seconds: Option<f64>,
    },
    Delay {
        seconds: f64,
    },
    DropBeforeRequest {},
    DropAfterRequest {},
    CutBody {},
    GarbledJson {},
    UnknownEnumValue {},
    MissingField {},
    RepeatedPage {},
    #[serde(rename = "error_inside_200")]
    ErrorInside200 {
        status: u16,
        message: String,
    },
    Redirect {
        url: String,
    },
}

impl FaultRequest {
    pub(crate) fn new(operation: &str, fault: Fault, times: usize) -> Self {
        Self { operation: operation.to_owned(), fault: fault.into(), times }
    }

    pub(crate) fn fault(&self) -> Result<Fault, Refusal> {
        Ok(match self.fault.clone() {
            WireFault::Status { status, body, content_type, retry_after_seconds } => {
                if !(200..600).contains(&status) || StatusCode::from_u16(status).is_err() {
                    return Err(Refusal::invalid("fault.status must be from 200 to 599"));
                }
                let mut fault = Fault::status(status);
                if let Fault::Status { body: text, content_type: media_type, retry_after, .. } = &mut fault {
                    *text = body.unwrap_or_else(|| text.clone());
                    *media_type = content_type.unwrap_or_else(|| media_type.clone());
                    *retry_after = retry_after_seconds.map(seconds).transpose()?;
                }
                fault
            }
            WireFault::Delay { seconds: time } => Fault::Delay(seconds(time)?),
            WireFault::DropBeforeRequest {} => Fault::DropBeforeRequest,
            WireFault::DropAfterRequest {} => Fault::DropAfterRequest,
            WireFault::CutBody {} => Fault::CutBody,
            WireFault::GarbledJson {} => Fault::GarbledJson,
            WireFault::UnknownEnumValue {} => Fault::UnknownEnumValue,
            WireFault::MissingField {} => Fault::MissingField,
            WireFault::RepeatedPage {} => Fault::RepeatedPage,
            WireFault::ErrorInside200 { status, message } => Fault::ErrorInside200 { status, message },
            WireFault::Redirect { url } => Fault::Redirect(url),
        })
    }
}

impl From<Fault> for WireFault {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Status { status, body, content_type, retry_after } => Self::Status {
                status,
                body: Some(body),
                content_type: Some(content_type),
                retry_after_seconds: retry_after.map(|time| time.as_secs_f64()),
            },
            Fault::Delay(time) => Self::Delay { seconds: time.as_secs_f64() },
            Fault::DropBeforeRequest => Self::DropBeforeRequest {},
            Fault::DropAfterRequest => Self::DropAfterRequest {},
            Fault::CutBody => Self::CutBody {},
            Fault::GarbledJson => Self::GarbledJson {},
            Fault::UnknownEnumValue => Self::UnknownEnumValue {},
            Fault::MissingField => Self::MissingField {},
            Fault::RepeatedPage => Self::RepeatedPage {},
            Fault::ErrorInside200 { status, message } => Self::ErrorInside200 { status, message },
            Fault::Redirect(url) => Self::Redirect { url },
        }
    }
}

/// Reads a duration in seconds.
pub(crate) fn seconds(seconds: f64) -> Result<Duration, Refusal> {
    Duration::try_from_secs_f64(seconds).map_err(|_| Refusal::invalid("seconds must be a non-negative number"))
}
