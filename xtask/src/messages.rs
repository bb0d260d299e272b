//! `cargo xtask messages`: all texts that the programs can print, in one file, so that they can be read in one sitting.
//!
//! A text is a string literal of several words outside of tests, attributes and documentation.

use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, Result};
use proc_macro2::{Delimiter, TokenStream, TokenTree};
use quote::ToTokens;
use syn::{File, Item};

use crate::files;
use crate::test_items::is_test;

/// The file with the texts.
const FILE: &str = "docs/messages.txt";

/// The maximum length of a text. A longer literal is data.
const LONGEST: usize = 1000;

/// The folders with the code of the programs.
const FOLDERS: [&str; 4] = ["zapmail-sdk/src/", "zapmail-sdk-ext/src/", "zapmail-cli/src/", "tests/sandbox/src/"];

/// Files and folders, within those folders, whose texts are not printed.
const NOT_PRINTED: [&str; 5] = ["tests", "tests.rs", "testing", "testing.rs", "guide"];

pub fn run(workspace: &Path) -> Result<ExitCode> {
    files::replace(&workspace.join(FILE), &messages(workspace)?)?;
    println!("wrote {FILE}");
    Ok(ExitCode::SUCCESS)
}

/// Returns a finding if the file is stale.
///
/// # Errors
///
/// If the code cannot be read.
pub fn finding(workspace: &Path) -> Result<Option<String>> {
    let known = fs::read_to_string(workspace.join(FILE)).unwrap_or_default();
    let is_stale = known != messages(workspace)?;
    Ok(is_stale.then(|| format!("{FILE} is stale; run `cargo xtask messages`, and read what has changed")))
}

/// The texts of all files.
fn messages(workspace: &Path) -> Result<String> {
    let mut text = String::from("All texts that the programs can print. Written by `cargo xtask messages`.\n");
    let sources = files::sources(workspace)?;
    for name in sources.iter().filter(|name| is_read(name)) {
        let code = fs::read_to_string(workspace.join(name)).with_context(|| format!("cannot read {name}"))?;
        let texts = texts_of(&code).with_context(|| format!("{name} is not valid Rust"))?;
        if !texts.is_empty() {
            write!(text, "\n{name}\n")?;
            texts.iter().try_for_each(|printed| writeln!(text, "  {printed}"))?;
        }
    }
    Ok(text)
}

fn is_read(name: &str) -> bool {
    let Some(path) = FOLDERS.iter().find_map(|folder| name.strip_prefix(folder)) else { return false };
    path.ends_with(".rs") && !path.split('/').any(|part| NOT_PRINTED.contains(&part))
}

/// The texts of a file, in the order in which they occur.
fn texts_of(code: &str) -> syn::Result<Vec<String>> {
    let File { mut items, .. } = syn::parse_file(code)?;
    remove_tests(&mut items);
    let mut texts = Vec::new();
    items.iter().for_each(|item| collect(item.to_token_stream(), &mut texts));
    Ok(texts)
}

fn remove_tests(items: &mut Vec<Item>) {
    items.retain(|item| !is_test(item));
    for item in items {
        if let Item::Mod(module) = item
            && let Some((_, items)) = &mut module.content
        {
            remove_tests(items);
        }
    }
}

/// Adds the texts in these tokens, except those in attributes.
fn collect(tokens: TokenStream, texts: &mut Vec<String>) {
    let mut is_attribute = false;
    for token in tokens {
        match token {
            TokenTree::Punct(punct) => {
                is_attribute = punct.as_char() == '#' || (is_attribute && punct.as_char() == '!')
            }
            TokenTree::Group(group) => {
                if !(is_attribute && group.delimiter() == Delimiter::Bracket) {
                    collect(group.stream(), texts);
                }
                is_attribute = false;
            }
            TokenTree::Literal(literal) => {
                is_attribute = false;
                if let Ok(text) = syn::parse2::<syn::LitStr>(TokenTree::Literal(literal).into())
                    && is_text(&text.value())
                {
                    texts.push(text.value().replace('\n', "\\n"));
                }
            }
            TokenTree::Ident(_) => is_attribute = false,
        }
    }
}

/// Whether a literal consists of several words, rather than code or a format.
fn is_text(literal: &str) -> bool {
    if literal.len() > LONGEST {
        return false;
    }
    let words =
        literal.split_whitespace().filter(|word| word.chars().filter(|letter| letter.is_alphabetic()).count() > 1);
    words.count() > 1
}

#[cfg(test)]
mod tests {
    use super::{is_read, texts_of};

    #[test]
    fn printed_texts_are_collected() {
        let code = r##"
            //! Not this text.
            #[doc = "Nor this text."]
            fn f(name: &str) -> Result<(), Error> {
                /* Not a text. */
                let message = format!("the name {name} is taken");
                let code = "x {} y";
                Err(Error::new(Kind::Invalid, message).hint(r#"use a "different" name"#))
            }
            #[cfg(test)]
            mod tests {
                const TEXT: &str = "not this text";
            }
        "##;
        assert_eq!(texts_of(code).unwrap(), ["the name {name} is taken", "use a \"different\" name"]);
    }

    #[test]
    fn code_of_programs_is_read() {
        for name in ["zapmail-sdk-ext/src/otp.rs", "zapmail-cli/src/main.rs", "tests/sandbox/src/state/due.rs"] {
            assert!(is_read(name), "{name}");
        }
        for name in [
            "zapmail-sdk-ext/src/otp/tests.rs",
            "zapmail-sdk-ext/src/guide/codes.rs",
            "tests/sandbox/src/state/tests.rs",
            "xtask/src/main.rs",
            "tests/sandbox/tests/it/main.rs",
        ] {
            assert!(!is_read(name), "{name}");
        }
    }
}
