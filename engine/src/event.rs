//! What the engine tells the application: past facts.

use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;

use serde::Serialize;

use crate::bitrate::Bitrate;
use crate::candidate::{CandidateInit, CandidateKind};
use crate::codec::{Codec, MediaKind};
use crate::datagram::Protocol;
use crate::dtls_fault::DtlsFault;
use crate::frame::{ReceivedFrame, ReceivedPacket, ReceivedRtcp};
use crate::ids::{ChannelId, Mid, Rid, TransceiverId};
use crate::state::{ConnectionState, IceConnectionState, IceGatheringState, SignalingState};

/// Something that happened.
#[derive(Debug)]
#[non_exhaustive]
pub enum Event {
    /// A change was asked for that needs an offer, and no exchange is under way.
    NegotiationNeeded,
    /// The offer/answer exchange moved.
    SignalingStateChanged(SignalingState),
    /// A local candidate to be signalled to the peer, or that there are no more.
    IceCandidate(CandidateInit),
    /// A STUN or TURN server was of no use (W3C `icecandidateerror`).
    IceCandidateError(IceCandidateFault),
    /// Gathering moved.
    IceGatheringStateChanged(IceGatheringState),
    /// Connectivity moved.
    IceConnectionStateChanged(IceConnectionState),
    /// The connection as a whole moved.
    ConnectionStateChanged(ConnectionState),
    /// Another path carries the traffic now.
    SelectedPairChanged(SelectedPair),
    /// The peer added an m-line, or sends on one again. An offer of the peer's tells it before it
    /// is answered.
    TrackAdded(Track),
    /// Nothing comes in on an m-line any more, whether it ended or was turned.
    TrackRemoved {
        /// Which one.
        mid: Mid,
    },
    /// A transceiver sends and receives no more: both sides agreed on its end, the peer stopped or
    /// rejected its m-line, or the peer's offer that had made it was taken back.
    TransceiverStopped {
        /// Which one.
        id: TransceiverId,
        /// The m-line that it had.
        mid: Option<Mid>,
    },
    /// An exchange gave an m-line this direction, as seen from here.
    TrackChanged {
        /// Which one.
        mid: Mid,
        /// The direction now.
        direction: Direction,
    },
    /// No codec of an m-line is known on both sides: it carries nothing, the rest of the connection
    /// lives.
    NoCommonCodec(CodecMismatch),
    /// A frame arrived; with [`Delivery::Frames`](crate::Delivery::Frames).
    Frame(ReceivedFrame),
    /// A packet arrived; with [`Delivery::Packets`](crate::Delivery::Packets).
    Packet(ReceivedPacket),
    /// An RTCP packet arrived, of those that [`Config::rtcp_events`](crate::Config::rtcp_events)
    /// asks for; at most [`RTCP_EVENTS_MAX`](crate::RTCP_EVENTS_MAX) of a datagram.
    Rtcp(ReceivedRtcp),
    /// The peer asks for a keyframe of what we send.
    KeyframeRequested {
        /// The m-line.
        mid: Mid,
        /// The layer, where we send layers.
        rid: Option<Rid>,
        /// How it asked.
        kind: KeyframeRequestKind,
    },
    /// Nothing arrived on a track for a while, or something does again.
    TrackPaused {
        /// The m-line.
        mid: Mid,
        /// The layer.
        rid: Option<Rid>,
        /// True when it fell silent.
        paused: bool,
    },
    /// What the network towards the peer is thought to carry.
    BandwidthEstimated(Bitrate),
    /// A data channel is open both ways.
    ChannelOpened(OpenedChannel),
    /// A message arrived.
    ChannelMessage(ChannelMessage),
    /// Something can be read of a channel that is read in parts
    /// ([`ChannelReading::Parts`](crate::ChannelReading::Parts)). It comes again when more came
    /// after [`Channel::read`](crate::Channel::read) gave nothing.
    ChannelReadable(ChannelId),
    /// The bytes that wait in a channel fell to the threshold or below; or there is room again,
    /// where [`Channel::write_part`](crate::Channel::write_part) did not take all, or a message was
    /// refused with [`ChannelWriteError::Full`](crate::ChannelWriteError::Full).
    ChannelBufferedAmountLow(ChannelId),
    /// A data channel was closed, from either side.
    ChannelClosed(ChannelId),
    /// The connection is over; nothing comes after this.
    Closed(CloseReason),
}

