//! How to speak TLS as a server.

use openssl::error::ErrorStack;
use openssl::hash::MessageDigest;
use openssl::pkey::{PKey, Private};
use openssl::ssl::{Error, Ssl, SslAcceptor, SslMethod};
use openssl::x509::X509;

/// OpenSSL's reason when a handshake begins like a request of plain http.
const REASON_HTTP_REQUEST: i32 = 156;

/// How to speak TLS as a server.
#[derive(Clone)]
pub struct Tls {
    acceptor: SslAcceptor,
    fingerprint: String,
}

impl std::fmt::Debug for Tls {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tls").field("fingerprint", &self.fingerprint).finish_non_exhaustive()
    }
}

impl Tls {
    /// Speaks with a certificate, the chain behind it, and its key.
    pub(super) fn new(
        certificate: &X509,
        chain: &[X509],
        key: &PKey<Private>,
    ) -> Result<Self, ErrorStack> {
        let mut builder = SslAcceptor::mozilla_intermediate_v5(SslMethod::tls_server())?;
        // WebSockets need HTTP/1.1, so nothing else is agreed to.
        builder.set_alpn_protos(b"\x08http/1.1")?;
        builder.set_alpn_select_callback(|_, offered| {
            openssl::ssl::select_next_proto(b"\x08http/1.1", offered)
                .ok_or(openssl::ssl::AlpnError::NOACK)
        });
        builder.set_certificate(certificate)?;
        for above in chain {
            builder.add_extra_chain_cert(above.clone())?;
        }
        builder.set_private_key(key)?;
        let digest = certificate.digest(MessageDigest::sha256())?;
        let pairs: Vec<String> = digest.iter().map(|byte| format!("{byte:02X}")).collect();
        Ok(Tls { acceptor: builder.build(), fingerprint: pairs.join(":") })
    }

    /// SHA-256 of the certificate, as browsers show it.
    pub fn fingerprint(&self) -> &str {
        &self.fingerprint
    }

    /// The state of one connection.
    pub(crate) fn connection(&self) -> Result<Ssl, ErrorStack> {
        Ssl::new(self.acceptor.context())
    }
}

/// Whether a handshake failed because the client speaks plain http.
pub(crate) fn is_http(error: &Error) -> bool {
    let errors = error.ssl_error().map(ErrorStack::errors).unwrap_or_default();
    errors.iter().any(|error| error.reason_code() == REASON_HTTP_REQUEST)
}
