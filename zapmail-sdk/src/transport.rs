//! The seam: who sends a request, and what happens to it on the way.

use std::any::Any;
use std::fmt;
use std::sync::Arc;

use futures_core::future::BoxFuture;
use reqwest::{Request, Response};

use crate::operations::Operation;

/// Sends the requests of a [`Client`](crate::Client).
///
/// ```
/// use futures_core::future::BoxFuture;
/// use zapmail_sdk::{Direct, Operation, SharedTransport, Transport};
///
/// /// Tells which operation is about to be sent.
/// #[derive(Debug)]
/// struct Announced;
///
/// impl Transport for Announced {
///     fn send<'a>(
///         &'a self,
///         http: &'a reqwest::Client,
///         request: reqwest::Request,
///         operation: &'static Operation,
///     ) -> BoxFuture<'a, reqwest::Result<reqwest::Response>> {
///         println!("{}", operation.id);
///         Direct.send(http, request, operation)
///     }
/// }
///
/// let transport = SharedTransport::new(Announced);
/// ```
pub trait Transport: Any + fmt::Debug + Send + Sync {
    /// Sends a request of this operation, and returns the answer that whoever asked decodes.
    fn send<'a>(
        &'a self,
        http: &'a reqwest::Client,
        request: Request,
        operation: &'static Operation,
    ) -> BoxFuture<'a, reqwest::Result<Response>>;
}

/// Just sends.
#[derive(Debug, Clone, Copy, Default)]
pub struct Direct;

impl Transport for Direct {
    fn send<'a>(
        &'a self,
        http: &'a reqwest::Client,
        request: Request,
        _: &'static Operation,
    ) -> BoxFuture<'a, reqwest::Result<Response>> {
        Box::pin(http.execute(request))
    }
}

/// A transport that clones of a client share.
#[derive(Debug, Clone)]
pub struct SharedTransport(Arc<dyn Transport>);

impl SharedTransport {
    /// Shares a transport.
    pub fn new(transport: impl Transport) -> Self {
        Self(Arc::new(transport))
    }

    /// The transport that just sends.
    pub fn direct() -> Self {
        Self::new(Direct)
    }

    /// The transport itself, if it is of this type.
    ///
    /// ```
    /// use zapmail_sdk::{Direct, SharedTransport};
    ///
    /// assert!(SharedTransport::direct().downcast_ref::<Direct>().is_some());
    /// ```
    pub fn downcast_ref<T: Transport>(&self) -> Option<&T> {
        let transport: &dyn Any = &*self.0;
        transport.downcast_ref()
    }
}

impl Transport for SharedTransport {
    fn send<'a>(
        &'a self,
        http: &'a reqwest::Client,
        request: Request,
        operation: &'static Operation,
    ) -> BoxFuture<'a, reqwest::Result<Response>> {
        self.0.send(http, request, operation)
    }
}
