//! DTLS by dimpl, held back until ICE has found a path.

use std::cell::RefCell;
use std::sync::Arc;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use std::time::{Duration, Instant};

use dimpl::crypto::CryptoProvider as DimplProvider;
use str0m_proto::crypto::dtls::{
    DtlsCert, DtlsImplError, DtlsInstance, DtlsOutput, DtlsProvider, ProtocolVersion, SrtpProfile,
};
use str0m_proto::crypto::{CryptoError, DtlsVersion};

use super::keyexchange::{GROUPS, Random};
use super::keylog::{Secrets, Watched};
use super::scope::draw;
use super::sctp::{SctpIdentity, SctpNames};
use super::streams::StreamGuard;
use crate::config::SrtpCipher;

/// How far ahead a held handshake says that it wants nothing.
const FAR: Duration = Duration::from_secs(86_400);

/// Packets of the peer's that may come before the gate opens: twice its first flight.
const EARLY_MAX: usize = 4;

thread_local! {
    /// The gate of the connection that is being built on this thread.
    static BUILDING: RefCell<Option<Arc<DtlsGate>>> = const { RefCell::new(None) };
}

/// Between a connection and its DTLS instance: the handshake goes out only once the gate is open,
/// and the chosen SRTP cipher comes back.
#[derive(Debug, Default)]
pub(crate) struct DtlsGate {
    open: AtomicBool,
    hang_up: AtomicBool,
    srtp: AtomicU8,
    sctp: SctpNames,
    /// The peer used more streams than it may.
    flooded: AtomicBool,
    channels_max: usize,
    wants_key_log: bool,
    key_log: OnceLock<String>,
}

impl DtlsGate {
    /// A gate that keeps the handshake's secrets, if asked to, and lets pass as many streams as so many
    /// data channels need.
    pub(crate) fn new(wants_key_log: bool, channels_max: usize) -> Self {
        DtlsGate { wants_key_log, channels_max, ..DtlsGate::default() }
    }

    /// The peer used more streams than it may.
    pub(crate) fn is_flooded(&self) -> bool {
        self.flooded.load(Ordering::Relaxed)
    }

    /// The secrets of the handshake once it is over, as lines of an NSS key log.
    pub(crate) fn key_log(&self) -> Option<&str> {
        self.key_log.get().map(String::as_str)
    }

    /// Lets the handshake begin.
    pub(crate) fn open(&self) {
        self.open.store(true, Ordering::Relaxed);
    }

    /// Asks for a farewell (`close_notify`), where the session cannot say it itself.
    pub(crate) fn hang_up(&self) {
        self.hang_up.store(true, Ordering::Relaxed);
    }

    /// Whether the handshake may go out.
    pub(crate) fn is_open(&self) -> bool {
        self.open.load(Ordering::Relaxed)
    }

    /// The SRTP cipher that the handshake chose.
    pub(crate) fn srtp_cipher(&self) -> Option<SrtpCipher> {
        match self.srtp.load(Ordering::Relaxed) {
            1 => Some(SrtpCipher::Aes128CmSha1_80),
            2 => Some(SrtpCipher::AeadAes128Gcm),
            3 => Some(SrtpCipher::AeadAes256Gcm),
            _ => None,
        }
    }

    /// How our side of the SCTP association of this number, counted from zero, is named.
    pub(crate) fn association(&self, index: usize) -> Option<&SctpIdentity> {
        self.sctp.drawn(index)
    }

    /// Has SCTP associations named as they were in a recording.
    pub(crate) fn replay_associations(&self, identities: Vec<SctpIdentity>) {
        self.sctp.replay(identities);
    }

