//! A TCP stream that the server can abort.
//!
//! An axum handler cannot close its connection without a response. Therefore the listener accepts streams that a
//! handler can abort through a [`ConnectionHandle`]: once aborted, a stream fails to read and write.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use axum::body::Body;
use axum::extract::connect_info::Connected;
use axum::response::Response;
use axum::serve::{IncomingStream, Listener};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};

/// A handler's reference to the connection of its request.
#[derive(Debug, Clone)]
pub(crate) struct ConnectionHandle {
    peer: SocketAddr,
    aborted: Arc<AtomicBool>,
}

impl ConnectionHandle {
    /// Aborts the connection. The returned response is never sent: writing it fails, which closes the connection.
    pub(crate) fn abort(&self) -> Response {
        self.aborted.store(true, Ordering::Release);
        Response::new(Body::empty())
    }

    /// Creates the handle of a connection within the process.
    pub(crate) fn in_process() -> Self {
        Self { peer: (Ipv4Addr::LOCALHOST, 0).into(), aborted: Arc::default() }
    }

    pub(crate) fn is_aborted(&self) -> bool {
        self.aborted.load(Ordering::Acquire)
    }

    /// Whether the peer is on this machine.
    pub(crate) fn is_local(&self) -> bool {
        self.peer.ip().to_canonical().is_loopback()
    }

    fn check(&self) -> io::Result<()> {
        if self.is_aborted() { Err(io::ErrorKind::ConnectionReset.into()) } else { Ok(()) }
    }
}

impl Connected<IncomingStream<'_, AbortableListener>> for ConnectionHandle {
    fn connect_info(stream: IncomingStream<'_, AbortableListener>) -> Self {
        stream.io().handle.clone()
    }
}

/// A listener that accepts abortable streams.
#[derive(Debug)]
pub(crate) struct AbortableListener(pub(crate) TcpListener);

impl Listener for AbortableListener {
    type Io = AbortableStream;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (AbortableStream, SocketAddr) {
        // axum's implementation waits and retries if the system is out of file descriptors.
        let (stream, peer) = Listener::accept(&mut self.0).await;
        (AbortableStream { stream, handle: ConnectionHandle { peer, aborted: Arc::default() } }, peer)
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.0.local_addr()
    }
}

/// A TCP stream that can be aborted.
#[derive(Debug)]
pub(crate) struct AbortableStream {
    stream: TcpStream,
    handle: ConnectionHandle,
}

impl AsyncRead for AbortableStream {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        self.handle.check()?;
        Pin::new(&mut self.stream).poll_read(cx, buffer)
    }
}

impl AsyncWrite for AbortableStream {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.handle.check()?;
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.handle.check()?;
        Pin::new(&mut self.stream).poll_write_vectored(cx, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
