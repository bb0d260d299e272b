//! The sandbox as a program: what `zapmail-sandbox` and `zapmail sandbox` run.

mod amount;
mod arguments;
mod duration;
mod introduction;

use std::io;
use std::net::Ipv4Addr;
use std::pin::pin;
use std::time::SystemTime;

use futures::future::poll_immediate;

pub use arguments::{Arguments, ShapesArgument};

use crate::access::API_KEY;
use crate::quota::Quota;
use crate::routes::BASE_PATH;
use crate::sandbox::Sandbox;
use crate::shapes::Shapes;

/// Runs a sandbox until ctrl-c is pressed.
///
/// # Errors
///
/// If the port cannot be used, or the state file cannot be read or written. The message says what to do.
pub async fn run(arguments: &Arguments) -> io::Result<()> {
    serve(arguments).await.map_err(|error| io::Error::new(error.kind(), explain(&error, arguments)))
}

/// Returns the lines for a shell that set up a program for the sandbox on this port of the loopback interface.
pub fn environment(port: u16) -> String {
    introduction::environment(&format!("http://{}:{port}{BASE_PATH}", Ipv4Addr::LOCALHOST), API_KEY)
}

async fn serve(arguments: &Arguments) -> io::Result<()> {
    let mut builder = Sandbox::builder()
        .bind(arguments.bind)
        .port(arguments.port)
        .domains(arguments.domains as usize)
        .mailboxes_per_domain(arguments.mailboxes_per_domain as usize)
        .seed(arguments.seed)
        .wallet_cents(arguments.wallet)
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
        eprintln!("warning: everybody who can reach {} can use this sandbox; its key is public", arguments.bind);
    }
    let mut stopped = pin!(tokio::signal::ctrl_c());
    // It is listened for from the first poll on: who has read the introduction may press it.
    if poll_immediate(&mut stopped).await.is_none() {
        print!("{}", introduction::introduction(&sandbox));
        stopped.await?;
    }
    sandbox.stop().await;
    Ok(())
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
            format!("{address} is not an address of this machine; choose one of its own with --bind")
        }
        _ => error.to_string(),
    }
}
