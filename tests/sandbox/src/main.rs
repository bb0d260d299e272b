//! The sandbox as a program.

use std::process::ExitCode;

use clap::Parser;
use zapmail_sandbox::program::{self, Arguments};

#[tokio::main]
async fn main() -> ExitCode {
    match program::run(&Arguments::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}
