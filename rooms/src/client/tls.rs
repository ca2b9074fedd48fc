//! TLS to the server: whether its certificate is trusted, and why not.

use std::io::{Read, Write};
use std::sync::{Arc, Mutex, PoisonError};

use openssl::error::ErrorStack;
use openssl::ssl::{HandshakeError, SslConnector, SslMethod, SslStream, SslVerifyMode};
use openssl::x509::{X509, X509VerifyResult};

use super::certificate::{BadCertificate, Fingerprint, Trust};
use super::error::ClientError;
use super::url::RoomUrl;

/// Verdicts of OpenSSL's `X509_V_ERR_*` that have words of their own.
const EXPIRED: i32 = 10;
/// See [`EXPIRED`].
const NOT_YET_VALID: i32 = 9;
/// See [`EXPIRED`].
const SELF_SIGNED: [i32; 2] = [18, 19];
/// See [`EXPIRED`].
const OTHER_NAME: [i32; 2] = [62, 64];

/// Speaks TLS over `stream`.
pub(super) fn connect<S: Read + Write>(
    url: &RoomUrl,
    stream: S,
    trust: Trust,
) -> Result<SslStream<S>, ClientError> {
    let fault = |error: ErrorStack| ClientError::Tls(error.to_string());
    let mut builder = SslConnector::builder(SslMethod::tls_client()).map_err(fault)?;
    // WebSockets need HTTP/1.1.
    builder.set_alpn_protos(b"\x08http/1.1").map_err(fault)?;
    // OpenSSL forgets a certificate that it does not take.
    let shown: Arc<Mutex<Option<X509>>> = Arc::default();
    let keep = Arc::clone(&shown);
    match trust {
        Trust::System => builder.set_verify_callback(SslVerifyMode::PEER, move |good, context| {
            let leaf = context.chain().and_then(|chain| chain.get(0)).map(ToOwned::to_owned);
            *keep.lock().unwrap_or_else(PoisonError::into_inner) = leaf;
            good
        }),
        Trust::Pinned(_) | Trust::Any => builder.set_verify(SslVerifyMode::NONE),
    }
    let mut config = builder.build().configure().map_err(fault)?;
    config.set_verify_hostname(trust == Trust::System);
    let stream = config.connect(&url.host, stream).map_err(|error| match error {
        HandshakeError::SetupFailure(stack) => fault(stack),
        HandshakeError::Failure(handshake) => {
            let verdict = handshake.ssl().verify_result();
            if verdict == X509VerifyResult::OK {
                return ClientError::Tls(handshake.error().to_string());
            }
            let shown = shown.lock().unwrap_or_else(PoisonError::into_inner);
            let why = words(verdict, url);
            ClientError::Certificate(Box::new(BadCertificate::new(&why, shown.as_ref())))
        }
        HandshakeError::WouldBlock(_) => ClientError::Tls("the server does not answer".to_owned()),
    })?;
    if let Trust::Pinned(pin) = trust {
        let certificate = stream.ssl().peer_certificate();
        if certificate.as_ref().and_then(Fingerprint::of) != Some(pin) {
            let why = "it is another one than --fingerprint names; somebody may be in between";
            let bad = BadCertificate::new(why, certificate.as_ref());
            return Err(ClientError::Certificate(Box::new(bad)));
        }
    }
    Ok(stream)
}

fn words(verdict: X509VerifyResult, url: &RoomUrl) -> String {
    match verdict.as_raw() {
        code if SELF_SIGNED.contains(&code) => {
            "it is self-signed: nobody but the server vouches for it".to_owned()
        }
        EXPIRED => "it has expired".to_owned(),
        NOT_YET_VALID => "it is not valid yet; is the clock here right?".to_owned(),
        code if OTHER_NAME.contains(&code) => {
            format!("it is for another name than {}", url.host)
        }
        _ => format!("{verdict}"),
    }
}

/// Whether what answers at the other end of `stream` speaks TLS.
pub(super) fn is_spoken(url: &RoomUrl, stream: impl Read + Write) -> bool {
    connect(url, stream, Trust::Any).is_ok()
}

/// Whether what answers at the other end of `stream` speaks HTTP without TLS.
pub(super) fn is_plain_http(mut stream: impl Read + Write) -> bool {
    let mut start = [0; 5];
    let asked =
        stream.write_all(b"HEAD / HTTP/1.0\r\n\r\n").and_then(|()| stream.read_exact(&mut start));
    asked.is_ok() && &start == b"HTTP/"
}
