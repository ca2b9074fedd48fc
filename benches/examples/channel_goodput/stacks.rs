//! Whose associations are compared, as two of its kind at the ends of a path. Those of others come
//! from the tests in which ours speaks with them.

#![expect(dead_code, reason = "the tests use more of what they share")]

use std::time::Instant;

use lapwing_engine::ChannelConfig;
use lapwing_engine::sctp::Config;
use lapwing_engine::sctp::congestion::CongestionControl;

use announced::Announced;
use ours::Ours;
use over_dcsctp::{Extensions, OverDcsctp};
use over_sctp_proto::OverSctpProto;
use peer::{Message, Peer, Told};

#[path = "../../../engine/tests/it/associations/announced.rs"]
mod announced;
#[path = "../../../engine/tests/it/associations/dcep.rs"]
mod dcep;
#[path = "../../../engine/tests/it/associations/ours.rs"]
mod ours;
#[path = "../../../engine/tests/it/associations/over_dcsctp.rs"]
mod over_dcsctp;
#[path = "../../../engine/tests/it/associations/over_sctp_proto.rs"]
mod over_sctp_proto;
#[path = "../../../engine/tests/it/associations/peer.rs"]
mod peer;

const MESSAGE_BYTES: usize = 16 << 10;

/// Whose association, and how it is set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stack {
    Own(CongestionControl),
    /// That of Firefox and, in C++, of Chromium.
    Dcsctp,
    /// That of str0m.
    SctpProto,
}

impl Stack {
    pub(super) const ALL: [(&str, Stack); 5] = [
        ("BBR", Stack::Own(CongestionControl::Bbr)),
        ("CUBIC", Stack::Own(CongestionControl::Cubic)),
        ("Reno", Stack::Own(CongestionControl::Reno)),
        ("dcsctp", Stack::Dcsctp),
        ("sctp-proto", Stack::SctpProto),
    ];

    fn peer(self, number: u64, now: Instant) -> Box<dyn Peer> {
        let starts = number == 0;
        match self {
            Stack::Own(congestion) => {
                let mut config = Config::seeded([number as u8 + 1; 32], starts);
                config.congestion = congestion;
                config.buffer_bytes_max = 4 << 20;
                Box::new(Ours::new(config, now))
            }
            Stack::Dcsctp => {
                let dcsctp = OverDcsctp::new(Extensions::None, starts, number + 1, now);
                Box::new(Announced::new(dcsctp, starts))
            }
            Stack::SctpProto => Box::new(Announced::new(OverSctpProto::new(starts, now), starts)),
        }
    }
}

/// An end of an association with one channel, which always has something to send.
pub(super) struct End {
    peer: Box<dyn Peer>,
    channel: Option<u16>,
    is_up: bool,
    message: Message,
}

impl End {
    pub(super) fn new(stack: Stack, number: u64, now: Instant) -> Self {
        let message = Message { binary: true, data: vec![7; MESSAGE_BYTES] };
        End { peer: stack.peer(number, now), channel: None, is_up: false, message }
    }

    pub(super) fn open(&mut self) {
        self.channel = Some(self.peer.open(&ChannelConfig::new("bulk")));
    }

    /// Writes until there is no more room.
    pub(super) fn fill(&mut self, now: Instant) {
        let Some(channel) = self.channel.filter(|_| self.is_up) else { return };
        while self.peer.write(channel, &self.message) {}
        self.peer.handle_timeout(now);
    }

    pub(super) fn handle_packet(&mut self, packet: &[u8], now: Instant) {
        self.peer.handle_packet(packet, now);
    }

    pub(super) fn handle_timeout(&mut self, now: Instant) {
        if self.next_timeout().is_some_and(|at| at <= now) {
            self.peer.handle_timeout(now);
        }
    }

    pub(super) fn next_timeout(&self) -> Option<Instant> {
        self.peer.next_timeout()
    }

    pub(super) fn poll_packet(&mut self, now: Instant) -> Option<Vec<u8>> {
        self.peer.poll_packet(now)
    }

    /// Bytes of messages that have come.
    pub(super) fn take(&mut self) -> usize {
        let mut bytes = 0;
        while let Some(told) = self.peer.poll_told() {
            match told {
                Told::Message { message, .. } => bytes += message.data.len(),
                Told::Opened { .. } => self.is_up = true,
                _ => {}
            }
        }
        bytes
    }
}
