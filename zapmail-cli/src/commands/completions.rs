//! `zapmail completions` and `zapmail man`: shell completions and man pages.

use std::fs;
use std::path::PathBuf;

use clap_complete::Shell;

use super::program;
use crate::failure::Failure;
use crate::output;

#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// Shell to generate completions for
    shell: Shell,
}

#[derive(Debug, clap::Args)]
pub struct Man {
    /// Folder for the man pages
    folder: PathBuf,
}

pub fn run(arguments: &Arguments) -> Result<(), Failure> {
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut program::command(), "zapmail", &mut script);
    output::write(&String::from_utf8_lossy(&script))
}

pub fn man(arguments: &Man) -> Result<(), Failure> {
    let folder = &arguments.folder;
    let failure = |error| Failure::io(format!("the man pages cannot be written to {}", folder.display()), error);
    fs::create_dir_all(folder).map_err(failure)?;
    clap_mangen::generate_to(program::command(), folder).map_err(failure)
}
