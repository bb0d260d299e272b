//! The client of a command, for the live service or an embedded sandbox.

use std::convert::Infallible;
use std::env::{self, VarError};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use tempfile::TempDir;
use zapmail_sandbox::Sandbox;
use zapmail_sdk_ext::{ClientBuilder, RateLimits, Uuid, Zapmail};

use crate::arguments::Options;
use crate::context::Context;
use crate::failure::Failure;
use crate::profiles::{Profile, Profiles};
use crate::verbose::Verbose;

const API_KEY: &str = "ZAPMAIL_API_KEY";
const BASE_URL: &str = "ZAPMAIL_BASE_URL";
const WORKSPACE: &str = "ZAPMAIL_WORKSPACE_KEY";

/// The API key of a client whose requests are not sent.
const NO_KEY: &str = "not-a-key";

/// While a command waits in a demo, the clock of the sandbox is advanced by [`DEMO_STEP`] at this interval.
const DEMO_TICK: Duration = Duration::from_millis(100);

const DEMO_STEP: Duration = Duration::from_secs(60);

/// A client and, with `--demo`, the sandbox that it is connected to.
#[derive(Debug, Clone)]
pub struct Connection {
    pub zapmail: Zapmail,
    /// The name of the profile that contains the API key.
    pub profile: Option<String>,
    demo: Option<Arc<Demo>>,
}

/// A sandbox, and a temporary folder for its journal.
#[derive(Debug)]
struct Demo {
    sandbox: Sandbox,
    folder: TempDir,
}

impl Connection {
    /// Connects as specified by the options.
    pub async fn open(context: &Context) -> Result<Self, Failure> {
        let options = &context.options;
        let demo = if options.demo { Some(Demo::start()?) } else { None };
        let profile = profile(options)?;
        let builder = match (&demo, &profile) {
            (Some(demo), _) => demo.builder(),
            (None, Some((name, profile))) => with_key(context, name, profile)?,
            (None, None) if has_key() || context.recorder().is_some() => from_environment()?,
            (None, None) => return Err(missing_key()?),
        };
        let (profile, workspace) = profile.map(|(name, profile)| (name, profile.workspace)).unzip();
        let workspace = options.workspace.clone().or(workspace.flatten());
        let zapmail = observed(context, builder).build()?;
        let zapmail = match workspace {
            Some(workspace) => in_workspace(&zapmail, &workspace).await?,
            None => zapmail,
        };
        Ok(Self { zapmail, profile, demo: demo.map(Arc::new) })
    }

    /// Returns a client for preparing requests that are not sent, which needs no API key.
    pub fn for_dry_run(context: &Context) -> Result<Zapmail, Failure> {
        let builder = match profile(&context.options)? {
            Some((_, profile)) => builder(&profile)?,
            None => from_environment()?,
        };
        Ok(builder.api_key(NO_KEY).build()?)
    }

    /// Returns the name of the profile that [`open`](Self::open) uses.
    pub fn profile_name(context: &Context) -> Result<Option<String>, Failure> {
        Ok(profile(&context.options)?.map(|(name, _)| name))
    }

    /// Returns a client for each profile, with the name of the profile.
    pub fn of_all_profiles(context: &Context) -> Result<Vec<(String, Zapmail)>, Failure> {
        if context.options.demo {
            return Err(Failure::usage("--demo and --all-profiles cannot be combined; leave out one of them"));
        }
        let profiles = Profiles::read()?;
        if profiles.profiles.is_empty() {
            let hint = "create one with `zapmail login --profile NAME`";
            return Err(Failure::refused("no profiles are stored").hint(hint));
        }
        let clients = profiles.profiles.into_iter().map(|(name, profile)| {
            let builder = with_key(context, &name, &profile)?;
            Ok((name, observed(context, builder).build()?))
        });
        clients.collect()
    }

    /// Returns the temporary folder of a demo.
    pub fn demo_folder(&self) -> Option<&Path> {
        self.demo.as_ref().map(|demo| demo.folder.path())
    }

    /// Runs work that takes minutes or hours. In a demo, the clock of the sandbox is advanced until the work is done.
    pub async fn run_long<T>(&self, work: impl Future<Output = T>) -> T {
        let Some(demo) = &self.demo else { return work.await };
        tokio::select! {
            outcome = work => outcome,
            never = advance(&demo.sandbox) => match never {},
        }
    }

    /// Returns the polling interval in a demo; `None` outside of a demo.
    pub fn demo_interval(&self) -> Option<Duration> {
        self.demo.is_some().then_some(DEMO_TICK * 3)
    }
}

/// Advances the clock of a sandbox repeatedly.
async fn advance(sandbox: &Sandbox) -> Infallible {
    loop {
        tokio::time::sleep(DEMO_TICK).await;
        sandbox.advance(DEMO_STEP);
    }
}

