//! The report in a response: the keys of its body that report the outcome of the request.
//!
//! **The rule.** A response is a success if its HTTP status is 2xx, its body does not report an error, and it contains
//! the data that the operation requires. A body reports an error if it is a JSON object with
//!
//! - a `status` or `statusCode` that is a number of at least 400, or a string that begins with one;
//! - the `status` `error`, `fail`, `failed` or `failure`, except in the body of a read that has no envelope, where it
//!   is the state of a job;
//! - `success` or `status` equal to `false` or `"false"`;
//! - an `error` or `errors` that is not empty, without `success: true` or `data`.
//!
//! If a key occurs several times, each of its values counts. A file counts as an error report only if it is a JSON
//! object that contains nothing but a report.
//!
//! The document determines the required data: a read requires its `data`, or a body that contains more than a report; a
//! purchase requires one of the values that show what was bought ([`Operation::proof`]); a write requires nothing,
//! unless its data is described. A list is never a success, except as a file or for an undocumented operation.

mod proof;
mod value;

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserializer, IgnoredAny, MapAccess, Visitor};

use self::value::ReportValue;
use crate::decode::{self, Fault};
use crate::operations::{Effect, Operation};
use crate::surrogates::replace_lone;

/// The keys that report the outcome of the request.
pub(crate) const REPORT_KEYS: [&str; 7] = ["status", "statusCode", "success", "message", "error", "errors", "errorId"];

/// The outcome of the request according to these keys.
#[derive(Debug, Default)]
pub(crate) struct Report {
    /// The first error status.
    pub error_status: Option<u16>,
    pub message: Option<String>,
    pub error: Option<String>,
    pub error_id: Option<String>,
    pub is_object: bool,
    /// The body is not valid JSON, or is nested too deeply.
    is_unreadable: bool,
    /// `success` or `status` is false.
    failed: bool,
    /// `status` is a word that means failure, such as `failed`.
    has_failure_word: bool,
    /// `success` is true, or there is data.
    succeeded: bool,
    has_error: bool,
    has_data_key: bool,
    /// The body contains more than a report: another key, or the `status` of a job.
    has_content: bool,
}

/// Whether the message and the error id are read. A success requires neither, and nearly every response is a success.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reasons {
    Read,
    Skipped,
}

impl Report {
    pub fn of(body: &[u8], reasons: Reasons) -> Self {
        let body = &*replace_lone(body);
        serde_json::Deserializer::from_slice(body).deserialize_any(ReportVisitor(reasons)).unwrap_or_else(|_| Self {
            is_unreadable: body.trim_ascii_start().first() == Some(&b'{'),
            ..Self::default()
        })
    }

    pub fn is_error(&self, operation: &Operation) -> bool {
        let is_job_state = operation.effect == Effect::Read && operation.data.is_none();
        let reported = self.error_status.is_some()
            || self.failed
            || (self.has_failure_word && !is_job_state)
            || (self.has_error && !self.succeeded);
        reported && !(operation.returns_file && self.has_content)
    }

    /// Checks that a success contains the data that the operation requires.
    pub fn check_data(&self, operation: &Operation, body: &[u8]) -> Result<(), Fault> {
        // serde would read the elements of a list as the fields of the envelope.
        let is_list = body.trim_ascii_start().first() == Some(&b'[');
        match operation.effect {
            _ if self.is_unreadable && !operation.returns_file => {
                decode::strict::<IgnoredAny>(body)?;
                Err(Fault::of_body("is nested too deeply"))
            }
            _ if is_list && operation.is_documented() && !operation.returns_file => {
                Err(Fault::of_body("is a list instead of an object"))
            }
            Effect::Spend => proof::check(body, operation.proof),
            Effect::Read if !self.is_object || operation.returns_file || !operation.is_documented() => Ok(()),
            Effect::Read if operation.data.is_some() => {
                if self.has_data_key {
                    Ok(())
                } else {
                    Err(Fault::missing("data"))
                }
            }
            Effect::Read if !self.has_content => Err(Fault::of_body("contains no data")),
            _ => Ok(()),
        }
    }

    fn note_status(&mut self, value: &ReportValue) {
        match value.status() {
            Some(status @ 400..=999) => self.error_status = self.error_status.or(Some(status)),
            Some(1000..) => self.failed = true,
            Some(_) => {}
            None => {
                let word = value.word();
                self.has_failure_word |= ["error", "fail", "failed", "failure"].contains(&word.as_str());
                self.has_content |= !word.is_empty();
                self.note_success(value);
            }
        }
    }

    fn note_success(&mut self, value: &ReportValue) {
        self.succeeded |= value.flag() == Some(true);
        self.failed |= value.flag() == Some(false);
    }

    fn note_error(&mut self, value: ReportValue) {
        self.has_error |= !value.is_blank();
        self.error = value.into_text().or(self.error.take());
    }
}

struct ReportVisitor(Reasons);

impl<'de> Visitor<'de> for ReportVisitor {
    type Value = Report;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Report, A::Error> {
        let mut report = Report { is_object: true, ..Report::default() };
        while let Some(key) = map.next_key::<Cow<'de, str>>()? {
            match &*key {
                "message" | "errorId" if self.0 == Reasons::Skipped => _ = map.next_value::<IgnoredAny>()?,
                "status" | "statusCode" => report.note_status(&map.next_value()?),
                "success" => report.note_success(&map.next_value()?),
                "error" | "errors" => report.note_error(map.next_value()?),
                "message" => report.message = map.next_value::<ReportValue>()?.into_text().or(report.message),
                "errorId" => report.error_id = map.next_value::<ReportValue>()?.into_id().or(report.error_id),
                "data" => {
                    let has_data = map.next_value::<Option<IgnoredAny>>()?.is_some();
                    report.has_data_key = true;
                    report.succeeded |= has_data;
                    report.has_content |= has_data;
                }
                _ => {
                    report.has_content = true;
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(report)
    }
}
