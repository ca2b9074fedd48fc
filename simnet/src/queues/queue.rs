//! The interface of a queue, and its limits.

use std::any::Any;
use std::time::Duration;

use lapwing_engine::Bitrate;

use crate::nodes::{DropReason, NodeCx};
use crate::packet::{EcnField, Packet};
use crate::time::Time;

/// A queue discipline.
pub trait Queue: Any + Send {
    /// Takes in a packet, or drops it or others.
    fn push(&mut self, packet: Box<Packet>, cx: &mut QueueCx<'_, '_>);

    /// Gives the next packet to the sender, which is free. Some packets may be dropped or marked on
    /// the way.
    fn pop(&mut self, cx: &mut QueueCx<'_, '_>) -> Option<Box<Packet>>;

    /// Bytes waiting.
    fn bytes(&self) -> u64;

    /// Packets waiting.
    fn packets(&self) -> usize;
}

/// What a queue knows and can do during a call.
#[derive(Debug)]
pub struct QueueCx<'a, 'n> {
    pub(crate) node: &'a mut NodeCx<'n>,
    pub(crate) rate: Bitrate,
}

impl QueueCx<'_, '_> {
    /// The present moment.
    pub fn now(&self) -> Time {
        self.node.now()
    }

    /// The rate at which the sender empties the queue now.
    pub fn rate(&self) -> Bitrate {
        self.rate
    }

    /// Ends a packet's way.
    pub fn drop(&mut self, packet: Box<Packet>, reason: DropReason) {
        self.node.drop(packet, reason);
    }

    /// Tells congestion: marks the packet and gives it back if it can be marked, or else drops it.
    pub fn signal(&mut self, mut packet: Box<Packet>, ecn: bool) -> Option<Box<Packet>> {
        if ecn && packet.ecn().is_capable() {
            packet.set_ecn(EcnField::Ce);
            return Some(packet);
        }
        self.drop(packet, DropReason::QueueManagement);
        None
    }
}

/// How much may wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limit {
    /// So many packets.
    Packets(usize),
    /// So many bytes, IP headers included.
    Bytes(u64),
    /// So much sending time, at the rate that the basis says.
    Time(Duration, Basis),
}

/// The rate that turns a limit in time into bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Basis {
    /// The link's rate when the packet arrives: the buffer shrinks and grows with the capacity.
    Current,
    /// A fixed rate: the buffer stays as it is when the capacity changes, as in hardware.
    Reference(Bitrate),
}

impl Limit {
    /// True when a packet of `size` bytes may join those waiting. An empty queue takes any packet:
    /// at a low rate even one can be longer than the limit.
    pub fn admits(
        self,
        waiting_packets: usize,
        waiting_bytes: u64,
        size: u64,
        now: Bitrate,
    ) -> bool {
        let limit = match self {
            _ if waiting_packets == 0 => return true,
            Limit::Packets(most) => return waiting_packets < most,
            Limit::Bytes(most) => most,
            Limit::Time(span, Basis::Current) => now.bytes_in(span),
            Limit::Time(span, Basis::Reference(rate)) => rate.bytes_in(span),
        };
        waiting_bytes + size <= limit
    }
}
