//! `cargo xtask build-cost`: the cost of building with `zapmail-sdk-ext`, compared with a call by hand and with
//! octocrab.
//!
//! Each program makes one call, and is its own workspace with its own target folder, so that neither our tests nor
//! earlier builds count. The clean builds alternate, with 2 jobs. Processor time is reported in addition to wall
//! time, because it depends less on other load.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::{ExitCode, Stdio};
use std::time::Instant;

use anyhow::{Context, Result, bail};

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
    /// The name of the package and of its folder.
    package: &'static str,
    dependencies: &'static str,
    main: &'static str,
    /// The maximum ratio of our processor time to that of this program.
    processor_goal: Option<f64>,
    /// The maximum ratio of our wall time to that of this program.
    wall_goal: Option<f64>,
}

const OURS: Program = Program {
    name: "zapmail-sdk-ext",
    package: "one-call-zapmail",
    dependencies: r#"zapmail-sdk-ext = { path = "../../../zapmail-sdk-ext" }"#,
    main: r#"use zapmail_sdk_ext::Zapmail;

#[tokio::main(flavor = "current_thread")]
async fn main() -> zapmail_sdk_ext::Result<()> {
    let zapmail = Zapmail::from_env()?;
    println!("{}", zapmail.get_user().send().await?.id);
    Ok(())
}
"#,
    processor_goal: None,
    wall_goal: None,
};

/// The latest version.
const OCTOCRAB: Program = Program {
    name: "octocrab 0.54.9",
    package: "one-call-octocrab",
    dependencies: r#"octocrab = "=0.54.9""#,
    main: r#"#[tokio::main(flavor = "current_thread")]
async fn main() -> octocrab::Result<()> {
    let github = octocrab::Octocrab::builder().build()?;
    println!("{}", github.current().user().await?.login);
    Ok(())
}
"#,
    processor_goal: Some(0.7),
    wall_goal: Some(1.0),
};

const BY_HAND: Program = Program {
    name: "by hand",
    package: "one-call-by-hand",
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
    processor_goal: Some(1.15),
    wall_goal: None,
};

/// The wall time of a build and, if the system reports it, its processor time, in seconds.
type Cost = (f64, Option<f64>);

pub fn run(workspace: &Path, arguments: &Arguments) -> Result<ExitCode> {
    let folder = workspace.join("target/build-cost");
    let programs = [&OURS, &BY_HAND, &OCTOCRAB];
    for program in programs {
        program.write(&folder)?;
    }
    let mut costs = programs.map(|_| Vec::new());
    for run in 1..=arguments.runs.max(1) {
        for (program, costs) in programs.into_iter().zip(&mut costs) {
            let (wall, processor) = program.build(&folder, &[])?;
            eprintln!("run {run} of {}: {}: {wall:.0} s", arguments.runs, program.name);
            costs.push((wall, processor));
        }
    }
    println!("| what | against | ours | theirs | ratio | goal |\n| --- | --- | ---: | ---: | ---: | --- |");
    let medians = |of: fn(&Cost) -> Option<f64>| costs.each_ref().map(|costs| median(costs.iter().filter_map(of)));
    let [processor, wall] = [medians(|cost| cost.1), medians(|cost| Some(cost.0))];
    for (number, program) in programs.into_iter().enumerate().skip(1) {
        for (what, medians, goal) in
            [("processor", &processor, program.processor_goal), ("wall", &wall, program.wall_goal)]
        {
            if let (Some(ours), Some(theirs)) = (medians[0], medians[number]) {
                println!(
                    "{}",
                    row(&format!("clean debug build, 2 jobs: {what} time"), program, "s", ours, theirs, goal)
                );
            }
        }
        for (what, edges) in [("packages of the binary", "normal"), ("with build dependencies", "normal,build")] {
            let [ours, theirs] = [OURS.packages(&folder, edges)?, program.packages(&folder, edges)?];
            println!("{}", row(what, program, "", ours, theirs, None));
        }
    }
    if !arguments.no_size {
        let size = |program: &Program| -> Result<f64> {
            program.build(&folder, &["--release"])?;
            Ok(program.size(&folder)? / 1e6)
        };
        println!("{}", row("stripped release binary", &BY_HAND, "MB", size(&OURS)?, size(&BY_HAND)?, None));
    }
    Ok(ExitCode::SUCCESS)
}

