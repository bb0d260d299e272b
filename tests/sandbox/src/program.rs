//! The sandbox as a program, for `zapmail-sandbox` and `zapmail sandbox`.

mod amount;
mod arguments;
mod introduction;

use std::io;
use std::net::Ipv4Addr;
use std::pin::pin;
use std::time::SystemTime;

use futures::future::poll_immediate;

pub use arguments::{Arguments, ShapesArgument};

use crate::access::API_KEY;
use crate::document::BASE_PATH;
use crate::quota::Quota;
use crate::sandbox::Sandbox;
use crate::shapes::Shapes;

/// Runs a sandbox until ctrl-c is pressed.
///
/// # Errors
///
/// [`io::Error`] if the port cannot be used, or the state file cannot be read or written. The message contains the
/// remedy.
pub async fn run(arguments: &Arguments) -> io::Result<()> {
    serve(arguments).await.map_err(|error| io::Error::new(error.kind(), error_message(&error, arguments)))
}

/// Returns shell commands that set the environment variables of a program for the sandbox on this port of the loopback
/// interface.
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
        // With the system's time, its codes are those of an authenticator app.
        .starting_at(SystemTime::now());
    if arguments.no_quota {
        builder = builder.quota(Quota::unlimited());
    }
    if let Some(file) = &arguments.state {
        builder = builder.state_file(file);
    }
    let sandbox = builder.start().await?;
    if !arguments.bind.is_loopback() {
        eprintln!("warning: anyone who can reach {} can use this sandbox; its key is public", arguments.bind);
    }
    let mut ctrl_c = pin!(tokio::signal::ctrl_c());
    // The first poll installs the signal handler, which must happen before the introduction mentions ctrl-c.
    if poll_immediate(&mut ctrl_c).await.is_none() {
        print!("{}", introduction::introduction(&sandbox));
        ctrl_c.await?;
    }
    sandbox.stop().await;
    Ok(())
}

fn error_message(error: &io::Error, arguments: &Arguments) -> String {
    let (address, port) = (arguments.bind, arguments.port);
    // The errors of the state file are already clear. These are errors of the port, from the system.
    match error.kind() {
        io::ErrorKind::AddrInUse => {
            format!("port {port} is already in use; choose another with --port, or any free one with --port 0")
        }
        io::ErrorKind::PermissionDenied if error.raw_os_error().is_some() => {
            format!(
                "permission denied for port {port}; choose one above 1023 with --port, or any free one with --port 0"
            )
        }
        io::ErrorKind::AddrNotAvailable => {
            format!("{address} is not an address of this machine; choose one of its addresses with --bind")
        }
        _ => error.to_string(),
    }
}
