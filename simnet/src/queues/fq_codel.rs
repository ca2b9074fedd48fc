//! FQ-CoDel (RFC 8290): flows take turns, new ones first, each under its own CoDel.

use std::collections::VecDeque;

use crate::nodes::DropReason;
use crate::packet::Packet;
use crate::queues::codel::Control;
use crate::queues::{CodelConfig, Fifo, Limit, Queue, QueueCx};

/// FQ-CoDel's parameters (RFC 8290 section 5.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FqCodelConfig {
    /// For each flow.
    pub codel: CodelConfig,
    /// Flow queues; flows that hash to the same one share it.
    pub flows: usize,
    /// Bytes a flow may send in a turn.
    pub quantum: u32,
}

impl Default for FqCodelConfig {
    /// 1024 queues, 1514 bytes, CoDel's defaults with ECN.
    fn default() -> Self {
        let codel = CodelConfig { ecn: true, ..CodelConfig::default() };
        FqCodelConfig { codel, flows: 1_024, quantum: 1_514 }
    }
}

#[derive(Debug, Default)]
struct Flow {
    fifo: Fifo,
    control: Control,
    deficit: i64,
    /// In the list of new or of old flows.
    listed: bool,
}

/// A queue for each flow.
#[derive(Debug)]
pub struct FqCodel {
    config: FqCodelConfig,
    limit: Limit,
    /// Disturbs the hash, so that no run depends on addresses that happen to collide.
    salt: u64,
    flows: Vec<Flow>,
    new: VecDeque<usize>,
    old: VecDeque<usize>,
    bytes: u64,
    packets: usize,
}

impl FqCodel {
    /// Empty queues; `limit` bounds all of them together. A configuration without flows is taken to
    /// have one.
    pub fn new(config: FqCodelConfig, limit: Limit, salt: u64) -> Self {
        let flows = (0..config.flows.max(1)).map(|_| Flow::default()).collect();
        let (new, old) = (VecDeque::new(), VecDeque::new());
        FqCodel { config, limit, salt, flows, new, old, bytes: 0, packets: 0 }
    }

    /// Drops from the head of the longest queue (RFC 8290 section 4.1).
    fn make_room(&mut self, cx: &mut QueueCx<'_, '_>) {
        let longest = self.flows.iter_mut().max_by_key(|flow| flow.fifo.bytes());
        if let Some((_, packet)) = longest.and_then(|flow| flow.fifo.pop()) {
            self.bytes -= packet.wire_bytes();
            self.packets -= 1;
            cx.drop(packet, DropReason::QueueFull);
        }
    }

    /// The flow whose turn it is: new ones before old ones.
    fn turn(&mut self) -> Option<(usize, bool)> {
        loop {
            let (&index, is_new) = match (self.new.front(), self.old.front()) {
                (Some(flow), _) => (flow, true),
                (None, Some(flow)) => (flow, false),
                (None, None) => return None,
            };
            let flow = &mut self.flows[index];
            if flow.deficit > 0 {
                return Some((index, is_new));
            }
            flow.deficit += i64::from(self.config.quantum.max(1));
            self.leave(is_new);
            self.old.push_back(index);
        }
    }

    fn leave(&mut self, is_new: bool) {
        if is_new {
            self.new.pop_front()
        } else {
            self.old.pop_front()
        };
    }
}

impl Queue for FqCodel {
    fn push(&mut self, packet: Box<Packet>, cx: &mut QueueCx<'_, '_>) {
        let size = packet.wire_bytes();
        let hash = packet.flow_digest() ^ self.salt;
        let index = (hash.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32) as usize % self.flows.len();
        let flow = &mut self.flows[index];
        flow.fifo.push(cx.now(), packet);
        if !std::mem::replace(&mut flow.listed, true) {
            flow.deficit = i64::from(self.config.quantum);
            self.new.push_back(index);
        }
        self.bytes += size;
        self.packets += 1;
        while !self.limit.admits(self.packets - 1, self.bytes - size, size, cx.rate()) {
            self.make_room(cx);
        }
    }

    fn pop(&mut self, cx: &mut QueueCx<'_, '_>) -> Option<Box<Packet>> {
        loop {
            let (index, is_new) = self.turn()?;
            let flow = &mut self.flows[index];
            let (bytes, packets) = (flow.fifo.bytes(), flow.fifo.packets());
            let packet = flow.control.pop(&mut flow.fifo, &self.config.codel, cx);
            self.bytes -= bytes - flow.fifo.bytes();
            self.packets -= packets - flow.fifo.packets();
            if let Some(packet) = packet {
                flow.deficit -= packet.wire_bytes() as i64;
                return Some(packet);
            }
            // An empty new flow goes to the end of the old ones, lest it starve them (RFC 8290
            // section 4.2).
            let retire = !is_new || self.old.is_empty();
            flow.listed = !retire;
            self.leave(is_new);
            if !retire {
                self.old.push_back(index);
            }
        }
    }

    fn bytes(&self) -> u64 {
        self.bytes
    }

    fn packets(&self) -> usize {
        self.packets
    }
}
