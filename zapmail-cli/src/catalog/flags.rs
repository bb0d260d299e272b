//! Flags for the parameters of an operation and the properties of its body.

use clap::builder::PossibleValuesParser;
use clap::{Arg, ArgAction};
use heck::ToKebabCase;
use serde_json::Value;
use zapmail_openapi::document::{Document, elements, entries, text};

use super::OperationCommand;
use crate::words;

/// The flag for the complete body.
pub const BODY: &str = "body";

const BODY_VALUE_NAME: &str = "JSON|@FILE|-";

/// The remark in the help of a flag for a credential.
const CREDENTIAL_REMARK: &str =
    "\nArguments are visible to other users and in the shell history; to avoid that, pass it in --body @FILE";

/// The flags of the program. Flags of operations must not have these names.
const RESERVED_NAMES: [&str; 19] = [
    "all",
    "api-key",
    "base-url",
    BODY,
    "columns",
    "demo",
    "dry-run",
    "file",
    "help",
    "once",
    "output",
    "profile",
    "query",
    "reveal",
    "spend",
    "verbose",
    "version",
    "workspace",
    "yes",
];

/// All flags of an operation.
#[derive(Debug)]
pub struct Flags {
    pub all: Vec<Flag>,
    /// The flag for the complete body, if the operation takes one.
    body: Option<Body>,
}

#[derive(Debug)]
struct Body {
    description: &'static str,
    is_required: bool,
}

/// A flag of an operation.
#[derive(Debug)]
pub struct Flag {
    /// The name of the flag, without the dashes.
    pub name: String,
    /// The name of the parameter or property in the request.
    pub key: &'static str,
    pub location: Location,
    pub kind: Kind,
    /// Whether the value is a list.
    pub is_list: bool,
    /// Whether a JSON array is read as the complete list rather than as one element.
    pub takes_whole_list: bool,
    is_required: bool,
    is_credential: bool,
    description: &'static str,
    allowed_values: Vec<&'static str>,
}

/// The location of a value in the request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Location {
    Path,
    Query,
    Body,
}

/// The type of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Boolean,
    Integer,
    Number,
    Text,
    /// An object, a list of lists, or a value that the document does not describe.
    Json,
}

impl Flags {
    pub fn of(command: &OperationCommand) -> Self {
        let OperationCommand { document, operation } = *command;
        let parameters = document.parameters(&operation).filter_map(|parameter| {
            let location = match text(&parameter["in"]) {
                "path" => Location::Path,
                "query" => Location::Query,
                // Headers are set by the client.
                _ => return None,
            };
            let is_required = parameter["required"] == true;
            Some(Flag::of(document, location, text(&parameter["name"]), &parameter["schema"], is_required, parameter))
        });
        let schema = operation.body_schema().map(|schema| document.resolve(schema));
        let required = schema.map(|schema| &schema["required"]);
        let properties = schema.into_iter().flat_map(|schema| entries(&schema["properties"])).map(|(key, property)| {
            let is_required = required.into_iter().flat_map(elements).any(|name| name == key);
            Flag::of(document, Location::Body, key, property, is_required, document.resolve(property))
        });
        let body = operation.body().map(|body| Body {
            description: text(&body["description"]),
            // A body whose properties are flags can be omitted.
            is_required: body["required"] == true && schema.is_none_or(|schema| schema.get("properties").is_none()),
        });
        Self { all: parameters.chain(properties).collect(), body }
    }

    /// Returns the clap arguments.
    pub fn arguments(&self) -> Vec<Arg> {
        let flags = self.all.iter().map(|flag| flag.argument(self.body.is_some()));
        flags.chain(self.body.as_ref().map(Body::argument)).collect()
    }

    /// Returns the usage lines if properties of the body are required: one with their flags, and one with the complete
    /// body. Returns `None` otherwise; clap then generates the usage.
    pub fn usage(&self, command: &str) -> Option<String> {
        let line = |is_included: &dyn Fn(&Flag) -> bool, body: &str| {
            let flags = self.all.iter().filter(|flag| flag.is_required && is_included(flag));
            let flags: String = flags.map(|flag| format!(" --{} <{}>", flag.name, flag.value_name())).collect();
            format!("{command}{flags}{body} [OPTIONS]")
        };
        let is_in_body = |flag: &Flag| flag.location == Location::Body;
        let has_required_properties =
            self.body.is_some() && self.all.iter().any(|flag| flag.is_required && is_in_body(flag));
        let body = format!(" --{BODY} <{BODY_VALUE_NAME}>");
        has_required_properties
            .then(|| format!("{}\n       {}", line(&|_| true, ""), line(&|flag| !is_in_body(flag), &body)))
    }
}

