//! Where progenitor's client meets the [`Transport`](crate::Transport).

use progenitor_client::{ClientHooks, ClientInfo, OperationInfo};
use reqwest::{Request, Response};

use crate::operations::{self, Operation};
use crate::{Client, Error, SharedTransport};

impl ClientHooks<SharedTransport> for Client {
    /// Takes away the header that progenitor adds and the service does not know.
    async fn pre<E>(&self, request: &mut Request, _: &OperationInfo) -> Result<(), Error<E>> {
        request.headers_mut().remove("api-version");
        Ok(())
    }

    async fn exec(&self, request: Request, info: &OperationInfo) -> reqwest::Result<Response> {
        let operation = operations::find(info.operation_id).unwrap_or(&Operation::UNLISTED);
        self.inner().send(self.client(), request, operation).await
    }
}
