//! The sandbox as a program.

use std::io;
use std::process::ExitCode;
use std::time::SystemTime;

use clap::{Parser, value_parser};
use zapmail_sandbox::Sandbox;

/// A stand-in for the Zapmail API on this machine, for trying things out: nothing that it does costs money.
///
/// It answers on the loopback interface until ctrl-c is pressed, and forgets everything then.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    /// Port to answer on; 0 takes any that is free
    #[arg(long, default_value_t = 8080)]
    port: u16,
    /// Number of domains in the account, up to 100000
    #[arg(long, default_value_t = 24, value_parser = value_parser!(u32).range(..=100_000))]
    domains: u32,
    /// Number of mailboxes on each domain, up to 20
    #[arg(long, default_value_t = 3, value_parser = value_parser!(u32).range(..=20))]
    mailboxes_per_domain: u32,
    /// Number that identifiers and seeds of codes are made from
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match run(&arguments).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {}", explain(&error, arguments.port));
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: &Arguments) -> io::Result<()> {
    let sandbox = Sandbox::builder()
        .port(arguments.port)
        .domains(arguments.domains as usize)
        .mailboxes_per_domain(arguments.mailboxes_per_domain as usize)
        .seed(arguments.seed)
        // People compare its codes with those of their own authenticator.
        .starting_at(SystemTime::now())
        .start()
        .await?;
    print!("{}", introduction(&sandbox));
    tokio::signal::ctrl_c().await?;
    sandbox.stop().await;
    Ok(())
}

/// What somebody needs to make the first call.
fn introduction(sandbox: &Sandbox) -> String {
    let (url, key) = (sandbox.base_url(), sandbox.api_key());
    let mut text = format!("Zapmail sandbox on {url} (ctrl-c stops it)\n\n  key        {key}\n");
    for workspace in sandbox.workspaces() {
        text += &format!("  workspace  {}  {}\n", workspace.id, workspace.name);
    }
    text + &format!("\nTry:\n\n  curl -s -H 'x-auth-zapmail: {key}' '{url}/v2/mailboxes/list?limit=1'\n")
}

fn explain(error: &io::Error, port: u16) -> String {
    match error.kind() {
        io::ErrorKind::AddrInUse => {
            format!("port {port} is taken; choose another with --port, or any free one with --port 0")
        }
        io::ErrorKind::PermissionDenied => {
            format!("port {port} may not be used; choose one above 1023 with --port, or any free one with --port 0")
        }
        _ => error.to_string(),
    }
}
