//! Why DTLS could not protect a connection.

use std::fmt;

/// Why a DTLS handshake ended without a connection.
///
/// Before there are keys, anyone who knows both addresses can write records in the peer's name. So
/// what only such records say ends a handshake when it is not complete two seconds later; what the
/// peer said under keys ends it at once.
///
/// ```
/// use lapwing_engine::{CloseReason, DtlsAlert, DtlsFault};
/// let reason = CloseReason::Dtls(DtlsFault::Alert(DtlsAlert(40)));
/// let CloseReason::Dtls(fault) = reason else { unreachable!() };
/// assert_eq!(fault.to_string(), "the peer ended the handshake: handshake_failure (40)");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum DtlsFault {
    /// The peer's certificate has none of the fingerprints that its description gives
    /// (RFC 8122 section 6.2): somebody may be in between.
    FingerprintMismatch,
    /// The peer ended the handshake and said why.
    Alert(DtlsAlert),
    /// There is no version of DTLS that both sides speak.
    VersionMismatch,
    /// There is no cipher suite, or no group for the key exchange, that both sides have.
    NoCommonCipher,
    /// Media was negotiated, and there is no SRTP protection profile that both sides have (RFC 5764
    /// section 4.1.2).
    NoCommonSrtpProfile,
    /// The peer has no certificate, or one whose kind of key or signature is not understood.
    UnsupportedCertificate,
    /// A signature or a checksum of the handshake does not hold: it was altered on its way, or the
    /// peer has not the key of its certificate.
    Unverified,
    /// The peer does something else that the protocol forbids.
    Protocol,
    /// The handshake did not come to its end in time.
    HandshakeTimeout,
    /// Something went wrong on this side.
    Internal,
}

impl fmt::Display for DtlsFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = match self {
            DtlsFault::Alert(alert) => return write!(f, "the peer ended the handshake: {alert}"),
            DtlsFault::FingerprintMismatch => "the peer's certificate is not the one it announced",
            DtlsFault::VersionMismatch => "no version of DTLS in common",
            DtlsFault::NoCommonCipher => "no cipher suite in common",
            DtlsFault::NoCommonSrtpProfile => "no SRTP profile in common",
            DtlsFault::UnsupportedCertificate => "the peer's certificate is of an unknown kind",
            DtlsFault::Unverified => "the handshake was altered, or the peer is another",
            DtlsFault::Protocol => "the peer broke the rules of the handshake",
            DtlsFault::HandshakeTimeout => "the handshake took too long",
            DtlsFault::Internal => "the handshake could not go on",
        };
        f.write_str(text)
    }
}

/// The description of a fatal alert, by its number (RFC 8446 section 6, RFC 5246 section 7.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct DtlsAlert(pub u8);

impl DtlsAlert {
    /// The name that the RFCs give it, where they do.
    pub const fn name(self) -> Option<&'static str> {
        Some(match self.0 {
            10 => "unexpected_message",
            20 => "bad_record_mac",
            22 => "record_overflow",
            40 => "handshake_failure",
            42 => "bad_certificate",
            43 => "unsupported_certificate",
            44 => "certificate_revoked",
            45 => "certificate_expired",
            46 => "certificate_unknown",
            47 => "illegal_parameter",
            48 => "unknown_ca",
            49 => "access_denied",
            50 => "decode_error",
            51 => "decrypt_error",
            70 => "protocol_version",
            71 => "insufficient_security",
            80 => "internal_error",
            86 => "inappropriate_fallback",
            90 => "user_canceled",
            109 => "missing_extension",
            110 => "unsupported_extension",
            116 => "certificate_required",
            120 => "no_application_protocol",
            _ => return None,
        })
    }
}

impl fmt::Display for DtlsAlert {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.name().unwrap_or("unknown alert"), self.0)
    }
}
