//! What comes out of a session.

use std::time::Instant;

use crate::bitrate::Bitrate;
use crate::datagram::Transmit;
use crate::event::{CloseReason, KeyframeRequestKind};
use crate::frame::{ReceivedFrame, ReceivedPacket, ReceivedRtcp};
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
    /// An answer on the path in use is overdue.
    PathOverdue,
    DtlsConnected,
    Frame(ReceivedFrame),
    Packet(ReceivedPacket),
    Rtcp(ReceivedRtcp),
    KeyframeRequested {
        mid: Mid,
        rid: Option<Rid>,
        kind: KeyframeRequestKind,
    },
    Paused {
        mid: Mid,
        rid: Option<Rid>,
        paused: bool,
    },
    Bandwidth(Bitrate),
    ChannelOpened {
        channel: SessionChannel,
        label: String,
        protocol: String,
        ordered: bool,
    },
    ChannelMessage {
        channel: SessionChannel,
        binary: bool,
        data: Vec<u8>,
    },
    ChannelLow,
    ChannelRoom(SessionChannel),
    ChannelReadable(SessionChannel),
    ChannelClosed(SessionChannel),
    Closed(CloseReason),
}
