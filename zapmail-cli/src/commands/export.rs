//! `zapmail export`: exports mailboxes to an app, and optionally waits until the export is complete.

use clap::builder::PossibleValuesParser;
use serde_json::json;
use zapmail_sdk_ext::Request;
use zapmail_sdk_ext::builder::ExportMailboxes;
use zapmail_sdk_ext::types::{ExportApp, MailboxExport};

use crate::connection::Connection;
use crate::context::Context;
use crate::failure::Failure;
use crate::output::Rows;
use crate::{dry_run, progress};

#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// App to export to, such as SMARTLEAD; MANUAL creates a CSV file
    #[arg(long, ignore_case = true, value_parser = PossibleValuesParser::new(ExportApp::KNOWN.iter().map(ExportApp::as_str)))]
    app: String,
    /// Email address of the app account to use, if the workspace has several accounts of the app
    #[arg(long, value_name = "EMAIL")]
    account: Option<String>,
    /// Addresses of the mailboxes
    addresses: Vec<String>,
    /// Export the mailboxes of all domains with this tag
    #[arg(long, value_name = "NAME", conflicts_with = "addresses")]
    tag: Option<String>,
    /// Export all mailboxes of the workspace
    #[arg(long, conflicts_with_all = ["addresses", "tag"])]
    every: bool,
    /// Wait until the export is complete
    #[arg(long)]
    wait: bool,
}

pub async fn run(context: &Context, arguments: Arguments) -> Result<(), Failure> {
    if arguments.addresses.is_empty() && arguments.tag.is_none() && !arguments.every {
        return Err(Failure::usage("no mailboxes are selected; pass addresses, --tag NAME or --every"));
    }
    let connection = Connection::open(context).await?;
    let zapmail = &connection.zapmail;
    let app = ExportApp::from(arguments.app.to_uppercase());
    let mut export = MailboxExport::new([app.clone()]);
    if app != ExportApp::Manual {
        let account = zapmail.export_account(app, arguments.account.as_deref()).await?;
        export = export.third_party_account_id(account.id);
    }
    if let Some(tag) = &arguments.tag {
        let found = zapmail.tag_by_name(tag).await?;
        let id = found.and_then(|tag| tag.id);
        let id = id.ok_or_else(|| Failure::not_found(format!("the tag {tag} does not exist in this workspace")))?;
        export = export.tag_ids([id]);
    }
    let mut ids = Vec::new();
    for (address, mailbox) in zapmail.mailboxes_by_address(&arguments.addresses).await? {
        let mailbox = mailbox
            .ok_or_else(|| Failure::not_found(format!("the mailbox {address} does not exist in this workspace")))?;
        ids.push(mailbox.id);
    }
    // An empty list of ids would select all mailboxes.
    if !ids.is_empty() {
        export = export.ids(ids);
    }
    if context.options.dry_run {
        return dry_run::print_prepared(
            context,
            &zapmail.export_mailboxes().body(export).prepare()?,
            ExportMailboxes::OPERATION,
        );
    }
    let started =
        progress::during(context, "Starting the export", zapmail.export_mailboxes().body(export).send()).await?;
    if !arguments.wait {
        return context.print(&Rows::new(json!(started)));
    }
    let id = started.and_then(|job| job.export_id);
    let id = id.ok_or_else(|| Failure::incomplete("the service returned no export id to wait for"))?;
    let wait = zapmail.wait_for_export(id);
    let wait = match connection.demo_interval() {
        Some(interval) => wait.interval(interval),
        None => wait,
    };
    let hint =
        context.set_interruption_hint(format!("the export continues; wait for it with `zapmail wait export {id}`"));
    let done = progress::during(context, "Exporting", connection.run_long(async { wait.await })).await;
    hint.clear();
    context.print(&Rows::new(json!(done.map_err(zapmail_sdk_ext::Error::from)?)))
}
