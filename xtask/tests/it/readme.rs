//! Test that `openapi/README.md` shows the actual output of the commands.

use std::fs;

use crate::{run, workspace};

#[test]
fn readme_shows_the_output_of_the_commands() {
    let readme = fs::read_to_string(workspace().join("openapi/README.md")).unwrap();
    let shown = readme.split("```console\n$ cargo xtask ").skip(1).map(|rest| rest.split_once("\n```").unwrap().0);
    let mut commands = Vec::new();
    for (command, output) in shown.map(|block| block.split_once('\n').unwrap()) {
        let arguments: Vec<_> = command.split(' ').collect();
        assert_eq!(run(&arguments).1.trim_end(), output, "$ cargo xtask {command}");
        commands.push(arguments[0]);
    }
    assert_eq!(commands, ["drift", "diff"]);
}
