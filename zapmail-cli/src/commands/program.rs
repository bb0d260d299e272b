//! The command line: the global options, the workflow commands, and the commands generated from the document.

use std::ffi::OsString;

use clap::{ArgMatches, Command, CommandFactory, Parser};

use super::WorkflowCommand;
use crate::arguments::Options;
use crate::catalog;

/// The Zapmail API on the command line.
///
/// Every operation of the API is a command in its group, such as `zapmail mailboxes list`. The API key is read from
/// ZAPMAIL_API_KEY or from a profile (`zapmail login`). With --demo, a command runs on an embedded sandbox and needs no
/// key.
#[derive(Debug, Parser)]
#[command(
    name = "zapmail",
    version,
    max_term_width = 100,
    after_help = "\
Exit codes: 0 success, 1 refused or failed, 2 usage error, 3 outcome of a write unknown, 4 not found, 130 interrupted"
)]
struct Program {
    #[command(flatten)]
    options: Options,
    #[command(subcommand)]
    command: WorkflowCommand,
}

/// The display order of the first group. Groups are listed after the workflow commands.
const FIRST_GROUP: usize = 100;

/// Returns the complete command line.
pub fn command() -> Command {
    let mut command = Program::command().subcommand_required(true).arg_required_else_help(true);
    for (position, group) in catalog::commands().into_iter().enumerate() {
        let name = group.get_name().to_owned();
        let group = group.display_order(FIRST_GROUP + position);
        let workflow = command.find_subcommand(&name).cloned();
        // A group can contain both kinds of commands: `webhooks listen` is a workflow command.
        command = match workflow {
            Some(workflow) => command.mut_subcommand(name, |_| {
                let subcommands: Vec<_> = workflow.get_subcommands().cloned().collect();
                group.subcommands(subcommands)
            }),
            None => command.subcommand(group),
        };
    }
    command
}

/// Parses the command line.
pub fn parse(arguments: impl IntoIterator<Item = OsString>) -> Result<ArgMatches, clap::Error> {
    command().try_get_matches_from(arguments)
}

#[cfg(test)]
mod tests {
    use super::command;

    #[test]
    fn command_line_is_consistent() {
        command().debug_assert();
    }
}
