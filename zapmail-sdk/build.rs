//! Makes the raw client from the document: reads `zapmail-openapi`, writes three files into `OUT_DIR`.
//!
//! | step | file |
//! | --- | --- |
//! | take away what progenitor cannot use | `build/simplify.rs` |
//! | let progenitor write the client | `build/client.rs` |
//! | finish its code: documentation, tolerance, size | `build/polish/` |
//! | write the open enums and the table of operations | `build/open_enums.rs`, `build/operations.rs` |

#[path = "build/client.rs"]
mod client;
#[path = "build/document.rs"]
mod document;
#[path = "build/open_enums.rs"]
mod open_enums;
#[path = "build/operations.rs"]
mod operations;
#[path = "build/polish/mod.rs"]
mod polish;
#[path = "build/simplify.rs"]
mod simplify;

use std::path::PathBuf;
use std::{env, fs};

use document::Document;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=build");
    let folder = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets OUT_DIR"));
    let document = Document::parse(zapmail_openapi::DOCUMENT);

    let mut client = client::generate(&document);
    polish::polish(&mut client, &document);

    for (name, code) in [
        ("client.rs", prettyplease::unparse(&client)),
        ("open_enums.rs", open_enums::generate(&document)),
        ("operations.rs", operations::generate(&document, zapmail_openapi::DOCUMENT)),
    ] {
        fs::write(folder.join(name), code).unwrap_or_else(|error| panic!("cannot write {name}: {error}"));
    }
}
