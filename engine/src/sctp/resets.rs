//! Our requests to reset outgoing streams, by which channels close (RFC 6525 section 5.1.2,
//! RFC 8831 section 6.7):
//!
//! 1. A stream is queued when the peer has acknowledged all that was sent on it.
//! 2. One request is on its way at a time, for as many streams as fit a packet.
//! 3. It goes out again, the same, until it is answered; "in progress" is no answer.
//! 4. A stream is reset once. Who answers a reset by one of the same stream a second time hits the
//!    channel that the peer has opened on it meanwhile.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use super::wire::{number, push_parameter};

/// Streams in one request: two bytes each, a header, and a packet that has room for both.
const STREAMS_PER_REQUEST_MAX: usize = 500;

/// The longest wait for an answer. A request has up to a thousand bytes, and its channels wait.
const INTERVAL_MAX: Duration = Duration::from_secs(3);

/// Parameters of RE-CONFIG (RFC 6525 section 4).
pub(super) mod parameter {
    pub(crate) const OUTGOING_RESET: u16 = 13;
    pub(crate) const RESPONSE: u16 = 16;
    pub(crate) const ADD_OUTGOING: u16 = 17;
}

/// Results of a request (RFC 6525 section 4.4).
pub(super) mod result {
    pub(crate) const NOTHING_TO_DO: u32 = 0;
    pub(crate) const PERFORMED: u32 = 1;
    pub(crate) const DENIED: u32 = 2;
    pub(crate) const ALREADY_IN_PROGRESS: u32 = 4;
    pub(crate) const BAD_NUMBER: u32 = 5;
    pub(crate) const IN_PROGRESS: u32 = 6;
}

/// A request on its way.
#[derive(Debug)]
struct Request {
    number: u32,
    streams: Vec<u16>,
    value: Vec<u8>,
    due: Instant,
    interval: Duration,
}

/// What became of streams.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Answer {
    /// The peer begins them anew.
    Performed(Vec<u16>),
    /// It did not; nobody knows what they are to it.
    Refused(Vec<u16>),
}

/// The requests of one association.
#[derive(Debug)]
pub(super) struct Resets {
    next: u32,
    /// Streams are streams of one association, so there are no more than it has.
    queued: VecDeque<u16>,
    request: Option<Request>,
}

impl Resets {
    /// Requests are numbered from the first transmission sequence number (RFC 6525 section 4.1).
    pub(super) fn new(first: u32) -> Self {
        Resets { next: first, queued: VecDeque::new(), request: None }
    }

    pub(super) fn queue(&mut self, stream: u16) {
        self.queued.push_back(stream);
    }

    pub(super) fn next_timeout(&self) -> Option<Instant> {
        self.request.as_ref().map(|request| request.due)
    }

    /// The RE-CONFIG that goes out at this time, and the streams that are in it for the first time.
    /// All that was sent on these has a number up to `acknowledged`. The last of the peer's
    /// requests that is done has the number `peer_done`.
    ///
    /// RFC 6525 has the last number that was assigned at all. Nothing of these streams comes after
    /// this one, so it says the same of them, and a peer never has to put the request off; those
    /// with usrsctp confuse the streams' lives when they do.
    pub(super) fn poll(
        &mut self,
        peer_done: u32,
        acknowledged: u32,
        interval: Duration,
        now: Instant,
    ) -> Option<(Vec<u8>, Vec<u16>)> {
        let mut fresh = Vec::new();
        if self.request.is_none() && !self.queued.is_empty() {
            let count = self.queued.len().min(STREAMS_PER_REQUEST_MAX);
            let streams: Vec<u16> = self.queued.drain(..count).collect();
            let number = self.next;
            self.next = self.next.wrapping_add(1);
            let value = request_value(number, peer_done, acknowledged, &streams);
            fresh.clone_from(&streams);
            self.request = Some(Request { number, streams, value, due: now, interval });
        }
        let request = self.request.as_mut().filter(|request| request.due <= now)?;
        request.due = now + request.interval;
        request.interval = (request.interval * 2).min(INTERVAL_MAX);
        Some((request.value.clone(), fresh))
    }

