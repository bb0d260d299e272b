//! What every command has: the options, the output, and how failures are reported.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use clap::ArgMatches;
use clap::parser::ValueSource;
use serde_json::Value;

use crate::arguments::{self, Format, Options};
use crate::failure::Failure;
use crate::output::{self, Rows};

/// The context of a command.
#[derive(Debug)]
pub struct Context {
    pub options: Options,
    /// What an interruption now would leave open.
    at_stake: Mutex<Option<String>>,
    /// Whether the command runs until it is interrupted.
    is_endless: AtomicBool,
}

impl Context {
    pub fn new(matches: &ArgMatches) -> Self {
        Self { options: options(matches), at_stake: Mutex::default(), is_endless: AtomicBool::new(false) }
    }

    /// Prints the data of a command.
    pub fn print(&self, data: &Rows) -> Result<(), Failure> {
        output::print(&self.options, data)
    }

    /// Prints a line for people, on the standard error output: the standard output is for data.
    pub fn note(&self, line: impl AsRef<str>) {
        anstream::eprintln!("{}", line.as_ref());
    }

    /// Returns whether the output is read by a program, which expects JSON on the standard error output, too.
    pub fn is_json(&self) -> bool {
        matches!(self.options.output, Format::Json | Format::Jsonl)
    }

    /// Reports a failure on the standard error output: as JSON if the output is JSON.
    pub fn report(&self, failure: &Failure) {
        if self.is_json() {
            anstream::eprintln!("{}", failure.to_json());
        } else if !(failure.is_interruption() && self.is_endless.load(Ordering::Relaxed)) {
            anstream::eprintln!("error: {failure}");
        }
    }

    /// Says that the command runs until ctrl-c is pressed, which is its usual end and nothing to report.
    pub fn runs_until_interrupted(&self) {
        self.is_endless.store(true, Ordering::Relaxed);
    }

    /// Says what an interruption would leave open, until [`AtStake::over`]. A command that is interrupted is dropped before
    /// that.
    pub fn at_stake(&self, what: impl Into<String>) -> AtStake<'_> {
        self.set_at_stake(Some(what.into()));
        AtStake(self)
    }

    /// Returns the failure of an interruption.
    pub fn interruption(&self) -> Failure {
        let what = self.at_stake.lock().ok().and_then(|mut what| what.take());
        match what {
            Some(what) => Failure::interrupted().hint(what),
            None => Failure::interrupted(),
        }
    }

    fn set_at_stake(&self, what: Option<String>) {
        if let Ok(mut at_stake) = self.at_stake.lock() {
            *at_stake = what;
        }
    }
}

/// Something that an interruption would leave open.
#[derive(Debug)]
#[must_use]
pub struct AtStake<'a>(&'a Context);

impl AtStake<'_> {
    /// The outcome is known.
    pub fn over(self) {
        self.0.set_at_stake(None);
    }
}

/// Returns the failure of options that contradict each other.
///
/// clap would count a profile of the environment, too, which `--demo` is free to ignore.
pub fn check_options(matches: &ArgMatches) -> Result<(), Failure> {
    let matches = innermost(matches);
    let is_named = matches!(matches.value_source("profile"), Some(ValueSource::CommandLine));
    if is_named && matches.get_flag("demo") {
        return Err(Failure::usage("--demo runs on a sandbox, without a profile; leave out --profile"));
    }
    Ok(())
}

/// The options, which can stand before and after each part of a command.
fn options(matches: &ArgMatches) -> Options {
    arguments::read(innermost(matches)).or_else(|_| arguments::read(matches)).unwrap_or_else(|error| error.exit())
}

fn innermost(matches: &ArgMatches) -> &ArgMatches {
    matches.subcommand().map_or(matches, |(_, matches)| innermost(matches))
}

/// Returns the part of a value that a JSON pointer leads to.
pub fn pointed<'a>(value: &'a Value, pointer: &str) -> Result<&'a Value, Failure> {
    if !pointer.is_empty() && !pointer.starts_with('/') {
        return Err(Failure::usage(format!("--query {pointer} is not a JSON pointer; start it with /, such as /0/id")));
    }
    value.pointer(pointer).ok_or_else(|| Failure::not_found(format!("the output has nothing at --query {pointer}")))
}
