//! TLS setup.
//!
//! reqwest's default cryptographic library, aws-lc, is C code that takes longer to build than this crate. reqwest is
//! therefore built without a cryptographic library and uses `ring`, which is set up here. Without this setup, reqwest
//! would panic when it builds a client.

use std::io;

use reqwest::ClientBuilder;

/// Whether requests can use TLS: true if the feature `rustls` or `native-tls` is enabled. If both are, `native-tls` is
/// used.
pub const TLS: bool = cfg!(any(feature = "rustls", feature = "native-tls"));

/// Returns a client builder with the TLS backend that this crate's features select.
///
/// # Errors
///
/// If the platform has no certificates.
#[cfg(all(feature = "rustls", not(feature = "native-tls")))]
pub(crate) fn client_builder() -> io::Result<ClientBuilder> {
    use std::sync::Arc;

    use rustls::ClientConfig;
    use rustls::crypto::{CryptoProvider, ring};
    use rustls_platform_verifier::BuilderVerifierExt;

    let provider = CryptoProvider::get_default().cloned().unwrap_or_else(|| Arc::new(ring::default_provider()));
    let mut tls = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .and_then(BuilderVerifierExt::with_platform_verifier)
        .map_err(io::Error::other)?
        .with_no_client_auth();
    tls.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(ClientBuilder::new().tls_backend_preconfigured(tls))
}

/// Returns a client builder with the TLS backend that this crate's features select, if any.
#[cfg(not(all(feature = "rustls", not(feature = "native-tls"))))]
pub(crate) fn client_builder() -> io::Result<ClientBuilder> {
    Ok(ClientBuilder::new())
}
