//! `cargo xtask features`: checks that the supported combinations of features compile, with the expected TLS libraries.
//!
//! A build of the workspace does not show this, because cargo unifies the features of all crates. cargo-hack would try
//! every combination and would have to be installed first; the combinations here are sufficient, and each new set of
//! features for `zapmail-sdk` takes ten seconds.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::{Command, ExitCode, Output};
use std::time::Instant;

use anyhow::{Context, Result};

use crate::cargo;

/// A crate with exactly these features, and the expected TLS libraries among its dependencies.
struct Row {
    package: &'static str,
    features: &'static str,
    tls: &'static [&'static str],
}

const NO_TLS: &[&str] = &[];
const RUSTLS: &[&str] = &["ring", "rustls"];
const NATIVE: &[&str] = &["native-tls"];

/// The TLS libraries to look for. aws-lc-sys is reqwest's default: C code that takes minutes to build.
const LIBRARIES: [&str; 4] = ["aws-lc-sys", "native-tls", "ring", "rustls"];

/// Features of `zapmail-sdk-ext` that only enable a feature of `zapmail-sdk` are not checked again for `zapmail-sdk`.
const ROWS: [Row; 17] = [
    row("zapmail-sdk", "", NO_TLS),
    row("zapmail-sdk", "default,schemars", RUSTLS),
    row("zapmail-sdk", "native-tls", NATIVE),
    row("zapmail-sdk-ext", "", NO_TLS),
    row("zapmail-sdk-ext", "totp", NO_TLS),
    row("zapmail-sdk-ext", "webhook", NO_TLS),
    row("zapmail-sdk-ext", "journal", NO_TLS),
    row("zapmail-sdk-ext", "redis", NO_TLS),
    row("zapmail-sdk-ext", "journal,redis", NO_TLS),
    row("zapmail-sdk-ext", "metrics,schemars", NO_TLS),
    row("zapmail-sdk-ext", "shapes", NO_TLS),
    row("zapmail-sdk-ext", "default", RUSTLS),
    row("zapmail-sdk-ext", "native-tls", NATIVE),
    // With both features, one of them is used; see the README.
    row("zapmail-sdk-ext", "rustls,native-tls", &["native-tls", "ring", "rustls"]),
    row("zapmail-sdk-ext", "native-tls,redis", NATIVE),
    row("zapmail-sdk-ext", "rustls,full", RUSTLS),
    // The library only, without the program.
    row("zapmail-sandbox", "", NO_TLS),
];

const fn row(package: &'static str, features: &'static str, tls: &'static [&'static str]) -> Row {
    Row { package, features, tls }
}

/// The result of a row.
#[derive(Debug, PartialEq, Eq)]
enum Outcome {
    Compiles,
    /// Contains cargo's output, or the wrong TLS libraries.
    Fails(String),
    /// Contains the reason.
    NotChecked(&'static str),
}

pub fn run(workspace: &Path) -> Result<ExitCode> {
    let openssl = openssl();
    let mut all_compile = true;
    for row in &ROWS {
        let start = Instant::now();
        let outcome = row.outcome(workspace, openssl)?;
        let features = if row.features.is_empty() { "none" } else { row.features };
        let (verdict, details) = match &outcome {
            Outcome::Compiles => (format!("compiles, {:.0} s", start.elapsed().as_secs_f64()), ""),
            Outcome::Fails(details) => ("FAILS".to_owned(), details.as_str()),
            Outcome::NotChecked(reason) => (format!("not checked: {reason}"), ""),
        };
        println!("{:<16} {features:<29} TLS: {:<24} {verdict}", row.package, named(row.tls.iter().copied()));
        eprint!("{details}");
        all_compile &= !matches!(outcome, Outcome::Fails(_));
    }
    Ok(if all_compile { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

impl Row {
    fn outcome(&self, workspace: &Path, openssl: Result<(), &'static str>) -> Result<Outcome> {
        let tls = self.tls_of_the_tree(workspace)?;
        if tls != self.tls.iter().copied().collect() {
            let remedy = "correct the features in Cargo.toml, or ROWS in xtask/src/features.rs";
            return Ok(Outcome::Fails(format!("depends on the TLS libraries {}; {remedy}\n", named(tls))));
        }
        match openssl {
            Err(reason) if self.tls.contains(&"native-tls") => Ok(Outcome::NotChecked(reason)),
            _ => self.check(workspace),
        }
    }

    /// The TLS libraries among the crate's dependencies, on all systems.
    fn tls_of_the_tree(&self, workspace: &Path) -> Result<BTreeSet<&'static str>> {
        let mut tree = self.cargo(workspace, "tree");
        tree.args(["--edges", "normal", "--prefix", "none", "--target", "all"]);
        Ok(libraries(&cargo::output(&mut tree)?))
    }

    fn check(&self, workspace: &Path) -> Result<Outcome> {
        let Output { status, stderr, .. } =
            self.cargo(workspace, "check").args(["--lib", "--quiet"]).output().context("cannot run cargo")?;
        let printed = String::from_utf8_lossy(&stderr).into_owned();
        // With `--quiet`, cargo prints only errors and the warnings of our own crates, such as code that is unused with
        // these features.
        let compiles = status.success() && !printed.contains("warning: ");
        Ok(if compiles { Outcome::Compiles } else { Outcome::Fails(printed) })
    }

    fn cargo(&self, workspace: &Path, verb: &str) -> Command {
        let mut command = cargo::command(workspace);
        command.args([verb, "--package", self.package, "--no-default-features", "--features", self.features]);
        command
    }
}

/// The TLS libraries in the output of `cargo tree`.
fn libraries(tree: &str) -> BTreeSet<&'static str> {
    let crates: BTreeSet<_> = tree.lines().filter_map(|line| line.split(' ').next()).collect();
    LIBRARIES.into_iter().filter(|library| crates.contains(library)).collect()
}

fn named<'a>(libraries: impl IntoIterator<Item = &'a str>) -> String {
    let names = libraries.into_iter().collect::<Vec<_>>().join(", ");
    if names.is_empty() { "none".to_owned() } else { names }
}

/// Checks that native-tls can be built on this machine. Windows and Apple's systems have their own TLS. Other systems
/// use OpenSSL, which is searched for in the same way as by its build script.
fn openssl() -> Result<(), &'static str> {
    let is_configured =
        ["OPENSSL_DIR", "OPENSSL_LIB_DIR"].into_iter().any(|variable| std::env::var_os(variable).is_some());
    let found = || Command::new("pkg-config").args(["--exists", "openssl"]).status().is_ok_and(|found| found.success());
    if cfg!(any(windows, target_vendor = "apple")) || is_configured || found() {
        return Ok(());
    }
    Err("OpenSSL's headers are missing (Debian: libssl-dev, pkg-config)")
}

#[cfg(test)]
mod tests {
    use super::{libraries, named};

    #[test]
    fn libraries_are_matched_by_their_whole_name() {
        let tree = "zapmail-sdk v0.1.0 (/x)\nhyper-rustls v0.27.10\nring v0.17.14\n\nrustls-pki-types v1.16.0\nring v0.17.14 (*)\n";
        assert_eq!(named(libraries(tree)), "ring");
        assert_eq!(named(libraries("")), "none");
    }
}
