//! `zapmail login` and `zapmail profiles`: stored API keys.

use std::io::{self, ErrorKind, IsTerminal};

use clap::Subcommand;
use serde_json::json;
use zapmail_sdk_ext::{Secret, Zapmail};

use crate::context::Context;
use crate::failure::Failure;
use crate::output::Rows;
use crate::profiles::{self, Profile, Profiles};
use crate::{input, keyring, progress};

/// The name of the profile if none is given.
const NAME: &str = "default";

#[derive(Debug, clap::Args)]
pub struct Login {
    /// Store the key without checking it
    #[arg(long)]
    unchecked: bool,
    /// Store the key in the keyring of the operating system instead of the file with the profiles
    #[arg(long)]
    keyring: bool,
    /// Base URL, for a service other than the live one
    #[arg(long, value_name = "URL", env = "ZAPMAIL_BASE_URL")]
    base_url: Option<String>,
}

#[derive(Debug, Subcommand)]
pub enum Arguments {
    /// List the profiles, without their keys
    List,
    /// Use a profile if none is named
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
    let name = context.options.profile.clone().unwrap_or_else(|| NAME.to_owned());
    let mut stored = Profiles::read()?;
    let api_key = read_key().await?;
    if !arguments.unchecked {
        let builder = Zapmail::builder().api_key(api_key.clone());
        let builder = match &arguments.base_url {
            Some(url) => builder.base_url(url),
            None => builder,
        };
        let user = progress::during(context, "Checking the key", builder.build()?.get_user().send()).await?;
        context
            .note(format!("the key is that of {}", user.email.as_deref().unwrap_or("an account without an address")));
    }
    let earlier = stored.profiles.get(&name);
    if arguments.keyring {
        keyring::store(&name, &api_key)?;
    } else if earlier.is_some_and(|earlier| earlier.keyring) {
        keyring::remove(&name)?;
    }
    if stored.profiles.is_empty() {
        stored.default = Some(name.clone());
    }
    let profile = Profile {
        api_key: (!arguments.keyring).then_some(api_key),
        keyring: arguments.keyring,
        workspace: context.options.workspace.clone(),
        base_url: arguments.base_url,
    };
    stored.profiles.insert(name.clone(), profile);
    let path = stored.write()?;
    let place = if arguments.keyring { ", and its key in the keyring" } else { "" };
    context.note(format!("profile {name} is stored in {}{place}", path.display()));
    Ok(())
}

/// Reads the key without showing it. It is never an argument, which other users of the machine could read.
async fn read_key() -> Result<Secret, Failure> {
    let key = if io::stdin().is_terminal() {
        rpassword::prompt_password("API key: ").map_err(|error| match error.kind() {
            // It reads ctrl-c like any other key.
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
            let default = stored.usual()?.map(|(name, _)| name.to_owned());
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
            context.note(format!("{name} is the default profile"));
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
            context.note(format!("profile {name} is removed from {}", profiles::path()?.display()));
            Ok(())
        }
    }
}
