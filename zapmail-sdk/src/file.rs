//! Downloaded files.

use std::fmt;

use bytes::Bytes;

/// The contents of a downloaded file. `Debug` prints only their length.
///
/// ```no_run
/// # use zapmail_sdk::{Client, types::EmailAttachment};
/// # async fn example(client: Client, body: EmailAttachment) -> Result<(), Box<dyn std::error::Error>> {
/// let file = client.download_attachment().body(body).send().await?;
/// std::fs::write("attachment.pdf", file.bytes())?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub struct FileContents(Bytes);

impl FileContents {
    /// Returns the contents.
    pub fn bytes(&self) -> &Bytes {
        &self.0
    }

    /// Returns the contents by value.
    pub fn into_bytes(self) -> Bytes {
        self.0
    }
}

impl From<Bytes> for FileContents {
    fn from(bytes: Bytes) -> Self {
        Self(bytes)
    }
}

impl AsRef<[u8]> for FileContents {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for FileContents {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "FileContents({} bytes)", self.0.len())
    }
}
