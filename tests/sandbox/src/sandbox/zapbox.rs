//! The consent to Zapbox, as a test gives it.

use super::Sandbox;

impl Sandbox {
    /// Gives or takes back the account owner's consent to Zapbox; it is given at the start. Without it every operation of
    /// Zapbox is refused with 403, and no operation of the API can change that.
    ///
    /// ```
    /// # use zapmail_sandbox::Sandbox;
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let sandbox = Sandbox::start().await?;
    /// sandbox.set_zapbox_consent(false);
    /// let url = format!("{}/v2/onebox/connected-accounts", sandbox.base_url());
    /// let refused = reqwest::Client::new().get(url).header("x-auth-zapmail", sandbox.api_key()).send().await?;
    /// assert_eq!(refused.status(), 403);
    /// # Ok(())
    /// # }
    /// ```
    pub fn set_zapbox_consent(&self, given: bool) {
        self.service.state().zapbox.consent = given;
    }
}
