//! What is due when.

use std::cmp::Ordering;
use std::collections::BinaryHeap;

use crate::net::{EndpointId, LinkId};
use crate::packet::Packet;
use crate::time::Time;

/// Something that happens at a moment.
#[derive(Debug)]
pub(crate) enum Due {
    /// A packet arrives at a node of a link.
    Stage { link: LinkId, stage: u16, packet: Box<Packet> },
    /// A node of a link is woken.
    Node { link: LinkId, stage: u16 },
    /// An endpoint may have to be woken.
    Endpoint(EndpointId),
    /// Mail arrives.
    Mail { from: EndpointId, to: EndpointId, mail: Vec<u8> },
    /// An action of the scenario is due: its place in the list of actions.
    Action(u32),
}

/// A queue of things to come, first by time, then by the order in which they were entered.
#[derive(Debug, Default)]
pub(crate) struct Agenda {
    heap: BinaryHeap<Entry>,
    entered: u64,
}

#[derive(Debug)]
struct Entry {
    at: Time,
    number: u64,
    due: Due,
}

impl Agenda {
    pub(crate) fn push(&mut self, at: Time, due: Due) {
        self.heap.push(Entry { at, number: self.entered, due });
        self.entered += 1;
    }

    pub(crate) fn next_at(&self) -> Option<Time> {
        self.heap.peek().map(|entry| entry.at)
    }

    pub(crate) fn pop(&mut self) -> Option<(Time, Due)> {
        self.heap.pop().map(|entry| (entry.at, entry.due))
    }

    pub(crate) fn len(&self) -> usize {
        self.heap.len()
    }
}

impl Ord for Entry {
    /// The heap gives the greatest first: the earliest is the greatest.
    fn cmp(&self, other: &Self) -> Ordering {
        (other.at, other.number).cmp(&(self.at, self.number))
    }
}

impl PartialOrd for Entry {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Entry {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Entry {}
