//! Tail drop: who finds the queue full is dropped.

use crate::packet::Packet;
use crate::queues::{Fifo, Limit, Queue, QueueCx};

/// First in, first out, up to a limit.
#[derive(Debug)]
pub struct TailDrop {
    limit: Limit,
    fifo: Fifo,
}

impl TailDrop {
    /// An empty queue.
    pub fn new(limit: Limit) -> Self {
        TailDrop { limit, fifo: Fifo::default() }
    }
}

impl Queue for TailDrop {
    fn push(&mut self, packet: Box<Packet>, cx: &mut QueueCx<'_, '_>) {
        self.fifo.push_within(self.limit, packet, cx);
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
