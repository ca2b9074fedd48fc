//! When a handshake has failed, and when somebody only wants it to look so.
//!
//! Until both sides have keys, records are not authenticated, and anyone who can send from the
//! peer's address can write them. So what looks like a fault is judged by where it came from:
//!
//! 1. Datagrams reach DTLS only from addresses that ICE found authentic, see
//!    [`Str0mSession::receive`](crate::session::str0m::Str0mSession).
//! 2. What cannot be read is dropped (RFC 6347 section 4.1.2.7), and so is what has not the form of
//!    something that may come now ([`Sieve`](super::sieve::Sieve)).
//! 3. An alert in the clear, or a message in the clear that cannot be answered, makes the handshake
//!    *suspect*: it has failed if it is not complete [`GRACE`] later. A true peer that gave up
//!    stays silent; one in whose name a stranger spoke goes on, and the handshake completes.
//! 4. An alert that was encrypted is the peer's. It ends the handshake at once, and the connection
//!    after: in DTLS 1.3 a server judges the client's certificate when the client is done.
//! 5. A handshake has [`HANDSHAKE_MAX`] from the moment that ICE found a path.
//!
//! A stranger who knows both addresses, guesses well-formed messages with the right numbers, and is
//! faster than the peer can still spoil a handshake: that is in the nature of a handshake in the
//! clear, and it is reported as a fault instead of silence.

use std::time::{Duration, Instant};

use dimpl::{CryptoError, CryptoOperation, Error, SecurityError, TimeoutError};

use super::record::RECORD_HEADER;
use crate::dtls_fault::{DtlsAlert, DtlsFault};

/// How long a suspect handshake may go on: longer than the first retransmission takes (RFC 6347
/// section 4.2.4.1 begins with one second).
const GRACE: Duration = Duration::from_secs(2);

/// How long a handshake may take. The fifth retransmission goes out after 31 seconds; a path that
/// lost four flights in a row carries no call.
const HANDSHAKE_MAX: Duration = Duration::from_secs(30);

const ALERT: u8 = 21;
const FATAL: u8 = 2;

/// What is known of a handshake's health.
#[derive(Debug, Default)]
pub(super) struct Health {
    deadline: Option<Instant>,
    suspicion: Option<Suspicion>,
    over: bool,
}

#[derive(Debug)]
struct Suspicion {
    fault: DtlsFault,
    /// Not known before the time is told next.
    until: Option<Instant>,
}

impl Health {
    /// The handshake is complete: from now on there are keys, and nothing in the clear counts.
    /// Or it has failed, and nothing more is judged.
    pub(super) fn end(&mut self) {
        *self = Health { over: true, ..Health::default() };
    }

    /// Whether the handshake is complete, or has failed.
    pub(super) fn is_over(&self) -> bool {
        self.over
    }

    /// What looked like a fault was a stranger's.
    pub(super) fn trust(&mut self) {
        self.suspicion = None;
    }

    /// Something looks like a fault. The first such counts.
    pub(super) fn suspect(&mut self, fault: DtlsFault) {
        if !self.over {
            tracing::debug!(%fault, "the handshake looks broken");
            self.suspicion.get_or_insert(Suspicion { fault, until: None });
        }
    }

    /// The time now. Gives the fault with which the handshake has failed, once.
    pub(super) fn tick(&mut self, now: Instant) -> Option<DtlsFault> {
        if self.over {
            return None;
        }
        let deadline = *self.deadline.get_or_insert(now + HANDSHAKE_MAX);
        let suspicion = self
            .suspicion
            .as_mut()
            .map(|suspicion| (*suspicion.until.get_or_insert(now + GRACE), suspicion.fault));
        let (at, fault) = suspicion.unwrap_or((deadline, DtlsFault::HandshakeTimeout));
        self.over = at <= now;
        self.over.then_some(fault)
    }

    /// When it wants to be told the time; `now` is what it was told last.
    pub(super) fn wake(&self, now: Instant) -> Option<Instant> {
        match &self.suspicion {
            Some(suspicion) => Some(suspicion.until.unwrap_or(now)),
            None => self.deadline,
        }
    }
}

/// The fault behind what the library says of a datagram; `None` for what anyone's noise may cause.
pub(super) fn fault_of(error: &Error) -> Option<DtlsFault> {
    Some(match error {
        Error::SecurityError(error) => fault_of_security(error),
        Error::CryptoError(error) => fault_of_crypto(error),
        Error::CertificateError(_) => DtlsFault::UnsupportedCertificate,
        Error::IncompleteServerHello | Error::RenegotiationAttempt => DtlsFault::Protocol,
        Error::Timeout(
            TimeoutError::HybridClientHello | TimeoutError::Connect | TimeoutError::Handshake,
        ) => DtlsFault::HandshakeTimeout,
        Error::InvalidState(_) | Error::ConfigError(_) | Error::PskError(_) => DtlsFault::Internal,
        // Unexpected messages, full queues, fragments of nothing: anyone can send those.
        _ => return None,
    })
}

