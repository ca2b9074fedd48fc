//! The handshake, and the keys that come of it.
//!
//! 1. Both sides agreed on who begins, and on the peer's fingerprints.
//! 2. ICE has a path: the association begins, and takes what came early. In the checks of ICE
//!    (`sped.rs`) it begins before.
//! 3. The peer shows its certificate, which has one of the fingerprints.
//! 4. Keys: media is protected, channels begin.

use std::time::Instant;

use dimpl::{KeyingMaterial, Output, ProtocolVersion, SrtpProfile};

use super::fingerprints::is_of;
use super::handshake::{EARLY_MAX, Secured};
use super::riders;
use super::session::OwnSession;
use crate::config::{DtlsVersion, SrtpCipher};
use crate::datagram::Ecn;
use crate::dtls::{Association, Flights, Settings, for_library};
use crate::dtls_fault::DtlsFault;
use crate::entropy::{Purpose, stream};
use crate::event::{CloseReason, TransportFault};
use crate::session::output::SessionEvent;
use crate::srtp::{Inbound, Keys, Options, Outbound, ProtectionProfile};

/// The largest datagram of a handshake: what every path carries (RFC 8200 section 5), less IPv6 and
/// UDP.
const MTU: usize = 1_200;

/// Packets that a replay window spans: a second at 4,000 of them, as long as one that is sent again
/// as it was may take.
const REPLAY_WINDOW: usize = 4_096;

/// What was learnt in one round of polling the association.
enum Said {
    Packet(Vec<u8>),
    Certificate(Vec<u8>),
    Keys(KeyingMaterial, SrtpProfile),
    Connected,
    Data(Vec<u8>),
    Farewell,
    Wake(Instant),
}

impl OwnSession {
    /// There is a path, or none is needed: the handshake begins, unless it has.
    pub(super) fn begin_handshake(&mut self) {
        let Some(client) = self.handshake.client.filter(|_| self.handshake.association.is_none())
        else {
            return;
        };
        let settings = Settings {
            version: self.config.dtls,
            certificate: for_library(&self.handshake.certificate),
            mtu: Some(if self.handshake.sped.is_on() { riders::MTU } else { MTU }),
            entropy: stream(self.config.seed, Purpose::Dtls),
            key_log: self.config.key_log,
            // Without checks of our own, nothing else shows that the peer is where it says.
            flights: Flights::Measured {
                round_trip: self.round_trip(),
                cookie: self.config.ice_lite,
            },
            signatures: std::mem::take(&mut self.handshake.signatures),
        };
        let Ok(mut association) = Association::new(settings, self.now) else {
            self.end(CloseReason::Dtls(DtlsFault::Internal));
            return;
        };
        association.set_client(client);
        self.handshake.association = Some(association);
        self.tell_handshake_time();
        for datagram in std::mem::take(&mut self.handshake.early) {
            self.on_dtls(&datagram);
        }
    }

    /// There is a path again, or the first one for a handshake that began without: its clock goes
    /// on.
    pub(super) fn resume_handshake(&mut self) {
        if let Some(association) = &mut self.handshake.association
            && self.handshake.version.is_none()
            && let Err(error) = association.hold(self.now)
        {
            tracing::debug!(%error, "the handshake's clock");
        }
    }

    /// The time, which does not pass for a handshake that has no path.
    pub(super) fn tell_handshake_time(&mut self) {
        let has_path = self.checks.path().is_some();
        let Some(association) = &mut self.handshake.association else { return };
        let told = match has_path || self.handshake.version.is_some() {
            true => association.handle_timeout(self.now),
            false => association.hold(self.now),
        };
        if let Err(error) = told {
            tracing::debug!(%error, "the handshake's clock");
        }
    }

    /// A datagram of DTLS from where ICE found the peer.
    pub(super) fn on_dtls(&mut self, datagram: &[u8]) {
        if !self.handshake.is_done() {
            self.handshake.unproven.received += datagram.len() as u64;
            // Its answer is timed from here on.
            self.tell_handshake_time();
        }
        match &mut self.handshake.association {
            Some(association) => {
                if let Err(error) = association.handle_packet(datagram) {
                    tracing::debug!(%error, "a record refused");
                }
            }
            None if self.handshake.early.len() < EARLY_MAX => {
                self.handshake.early.push(datagram.to_vec());
            }
            None => {}
        }
    }

