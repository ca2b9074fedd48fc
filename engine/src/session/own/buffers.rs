//! Buffers that packets lie in, used again.
//!
//! What arrives is decrypted in a buffer that is lent: to a stream that waits for the rest of a
//! picture, to the application that holds a payload. When nobody but this table holds it any more,
//! it is used for another packet. What leaves lies in a buffer that the application gives back
//! once the datagram was sent.

use std::collections::VecDeque;
use std::sync::Arc;

/// Buffers lent at a time and known here: a second's packets at a high rate, which is what those
/// keep to whom a packet is forwarded. What is lent beyond is freed by whoever drops it last.
const LENT_MAX: usize = 4_096;

/// Buffers that came back and are kept: the packets of a large picture.
const FREE_MAX: usize = 64;

/// Buffers that wait for something to be sent: as many as were on their way at once, up to the
/// packets of the largest picture.
const SPARE_MAX: usize = 2_048;

/// Bytes of a buffer: a datagram of the largest Ethernet packet.
const BUFFER_BYTES: usize = 1_500;

/// Larger ones are not kept: they were for something rare.
const BUFFER_BYTES_MAX: usize = 4 * BUFFER_BYTES;

/// How many lent buffers are looked at for one that came back: they come back nearly in order.
const LOOKED_AT: usize = 4;

/// Buffers of one transport.
#[derive(Debug, Default)]
pub(super) struct Buffers {
    lent: VecDeque<Arc<Vec<u8>>>,
    spare: Vec<Vec<u8>>,
    is_idle: bool,
}

impl Buffers {
    /// A copy of a datagram that arrived, in a buffer that nobody else holds. It is lent out once
    /// [`Self::lend`] is told.
    pub(super) fn filled(&mut self, contents: &[u8]) -> Arc<Vec<u8>> {
        let mut shared = self.unused();
        let buffer = Arc::get_mut(&mut shared).expect("nobody else holds it");
        buffer.clear();
        buffer.extend_from_slice(contents);
        shared
    }

    /// Takes note of a buffer that is lent, to find it when it comes back.
    pub(super) fn lend(&mut self, buffer: &Arc<Vec<u8>>) {
        if self.lent.len() < LENT_MAX && buffer.capacity() <= BUFFER_BYTES_MAX {
            self.lent.push_back(Arc::clone(buffer));
        }
    }

    /// An empty buffer for a datagram that leaves.
    pub(super) fn empty(&mut self) -> Vec<u8> {
        let mut buffer = self.spare();
        buffer.clear();
        buffer
    }

    /// A buffer for a datagram that leaves, with what was in it last.
    pub(super) fn spare(&mut self) -> Vec<u8> {
        self.is_idle = false;
        self.spare.pop().unwrap_or_else(|| Vec::with_capacity(BUFFER_BYTES))
    }

    /// The application gives back the buffer of a datagram that was sent.
    pub(super) fn give_back(&mut self, buffer: Vec<u8>) {
        if self.spare.len() < SPARE_MAX
            && (BUFFER_BYTES..=BUFFER_BYTES_MAX).contains(&buffer.capacity())
        {
            self.spare.push(buffer);
        }
    }

    /// Frees what is hardly used, and all of it where nothing was used since the last call.
    pub(super) fn tidy(&mut self) {
        if std::mem::replace(&mut self.is_idle, true) {
            *self = Buffers { is_idle: true, ..Buffers::default() };
        }
        let mut free = 0;
        self.lent.retain_mut(|buffer| {
            free += usize::from(Arc::get_mut(buffer).is_some());
            free <= FREE_MAX || Arc::get_mut(buffer).is_none()
        });
    }

    /// A buffer that nobody holds any more, with what was in it last, or another. It is lent out
    /// once [`Self::lend`] is told.
    pub(super) fn unused(&mut self) -> Arc<Vec<u8>> {
        self.is_idle = false;
        // Nearly always it is the first that was lent.
        if self.lent.front_mut().is_some_and(|buffer| Arc::get_mut(buffer).is_some()) {
            return self.lent.pop_front().expect("it is there");
        }
        let mut oldest = self.lent.iter_mut().take(LOOKED_AT);
        let free = oldest.position(|buffer| Arc::get_mut(buffer).is_some());
        let found = free.and_then(|place| self.lent.remove(place));
        found.unwrap_or_else(|| Arc::new(Vec::with_capacity(BUFFER_BYTES)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_came_back_is_used_again() {
        let mut buffers = Buffers::default();
        let first = buffers.filled(b"first");
        buffers.lend(&first);
        let place = first.as_ptr();
        let second = buffers.filled(b"second");
        buffers.lend(&second);
        assert_ne!(second.as_ptr(), place, "the first is held");
        drop(first);
        let third = buffers.filled(b"third");
        assert_eq!(
            (third.as_ptr(), &third[..], &second[..]),
            (place, &b"third"[..], &b"second"[..])
        );
    }

    #[test]
    fn no_more_is_kept_than_may() {
        let mut buffers = Buffers::default();
        let held: Vec<_> = (0..LENT_MAX + 9).map(|_| buffers.filled(&[0; 100])).collect();
        held.iter().for_each(|buffer| buffers.lend(buffer));
        assert_eq!(buffers.lent.len(), LENT_MAX);
        for _ in 0..SPARE_MAX + 9 {
            buffers.give_back(Vec::with_capacity(BUFFER_BYTES));
        }
        buffers.give_back(Vec::new());
        assert_eq!(buffers.spare.len(), SPARE_MAX);
        buffers.tidy();
        assert_eq!(buffers.spare.len(), SPARE_MAX, "they were in use a moment ago");
        buffers.tidy();
        assert_eq!((buffers.spare.len(), buffers.lent.len()), (0, 0));
    }
}
