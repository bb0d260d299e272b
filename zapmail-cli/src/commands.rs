//! The hand-made commands, and which command is run.

mod api;
mod audit;
mod completions;
mod export;
mod observe;
mod otp;
mod profiles;
mod provision;
mod purchases;
mod wait;
mod webhooks;
mod whoami;

use clap::{ArgMatches, FromArgMatches, Subcommand};

use crate::catalog;
use crate::context::{Context, check_options};
use crate::failure::Failure;
use crate::sending;

/// The commands beside those that are made from the document.
#[derive(Debug, Subcommand)]
pub enum HandMade {
    /// Show the account of the API key, its wallet and its workspaces
    Whoami,
    /// Show authenticator codes that are valid long enough to be used
    Otp(otp::Arguments),
    /// Wait until an export, domains, connections or mailboxes are ready
    #[command(subcommand)]
    Wait(wait::Arguments),
    /// Carry out a plan: buy or connect domains, set them up, create mailboxes, export them
    Provision(provision::Arguments),
    /// Report domains, mailboxes, subscriptions and problems of all workspaces
    Audit(audit::Arguments),
    /// Export mailboxes to an app
    Export(export::Arguments),
    /// Send a request of any method and path
    Api(api::Arguments),
    /// Receive webhooks
    #[command(subcommand)]
    Webhooks(webhooks::Arguments),
    /// Run a sandbox: a stand-in for the service on this machine
    Sandbox(Sandbox),
    /// Record the shapes of the account's responses, without their values
    Observe(observe::Arguments),
    /// Store an API key as a profile; reads the key from the terminal or the standard input
    Login(profiles::Login),
    /// List, choose or remove profiles
    Profiles(Group<profiles::Arguments>),
    /// List, verify or settle purchases whose outcome is unknown
    Purchases(Group<purchases::Arguments>),
    /// Print the completions of a shell
    Completions(completions::Arguments),
    /// Write a man page for each command into a folder
    Man(completions::Man),
}

/// Commands of which one can be left out.
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
    /// Print the environment of a program that uses the sandbox: eval "$(zapmail sandbox env)"
    Env {
        /// Port of the sandbox
        #[arg(long, default_value_t = 8080)]
        port: u16,
    },
}

/// Runs the command that the arguments name.
pub async fn run(context: &Context, matches: &ArgMatches) -> Result<(), Failure> {
    let work = dispatch(context, matches);
    // It runs until ctrl-c is pressed, and stops in an orderly way then.
    if matches.subcommand_name() == Some(SANDBOX) {
        return work.await;
    }
    tokio::select! {
        // Listen for ctrl-c before the work starts: by default, the signal ends the program without a message.
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
    let command = HandMade::from_arg_matches(matches)?;
    if context.options.dry_run && !command.has_dry_run() {
        return Err(Failure::usage("this command has no dry run; leave out --dry-run"));
    }
    match command {
        HandMade::Whoami => whoami::run(context).await,
        HandMade::Otp(arguments) => otp::run(context, arguments).await,
        HandMade::Wait(arguments) => wait::run(context, arguments).await,
        HandMade::Provision(arguments) => provision::run(context, arguments).await,
        HandMade::Audit(arguments) => audit::run(context, arguments).await,
        HandMade::Export(arguments) => export::run(context, arguments).await,
        HandMade::Api(arguments) => api::run(context, arguments).await,
        HandMade::Webhooks(arguments) => webhooks::run(context, arguments).await,
        HandMade::Sandbox(arguments) => sandbox(arguments).await,
        HandMade::Observe(arguments) => observe::run(context, arguments).await,
        HandMade::Login(arguments) => profiles::login(context, arguments).await,
        HandMade::Profiles(group) => profiles::run(context, group.command),
        HandMade::Purchases(group) => purchases::run(context, group.command).await,
        HandMade::Completions(arguments) => completions::run(&arguments),
        HandMade::Man(arguments) => completions::man(&arguments),
    }
}

impl HandMade {
    /// Whether it sends requests that change something, which `--dry-run` shows.
    fn has_dry_run(&self) -> bool {
        matches!(self, Self::Provision(_) | Self::Export(_) | Self::Api(_))
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