/// A server that was of no use, asked from one of our addresses (W3C
/// `RTCPeerConnectionIceErrorEvent`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IceCandidateFault {
    /// The address that it was asked from.
    pub local: SocketAddr,
    /// The server's URL.
    pub url: String,
    /// The code of the server's answer (RFC 8489 section 14.8, RFC 8656 section 19), or 701 where
    /// there was none.
    pub code: u16,
    /// What is wrong, in words.
    pub text: String,
}

/// Which way media flows, as seen from here (RFC 8866 section 6.7).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    /// Both ways.
    SendRecv,
    /// Only from here.
    SendOnly,
    /// Only to here.
    RecvOnly,
    /// Neither.
    Inactive,
}

impl Direction {
    /// We may send.
    pub const fn sends(self) -> bool {
        matches!(self, Direction::SendRecv | Direction::SendOnly)
    }

    /// We may receive.
    pub const fn receives(self) -> bool {
        matches!(self, Direction::SendRecv | Direction::RecvOnly)
    }

    /// The attribute of an m-line.
    pub const fn name(self) -> &'static str {
        match self {
            Direction::SendRecv => "sendrecv",
            Direction::SendOnly => "sendonly",
            Direction::RecvOnly => "recvonly",
            Direction::Inactive => "inactive",
        }
    }
}

/// An m-line with what the peer says of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Track {
    /// The m-line.
    pub mid: Mid,
    /// Audio or video.
    pub kind: MediaKind,
    /// Which way it flows, as seen from here.
    pub direction: Direction,
    /// The media stream it belongs to (RFC 8830), where the peer says so.
    pub stream_id: Option<String>,
    /// The name of the track.
    pub track_id: Option<String>,
    /// The simulcast layers that the peer offers to send, best first as it lists them.
    pub layers: Vec<Rid>,
}

/// An m-line for which no codec is shared. We answered that it is rejected, or the peer's answer
/// takes nothing that we offered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CodecMismatch {
    /// The m-line.
    pub mid: Mid,
    /// Audio or video.
    pub kind: MediaKind,
    /// What the peer lists, as in its `a=rtpmap` lines, such as `L16/44100/2`: 32 names of 64
    /// characters at most. A codec of a name that we know may be there in a form that we do not
    /// know.
    pub offered: Vec<String>,
    /// What we have of that kind: [`Config::codecs`](crate::Config::codecs).
    pub known: Vec<Codec>,
}

/// How a keyframe is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum KeyframeRequestKind {
    /// Picture loss indication, RFC 4585 section 6.3.1.
    Pli,
    /// Full intra request, RFC 5104 section 4.3.1.
    Fir,
}

/// The candidate pair that carries the traffic.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct SelectedPair {
    /// What carries the datagrams.
    pub protocol: Protocol,
    /// Our side of the path.
    pub local: SocketAddr,
    /// What our side is.
    pub local_kind: CandidateKind,
    /// The peer's side of the path.
    pub remote: SocketAddr,
}

/// A data channel that opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenedChannel {
    /// Its name in this connection.
    pub id: ChannelId,
    /// Its label.
    pub label: String,
    /// Its sub-protocol, often empty.
    pub protocol: String,
    /// Messages are delivered in order.
    pub ordered: bool,
    /// The peer created it.
    pub remote: bool,
}

/// A message of a data channel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChannelMessage {
    /// The channel.
    pub id: ChannelId,
    /// Bytes rather than UTF-8 text.
    pub binary: bool,
    /// The message.
    pub data: Arc<[u8]>,
}

/// Why a connection ended.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CloseReason {
    /// [`Rtc::close`](crate::Rtc::close) was called.
    Local,
    /// The peer closed it.
    Remote,
    /// The path died and did not come back:
    /// [`Config::closed_after_failed`](crate::Config::closed_after_failed) passed, or what was
    /// still being set up was given up.
    Disconnected,
    /// The DTLS handshake failed.
    Dtls(DtlsFault),
    /// The peer opened more data channels, or used more streams, than
    /// [`Config::channels_max`](crate::Config::channels_max) allows.
    TooManyChannels,
    /// The transport broke in another way.
    Transport(TransportFault),
}

/// Which part of a transport broke.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TransportFault {
    /// Connectivity checks.
    Ice,
    /// The association of data channels.
    Association,
    /// Media: packetisation or protection of packets.
    Media,
    /// Something else.
    Other,
}

impl fmt::Display for TransportFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            TransportFault::Ice => "connectivity checks broke",
            TransportFault::Association => "the association of data channels broke",
            TransportFault::Media => "media transport broke",
            TransportFault::Other => "the transport broke",
        })
    }
}
