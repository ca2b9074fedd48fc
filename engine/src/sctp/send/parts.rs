//! Messages that are written in parts.
//!
//! 1. A message is begun, with its length where that is known, and waits in its stream like any
//!    other. No other is written to the stream before its end.
//! 2. Parts are added. What of them can be sent goes out when the stream has its turn; what the
//!    peer has is let go.
//! 3. It ends, or is given up: the peer is told not to wait for the rest (RFC 3758).

use std::time::Instant;

use super::body::Body;
use super::sender::Sender;
use crate::sctp::message::Kind;

impl Sender {
    /// Begins a message. False where there is no such stream.
    pub(crate) fn begin(&mut self, stream: u16, kind: Kind, length: Option<u64>) -> bool {
        let Some(id) = self.queue(stream, kind, Body::in_parts(length)) else { return false };
        self.queues.push(stream, id, 0);
        if let Some(queue) = self.queues.get_mut(stream) {
            queue.open = Some(id);
        }
        true
    }

    /// Adds to the message that was begun. Of one that was given up meanwhile nothing is sent.
    pub(crate) fn extend(&mut self, stream: u16, data: &[u8]) {
        let Some(id) = self.queues.get(stream).and_then(|queue| queue.open) else { return };
        let body = &mut self.messages.get_mut(id).body;
        let before = body.ready();
        body.push(data);
        let more = (body.ready() - before) as usize;
        let is_over = body.ends_at(body.written());
        self.queues.add(stream, more);
        // Its end was told before. When the peer has it, nothing is left of it.
        if is_over && let Some(queue) = self.queues.get_mut(stream) {
            queue.open = None;
        }
    }

    /// Ends it. An empty one is a byte of no meaning, which says so (RFC 8831 section 6.6).
    pub(crate) fn finish(&mut self, stream: u16) {
        let open = self.queues.get_mut(stream).and_then(|queue| queue.open.take());
        let Some(id) = open else { return };
        let message = self.messages.get_mut(id);
        let before = message.body.ready();
        if message.body.written() == 0 {
            message.kind = message.kind.empty();
            message.body.push(&[0]);
        }
        message.body.finish();
        let more = (message.body.ready() - before) as usize;
        self.queues.add(stream, more);
    }

    /// Gives up a message that was begun and not ended.
    pub(crate) fn give_up_open(&mut self, stream: u16, now: Instant) {
        if let Some(id) = self.queues.get(stream).and_then(|queue| queue.open) {
            match self.can_abandon {
                true => self.abandon(id, now),
                false => drop(self.cut_short(id, now)),
            }
        }
    }
}
