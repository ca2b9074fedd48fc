//! Datagrams in, by the protocol that they speak.

use std::sync::Arc;
use std::time::Instant;

use super::session::OwnSession;
use crate::datagram::Datagram;
use crate::demux::PacketKind;
use crate::ice::{DropReason, Handled};
use crate::session::seam::Discarded;
use crate::shared_bytes::SharedBytes;

impl OwnSession {
    /// Takes a datagram. What is not STUN is taken only from where ICE found the peer.
    pub(super) fn take_datagram(
        &mut self,
        datagram: &Datagram<'_>,
        now: Instant,
    ) -> Result<(), Discarded> {
        if !self.life.is_running() {
            return Err(Discarded::Closed);
        }
        if self.outputs.is_full() {
            return Err(Discarded::Refused);
        }
        self.learn_time(now);
        self.feedback.mark = datagram.ecn;
        let Datagram { source, destination, contents, .. } = *datagram;
        let kind = PacketKind::of(contents).ok_or(Discarded::Malformed)?;
        let agent = &mut self.checks.agent;
        let taken = match kind {
            PacketKind::Stun => {
                let handled =
                    agent.handle_stun(contents, source, destination, datagram.protocol, self.now);
                match handled {
                    Handled::Dropped(DropReason::Malformed) => Err(Discarded::Malformed),
                    Handled::Dropped(_) => Err(Discarded::Refused),
                    _ => Ok(()),
                }
            }
            PacketKind::ChannelData => Err(Discarded::Malformed),
            _ if !agent.is_authentic_path(source, destination) => Err(Discarded::Refused),
            PacketKind::Dtls => {
                agent.count_received(source, destination, contents.len(), self.now);
                self.on_dtls(contents);
                Ok(())
            }
            PacketKind::Rtp => self.open_rtp(datagram).and_then(|packet| self.on_rtp(packet)),
            PacketKind::Rtcp => self.open_rtcp(datagram).and_then(|packet| self.on_rtcp(&packet)),
        };
        let opened = self.handshake.opened;
        match kind {
            PacketKind::Rtp => self.settle_media(),
            _ => self.settle(),
        }
        if self.handshake.opened != opened {
            self.checks.agent.note_received(source, destination, self.now);
        }
        taken
    }

    /// A protected packet in the clear. Nothing was learnt where its tag does not hold.
    fn open_rtp(&mut self, datagram: &Datagram<'_>) -> Result<SharedBytes, Discarded> {
        let secured = self.secured.as_mut().ok_or(Discarded::Refused)?;
        let mut buffer = self.buffers.unused();
        let packet = Arc::get_mut(&mut buffer).expect("nobody else holds it");
        let opened = secured.inbound.unprotect_rtp_into(datagram.contents, packet);
        let length = packet.len();
        self.buffers.lend(&buffer);
        opened.map_err(|_| Discarded::Refused)?;
        self.note_authentic(datagram);
        Ok(SharedBytes::part(buffer, 0..length))
    }

    fn open_rtcp(&mut self, datagram: &Datagram<'_>) -> Result<SharedBytes, Discarded> {
        let secured = self.secured.as_mut().ok_or(Discarded::Refused)?;
        let mut buffer = self.buffers.filled(datagram.contents);
        let packet = Arc::get_mut(&mut buffer).expect("nobody else holds it");
        let opened = secured.inbound.unprotect_rtcp(packet);
        self.buffers.lend(&buffer);
        let length = opened.map_err(|_| Discarded::Refused)?;
        self.note_authentic(datagram);
        Ok(SharedBytes::part(buffer, 0..length))
    }

    fn note_authentic(&mut self, datagram: &Datagram<'_>) {
        let Datagram { source, destination, contents, .. } = *datagram;
        self.checks.agent.count_authentic(source, destination, contents.len(), self.now);
    }
}
