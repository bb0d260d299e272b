//! The workflow commands, and the dispatch of all commands.

mod api;
mod audit;
mod completions;
mod export;
mod observe;
mod otp;
mod profiles;
pub mod program;
mod provision;
mod purchases;
mod wait;
mod webhooks;
mod whoami;

use clap::{ArgMatches, FromArgMatches, Subcommand};

use crate::catalog;
use crate::context::{Context, check_options};
use crate::dry_run;
use crate::failure::Failure;
use crate::sending;

/// The commands that are not generated from the document.
#[derive(Debug, Subcommand)]
pub enum WorkflowCommand {
    /// Show the account of the API key, with its wallet and workspaces
    Whoami,
    /// Show authenticator codes with enough remaining time to use them
    Otp(otp::Arguments),
    /// Wait until an export, connections, domains or mailboxes are ready
    #[command(subcommand)]
    Wait(wait::Arguments),
    /// Provision a plan: buy or connect domains, set them up, create mailboxes, export them
    #[command(mut_arg("once", |once| once.help("Name of the run in the journal; defaults to the path of the file")))]
    Provision(provision::Arguments),
    /// Report the problems, domains, mailboxes and subscriptions of all workspaces
    Audit(audit::Arguments),
    /// Export mailboxes to an app
    Export(export::Arguments),
    /// Send a request with any method and path
    ///
    /// A documented path has the effect of its operation. Any other request that is not a GET counts as one that can
    /// cost money, unless --effect declares a lesser effect.
    Api(api::Arguments),
    /// Receive webhooks
    #[command(subcommand)]
    Webhooks(webhooks::Arguments),
    /// Run a sandbox, which simulates the service on this machine
    Sandbox(Sandbox),
    /// Record the shapes of the account's responses, without their values
    ///
    /// Runs the read operations within the rate limits, and writes the shapes of their responses to a file: the names
    /// and types of properties, never a value. Nothing is bought or changed, and the file is not sent anywhere. Review
    /// the file before sharing it. It helps to extend the OpenAPI document.
    Observe(observe::Arguments),
    /// Store an API key, read from the terminal or standard input, as a profile
    Login(profiles::Login),
    /// List or remove profiles, or set the default profile
    Profiles(Group<profiles::Arguments>),
    /// List, verify or settle purchases whose outcome is unknown
    Purchases(Group<purchases::Arguments>),
    /// Print a completion script for a shell
    Completions(completions::Arguments),
    /// Write a man page for each command to a folder
    Man(completions::Man),
}

/// A command whose subcommand is optional.
#[derive(Debug, clap::Args)]
pub struct Group<T: Subcommand> {
    #[command(subcommand)]
    command: Option<T>,
}

const SANDBOX: &str = "sandbox";

/// The arguments of `sandbox`.
#[derive(Debug, clap::Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct Sandbox {
    #[command(subcommand)]
    print: Option<Print>,
    #[command(flatten)]
    program: zapmail_sandbox::program::Arguments,
}

#[derive(Debug, Subcommand)]
enum Print {
    /// Print the environment variables for programs that use the sandbox: eval "$(zapmail sandbox env)"
    Env {
        /// Port that the sandbox listens on
        #[arg(long, default_value_t = 8080)]
        port: u16,
    },
}

/// Runs the command that the arguments select.
pub async fn run(context: &Context, matches: &ArgMatches) -> Result<(), Failure> {
    let work = dispatch(context, matches);
    // The sandbox handles ctrl-c itself, to shut down cleanly.
    if matches.subcommand_name() == Some(SANDBOX) {
        return work.await;
    }
    tokio::select! {
        // Register the handler before the work starts: by default, ctrl-c ends the program without a message.
        biased;
        Ok(()) = tokio::signal::ctrl_c() => Err(context.interruption()),
        outcome = work => outcome,
    }
}

async fn dispatch(context: &Context, matches: &ArgMatches) -> Result<(), Failure> {
    check_options(matches)?;
    if let Some((group, in_group)) = matches.subcommand()
        && let Some((name, arguments)) = in_group.subcommand()
        && let Some(command) = catalog::find(group, name)
    {
        return sending::run(context, &command, arguments).await;
    }
    let command = WorkflowCommand::from_arg_matches(matches)?;
    if context.options.demo && command.uses_stored_data() {
        return Err(Failure::usage("this command changes or lists stored data, so it has no demo; leave out --demo"));
    }
    match command.dry_run() {
        _ if !context.options.dry_run => execute(context, command).await,
        DryRun::Own => execute(context, command).await,
        DryRun::Recorded => {
            let recorder = context.record_requests();
            let outcome = execute(context, command).await;
            // Every request fails, so the outcome is not that of the command.
            if recorder.is_empty() { outcome } else { dry_run::print_recorded(context, recorder) }
        }
        DryRun::None => Err(Failure::usage("this command has no dry run; leave out --dry-run")),
    }
}

async fn execute(context: &Context, command: WorkflowCommand) -> Result<(), Failure> {
    match command {
        WorkflowCommand::Whoami => whoami::run(context).await,
        WorkflowCommand::Otp(arguments) => otp::run(context, arguments).await,
        WorkflowCommand::Wait(arguments) => wait::run(context, arguments).await,
        WorkflowCommand::Provision(arguments) => provision::run(context, arguments).await,
        WorkflowCommand::Audit(arguments) => audit::run(context, arguments).await,
        WorkflowCommand::Export(arguments) => export::run(context, arguments).await,
        WorkflowCommand::Api(arguments) => api::run(context, arguments).await,
        WorkflowCommand::Webhooks(arguments) => webhooks::run(context, arguments).await,
        WorkflowCommand::Sandbox(arguments) => sandbox(arguments).await,
        WorkflowCommand::Observe(arguments) => observe::run(context, arguments).await,
        WorkflowCommand::Login(arguments) => profiles::login(context, arguments).await,
        WorkflowCommand::Profiles(group) => profiles::run(context, group.command),
        WorkflowCommand::Purchases(group) => purchases::run(context, group.command).await,
        WorkflowCommand::Completions(arguments) => completions::run(&arguments),
        WorkflowCommand::Man(arguments) => completions::man(&arguments),
    }
}

/// The form of `--dry-run` of a command.
enum DryRun {
    /// The command prints its request or its preview.
    Own,
    /// The requests are recorded until one depends on a response.
    Recorded,
    /// The command has no dry run.
    None,
}

impl WorkflowCommand {
    /// Whether the command is about the profiles or the journals on this machine.
    fn uses_stored_data(&self) -> bool {
        matches!(self, Self::Login(_) | Self::Profiles(_) | Self::Purchases(_))
    }

    fn dry_run(&self) -> DryRun {
        match self {
            Self::Provision(_) | Self::Export(_) | Self::Api(_) => DryRun::Own,
            Self::Whoami | Self::Otp(_) | Self::Wait(_) | Self::Audit(_) | Self::Observe(_) => DryRun::Recorded,
            _ => DryRun::None,
        }
    }
}

async fn sandbox(arguments: Sandbox) -> Result<(), Failure> {
    match arguments.print {
        Some(Print::Env { port }) => crate::output::write(&zapmail_sandbox::program::environment(port)),
        None => zapmail_sandbox::program::run(&arguments.program)
            .await
            .map_err(|error| Failure::io("the sandbox failed", error)),
    }
}
