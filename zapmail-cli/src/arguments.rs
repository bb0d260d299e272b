//! The options of commands: the global ones, those of purchases, and those of generated commands.

use std::time::Duration;

use clap::builder::NonEmptyStringValueParser;
use clap::{Arg, ArgAction, ArgMatches, Args, Command, FromArgMatches, ValueEnum};

// The global options. Not a doc comment: clap would use it as the description of the command.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Global options")]
pub struct Options {
    /// Profile with the API key and the workspace to use; see `zapmail profiles`
    #[arg(long, global = true, hide_short_help = true, value_name = "NAME", env = "ZAPMAIL_PROFILE")]
    pub profile: Option<String>,
    /// Workspace to run in, by name or id; defaults to that of the profile, or to the primary workspace
    #[arg(long, short, global = true, hide_short_help = true, value_name = "NAME|ID")]
    pub workspace: Option<String>,
    /// Output format
    #[arg(long, short, global = true, hide_short_help = true, value_enum, default_value_t)]
    pub output: Format,
    /// Print only the part of the output at this JSON pointer, such as /domains/0/id
    #[arg(long, global = true, hide_short_help = true, value_name = "POINTER")]
    pub query: Option<String>,
    /// Columns of tables, CSV and JSON lines, such as id,domain,status
    #[arg(long, global = true, hide_short_help = true, value_name = "NAMES", value_delimiter = ',')]
    pub columns: Vec<String>,
    /// Print credentials instead of `[redacted]`
    #[arg(long, global = true, hide_short_help = true)]
    pub reveal: bool,
    /// Print the method, URL and body of the request instead of sending it
    #[arg(long, global = true, hide_short_help = true)]
    pub dry_run: bool,
    /// Run on an embedded sandbox, without an API key; its state is discarded when the command ends
    #[arg(long, global = true, hide_short_help = true)]
    pub demo: bool,
    /// Print attempts, delays and status codes to standard error
    #[arg(long, short, global = true, hide_short_help = true)]
    pub verbose: bool,
}

/// The format of the output.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// A table; plain text without colors and borders in a pipe
    #[default]
    Table,
    /// One JSON document
    Json,
    /// JSON lines: one JSON document per row
    Jsonl,
    /// Comma-separated values with a header
    Csv,
    /// One YAML document
    Yaml,
}

// The options of commands that can cost money. Not a doc comment: clap would use it as the description of the command.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Purchase options")]
pub struct Spending {
    /// Allow this command to spend money
    #[arg(long)]
    pub spend: bool,
    /// Skip the confirmation prompt
    #[arg(long, short)]
    pub yes: bool,
    /// Idempotency key of the purchase, such as an order number; defaults to a generated key, which is printed
    #[arg(long, value_name = "KEY", value_parser = NonEmptyStringValueParser::new())]
    pub once: Option<String>,
}

/// Parameters that select a page of a list.
const POSITIONS: [&str; 2] = ["page", "cursor"];

pub const ALL: &str = "all";
pub const FILE: &str = "file";

/// Parses a polling interval.
pub fn parse_interval(text: &str) -> Result<Duration, String> {
    let interval = humantime::parse_duration(text).map_err(|error| error.to_string())?;
    if interval.is_zero() { Err("the interval must be greater than zero".to_owned()) } else { Ok(interval) }
}

/// Reads options that are declared with `derive`.
pub fn read<T: FromArgMatches>(matches: &ArgMatches) -> Result<T, clap::Error> {
    T::from_arg_matches(matches)
}

/// Adds `--all` to the command of a paginated list. It cannot be combined with a position in the list.
pub fn with_all(command: Command) -> Command {
    let positions = POSITIONS.into_iter().filter(|name| command.get_arguments().any(|known| known.get_id() == *name));
    let positions: Vec<_> = positions.collect();
    let all = Arg::new(ALL).long(ALL).action(ArgAction::SetTrue).help("Fetch all pages of the list");
    command.arg(all.conflicts_with_all(positions))
}

/// Adds `--file` to the command of an operation that returns a file.
pub fn with_file(command: Command) -> Command {
    let help = "Write the response to this file instead of standard output";
    command.arg(Arg::new(FILE).long(FILE).value_name("PATH").help(help))
}

/// Adds the purchase options.
pub fn with_spending(command: Command) -> Command {
    Spending::augment_args(command)
}
