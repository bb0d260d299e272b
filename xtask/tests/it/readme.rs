//! The output in `openapi/README.md` is what the commands print.

use std::fs;

use crate::{run, workspace};

#[test]
fn the_readme_shows_what_the_commands_print() {
    let readme = fs::read_to_string(workspace().join("openapi/README.md")).unwrap();
    let shown = readme.split("```console\n$ cargo xtask ").skip(1).map(|rest| rest.split_once("\n```").unwrap().0);
    let mut verbs = Vec::new();
    for (command, output) in shown.map(|block| block.split_once('\n').unwrap()) {
        let arguments: Vec<_> = command.split(' ').collect();
        assert_eq!(run(&arguments).1.trim_end(), output, "$ cargo xtask {command}");
        verbs.push(arguments[0]);
    }
    assert_eq!(verbs, ["drift", "diff"]);
}
