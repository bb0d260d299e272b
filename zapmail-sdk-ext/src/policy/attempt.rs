//! One attempt: a request on its way, until its answer is there in full or it is clear why not.

use reqwest::Response;

use super::answer::{Answer, Unread};
use super::fault::Fault;

/// Waits for the answer and reads it, at most so many bytes.
///
/// # Errors
///
/// Anything but a success, which an error inside an envelope is not either.
pub(super) async fn attempt(
    sending: impl Future<Output = reqwest::Result<Response>>,
    body_limit: usize,
) -> Result<Answer, Fault> {
    let mut response = sending.await.map_err(|error| {
        let error = error.without_url();
        if error.is_connect() || error.is_builder() { Fault::NotSent(error) } else { Fault::Broken(error) }
    })?;
    let answer = Answer::read(&mut response, body_limit).await.map_err(|unread| match unread {
        Unread::Broken(error) => Fault::Broken(error.without_url()),
        Unread::TooLarge(limit) => Fault::TooLarge(limit),
    })?;
    if answer.is_success() { Ok(answer) } else { Err(Fault::Status(Box::new(answer))) }
}
