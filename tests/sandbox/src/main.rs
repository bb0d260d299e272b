//! The sandbox as a program.

use std::io;
use std::net::{IpAddr, Ipv4Addr};
use std::path::PathBuf;
use std::pin::pin;
use std::process::ExitCode;
use std::time::{Duration, SystemTime};

use clap::{Parser, ValueEnum, value_parser};
use futures::future::poll_immediate;
use zapmail_sandbox::{Quota, Sandbox, Shapes};

/// A stand-in for the Zapmail API on this machine, for trying things out: nothing that it does costs money.
///
/// It answers on the loopback interface until ctrl-c is pressed, and forgets everything then unless --state names a file.
/// Requests under /_sandbox/ control it: they add faults, advance its time, and show what it was asked and what it charged
/// (see the README).
#[derive(Parser)]
#[command(version)]
struct Arguments {
    /// Port to answer on; 0 takes any that is free
    #[arg(long, default_value_t = 8080)]
    port: u16,
    /// Address to answer on
    ///
    /// With any other than a loopback address, everybody who can reach this machine can use the sandbox: its key is no
    /// secret. /_sandbox/ is answered to this machine only.
    #[arg(long, value_name = "ADDRESS", default_value_t = Ipv4Addr::LOCALHOST.into())]
    bind: IpAddr,
    /// Number of domains in the account, up to 100000
    #[arg(long, default_value_t = 24, value_parser = value_parser!(u32).range(..=100_000))]
    domains: u32,
    /// Number of mailboxes on each domain, up to 20
    #[arg(long, default_value_t = 3, value_parser = value_parser!(u32).range(..=20))]
    mailboxes_per_domain: u32,
    /// Number that identifiers and seeds of codes are made from
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// File to keep the state in, as JSON
    ///
    /// If there is such a file, the sandbox goes on from it, and --domains, --mailboxes-per-domain and --seed mean nothing;
    /// otherwise it makes one. It is replaced as a whole after every request that writes.
    #[arg(long, value_name = "FILE")]
    state: Option<PathBuf>,
    /// Let any number of requests through, instead of 5 in a second, 200 in a minute and, of those for the availability of
    /// domains, 100 in 30 minutes
    #[arg(long)]
    no_quota: bool,
    /// How long each answer is on its way, as in 300ms, 1.5s or 2m
    #[arg(long, value_name = "TIME", default_value = "0ms", value_parser = duration)]
    latency: Duration,
    /// Form of the answers that the documentation shows in one way and the live service gives in another
    #[arg(long, value_enum, default_value_t)]
    shapes: ShapesArgument,
}

#[derive(Clone, Copy, Default, ValueEnum)]
enum ShapesArgument {
    /// As the live service has been seen to answer
    #[default]
    Live,
    /// As the documentation shows it
    Documented,
}

/// Reads a time: a number and its unit.
fn duration(text: &str) -> Result<Duration, String> {
    let right = || "write a number and ms, s or m, as in 300ms, 1.5s or 2m".to_owned();
    let unit = text.trim_start_matches(|character: char| character.is_ascii_digit() || character == '.');
    let seconds = match unit {
        "ms" => 0.001,
        "s" => 1.0,
        "m" => 60.0,
        _ => return Err(right()),
    };
    let number: f64 = text.trim_end_matches(unit).parse().map_err(|_| right())?;
    Duration::try_from_secs_f64(number * seconds).map_err(|_| right())
}

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match run(&arguments).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {}", explain(&error, &arguments));
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: &Arguments) -> io::Result<()> {
    let mut builder = Sandbox::builder()
        .bind(arguments.bind)
        .port(arguments.port)
        .domains(arguments.domains as usize)
        .mailboxes_per_domain(arguments.mailboxes_per_domain as usize)
        .seed(arguments.seed)
        .latency(arguments.latency)
        .shapes(match arguments.shapes {
            ShapesArgument::Live => Shapes::Live,
            ShapesArgument::Documented => Shapes::Documented,
        })
        // People compare its codes with those of their own authenticator.
        .starting_at(SystemTime::now());
    if arguments.no_quota {
        builder = builder.quota(Quota::unlimited());
    }
    if let Some(file) = &arguments.state {
        builder = builder.state_file(file);
    }
    let sandbox = builder.start().await?;
    if !arguments.bind.is_loopback() {
        eprintln!("warning: everybody who can reach {} can use this sandbox; its key is no secret", arguments.bind);
    }
    let mut stopped = pin!(tokio::signal::ctrl_c());
    // It is listened for from the first poll on: who has read the introduction may press it.
    if poll_immediate(&mut stopped).await.is_none() {
        print!("{}", introduction(&sandbox));
        stopped.await?;
    }
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

fn explain(error: &io::Error, arguments: &Arguments) -> String {
    let (address, port) = (arguments.bind, arguments.port);
    // The state file's errors tell of themselves; these are the port's, which come from the system.
    match error.kind() {
        io::ErrorKind::AddrInUse => {
            format!("port {port} is taken; choose another with --port, or any free one with --port 0")
        }
        io::ErrorKind::PermissionDenied if error.raw_os_error().is_some() => {
            format!("port {port} may not be used; choose one above 1023 with --port, or any free one with --port 0")
        }
        io::ErrorKind::AddrNotAvailable => {
            format!("{address} is no address of this machine; choose one of its own with --bind")
        }
        _ => error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::duration;

    #[test]
    fn a_time_is_a_number_and_a_unit() {
        for (text, milliseconds) in
            [("300ms", Some(300)), ("1.5s", Some(1500)), ("2m", Some(120_000)), ("0ms", Some(0)), ("300", None)]
        {
            assert_eq!(duration(text).ok(), milliseconds.map(Duration::from_millis), "{text}");
        }
        for text in ["", "s", "-1s", "1h", "1.2.3s", "ms300", "1e400s", "3 s"] {
            assert!(duration(text).is_err(), "{text}");
        }
    }
}
