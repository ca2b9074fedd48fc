//! What a server says first (ServerHello, HelloRetryRequest, HelloVerifyRequest), before anything
//! shows that it was the server.
//!
//! One greeting of a stranger would lead the library astray for good. But a true server, which
//! hears nothing more, says its own again, and then there are two of the same number. So:
//!
//! 1. What comes first is believed.
//! 2. Another one of the same number shows that one of the two is a stranger's. The handshake
//!    begins anew from the same seed, so with the same greeting of ours, and takes the other one.
//! 3. What we sent under keys, or with a key, follows from a signature of the server's: from then
//!    on nothing of this is judged.

use super::record::{Fragment, RECORD_HEADER, is_clear, is_sealed, split_record};

const HANDSHAKE: u8 = 22;

const SERVER_HELLO: u8 = 2;
const HELLO_VERIFY_REQUEST: u8 = 3;

/// Messages of a client's that follow from a signature of the server's: Certificate and
/// ClientKeyExchange.
const ANSWERS: [u8; 2] = [11, 16];

/// A server greets twice at most: it asks for a cookie or another group, and then agrees.
const NUMBER_MAX: u16 = 1;

/// How often a handshake begins anew. A stranger who writes more often than that is as fast as the
/// peer is patient.
const ANEW_MAX: u32 = 32;

/// What came, by its numbers.
#[derive(Debug, Default)]
pub(super) struct Greetings {
    taken: Vec<Greeting>,
    anew: u32,
}

#[derive(Debug, PartialEq, Eq)]
struct Greeting {
    number: u16,
    /// Kind and bytes, as far as they came in the first part.
    says: Vec<u8>,
    datagram: Vec<u8>,
}

impl Greetings {
    /// One that is no request for a cookie was taken.
    pub(super) fn has_hello(&self) -> bool {
        self.taken.iter().any(|known| known.says[0] == SERVER_HELLO)
    }

    /// The datagrams with which the handshake is to begin anew, before it takes this one; `None`
    /// where it goes on.
    pub(super) fn judge(&mut self, datagram: &[u8]) -> Option<Vec<Vec<u8>>> {
        let greeting = greeting(datagram)?;
        let known = self.taken.iter().position(|known| known.number == greeting.number);
        let Some(index) = known else {
            self.taken.push(greeting);
            return None;
        };
        if self.taken[index].says == greeting.says || self.anew == ANEW_MAX {
            return None;
        }
        self.anew += 1;
        let number = greeting.number;
        self.taken.retain(|known| known.number < number);
        let before = self.taken.iter().map(|known| known.datagram.clone()).collect();
        self.taken.push(greeting);
        Some(before)
    }
}

/// What a server's datagram is, as far as it is a greeting.
pub(super) enum Says {
    Cookie,
    Hello,
    Nothing,
}

pub(super) fn says(datagram: &[u8]) -> Says {
    match greeting(datagram).map(|greeting| greeting.says[0]) {
        Some(HELLO_VERIFY_REQUEST) => Says::Cookie,
        Some(_) => Says::Hello,
        None => Says::Nothing,
    }
}

/// Whether a datagram of ours answers more than a greeting.
pub(super) fn answers(datagram: &[u8]) -> bool {
    let mut rest = datagram;
    while let Some((record, after)) = split_record(rest) {
        let fragment = Fragment::read(&record[RECORD_HEADER..]);
        if is_clear(record, HANDSHAKE) && fragment.is_some_and(|it| ANSWERS.contains(&it.kind)) {
            return true;
        }
        rest = after;
    }
    is_sealed(rest)
}

/// The first part of a greeting, where the datagram has one.
fn greeting(datagram: &[u8]) -> Option<Greeting> {
    let mut rest = datagram;
    while let Some((record, after)) = split_record(rest) {
        rest = after;
        if !is_clear(record, HANDSHAKE) {
            continue;
        }
        let Some(fragment) = Fragment::read(&record[RECORD_HEADER..]) else { continue };
        let greets = [SERVER_HELLO, HELLO_VERIFY_REQUEST].contains(&fragment.kind)
            && fragment.offset == 0
            && fragment.number <= NUMBER_MAX;
        if greets {
            let says = [&[fragment.kind], fragment.body].concat();
            return Some(Greeting { number: fragment.number, says, datagram: datagram.to_vec() });
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn datagram(kind: u8, number: u8, body: &[u8]) -> Vec<u8> {
        let length = body.len() as u8;
        let header = [kind, 0, 0, length, 0, number, 0, 0, 0, 0, 0, length];
        let size = 12 + length;
        [&[22, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, size][..], &header, body].concat()
    }

    #[test]
    fn another_greeting_begins_it_anew_and_the_same_does_not() {
        let mut greetings = Greetings::default();
        let cookie = datagram(HELLO_VERIFY_REQUEST, 0, b"cookie");
        let (forged, truly) =
            (datagram(SERVER_HELLO, 1, b"junk"), datagram(SERVER_HELLO, 1, b"us"));
        assert_eq!(greetings.judge(&cookie), None);
        assert_eq!(greetings.judge(&forged), None);
        assert_eq!(greetings.judge(&forged), None);
        assert_eq!(greetings.judge(&truly), Some(vec![cookie]));
        assert_eq!(greetings.judge(&truly), None);
        // There was no cookie after all.
        let other = datagram(SERVER_HELLO, 0, b"us");
        assert_eq!(greetings.judge(&other), Some(Vec::new()));
        assert_eq!(greetings.judge(&datagram(11, 1, b"certificate")), None);
    }

    #[test]
    fn beginning_anew_has_an_end() {
        let mut greetings = Greetings::default();
        let anew =
            (0..200_u8).filter(|n| greetings.judge(&datagram(SERVER_HELLO, 0, &[*n])).is_some());
        assert_eq!(anew.count(), ANEW_MAX as usize);
    }
}