    fn set_srtp(&self, profile: SrtpProfile) {
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
pub(crate) fn build_with_gate<T>(gate: &Arc<DtlsGate>, build: impl FnOnce() -> T) -> T {
    BUILDING.set(Some(Arc::clone(gate)));
    let built = build();
    BUILDING.set(None);
    built
}

#[derive(Debug)]
pub(super) struct Dtls;

impl DtlsProvider for Dtls {
    fn generate_certificate(&self) -> Option<DtlsCert> {
        // Certificates come from the connection's seed, by its configuration.
        None
    }

    fn new_dtls(
        &self,
        cert: &DtlsCert,
        now: Instant,
        dtls_version: DtlsVersion,
        mtu: Option<usize>,
    ) -> Result<Box<dyn DtlsInstance>, CryptoError> {
        let gate = BUILDING.take().unwrap_or_default();
        let mut config = dimpl::Config::builder()
            .with_crypto_provider(dimpl_provider().clone())
            .dangerously_set_rng_seed(u64::from_be_bytes(draw()));
        if let Some(mtu) = mtu {
            config = config.mtu(mtu);
        }
        let config = config.build().map_err(CryptoError::DtlsImpl)?;
        let (config, cert) = (Arc::new(config), cert.clone());
        let inner = match dtls_version {
            DtlsVersion::Dtls12 => dimpl::Dtls::new_12(config, cert, now),
            DtlsVersion::Dtls13 => dimpl::Dtls::new_13(config, cert, now),
            _ => dimpl::Dtls::new_auto(config, cert, now),
        };
        let secrets = gate.wants_key_log.then(Secrets::default);
        let streams = StreamGuard::new(gate.channels_max);
        let (released, early, scratch) = (false, Vec::new(), Vec::new());
        Ok(Box::new(Held { inner, gate, released, now, early, scratch, secrets, streams }))
    }
}

/// RustCrypto for the handshake, because its signatures are deterministic (RFC 6979), with our
/// groups and our randomness.
fn dimpl_provider() -> &'static DimplProvider {
    static PROVIDER: OnceLock<DimplProvider> = OnceLock::new();
    PROVIDER.get_or_init(|| DimplProvider {
        kx_groups: GROUPS,
        secure_random: &Random,
        hmac_provider: &Watched,
        ..dimpl::crypto::rust_crypto::default_provider()
    })
}

/// A DTLS instance behind its gate. Until ICE has a path nothing goes out and no clock runs: the
/// retransmission timers of the handshake start with its first packet.
struct Held {
    inner: dimpl::Dtls,
    gate: Arc<DtlsGate>,
    released: bool,
    now: Instant,
    /// What the peer said before the gate opened. The library is told the time only afterwards, and would count the
    /// handshake's from whatever it knows.
    early: Vec<Vec<u8>>,
    /// Where packets are rewritten, in replays only.
    scratch: Vec<u8>,
    /// What the handshake derives, where that is wanted.
    secrets: Option<Secrets>,
    /// The streams that the peer uses.
    streams: StreamGuard,
}

impl Held {
    /// As the library's, with the SCTP packets of a replay rewritten on their way in.
    fn poll_rewritten<'a>(&mut self, buf: &'a mut [u8]) -> DtlsOutput<'a> {
        self.scratch.resize(buf.len(), 0);
        match self.inner.poll_output(&mut self.scratch) {
            DtlsOutput::ApplicationData(data) => {
                let place = &mut buf[..data.len()];
                place.copy_from_slice(data);
                self.gate.sctp.rewrite_in(place);
                DtlsOutput::ApplicationData(place)
            }
            DtlsOutput::Packet(packet) => {
                let place = &mut buf[..packet.len()];
                place.copy_from_slice(packet);
                DtlsOutput::Packet(place)
            }
            DtlsOutput::PeerCert(certificate) => {
                let place = &mut buf[..certificate.len()];
                place.copy_from_slice(certificate);
                DtlsOutput::PeerCert(place)
            }
            DtlsOutput::KeyingMaterial(keys, profile) => DtlsOutput::KeyingMaterial(keys, profile),
            DtlsOutput::BufferTooSmall { needed } => DtlsOutput::BufferTooSmall { needed },
            DtlsOutput::Timeout(at) => DtlsOutput::Timeout(at),
            DtlsOutput::Connected => DtlsOutput::Connected,
            DtlsOutput::CloseNotify => DtlsOutput::CloseNotify,
            // What the library may come to say holds nothing of ours.
            _ => DtlsOutput::Timeout(self.now + FAR),
        }
    }
}

