//! `cargo xtask build-cost`: the cost of building with `zapmail-sdk-ext`, compared with octocrab.
//!
//! Each program makes one call, and is its own workspace with its own target folder, so that neither our tests nor
//! earlier builds count. The clean builds alternate, with 2 jobs. CPU time is reported in addition to wall time,
//! because it depends less on other load.

use std::fs;
use std::path::Path;
use std::process::ExitCode;
use std::time::Instant;

use anyhow::{Context, Result, bail};

use crate::measured::{self, Row};
use crate::{cargo, files};

#[derive(clap::Args)]
pub struct Arguments {
    /// Number of builds per program
    #[arg(long, value_name = "N", default_value_t = 3)]
    runs: u32,
    /// Do not measure the size of the release binaries
    #[arg(long)]
    no_size: bool,
}

/// A program that makes one call.
struct Program {
    name: &'static str,
    dependencies: &'static str,
    main: &'static str,
}

const OURS: Program = Program {
    name: "zapmail-sdk-ext",
    dependencies: r#"zapmail-sdk-ext = { path = "../../../zapmail-sdk-ext" }"#,
    main: r#"use zapmail_sdk_ext::Zapmail;

#[tokio::main(flavor = "current_thread")]
async fn main() -> zapmail_sdk_ext::Result<()> {
    let zapmail = Zapmail::from_env()?;
    println!("{}", zapmail.get_user().send().await?.id);
    Ok(())
}
"#,
};

/// The latest version. The table contains its number.
const OCTOCRAB: Program = Program {
    name: "octocrab",
    dependencies: r#"octocrab = "=0.54.9""#,
    main: r#"#[tokio::main(flavor = "current_thread")]
async fn main() -> octocrab::Result<()> {
    let github = octocrab::Octocrab::builder().build()?;
    println!("{}", github.current().user().await?.login);
    Ok(())
}
"#,
};

const BY_HAND: Program = Program {
    name: "by hand",
    dependencies: r#"reqwest = { version = "0.13", default-features = false, features = ["json", "rustls", "system-proxy"] }
serde = { version = "1", features = ["derive"] }"#,
    main: r#"#[derive(serde::Deserialize)]
struct Envelope {
    data: User,
}

#[derive(serde::Deserialize)]
struct User {
    id: String,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let key = std::env::var("ZAPMAIL_API_KEY")?;
    let request = reqwest::Client::new().get("https://api.zapmail.ai/api/v2/users").header("x-auth-zapmail", key);
    let response: Envelope = request.send().await?.error_for_status()?.json().await?;
    println!("{}", response.data.id);
    Ok(())
}
"#,
};

/// The duration of a build, in seconds.
struct Cost {
    wall: f64,
    /// CPU time; `None` if the system does not report it.
    processor: Option<f64>,
}

pub fn run(workspace: &Path, arguments: &Arguments) -> Result<ExitCode> {
    let folder = workspace.join("target/build-cost");
    for program in [&OCTOCRAB, &OURS, &BY_HAND] {
        program.write(&folder)?;
    }
    let mut costs = [Vec::new(), Vec::new()];
    for run in 1..=arguments.runs.max(1) {
        for (program, costs) in [&OCTOCRAB, &OURS].into_iter().zip(&mut costs) {
            let cost = program.build(&folder, &[])?;
            let processor = cost.processor.unwrap_or_default();
            eprintln!(
                "run {run} of {}: {}: {:.0} s, {processor:.0} s of CPU time",
                arguments.runs, program.name, cost.wall
            );
            costs.push(cost);
        }
    }
    let mut rows = Vec::new();
    let wall = |costs: &Vec<Cost>| measured::median(costs.iter().map(|cost| cost.wall).collect());
    let processor = |costs: &Vec<Cost>| measured::median(costs.iter().filter_map(|cost| cost.processor).collect());
    let octocrab = OCTOCRAB.with_version(&folder)?;
    let programs = [octocrab.as_str(), OURS.name];
    let processor = costs.each_ref().map(processor);
    rows.extend(compare("clean debug build, 2 jobs: processor", "s", programs, processor, Some(0.7)));
    rows.extend(compare("clean debug build, 2 jobs: wall", "s", programs, costs.each_ref().map(wall), Some(1.0)));
    if !arguments.no_size {
        let size = |program: &Program| -> Result<Option<f64>> {
            program.build(&folder, &["--release"])?;
            Ok(Some(program.size(&folder)?))
        };
        let sizes = [size(&BY_HAND)?, size(&OURS)?];
        rows.extend(compare("stripped release binary of one call", "bytes", [BY_HAND.name, OURS.name], sizes, None));
    }
    files::replace(&workspace.join("target/build-cost.md"), &measured::markdown(&rows))?;
    files::replace(&workspace.join("target/build-cost.json"), &measured::json(&rows)?)?;
    print!("{}", measured::markdown(&rows));
    Ok(ExitCode::SUCCESS)
}

