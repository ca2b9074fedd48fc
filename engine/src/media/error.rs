//! Why media is not sent, or not asked for.

use std::fmt;

use crate::codec::Codec;
use crate::ids::{PayloadType, Rid};

/// Why a frame or a packet was not taken.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum WriteError {
    /// The m-line is not negotiated yet, or gone.
    UnknownMid,
    /// The peer did not agree to this codec.
    CodecNotNegotiated(Codec),
    /// The peer did not agree to this payload type.
    UnknownPayloadType(PayloadType),
    /// No such layer was negotiated.
    UnknownRid(Rid),
    /// The direction does not allow sending.
    NotSending,
    /// More waits than the estimate of the bandwidth lets out: drop the frame, begin again with a
    /// keyframe, and send at a lower rate.
    Full,
    /// Misuse: too much was written without draining the outputs.
    NotDrained,
    /// Misuse: frames are for [`Delivery::Frames`](crate::Delivery::Frames), packets for
    /// [`Delivery::Packets`](crate::Delivery::Packets).
    WrongDelivery,
    /// The frame cannot be packetised.
    Refused,
}

impl fmt::Display for WriteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            WriteError::UnknownMid => f.write_str("the m-line is not negotiated"),
            WriteError::CodecNotNegotiated(codec) => write!(f, "the peer does not take {codec}"),
            WriteError::UnknownPayloadType(pt) => write!(f, "payload type {} not agreed", pt.0),
            WriteError::UnknownRid(rid) => write!(f, "layer {rid} not negotiated"),
            WriteError::NotSending => f.write_str("the m-line does not send"),
            WriteError::Full => f.write_str("too much waits for its turn to be sent"),
            WriteError::NotDrained => f.write_str("outputs must be drained between writes"),
            WriteError::WrongDelivery => f.write_str("frames and packets do not mix"),
            WriteError::Refused => f.write_str("the frame cannot be packetised"),
        }
    }
}

impl std::error::Error for WriteError {}

/// Why an RTCP packet of the application's was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RtcpWriteError {
    /// The session sends none but its own: [`SessionKind::Str0m`](crate::SessionKind::Str0m).
    Unsupported,
    /// It is not one whole packet of version 2: its header, its length or its padding is wrong (RFC
    /// 3550 section 6.4.1).
    Malformed,
    /// Packets of this type and format are the session's alone: reports, descriptions, goodbyes and
    /// feedback on arrivals. A second voice would contradict it.
    Reserved {
        /// The packet type.
        packet_type: u8,
        /// The format of feedback, or another count.
        count: u8,
    },
    /// It does not fit in a datagram with what has to come before it.
    TooLarge {
        /// The largest, in bytes.
        max: usize,
    },
    /// There are no keys yet, or no more.
    NotConnected,
    /// Misuse: outputs must be drained first.
    NotDrained,
}

impl fmt::Display for RtcpWriteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            RtcpWriteError::Unsupported => f.write_str("the session sends no RTCP of others"),
            RtcpWriteError::Malformed => f.write_str("the bytes are not one whole RTCP packet"),
            RtcpWriteError::Reserved { packet_type, count } => {
                write!(f, "RTCP of type {packet_type} and format {count} is the session's alone")
            }
            RtcpWriteError::TooLarge { max } => {
                write!(f, "the packet is larger than the {max} bytes that are sent")
            }
            RtcpWriteError::NotConnected => f.write_str("there are no keys to protect it with"),
            RtcpWriteError::NotDrained => f.write_str("outputs must be drained first"),
        }
    }
}

impl std::error::Error for RtcpWriteError {}

/// Why a keyframe cannot be asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum KeyframeError {
    /// Nothing arrived on that m-line or layer yet.
    NothingReceived,
    /// Misuse: outputs must be drained first.
    NotDrained,
}

impl fmt::Display for KeyframeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            KeyframeError::NothingReceived => "nothing is received there yet",
            KeyframeError::NotDrained => "outputs must be drained first",
        })
    }
}

impl std::error::Error for KeyframeError {}
