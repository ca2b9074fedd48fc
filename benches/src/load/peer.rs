//! What a stack must do to be measured.

use std::sync::Arc;
use std::time::Instant;

/// What is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// VP8 frames, which the stack cuts into packets.
    Frames,
    /// RTP packets, as a forwarder sends them.
    Packets,
    /// Messages on an ordered, reliable data channel.
    Messages,
}

/// A workload: what is sent, and of which size.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Load {
    /// What is sent.
    pub kind: Kind,
    /// Bytes of each frame, payload or message, before anything is added to it.
    pub bytes: usize,
    /// Estimate the bandwidth, and so pace what is sent.
    pub estimate: bool,
}

impl Load {
    /// A workload without bandwidth estimation.
    pub const fn new(kind: Kind, bytes: usize) -> Self {
        Load { kind, bytes, estimate: false }
    }

    /// With bandwidth estimation.
    #[must_use]
    pub const fn estimated(self) -> Self {
        Load { estimate: true, ..self }
    }

    /// The workloads that are compared, each with its name. The sizes make datagrams of 1,150 to
    /// 1,200 bytes, except in the frame of ten packets.
    pub const COMPARED: [(&str, Load); 5] = [
        ("frame in one packet", Load::new(Kind::Frames, 1_060)),
        ("frame in one packet, paced", Load::new(Kind::Frames, 1_060).estimated()),
        ("frame in ten packets", Load::new(Kind::Frames, 10_600)),
        ("packet", Load::new(Kind::Packets, 1_100)),
        ("data channel message", Load::new(Kind::Messages, 1_000)),
    ];
}

/// Which DTLS version a connection speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Version {
    /// DTLS 1.2.
    V1_2,
    /// DTLS 1.3.
    V1_3,
}

/// One end of a connection. After each call that changes something, [`Self::drain`] is called.
pub trait Peer: Sized {
    /// A datagram as the stack gives it.
    type Packet;

    /// Makes two ends and lets them negotiate. Nothing is sent yet.
    fn negotiate(load: Load, version: Version, now: Instant) -> (Self, Self);

    /// Sends the item with this number. True when it was taken.
    fn write(&mut self, number: u64, now: Instant) -> bool;

    /// A datagram of the other end arrives.
    fn receive(&mut self, packet: &Self::Packet, now: Instant);

    /// Time has passed.
    fn timeout(&mut self, now: Instant);

    /// Takes everything out and gives the time of the next wake-up.
    fn drain(&mut self, sent: &mut Vec<Self::Packet>) -> Instant;

    /// A datagram that it sent is on its way: what it lies in can be used again.
    fn give_back(&mut self, packet: Self::Packet) {
        drop(packet);
    }

    /// Items that arrived whole.
    fn delivered(&self) -> u64;

    /// The path is up, and the channel open where there is one.
    fn ready(&self) -> bool;

    /// Size of a datagram in bytes.
    fn size(packet: &Self::Packet) -> usize;
}

/// A VP8 frame by its first bytes (RFC 6386 section 9.1); the rest is filler.
pub fn frame(bytes: usize, keyframe: bool) -> Arc<[u8]> {
    let start: &[u8] = if keyframe {
        &[0x10, 0, 0, 0x9d, 0x01, 0x2a, 0x80, 0x02, 0x68, 0x01]
    } else {
        &[0x11, 0, 0]
    };
    let mut data: Vec<u8> = (0..bytes.max(start.len())).map(|index| index as u8).collect();
    data[..start.len()].copy_from_slice(start);
    Arc::from(data)
}
