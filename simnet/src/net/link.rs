//! A link: a row of nodes from one machine to another.

use std::collections::VecDeque;

use crate::net::MachineId;
use crate::nodes::{DropReason, Effect, Node, NodeCx};
use crate::packet::{Ecn, Packet};
use crate::time::Time;

/// One direction of a connection.
pub(crate) struct Link {
    pub(crate) name: String,
    pub(crate) from: MachineId,
    pub(crate) to: MachineId,
    /// The receiving interface's place among those of `to`.
    pub(crate) to_interface: usize,
    pub(crate) row: Row,
    pub(crate) stats: LinkStats,
    pub(crate) up: bool,
}

/// What a link has done since the start.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LinkStats {
    /// Packets that entered.
    pub packets_in: u64,
    /// Bytes that entered, IP headers included.
    pub bytes_in: u64,
    /// Packets that left at the far end.
    pub packets_out: u64,
    /// Bytes that left at the far end.
    pub bytes_out: u64,
    /// Packets that left with the congestion mark.
    pub marked_out: u64,
    /// Packets dropped, with the reason; in order of the reasons.
    pub dropped: std::collections::BTreeMap<DropReason, u64>,
}

impl LinkStats {
    /// Packets dropped for any reason.
    pub fn packets_dropped(&self) -> u64 {
        self.dropped.values().sum()
    }

    pub(crate) fn entered(&mut self, packet: &Packet) {
        self.packets_in += 1;
        self.bytes_in += packet.wire_bytes();
    }

    pub(crate) fn left(&mut self, packet: &Packet) {
        self.packets_out += 1;
        self.bytes_out += packet.wire_bytes();
        self.marked_out += u64::from(packet.ecn() == Ecn::Ce);
    }

    pub(crate) fn lost(&mut self, reason: DropReason) {
        *self.dropped.entry(reason).or_default() += 1;
    }
}

/// Nodes in a row.
pub(crate) struct Row {
    nodes: Vec<Box<dyn Node>>,
    todo: VecDeque<(u16, Box<Packet>)>,
}

/// Nodes in one link: more is a fault of the scenario.
const MAX_NODES: usize = 1_000;

impl Row {
    pub(crate) fn new(nodes: Vec<Box<dyn Node>>) -> Self {
        assert!(nodes.len() <= MAX_NODES, "a link has at most {MAX_NODES} nodes");
        Row { nodes, todo: VecDeque::new() }
    }

    pub(crate) fn node_mut(&mut self, stage: usize) -> Option<&mut dyn Node> {
        Some(self.nodes.get_mut(stage)?.as_mut())
    }

    /// Bytes that wait in its queues.
    pub(crate) fn backlog(&self) -> u64 {
        self.nodes.iter().map(|node| node.backlog()).sum()
    }

    /// A packet arrives at node `stage`; past the last node, it leaves.
    pub(crate) fn accept(
        &mut self,
        stage: u16,
        packet: Box<Packet>,
        now: Time,
        out: &mut Vec<Effect>,
    ) {
        self.todo.push_back((stage, packet));
        self.run(now, out);
    }

    /// A time that node `stage` asked for has come.
    pub(crate) fn wake(&mut self, stage: u16, now: Time, out: &mut Vec<Effect>) {
        let node = &mut self.nodes[usize::from(stage)];
        node.wake(&mut NodeCx { now, stage, todo: &mut self.todo, out });
        self.run(now, out);
    }

    fn run(&mut self, now: Time, out: &mut Vec<Effect>) {
        while let Some((stage, packet)) = self.todo.pop_front() {
            match self.nodes.get_mut(usize::from(stage)) {
                Some(node) => {
                    node.accept(packet, &mut NodeCx { now, stage, todo: &mut self.todo, out });
                }
                None => out.push(Effect::Exit(packet)),
            }
        }
    }
}
