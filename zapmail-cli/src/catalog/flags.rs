//! The parameters of an operation, and the properties of its body, as flags.

use clap::builder::PossibleValuesParser;
use clap::{Arg, ArgAction};
use heck::ToKebabCase;
use serde_json::Value;
use zapmail_openapi::document::{Document, elements, entries, text};

use super::OperationCommand;

/// The flag for the whole body.
pub const BODY: &str = "body";

const BODY_VALUE: &str = "JSON|@FILE|-";

/// The flags of the program itself, which none of an operation can have.
const TAKEN: [&str; 19] = [
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
    /// The description of the body, if there is one.
    body: Option<Body>,
}

#[derive(Debug)]
struct Body {
    description: &'static str,
    is_required: bool,
}

/// One flag.
#[derive(Debug)]
pub struct Flag {
    /// Its long name, without the dashes.
    pub name: String,
    /// Its name in the request.
    pub key: &'static str,
    pub place: Place,
    pub kind: Kind,
    /// Whether it takes a list.
    pub is_list: bool,
    /// Whether a JSON array is the whole list, rather than one of its elements.
    pub takes_whole_list: bool,
    is_required: bool,
    description: &'static str,
    words: Vec<&'static str>,
}

/// Where a value belongs in the request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    Path,
    Query,
    Body,
}

/// What a value is.
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
            let place = match text(&parameter["in"]) {
                "path" => Place::Path,
                "query" => Place::Query,
                // The client sets the headers.
                _ => return None,
            };
            let is_required = parameter["required"] == true;
            Some(Flag::of(document, place, text(&parameter["name"]), &parameter["schema"], is_required, parameter))
        });
        let schema = operation.body_schema().map(|schema| document.resolve(schema));
        let required = schema.map(|schema| &schema["required"]);
        let properties = schema.into_iter().flat_map(|schema| entries(&schema["properties"])).map(|(key, property)| {
            let is_required = required.into_iter().flat_map(elements).any(|name| name == key);
            Flag::of(document, Place::Body, key, property, is_required, document.resolve(property))
        });
        let body = operation.body().map(|body| Body {
            description: text(&body["description"]),
            // A body whose properties are flags can be left out.
            is_required: body["required"] == true && schema.is_none_or(|schema| schema.get("properties").is_none()),
        });
        Self { all: parameters.chain(properties).collect(), body }
    }

    /// Returns the arguments of clap.
    pub fn arguments(&self) -> Vec<Arg> {
        let own = self.all.iter().map(|flag| flag.argument(self.body.is_some()));
        own.chain(self.body.as_ref().map(Body::argument)).collect()
    }
}

impl Flags {
    /// Returns how the command is written, if parts of a required body are flags: all of these, or the body.
    pub fn usage(&self, command: &str) -> Option<String> {
        let line = |is_shown: &dyn Fn(&Flag) -> bool, body: &str| {
            let flags = self.all.iter().filter(|flag| flag.is_required && is_shown(flag));
            let flags: String = flags.map(|flag| format!(" --{} <{}>", flag.name, flag.value_name())).collect();
            format!("{command}{flags}{body} [OPTIONS]")
        };
        let is_in_body = |flag: &Flag| flag.place == Place::Body;
        let has_parts = self.body.is_some() && self.all.iter().any(|flag| flag.is_required && is_in_body(flag));
        let whole = format!(" --{BODY} <{BODY_VALUE}>");
        has_parts.then(|| format!("{}\n       {}", line(&|_| true, ""), line(&|flag| !is_in_body(flag), &whole)))
    }
}

impl Body {
    fn argument(&self) -> Arg {
        let Self { description, is_required } = self;
        Arg::new(BODY)
            .long(BODY)
            .value_name(BODY_VALUE)
            .required(*is_required)
            .help(format!("{description} As JSON, from a file (@body.json) or from the standard input (-)"))
    }
}

impl Flag {
    fn of(
        document: &'static Document,
        place: Place,
        key: &'static str,
        schema: &'static Value,
        is_required: bool,
        described: &'static Value,
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
            name: if TAKEN.contains(&name.as_str()) { format!("{name}-field") } else { name },
            key,
            place,
            kind,
            is_list: list.is_some(),
            takes_whole_list: list.is_some() && kind == Kind::Json && element["type"] != "array",
            is_required,
            description: text(&described["description"]),
            words: elements(&element["enum"]).filter_map(Value::as_str).collect(),
        }
    }

    fn argument(&self, has_body: bool) -> Arg {
        let argument = Arg::new(self.name.clone()).long(self.name.clone()).value_name(self.value_name());
        let argument = argument.help(self.help()).long_help(self.description).allow_negative_numbers(true);
        let argument = match (self.is_required, self.place) {
            (true, Place::Body) if has_body => argument.required_unless_present(BODY),
            (is_required, _) => argument.required(is_required),
        };
        let argument = match self.kind {
            Kind::Boolean => argument.num_args(0..=1).default_missing_value("true").value_parser(["true", "false"]),
            Kind::Text if !self.words.is_empty() => argument.value_parser(PossibleValuesParser::new(&self.words)),
            _ => argument,
        };
        match (self.is_list, self.kind) {
            (false, _) => argument,
            // The elements have commas of their own.
            (true, Kind::Json) => argument.action(ArgAction::Append),
            (true, _) => argument.action(ArgAction::Append).value_delimiter(','),
        }
    }

    /// The first sentence of the description.
    fn help(&self) -> String {
        let end = self.description.find(". ").unwrap_or(self.description.len());
        self.description[..end].trim_end_matches('.').to_owned()
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

    use super::TAKEN;
    use crate::arguments;
    use crate::catalog::GROUPS;

    #[test]
    fn no_flag_of_an_operation_hides_one_of_the_program() {
        for command in GROUPS.values().flat_map(|group| group.values()) {
            let flags = command.flags();
            let names: BTreeSet<_> = flags.all.iter().map(|flag| flag.name.as_str()).collect();
            assert_eq!(names.len(), flags.all.len(), "{}", command.operation.id);
            assert!(TAKEN.iter().all(|taken| !names.contains(taken)), "{}", command.operation.id);
        }
        // Every flag of the program is in the list.
        let program = arguments::command();
        let own: Vec<_> = program.get_arguments().filter_map(|argument| argument.get_long()).collect();
        assert!(own.iter().all(|name| TAKEN.contains(name)), "{own:?}");
    }
}
