//! DTLS by dimpl, held back until ICE has found a path.

use std::sync::Arc;
use std::time::{Duration, Instant};

use str0m_proto::crypto::dtls::{
    DtlsCert, DtlsImplError, DtlsInstance, DtlsOutput, DtlsProvider, ProtocolVersion,
};
use str0m_proto::crypto::{CryptoError, DtlsVersion};

use super::at_work::at_work;
use super::fault::{self, Health};
use super::gate::{self, DtlsGate};
use super::keylog::Secrets;
use super::parting;
use super::prepared;
use super::scope::draw;
use super::sieve::Sieve;
use super::streams::StreamGuard;
use super::translation::Translation;
use crate::dtls_fault::DtlsFault;

/// Datagrams that wait for one before them: a certificate is in no more.
const WAITING_MAX: usize = 8;

/// How far ahead a held handshake says that it wants nothing.
const FAR: Duration = Duration::from_secs(86_400);

/// Packets of the peer's that may come before the gate opens: twice its first flight.
const EARLY_MAX: usize = 4;

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
        let gate = gate::take_building();
        let config =
            prepared::config(u64::from_be_bytes(draw()), mtu).map_err(CryptoError::DtlsImpl)?;
        let cert = cert.clone();
        let inner = match dtls_version {
            DtlsVersion::Dtls12 => dimpl::Dtls::new_12(config, cert, now),
            DtlsVersion::Dtls13 => dimpl::Dtls::new_13(config, cert, now),
            _ => dimpl::Dtls::new_auto(config, cert, now),
        };
        let secrets = gate.wants_key_log().then(Secrets::default);
        let streams = StreamGuard::new(gate.channels_max());
        Ok(Box::new(Held {
            inner,
            gate,
            released: false,
            now,
            early: Vec::new(),
            health: Health::default(),
            farewell: None,
            sieve: Sieve::new(dtls_version),
            rsa: Translation::NONE,
            waiting: Vec::new(),
            scratch: Vec::new(),
            secrets,
            streams,
            goodbye: None,
        }))
    }
}

/// A DTLS instance behind its gate. Until ICE has a path nothing goes out and no clock runs: the
/// retransmission timers of the handshake start with its first packet.
struct Held {
    inner: dimpl::Dtls,
    gate: Arc<DtlsGate>,
    released: bool,
    now: Instant,
    /// What the peer said before the gate opened. The library is told the time only afterwards, and
    /// would count the handshake's from whatever it knows.
    early: Vec<Vec<u8>>,
    health: Health,
    /// What is still to be said after a fault.
    farewell: Option<fault::Farewell>,
    sieve: Sieve,
    /// How a peer with an RSA key is understood.
    rsa: Translation,
    /// Datagrams that cannot be translated yet.
    waiting: Vec<Vec<u8>>,
    /// Where packets are rewritten: in the handshake, and in replays.
    scratch: Vec<u8>,
    /// What the handshake derives, where that is wanted.
    secrets: Option<Secrets>,
    /// The streams that the peer uses.
    streams: StreamGuard,
    /// The peer's last word on its association, as the library shall have it.
    goodbye: Option<Vec<u8>>,
}

impl Held {
    /// Runs a step of the library with everything at hand that its provider needs.
    fn within<T>(&mut self, step: impl FnOnce(&mut dimpl::Dtls) -> T) -> T {
        let Held { inner, secrets, rsa, .. } = self;
        at_work(rsa, || match secrets {
            Some(secrets) => secrets.watch(|| step(inner)),
            None => step(inner),
        })
    }

    /// Hands a datagram to the library.
    fn pass(&mut self, packet: &[u8]) -> Result<(), DtlsImplError> {
        if let Some(secrets) = &mut self.secrets {
            secrets.see(packet);
        }
        if self.health.is_over() {
            return self.within(|inner| inner.handle_packet(packet));
        }
        let packet = self.rsa.incoming(packet);
        self.pass_translated(&packet)?;
        loop {
            let count = self.waiting.len();
            for packet in std::mem::take(&mut self.waiting) {
                self.pass_translated(&packet)?;
            }
            if self.waiting.is_empty() || self.waiting.len() == count {
                return Ok(());
            }
        }
    }

