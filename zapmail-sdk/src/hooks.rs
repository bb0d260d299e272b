//! Where progenitor's client meets the [`Transport`](crate::Transport).

use progenitor_client::{ClientHooks, ClientInfo, OperationInfo};
use reqwest::{Request, Response};

use crate::operations::{self, Operation};
use crate::{Client, SharedTransport, Transport};

impl ClientHooks<SharedTransport> for Client {
    async fn exec(&self, request: Request, info: &OperationInfo) -> reqwest::Result<Response> {
        let operation = operations::find(info.operation_id).unwrap_or(&Operation::UNLISTED);
        self.inner().send(self.client(), request, operation).await
    }
}
