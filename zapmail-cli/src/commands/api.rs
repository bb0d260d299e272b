//! `zapmail api`: sends a request with any method and path, under the same policies as operations.

use clap::ValueEnum;
use serde_json::Value;
use zapmail_openapi::document::Document;
use zapmail_sdk_ext::Zapmail;
use zapmail_sdk_ext::http::Method;
use zapmail_sdk_ext::operations::Effect;

use crate::arguments::Spending;
use crate::catalog::{self, Call};
use crate::confirmation::Purchase;
use crate::connection::Connection;
use crate::context::Context;
use crate::failure::Failure;
use crate::{confirmation, dry_run, progress, sending};

/// The progress message.
const SUMMARY: &str = "Waiting for the response";

#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// HTTP method
    method: String,
    /// Path below the base URL, such as /v2/users
    path: String,
    /// Body: JSON, @FILE to read a file, or - to read standard input
    #[arg(long, value_name = "JSON|@FILE|-")]
    body: Option<String>,
    /// Effect of the request on the account, for an undocumented path
    #[arg(long, value_enum)]
    effect: Option<Declared>,
    #[command(flatten)]
    spending: Spending,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Declared {
    Read,
    Write,
    Authorize,
    Spend,
}

impl From<Declared> for Effect {
    fn from(effect: Declared) -> Self {
        match effect {
            Declared::Read => Self::Read,
            Declared::Write => Self::Write,
            Declared::Authorize => Self::Authorize,
            Declared::Spend => Self::Spend,
        }
    }
}

pub async fn run(context: &Context, arguments: Arguments) -> Result<(), Failure> {
    let method = arguments.method.to_uppercase().parse::<Method>();
    let method = method.map_err(|_| Failure::usage("METHOD is not an HTTP method; use one such as GET or POST"))?;
    let body = match arguments.body.clone() {
        Some(source) => Some(catalog::read_body(source).await?),
        None => None,
    };
    let call = Call { method, path: arguments.path.clone(), query: Vec::new(), body };
    let request = |zapmail: &Zapmail| {
        let request = call.request(zapmail);
        match arguments.effect {
            Some(effect) => request.effect(effect.into()),
            None => request,
        }
    };
    if context.options.dry_run {
        return dry_run::print(context, request(&Connection::for_dry_run(context)?));
    }
    let connection = Connection::open(context).await?;
    let target = request(&connection.zapmail).operation();
    let operation = catalog::document().and_then(|document| document.operation(target.id));
    if target.needs_permission_to_spend() {
        if operation.is_none() && arguments.effect.is_none() {
            confirmation::check_permission(&arguments.spending).map_err(|_| undocumented(&call))?;
        }
        let description = Purchase::of_call(&connection.zapmail, &operation, &call);
        let spending = &arguments.spending;
        return sending::purchase(context, &connection, description, spending, operation, SUMMARY, request).await;
    }
    let body = progress::during(context, SUMMARY, request(&connection.zapmail).send::<Value>()).await?;
    sending::print_complete(context, operation, &body)
}

/// Returns the error of a request that counts as a purchase only because it is undocumented. The path may be mistyped.
fn undocumented(call: &Call) -> Failure {
    let path = call.path.split('?').next().unwrap_or_default();
    let same_path = catalog::document().into_iter().flat_map(Document::operations);
    let methods: Vec<_> =
        same_path.filter(|operation| operation.path == path).map(|operation| operation.method.to_uppercase()).collect();
    let failure = Failure::refused(format!("{} {path} is not documented, so it could cost money", call.method));
    let failure = match &methods[..] {
        [] => failure.hint("check the method and the path"),
        methods => failure.hint(format!("use {}, as documented for this path", methods.join(" or "))),
    };
    failure.hint("or declare the effect: pass --effect write if the request is free, or --spend if it can cost money")
}
