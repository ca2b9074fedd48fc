//! A link: a row of nodes from one machine to another.

use std::collections::VecDeque;

use crate::net::{LinkId, MachineId, Medium};
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
    pub(crate) fn accept(&mut self, stage: u16, packet: Box<Packet>, cx: RowCx<'_>) {
        self.todo.push_back((stage, packet));
        self.run(cx);
    }

    /// A time that node `stage` asked for has come.
    pub(crate) fn wake(&mut self, stage: u16, mut cx: RowCx<'_>) {
        self.nodes[usize::from(stage)].wake(&mut cx.at(stage, &mut self.todo));
        self.run(cx);
    }

    fn run(&mut self, mut cx: RowCx<'_>) {
        while let Some((stage, packet)) = self.todo.pop_front() {
            match self.nodes.get_mut(usize::from(stage)) {
                Some(node) => node.accept(packet, &mut cx.at(stage, &mut self.todo)),
                None => cx.out.push(Effect::Exit(packet)),
            }
        }
    }
}

/// What the nodes of a row can reach.
pub(crate) struct RowCx<'a> {
    pub(crate) now: Time,
    pub(crate) link: LinkId,
    pub(crate) media: &'a mut [Medium],
    pub(crate) out: &'a mut Vec<Effect>,
}

impl RowCx<'_> {
    fn at<'n>(&'n mut self, stage: u16, todo: &'n mut VecDeque<(u16, Box<Packet>)>) -> NodeCx<'n> {
        let RowCx { now, link, media, out } = self;
        NodeCx { now: *now, link: *link, media, stage, todo, out }
    }
}
