//! The transport of a client: sends one request and buffers its response.

use std::fmt;
use std::sync::Arc;

use futures_core::future::BoxFuture;
use reqwest::Request;

use crate::error::Result;
use crate::operations::Operation;
use crate::response::BufferedResponse;

/// A transport, which sends requests and returns buffered responses.
///
/// A transport returns every complete HTTP response, whatever its status. It returns an [`Error`](crate::Error) if no
/// complete response was received; [`Error::may_have_been_processed`](crate::Error::may_have_been_processed) then
/// determines whether the request may be retried.
///
/// A wrapper adds behavior to an existing transport:
///
/// ```
/// use futures_core::future::BoxFuture;
/// use zapmail_sdk::{BufferedResponse, Operation, Result, SharedTransport, Transport};
///
/// /// Prints the id of each operation before it is sent.
/// #[derive(Debug)]
/// struct Announced(SharedTransport);
///
/// impl Transport for Announced {
///     fn send<'a>(
///         &'a self,
///         request: reqwest::Request,
///         operation: &'static Operation,
///     ) -> BoxFuture<'a, Result<BufferedResponse>> {
///         println!("{}", operation.id);
///         self.0.send(request, operation)
///     }
/// }
/// ```
pub trait Transport: fmt::Debug + Send + Sync + 'static {
    /// Sends a request of this operation.
    ///
    /// # Errors
    ///
    /// An error if no complete response was received.
    fn send<'a>(&'a self, request: Request, operation: &'static Operation) -> BoxFuture<'a, Result<BufferedResponse>>;
}

/// A transport that is shared by the clones of a client.
#[derive(Debug, Clone)]
pub struct SharedTransport(Arc<dyn Transport>);

impl SharedTransport {
    /// Wraps a transport for sharing.
    pub fn new(transport: impl Transport) -> Self {
        Self(Arc::new(transport))
    }
}

impl Transport for SharedTransport {
    fn send<'a>(&'a self, request: Request, operation: &'static Operation) -> BoxFuture<'a, Result<BufferedResponse>> {
        self.0.send(request, operation)
    }
}