impl Demo {
    fn start() -> Result<Self, Failure> {
        let failure = |error| Failure::io("the sandbox cannot be started", error);
        // Start at the current time, so that codes and due dates are realistic.
        let sandbox = Sandbox::builder().starting_at(SystemTime::now()).build().map_err(failure)?;
        Ok(Self { sandbox, folder: tempfile::tempdir().map_err(failure)? })
    }

    fn builder(&self) -> ClientBuilder {
        let builder = Zapmail::builder().api_key(self.sandbox.api_key()).base_url(self.sandbox.base_url());
        builder.transport(self.sandbox.transport())
    }
}

/// Returns the selected profile. If none is selected, returns the default profile, unless the environment has an API
/// key. A demo has no profile.
fn profile(options: &Options) -> Result<Option<(String, Profile)>, Failure> {
    match options.profile.as_deref() {
        _ if options.demo => Ok(None),
        Some(name) => Ok(Some((name.to_owned(), Profiles::read()?.find(name)?.clone()))),
        None if has_key() => Ok(None),
        None => Ok(Profiles::read()?.default_profile()?.map(|(name, profile)| (name.to_owned(), profile.clone()))),
    }
}

/// Whether the environment has an API key.
fn has_key() -> bool {
    env::var_os(API_KEY).is_some_and(|key| !key.is_empty())
}

/// Returns the value of an environment variable. A variable that is set to nothing counts as not set.
fn variable(name: &str) -> Result<Option<String>, Failure> {
    match env::var(name) {
        Ok(value) => Ok(Some(value).filter(|value| !value.is_empty())),
        Err(VarError::NotPresent) => Ok(None),
        Err(VarError::NotUnicode(_)) => Err(Failure::refused(format!("{name} is not valid UTF-8; set it again"))),
    }
}

/// Returns a builder with the settings of the environment.
fn from_environment() -> Result<ClientBuilder, Failure> {
    let builder = with_base_url(Zapmail::builder(), variable(BASE_URL)?);
    let builder = match variable(API_KEY)? {
        Some(key) => builder.api_key(key),
        None => builder,
    };
    Ok(match variable(WORKSPACE)? {
        Some(workspace) => builder.workspace(workspace),
        None => builder,
    })
}

/// Returns a builder with a base URL, if one is set.
pub fn with_base_url(builder: ClientBuilder, base_url: Option<String>) -> ClientBuilder {
    match base_url {
        Some(url) => builder.base_url(url),
        None => builder,
    }
}

/// Returns the error of a command without an API key.
fn missing_key() -> Result<Failure, Failure> {
    let profiles = Profiles::read()?;
    if profiles.profiles.is_empty() {
        let hint = format!("run `zapmail login`, set {API_KEY}, or try the command with --demo");
        return Ok(Failure::refused("the API key is missing").hint(hint));
    }
    Ok(Failure::refused(format!("no default profile is set; the profiles are {}", profiles.names()))
        .hint("pass --profile NAME, or set a default with `zapmail profiles use NAME`"))
}

/// Returns a builder with the API key of a profile, which has this name, unless no request is sent.
fn with_key(context: &Context, name: &str, profile: &Profile) -> Result<ClientBuilder, Failure> {
    let builder = builder(profile)?;
    if context.recorder().is_some() { Ok(builder) } else { Ok(builder.api_key(profile.key(name)?)) }
}

/// Adds the name of this program, the observer of `--verbose`, and the recorder of a dry run.
fn observed(context: &Context, builder: ClientBuilder) -> ClientBuilder {
    let builder = builder.user_agent(concat!("zapmail-cli/", env!("CARGO_PKG_VERSION")));
    let builder = if context.options.verbose { builder.observer(Verbose) } else { builder };
    match context.recorder() {
        Some(recorder) => builder.api_key(NO_KEY).transport(recorder.clone()).rate_limits(RateLimits::unlimited()),
        None => builder,
    }
}

/// Returns a builder with the settings of a profile, without its API key.
fn builder(profile: &Profile) -> Result<ClientBuilder, Failure> {
    // The workspace of the environment is ignored, because it belongs to a different account. The base URL is not: a
    // user who sets it for a sandbox does not expect requests to the live service.
    let base_url = match &profile.base_url {
        Some(url) => Some(url.clone()),
        None => variable(BASE_URL)?,
    };
    Ok(with_base_url(Zapmail::builder(), base_url))
}

/// Returns a client for a workspace, by name or id.
async fn in_workspace(zapmail: &Zapmail, workspace: &str) -> Result<Zapmail, Failure> {
    if workspace.parse::<Uuid>().is_ok() {
        return Ok(zapmail.workspace(workspace));
    }
    Ok(zapmail.workspace_by_name(workspace).await?.zapmail)
}
