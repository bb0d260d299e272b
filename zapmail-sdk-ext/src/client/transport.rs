//! The transport that applies a client's policies to every request.

use std::fmt;
use std::sync::Arc;

use futures_util::future::BoxFuture;
use reqwest::Request;
use tokio::time::Instant;
use tracing::Instrument;
#[cfg(feature = "journal")]
use zapmail_sdk::operations::Effect;
use zapmail_sdk::{BufferedResponse, Operation, Result, Transport};

use super::Zapmail;
use super::execution::Execution;
use super::policies::Policies;
use super::spans;
use crate::observer::Call;

/// Sends requests under a client's policies.
#[derive(Clone)]
pub(crate) struct PolicyTransport(pub Arc<Policies>);

impl fmt::Debug for PolicyTransport {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("PolicyTransport")
            .field("has_workspace", &self.0.scope.id().is_some())
            .finish_non_exhaustive()
    }
}

impl Transport for PolicyTransport {
    fn send<'a>(
        &'a self,
        mut request: Request,
        operation: &'static Operation,
    ) -> BoxFuture<'a, Result<BufferedResponse>> {
        let span = spans::call(operation, request.method(), self.0.scope.id());
        let (recorded, ended, started_at) = (span.clone(), span.clone(), Instant::now());
        let call = async move {
            self.0.admit(&mut request, operation)?;
            let send = async |request| {
                if let Some(budget) = self.0.spending.budget(operation) {
                    let wallet = Zapmail::from_policies(&self.0)?.get_wallet_balance().send().await;
                    budget.admit(wallet.map(|wallet| wallet.wallet_balance), operation, &request)?;
                }
                Execution::new(&self.0, operation, request).run(&recorded).await
            };
            #[cfg(feature = "journal")]
            if let Some(once) = self.0.once.as_ref().filter(|_| operation.effect == Effect::Spend) {
                return once
                    .call(&Zapmail::from_policies(&self.0)?, operation, request, self.0.timeouts.call, send)
                    .await;
            }
            send(request).await
        };
        let observed = async move {
            let outcome = call.await;
            spans::record(&ended, "status", &outcome);
            let call = Call { operation, workspace: self.0.scope.id() };
            self.0.observers.call_ended(call, started_at.elapsed(), &outcome);
            outcome
        };
        Box::pin(observed.instrument(span))
    }
}
