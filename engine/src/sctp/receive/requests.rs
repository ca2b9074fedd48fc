//! The peer's requests in RE-CONFIG (RFC 6525 section 5.2).
//!
//! 1. Requests are counted. The next one is done, the last one is answered again as it was, others
//!    are none.
//! 2. A reset of the peer's streams waits until all that it sent before came; until then the answer
//!    is "in progress", and the peer asks again.
//! 3. Another reset is not begun meanwhile, nor counted: the peer asks for it again when it can be.

use crate::sctp::resets::{parameter, parse_request, response_value, result};
use crate::sctp::tsn::Numbering;
use crate::sctp::wire::number;

/// A reset that waits for what was sent before it.
#[derive(Debug)]
struct Deferred {
    number: u32,
    /// The last number that was sent before.
    last: u64,
    streams: Vec<u16>,
}

/// What a request leads to.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Disposal {
    /// The value of the RE-CONFIG in answer.
    pub(super) answer: Vec<u8>,
    /// Streams that begin anew: none for all of them.
    pub(super) reset: Option<Vec<u16>>,
}

/// Where the peer is.
#[derive(Debug)]
pub(super) struct PeerRequests {
    /// The number of its next request.
    next: u32,
    /// The result of the one before.
    last: Option<u32>,
    deferred: Option<Deferred>,
}

impl PeerRequests {
    pub(super) fn new(first: u32) -> Self {
        PeerRequests { next: first, last: None, deferred: None }
    }

    /// A parameter of RE-CONFIG, where all up to `cumulative` came. `None` for one that is none.
    pub(super) fn dispose(
        &mut self,
        kind: u16,
        value: &[u8],
        numbering: Numbering,
        cumulative: u64,
    ) -> Option<Disposal> {
        let request = number(value, 0)?;
        if request == self.next.wrapping_sub(1)
            && let Some(last) = self.last
        {
            return Some(answer(request, last));
        }
        if request != self.next {
            return Some(answer(request, result::BAD_NUMBER));
        }
        let result = match kind {
            // One request is on its way at a time (RFC 6525 section 5.1.1).
            parameter::OUTGOING_RESET if self.deferred.is_some() => {
                return Some(answer(request, result::ALREADY_IN_PROGRESS));
            }
            parameter::OUTGOING_RESET => self.defer(value, numbering, cumulative)?,
            // As many streams as there can be are announced from the begin, so more are no news.
            parameter::ADD_OUTGOING => result::PERFORMED,
            // Other requests are not used by data channels (RFC 8831 section 6.1).
            _ => result::DENIED,
        };
        self.next = request.wrapping_add(1);
        self.last = Some(result);
        self.due(cumulative).or(Some(answer(request, result)))
    }

    fn defer(&mut self, value: &[u8], numbering: Numbering, cumulative: u64) -> Option<u32> {
        let (number, streams) = parse_request(value)?;
        let last = numbering.read(self::number(value, 8)?, cumulative).unwrap_or(0);
        self.deferred = Some(Deferred { number, last, streams });
        Some(result::IN_PROGRESS)
    }

    /// The reset that waited, when all came that was sent before.
    pub(super) fn due(&mut self, cumulative: u64) -> Option<Disposal> {
        let deferred = self.deferred.take_if(|deferred| deferred.last <= cumulative)?;
        self.last = Some(result::PERFORMED);
        let Disposal { answer, .. } = answer(deferred.number, result::PERFORMED);
        Some(Disposal { answer, reset: Some(deferred.streams) })
    }

    /// The last request that is done. A request of ours carries its number and acknowledges it (RFC
    /// 6525 section 5.2.2, rule E1): the peer would take one that waits for performed.
    pub(super) fn last_done(&self) -> u32 {
        let waiting = self.deferred.as_ref().map_or(self.next, |deferred| deferred.number);
        waiting.wrapping_sub(1)
    }

