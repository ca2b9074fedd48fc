//! Messages that wait, by stream, and whose turn it is: streams share what goes out by their
//! weights (RFC 8260 section 3.6, weighted fair queueing), and within a stream messages go in the
//! order of writing.
//!
//! Each stream has a virtual time at which its next piece is finished; the earliest goes first. A
//! stream of twice the weight moves on half as fast.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::messages::MessageId;
use crate::channel::{ChannelPriority, Reliability};

/// Virtual time that a byte takes at weight one.
const BYTE: u64 = 1 << 12;

/// A stream that we send on.
#[derive(Debug)]
pub(super) struct Queue {
    pub(super) waiting: VecDeque<MessageId>,
    /// Numbers of the next ordered message, and of the next unordered one.
    pub(super) next_ordered: u32,
    pub(super) next_unordered: u32,
    /// How messages are sent that are written from here on.
    pub(super) ordered: bool,
    pub(super) reliability: Reliability,
    /// Bytes that wait.
    pub(super) unsent: usize,
    /// The last number that was used on it.
    pub(super) last: u64,
    weight: u64,
    finish: u64,
}

/// All of them.
#[derive(Debug, Default)]
pub(super) struct Queues {
    streams: BTreeMap<u16, Queue>,
    /// Those with something that waits, by virtual time.
    ready: BTreeSet<(u64, u16)>,
    time: u64,
    unsent: usize,
    /// Streams of which less waits than before.
    fallen: BTreeSet<u16>,
}

/// RFC 8831 section 6.4.
fn weight(priority: ChannelPriority) -> u64 {
    match priority {
        ChannelPriority::VeryLow => 1,
        ChannelPriority::Low => 2,
        ChannelPriority::Medium => 4,
        ChannelPriority::High => 8,
    }
}

impl Queues {
    /// The stream, begun where it was not.
    pub(super) fn open(&mut self, stream: u16, priority: ChannelPriority) -> &mut Queue {
        let queue = self.streams.entry(stream).or_insert_with(|| Queue {
            waiting: VecDeque::new(),
            next_ordered: 0,
            next_unordered: 0,
            ordered: true,
            reliability: Reliability::Reliable,
            unsent: 0,
            last: 0,
            weight: 1,
            finish: 0,
        });
        queue.weight = weight(priority);
        queue
    }

    pub(super) fn get(&self, stream: u16) -> Option<&Queue> {
        self.streams.get(&stream)
    }

    pub(super) fn get_mut(&mut self, stream: u16) -> Option<&mut Queue> {
        self.streams.get_mut(&stream)
    }

    pub(super) fn remove(&mut self, stream: u16) -> Option<Queue> {
        let queue = self.streams.remove(&stream)?;
        self.ready.remove(&(queue.finish, stream));
        self.unsent -= queue.unsent;
        Some(queue)
    }

    /// Bytes that wait in all of them.
    pub(super) fn unsent(&self) -> usize {
        self.unsent
    }

    /// A message of so many bytes waits. False where there is no such stream.
    pub(super) fn push(&mut self, stream: u16, message: MessageId, bytes: usize) -> bool {
        let Some(queue) = self.streams.get_mut(&stream) else { return false };
        if queue.waiting.is_empty() {
            queue.finish = queue.finish.max(self.time);
            self.ready.insert((queue.finish, stream));
        }
        queue.waiting.push_back(message);
        queue.unsent += bytes;
        self.unsent += bytes;
        true
    }

    /// The stream whose turn it is, and its message.
    pub(super) fn next(&self) -> Option<(u16, MessageId)> {
        let (_, stream) = self.ready.first()?;
        let message = self.streams[stream].waiting.front()?;
        Some((*stream, *message))
    }

    /// A message that is in front.
    pub(super) fn front(&self, stream: u16) -> Option<MessageId> {
        self.streams.get(&stream)?.waiting.front().copied()
    }

    /// Bytes of the stream's first message went out, or will not; with `is_over` no more of it
    /// waits.
    pub(super) fn advance(&mut self, stream: u16, bytes: usize, is_over: bool) {
        let Some(queue) = self.streams.get_mut(&stream) else { return };
        self.ready.remove(&(queue.finish, stream));
        self.time = self.time.max(queue.finish);
        queue.finish += bytes as u64 * BYTE / queue.weight;
        queue.unsent -= bytes;
        self.unsent -= bytes;
        if is_over {
            queue.waiting.pop_front();
        }
        if !queue.waiting.is_empty() {
            self.ready.insert((queue.finish, stream));
        }
        self.fallen.insert(stream);
    }

    /// Takes out messages that nothing was sent of: all, or all but the first.
    pub(super) fn drain(&mut self, stream: u16, but_first: bool) -> Vec<MessageId> {
        let Some(queue) = self.streams.get_mut(&stream) else { return Vec::new() };
        let gone: Vec<_> = queue.waiting.drain(usize::from(but_first)..).collect();
        if queue.waiting.is_empty() {
            self.ready.remove(&(queue.finish, stream));
        }
        gone
    }

    /// Bytes of messages that were taken out wait no more.
    pub(super) fn reduce(&mut self, stream: u16, bytes: usize) {
        let Some(queue) = self.streams.get_mut(&stream) else { return };
        queue.unsent -= bytes;
        self.unsent -= bytes;
        self.fallen.insert(stream);
    }

    /// Streams of which less waits than when this was asked for last.
    pub(super) fn take_fallen(&mut self) -> BTreeSet<u16> {
        std::mem::take(&mut self.fallen)
    }
}
