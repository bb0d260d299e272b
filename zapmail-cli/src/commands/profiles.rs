//! `zapmail login` and `zapmail profiles`: storage of API keys.

use std::io::{self, ErrorKind, IsTerminal};

use clap::Subcommand;
use serde_json::json;
use zapmail_sdk_ext::{Secret, Zapmail};

use crate::connection::with_base_url;
use crate::context::Context;
use crate::failure::Failure;
use crate::output::Rows;
use crate::profiles::{self, Profile, Profiles};
use crate::{input, keyring, progress};

/// The name of the profile if `--profile` is not passed.
const DEFAULT_NAME: &str = "default";

#[derive(Debug, clap::Args)]
pub struct Login {
    /// Store the key without checking it
    #[arg(long)]
    unchecked: bool,
    /// Store the key in the system keyring instead of the profiles file
    #[arg(long)]
    keyring: bool,
    /// Base URL, if not that of the live service
    #[arg(long, value_name = "URL", env = "ZAPMAIL_BASE_URL")]
    base_url: Option<String>,
}

#[derive(Debug, Subcommand)]
pub enum Arguments {
    /// List profiles, without their keys
    List,
    /// Set the default profile
    Use {
        /// Name of the profile
        name: String,
    },
    /// Remove a profile and its key
    Remove {
        /// Name of the profile
        name: String,
    },
}

pub async fn login(context: &Context, arguments: Login) -> Result<(), Failure> {
    let name = context.options.profile.clone().unwrap_or_else(|| DEFAULT_NAME.to_owned());
    // The settings of an existing profile are kept: without its workspace, commands would run in a different one.
    let existing = Profiles::read()?.profiles.remove(&name);
    let (known_workspace, known_url) =
        existing.map(|profile| (profile.workspace, profile.base_url)).unwrap_or_default();
    let base_url = arguments.base_url.filter(|url| !url.is_empty()).or(known_url);
    let workspace = context.options.workspace.clone().or(known_workspace);
    let api_key = read_key(base_url.as_deref()).await?;
    if !arguments.unchecked {
        let builder = with_base_url(Zapmail::builder().api_key(api_key.clone()), base_url.clone());
        let user = progress::during(context, "Checking the key", builder.build()?.get_user().send()).await?;
        let account = user.email.as_deref().unwrap_or("an account without an email address");
        context.note(format!("the API key belongs to {account}"));
    }
    // Another login can have stored a profile in the meantime.
    let mut stored = Profiles::read()?;
    if arguments.keyring {
        keyring::store(&name, &api_key)?;
    } else if stored.profiles.get(&name).is_some_and(|existing| existing.keyring) {
        keyring::remove(&name)?;
    }
    if stored.profiles.is_empty() {
        stored.default = Some(name.clone());
    }
    let settings = [("workspace", &workspace), ("base URL", &base_url)];
    let settings = settings.map(|(label, value)| value.as_ref().map(|value| format!("; its {label} is {value}")));
    let settings: String = settings.into_iter().flatten().collect();
    let api_key = (!arguments.keyring).then_some(api_key);
    let profile = Profile { api_key, keyring: arguments.keyring, workspace, base_url };
    stored.profiles.insert(name.clone(), profile);
    let path = stored.write()?;
    let keyring = if arguments.keyring { ", and its API key in the system keyring" } else { "" };
    context.note(format!("stored the profile {name} in {}{keyring}{settings}", path.display()));
    Ok(())
}

/// Reads the key without echoing it. It is not a command-line argument, because other users of the machine can read
/// those. The prompt shows a base URL that is not that of the live service, because the key is sent there.
async fn read_key(base_url: Option<&str>) -> Result<Secret, Failure> {
    let key = if io::stdin().is_terminal() {
        let service = base_url.map(|url| format!(" for {url}")).unwrap_or_default();
        rpassword::prompt_password(format!("API key{service}: ")).map_err(|error| match error.kind() {
            // The prompt reads ctrl-c as a key, so no signal is sent.
            ErrorKind::Interrupted => Failure::interrupted(),
            _ => Failure::io("the API key cannot be read", error),
        })?
    } else {
        input::line().await?
    };
    match key.trim() {
        "" => Err(Failure::usage("no API key was entered")),
        key => Ok(Secret::from(key)),
    }
}

pub fn run(context: &Context, arguments: Option<Arguments>) -> Result<(), Failure> {
    let mut stored = Profiles::read()?;
    match arguments.unwrap_or(Arguments::List) {
        Arguments::List => {
            let default = stored.default_profile()?.map(|(name, _)| name.to_owned());
            let rows = stored.profiles.iter().map(|(name, profile)| {
                json!({
                    "name": name,
                    "workspace": profile.workspace,
                    "baseUrl": profile.base_url,
                    "inKeyring": profile.keyring,
                    "isDefault": default.as_ref() == Some(name),
                })
            });
            context.print(&Rows::new(rows.collect()))
        }
        Arguments::Use { name } => {
            stored.find(&name)?;
            context.note(format!("the default profile is now {name}"));
            stored.default = Some(name);
            stored.write().map(drop)
        }
        Arguments::Remove { name } => {
            if stored.find(&name)?.keyring {
                keyring::remove(&name)?;
            }
            stored.profiles.remove(&name);
            if stored.default.as_ref() == Some(&name) {
                stored.default = None;
            }
            stored.write()?;
            context.note(format!("removed the profile {name} from {}", profiles::path()?.display()));
            Ok(())
        }
    }
}
