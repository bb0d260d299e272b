//! The command line: the options of the program, the hand-made commands, and those made from the document.

use std::ffi::OsString;

use clap::{Arg, ArgAction, ArgMatches, Args, Command, CommandFactory, FromArgMatches, Parser, ValueEnum};

use crate::catalog;
use crate::commands::HandMade;

/// The Zapmail API on the command line.
///
/// Every operation of the API is a command under its group, such as `zapmail mailboxes list`. The API key comes from
/// ZAPMAIL_API_KEY or from a profile (`zapmail login`). With --demo, a command runs on an embedded sandbox and needs no key.
#[derive(Debug, Parser)]
#[command(
    name = "zapmail",
    version,
    max_term_width = 100,
    after_help = "\
Exit codes: 0 done, 1 refused or failed, 2 usage, 3 the outcome of a write is unknown, 4 not found, 130 interrupted"
)]
struct Program {
    #[command(flatten)]
    options: Options,
    #[command(subcommand)]
    command: HandMade,
}

// The options of all commands. Not a doc comment: clap would take it for the description of the command.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Options of all commands")]
pub struct Options {
    /// Use the API key and the workspace of this profile; see `zapmail profiles`
    #[arg(long, global = true, hide_short_help = true, value_name = "NAME", env = "ZAPMAIL_PROFILE")]
    pub profile: Option<String>,
    /// Run in this workspace, by name or id, instead of the primary one
    #[arg(long, short, global = true, hide_short_help = true, value_name = "NAME|ID")]
    pub workspace: Option<String>,
    /// Form of the output
    #[arg(long, short, global = true, hide_short_help = true, value_enum, default_value_t)]
    pub output: Format,
    /// Print only the part of the output that this JSON pointer leads to, such as /domains/0/id
    #[arg(long, global = true, hide_short_help = true, value_name = "POINTER")]
    pub query: Option<String>,
    /// Columns of a table, of CSV or of JSON lines, such as id,domain,status
    #[arg(long, global = true, hide_short_help = true, value_name = "NAMES", value_delimiter = ',')]
    pub columns: Vec<String>,
    /// Print credentials, which are `[redacted]` otherwise
    #[arg(long, global = true, hide_short_help = true)]
    pub reveal: bool,
    /// Print method, URL and body of each request instead of sending it
    #[arg(long, global = true, hide_short_help = true)]
    pub dry_run: bool,
    /// Run on an embedded sandbox, without a key; its state ends with the command
    #[arg(long, global = true, hide_short_help = true)]
    pub demo: bool,
    /// Show attempts, waiting and status on the standard error output
    #[arg(long, short, global = true, hide_short_help = true)]
    pub verbose: bool,
}

/// The form of the output.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// A table for people; plain text without colors and borders in a pipe
    #[default]
    Table,
    /// One JSON document
    Json,
    /// One JSON document per row and line
    Jsonl,
    /// Comma-separated values with a header
    Csv,
    /// One YAML document
    Yaml,
}

// The options of what can cost money. Not a doc comment: clap would take it for the description of the command.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Options of purchases")]
pub struct Spending {
    /// Permit this command to spend money
    #[arg(long)]
    pub spend: bool,
    /// Do not ask for a confirmation
    #[arg(long, short)]
    pub yes: bool,
    /// Make this purchase once under this key, such as an order number; a key is generated and printed otherwise
    #[arg(long, value_name = "KEY")]
    pub once: Option<String>,
}

/// Groups are shown after the hand-made commands.
const FIRST_GROUP: usize = 100;

pub const ALL: &str = "all";
pub const FILE: &str = "file";

/// Returns the whole command line.
pub fn command() -> Command {
    let mut command = Program::command().subcommand_required(true).arg_required_else_help(true);
    for (position, group) in catalog::commands().enumerate() {
        let name = group.get_name().to_owned();
        let group = group.display_order(FIRST_GROUP + position);
        let hand_made = command.find_subcommand(&name).cloned();
        // `webhooks listen` is beside the operations of its group.
        command = match hand_made {
            Some(hand_made) => command.mut_subcommand(name, |_| {
                let own: Vec<_> = hand_made.get_subcommands().cloned().collect();
                group.subcommands(own)
            }),
            None => command.subcommand(group),
        };
    }
    command
}

/// Parses the arguments of the program.
pub fn parse(arguments: impl IntoIterator<Item = OsString>) -> Result<ArgMatches, clap::Error> {
    command().try_get_matches_from(arguments)
}

/// Reads options that were declared with `derive`.
pub fn read<T: FromArgMatches>(matches: &ArgMatches) -> Result<T, clap::Error> {
    T::from_arg_matches(matches)
}

/// Adds `--all` to the command of a list.
pub fn with_all(command: Command) -> Command {
    command.arg(Arg::new(ALL).long(ALL).action(ArgAction::SetTrue).help("Follow the pages to the end of the list"))
}

/// Adds `--file` to the command of a download.
pub fn with_file(command: Command) -> Command {
    let help = "Write the response to this file, instead of the standard output";
    command.arg(Arg::new(FILE).long(FILE).value_name("PATH").help(help))
}

/// Adds the options of purchases.
pub fn with_spending(command: Command) -> Command {
    Spending::augment_args(command)
}

#[cfg(test)]
mod tests {
    use super::command;

    #[test]
    fn command_line_is_consistent() {
        command().debug_assert();
    }
}
