//! The client of a command: of the live service, or of an embedded sandbox.

use std::convert::Infallible;
use std::env;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use tempfile::TempDir;
use zapmail_sandbox::Sandbox;
use zapmail_sdk_ext::{ClientBuilder, Uuid, Zapmail};

use crate::context::Context;
use crate::failure::Failure;
use crate::profiles::{Profile, Profiles};
use crate::verbose::Verbose;

const API_KEY: &str = "ZAPMAIL_API_KEY";
const BASE_URL: &str = "ZAPMAIL_BASE_URL";

/// How much faster than the clock on the wall the sandbox of a demo is while a command waits.
const HURRY: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(60));

/// A client, and the sandbox that it is connected to with `--demo`.
#[derive(Debug, Clone)]
pub struct Connection {
    pub zapmail: Zapmail,
    /// The name of the profile that the key is from.
    pub profile: Option<String>,
    demo: Option<Arc<Demo>>,
}

/// A sandbox, and a folder that ends with it.
#[derive(Debug)]
struct Demo {
    sandbox: Sandbox,
    folder: TempDir,
}

impl Connection {
    /// Connects as the options say.
    pub async fn open(context: &Context) -> Result<Self, Failure> {
        let options = &context.options;
        let demo = if options.demo { Some(Demo::start()?) } else { None };
        let profile = if options.demo { None } else { profile(options.profile.as_deref())? };
        let builder = match (&demo, &profile) {
            (Some(demo), _) => demo.builder(),
            (None, Some((name, profile))) => with_key(name, profile)?,
            (None, None) if has_key() => ClientBuilder::from_env()?,
            (None, None) => return Err(without_key()?),
        };
        let (profile, workspace) = profile.map(|(name, profile)| (name, profile.workspace)).unzip();
        let workspace = options.workspace.clone().or(workspace.flatten());
        let builder = builder.user_agent(concat!("zapmail-cli/", env!("CARGO_PKG_VERSION")));
        let builder = if options.verbose { builder.observer(Verbose) } else { builder };
        let zapmail = builder.build()?;
        let zapmail = match workspace {
            Some(workspace) => in_workspace(&zapmail, &workspace).await?,
            None => zapmail,
        };
        Ok(Self { zapmail, profile, demo: demo.map(Arc::new) })
    }

    /// Returns a client that is not connected: what is prepared with it is not sent, so it needs no key.
    pub fn for_dry_run(context: &Context) -> Result<Zapmail, Failure> {
        let builder = match profile(context.options.profile.as_deref())? {
            Some((_, profile)) => builder(&profile),
            None => ClientBuilder::from_env()?,
        };
        Ok(builder.api_key("not-a-key").build()?)
    }

    /// Returns the name of the profile that [`open`](Self::open) takes the key from.
    pub fn profile_name(context: &Context) -> Result<Option<String>, Failure> {
        Ok(profile(context.options.profile.as_deref())?.map(|(name, _)| name))
    }

    /// Connects with each profile, by name.
    pub fn of_all_profiles(context: &Context) -> Result<Vec<(String, Zapmail)>, Failure> {
        let profiles = Profiles::read()?;
        let clients = profiles.profiles.into_iter().map(|(name, profile)| {
            let builder = with_key(&name, &profile)?;
            let builder = if context.options.verbose { builder.observer(Verbose) } else { builder };
            Ok((name, builder.build()?))
        });
        clients.collect()
    }

    /// The folder of a demo, which ends with it.
    pub fn demo_folder(&self) -> Option<&Path> {
        self.demo.as_ref().map(|demo| demo.folder.path())
    }

    /// Waits for work that takes minutes or hours. The clock of a demo is advanced meanwhile.
    pub async fn hurry<T>(&self, work: impl Future<Output = T>) -> T {
        let Some(demo) = &self.demo else { return work.await };
        tokio::select! {
            outcome = work => outcome,
            never = advance(&demo.sandbox) => match never {},
        }
    }

    /// The interval of polls: short in a demo, else the one that the service suggests.
    pub fn demo_interval(&self) -> Option<Duration> {
        self.demo.is_some().then_some(HURRY.0 * 3)
    }
}

/// Advances the clock of a sandbox again and again.
async fn advance(sandbox: &Sandbox) -> Infallible {
    let (pause, step) = HURRY;
    loop {
        tokio::time::sleep(pause).await;
        sandbox.advance(step);
    }
}

impl Demo {
    fn start() -> Result<Self, Failure> {
        let failure = |error| Failure::io("the sandbox cannot be started", error);
        // Codes and what is due follow the time on the wall.
        let sandbox = Sandbox::builder().starting_at(SystemTime::now()).build().map_err(failure)?;
        Ok(Self { sandbox, folder: tempfile::tempdir().map_err(failure)? })
    }

    fn builder(&self) -> ClientBuilder {
        let builder = Zapmail::builder().api_key(self.sandbox.api_key()).base_url(self.sandbox.base_url());
        builder.transport(self.sandbox.transport())
    }
}

/// Returns the profile that was named, with its name; if none was and the environment has no key, the default one, if there
/// is one.
fn profile(name: Option<&str>) -> Result<Option<(String, Profile)>, Failure> {
    match name {
        Some(name) => Ok(Some((name.to_owned(), Profiles::read()?.find(name)?.clone()))),
        None if has_key() => Ok(None),
        None => Ok(Profiles::read()?.usual()?.map(|(name, profile)| (name.to_owned(), profile.clone()))),
    }
}

/// Whether the environment has a key.
fn has_key() -> bool {
    env::var_os(API_KEY).is_some()
}

/// Returns the failure of a command that finds no key.
fn without_key() -> Result<Failure, Failure> {
    let profiles = Profiles::read()?;
    if profiles.profiles.is_empty() {
        let hint = format!("run `zapmail login`, set {API_KEY}, or try the command with --demo");
        return Ok(Failure::refused("the API key is missing").hint(hint));
    }
    Ok(Failure::refused(format!("none of the profiles is the default one; there are {}", profiles.names()))
        .hint("name one with --profile, or make one the default with `zapmail profiles use NAME`"))
}

/// A builder with the key of a profile, which has this name.
fn with_key(name: &str, profile: &Profile) -> Result<ClientBuilder, Failure> {
    Ok(builder(profile).api_key(profile.key(name)?))
}

/// A builder with the settings of a profile, without its key.
fn builder(profile: &Profile) -> ClientBuilder {
    let builder = Zapmail::builder();
    // The environment's workspace is one of another account. Its base URL counts, since a user who sets it for a sandbox does not
    // want to reach the live service.
    let base_url = profile.base_url.clone().or_else(|| env::var(BASE_URL).ok());
    match base_url {
        Some(url) => builder.base_url(url),
        None => builder,
    }
}

/// Returns a client for a workspace that is named by its name or its id.
async fn in_workspace(zapmail: &Zapmail, workspace: &str) -> Result<Zapmail, Failure> {
    if workspace.parse::<Uuid>().is_ok() {
        return Ok(zapmail.workspace(workspace));
    }
    Ok(zapmail.workspace_by_name(workspace).await?.zapmail)
}
