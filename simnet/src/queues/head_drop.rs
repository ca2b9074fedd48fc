//! Head drop: who has waited longest makes room, so the news of the loss travels faster.

use crate::nodes::DropReason;
use crate::packet::Packet;
use crate::queues::{Fifo, Limit, Queue, QueueCx};

/// First in, first out; a packet that finds the queue full pushes out the first.
#[derive(Debug)]
pub struct HeadDrop {
    limit: Limit,
    fifo: Fifo,
}

impl HeadDrop {
    /// An empty queue.
    pub fn new(limit: Limit) -> Self {
        HeadDrop { limit, fifo: Fifo::default() }
    }
}

impl Queue for HeadDrop {
    fn push(&mut self, packet: Box<Packet>, cx: &mut QueueCx<'_, '_>) {
        let size = packet.wire_bytes();
        while !self.limit.admits(self.fifo.packets(), self.fifo.bytes(), size, cx.rate()) {
            match self.fifo.pop() {
                Some((_, first)) => cx.drop(first, DropReason::QueueFull),
                None => break,
            }
        }
        self.fifo.push(cx.now(), packet);
    }

    fn pop(&mut self, _: &mut QueueCx<'_, '_>) -> Option<Box<Packet>> {
        self.fifo.pop().map(|(_, packet)| packet)
    }

    fn bytes(&self) -> u64 {
        self.fifo.bytes()
    }

    fn packets(&self) -> usize {
        self.fifo.packets()
    }
}
