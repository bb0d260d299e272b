//! Integration tests: xtask as users run it.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod adopt;
mod adopt_shapes;
mod diff;
mod drift;
mod expand;
#[path = "../../src/fixture/folder.rs"]
#[allow(dead_code, reason = "the tests in `src` use more of it")]
mod folder;
mod help;
mod readme;
mod simulate;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// The folder of the workspace.
fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// The folder `openapi` of the workspace.
fn openapi_folder() -> PathBuf {
    workspace().join("openapi")
}

/// A command that runs xtask with these arguments in the workspace.
fn xtask(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_xtask"));
    command.current_dir(workspace()).args(arguments);
    for variable in ["NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE"] {
        command.env_remove(variable);
    }
    command
}

/// Runs xtask, and returns the exit code, standard output and standard error.
fn run(arguments: &[&str]) -> (i32, String, String) {
    text_of(xtask(arguments).output().unwrap())
}

fn text_of(output: Output) -> (i32, String, String) {
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}
