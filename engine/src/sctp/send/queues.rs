//! Messages that wait, by stream, and whose turn it is: streams share what goes out by their
//! weights (RFC 8260 section 3.6, weighted fair queueing), and within a stream messages go in the
//! order of writing.
//!
//! Each stream has a virtual time at which its next piece is finished; the earliest goes first. A
//! stream of twice the weight moves on half as fast.

use std::collections::VecDeque;

use super::messages::MessageId;
use super::turns::{Turn, Turns};
use crate::channel::{ChannelPriority, Reliability};
use crate::sctp::by_stream::ByStream;

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
    /// The last message, while it is written in parts.
    pub(super) open: Option<MessageId>,
    /// Bytes that wait and can be sent.
    pub(super) unsent: usize,
    /// The last number that was used on it.
    pub(super) last: u64,
    weight: u64,
    finish: u64,
}

/// All of them.
#[derive(Debug, Default)]
pub(super) struct Queues {
    streams: ByStream<Queue>,
    /// Those with something that can be sent.
    turns: Turns,
    time: u64,
    unsent: usize,
    /// Streams of which less waits than before, as it came.
    fallen: Vec<u16>,
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
        let new = || Queue {
            waiting: VecDeque::new(),
            next_ordered: 0,
            next_unordered: 0,
            ordered: true,
            reliability: Reliability::Reliable,
            open: None,
            unsent: 0,
            last: 0,
            weight: 1,
            finish: 0,
        };
        let queue = self.streams.get_or_insert_with(stream, new);
        queue.weight = weight(priority);
        queue
    }

    pub(super) fn get(&self, stream: u16) -> Option<&Queue> {
        self.streams.get(stream)
    }

    pub(super) fn get_mut(&mut self, stream: u16) -> Option<&mut Queue> {
        self.streams.get_mut(stream)
    }

    pub(super) fn remove(&mut self, stream: u16) -> Option<Box<Queue>> {
        let queue = self.streams.remove(stream)?;
        if queue.unsent > 0 {
            self.turns.remove(queue.turn(stream), is_in_force(&self.streams));
        }
        self.unsent -= queue.unsent;
        Some(queue)
    }

    /// Bytes that wait in all of them.
    pub(super) fn unsent(&self) -> usize {
        self.unsent
    }

    /// A message of so many bytes waits. False where there is no such stream.
    pub(super) fn push(&mut self, stream: u16, message: MessageId, bytes: usize) -> bool {
        let Some(queue) = self.streams.get_mut(stream) else { return false };
        queue.waiting.push_back(message);
        self.add(stream, bytes);
        true
    }

    /// More of the messages that wait can be sent.
    pub(super) fn add(&mut self, stream: u16, bytes: usize) {
        let Some(queue) = self.streams.get_mut(stream) else { return };
        if queue.unsent == 0 && bytes > 0 {
            queue.finish = queue.finish.max(self.time);
            self.turns.insert(queue.turn(stream));
        }
        queue.unsent += bytes;
        self.unsent += bytes;
    }

    /// The stream whose turn it is, and its message.
    pub(super) fn next(&self) -> Option<(u16, MessageId)> {
        let stream = self.turns.first()?;
        Some((stream, self.front(stream)?))
    }

    /// A message that is in front.
    pub(super) fn front(&self, stream: u16) -> Option<MessageId> {
        self.streams.get(stream)?.waiting.front().copied()
    }

    /// Bytes of the stream's first message went out, or will not; with `is_over` no more of it
    /// waits.
    pub(super) fn advance(&mut self, stream: u16, bytes: usize, is_over: bool) {
        let Some(queue) = self.streams.get_mut(stream) else { return };
        let (before, had_turn) = (queue.turn(stream), queue.unsent > 0);
        self.time = self.time.max(queue.finish);
        queue.finish += bytes as u64 * BYTE / queue.weight;
        queue.unsent -= bytes;
        self.unsent -= bytes;
        if is_over {
            queue.waiting.pop_front();
        }
        let (after, has_turn) = (queue.turn(stream), queue.unsent > 0);
        if has_turn {
            self.turns.postpone(before, after, is_in_force(&self.streams));
        } else if had_turn {
            self.turns.remove(before, is_in_force(&self.streams));
        }
        self.note_fallen(stream);
    }

    /// Takes out messages that nothing was sent of: all, or all but the first.
    pub(super) fn drain(&mut self, stream: u16, but_first: bool) -> Vec<MessageId> {
        let Some(queue) = self.streams.get_mut(stream) else { return Vec::new() };
        let first = usize::from(but_first).min(queue.waiting.len());
        queue.waiting.drain(first..).collect()
    }

    /// The stream's last message, of which so many bytes could be sent, waits no more.
    pub(super) fn withdraw(&mut self, stream: u16, bytes: usize) {
        if let Some(queue) = self.streams.get_mut(stream) {
            queue.waiting.pop_back();
        }
        self.reduce(stream, bytes);
    }

    /// Bytes of messages that were taken out wait no more.
    pub(super) fn reduce(&mut self, stream: u16, bytes: usize) {
        let Some(queue) = self.streams.get_mut(stream) else { return };
        queue.unsent -= bytes;
        self.unsent -= bytes;
        let (turn, had_turn) = (queue.turn(stream), bytes > 0);
        if had_turn && queue.unsent == 0 {
            self.turns.remove(turn, is_in_force(&self.streams));
        }
        self.note_fallen(stream);
    }

    fn note_fallen(&mut self, stream: u16) {
        if self.fallen.last() != Some(&stream) {
            self.fallen.push(stream);
        }
    }

    /// Streams of which less waits than when this was asked for last, by their numbers. What
    /// `streams` held before is gone, and its memory is used again.
    pub(super) fn take_fallen(&mut self, streams: &mut Vec<u16>) {
        streams.clear();
        std::mem::swap(streams, &mut self.fallen);
        streams.sort_unstable();
        streams.dedup();
    }
}

