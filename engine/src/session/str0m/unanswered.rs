//! Messages of channels whose announcement the peer has not answered yet, as far as the library
//! knows: what needs no order overtakes the answer. They wait until the channel opens.

use std::collections::{BTreeMap, BTreeSet};

use crate::session::output::SessionChannel;

/// Bytes that wait, as many as our own association keeps of streams without a channel. With each
/// message counts what it takes itself.
const BYTES_MAX: usize = 1 << 20;
const BYTES_OF_A_MESSAGE: usize = 64;

/// A message: bytes, or text.
pub(super) type Waiting = (bool, Vec<u8>);

/// What becomes of a message.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Disposal {
    /// The channel is open.
    Tell(Waiting),
    Kept,
    /// There is no room: the channel is to be closed.
    Refused,
}

/// The channels of a session, by whether they have opened.
#[derive(Debug, Default)]
pub(super) struct Unanswered {
    open: BTreeSet<SessionChannel>,
    waiting: BTreeMap<SessionChannel, Vec<Waiting>>,
    bytes: usize,
}

impl Unanswered {
    pub(super) fn dispose(&mut self, channel: SessionChannel, message: Waiting) -> Disposal {
        if self.open.contains(&channel) {
            return Disposal::Tell(message);
        }
        let bytes = size(&message);
        if self.bytes + bytes > BYTES_MAX {
            return Disposal::Refused;
        }
        self.bytes += bytes;
        self.waiting.entry(channel).or_default().push(message);
        Disposal::Kept
    }

    /// It opens. Gives what came before.
    pub(super) fn open(&mut self, channel: SessionChannel) -> Vec<Waiting> {
        self.open.insert(channel);
        self.take(channel)
    }

    pub(super) fn close(&mut self, channel: SessionChannel) {
        self.open.remove(&channel);
        self.take(channel);
    }

    fn take(&mut self, channel: SessionChannel) -> Vec<Waiting> {
        let waiting = self.waiting.remove(&channel).unwrap_or_default();
        self.bytes -= waiting.iter().map(size).sum::<usize>();
        waiting
    }
}

fn size((_, data): &Waiting) -> usize {
    data.len() + BYTES_OF_A_MESSAGE
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_wait_for_their_channel_up_to_a_limit() {
        let (a, b) = (SessionChannel(1), SessionChannel(2));
        let mut unanswered = Unanswered::default();
        let message = |byte: u8| (true, vec![byte]);
        assert_eq!(unanswered.dispose(a, message(1)), Disposal::Kept);
        assert_eq!(unanswered.dispose(b, message(2)), Disposal::Kept);
        assert_eq!(unanswered.dispose(a, message(3)), Disposal::Kept);
        assert_eq!(unanswered.dispose(b, (true, vec![0; BYTES_MAX])), Disposal::Refused);
        assert_eq!(unanswered.open(a), [message(1), message(3)]);
        assert_eq!(unanswered.dispose(a, message(4)), Disposal::Tell(message(4)));
        unanswered.close(b);
        assert_eq!(unanswered.bytes, 0);
        assert_eq!(unanswered.open(b), []);
    }
}
