//! `zapmail completions` and `zapmail man`.

use std::fs;
use std::path::PathBuf;

use clap_complete::Shell;

use crate::arguments;
use crate::failure::Failure;
use crate::output;

#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The shell
    shell: Shell,
}

#[derive(Debug, clap::Args)]
pub struct Man {
    /// Folder for the pages
    folder: PathBuf,
}

pub fn run(arguments: &Arguments) -> Result<(), Failure> {
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut arguments::command(), "zapmail", &mut script);
    output::write(&String::from_utf8_lossy(&script))
}

pub fn man(arguments: &Man) -> Result<(), Failure> {
    let folder = &arguments.folder;
    let failure = |error| Failure::io(format!("the pages cannot be written into {}", folder.display()), error);
    fs::create_dir_all(folder).map_err(failure)?;
    clap_mangen::generate_to(arguments::command(), folder).map_err(failure)
}
