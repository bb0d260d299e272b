//! Tests of the check for import cycles, with made-up crates.

use std::collections::BTreeMap;

use super::{findings_in, is_root};

const ROOT: &str = "a/src/lib.rs";

/// Returns the findings about a crate with these files below `a/src`.
fn findings(files: &[(&str, &str)]) -> Vec<String> {
    let files: BTreeMap<_, _> =
        files.iter().map(|(file, code)| (format!("a/src/{file}"), (*code).to_owned())).collect();
    findings_in(ROOT, &|file| files.get(file).cloned()).unwrap()
}

#[test]
fn cycle_is_found_with_file_and_line_of_each_import() {
    let found = findings(&[
        ("lib.rs", "mod one;\nmod two;\n"),
        ("one.rs", "use std::fmt;\n\nuse crate::two::Two;\npub struct One;\n"),
        ("two.rs", "pub struct Two;\nfn f() -> crate::one::One {}\n"),
    ]);
    assert_eq!(
        found,
        ["a/src/lib.rs: import cycle one -> two -> one; remove one of its imports:\n  \
          a/src/one.rs:3: one uses two: crate::two::Two\n  \
          a/src/two.rs:2: two uses one: crate::one::One"]
    );
}

#[test]
fn cycle_between_folders_and_through_several_modules_is_found() {
    let folders = [
        ("lib.rs", "mod one;\nmod two;\n"),
        ("one/mod.rs", "mod low;\nmod high;\n"),
        ("one/low.rs", "pub struct Low;\n"),
        ("one/high.rs", "use crate::two::inner;\n"),
        ("two.rs", "pub mod inner { fn f() { println!(\"{}\", crate::one::low::Low); } }\n"),
    ];
    assert!(findings(&folders)[0].contains("import cycle one -> two -> one"));
    let three = [(
        "lib.rs",
        "mod a { use super::b; }\nmod b { use crate::{a, c::{self, X}}; }\nmod c { use super::a as other; }\n",
    )];
    let found = findings(&three);
    // The second cycle has an edge in common with the first one.
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].contains("import cycle a -> b -> a"), "{found:?}");
    let ring = [("lib.rs", "mod a { use super::b::X; }\nmod b { use crate::c; }\nmod c { use crate::a::*; }\n")];
    assert!(findings(&ring)[0].contains("import cycle a -> b -> c -> a"));
}

#[test]
fn import_through_a_reexport_counts_for_the_defining_module() {
    let found = findings(&[
        ("lib.rs", "mod one;\nmod two;\nmod three;\npub use one::One;\npub use three::*;\n"),
        ("one.rs", "use crate::two::Two;\npub struct One;\n"),
        ("two.rs", "use crate::One;\npub struct Two;\n"),
        ("three.rs", "use crate::two;\npub enum Three {}\n"),
    ]);
    assert!(matches!(&found[..], [one] if one.contains("import cycle one -> two -> one")), "{found:?}");
}

#[test]
fn module_and_its_descendants_may_use_each_other() {
    let files = [
        ("lib.rs", "mod parent;\nuse parent::child::grandchild::deep;\n"),
        ("parent.rs", "mod child;\nuse child::Child;\npub struct Parent;\n"),
        ("parent/child.rs", "pub mod grandchild;\nuse super::Parent;\npub struct Child;\n"),
        (
            "parent/child/grandchild.rs",
            "use crate::parent::Parent;\nuse super::super::Parent as Same;\npub fn deep() {}\n",
        ),
    ];
    assert_eq!(findings(&files), [""; 0]);
}

#[test]
fn tests_and_other_crates_are_ignored() {
    let files = [
        ("lib.rs", "mod one;\nmod two;\npub use serde;\n#[cfg(test)]\nmod testing;\n"),
        ("one.rs", "use crate::two;\nuse crate::serde::Serialize;\n"),
        // `one::f` is a different crate here.
        (
            "two.rs",
            "fn f() { std::one::f(); }\n#[cfg(test)]\nuse crate::one;\n#[cfg(test)]\nmod tests { use crate::one; }\n",
        ),
    ];
    assert_eq!(findings(&files), [""; 0]);
}

#[test]
fn file_of_a_path_attribute_is_read() {
    let files = [
        ("lib.rs", "#[path = \"deep/../other/file.rs\"]\nmod one;\nmod two { use crate::one::inner; }\n"),
        ("other/file.rs", "pub mod inner;\n"),
        ("other/inner.rs", "use crate::two;\n"),
    ];
    assert!(findings(&files)[0].contains("import cycle one -> two -> one"));
}

#[test]
fn missing_file_is_an_error_that_names_it() {
    let error = findings_in(ROOT, &|file| (file == ROOT).then(|| "mod one;".to_owned())).unwrap_err();
    assert_eq!(error.to_string(), "neither a/src/one.rs nor a/src/one/mod.rs exists; create one of them");
}

#[test]
fn roots_are_libraries_programs_and_build_scripts() {
    let sources =
        ["a/Cargo.toml", "a/src/lib.rs", "a/src/deep/main.rs", "a/build.rs", "b/src/main.rs"].map(str::to_owned);
    let roots: Vec<_> = sources.iter().filter(|file| is_root(file, &sources)).collect();
    assert_eq!(roots, ["a/src/lib.rs", "a/build.rs"]);
}
