//! The commands that are generated from the document: one per operation, by group.
//!
//! An operation that is added to the document becomes a command without further code.

mod flags;
mod request;

use std::collections::BTreeMap;
use std::sync::LazyLock;

use clap::{ArgMatches, Command};
use zapmail_openapi::document::{Document, Operation};
use zapmail_sdk_ext::operations;

pub use crate::document::document;
pub use flags::Flags;
pub use request::{Call, read_body};

use crate::arguments;
use crate::names;
use crate::output::describes_credential;
use crate::words;

/// The command of one operation.
#[derive(Debug, Clone, Copy)]
pub struct OperationCommand {
    pub document: &'static Document,
    pub operation: Operation<'static>,
}

/// The groups by name, each with its commands by name.
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

/// Returns the command of an operation, by the name of its group and its own name.
pub fn find(group: &str, name: &str) -> Option<OperationCommand> {
    GROUPS.get(group)?.get(name).copied()
}

/// Returns the clap command of each group, sorted by name. Its subcommands are built on demand, because that parses the
/// document.
pub fn commands() -> Vec<Command> {
    let commands = operations::GROUPS.iter().map(|group| {
        let command = Command::new(names::group(group.name)).about(group.description.trim_end_matches('.'));
        command.subcommand_required(true).arg_required_else_help(true).defer(with_operations)
    });
    let mut commands: Vec<_> = commands.collect();
    commands.sort_by(|one, other| one.get_name().cmp(other.get_name()));
    commands
}

fn with_operations(group: Command) -> Command {
    let commands = GROUPS.get(group.get_name()).into_iter().flatten();
    commands.fold(group, |group, (name, command)| group.subcommand(command.clap(name)))
}

impl OperationCommand {
    /// Whether the operation can cost money, immediately or later.
    pub fn needs_permission_to_spend(&self) -> bool {
        matches!(self.operation.effect(), "spend" | "authorize")
    }

    /// Whether the operation returns a file.
    pub fn returns_file(&self) -> bool {
        self.operation.successes().any(|(_, response)| zapmail_openapi::document::content::is_file(response))
    }

    /// Whether the operation creates a credential. Only its response contains it: the service does not show it again.
    pub fn creates_credential(&self) -> bool {
        let schema = self.document.success_schema(&self.operation);
        self.operation.effect() != "read" && schema.is_some_and(|schema| describes_credential(self.document, schema))
    }

    /// Returns the flags for the parameters and the properties of the body.
    pub fn flags(&self) -> Flags {
        Flags::of(self)
    }

    /// Builds the request from the arguments.
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
        let money = if self.needs_permission_to_spend() { "\n\nCan cost money; requires --spend." } else { "" };
        let command = Command::new(name)
            .about(about.clone())
            .long_about(format!("{about}\n\n{}{money}", words::translate(operation.description())))
            .after_long_help(format!("{}{sources}", operation.address()));
        let flags = self.flags();
        let command_line = format!("zapmail {} {name}", names::group(operation.group()));
        let command = match flags.usage(&command_line) {
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

    use super::{GROUPS, commands, document};

    #[test]
    fn every_operation_is_a_command() {
        let commands: BTreeSet<_> =
            GROUPS.values().flat_map(|group| group.values().map(|command| command.operation.id)).collect();
        let operations: BTreeSet<_> = document().unwrap().operations().map(|operation| operation.id).collect();
        assert_eq!(commands, operations);
        assert!(operations.len() > 100);
    }

    #[test]
    fn operations_that_create_a_credential_are_known() {
        let commands = GROUPS.values().flat_map(|group| group.values());
        let creating: Vec<_> =
            commands.filter(|command| command.creates_credential()).map(|command| command.operation.id).collect();
        assert_eq!(creating, ["create_webhook_endpoint"]);
    }

    /// The help lists the groups of the raw client's table, and each group finds its commands in the document.
    #[test]
    fn every_group_of_the_document_is_a_command_with_a_description() {
        let commands = commands();
        let names: Vec<_> = commands.iter().map(clap::Command::get_name).collect();
        assert_eq!(names, GROUPS.keys().collect::<Vec<_>>());
        for command in &commands {
            assert!(command.get_about().is_some_and(|about| !about.to_string().is_empty()), "{}", command.get_name());
        }
    }
}
