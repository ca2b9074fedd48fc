//! Times in which nothing passes.

use std::collections::VecDeque;

use crate::nodes::{DropReason, Node, NodeCx};
use crate::packet::Packet;
use crate::time::Time;

/// A span of time: the first moment of it, and the first after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// The outage begins.
    pub from: Time,
    /// The outage is over.
    pub until: Time,
}

/// What happens to packets in an outage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OutageMode {
    /// They are lost.
    Lose,
    /// They wait, and all leave at its end: a handover.
    Hold,
}

/// A link with outages.
#[derive(Clone, Debug)]
pub struct Outage {
    mode: OutageMode,
    windows: Vec<Window>,
    held: VecDeque<Box<Packet>>,
}

impl Outage {
    /// Outages in the given windows, in any order.
    pub fn new(mode: OutageMode, windows: impl IntoIterator<Item = Window>) -> Self {
        Outage { mode, windows: windows.into_iter().collect(), held: VecDeque::new() }
    }

    /// When the outage of this moment is over.
    fn end(&self, now: Time) -> Option<Time> {
        let within = self.windows.iter().filter(|window| window.from <= now && now < window.until);
        within.map(|window| window.until).max()
    }
}

impl Node for Outage {
    fn accept(&mut self, packet: Box<Packet>, cx: &mut NodeCx<'_>) {
        match (self.end(cx.now()), self.mode) {
            // At the end itself, those that were held go first.
            (None, _) if !self.held.is_empty() => self.held.push_back(packet),
            (None, _) => cx.pass(packet),
            (Some(_), OutageMode::Lose) => cx.drop(packet, DropReason::Outage),
            (Some(end), OutageMode::Hold) => {
                if self.held.is_empty() {
                    cx.wake_at(end);
                }
                self.held.push_back(packet);
            }
        }
    }

    fn wake(&mut self, cx: &mut NodeCx<'_>) {
        match self.end(cx.now()) {
            Some(end) => cx.wake_at(end),
            None => self.held.drain(..).for_each(|packet| cx.pass(packet)),
        }
    }

    fn backlog(&self) -> u64 {
        self.held.iter().map(|packet| packet.wire_bytes()).sum()
    }
}
