//! The method of `Sandbox` that grants or revokes the account owner's consent to Zapbox.

use super::Sandbox;

impl Sandbox {
    /// Grants or revokes the account owner's consent to Zapbox. It is granted initially. Without it, every Zapbox
    /// operation is refused with 403. No operation of the API changes the consent.
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
        self.service.state().zapbox_consent = given;
    }
}
