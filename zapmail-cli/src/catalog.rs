//! The commands that are made from the document: one for each operation, under its group.
//!
//! A new operation in the document appears here without code.

mod flags;
mod names;
mod request;

use std::collections::BTreeMap;
use std::sync::LazyLock;

use clap::{ArgMatches, Command};
use zapmail_openapi::document::{Document, DocumentError, Operation};

pub use flags::Flags;
pub use request::{Call, read_body};

use crate::arguments;

static DOCUMENT: LazyLock<Result<Document, DocumentError>> =
    LazyLock::new(|| Document::parse(zapmail_openapi::DOCUMENT));

/// Returns the document.
///
/// It is part of the program, so an error means that the program was not built correctly. Without the document there are
/// the hand-made commands only.
pub fn document() -> Option<&'static Document> {
    DOCUMENT.as_ref().ok()
}

/// The command of one operation.
#[derive(Debug, Clone, Copy)]
pub struct OperationCommand {
    pub document: &'static Document,
    pub operation: Operation<'static>,
}

/// The groups, each with its commands by name.
type Groups = BTreeMap<String, BTreeMap<String, OperationCommand>>;

static GROUPS: LazyLock<Groups> = LazyLock::new(|| {
    let mut groups = Groups::new();
    let operations = document()
        .into_iter()
        .flat_map(|document| document.operations().map(move |operation| OperationCommand { document, operation }));
    for command in operations {
        let group = names::group(command.operation.group());
        groups.entry(group).or_default().insert(names::command(&command.operation), command);
    }
    groups
});

/// Returns the command of an operation, by the names of its group and itself.
pub fn find(group: &str, name: &str) -> Option<OperationCommand> {
    GROUPS.get(group)?.get(name).copied()
}

/// Returns the command of an operation by its id, such as `domains list` of `list_domains`.
pub fn command_of(id: &str) -> Option<String> {
    let operation = document()?.operation(id)?;
    Some(format!("{} {}", names::group(operation.group()), names::command(&operation)))
}

/// Returns the clap command of each group. Its operations are added when they are needed: there are more than a hundred.
pub fn commands() -> impl Iterator<Item = Command> {
    GROUPS.iter().map(|(group, commands)| {
        let description = commands.values().next().map_or_else(String::new, OperationCommand::description_of_group);
        let group = Command::new(group).about(description).subcommand_required(true).arg_required_else_help(true);
        group.defer(with_operations)
    })
}

fn with_operations(group: Command) -> Command {
    let commands = GROUPS.get(group.get_name()).into_iter().flatten();
    commands.fold(group, |group, (name, command)| group.subcommand(command.clap(name)))
}

impl OperationCommand {
    fn description_of_group(&self) -> String {
        let description = self.document.description_of_group(self.operation.group());
        description.trim_end_matches('.').to_owned()
    }

    /// Whether it can cost money, at once or later.
    pub fn needs_permission_to_spend(&self) -> bool {
        matches!(self.operation.effect(), "spend" | "authorize")
    }

    /// Whether its response is a file.
    pub fn returns_file(&self) -> bool {
        self.operation.successes().any(|(_, response)| zapmail_openapi::document::content::is_file(response))
    }

    /// Returns its parameters and the properties of its body.
    pub fn flags(&self) -> Flags {
        Flags::of(self)
    }

    /// Reads the request from the arguments.
    pub async fn call(&self, matches: &ArgMatches) -> Result<Call, crate::failure::Failure> {
        Call::read(self, matches).await
    }

    fn clap(&self, name: &'static str) -> Command {
        let operation = &self.operation;
        let mut about = operation.summary().to_owned();
        if operation.deprecated() {
            about.push_str(" (deprecated)");
        }
        let sources: String = operation.sources().map(|source| format!("\n{source}")).collect();
        let money = if self.needs_permission_to_spend() { "\n\nCan cost money; needs --spend." } else { "" };
        let command = Command::new(name)
            .about(about.clone())
            .long_about(format!("{about}\n\n{}{money}", operation.description()))
            .after_long_help(format!("{}{sources}", operation.address()));
        let flags = self.flags();
        let whole = format!("zapmail {} {name}", names::group(operation.group()));
        let command = match flags.usage(&whole) {
            Some(usage) => command.override_usage(usage),
            None => command,
        };
        let command = command.args(flags.arguments());
        let command = if operation.paging().is_some() { arguments::with_all(command) } else { command };
        let command = if self.returns_file() { arguments::with_file(command) } else { command };
        if self.needs_permission_to_spend() { arguments::with_spending(command) } else { command }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{GROUPS, document};

    #[test]
    fn every_operation_is_a_command() {
        let commands: BTreeSet<_> =
            GROUPS.values().flat_map(|group| group.values().map(|command| command.operation.id)).collect();
        let operations: BTreeSet<_> = document().unwrap().operations().map(|operation| operation.id).collect();
        assert_eq!(commands, operations);
        assert!(operations.len() > 100);
    }
}