impl Body {
    fn argument(&self) -> Arg {
        let Self { description, is_required } = self;
        Arg::new(BODY)
            .long(BODY)
            .value_name(BODY_VALUE_NAME)
            .required(*is_required)
            .help(format!("{description} Pass JSON, @FILE to read a file, or - to read standard input"))
    }
}

impl Flag {
    fn of(
        document: &'static Document,
        location: Location,
        key: &'static str,
        schema: &'static Value,
        is_required: bool,
        documented: &'static Value,
    ) -> Self {
        let schema = document.resolve(schema);
        let list = (schema["type"] == "array").then(|| document.resolve(&schema["items"]));
        let element = list.unwrap_or(schema);
        let kind = match text(&element["type"]) {
            "boolean" => Kind::Boolean,
            "integer" => Kind::Integer,
            "number" => Kind::Number,
            "string" => Kind::Text,
            _ => Kind::Json,
        };
        let name = key.to_kebab_case();
        Self {
            name: if RESERVED_NAMES.contains(&name.as_str()) { format!("{name}-field") } else { name },
            key,
            location,
            kind,
            is_list: list.is_some(),
            takes_whole_list: list.is_some() && kind == Kind::Json && element["type"] != "array",
            is_required,
            is_credential: element["format"] == "password",
            description: text(&documented["description"]),
            allowed_values: elements(&element["enum"]).filter_map(Value::as_str).collect(),
        }
    }

    fn argument(&self, has_body: bool) -> Arg {
        let argument = Arg::new(self.name.clone()).long(self.name.clone()).value_name(self.value_name());
        let remark = if self.is_credential { CREDENTIAL_REMARK } else { "" };
        let help = |text: &str| format!("{}{remark}", words::translate(text));
        let argument = argument.help(help(self.help())).long_help(help(self.description)).allow_negative_numbers(true);
        let argument = match (self.is_required, self.location) {
            (true, Location::Body) if has_body => argument.required_unless_present(BODY),
            (is_required, _) => argument.required(is_required),
        };
        let argument = match self.kind {
            Kind::Boolean => argument.num_args(0..=1).default_missing_value("true").value_parser(["true", "false"]),
            Kind::Text if !self.allowed_values.is_empty() => {
                argument.value_parser(PossibleValuesParser::new(&self.allowed_values))
            }
            _ => argument,
        };
        match (self.is_list, self.kind) {
            (false, _) => argument,
            // JSON contains commas, so elements are not separated by them.
            (true, Kind::Json) => argument.action(ArgAction::Append),
            (true, _) => argument.action(ArgAction::Append).value_delimiter(','),
        }
    }

    /// Returns the first sentence of the description.
    fn help(&self) -> &'static str {
        let sentence = self.description.split_once(". ").map_or(self.description, |(sentence, _)| sentence);
        if sentence.ends_with("...") { sentence } else { sentence.trim_end_matches('.') }
    }

    fn value_name(&self) -> String {
        match self.kind {
            Kind::Boolean => "true|false".to_owned(),
            Kind::Integer | Kind::Number => "NUMBER".to_owned(),
            Kind::Text => self.name.rsplit('-').next().unwrap_or(&self.name).to_uppercase(),
            Kind::Json => "JSON".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::RESERVED_NAMES;
    use crate::catalog::GROUPS;
    use crate::commands::program;

    #[test]
    fn flags_of_operations_are_unique_and_not_reserved() {
        for command in GROUPS.values().flat_map(|group| group.values()) {
            let flags = command.flags();
            let names: BTreeSet<_> = flags.all.iter().map(|flag| flag.name.as_str()).collect();
            assert_eq!(names.len(), flags.all.len(), "{}", command.operation.id);
            assert!(RESERVED_NAMES.iter().all(|reserved| !names.contains(reserved)), "{}", command.operation.id);
        }
        // The list contains every flag of the program.
        let program = program::command();
        let flags: Vec<_> = program.get_arguments().filter_map(|argument| argument.get_long()).collect();
        assert!(flags.iter().all(|name| RESERVED_NAMES.contains(name)), "{flags:?}");
    }
}
