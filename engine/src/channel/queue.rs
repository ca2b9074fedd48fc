//! Messages that wait for the transport, and whose turn it is.
//!
//! Weighted fair queueing by virtual time: each channel's clock advances by the bytes it sent over
//! its weight, and the channel with the earliest clock goes next. A channel that was silent starts
//! at the clock of the one served last, so silence saves up no credit.

use std::collections::VecDeque;

use super::config::ChannelPriority;

/// Bytes of virtual time per byte sent at weight one, so that division by a weight stays exact.
const WEIGHT_SCALE: u64 = 8;

/// One message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Message {
    pub(super) binary: bool,
    pub(super) data: Vec<u8>,
}

/// The messages of one channel.
#[derive(Debug, Default)]
pub(super) struct MessageQueue {
    messages: VecDeque<Message>,
    bytes: usize,
    /// Virtual finish time of what was sent so far.
    clock: u64,
}

impl MessageQueue {
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    pub(super) fn is_empty(&self) -> bool {
        self.messages.is_empty()
    }

    pub(super) fn clock(&self) -> u64 {
        self.clock
    }

    /// `served` is the clock of the channel that was served last.
    pub(super) fn push(&mut self, message: Message, served: u64) {
        if self.messages.is_empty() {
            self.clock = self.clock.max(served);
        }
        self.bytes += message.data.len();
        self.messages.push_back(message);
    }

    pub(super) fn front(&self) -> Option<&Message> {
        self.messages.front()
    }

    /// The front message was sent.
    pub(super) fn pop(&mut self, priority: ChannelPriority) {
        if let Some(message) = self.messages.pop_front() {
            self.bytes -= message.data.len();
            self.charge(message.data.len(), priority);
        }
    }

    /// Bytes went out at once without waiting here.
    pub(super) fn charge(&mut self, bytes: usize, priority: ChannelPriority) {
        let cost = (bytes as u64 + 1) * WEIGHT_SCALE / u64::from(priority.weight());
        self.clock = self.clock.saturating_add(cost);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Serves the queue with the earliest clock `turns` times; counts the turns of each.
    fn serve(queues: &mut [(MessageQueue, ChannelPriority)], turns: usize) -> Vec<usize> {
        let mut counts = vec![0; queues.len()];
        for _ in 0..turns {
            let index = (0..queues.len())
                .filter(|index| !queues[*index].0.is_empty())
                .min_by_key(|index| queues[*index].0.clock())
                .expect("messages are left");
            let (queue, priority) = &mut queues[index];
            queue.pop(*priority);
            counts[index] += 1;
        }
        counts
    }

    #[test]
    fn shares_follow_weights() {
        let priorities = [ChannelPriority::VeryLow, ChannelPriority::Low, ChannelPriority::High];
        let mut queues: Vec<_> =
            priorities.map(|priority| (MessageQueue::default(), priority)).into();
        for (queue, _) in &mut queues {
            for _ in 0..1000 {
                queue.push(Message { binary: true, data: vec![0; 999] }, 0);
            }
        }
        let counts = serve(&mut queues, 1100);
        assert_eq!(counts, [100, 200, 800]);
    }

    #[test]
    fn silence_saves_up_nothing() {
        let mut busy = MessageQueue::default();
        let message = || Message { binary: false, data: vec![0; 99] };
        for _ in 0..10 {
            busy.push(message(), 0);
            busy.pop(ChannelPriority::Low);
        }
        let mut quiet = MessageQueue::default();
        quiet.push(message(), busy.clock());
        assert_eq!(quiet.clock(), busy.clock());
        assert_eq!(quiet.bytes(), 99);
    }
}
