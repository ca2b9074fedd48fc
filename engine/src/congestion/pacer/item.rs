//! What goes into a pacer, and what comes out.

use std::fmt;
use std::time::{Duration, Instant};

use crate::feedback::PacketClass;

/// A packet that waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Item<K> {
    /// Its size in bytes, as it counts in the budget.
    pub size: u32,
    /// What it carries: the order of [`PacketClass`] is the order of leaving.
    pub class: PacketClass,
    /// How the caller finds its payload.
    pub key: K,
}

/// What is to be sent now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Release<K> {
    /// A packet that waited.
    Packet(Released<K>),
    /// So many bytes of padding: old packets sent again by RTX (RFC 4588), or empty packets. The
    /// caller answers by [`Pacer::on_padding`](super::Pacer::on_padding) before it polls again.
    Padding {
        /// How many bytes are wanted. More may be sent; they count.
        bytes: u32,
        /// The cluster of probes that they are part of.
        probe: Option<u32>,
    },
}

/// A packet that leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Released<K> {
    /// The packet.
    pub item: Item<K>,
    /// How long it waited.
    pub waited: Duration,
    /// The cluster of probes that it is part of.
    pub probe: Option<u32>,
}

/// What waits in a pacer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Waiting {
    /// Packets.
    pub packets: usize,
    /// Bytes of them.
    pub bytes: u64,
    /// When the oldest of them came.
    pub since: Option<Instant>,
}

/// Why a packet was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Full {
    /// As many bytes wait as may.
    Bytes,
    /// As many packets wait as may.
    Packets,
    /// The oldest packet of the class has waited as long as it may.
    Time,
}

impl fmt::Display for Full {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Full::Bytes => "as many bytes wait to be sent as may",
            Full::Packets => "as many packets wait to be sent as may",
            Full::Time => "packets of this class have waited as long as they may",
        })
    }
}

impl std::error::Error for Full {}
