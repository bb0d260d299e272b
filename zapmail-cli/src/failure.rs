//! The error of a command, with its exit code.

use std::fmt;
use std::path::Path;

use serde_json::{Map, Value, json};
use zapmail_sdk_ext::{Error, ErrorKind};

use crate::words;

// The exit codes, as documented in the README.
pub const SUCCESS: u8 = 0;
pub const FAILED: u8 = 1;
pub const USAGE: u8 = 2;
pub const OUTCOME_UNKNOWN: u8 = 3;
pub const NOT_FOUND: u8 = 4;
pub const INTERRUPTED: u8 = 130;

/// The error of a command.
#[derive(Debug)]
pub struct Failure {
    exit_code: u8,
    /// The category, for programs.
    kind: String,
    message: String,
    /// What to do, one line per hint.
    hints: Vec<String>,
    /// Further values for programs.
    details: Map<String, Value>,
}

impl Failure {
    fn new(exit_code: u8, kind: &str, message: impl Into<String>) -> Self {
        let (kind, message) = (kind.to_owned(), message.into());
        Self { exit_code, kind, message, hints: Vec::new(), details: Map::new() }
    }

    /// Returns the error of an invalid command line.
    pub fn usage(message: impl Into<String>) -> Self {
        Self::new(USAGE, "usage", message)
    }

    /// Returns the error of a command that this program refuses.
    pub fn refused(message: impl Into<String>) -> Self {
        Self::new(FAILED, "refused", message)
    }

    /// Returns the error of a command whose work is incomplete.
    pub fn incomplete(message: impl Into<String>) -> Self {
        Self::new(FAILED, "incomplete", message)
    }

    /// Returns the error of a command that names an object that does not exist.
    pub fn not_found(message: impl Into<String>) -> Self {
        Self::new(NOT_FOUND, "not_found", message)
    }

    /// Returns the error of a command that ctrl-c has interrupted.
    pub fn interrupted() -> Self {
        Self::new(INTERRUPTED, "interrupted", "interrupted")
    }

    /// Returns the error of output whose reader has ended, such as `head`. It is not reported, and the exit code is that
    /// of success.
    pub fn end_of_reader() -> Self {
        Self::new(SUCCESS, "end_of_reader", "the reader of the output has ended")
    }

    /// Returns the error of an input file that cannot be read.
    pub fn unreadable(path: &Path, error: impl fmt::Display) -> Self {
        Self::usage(format!("{} cannot be read: {error}", path.display()))
    }

    /// Returns the error of a failed input, output or system call.
    pub fn io(message: impl Into<String>, error: impl fmt::Display) -> Self {
        Self::new(FAILED, "io", format!("{}: {error}", message.into()))
    }

    /// Adds a hint about what to do.
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }

    /// Adds a value to the JSON form.
    pub fn detail(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.details.insert(name.to_owned(), value.into());
        self
    }

    pub fn exit_code(&self) -> u8 {
        self.exit_code
    }

    pub fn is_interruption(&self) -> bool {
        self.exit_code == INTERRUPTED
    }

    pub fn is_end_of_reader(&self) -> bool {
        self.exit_code == SUCCESS
    }

    /// Returns the JSON form of the error.
    pub fn to_json(&self) -> Value {
        let mut error = self.details.clone();
        error.insert("kind".to_owned(), self.kind.clone().into());
        error.insert("message".to_owned(), self.message.clone().into());
        error.insert("exitCode".to_owned(), self.exit_code.into());
        if !self.hints.is_empty() {
            error.insert("hints".to_owned(), self.hints.clone().into());
        }
        json!({"error": error})
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.message)?;
        self.hints.iter().try_for_each(|hint| write!(formatter, "\n  {hint}"))
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let exit_code = match error.kind() {
            ErrorKind::OutcomeUnknown => OUTCOME_UNKNOWN,
            ErrorKind::NotFound => NOT_FOUND,
            // The request is invalid, and was not sent.
            ErrorKind::Invalid if error.status().is_none() => USAGE,
            _ => FAILED,
        };
        let message = words::translate(&error.to_string());
        let mut failure = Self::new(exit_code, error.kind().as_str(), message);
        failure = failure.detail("mayHaveBeenProcessed", error.may_have_been_processed());
        failure = failure.detail("attempts", error.attempts());
        let details = [
            ("operation", error.operation().map(Value::from)),
            ("status", error.status().map(Value::from)),
            ("errorId", error.error_id().map(Value::from)),
            ("verifyWith", error.verify_with().map(Value::from)),
        ];
        for (name, value) in details {
            if let Some(value) = value {
                failure = failure.detail(name, value);
            }
        }
        failure
    }
}

impl From<clap::Error> for Failure {
    fn from(error: clap::Error) -> Self {
        Self::usage(error.to_string())
    }
}
