//! Datagrams in, by the protocol that they speak.

use std::time::Instant;

use super::session::OwnSession;
use crate::datagram::Datagram;
use crate::demux::PacketKind;
use crate::ice::{DropReason, Handled};
use crate::session::seam::Discarded;
use crate::srtp::{Discard, Inbound};

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
                self.on_dtls(contents);
                Ok(())
            }
            PacketKind::Rtp => {
                self.opened(datagram, Inbound::unprotect_rtp).and_then(|packet| self.on_rtp(packet))
            }
            PacketKind::Rtcp => self
                .opened(datagram, Inbound::unprotect_rtcp)
                .and_then(|packet| self.on_rtcp(&packet)),
        };
        self.settle();
        taken
    }

    /// A protected packet in the clear. Nothing was learnt where its tag does not hold.
    fn opened(
        &mut self,
        datagram: &Datagram<'_>,
        unprotect: fn(&mut Inbound, &mut [u8]) -> Result<usize, Discard>,
    ) -> Result<Vec<u8>, Discarded> {
        let secured = self.secured.as_mut().ok_or(Discarded::Refused)?;
        let mut packet = datagram.contents.to_vec();
        let length =
            unprotect(&mut secured.inbound, &mut packet).map_err(|_| Discarded::Refused)?;
        packet.truncate(length);
        self.checks.agent.note_received(datagram.source, datagram.destination, self.now);
        Ok(packet)
    }
}