    /// A piece with this number is of the next life of its stream, and comes too early.
    pub(super) fn is_after_a_reset(&self, stream: u16, number: u64) -> bool {
        self.deferred.as_ref().is_some_and(|deferred| {
            number > deferred.last
                && (deferred.streams.is_empty() || deferred.streams.contains(&stream))
        })
    }
}

fn answer(request: u32, result: u32) -> Disposal {
    Disposal { answer: response_value(request, result), reset: None }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sctp::resets::request_value;
    use crate::sctp::wire::parameters;

    const FIRST: u32 = u32::MAX;

    fn ask(peer: &mut PeerRequests, kind: u16, request: u32, cumulative: u64) -> (u32, bool) {
        let last = Numbering::new(FIRST).on_the_wire(5);
        let value = request_value(request, 0, last, &[7]);
        let (_, value) = parameters(&value).next().unwrap();
        let found = peer.dispose(kind, value, Numbering::new(FIRST), cumulative).unwrap();
        let (_, response) = parameters(&found.answer).next().unwrap();
        assert_eq!(number(response, 0), Some(request));
        (number(response, 4).unwrap(), found.reset.is_some())
    }

    #[test]
    fn requests_are_counted() {
        let mut peer = PeerRequests::new(FIRST);
        let reset = parameter::OUTGOING_RESET;
        assert_eq!(ask(&mut peer, reset, FIRST, 5), (result::PERFORMED, true));
        assert_eq!(ask(&mut peer, reset, FIRST, 5), (result::PERFORMED, false), "again");
        assert_eq!(ask(&mut peer, parameter::ADD_OUTGOING, 0, 5), (result::PERFORMED, false));
        assert_eq!(ask(&mut peer, 14, 1, 5), (result::DENIED, false));
        assert_eq!(ask(&mut peer, 14, 1, 5), (result::DENIED, false));
        assert_eq!(ask(&mut peer, 14, 9, 5), (result::BAD_NUMBER, false));
        assert_eq!(ask(&mut peer, reset, 2, 5), (result::PERFORMED, true));
        assert_eq!(peer.dispose(reset, &[0; 3], Numbering::new(FIRST), 5), None);
    }

    #[test]
    fn a_reset_is_neither_begun_nor_counted_while_another_waits() {
        let mut peer = PeerRequests::new(FIRST);
        let reset = parameter::OUTGOING_RESET;
        assert_eq!(peer.last_done(), FIRST - 1);
        assert_eq!(ask(&mut peer, reset, FIRST, 4), (result::IN_PROGRESS, false));
        assert_eq!(peer.last_done(), FIRST - 1, "it waits, so it is not acknowledged");
        assert_eq!(ask(&mut peer, reset, 0, 4), (result::ALREADY_IN_PROGRESS, false));
        assert_eq!(ask(&mut peer, reset, FIRST, 4), (result::IN_PROGRESS, false));
        assert!(peer.due(5).is_some());
        assert_eq!(peer.last_done(), FIRST);
        assert_eq!(ask(&mut peer, reset, 0, 5), (result::PERFORMED, true), "the other's turn");
        assert_eq!(peer.last_done(), 0);
    }

    #[test]
    fn a_reset_waits_for_what_was_sent_before() {
        let mut peer = PeerRequests::new(FIRST);
        let reset = parameter::OUTGOING_RESET;
        assert_eq!(ask(&mut peer, reset, FIRST, 3), (result::IN_PROGRESS, false));
        assert_eq!(ask(&mut peer, reset, FIRST, 4), (result::IN_PROGRESS, false));
        assert!(peer.is_after_a_reset(7, 6));
        assert!(!peer.is_after_a_reset(7, 5) && !peer.is_after_a_reset(8, 6));
        assert_eq!(peer.due(4), None);
        let due = peer.due(5).unwrap();
        assert_eq!(due.reset, Some(vec![7]));
        assert_eq!(due.answer, response_value(FIRST, result::PERFORMED));
        assert_eq!(ask(&mut peer, reset, FIRST, 5), (result::PERFORMED, false), "it asks again");
        assert!(!peer.is_after_a_reset(7, 6));
    }
}
