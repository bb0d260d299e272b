//! `cargo xtask features`: the combinations of features that make sense compile, and bring the TLS that they say.
//!
//! A build of the workspace tells nothing of that: there, cargo switches on for all what any of the crates asks for.
//! cargo-hack would try each combination there is, and would have to be installed first; these tell what there is to
//! tell, and each new choice for `zapmail-sdk` costs ten seconds.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::{Command, ExitCode, Output, Stdio};
use std::time::Instant;

use anyhow::{Context, Result, bail};

use crate::cargo;

/// A crate with these features and no others, and the libraries for TLS that then come along.
struct Row {
    package: &'static str,
    features: &'static str,
    tls: &'static [&'static str],
}

const NO_TLS: &[&str] = &[];
const RUSTLS: &[&str] = &["ring", "rustls"];
const NATIVE: &[&str] = &["native-tls"];

/// Those that are looked for. aws-lc-sys is what reqwest takes where it may choose: C code that takes minutes to build.
const LIBRARIES: [&str; 4] = ["aws-lc-sys", "native-tls", "ring", "rustls"];

/// What `zapmail-sdk-ext` hands on is not checked once more for `zapmail-sdk` alone.
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
    // One of the two is used; its README says which.
    row("zapmail-sdk-ext", "rustls,native-tls", &["native-tls", "ring", "rustls"]),
    row("zapmail-sdk-ext", "native-tls,redis", NATIVE),
    row("zapmail-sdk-ext", "rustls,journal,metrics,redis,totp,webhook,schemars,shapes", RUSTLS),
    // As a library, without the program.
    row("zapmail-sandbox", "", NO_TLS),
];

const fn row(package: &'static str, features: &'static str, tls: &'static [&'static str]) -> Row {
    Row { package, features, tls }
}

/// What became of a row.
#[derive(Debug, PartialEq, Eq)]
enum Outcome {
    Compiles,
    /// With what cargo printed, or what is wrong with the tree.
    Fails(String),
    /// With the reason.
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
            return Ok(Outcome::Fails(format!("brings the TLS of {}\n", named(tls))));
        }
        match openssl {
            Err(reason) if self.tls.contains(&"native-tls") => Ok(Outcome::NotChecked(reason)),
            _ => self.check(workspace),
        }
    }

    /// The libraries for TLS below the crate, on any system.
    fn tls_of_the_tree(&self, workspace: &Path) -> Result<BTreeSet<&'static str>> {
        let output = self
            .cargo(workspace, "tree")
            .args(["--edges", "normal", "--prefix", "none", "--target", "all"])
            .stderr(Stdio::inherit())
            .output()
            .context("cannot run cargo")?;
        if !output.status.success() {
            bail!("cargo tree failed for {} with the features `{}`", self.package, self.features);
        }
        Ok(libraries(&String::from_utf8_lossy(&output.stdout)))
    }

    fn check(&self, workspace: &Path) -> Result<Outcome> {
        let Output { status, stderr, .. } =
            self.cargo(workspace, "check").args(["--lib", "--quiet"]).output().context("cannot run cargo")?;
        let printed = String::from_utf8_lossy(&stderr).into_owned();
        // Quiet as it is, all that it prints are errors and the warnings of our own crates: something that is not used
        // with these features.
        let compiles = status.success() && !printed.contains("warning: ");
        Ok(if compiles { Outcome::Compiles } else { Outcome::Fails(printed) })
    }

    fn cargo(&self, workspace: &Path, verb: &str) -> Command {
        let mut command = cargo::command(workspace);
        command.args([verb, "--package", self.package, "--no-default-features", "--features", self.features]);
        command
    }
}

/// Those in the output of `cargo tree`.
fn libraries(tree: &str) -> BTreeSet<&'static str> {
    let crates: BTreeSet<_> = tree.lines().filter_map(|line| line.split(' ').next()).collect();
    LIBRARIES.into_iter().filter(|library| crates.contains(library)).collect()
}

fn named<'a>(libraries: impl IntoIterator<Item = &'a str>) -> String {
    let names = libraries.into_iter().collect::<Vec<_>>().join(", ");
    if names.is_empty() { "none".to_owned() } else { names }
}

/// Whether native-tls can be built here. Windows and Apple's systems have a TLS of their own; elsewhere it is OpenSSL's,
/// and its build script looks for it in this way.
fn openssl() -> Result<(), &'static str> {
    let told = ["OPENSSL_DIR", "OPENSSL_LIB_DIR"].into_iter().any(|variable| std::env::var_os(variable).is_some());
    let found = || Command::new("pkg-config").args(["--exists", "openssl"]).status().is_ok_and(|found| found.success());
    if cfg!(any(windows, target_vendor = "apple")) || told || found() {
        return Ok(());
    }
    Err("OpenSSL's headers are missing (Debian: libssl-dev, pkg-config)")
}

#[cfg(test)]
mod tests {
    use super::{LIBRARIES, ROWS, libraries, named};

    #[test]
    fn libraries_are_told_by_their_whole_name() {
        let tree = "zapmail-sdk v0.1.0 (/x)\nhyper-rustls v0.27.10\nring v0.17.14\n\nrustls-pki-types v1.16.0\nring v0.17.14 (*)\n";
        assert_eq!(named(libraries(tree)), "ring");
        assert_eq!(named(libraries("")), "none");
    }

    #[test]
    fn each_row_expects_libraries_that_are_looked_for() {
        for row in ROWS {
            assert!(row.tls.iter().all(|library| LIBRARIES.contains(library)), "{}: {}", row.package, row.features);
            assert!(row.tls.is_sorted(), "{}: {}", row.package, row.features);
        }
    }
}
