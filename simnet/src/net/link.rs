//! A link: a row of nodes from one machine to another.

use std::collections::VecDeque;

use crate::net::{LinkId, MachineId, Medium};
use crate::nodes::{DropReason, Effect, Node, NodeCx};
use crate::packet::{EcnField, Packet};
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
        self.marked_out += u64::from(packet.ecn() == EcnField::Ce);
    }

    pub(crate) fn lost(&mut self, reason: DropReason) {
        *self.dropped.entry(reason).or_default() += 1;
    }
}

/// Nodes in a row.
pub(crate) struct Row {
    /// After the last of them, and where there is none, a packet leaves.
    nodes: Vec<Option<Box<dyn Node>>>,
    /// Where packets enter: nodes before it have been replaced, and hold what had entered by then.
    begin: u16,
    todo: VecDeque<(u16, Box<Packet>)>,
}

/// Nodes in one link, those that were replaced among them: more is a fault of the scenario.
const MAX_NODES: usize = 1_000;

impl Row {
    pub(crate) fn new(nodes: Vec<Box<dyn Node>>) -> Self {
        let mut row = Row { nodes: Vec::new(), begin: 0, todo: VecDeque::new() };
        row.extend(nodes);
        row
    }

    fn extend(&mut self, nodes: Vec<Box<dyn Node>>) {
        self.nodes.extend(nodes.into_iter().map(Some));
        assert!(self.nodes.len() <= MAX_NODES, "a link has at most {MAX_NODES} nodes");
    }

    /// From now on packets pass these nodes. What is within the old ones leaves by their way.
    pub(crate) fn replace(&mut self, nodes: Vec<Box<dyn Node>>) {
        self.nodes.push(None);
        self.begin = self.nodes.len() as u16;
        self.extend(nodes);
    }

    /// Where packets enter.
    pub(crate) fn begin(&self) -> u16 {
        self.begin
    }

    pub(crate) fn node_mut(&mut self, stage: usize) -> Option<&mut dyn Node> {
        Some(self.nodes.get_mut(usize::from(self.begin) + stage)?.as_mut()?.as_mut())
    }

    /// Bytes that wait in its queues.
    pub(crate) fn backlog(&self) -> u64 {
        self.nodes.iter().flatten().map(|node| node.backlog()).sum()
    }

    /// A packet arrives at node `stage`; past the last node, it leaves.
    pub(crate) fn accept(&mut self, stage: u16, packet: Box<Packet>, cx: RowCx<'_>) {
        self.todo.push_back((stage, packet));
        self.run(cx);
    }

    /// A time that node `stage` asked for has come.
    pub(crate) fn wake(&mut self, stage: u16, mut cx: RowCx<'_>) {
        if let Some(node) = &mut self.nodes[usize::from(stage)] {
            node.wake(&mut cx.at(stage, &mut self.todo));
        }
        self.run(cx);
    }

    fn run(&mut self, mut cx: RowCx<'_>) {
        while let Some((stage, packet)) = self.todo.pop_front() {
            match self.nodes.get_mut(usize::from(stage)).and_then(Option::as_mut) {
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
