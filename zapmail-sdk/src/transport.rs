//! The HTTP transport: sends one request and buffers its response.

use std::fmt;
use std::sync::Arc;

use futures_core::future::BoxFuture;
use reqwest::Request;

use crate::error::Result;
use crate::operations::Operation;
use crate::response::BufferedResponse;

/// Sends requests and returns buffered responses.
///
/// A transport returns every complete HTTP response, whatever its status. It returns an [`Error`](crate::Error) if no
/// complete response arrived; [`Error::may_have_been_processed`](crate::Error::may_have_been_processed) then decides
/// whether the request may be sent again.
///
/// Wrapping a transport keeps everything that the inner one does:
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
    /// If no complete response arrived.
    fn send<'a>(&'a self, request: Request, operation: &'static Operation) -> BoxFuture<'a, Result<BufferedResponse>>;
}

/// A transport that the clones of a client share.
#[derive(Debug, Clone)]
pub struct SharedTransport(Arc<dyn Transport>);

impl SharedTransport {
    /// Shares a transport.
    pub fn new(transport: impl Transport) -> Self {
        Self(Arc::new(transport))
    }
}

impl Transport for SharedTransport {
    fn send<'a>(&'a self, request: Request, operation: &'static Operation) -> BoxFuture<'a, Result<BufferedResponse>> {
        self.0.send(request, operation)
    }
}
