//! The client of a command, for the live service or an embedded sandbox.

use std::convert::Infallible;
use std::env;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use tempfile::TempDir;
use zapmail_sandbox::Sandbox;
use zapmail_sdk_ext::{ClientBuilder, RateLimits, Uuid, Zapmail};

use crate::context::Context;
use crate::failure::Failure;
use crate::profiles::{Profile, Profiles};
use crate::verbose::Verbose;

const API_KEY: &str = "ZAPMAIL_API_KEY";
const BASE_URL: &str = "ZAPMAIL_BASE_URL";

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
        let profile = if options.demo { None } else { profile(options.profile.as_deref())? };
        let builder = match (&demo, &profile) {
            (Some(demo), _) => demo.builder(),
            (None, Some((name, profile))) => with_key(context, name, profile)?,
            (None, None) if has_key() || context.recorder().is_some() => ClientBuilder::from_env()?,
            (None, None) => return Err(missing_key()?),
        };
        let (profile, workspace) = profile.map(|(name, profile)| (name, profile.workspace)).unzip();
        let workspace = options.workspace.clone().or(workspace.flatten());
        let builder = builder.user_agent(concat!("zapmail-cli/", env!("CARGO_PKG_VERSION")));
        let zapmail = observed(context, builder).build()?;
        let zapmail = match workspace {
            Some(workspace) => in_workspace(&zapmail, &workspace).await?,
            None => zapmail,
        };
        Ok(Self { zapmail, profile, demo: demo.map(Arc::new) })
    }

    /// Returns a client for preparing requests that are not sent, which needs no API key.
    pub fn for_dry_run(context: &Context) -> Result<Zapmail, Failure> {
        let builder = match profile(context.options.profile.as_deref())? {
            Some((_, profile)) => builder(&profile),
            None => ClientBuilder::from_env()?,
        };
        Ok(builder.api_key(NO_KEY).build()?)
    }

    /// Returns the name of the profile that [`open`](Self::open) uses.
    pub fn profile_name(context: &Context) -> Result<Option<String>, Failure> {
        Ok(profile(context.options.profile.as_deref())?.map(|(name, _)| name))
    }

    /// Returns a client for each profile, with the name of the profile.
    pub fn of_all_profiles(context: &Context) -> Result<Vec<(String, Zapmail)>, Failure> {
        let profiles = Profiles::read()?;
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

/// Returns the profile with this name. Without a name, returns the default profile, unless the environment has an API
/// key.
fn profile(name: Option<&str>) -> Result<Option<(String, Profile)>, Failure> {
    match name {
        Some(name) => Ok(Some((name.to_owned(), Profiles::read()?.find(name)?.clone()))),
        None if has_key() => Ok(None),
        None => Ok(Profiles::read()?.default_profile()?.map(|(name, profile)| (name.to_owned(), profile.clone()))),
    }
}

/// Whether the environment has an API key.
fn has_key() -> bool {
    env::var_os(API_KEY).is_some()
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
    let builder = builder(profile);
    if context.recorder().is_some() { Ok(builder) } else { Ok(builder.api_key(profile.key(name)?)) }
}

/// Adds the observer of `--verbose`, and the recorder of a dry run.
fn observed(context: &Context, builder: ClientBuilder) -> ClientBuilder {
    let builder = if context.options.verbose { builder.observer(Verbose) } else { builder };
    match context.recorder() {
        Some(recorder) => builder.api_key(NO_KEY).transport(recorder.clone()).rate_limits(RateLimits::unlimited()),
        None => builder,
    }
}

/// Returns a builder with the settings of a profile, without its API key.
fn builder(profile: &Profile) -> ClientBuilder {
    let builder = Zapmail::builder();
    // The workspace of the environment is ignored, because it belongs to a different account. The base URL is not: a
    // user who sets it for a sandbox does not expect requests to the live service.
    let base_url = profile.base_url.clone().or_else(|| env::var(BASE_URL).ok());
    match base_url {
        Some(url) => builder.base_url(url),
        None => builder,
    }
}

/// Returns a client for a workspace, by name or id.
async fn in_workspace(zapmail: &Zapmail, workspace: &str) -> Result<Zapmail, Failure> {
    if workspace.parse::<Uuid>().is_ok() {
        return Ok(zapmail.workspace(workspace));
    }
    Ok(zapmail.workspace_by_name(workspace).await?.zapmail)
}