/// Compares the second program with the first. `goal` is the maximum ratio.
fn compare(group: &str, unit: &str, names: [&str; 2], values: [Option<f64>; 2], goal: Option<f64>) -> Vec<Row> {
    let [Some(first), Some(second)] = values else { return Vec::new() };
    let row = |name: &str, value, against: Option<&str>, ratio, goal| Row {
        group: group.to_owned(),
        name: name.to_owned(),
        value,
        unit: unit.to_owned(),
        against: against.map(str::to_owned),
        ratio,
        goal,
    };
    vec![row(names[0], first, None, None, None), row(names[1], second, Some(names[0]), Some(second / first), goal)]
}

impl Program {
    /// The name of the package and of its folder.
    fn package(&self) -> String {
        format!("one-call-{}", self.name.replace(' ', "-"))
    }

    fn write(&self, folder: &Path) -> Result<()> {
        let package = self.package();
        let manifest = format!(
            "[package]\nname = \"{package}\"\nversion = \"0.0.0\"\nedition = \"2024\"\npublish = false\n\n[workspace]\n\n\
             [dependencies]\n{}\ntokio = {{ version = \"1\", features = [\"macros\", \"rt\"] }}\n\n\
             [profile.release]\nstrip = true\n",
            self.dependencies
        );
        files::replace(&folder.join(&package).join("Cargo.toml"), &manifest)?;
        files::replace(&folder.join(&package).join("src/main.rs"), self.main)?;
        // Downloads do not count.
        self.cargo(folder, &["fetch", "--quiet"])
    }

    /// Runs a clean build.
    fn build(&self, folder: &Path, arguments: &[&str]) -> Result<Cost> {
        let built = folder.join(self.package()).join("target");
        if built.exists() {
            fs::remove_dir_all(&built).with_context(|| format!("cannot remove {}", built.display()))?;
        }
        let (start, before) = (Instant::now(), processor_of_children());
        self.cargo(folder, &[&["build", "--quiet", "--jobs", "2"], arguments].concat())?;
        let wall = start.elapsed().as_secs_f64();
        let processor = before.zip(processor_of_children()).map(|(before, after)| after - before);
        Ok(Cost { wall, processor })
    }

    fn size(&self, folder: &Path) -> Result<f64> {
        let package = self.package();
        let name = format!("{package}{}", std::env::consts::EXE_SUFFIX);
        let file = folder.join(&package).join("target/release").join(name);
        let length = fs::metadata(&file).with_context(|| format!("cannot read {}", file.display()))?.len();
        Ok(length as f64)
    }

    /// The name of the dependency, with the version in the lock file.
    fn with_version(&self, folder: &Path) -> Result<String> {
        let file = folder.join(self.package()).join("Cargo.lock");
        let lock = fs::read_to_string(&file).with_context(|| format!("cannot read {}", file.display()))?;
        let version = locked(&lock, self.name).with_context(|| format!("{} has no {}", file.display(), self.name))?;
        Ok(format!("{} {version}", self.name))
    }

    fn cargo(&self, folder: &Path, arguments: &[&str]) -> Result<()> {
        let package = folder.join(self.package());
        // Settings and the target folder of this workspace must not apply.
        let command = cargo::command(&package)
            .args(arguments)
            .env("CARGO_TARGET_DIR", package.join("target"))
            .env_remove("RUSTFLAGS")
            .status()
            .context("cannot run cargo")?;
        if !command.success() {
            bail!("cargo {} failed in {}", arguments.join(" "), package.display());
        }
        Ok(())
    }
}

/// The version of a package in a `Cargo.lock`.
fn locked<'a>(lock: &'a str, package: &str) -> Option<&'a str> {
    let name = format!("name = \"{package}\"");
    lock.lines().skip_while(|line| *line != name).nth(1)?.strip_prefix("version = \"")?.strip_suffix('"')
}

/// The CPU time of all finished child processes, in seconds. `None` on systems other than Linux.
fn processor_of_children() -> Option<f64> {
    /// The unit of times in `/proc`, which is the same on all Linux systems.
    const TICKS_PER_SECOND: f64 = 100.0;
    let stat = fs::read_to_string("/proc/self/stat").ok()?;
    // After the program's name, which can contain spaces, cutime and cstime are the 14th and 15th field.
    let (_, fields) = stat.rsplit_once(')')?;
    let ticks = fields.split_whitespace().skip(13).take(2).map(|field| field.parse::<f64>().ok());
    Some(ticks.sum::<Option<f64>>()? / TICKS_PER_SECOND)
}

#[cfg(test)]
mod tests {
    use super::locked;

    #[test]
    fn version_is_read_from_the_lock_file() {
        let lock = "version = 4\n\n[[package]]\nname = \"octo\"\nversion = \"1.2.3\"\n\n\
                    [[package]]\nname = \"octocrab\"\nversion = \"0.54.9\"\ndependencies = [\n \"octo\",\n]\n";
        assert_eq!(locked(lock, "octocrab"), Some("0.54.9"));
        assert_eq!(locked(lock, "crab"), None);
    }
}
