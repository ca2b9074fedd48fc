//! What a connection and its DTLS instance tell each other.

use std::cell::RefCell;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use std::sync::{Arc, OnceLock};

use rand_chacha::ChaCha20Rng;
use str0m_proto::crypto::dtls::SrtpProfile;

use super::sctp_names::{SctpIdentity, SctpNames};
use crate::config::{Config, SrtpCipher};
use crate::dtls_fault::DtlsFault;
use crate::entropy::{Purpose, stream};

thread_local! {
    /// The gate of the connection that is being built on this thread.
    static BUILDING: RefCell<Option<Arc<DtlsGate>>> = const { RefCell::new(None) };
}

/// Between a connection and its DTLS instance: the handshake goes out only once the gate is open,
/// and the chosen SRTP cipher comes back.
#[derive(Debug, Default)]
pub(super) struct DtlsGate {
    open: AtomicBool,
    hang_up: AtomicBool,
    /// The peer said farewell.
    parted: AtomicBool,
    srtp: AtomicU8,
    fault: OnceLock<DtlsFault>,
    sctp: SctpNames,
    /// The peer used more streams than it may.
    flooded: AtomicBool,
    seed: [u8; 32],
    channels_max: usize,
    wants_key_log: bool,
    key_log: OnceLock<String>,
}

impl DtlsGate {
    pub(super) fn new(config: &Config) -> Self {
        DtlsGate {
            seed: config.seed,
            channels_max: config.channels_max,
            wants_key_log: config.key_log,
            ..DtlsGate::default()
        }
    }

    /// What the association draws from. One that is made anew has sent nothing of the one before.
    pub(super) fn entropy(&self) -> ChaCha20Rng {
        stream(self.seed, Purpose::Dtls)
    }

    /// Whether the peer used more streams than it may.
    pub(super) fn is_flooded(&self) -> bool {
        self.flooded.load(Ordering::Relaxed)
    }

    /// The secrets of the handshake once it is over, as lines of an NSS key log.
    pub(super) fn key_log(&self) -> Option<&str> {
        self.key_log.get().map(String::as_str)
    }

    /// Lets the handshake begin.
    pub(super) fn open(&self) {
        self.open.store(true, Ordering::Relaxed);
    }

    /// Asks for a farewell (`close_notify`), where the session cannot say it itself.
    pub(super) fn hang_up(&self) {
        self.hang_up.store(true, Ordering::Relaxed);
    }

    /// Whether the peer said farewell (`close_notify`).
    pub(super) fn has_parted(&self) -> bool {
        self.parted.load(Ordering::Relaxed)
    }

    /// Whether the handshake may go out.
    pub(super) fn is_open(&self) -> bool {
        self.open.load(Ordering::Relaxed)
    }

    /// The SRTP cipher that the handshake chose.
    pub(super) fn srtp_cipher(&self) -> Option<SrtpCipher> {
        match self.srtp.load(Ordering::Relaxed) {
            1 => Some(SrtpCipher::Aes128CmSha1_80),
            2 => Some(SrtpCipher::AeadAes128Gcm),
            3 => Some(SrtpCipher::AeadAes256Gcm),
            _ => None,
        }
    }

    /// With what the handshake has failed.
    pub(super) fn fault(&self) -> Option<DtlsFault> {
        self.fault.get().copied()
    }

    /// How our side of the SCTP association of this number, counted from zero, is named.
    pub(super) fn association(&self, index: usize) -> Option<&SctpIdentity> {
        self.sctp.drawn(index)
    }

    /// Has SCTP associations named as they were in a recording.
    pub(super) fn replay_associations(&self, identities: Vec<SctpIdentity>) {
        self.sctp.replay(identities);
    }

    /// The peer said farewell.
    pub(super) fn part(&self) {
        self.parted.store(true, Ordering::Relaxed);
    }

    /// Whether a farewell was asked for, once.
    pub(super) fn take_hang_up(&self) -> bool {
        self.hang_up.swap(false, Ordering::Relaxed)
    }

    /// The handshake has failed. The first fault counts.
    pub(super) fn fail(&self, fault: DtlsFault) {
        let _ = self.fault.set(fault);
    }

    /// The peer uses more streams than it may.
    pub(super) fn flood(&self) {
        self.flooded.store(true, Ordering::Relaxed);
    }

    /// How many data channels there may be.
    pub(super) fn channels_max(&self) -> usize {
        self.channels_max
    }

    /// Names of SCTP associations, as they pass.
    pub(super) fn names(&self) -> &SctpNames {
        &self.sctp
    }

    /// Whether somebody waits for the secrets of the handshake.
    pub(super) fn wants_key_log(&self) -> bool {
        self.wants_key_log
    }

    /// The handshake is over, and these are its secrets.
    pub(super) fn set_key_log(&self, lines: String) {
        let _ = self.key_log.set(lines);
    }

    /// The handshake chose a profile.
    pub(super) fn set_srtp(&self, profile: SrtpProfile) {
        let code = match profile {
            SrtpProfile::AES128_CM_SHA1_80 => 1,
            SrtpProfile::AEAD_AES_128_GCM => 2,
            SrtpProfile::AEAD_AES_256_GCM => 3,
            _ => 0,
        };
        self.srtp.store(code, Ordering::Relaxed);
    }
}

/// Runs `build` so that the DTLS instance it makes is tied to `gate`.
pub(super) fn build_with_gate<T>(gate: &Arc<DtlsGate>, build: impl FnOnce() -> T) -> T {
    BUILDING.set(Some(Arc::clone(gate)));
    let built = build();
    BUILDING.set(None);
    built
}

/// The gate for an instance that is made inside [`build_with_gate`].
pub(super) fn take_building() -> Arc<DtlsGate> {
    BUILDING.take().unwrap_or_default()
}
