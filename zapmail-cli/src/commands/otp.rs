//! `zapmail otp`: prints authenticator codes once, or continuously with a countdown.

use std::io::{self, IsTerminal};
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde_json::{Value, json};
use tokio::task::JoinSet;
use zapmail_sdk_ext::types::Mailbox;
use zapmail_sdk_ext::{MailboxId, Otp, OtpCode, OtpTarget, Paged, Totp, Uuid, Zapmail};

use crate::arguments::Format;
use crate::connection::Connection;
use crate::context::Context;
use crate::failure::Failure;
use crate::output::{self, Rows};
use crate::progress;

/// The maximum number of mailboxes. The codes of more would exceed the rate limits: each needs a request per 30
/// seconds.
const MAX_MAILBOXES: usize = 50;

/// The number of mailboxes if none is passed.
const DEFAULT_MAILBOXES: usize = 5;

#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// Mailboxes, by address or id; defaults to the first active mailboxes of the workspace
    #[arg(value_name = "ADDRESS|ID")]
    mailboxes: Vec<String>,
    /// Show the codes with a countdown until ctrl-c is pressed; in a pipe, print each new code
    #[arg(long)]
    watch: bool,
    /// Minimum remaining time of a code, such as 10s; up to 25s, because a code is valid for 30s
    #[arg(long, value_name = "TIME", default_value = "5s", value_parser = parse_valid_for)]
    valid_for: Duration,
    /// Compute the codes locally, from the seeds of the mailboxes, instead of requesting them
    #[arg(long)]
    from_seed: bool,
    /// Microsoft domains, by name, whose admin accounts to include
    #[arg(long, value_name = "DOMAIN")]
    admin: Vec<String>,
}

/// The maximum of `--valid-for`: a code is valid for 30 seconds, some of which the request takes.
const MAX_VALID_FOR: Duration = Duration::from_secs(25);

fn parse_valid_for(text: &str) -> Result<Duration, String> {
    let time = humantime::parse_duration(text).map_err(|error| error.to_string())?;
    if time > MAX_VALID_FOR { Err("the maximum is 25s".to_owned()) } else { Ok(time) }
}

/// An account with an authenticator.
struct Account {
    name: String,
    otp: Otp,
}

pub async fn run(context: &Context, arguments: Arguments) -> Result<(), Failure> {
    let connection = Connection::open(context).await?;
    let accounts =
        progress::during(context, "Looking up the mailboxes", accounts(&connection.zapmail, &arguments)).await?;
    if arguments.watch { watch(context, accounts).await } else { print(context, accounts, arguments.valid_for).await }
}

async fn accounts(zapmail: &Zapmail, arguments: &Arguments) -> Result<Vec<Account>, Failure> {
    let Arguments { mailboxes, admin, from_seed, .. } = arguments;
    if mailboxes.len() + admin.len() > MAX_MAILBOXES {
        return Err(Failure::usage(format!(
            "the rate limits of the service allow at most {MAX_MAILBOXES} mailboxes per command"
        )));
    }
    let mut accounts = Vec::new();
    if mailboxes.is_empty() && admin.is_empty() {
        for mailbox in first_active(zapmail).await? {
            accounts.push(account(zapmail, &mailbox, *from_seed)?);
        }
        if accounts.is_empty() {
            return Err(Failure::not_found("the workspace has no active mailbox with an authenticator"));
        }
    }
    let (ids, addresses): (Vec<_>, Vec<_>) = mailboxes.iter().partition(|name| name.parse::<Uuid>().is_ok());
    for id in ids {
        if *from_seed {
            let details = zapmail.get_mailbox().id(id.as_str()).send().await?;
            let mailbox =
                details.mailbox.ok_or_else(|| Failure::not_found(format!("the mailbox {id} does not exist")))?;
            accounts.push(account(zapmail, &mailbox, true)?);
        } else {
            let otp = zapmail.otp(OtpTarget::mailbox(MailboxId::from(id.as_str())));
            accounts.push(Account { name: id.clone(), otp });
        }
    }
    for (address, mailbox) in zapmail.mailboxes_by_address(addresses).await? {
        let mailbox = mailbox
            .ok_or_else(|| Failure::not_found(format!("the mailbox {address} does not exist in this workspace")))?;
        accounts.push(account(zapmail, &mailbox, *from_seed)?);
    }
    for (name, domain) in zapmail.domains_by_name(admin).await? {
        let domain =
            domain.ok_or_else(|| Failure::not_found(format!("the domain {name} does not exist in this workspace")))?;
        accounts.push(Account { name, otp: zapmail.otp(OtpTarget::domain_admin(domain.id)) });
    }
    Ok(accounts)
}

