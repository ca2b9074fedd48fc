//! What comes out of a session.

use std::time::{Duration, Instant};

use crate::bitrate::Bitrate;
use crate::datagram::Transmit;
use crate::event::{CloseReason, KeyframeRequestKind};
use crate::frame::{ReceivedFrame, ReceivedPacket};
use crate::ids::{Mid, Rid};
use crate::output::TimeoutReason;
use crate::state::IceConnectionState;

/// A channel as its session names it. No name is used twice in a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct SessionChannel(pub(super) u32);

#[derive(Debug)]
pub(crate) enum SessionOutput {
    Transmit(Transmit),
    Event(SessionEvent),
    Timeout(Instant, TimeoutReason),
}

#[derive(Debug)]
pub(crate) enum SessionEvent {
    Ice(IceConnectionState),
    DtlsConnected,
    Frame(ReceivedFrame),
    Packet(ReceivedPacket),
    KeyframeRequested { mid: Mid, rid: Option<Rid>, kind: KeyframeRequestKind },
    Paused { mid: Mid, rid: Option<Rid>, paused: bool },
    Bandwidth(Bitrate),
    ChannelOpened { channel: SessionChannel, label: String, protocol: String, ordered: bool },
    ChannelMessage { channel: SessionChannel, binary: bool, data: Vec<u8> },
    ChannelLow,
    ChannelClosed(SessionChannel),
    Closed(CloseReason),
}

/// Figures of the transport as a whole.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct TransportFigures {
    pub(crate) round_trip: Option<Duration>,
    pub(crate) total_round_trip: Duration,
    pub(crate) responses_received: u64,
    pub(crate) available_outgoing: Option<Bitrate>,
}

/// Figures of one stream in one direction.
#[derive(Clone, Copy, Debug)]
pub(crate) struct MediaFigures {
    pub(crate) mid: Mid,
    pub(crate) rid: Option<Rid>,
    pub(crate) bytes: u64,
    pub(crate) packets: u64,
    pub(crate) firs: u64,
    pub(crate) plis: u64,
    pub(crate) nacks: u64,
    pub(crate) round_trip: Option<Duration>,
    pub(crate) loss: Option<f32>,
    /// Interarrival jitter in RTP ticks: ours for what arrives, the peer's for what we send.
    pub(crate) jitter_ticks: Option<u32>,
    pub(crate) packets_lost: Option<u64>,
}
