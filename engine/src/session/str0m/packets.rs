//! Datagrams in and out, as far as they are looked at here.

use std::net::SocketAddr;
use std::time::Instant;

use str0m::net::Receive;

use super::consent::ConsentState;
use super::convert;
use super::session::Str0mSession;
use crate::datagram::{Datagram, Transmit};
use crate::demux::PacketKind;
use crate::session::output::SessionOutput;
use crate::session::seam::Discarded;

/// The type of a check, and of the answer to one that was accepted (RFC 8489 section 5).
const BINDING_REQUEST: [u8; 2] = [0x00, 0x01];
const BINDING_SUCCESS: [u8; 2] = [0x01, 0x01];

impl Str0mSession {
    /// Takes a datagram. During the handshake, records of DTLS are taken only from where ICE found
    /// the peer: they are in the clear, and anyone could write them.
    pub(super) fn receive(
        &mut self,
        datagram: &Datagram<'_>,
        now: Instant,
    ) -> Result<(), Discarded> {
        if !self.life.is_running() {
            return Err(Discarded::Closed);
        }
        debug_assert!(!self.backlog.is_full(), "outputs are polled after each input");
        if self.backlog.is_full() {
            return Err(Discarded::Refused);
        }
        self.now = self.now.max(now);
        let now = self.now;
        let kind = PacketKind::of(datagram.contents);
        if kind == Some(PacketKind::Stun) {
            let is_check = datagram.contents.starts_with(&BINDING_REQUEST);
            if is_check && self.keeps_early(datagram) {
                return Ok(());
            }
            if is_check && !self.peer.hears(datagram.source) {
                return Err(Discarded::Refused);
            }
            self.consent.on_receive(datagram.source, datagram.contents, now);
            if self.dtls_version.is_none() {
                let ours = self.rtc.direct_api().local_ice_credentials();
                self.consent.on_check(datagram.source, datagram.contents, &ours.pass);
            }
        }
        let protocol = convert::to_protocol(datagram.protocol);
        let (source, destination) = (datagram.source, datagram.destination);
        let renamed = self.renamed(datagram.contents);
        let contents = renamed.as_deref().unwrap_or(datagram.contents);
        let receive = Receive::new(protocol, source, destination, contents)
            .map_err(|_| Discarded::Malformed)?;
        let input = str0m::Input::Receive(now, receive);
        if kind == Some(PacketKind::Dtls) && !self.may_shake_hands(&input, source) {
            return Err(Discarded::Refused);
        }
        if kind == Some(PacketKind::Rtp) && !self.by_payload_type.is_empty() {
            self.tell_source(source, contents);
        }
        let result = self.mutate(|rtc| rtc.handle_input(input));
        // A packet that cannot be processed is the sender's fault, never a reason to stop.
        result.map_err(|_| Discarded::Refused)
    }

    /// A check under the name that the library knows its sender by.
    fn renamed(&mut self, contents: &[u8]) -> Option<Vec<u8>> {
        let long = self.long_fragment.as_ref()?;
        let ours = self.rtc.direct_api().local_ice_credentials();
        long.incoming(contents, &ours.pass)
    }

    /// Whether a record from there may be the peer's: a check was answered from there, or came from
    /// there with our password. After the handshake records are authentic or nothing.
    fn may_shake_hands(&self, input: &str0m::Input<'_>, source: SocketAddr) -> bool {
        self.dtls_version.is_some() || self.consent.has_seen(source) || self.rtc.accepts(input)
    }

    /// Lets checks pass until ICE failed, and everything else while the peer consents.
    pub(super) fn on_transmit(&mut self, mut transmit: Transmit) -> Option<SessionOutput> {
        // The library goes on checking what failed, and with the path that it has when its address
        // is gone.
        if self.liveness.has_failed()
            || !self.local.iter().any(|candidate| candidate.addr() == transmit.source)
        {
            return None;
        }
        let kind = PacketKind::of(&transmit.contents);
        if kind == Some(PacketKind::Stun) {
            if transmit.contents.starts_with(&BINDING_SUCCESS) {
                self.peer.heard(transmit.destination);
            }
            if let (Some(long), Some(password)) = (&self.long_fragment, self.peer.password())
                && let Some(check) = long.outgoing(&transmit.contents, password)
            {
                transmit.contents = check;
            }
            self.consent.on_transmit(transmit.destination, &transmit.contents);
            return Some(SessionOutput::Transmit(transmit));
        }
        if let (Some(paced), Some(PacketKind::Rtp)) = (&mut self.paced, kind) {
            paced.on_transmit(&transmit.contents);
        }
        let path = (transmit.source, transmit.destination);
        if self.path != Some(path) {
            self.path = Some(path);
            self.path_protocol = transmit.protocol;
            self.consent.use_path(transmit.destination, self.now);
        }
        let may_send = self.ice_lite || self.consent.state(self.now) != ConsentState::Expired;
        may_send.then_some(SessionOutput::Transmit(transmit))
    }

    /// The path in use is no more.
    pub(super) fn lose_path(&mut self) {
        self.path = None;
        self.liveness.lose_path(self.now);
        if let Some(event) = self.ice_event(false) {
            self.backlog.tell(event);
        }
    }
}