    /// The peer answered a request.
    pub(super) fn on_response(&mut self, number: u32, result: u32) -> Option<Answer> {
        self.request.as_ref().filter(|request| request.number == number)?;
        // Asked again when the time is up, with the same number.
        if matches!(result, result::IN_PROGRESS | result::ALREADY_IN_PROGRESS) {
            return None;
        }
        let streams = self.request.take()?.streams;
        Some(match result {
            result::NOTHING_TO_DO | result::PERFORMED => Answer::Performed(streams),
            _ => Answer::Refused(streams),
        })
    }
}

/// Outgoing SSN Reset Request (RFC 6525 section 4.1).
pub(super) fn request_value(number: u32, response: u32, last_tsn: u32, streams: &[u16]) -> Vec<u8> {
    let mut request = Vec::with_capacity(12 + 2 * streams.len());
    request.extend(number.to_be_bytes());
    request.extend(response.to_be_bytes());
    request.extend(last_tsn.to_be_bytes());
    request.extend(streams.iter().flat_map(|stream| stream.to_be_bytes()));
    let mut value = Vec::with_capacity(4 + request.len());
    push_parameter(&mut value, parameter::OUTGOING_RESET, &request);
    value
}

/// Re-configuration Response (RFC 6525 section 4.4).
pub(super) fn response_value(number: u32, result: u32) -> Vec<u8> {
    let mut value = Vec::with_capacity(12);
    let response = [number.to_be_bytes(), result.to_be_bytes()].concat();
    push_parameter(&mut value, parameter::RESPONSE, &response);
    value
}

/// The number of a request, and the streams that it names: none for all.
pub(super) fn parse_request(value: &[u8]) -> Option<(u32, Vec<u16>)> {
    let streams = value.get(12..)?.chunks_exact(2);
    let streams = streams.map(|stream| u16::from_be_bytes([stream[0], stream[1]]));
    Some((number(value, 0)?, streams.collect()))
}

/// Number and result of a response.
pub(super) fn parse_response(value: &[u8]) -> Option<(u32, u32)> {
    Some((number(value, 0)?, number(value, 4)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sctp::wire::parameters;
    use crate::test_time::origin;

    const SECOND: Duration = Duration::from_secs(1);

    fn requested(value: &[u8]) -> (u32, Vec<u16>) {
        let (kind, value) = parameters(value).next().unwrap();
        assert_eq!(kind, parameter::OUTGOING_RESET);
        parse_request(value).unwrap()
    }

    #[test]
    fn a_request_by_hand() {
        let mut resets = Resets::new(0x0102);
        resets.queue(3);
        let (value, fresh) = resets.poll(0x0a0a, 0x55, SECOND, origin()).unwrap();
        assert_eq!(value, b"\0\x0d\0\x12\0\0\x01\x02\0\0\x0a\x0a\0\0\0\x55\0\x03");
        assert_eq!(fresh, [3]);
    }

    #[test]
    fn many_streams_go_in_turn() {
        let mut resets = Resets::new(u32::MAX);
        (0..1_100).for_each(|stream| resets.queue(stream));
        let mut seen = Vec::new();
        for expected in [u32::MAX, 0, 1] {
            let (value, fresh) = resets.poll(0, 9, SECOND, origin()).unwrap();
            let (number, streams) = requested(&value);
            assert_eq!(streams, fresh);
            assert_eq!(number, expected);
            assert_eq!(resets.poll(0, 9, SECOND, origin()), None, "one at a time");
            assert_eq!(resets.on_response(number.wrapping_sub(1), result::PERFORMED), None);
            let answer = resets.on_response(number, result::PERFORMED);
            assert_eq!(answer, Some(Answer::Performed(streams.clone())));
            seen.extend(streams);
        }
        assert_eq!(seen, (0..1_100).collect::<Vec<u16>>());
        assert_eq!(resets.poll(0, 9, SECOND, origin() + SECOND), None);
    }

    #[test]
    fn a_request_is_repeated_as_it_was() {
        let mut resets = Resets::new(5);
        resets.queue(7);
        let (first, _) = resets.poll(0, 9, SECOND, origin()).unwrap();
        assert_eq!(resets.next_timeout(), Some(origin() + SECOND));
        assert_eq!(resets.on_response(5, result::IN_PROGRESS), None);
        assert_eq!(resets.poll(1, 99, SECOND, origin() + SECOND), Some((first, Vec::new())));
        assert_eq!(resets.next_timeout(), Some(origin() + 3 * SECOND));
        assert_eq!(resets.on_response(5, result::DENIED), Some(Answer::Refused(vec![7])));
        assert_eq!(resets.next_timeout(), None);
    }
}
