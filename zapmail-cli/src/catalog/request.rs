//! The request that a command sends, built from its arguments.

use std::fs;
use std::io::{IsTerminal, Read};
use std::path::Path;

use clap::ArgMatches;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Map, Value};
use zapmail_sdk_ext::http::Method;
use zapmail_sdk_ext::{RequestBuilder, Zapmail};

use super::OperationCommand;
use super::flags::{BODY, Flag, Kind, Location};
use crate::failure::Failure;
use crate::input;
use crate::terminal::note;

/// Characters that are percent-encoded in a path segment. Unreserved punctuation is not encoded: ids contain `-` and
/// `_`, and the service may compare ids without decoding them.
const PERCENT_ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// A request of an operation, before it is sent.
#[derive(Debug, Clone)]
pub struct Call {
    pub method: Method,
    /// The path below the base URL.
    pub path: String,
    pub query: Vec<(String, String)>,
    pub body: Option<Value>,
}

impl Call {
    /// Builds the request from the arguments. A flag for a property takes precedence over `--body`.
    pub async fn read(command: &OperationCommand, matches: &ArgMatches) -> Result<Self, Failure> {
        let OperationCommand { operation, .. } = command;
        let invalid = |error| Failure::usage(format!("the method of {} is invalid: {error}", operation.id));
        let method = operation
            .method
            .to_uppercase()
            .parse()
            .map_err(|error: zapmail_sdk_ext::http::method::InvalidMethod| invalid(error))?;
        let mut call = Self { method, path: operation.path.to_owned(), query: Vec::new(), body: None };
        let mut fields = Map::new();
        for flag in command.flags().all {
            let Some(values) = values(&flag, matches)? else { continue };
            match flag.location {
                Location::Path => {
                    let value = values.iter().map(plain).collect::<Vec<_>>().join(",");
                    let value = utf8_percent_encode(&value, PERCENT_ENCODED).to_string();
                    call.path = call.path.replace(&format!("{{{}}}", flag.key), &value);
                }
                Location::Query => {
                    call.query.extend(values.iter().map(|value| (flag.key.to_owned(), plain(value))));
                }
                Location::Body => {
                    let value =
                        if flag.is_list { values.into() } else { values.into_iter().next().unwrap_or_default() };
                    fields.insert(flag.key.to_owned(), value);
                }
            }
        }
        let source = if operation.body().is_some() { matches.get_one::<String>(BODY) } else { None };
        let complete_body = match source {
            Some(source) => Some(read_body(source.clone()).await?),
            None => None,
        };
        call.body = match complete_body {
            Some(Value::Object(mut body)) => {
                body.extend(fields);
                Some(body.into())
            }
            Some(other) if fields.is_empty() => Some(other),
            Some(_) => {
                return Err(Failure::usage(
                    "--body is not a JSON object, so it cannot be combined with flags for its properties",
                ));
            }
            None if operation.body().is_some() => Some(fields.into()),
            None => None,
        };
        Ok(call)
    }

    /// Returns the request for a client.
    pub fn request(&self, zapmail: &Zapmail) -> RequestBuilder {
        let request = zapmail.request(self.method.clone(), self.path.clone());
        let request = self.query.iter().fold(request, |request, (name, value)| request.query(name, value));
        match &self.body {
            Some(body) => request.json(body),
            None => request,
        }
    }

    /// Returns a copy of the call with a query parameter set to `value`.
    pub fn with_query(&self, name: &str, value: impl ToString) -> Self {
        let mut call = self.clone();
        call.query.retain(|(known, _)| known != name);
        call.query.push((name.to_owned(), value.to_string()));
        call
    }
}

/// Reads a body: JSON, `@FILE`, or `-` for standard input.
pub async fn read_body(source: String) -> Result<Value, Failure> {
    input::read(move || body(&source)).await
}

fn body(source: &str) -> Result<Value, Failure> {
    let text = match source.strip_prefix('@') {
        Some("-") => read_standard_input()?,
        Some(path) => fs::read_to_string(path).map_err(|error| Failure::unreadable(Path::new(path), error))?,
        None if source == "-" => read_standard_input()?,
        None => source.to_owned(),
    };
    // Some editors on Windows begin a file with a byte order mark.
    serde_json::from_str(text.trim_start_matches('\u{feff}')).map_err(|error| {
        // The error does not quote the body, which can contain passwords.
        let (line, column) = (error.line(), error.column());
        Failure::usage(format!(
            "--body is not valid JSON (line {line}, column {column}); pass JSON, @FILE, or - for standard input"
        ))
    })
}

fn read_standard_input() -> Result<String, Failure> {
    if std::io::stdin().is_terminal() {
        note("Type the body as JSON, then press ctrl-d:");
    }
    let mut text = String::new();
    std::io::stdin().read_to_string(&mut text).map_err(|error| Failure::io("standard input cannot be read", error))?;
    Ok(text)
}

fn values(flag: &Flag, matches: &ArgMatches) -> Result<Option<Vec<Value>>, Failure> {
    let Some(values) = matches.get_many::<String>(&flag.name) else { return Ok(None) };
    let values = values.map(|value| typed(flag, value)).collect::<Result<Vec<_>, _>>()?;
    let elements = values.into_iter().flat_map(|value| match value {
        Value::Array(elements) if flag.takes_whole_list => elements,
        element => vec![element],
    });
    Ok(Some(elements.collect()))
}

fn typed(flag: &Flag, value: &str) -> Result<Value, Failure> {
    let invalid = |expected: &str| Failure::usage(format!("invalid value for --{}; expected {expected}", flag.name));
    match flag.kind {
        Kind::Boolean => Ok((value == "true").into()),
        Kind::Integer => value.trim().parse::<i64>().map(Value::from).map_err(|_| invalid("a whole number")),
        Kind::Number => value.trim().parse::<serde_json::Number>().map(Value::Number).map_err(|_| invalid("a number")),
        // Lists are often written with a space after each comma.
        Kind::Text if flag.is_list => Ok(value.trim().into()),
        Kind::Text => Ok(value.into()),
        // A value without a documented type is read as JSON if possible, and as text otherwise.
        Kind::Json if value.trim_start().starts_with(['{', '[', '"']) => {
            serde_json::from_str(value).map_err(|_| invalid("JSON"))
        }
        Kind::Json => Ok(serde_json::from_str(value).unwrap_or_else(|_| value.into())),
    }
}

/// Returns a value in the form that a query or a path contains.
fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