    fn pass_translated(&mut self, packet: &[u8]) -> Result<(), DtlsImplError> {
        let result = self.within(|inner| inner.handle_packet(packet));
        if self.rsa.take_waits() && self.waiting.len() < WAITING_MAX {
            self.waiting.push(packet.to_vec());
        }
        result
    }

    /// The handshake has failed: the peer is told if it can be, and the session finds the reason at
    /// the gate.
    fn fail(&mut self, fault: DtlsFault) {
        self.health.end();
        if self.gate.fail(fault) {
            self.farewell = fault::farewell(fault);
        }
    }

    /// What is left to do after a fault.
    fn poll_failed<'a>(&mut self, buf: &'a mut [u8]) -> DtlsOutput<'a> {
        let Some(record) = self.farewell.take() else {
            return DtlsOutput::Timeout(self.now + FAR);
        };
        match buf.get_mut(..record.len()) {
            Some(place) => {
                place.copy_from_slice(&record);
                DtlsOutput::Packet(place)
            }
            None => DtlsOutput::BufferTooSmall { needed: record.len() },
        }
    }

    /// As the library's, with packets rewritten on their way: those of a handshake on their way
    /// out, those of SCTP in a replay on their way in.
    fn poll_rewritten<'a>(&mut self, buf: &'a mut [u8]) -> DtlsOutput<'a> {
        let mut scratch = std::mem::take(&mut self.scratch);
        scratch.resize(buf.len(), 0);
        let output = match self.within(|inner| inner.poll_output(&mut scratch)) {
            DtlsOutput::ApplicationData(data) => {
                let place = &mut buf[..data.len()];
                place.copy_from_slice(data);
                if self.gate.names().replays() {
                    self.gate.names().rewrite_in(place);
                }
                DtlsOutput::ApplicationData(place)
            }
            DtlsOutput::Packet(packet) => {
                self.sieve.sent(packet);
                let packet = self.rsa.outgoing(packet);
                match buf.get_mut(..packet.len()) {
                    Some(place) => {
                        place.copy_from_slice(&packet);
                        DtlsOutput::Packet(place)
                    }
                    None => DtlsOutput::BufferTooSmall { needed: packet.len() },
                }
            }
            DtlsOutput::PeerCert(certificate) => {
                let certificate = self.rsa.certificate(certificate);
                let place = &mut buf[..certificate.len()];
                place.copy_from_slice(&certificate);
                DtlsOutput::PeerCert(place)
            }
            DtlsOutput::KeyingMaterial(keys, profile) => DtlsOutput::KeyingMaterial(keys, profile),
            DtlsOutput::BufferTooSmall { needed } => DtlsOutput::BufferTooSmall { needed },
            DtlsOutput::Timeout(at) => DtlsOutput::Timeout(at),
            DtlsOutput::Connected => DtlsOutput::Connected,
            DtlsOutput::CloseNotify => DtlsOutput::CloseNotify,
            // What the library may come to say holds nothing of ours.
            _ => DtlsOutput::Timeout(self.now + FAR),
        };
        self.scratch = scratch;
        output
    }
}

fn fault_of(result: &Result<(), DtlsImplError>) -> Option<DtlsFault> {
    result.as_ref().err().and_then(fault::fault_of)
}

impl std::fmt::Debug for Held {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Held").field("released", &self.released).finish_non_exhaustive()
    }
}

impl DtlsInstance for Held {
    fn set_active(&mut self, active: bool) {
        self.rsa = Translation::new(active);
        self.within(|inner| inner.set_active(active));
    }

