//! The bytes of a message, from the first that the peer may still need to the last that was
//! written.

use std::collections::VecDeque;

/// What is kept of a message. Places count from its first byte, whatever was let go since.
#[derive(Debug)]
pub(super) struct Body {
    bytes: VecDeque<u8>,
    /// The place of the first byte that is kept.
    begin: u64,
    /// How long the message is, once that is known.
    length: Option<u64>,
}

impl Body {
    pub(super) fn whole(data: &[u8]) -> Self {
        Body { bytes: data.to_vec().into(), begin: 0, length: Some(data.len() as u64) }
    }

    /// One that is written in parts. That it is to be empty is known at its end.
    pub(super) fn in_parts(length: Option<u64>) -> Self {
        let length = length.filter(|length| *length > 0);
        Body { bytes: VecDeque::new(), begin: 0, length }
    }

    /// The place after the last byte that was written.
    pub(super) fn written(&self) -> u64 {
        self.begin + self.bytes.len() as u64
    }

    /// The place up to which it can be sent. The last piece of a message says that it is the last,
    /// and is not empty; so while nobody knows whether a byte follows, the last one is kept back.
    pub(super) fn ready(&self) -> u64 {
        self.written() - u64::from(self.length.is_none()).min(self.written())
    }

    /// The message ends at this place.
    pub(super) fn ends_at(&self, place: u64) -> bool {
        self.length == Some(place)
    }

    pub(super) fn push(&mut self, data: &[u8]) {
        self.bytes.extend(data);
    }

    /// Nothing follows.
    pub(super) fn finish(&mut self) {
        self.length = Some(self.written());
    }

    /// Nothing from this place on is sent.
    pub(super) fn end_at(&mut self, place: u64) {
        self.bytes.truncate(usize::try_from(place - self.begin).unwrap_or(usize::MAX));
        self.length = Some(place);
    }

    /// The peer needs nothing before this place.
    pub(super) fn release(&mut self, to: u64) {
        let count = usize::try_from(to.saturating_sub(self.begin)).unwrap_or(usize::MAX);
        let count = count.min(self.bytes.len());
        self.bytes.drain(..count);
        self.begin += count as u64;
    }

    /// So many bytes from a place on, as they lie.
    pub(super) fn slices(&self, at: u64, count: usize) -> [&[u8]; 2] {
        let from = usize::try_from(at - self.begin).expect("what is kept fits the memory");
        let (first, second) = self.bytes.as_slices();
        match from.checked_sub(first.len()) {
            Some(from) => [&second[from..from + count], &[]],
            None => {
                let of_first = count.min(first.len() - from);
                [&first[from..from + of_first], &second[..count - of_first]]
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(body: &Body, from: u64, count: usize) -> Vec<u8> {
        body.slices(from, count).concat()
    }

    #[test]
    fn the_last_byte_waits_until_it_is_known_to_be_the_last() {
        let mut body = Body::in_parts(None);
        assert_eq!((body.written(), body.ready()), (0, 0));
        body.push(b"abc");
        assert_eq!((body.written(), body.ready()), (3, 2));
        assert!(!body.ends_at(3));
        body.finish();
        assert!(body.ready() == 3 && body.ends_at(3));
        let mut body = Body::in_parts(Some(4));
        body.push(b"abc");
        assert!(body.ready() == 3 && body.ends_at(4), "it is known from the begin");
        body.end_at(2);
        assert!(body.written() == 2 && body.ends_at(2));
    }

    #[test]
    fn what_was_let_go_makes_room_and_places_stay() {
        let mut body = Body::whole(b"0123");
        let mut place = 0;
        // The bytes go round in the same memory, so pieces lie in two places now and then.
        for round in 0..100_u64 {
            let part: Vec<u8> = (0..37).map(|byte| (round * 37 + byte) as u8).collect();
            body.push(&part);
            body.release(4 + round * 37);
            place = 4 + round * 37;
            assert_eq!(at(&body, place, 37), part);
            assert_eq!(at(&body, place + 5, 30), part[5..35]);
        }
        assert_eq!((body.begin, body.bytes.len()), (place, 37));
        assert!(body.bytes.capacity() < 200, "{}", body.bytes.capacity());
        body.release(u64::MAX);
        assert_eq!(body.bytes.len(), 0);
    }
}
