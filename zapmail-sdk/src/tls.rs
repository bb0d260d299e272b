//! HTTP clients that speak TLS with nothing else set up.
//!
//! reqwest's own choice of a cryptographic library, aws-lc, is C code that takes longer to build than all of this crate.
//! So reqwest comes without one, and is handed `ring` here. Without it, reqwest would panic where it builds a client.

use std::io;

use reqwest::ClientBuilder;

/// Whether [`http_client`] speaks TLS: one of the features `rustls` and `native-tls` is on. `native-tls` is used where
/// both are.
pub const TLS: bool = cfg!(any(feature = "rustls", feature = "native-tls"));

/// An HTTP client to be set up further, with the TLS of this crate's features and the platform's certificates.
///
/// With the feature `rustls`, a client made by reqwest alone needs a cryptographic library that the program has chosen:
/// reqwest's feature `rustls`, or rustls's `CryptoProvider::install_default`, which is used here too.
///
/// ```
/// let http = zapmail_sdk::http_client()?.user_agent("acme-provisioner/1.4").build()?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// When the platform has no certificates.
#[cfg(all(feature = "rustls", not(feature = "native-tls")))]
pub fn http_client() -> io::Result<ClientBuilder> {
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
    // What reqwest offers when it sets up TLS itself.
    tls.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(ClientBuilder::new().tls_backend_preconfigured(tls))
}

/// An HTTP client to be set up further, with the TLS of this crate's features and the platform's certificates.
///
/// # Errors
///
/// None with these features.
#[cfg(not(all(feature = "rustls", not(feature = "native-tls"))))]
pub fn http_client() -> io::Result<ClientBuilder> {
    Ok(ClientBuilder::new())
}