fn fault_of_security(error: &SecurityError) -> DtlsFault {
    use SecurityError as E;
    match error {
        E::FatalAlert { description } => DtlsFault::Alert(DtlsAlert(*description)),
        E::UnsupportedHelloVerifyRequestVersion(_)
        | E::UnsupportedServerVersion(_)
        | E::UnsupportedClientVersion(_)
        | E::ClientHelloLegacyVersionNotDtls12
        | E::ServerHelloLegacyVersionNotDtls12
        | E::ClientHelloMissingDtls13SupportedVersions
        | E::HrrDidNotSelectDtls13
        | E::ServerDidNotNegotiateDtls13 => DtlsFault::VersionMismatch,
        E::UnsupportedKeyExchangeAlgorithm
        | E::ServerSelectedUnknownCipherSuite
        | E::ServerSelectedIncompatibleCipherSuite(_)
        | E::ServerSelectedDisallowedCipherSuite(_)
        | E::ServerSelectedDisallowedDtls13CipherSuite(_)
        | E::HrrSelectedDisallowedCipherSuite
        | E::ExtendedMasterSecretNotNegotiated
        | E::NoMutuallyAcceptableCipherSuite
        | E::NoCommonCipherSuite
        | E::NoCommonKeyExchangeGroup => DtlsFault::NoCommonCipher,
        E::SignatureTooLarge
        | E::SignatureSchemeNotOffered(_)
        | E::SignatureAlgorithmMismatch { .. }
        | E::UnsupportedSignatureScheme(_)
        | E::SignatureSchemeCertificateCurveMismatch { .. } => DtlsFault::UnsupportedCertificate,
        E::ServerFinishedVerificationFailed | E::ClientFinishedVerificationFailed => {
            DtlsFault::Unverified
        }
        _ => DtlsFault::Protocol,
    }
}

fn fault_of_crypto(error: &CryptoError) -> DtlsFault {
    use CryptoError as E;
    match error {
        E::KeyExchangeGroupNotFound(_)
        | E::UnsupportedKeyExchangeGroup(_)
        | E::UnsupportedEcdheNamedGroup(_)
        | E::UnsupportedCipherSuite(_) => DtlsFault::NoCommonCipher,
        E::UnsupportedSignatureAlgorithm(_)
        | E::SignatureAlgorithmNotOfferedByClient
        | E::SignatureAlgorithmMismatch { .. }
        | E::UnsupportedSignaturePair { .. }
        | E::UnsupportedSignatureVerification { .. }
        | E::UnsupportedPublicKeyAlgorithm
        | E::UnsupportedEcCurve
        | E::CertificateParseFailed
        | E::MissingEcCurveParameter
        | E::InvalidEcCurveParameter
        | E::InvalidSubjectPublicKey => DtlsFault::UnsupportedCertificate,
        E::SignatureVerificationFailed { .. }
        | E::InvalidSignatureFormat
        | E::OperationFailed(CryptoOperation::VerifySignature | CryptoOperation::VerifyData) => {
            DtlsFault::Unverified
        }
        E::InvalidPublicKey(_) => DtlsFault::Protocol,
        _ => DtlsFault::Internal,
    }
}

/// The alert with which the peer is told, where it shall be told (RFC 8446 section 6.2).
fn alert_for(fault: DtlsFault) -> Option<u8> {
    match fault {
        DtlsFault::VersionMismatch => Some(70),
        DtlsFault::NoCommonCipher | DtlsFault::NoCommonSrtpProfile => Some(40),
        DtlsFault::UnsupportedCertificate => Some(43),
        DtlsFault::FingerprintMismatch => Some(42),
        DtlsFault::Unverified => Some(51),
        DtlsFault::Protocol => Some(47),
        DtlsFault::HandshakeTimeout | DtlsFault::Internal => Some(80),
        // It spoke last.
        DtlsFault::Alert(_) => None,
    }
}

/// One alert in the clear.
pub(super) type Farewell = [u8; RECORD_HEADER + 2];

/// A record that tells the peer of a fault in a handshake without keys. It carries the last number
/// of all, so that it comes after whatever was sent.
pub(super) fn farewell(fault: DtlsFault) -> Option<Farewell> {
    let description = alert_for(fault)?;
    let mut record = [0xff; RECORD_HEADER + 2];
    record[..5].copy_from_slice(&[ALERT, 0xfe, 0xfd, 0, 0]);
    record[11..].copy_from_slice(&[0, 2, FATAL, description]);
    Some(record)
}

#[cfg(test)]
mod tests;
