//! Reading input from a terminal or a pipe, which can block indefinitely.

use std::io::{self, BufRead};
use std::thread;

use tokio::sync::oneshot;

use crate::failure::Failure;

/// Reads on a separate thread, so that ctrl-c works while the command waits for input. A blocked thread ends with the
/// program.
pub async fn read<T: Send + 'static>(read: impl FnOnce() -> Result<T, Failure> + Send + 'static) -> Result<T, Failure> {
    let (sender, receiver) = oneshot::channel();
    let reader = thread::Builder::new().spawn(move || drop(sender.send(read())));
    reader.map_err(|error| Failure::io("the input cannot be read", error))?;
    receiver.await.unwrap_or_else(|_| Err(Failure::refused("the input cannot be read")))
}

/// Reads a line from standard input.
pub async fn line() -> Result<String, Failure> {
    read(|| {
        let mut line = String::new();
        let read = io::stdin().lock().read_line(&mut line);
        read.map_err(|error| Failure::io("standard input cannot be read", error))?;
        Ok(line)
    })
    .await
}
