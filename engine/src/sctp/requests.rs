//! The peer's requests in RE-CONFIG (RFC 6525 section 5.2): resets of its streams are the data
//! transfer's, all others are answered here. Since the data transfer counts all requests, those
//! that it does not see are left out of its numbers.

use super::resets::{parameter, response_value, result};
use super::wire::number;

/// What becomes of a request.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Disposal {
    /// It goes to the data transfer, with this number.
    Pass(u32),
    /// This is the answer.
    Answer(Vec<u8>),
    /// It is none.
    Ignore,
}

/// Where the peer is.
#[derive(Debug)]
pub(super) struct PeerRequests {
    /// The number of its next request.
    next: u32,
    /// Requests that the data transfer did not see.
    unseen: u32,
    /// The last of them, and its result.
    last: Option<(u32, u32)>,
}

impl PeerRequests {
    pub(super) fn new(first: u32) -> Self {
        PeerRequests { next: first, unseen: 0, last: None }
    }

    /// A parameter of RE-CONFIG.
    pub(super) fn dispose(&mut self, kind: u16, value: &[u8]) -> Disposal {
        let Some(number) = number(value, 0) else { return Disposal::Ignore };
        if kind == parameter::OUTGOING_RESET {
            if number == self.next {
                self.next = number.wrapping_add(1);
            }
            return Disposal::Pass(number.wrapping_sub(self.unseen));
        }
        if let Some((last, result)) = self.last
            && last == number
        {
            return Disposal::Answer(response_value(number, result));
        }
        if number != self.next {
            return Disposal::Answer(response_value(number, result::BAD_NUMBER));
        }
        // As many streams as there can be are announced from the begin, so more are no news. Other
        // requests are not used by data channels (RFC 8831 section 6.1).
        let result = match kind {
            parameter::ADD_OUTGOING => result::PERFORMED,
            _ => result::DENIED,
        };
        self.next = number.wrapping_add(1);
        self.unseen = self.unseen.wrapping_add(1);
        self.last = Some((number, result));
        Disposal::Answer(response_value(number, result))
    }

    /// The number by which the peer knows a request that the data transfer answers.
    pub(super) fn restore(&self, number: u32) -> u32 {
        number.wrapping_add(self.unseen)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(number: u32) -> Vec<u8> {
        [number.to_be_bytes(), [0; 4]].concat()
    }

    #[test]
    fn numbers_are_without_those_unseen() {
        let mut peer = PeerRequests::new(u32::MAX);
        let reset = parameter::OUTGOING_RESET;
        assert_eq!(peer.dispose(reset, &request(u32::MAX)), Disposal::Pass(u32::MAX));
        let added = Disposal::Answer(response_value(0, result::PERFORMED));
        assert_eq!(peer.dispose(parameter::ADD_OUTGOING, &request(0)), added);
        assert_eq!(peer.dispose(parameter::ADD_OUTGOING, &request(0)), added, "again");
        assert_eq!(peer.dispose(reset, &request(1)), Disposal::Pass(0));
        assert_eq!(peer.restore(0), 1);
        let denied = Disposal::Answer(response_value(2, result::DENIED));
        assert_eq!(peer.dispose(14, &request(2)), denied);
        let bad = Disposal::Answer(response_value(9, result::BAD_NUMBER));
        assert_eq!(peer.dispose(14, &request(9)), bad);
        assert_eq!(peer.dispose(reset, &request(3)), Disposal::Pass(1));
        assert_eq!(peer.dispose(reset, &[0; 3]), Disposal::Ignore);
    }
}
