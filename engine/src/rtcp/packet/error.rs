//! Why a packet was dropped.

use std::fmt;

/// What is wrong with bytes that should be RTCP.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RtcpFault {
    /// Fewer bytes than a header has.
    TooShort,
    /// The version is not 2 (RFC 3550 section 6.4.1).
    Version(u8),
    /// The length field of a packet goes beyond the bytes that came.
    Length {
        /// Its packet type.
        packet_type: u8,
    },
    /// The count of padding bytes is zero, or more than there are.
    Padding {
        /// Its packet type.
        packet_type: u8,
    },
    /// What stands after the header does not fit in the packet.
    Body {
        /// Its packet type.
        packet_type: u8,
        /// Count, subtype or format of its header.
        count: u8,
    },
}

impl fmt::Display for RtcpFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            RtcpFault::TooShort => f.write_str("fewer bytes than an RTCP header has"),
            RtcpFault::Version(version) => write!(f, "RTCP version {version} instead of 2"),
            RtcpFault::Length { packet_type } => {
                write!(f, "the length of a packet of type {packet_type} goes beyond the datagram")
            }
            RtcpFault::Padding { packet_type } => {
                write!(f, "the padding of a packet of type {packet_type} is impossible")
            }
            RtcpFault::Body { packet_type, count } => {
                write!(f, "the contents of a packet of type {packet_type}/{count} do not fit in it")
            }
        }
    }
}

impl std::error::Error for RtcpFault {}

/// What was dropped of a datagram.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RtcpFaults {
    /// Packets that were left out. Bytes that cannot be told apart any more count as one.
    pub count: u32,
    /// The first reason.
    pub first: Option<RtcpFault>,
}

impl RtcpFaults {
    pub(super) fn add(&mut self, fault: RtcpFault) {
        self.count += 1;
        self.first.get_or_insert(fault);
    }
}