async fn first_active(zapmail: &Zapmail) -> Result<Vec<Mailbox>, Failure> {
    let mut mailboxes = zapmail.list_mailboxes().limit(10_u32).items();
    let mut active = Vec::new();
    while let Some(mailbox) = mailboxes.next().await? {
        let is_active = mailbox.status.as_ref().is_some_and(|status| status.as_str() == "ACTIVE");
        if is_active && Totp::from_mailbox(&mailbox).is_ok() {
            active.push(mailbox);
        }
        if active.len() == DEFAULT_MAILBOXES {
            break;
        }
    }
    Ok(active)
}

fn account(zapmail: &Zapmail, mailbox: &Mailbox, from_seed: bool) -> Result<Account, Failure> {
    let otp = zapmail.otp(OtpTarget::mailbox(mailbox.id.clone()));
    let name = mailbox.address().into_owned();
    let otp = if from_seed { otp.with_seed(Totp::from_mailbox(mailbox)?) } else { otp };
    Ok(Account { name, otp })
}

/// Returns a code as a row. The code is not masked, because it is the purpose of the command.
fn row(name: &str, code: &OtpCode) -> Value {
    json!({"name": name, "code": code.expose(), "seconds": code.remaining().as_secs()})
}

async fn print(context: &Context, accounts: Vec<Account>, valid_for: Duration) -> Result<(), Failure> {
    let mut fetches = JoinSet::new();
    for (position, account) in accounts.into_iter().enumerate() {
        fetches.spawn(async move { (position, account.otp.valid_for(valid_for).await, account.name) });
    }
    let fetched = progress::during(context, "Fetching the codes", fetches.join_all());
    let mut fetched = fetched.await;
    fetched.sort_by_key(|(position, ..)| *position);
    let mut rows = Vec::new();
    for (_, code, name) in fetched {
        rows.push(row(
            &name,
            &code.map_err(|error| Failure::from(error).hint(format!("while fetching the code of {name}")))?,
        ));
    }
    // A single code is printed without a table, for copying.
    let options = &context.options;
    match (options.output, &rows[..]) {
        (Format::Table, [row]) if options.query.is_none() && options.columns.is_empty() => {
            output::write(&format!("{}\n", row["code"].as_str().unwrap_or_default()))
        }
        _ => context.print(&Rows::new(rows.into())),
    }
}

async fn watch(context: &Context, accounts: Vec<Account>) -> Result<(), Failure> {
    context.runs_until_interrupted();
    // The codes are the data of the command, so the countdown is drawn on standard output.
    let is_screen = io::stdout().is_terminal() && context.options.output == Format::Table;
    let screen = is_screen.then(|| MultiProgress::with_draw_target(ProgressDrawTarget::stdout()));
    // A terminal that cannot move its cursor shows rows.
    let screen = screen.filter(|screen| !screen.is_hidden());
    let width = accounts.iter().map(|account| account.name.chars().count()).max().unwrap_or_default();
    let mut watches = JoinSet::new();
    for Account { name, otp } in accounts {
        let line = screen.as_ref().map(|screen| screen.add(countdown_bar(&name, width)));
        let options = context.options.clone();
        watches.spawn(async move {
            let mut codes = otp.codes();
            let mut next = codes.next().await?;
            while let Some(code) = next.take() {
                match &line {
                    Some(line) => next = show_countdown(line, &code, &mut codes).await?,
                    None => {
                        output::print(&options, &Rows::new(row(&name, &code)))?;
                        next = codes.next().await?;
                    }
                }
            }
            Ok::<_, Failure>(())
        });
    }
    while let Some(ended) = watches.join_next().await {
        ended.map_err(|error| Failure::io("the watch failed", error))??;
    }
    Ok(())
}

/// Shows a code and its remaining time until the next code is available, which is returned.
async fn show_countdown(
    line: &ProgressBar,
    code: &OtpCode,
    codes: &mut zapmail_sdk_ext::OtpCodes,
) -> Result<Option<OtpCode>, Failure> {
    let next = codes.next();
    tokio::pin!(next);
    loop {
        line.set_message(code.expose().to_owned());
        line.set_position(code.remaining().as_secs().min(30));
        tokio::select! {
            next = &mut next => return Ok(next?),
            () = tokio::time::sleep(Duration::from_millis(200)) => {}
        }
    }
}

fn countdown_bar(name: &str, width: usize) -> ProgressBar {
    let style = ProgressStyle::with_template("{prefix}  {msg:.bold}  {bar:30.green/dim} {pos:>2} s");
    let bar = ProgressBar::new(30).with_prefix(format!("{name:width$}"));
    bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}