    /// What the association has to say.
    pub(super) fn follow_handshake(&mut self) {
        let mut woken = false;
        loop {
            let Some(association) = &mut self.handshake.association else { return };
            let said = match association.poll_output(&mut self.handshake.buffer) {
                Output::Packet(packet) => Said::Packet(packet.to_vec()),
                Output::PeerCert(certificate) => Said::Certificate(certificate.to_vec()),
                Output::KeyingMaterial(keys, profile) => Said::Keys(keys, profile),
                Output::Connected => Said::Connected,
                Output::ApplicationData(data) => Said::Data(data.to_vec()),
                Output::CloseNotify => Said::Farewell,
                Output::Timeout(at) => Said::Wake(at),
                Output::BufferTooSmall { needed } => {
                    self.handshake.buffer.resize(needed, 0);
                    continue;
                }
                _ => return,
            };
            if let Said::Wake(at) = said {
                // A clock that ran out stays where it is; consent ends what is dead.
                let stands = !self.handshake.is_done() && self.checks.path().is_none();
                self.handshake.wake = Some(at).filter(|at| *at > self.now && !stands);
                let is_over = self.handshake.wake.is_some() || stands;
                if is_over || std::mem::replace(&mut woken, true) {
                    break;
                }
                self.tell_handshake_time();
                continue;
            }
            self.on_said(said);
        }
        let fault = self.handshake.association.as_ref().and_then(Association::fault);
        if let Some(fault) = fault {
            self.end(CloseReason::Dtls(fault));
        }
    }

    fn on_said(&mut self, said: Said) {
        match said {
            Said::Packet(packet) => self.send_flight(packet),
            Said::Certificate(certificate) => {
                if is_of(&self.handshake.fingerprints, &certificate) {
                    self.handshake.peer_certificate = Some(certificate);
                } else {
                    self.end(CloseReason::Dtls(DtlsFault::FingerprintMismatch));
                }
            }
            Said::Keys(keys, profile) => self.take_keys(&keys, profile),
            Said::Connected => {
                let association = self.handshake.association.as_ref();
                let version = association.and_then(Association::protocol_version);
                self.handshake.on_connected(match version {
                    Some(ProtocolVersion::DTLS1_3) => DtlsVersion::V1_3,
                    _ => DtlsVersion::V1_2,
                });
                if self.handshake.client == Some(false) {
                    self.handshake.sped.all_heard();
                }
                if self.life.is_running() {
                    self.outputs.tell(SessionEvent::DtlsConnected);
                    self.begin_channels();
                }
            }
            Said::Data(data) => {
                self.handshake.opened += 1;
                self.end_sped();
                self.on_channel_packet(&data);
            }
            Said::Farewell => self.end(CloseReason::Remote),
            Said::Wake(_) => {}
        }
    }

    fn take_keys(&mut self, material: &KeyingMaterial, profile: SrtpProfile) {
        let profile = match profile {
            SrtpProfile::AES128_CM_SHA1_80 => ProtectionProfile::Aes128CmSha1_80,
            SrtpProfile::AEAD_AES_128_GCM => ProtectionProfile::AeadAes128Gcm,
            SrtpProfile::AEAD_AES_256_GCM => ProtectionProfile::AeadAes256Gcm,
            _ => return,
        };
        let keys = Keys::from_keying_material(profile, material.as_ref()).ok();
        let client = self.handshake.client == Some(true);
        let arriving = Options { replay_window: REPLAY_WINDOW, ..Options::default() };
        let secured = keys.and_then(|keys| {
            let (ours, theirs) =
                if client { (keys.client, keys.server) } else { (keys.server, keys.client) };
            Some(Secured {
                inbound: Inbound::new(&theirs, arriving).ok()?,
                outbound: Outbound::new(&ours, Options::default()).ok()?,
            })
        });
        match secured {
            Some(secured) => {
                self.secured = Some(secured);
                self.begin_pacing();
            }
            None => self.end(CloseReason::Transport(TransportFault::Media)),
        }
    }

    pub(super) fn cipher(&self) -> Option<SrtpCipher> {
        Some(match self.secured.as_ref()?.outbound.profile() {
            ProtectionProfile::AeadAes256Gcm => SrtpCipher::AeadAes256Gcm,
            ProtectionProfile::AeadAes128Gcm => SrtpCipher::AeadAes128Gcm,
            _ => SrtpCipher::Aes128CmSha1_80,
        })
    }

    /// Sends a datagram on the path in use; it is lost where there is none.
    pub(super) fn transmit(&mut self, contents: Vec<u8>) {
        self.transmit_marked(contents, None);
    }

    pub(super) fn transmit_marked(&mut self, contents: Vec<u8>, ecn: Option<Ecn>) {
        if let Some(mut transmit) = self.checks.agent.send(contents, self.now) {
            transmit.ecn = ecn;
            self.outputs.send(transmit);
        }
    }
}
