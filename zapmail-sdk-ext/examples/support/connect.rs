//! A client for the live service, or for a sandbox if no key is set.

use std::error::Error;
use std::sync::Arc;
use std::time::SystemTime;

use zapmail_sandbox::Sandbox;
use zapmail_sdk_ext::Zapmail;

/// Connects to the live service with the key from the environment, or starts a sandbox, which stops when it is dropped.
pub async fn connect() -> Result<(Zapmail, Option<Arc<Sandbox>>), Box<dyn Error>> {
    if std::env::var_os("ZAPMAIL_API_KEY").is_some() {
        return Ok((Zapmail::from_env()?, None));
    }
    // Authenticator codes and signatures depend on the current time.
    let sandbox = Sandbox::builder().starting_at(SystemTime::now()).start().await?;
    println!("ZAPMAIL_API_KEY is not set; using a sandbox at {}\n", sandbox.base_url());
    let zapmail = Zapmail::builder().api_key(sandbox.api_key()).base_url(sandbox.base_url()).build()?;
    Ok((zapmail, Some(Arc::new(sandbox))))
}