/// A row of the table. `goal` is the maximum ratio.
fn row(what: &str, against: &Program, unit: &str, ours: f64, theirs: f64, goal: Option<f64>) -> String {
    let ratio = ours / theirs;
    let goal = goal.map_or("-".to_owned(), |goal| {
        format!("at most {goal:.2}: {}", if ratio <= goal { "met" } else { "**not met**" })
    });
    let [ours, theirs] = [ours, theirs].map(|value| match unit {
        "" => value.to_string(),
        unit => format!("{value:.2} {unit}"),
    });
    format!("| {what} | {} | {ours} | {theirs} | {ratio:.2} | {goal} |", against.name)
}

/// The median (the upper one for an even count); `None` without numbers.
fn median(numbers: impl Iterator<Item = f64>) -> Option<f64> {
    let mut numbers: Vec<_> = numbers.collect();
    numbers.sort_by(f64::total_cmp);
    numbers.get(numbers.len() / 2).copied()
}

impl Program {
    fn write(&self, folder: &Path) -> Result<()> {
        let package = self.package;
        let manifest = format!(
            "[package]\nname = \"{package}\"\nversion = \"0.0.0\"\nedition = \"2024\"\npublish = false\n\n[workspace]\n\n\
             [dependencies]\n{}\ntokio = {{ version = \"1\", features = [\"macros\", \"rt\"] }}\n\n\
             [profile.release]\nstrip = true\n",
            self.dependencies
        );
        files::replace(&folder.join(package).join("Cargo.toml"), &manifest)?;
        files::replace(&folder.join(package).join("src/main.rs"), self.main)?;
        // Downloads do not count.
        self.cargo(folder, &["fetch", "--quiet"])?;
        Ok(())
    }

    /// Runs a clean build.
    fn build(&self, folder: &Path, arguments: &[&str]) -> Result<Cost> {
        let built = folder.join(self.package).join("target");
        if built.exists() {
            fs::remove_dir_all(&built).with_context(|| format!("cannot remove {}", built.display()))?;
        }
        let (start, before) = (Instant::now(), processor_of_children());
        self.cargo(folder, &[&["build", "--quiet", "--jobs", "2"], arguments].concat())?;
        let wall = start.elapsed().as_secs_f64();
        let processor = before.zip(processor_of_children()).map(|(before, after)| after - before);
        Ok((wall, processor))
    }

    fn size(&self, folder: &Path) -> Result<f64> {
        let name = format!("{}{}", self.package, std::env::consts::EXE_SUFFIX);
        let file = folder.join(self.package).join("target/release").join(name);
        let length = fs::metadata(&file).with_context(|| format!("cannot read {}", file.display()))?.len();
        Ok(length as f64)
    }

    /// Returns the number of packages that the program is built from, itself included.
    fn packages(&self, folder: &Path, edges: &str) -> Result<f64> {
        let tree = self.cargo(folder, &["tree", "--quiet", "--prefix", "none", "--edges", edges])?;
        // Lines such as `serde v1.0.228 (*)`.
        let packages: BTreeSet<_> = tree.lines().filter_map(|line| line.split(" (").next()).collect();
        Ok(packages.len() as f64)
    }

    /// Runs cargo, and returns what it prints on standard output.
    fn cargo(&self, folder: &Path, arguments: &[&str]) -> Result<String> {
        let package = folder.join(self.package);
        // Settings and the target folder of this workspace must not apply.
        let output = cargo::command(&package)
            .args(arguments)
            .env("CARGO_TARGET_DIR", package.join("target"))
            .env_remove("RUSTFLAGS")
            .stderr(Stdio::inherit())
            .output()
            .context("cannot run cargo")?;
        if !output.status.success() {
            bail!("cargo {} failed in {}", arguments.join(" "), package.display());
        }
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }
}

/// The processor time of all finished child processes, in seconds. `None` on systems other than Linux.
fn processor_of_children() -> Option<f64> {
    /// The unit of times in `/proc`, which is the same on all Linux systems.
    const TICKS_PER_SECOND: f64 = 100.0;
    let stat = fs::read_to_string("/proc/self/stat").ok()?;
    // After the program's name, which can contain spaces, cutime and cstime are the 14th and 15th field.
    let (_, fields) = stat.rsplit_once(')')?;
    let ticks = fields.split_whitespace().skip(13).take(2).map(|field| field.parse::<f64>().ok());
    Some(ticks.sum::<Option<f64>>()? / TICKS_PER_SECOND)
}
