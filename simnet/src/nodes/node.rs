//! The one interface of every network element.

use std::any::Any;
use std::collections::VecDeque;
use std::fmt;

use crate::net::{LinkId, Medium, MediumId, Station};
use crate::packet::Packet;
use crate::time::Time;

/// One effect of the network on packets.
///
/// A link is a row of nodes. A node owns its state and its random stream, and answers through the
/// [`NodeCx`]: it passes packets on, now or later, drops them, and asks to be woken.
pub trait Node: Any + Send {
    /// A packet arrives.
    fn accept(&mut self, packet: Box<Packet>, cx: &mut NodeCx<'_>);

    /// A time that was asked for has come.
    fn wake(&mut self, cx: &mut NodeCx<'_>) {
        let _ = cx;
    }

    /// Bytes that wait inside to be sent, not counting those in flight.
    fn backlog(&self) -> u64 {
        0
    }
}

/// Why a packet went no further.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum DropReason {
    /// A queue was full.
    QueueFull = 1,
    /// Active queue management told its sender to slow down.
    QueueManagement,
    /// A policer found the flow over its rate.
    Policed,
    /// Random loss of the link.
    Loss,
    /// The link was in an outage.
    Outage,
    /// The packet was larger than the MTU.
    TooBig,
    /// No route led to the destination.
    NoRoute,
    /// The packet met too many routers.
    HopLimit,
    /// The interface was down, or the source is no address of it.
    Interface,
    /// Nobody at the destination listens on the port.
    NoListener,
    /// A NAT has no mapping for the destination.
    NoMapping,
    /// A NAT's or firewall's filter refused the sender.
    Filtered,
    /// A NAT had no port or table entry left.
    NatExhausted,
}

/// How a node acts: it lives for one call of the node.
pub struct NodeCx<'a> {
    pub(crate) now: Time,
    pub(crate) link: LinkId,
    pub(crate) media: &'a mut [Medium],
    pub(crate) stage: u16,
    pub(crate) todo: &'a mut VecDeque<(u16, Box<Packet>)>,
    pub(crate) out: &'a mut Vec<Effect>,
}

/// What a link asks of the network.
#[derive(Debug)]
pub(crate) enum Effect {
    /// The packet has left the last node.
    Exit(Box<Packet>),
    /// The packet arrives at a node later.
    Later { at: Time, stage: u16, packet: Box<Packet> },
    /// A node wants to be woken.
    Wake { at: Time, stage: u16 },
    /// A node of another link is to be woken.
    WakeStation { at: Time, station: Station },
    /// The packet goes no further.
    Dropped(Box<Packet>, DropReason),
    /// The packet goes from the sending end of the link to where its addresses say.
    Reply(Box<Packet>),
}

impl NodeCx<'_> {
    /// The present moment.
    pub fn now(&self) -> Time {
        self.now
    }

    /// Hands the packet to the next node at once.
    pub fn pass(&mut self, packet: Box<Packet>) {
        self.todo.push_back((self.stage + 1, packet));
    }

    /// Hands the packet to the next node at `at`, or at once when that has passed. Never, if `at`
    /// is never: the packet is lost in an outage.
    pub fn pass_at(&mut self, at: Time, packet: Box<Packet>) {
        if at == Time::NEVER {
            self.drop(packet, DropReason::Outage);
        } else if at <= self.now {
            self.pass(packet);
        } else {
            self.out.push(Effect::Later { at, stage: self.stage + 1, packet });
        }
    }

    /// Ends the packet's way.
    pub fn drop(&mut self, packet: Box<Packet>, reason: DropReason) {
        self.out.push(Effect::Dropped(packet, reason));
    }

    /// Sends a packet of the node's own back from where the link starts.
    pub fn reply(&mut self, packet: Box<Packet>) {
        self.out.push(Effect::Reply(packet));
    }

    pub(crate) fn medium(&mut self, id: MediumId) -> &mut Medium {
        &mut self.media[id.0 as usize]
    }

    pub(crate) fn wake_station(&mut self, next: Option<(Station, Time)>) {
        if let Some((station, at)) = next {
            self.out.push(Effect::WakeStation { at, station });
        }
    }

    /// Calls [`Node::wake`] at `at`; never, if `at` is never. Calls add up: each leads to a wake-up
    /// of its own.
    pub fn wake_at(&mut self, at: Time) {
        if at != Time::NEVER {
            self.out.push(Effect::Wake { at: at.max(self.now), stage: self.stage });
        }
    }
}

impl fmt::Debug for NodeCx<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NodeCx").field("now", &self.now).field("stage", &self.stage).finish()
    }
}