impl std::fmt::Debug for Held {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Held").field("released", &self.released).finish_non_exhaustive()
    }
}

impl DtlsInstance for Held {
    fn set_active(&mut self, active: bool) {
        self.inner.set_active(active);
    }

    fn handle_packet(&mut self, packet: &[u8]) -> Result<(), DtlsImplError> {
        // An empty one has a client begin.
        if !self.released && !packet.is_empty() {
            if self.early.len() < EARLY_MAX {
                self.early.push(packet.to_vec());
            }
            return Ok(());
        }
        let Held { inner, secrets, .. } = self;
        let Some(secrets) = secrets else { return inner.handle_packet(packet) };
        secrets.see(packet);
        secrets.watch(|| inner.handle_packet(packet))
    }

    fn poll_output<'a>(&mut self, buf: &'a mut [u8]) -> DtlsOutput<'a> {
        if !self.released {
            if !self.gate.is_open() {
                return DtlsOutput::Timeout(self.now + FAR);
            }
            // Ask to be told the time before the first packet goes out: it is what the
            // retransmission timer counts from.
            self.released = true;
            return DtlsOutput::Timeout(self.now);
        }
        if self.gate.hang_up.swap(false, Ordering::Relaxed)
            && let Err(error) = self.inner.close()
        {
            tracing::debug!(%error, "no farewell");
        }
        let output = match self.gate.sctp.replays() {
            true => self.poll_rewritten(buf),
            false => match &mut self.secrets {
                Some(secrets) => secrets.watch(|| self.inner.poll_output(buf)),
                None => self.inner.poll_output(buf),
            },
        };
        if let Some(secrets) = &mut self.secrets {
            match &output {
                DtlsOutput::Packet(packet) => secrets.see(packet),
                DtlsOutput::Connected => drop(self.gate.key_log.set(secrets.to_lines())),
                _ => {}
            }
        }
        if let DtlsOutput::KeyingMaterial(_, profile) = &output {
            self.gate.set_srtp(*profile);
        }
        if let DtlsOutput::ApplicationData(packet) = &output
            && !self.streams.admits(packet)
        {
            self.gate.flooded.store(true, Ordering::Relaxed);
            return DtlsOutput::ApplicationData(&[]);
        }
        output
    }

    fn handle_timeout(&mut self, now: Instant) -> Result<(), DtlsImplError> {
        self.now = now;
        match &mut self.secrets {
            Some(secrets) => secrets.watch(|| self.inner.handle_timeout(now)),
            None => self.inner.handle_timeout(now),
        }?;
        if self.released {
            for packet in std::mem::take(&mut self.early) {
                if let Err(error) = self.handle_packet(&packet) {
                    tracing::debug!(%error, "an early datagram refused");
                }
            }
        }
        Ok(())
    }

    fn send_application_data(&mut self, data: &[u8]) -> Result<usize, DtlsImplError> {
        if !self.gate.sctp.replays() {
            self.gate.sctp.note(data);
            return self.inner.send_application_data(data);
        }
        let mut packet = data.to_vec();
        self.gate.sctp.rewrite_out(&mut packet);
        self.inner.send_application_data(&packet)
    }

    fn is_active(&self) -> bool {
        self.inner.is_active()
    }

    fn protocol_version(&self) -> Option<ProtocolVersion> {
        self.inner.protocol_version()
    }

    fn is_closing(&self) -> bool {
        self.inner.is_closing()
    }

    fn is_closed(&self) -> bool {
        self.inner.is_closed()
    }

    fn close(&mut self) -> Result<(), DtlsImplError> {
        self.inner.close()
    }
}
