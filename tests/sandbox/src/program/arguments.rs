//! The command-line arguments of the program.

use std::net::{IpAddr, Ipv4Addr};
use std::path::PathBuf;
use std::time::Duration;

use clap::{Parser, ValueEnum, value_parser};

use super::amount::cents;

/// A stand-in for the Zapmail API on this machine, for experiments: its operations cost no money.
///
/// It listens on the loopback interface until ctrl-c is pressed. With --state, its state is stored in a file; otherwise
/// it is lost. Requests to /_sandbox/ control the sandbox: they add faults, advance its time, and return its requests
/// and charges. GET /_sandbox/ lists them.
#[derive(Debug, Parser)]
#[command(version)]
pub struct Arguments {
    /// Port to listen on; 0 selects a free port
    #[arg(long, default_value_t = 8080)]
    pub port: u16,
    /// Address to listen on
    ///
    /// If it is not a loopback address, anyone who can reach this machine can use the sandbox, because its key is not
    /// secret. Requests to /_sandbox/ are accepted from this machine only.
    #[arg(long, value_name = "ADDRESS", default_value_t = Ipv4Addr::LOCALHOST.into())]
    pub bind: IpAddr,
    /// Number of domains in the account, up to 100000
    #[arg(long, default_value_t = 24, value_parser = value_parser!(u32).range(..=100_000))]
    pub domains: u32,
    /// Number of mailboxes per domain, up to 20
    #[arg(long, default_value_t = 3, value_parser = value_parser!(u32).range(..=20))]
    pub mailboxes_per_domain: u32,
    /// Number that identifiers and code seeds are derived from
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// Initial balance of the wallet, in US dollars, such as 500 or 64.50
    #[arg(long, value_name = "AMOUNT", default_value = "64.50", value_parser = cents)]
    pub wallet: u64,
    /// File in which the state is stored, as JSON
    ///
    /// If the file exists, the sandbox continues from it and ignores --domains, --mailboxes-per-domain, --seed and
    /// --wallet; otherwise it creates the file. The file is replaced as a whole after every request that writes.
    #[arg(long, value_name = "FILE")]
    pub state: Option<PathBuf>,
    /// Disable the quotas: 5 requests per second, 200 per minute, and 100 availability checks per 30 minutes
    #[arg(long)]
    pub no_quota: bool,
    /// Delay of each response, such as 300ms, 1.5s or 2m
    #[arg(long, value_name = "TIME", default_value = "0ms", value_parser = humantime::parse_duration)]
    pub latency: Duration,
    /// Shapes of the responses that differ between the documentation and the live service
    #[arg(long, value_enum, default_value_t)]
    pub shapes: ShapesArgument,
}

/// A choice of [`Shapes`](crate::Shapes).
#[derive(Debug, Clone, Copy, Default, ValueEnum)]
pub enum ShapesArgument {
    /// As observed from the live service
    #[default]
    Live,
    /// As documented
    Documented,
}
