//! DTLS as the library is given it: an association that is held back until ICE has found a path,
//! and that looks after SCTP where the library does not.

use std::sync::Arc;
use std::time::{Duration, Instant};

use str0m_proto::crypto::dtls::{
    DtlsCert, DtlsImplError, DtlsInstance, DtlsOutput, DtlsProvider, ProtocolVersion,
};
use str0m_proto::crypto::{CryptoError, DtlsVersion as StrVersion};

use super::gate::{self, DtlsGate};
use super::parting;
use super::stream_guard::StreamGuard;
use crate::config::DtlsVersion;
use crate::dtls::{Association, Flights, Settings, moved};

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
        dtls_version: StrVersion,
        mtu: Option<usize>,
    ) -> Result<Box<dyn DtlsInstance>, CryptoError> {
        let gate = gate::take_building();
        let settings = Settings {
            version: match dtls_version {
                StrVersion::Dtls12 => DtlsVersion::V1_2,
                StrVersion::Dtls13 => DtlsVersion::V1_3,
                _ => DtlsVersion::Auto,
            },
            certificate: cert.clone(),
            mtu,
            entropy: gate.entropy(),
            key_log: gate.wants_key_log(),
            flights: Flights::Library,
            signatures: Vec::new(),
        };
        let association = Association::new(settings, now).map_err(CryptoError::DtlsImpl)?;
        let streams = StreamGuard::new(gate.channels_max());
        Ok(Box::new(Held {
            association,
            gate,
            released: false,
            now,
            early: Vec::new(),
            scratch: Vec::new(),
            streams,
            goodbye: None,
        }))
    }
}

/// An association behind its gate. Until ICE has a path nothing goes out and no clock runs: the
/// retransmission timers of the handshake start with its first packet.
#[derive(Debug)]
struct Held {
    association: Association,
    gate: Arc<DtlsGate>,
    released: bool,
    now: Instant,
    /// What the peer said before the gate opened. The association is told the time only
    /// afterwards, and would count the handshake's from whatever it knows.
    early: Vec<Vec<u8>>,
    /// Where packets of SCTP are rewritten in a replay.
    scratch: Vec<u8>,
    /// The streams that the peer uses.
    streams: StreamGuard,
    /// The peer's last word on its association, as the library shall have it.
    goodbye: Option<Vec<u8>>,
}

impl Held {
    /// Hands on what the association found out.
    fn tell(&self) {
        if let Some(fault) = self.association.fault() {
            self.gate.fail(fault);
        }
    }

    /// What the association says, with the names of SCTP rewritten in a replay.
    fn poll_association<'a>(&mut self, buf: &'a mut [u8]) -> DtlsOutput<'a> {
        if !self.gate.names().replays() {
            return self.association.poll_output(buf);
        }
        let mut scratch = std::mem::take(&mut self.scratch);
        scratch.resize(buf.len(), 0);
        let output = match self.association.poll_output(&mut scratch) {
            DtlsOutput::ApplicationData(data) => {
                let place = &mut buf[..data.len()];
                place.copy_from_slice(data);
                self.gate.names().rewrite_in(place);
                DtlsOutput::ApplicationData(place)
            }
            other => moved(other, buf, self.now + FAR),
        };
        self.scratch = scratch;
        output
    }
}

impl DtlsInstance for Held {
    fn set_active(&mut self, active: bool) {
        self.association.set_client(active);
    }

    fn handle_packet(&mut self, packet: &[u8]) -> Result<(), DtlsImplError> {
        // An empty one has a client begin.
        if !self.released && !packet.is_empty() && self.association.fault().is_none() {
            if self.early.len() < EARLY_MAX {
                self.early.push(packet.to_vec());
            }
            return Ok(());
        }
        let result = self.association.handle_packet(packet);
        self.tell();
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
        if self.association.fault().is_none() {
            if let Some(goodbye) = self.goodbye.take().filter(|packet| packet.len() <= buf.len()) {
                let place = &mut buf[..goodbye.len()];
                place.copy_from_slice(&goodbye);
                return DtlsOutput::ApplicationData(place);
            }
            if self.gate.take_hang_up()
                && let Err(error) = self.association.close()
            {
                tracing::debug!(%error, "no farewell");
            }
        }
        let output = self.poll_association(buf);
        match &output {
            DtlsOutput::KeyingMaterial(_, profile) => self.gate.set_srtp(*profile),
            DtlsOutput::Connected => {
                if let Some(lines) = self.association.key_log() {
                    self.gate.set_key_log(lines.to_owned());
                }
            }
            DtlsOutput::CloseNotify => self.gate.part(),
            DtlsOutput::ApplicationData(packet) => {
                if !self.streams.admits(packet) {
                    self.gate.flood();
                    return DtlsOutput::ApplicationData(&[]);
                }
                self.goodbye = parting::goodbye(packet);
                if self.goodbye.is_some() {
                    return DtlsOutput::ApplicationData(&[]);
                }
            }
            _ => {}
        }
        output
    }

    fn handle_timeout(&mut self, now: Instant) -> Result<(), DtlsImplError> {
        self.now = now;
        if !self.released {
            return self.association.hold(now);
        }
        let result = self.association.handle_timeout(now);
        self.tell();
        result?;
        for packet in std::mem::take(&mut self.early) {
            if self.handle_packet(&packet).is_err() {
                tracing::debug!("an early datagram refused");
            }
        }
        Ok(())
    }

    fn send_application_data(&mut self, data: &[u8]) -> Result<usize, DtlsImplError> {
        if !self.gate.names().replays() {
            self.gate.names().note(data);
            return self.association.send(data);
        }
        let mut packet = data.to_vec();
        self.gate.names().rewrite_out(&mut packet);
        self.association.send(&packet)
    }

    fn is_active(&self) -> bool {
        self.association.is_client()
    }

    fn protocol_version(&self) -> Option<ProtocolVersion> {
        self.association.protocol_version()
    }

    fn is_closing(&self) -> bool {
        self.association.is_closing()
    }

    fn is_closed(&self) -> bool {
        self.association.is_closed()
    }

    fn close(&mut self) -> Result<(), DtlsImplError> {
        self.association.close()
    }
}
