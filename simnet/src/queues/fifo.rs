//! First in, first out, with the time of arrival.

use std::collections::VecDeque;
use std::time::Duration;

use crate::nodes::DropReason;
use crate::packet::Packet;
use crate::queues::{Limit, QueueCx};
use crate::time::Time;

/// The store of every queue here.
#[derive(Debug, Default)]
pub(crate) struct Fifo {
    packets: VecDeque<(Time, Box<Packet>)>,
    bytes: u64,
}

impl Fifo {
    pub(crate) fn push(&mut self, now: Time, packet: Box<Packet>) {
        self.bytes += packet.wire_bytes();
        self.packets.push_back((now, packet));
    }

    /// Takes the packet in if there is room within the limit, and drops it if not.
    pub(crate) fn push_within(
        &mut self,
        limit: Limit,
        packet: Box<Packet>,
        cx: &mut QueueCx<'_, '_>,
    ) {
        if limit.admits(self.packets(), self.bytes, packet.wire_bytes(), cx.rate()) {
            self.push(cx.now(), packet);
        } else {
            cx.drop(packet, DropReason::QueueFull);
        }
    }

    pub(crate) fn pop(&mut self) -> Option<(Time, Box<Packet>)> {
        let (since, packet) = self.packets.pop_front()?;
        self.bytes -= packet.wire_bytes();
        Some((since, packet))
    }

    pub(crate) fn bytes(&self) -> u64 {
        self.bytes
    }

    pub(crate) fn packets(&self) -> usize {
        self.packets.len()
    }

    /// The size of the first.
    pub(crate) fn head_bytes(&self) -> Option<u64> {
        self.packets.front().map(|(_, packet)| packet.wire_bytes())
    }

    /// How long the first has waited; zero when none waits.
    pub(crate) fn head_wait(&self, now: Time) -> Duration {
        self.packets.front().map_or(Duration::ZERO, |(since, _)| now.since(*since))
    }
}