    fn handle_packet(&mut self, packet: &[u8]) -> Result<(), DtlsImplError> {
        if self.gate.fault().is_some() {
            return Ok(());
        }
        // An empty one has a client begin.
        if !self.released && !packet.is_empty() {
            if self.early.len() < EARLY_MAX {
                self.early.push(packet.to_vec());
            }
            return Ok(());
        }
        if self.health.is_over() {
            let result = self.pass(packet);
            // With keys there, only the peer can say so: it judges our last words after we are
            // done.
            if let Some(alert @ DtlsFault::Alert(_)) = fault_of(&result) {
                self.fail(alert);
            }
            return result;
        }
        let sifted = self.sieve.sift(packet, self.inner.is_active());
        if let Some(alert) = sifted.alert {
            self.health.suspect(DtlsFault::Alert(alert));
        }
        if let Some(fault) = sifted.fault {
            self.health.suspect(fault);
        }
        if sifted.kept.is_empty() && !packet.is_empty() {
            return Ok(());
        }
        let result = self.pass(&sifted.kept);
        match fault_of(&result) {
            // None of those in the clear came through: it was encrypted.
            Some(alert @ DtlsFault::Alert(_)) => self.fail(alert),
            Some(fault) => self.health.suspect(fault),
            None => {}
        }
        result
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
        if self.gate.fault().is_some() {
            return self.poll_failed(buf);
        }
        if let Some(goodbye) = self.goodbye.take().filter(|packet| packet.len() <= buf.len()) {
            let place = &mut buf[..goodbye.len()];
            place.copy_from_slice(&goodbye);
            return DtlsOutput::ApplicationData(place);
        }
        if self.gate.take_hang_up()
            && let Err(error) = self.inner.close()
        {
            tracing::debug!(%error, "no farewell");
        }
        let output = match self.gate.names().replays() || !self.health.is_over() {
            true => self.poll_rewritten(buf),
            false => self.within(|inner| inner.poll_output(buf)),
        };
        if let Some(secrets) = &mut self.secrets {
            match &output {
                DtlsOutput::Packet(packet) => secrets.see(packet),
                DtlsOutput::Connected => self.gate.set_key_log(secrets.to_lines()),
                _ => {}
            }
        }
        match output {
            DtlsOutput::KeyingMaterial(_, profile) => self.gate.set_srtp(profile),
            DtlsOutput::Connected => self.health.end(),
            DtlsOutput::CloseNotify => self.gate.part(),
            DtlsOutput::Timeout(at) => {
                let own = self.health.wake(self.now);
                return DtlsOutput::Timeout(own.map_or(at, |own| own.min(at)));
            }
            _ => {}
        }
        if let DtlsOutput::ApplicationData(packet) = &output {
            if !self.streams.admits(packet) {
                self.gate.flood();
                return DtlsOutput::ApplicationData(&[]);
            }
            self.goodbye = parting::goodbye(packet);
            if self.goodbye.is_some() {
                return DtlsOutput::ApplicationData(&[]);
            }
        }
        output
    }

    fn handle_timeout(&mut self, now: Instant) -> Result<(), DtlsImplError> {
        self.now = now;
        if self.released
            && let Some(fault) = self.health.tick(now)
        {
            self.fail(fault);
        }
        if self.gate.fault().is_some() {
            return Ok(());
        }
        let result = self.within(|inner| inner.handle_timeout(now));
        if let Some(fault) = fault_of(&result).filter(|_| !self.health.is_over()) {
            self.fail(fault);
            return Ok(());
        }
        result?;
        if self.released {
            for packet in std::mem::take(&mut self.early) {
                if self.handle_packet(&packet).is_err() {
                    tracing::debug!("an early datagram refused");
                }
            }
        }
        Ok(())
    }

    fn send_application_data(&mut self, data: &[u8]) -> Result<usize, DtlsImplError> {
        if !self.gate.names().replays() {
            self.gate.names().note(data);
            return self.inner.send_application_data(data);
        }
        let mut packet = data.to_vec();
        self.gate.names().rewrite_out(&mut packet);
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
