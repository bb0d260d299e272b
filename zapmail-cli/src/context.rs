//! The context of a command: the global options, the output, and the reporting of errors.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, OnceLock};

use clap::ArgMatches;
use clap::parser::ValueSource;

use crate::arguments::{self, Format, Options};
use crate::failure::Failure;
use crate::output::{self, Rows};
use crate::recorder::Recorder;
use crate::terminal;

const PROFILE: &str = "profile";

/// The context of a command.
#[derive(Debug)]
pub struct Context {
    pub options: Options,
    /// The hint to print if the command is interrupted now.
    interruption_hint: Mutex<Option<String>>,
    /// Whether the command runs until it is interrupted.
    is_endless: AtomicBool,
    /// Records the requests of a dry run, for a command that has no other form of it.
    recorder: OnceLock<Recorder>,
}

impl Context {
    pub fn new(matches: &ArgMatches) -> Self {
        Self {
            options: options(matches),
            interruption_hint: Mutex::default(),
            is_endless: AtomicBool::new(false),
            recorder: OnceLock::new(),
        }
    }

    /// Prints the data of a command, unless the requests of a dry run are printed instead.
    pub fn print(&self, data: &Rows) -> Result<(), Failure> {
        if self.recorder().is_some() { Ok(()) } else { self.print_now(data) }
    }

    /// Prints data, even in a dry run.
    pub fn print_now(&self, data: &Rows) -> Result<(), Failure> {
        self.done_printing(output::print(&self.options, data))
    }

    /// Prints text instead of data.
    pub fn print_text(&self, text: &str) -> Result<(), Failure> {
        self.done_printing(output::write(text))
    }

    /// A command that prints once is not finished early if the reader, such as `head`, has ended.
    fn done_printing(&self, printed: Result<(), Failure>) -> Result<(), Failure> {
        printed.or_else(|failure| if failure.is_end_of_reader() { Ok(()) } else { Err(failure) })
    }

    /// Records the requests from now on instead of sending them.
    pub fn record_requests(&self) -> &Recorder {
        self.recorder.get_or_init(Recorder::default)
    }

    /// Returns the recorder of a dry run, if requests are recorded.
    pub fn recorder(&self) -> Option<&Recorder> {
        self.recorder.get()
    }

    /// Prints a line to standard error, because standard output is for data.
    pub fn note(&self, line: impl AsRef<str>) {
        terminal::note(line.as_ref());
    }

    /// Returns whether the output is JSON or JSON lines. Errors are JSON, too, in this case.
    pub fn is_json(&self) -> bool {
        matches!(self.options.output, Format::Json | Format::Jsonl)
    }

    /// Prints an error to standard error: as JSON if the output is JSON.
    pub fn report(&self, failure: &Failure) {
        let is_expected = failure.is_interruption() && self.is_endless.load(Ordering::Relaxed);
        match self.is_json() {
            _ if is_expected || failure.is_end_of_reader() => {}
            true => self.note(failure.to_json().to_string()),
            false => self.note(format!("error: {failure}")),
        }
    }

    /// Declares that the command runs until ctrl-c is pressed, which is then not reported as an error.
    pub fn runs_until_interrupted(&self) {
        self.is_endless.store(true, Ordering::Relaxed);
    }

    /// Sets the hint that is printed if the command is interrupted before [`InterruptionHint::clear`].
    pub fn set_interruption_hint(&self, hint: impl Into<String>) -> InterruptionHint<'_> {
        self.replace_interruption_hint(Some(hint.into()));
        InterruptionHint(self)
    }

    /// Returns the error of an interruption, with the current hint.
    pub fn interruption(&self) -> Failure {
        let hint = self.interruption_hint.lock().ok().and_then(|mut hint| hint.take());
        match hint {
            Some(hint) => Failure::interrupted().hint(hint),
            None => Failure::interrupted(),
        }
    }

    fn replace_interruption_hint(&self, hint: Option<String>) {
        if let Ok(mut current) = self.interruption_hint.lock() {
            *current = hint;
        }
    }
}

/// The current hint for an interruption. Not cleared on drop, because an interrupted command is dropped before the hint
/// is read.
#[derive(Debug)]
#[must_use]
pub struct InterruptionHint<'a>(&'a Context);

impl InterruptionHint<'_> {
    /// Clears the hint, because the outcome is known.
    pub fn clear(self) {
        self.0.replace_interruption_hint(None);
    }
}

/// Checks the global options before anything is sent.
///
/// `conflicts_with` of clap would also reject a profile of the environment, which `--demo` ignores.
pub fn check_options(matches: &ArgMatches) -> Result<(), Failure> {
    let matches = innermost(matches);
    let options = options(matches);
    let has_profile = is_on_command_line(matches, PROFILE);
    if has_profile && options.demo {
        return Err(Failure::usage("--demo and --profile cannot be combined; leave out one of them"));
    }
    for (name, value) in [(PROFILE, &options.profile), ("workspace", &options.workspace)] {
        if value.as_deref() == Some("") {
            return Err(Failure::usage(format!("--{name} is empty; pass a name, or leave out --{name}")));
        }
    }
    output::check_options(&options)
}

/// Reads the global options, which can precede or follow each part of a command.
fn options(matches: &ArgMatches) -> Options {
    let innermost = innermost(matches);
    let read = arguments::read(innermost).or_else(|_| arguments::read(matches));
    let mut options: Options = read.unwrap_or_else(|error| error.exit());
    // A variable that is set to nothing counts as not set.
    options.profile = options.profile.filter(|name| !name.is_empty() || is_on_command_line(innermost, PROFILE));
    options
}

fn is_on_command_line(matches: &ArgMatches, option: &str) -> bool {
    matches!(matches.value_source(option), Some(ValueSource::CommandLine))
}

fn innermost(matches: &ArgMatches) -> &ArgMatches {
    matches.subcommand().map_or(matches, |(_, matches)| innermost(matches))
}
