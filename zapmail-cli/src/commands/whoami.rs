//! `zapmail whoami`: shows the account of the API key.

use serde_json::json;

use crate::connection::Connection;
use crate::context::Context;
use crate::failure::Failure;
use crate::output::Rows;
use crate::progress;

pub async fn run(context: &Context) -> Result<(), Failure> {
    let zapmail = Connection::open(context).await?.zapmail;
    let work = async {
        let user = zapmail.get_user().send().await?;
        let wallet = zapmail.get_wallet_balance().send().await?;
        let workspaces = zapmail.workspaces().await?;
        Ok::<_, zapmail_sdk_ext::Error>((user, wallet, workspaces))
    };
    let (user, wallet, workspaces) = progress::during(context, "Reading the account", work).await?;
    let names: Vec<_> = workspaces.iter().map(ToString::to_string).collect();
    context.print(&Rows::new(json!({
        "id": user.id,
        "email": user.email,
        "purchasedMailboxes": user.purchased_mailboxes,
        "walletBalance": wallet.wallet_balance,
        "workspaces": names,
        "service": zapmail.base_url(),
    })))
}
