//! A queue discipline: it drops more, the fuller it is.

use lapwing_simnet::queues::{Queue, QueueCx, TailDrop};
use lapwing_simnet::{Limit, Packet, Settings, Stream};

/// First in, first out; an arrival is marked or dropped with a chance that rises with the bytes
/// that wait.
pub struct Ramp {
    fifo: TailDrop,
    /// Bytes at which every arrival is signalled.
    full: f64,
    stream: Stream,
}

impl Ramp {
    /// Settings: `full_bytes` (60,000). `limit` is the scenario's `size_ms` or another.
    pub fn new(settings: &Settings, limit: Limit, stream: Stream) -> Self {
        let full = settings.get("full_bytes", 60_000.0).max(1.0);
        Ramp { fifo: TailDrop::new(limit), full, stream }
    }
}

impl Queue for Ramp {
    fn push(&mut self, packet: Box<Packet>, cx: &mut QueueCx<'_, '_>) {
        let chance = (self.fifo.bytes() as f64 / self.full).min(1.0).powi(2);
        let packet = match self.stream.chance(chance) {
            true => cx.signal(packet, true),
            false => Some(packet),
        };
        if let Some(packet) = packet {
            self.fifo.push(packet, cx);
        }
    }

    fn pop(&mut self, cx: &mut QueueCx<'_, '_>) -> Option<Box<Packet>> {
        self.fifo.pop(cx)
    }

    fn bytes(&self) -> u64 {
        self.fifo.bytes()
    }

    fn packets(&self) -> usize {
        self.fifo.packets()
    }
}
