//! The command `zapmail`: the Zapmail API for people who do not write Rust.

mod arguments;
mod catalog;
mod commands;
mod confirmation;
mod connection;
mod context;
mod document;
mod dry_run;
mod failure;
mod input;
mod journal;
mod keyring;
mod names;
mod output;
mod pages;
mod payment;
mod price;
mod profiles;
mod progress;
mod recorder;
mod sending;
mod terminal;
mod verbose;
mod words;

use std::process::ExitCode;

use context::Context;
use failure::Failure;

fn main() -> ExitCode {
    let matches = match commands::program::parse(std::env::args_os()) {
        Ok(matches) => matches,
        Err(error) => {
            // Includes --help and --version. If printing fails, the failure cannot be reported either.
            let _ = error.print();
            return ExitCode::from(error.exit_code().try_into().unwrap_or(failure::USAGE));
        }
    };
    let context = Context::new(&matches);
    let outcome = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime.block_on(commands::run(&context, &matches)),
        Err(error) => Err(Failure::io("the program cannot be started", error)),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            context.report(&failure);
            ExitCode::from(failure.exit_code())
        }
    }
}