impl Queue {
    /// While some of it can be sent.
    fn turn(&self, stream: u16) -> Turn {
        Turn { time: self.finish, stream }
    }
}

/// Whether a turn is its stream's present one.
fn is_in_force(streams: &ByStream<Queue>) -> impl Fn(Turn) -> bool {
    |turn| {
        let queue = streams.get(turn.stream);
        queue.is_some_and(|queue| queue.unsent > 0 && queue.finish == turn.time)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sctp::message::Kind;
    use crate::sctp::send::body::Body;
    use crate::sctp::send::messages::{Limit, Messages, Outgoing};

    fn queues(priorities: &[ChannelPriority], messages: usize) -> Queues {
        let (mut queues, mut all) = (Queues::default(), Messages::default());
        for (stream, priority) in priorities.iter().enumerate() {
            let stream = stream as u16;
            queues.open(stream, *priority);
            for _ in 0..messages {
                let body = Body::whole(&[0; 1_000]);
                let message = Outgoing::new(stream, Kind::Binary, true, Limit::None, body);
                assert!(queues.push(stream, all.insert(message), 1_000));
            }
        }
        queues
    }

    /// How often each stream is next, of so many times.
    fn turns(queues: &mut Queues, count: usize, streams: usize) -> Vec<usize> {
        let mut turns = vec![0; streams];
        for _ in 0..count {
            let (stream, _) = queues.next().unwrap();
            queues.advance(stream, 1_000, true);
            turns[usize::from(stream)] += 1;
        }
        turns
    }

    #[test]
    fn streams_share_by_their_weights() {
        let priorities = [
            ChannelPriority::VeryLow,
            ChannelPriority::Low,
            ChannelPriority::Medium,
            ChannelPriority::High,
        ];
        let mut queues = queues(&priorities, 200);
        assert_eq!(queues.unsent(), 800_000);
        let turns = turns(&mut queues, 150, 4);
        for (turns, expected) in turns.iter().zip([10, 20, 40, 80]) {
            assert!(turns.abs_diff(expected) <= 1, "{turns} of {expected}");
        }
        assert_eq!(queues.unsent(), 650_000);
        let mut fallen = vec![9];
        queues.take_fallen(&mut fallen);
        assert_eq!(fallen, [0, 1, 2, 3]);
        queues.take_fallen(&mut fallen);
        assert_eq!(fallen, []);
    }

    #[test]
    fn silence_saves_nothing_up() {
        let mut queues = queues(&[ChannelPriority::Low, ChannelPriority::Low], 100);
        let late = queues.drain(1, false);
        queues.reduce(1, 100_000);
        assert_eq!(turns(&mut queues, 50, 2), [50, 0]);
        late.iter().for_each(|message| {
            queues.push(1, *message, 1_000);
        });
        let turns = turns(&mut queues, 40, 2);
        assert!(turns[0].abs_diff(20) <= 1, "{turns:?}");
    }

    #[test]
    fn a_stream_goes_with_what_waits_in_it() {
        let mut queues = queues(&[ChannelPriority::Low, ChannelPriority::High], 3);
        assert_eq!(queues.next().unwrap().0, 0, "both have waited as long");
        queues.advance(0, 400, false);
        assert_eq!(queues.get(0).unwrap().unsent, 2_600);
        assert_eq!(queues.remove(0).unwrap().waiting.len(), 3);
        assert_eq!((queues.unsent(), queues.next().unwrap().0), (3_000, 1));
        assert_eq!(queues.drain(1, true).len(), 2);
        assert!(!queues.push(0, queues.front(1).unwrap(), 1), "no such stream");
    }
}
