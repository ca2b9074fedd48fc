//! A tunnel through an HTTP proxy (`CONNECT`, RFC 9110 section 9.3.6).
//!
//! 1. [`TunnelHandshake::new`] makes the request.
//! 2. [`TunnelHandshake::received`] takes the answer: the status line, then fields until an empty
//!    line. Fields mean nothing in a 2xx; answers of 1xx precede the one that counts (section
//!    15.2).
//! 3. What comes behind a 2xx belongs to the stream.

use openssl::base64::encode_block;

use super::fault::StreamFault;
use crate::socket::Tunnel;

/// Bytes of all that a proxy answers before the tunnel is open, which nobody keeps. Proxies send
/// some hundred; pages of error are not read.
pub const ANSWER_BYTES_MAX: usize = 16_384;

/// Bytes of where a tunnel ends: a name of DNS, a colon and a port, with room.
pub const AUTHORITY_BYTES_MAX: usize = 300;

/// What each answer begins with, but for the digit of the minor version.
const VERSION: &[u8] = b"HTTP/1.";

/// `HTTP/1.1 200`: version, space, code.
const STATUS_BYTES: usize = VERSION.len() + 5;

/// A tunnel that was asked for.
///
/// ```
/// use lapwing_engine::Tunnel;
/// use lapwing_engine::stream::{StreamFault, TunnelHandshake};
///
/// let authority = "relay.example.org:443".to_owned();
/// let (mut handshake, request) =
///     TunnelHandshake::new(&Tunnel { authority, credentials: None }).expect("an authority");
/// assert!(request.starts_with(b"CONNECT relay.example.org:443 HTTP/1.1\r\n"));
///
/// assert_eq!(handshake.received(b"HTTP/1.1 200 Con"), Ok(None));
/// // Five bytes of the piece end the answer; the others came through the tunnel.
/// assert_eq!(handshake.received(b"n\r\n\r\nabc"), Ok(Some(5)));
/// ```
#[derive(Clone, Debug)]
pub struct TunnelHandshake {
    place: Place,
    /// Bytes of the answer so far.
    taken: usize,
}

/// Where in the answer.
#[derive(Clone, Copy, Debug)]
enum Place {
    /// In version and status, of which this many bytes came.
    Status { bytes: usize, status: u16 },
    /// Behind them.
    Behind { status: u16, line: Line },
}

/// What is known of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Line {
    /// Nothing of it came: it is a field, or the end.
    Empty,
    /// The status line, or a field.
    Begun,
}

impl TunnelHandshake {
    /// The handshake with the request that begins it.
    ///
    /// # Errors
    /// [`StreamFault::Authority`] where the authority has characters that a request line cannot
    /// carry, or too many.
    pub fn new(tunnel: &Tunnel) -> Result<(Self, Vec<u8>), StreamFault> {
        let Tunnel { authority, credentials } = tunnel;
        let fits = (1..=AUTHORITY_BYTES_MAX).contains(&authority.len());
        if !fits || !authority.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(StreamFault::Authority);
        }
        let mut request = format!("CONNECT {authority} HTTP/1.1\r\nHost: {authority}\r\n");
        if let Some((user, password)) = credentials {
            let text = encode_block(format!("{user}:{password}").as_bytes());
            request += &format!("Proxy-Authorization: Basic {text}\r\n");
        }
        request += "\r\n";
        let place = Place::Status { bytes: 0, status: 0 };
        Ok((TunnelHandshake { place, taken: 0 }, request.into_bytes()))
    }

    /// Takes what was read. Once the tunnel is open, gives how many bytes of `piece` were the
    /// proxy's; `None` while there is more to come.
    ///
    /// # Errors
    /// [`StreamFault`]: the connection is to be closed.
    pub fn received(&mut self, piece: &[u8]) -> Result<Option<usize>, StreamFault> {
        for (index, &byte) in piece.iter().enumerate() {
            self.taken += 1;
            if self.taken > ANSWER_BYTES_MAX {
                return Err(StreamFault::AnswerTooLong);
            }
            self.place = match self.place {
                Place::Status { bytes, status } => status_byte(bytes, status, byte)?,
                Place::Behind { status, line } => match (byte, line) {
                    (b'\n', Line::Empty) if is_interim(status) => {
                        Place::Status { bytes: 0, status: 0 }
                    }
                    (b'\n', Line::Empty) => return Ok(Some(index + 1)),
                    (b'\n', _) => Place::Behind { status, line: Line::Empty },
                    // A line may end with a line feed alone (RFC 9112 section 2.2).
                    (b'\r', _) => Place::Behind { status, line },
                    _ => Place::Behind { status, line: Line::Begun },
                },
            };
        }
        Ok(None)
    }
}

/// The place after a byte of `HTTP/1.x NNN` and the one behind it.
fn status_byte(bytes: usize, status: u16, byte: u8) -> Result<Place, StreamFault> {
    let minor = VERSION.len();
    let fits = match bytes {
        _ if bytes < minor => byte == VERSION[bytes],
        _ if bytes == minor => byte.is_ascii_digit(),
        _ if bytes == minor + 1 => byte == b' ',
        _ if bytes < STATUS_BYTES => byte.is_ascii_digit(),
        _ => matches!(byte, b' ' | b'\r' | b'\n'),
    };
    if !fits {
        return Err(StreamFault::NotHttp);
    }
    if bytes == STATUS_BYTES {
        let line = if byte == b'\n' { Line::Empty } else { Line::Begun };
        return match status {
            100..=299 => Ok(Place::Behind { status, line }),
            300..=599 => Err(StreamFault::Refused(status)),
            _ => Err(StreamFault::NotHttp),
        };
    }
    let is_code = bytes > minor + 1;
    let status = if is_code { status * 10 + u16::from(byte - b'0') } else { status };
    Ok(Place::Status { bytes: bytes + 1, status })
}

fn is_interim(status: u16) -> bool {
    status < 200
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    fn begin(credentials: Option<(&str, &str)>) -> (TunnelHandshake, String) {
        let credentials = credentials.map(|(user, word)| (user.to_owned(), word.to_owned()));
        let tunnel = Tunnel { authority: "[2001:db8::1]:443".to_owned(), credentials };
        let (handshake, request) = TunnelHandshake::new(&tunnel).unwrap();
        (handshake, String::from_utf8(request).unwrap())
    }

    /// How many bytes the answer has, taken in pieces of this size.
    fn answer(text: &[u8], piece_bytes: usize) -> Result<Option<usize>, StreamFault> {
        let (mut handshake, _) = begin(None);
        for (index, piece) in text.chunks(piece_bytes.max(1)).enumerate() {
            if let Some(end) = handshake.received(piece)? {
                return Ok(Some(index * piece_bytes.max(1) + end));
            }
        }
        Ok(None)
    }

    #[test]
    fn the_request_names_the_end_and_who_asks() {
        let (_, request) = begin(Some(("Aladdin", "open sesame")));
        // The credentials are those of RFC 7617 section 2.
        let expected = "CONNECT [2001:db8::1]:443 HTTP/1.1\r\nHost: [2001:db8::1]:443\r\n\
             Proxy-Authorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==\r\n\r\n";
        assert_eq!(request, expected);
        assert!(!begin(None).1.contains("Authorization"));
    }

    #[test]
    fn no_authority_adds_to_the_request() {
        let long = "a".repeat(AUTHORITY_BYTES_MAX + 1);
        for authority in ["", "a:1 HTTP/1.1\r\nX: y", "a b:1", "\u{e4}:1", &long] {
            let tunnel = Tunnel { authority: authority.to_owned(), credentials: None };
            assert_eq!(TunnelHandshake::new(&tunnel).unwrap_err(), StreamFault::Authority);
        }
    }

    #[test]
    fn the_answer_ends_with_an_empty_line() {
        for (text, behind) in [
            ("HTTP/1.1 200 Connection established\r\n\r\n", ""),
            ("HTTP/1.0 200 OK\nVia: a\n\n", "\n\n"),
            ("HTTP/1.1 299\r\nContent-Length: 5\r\nA: b\r\n\r\n", "hello"),
            ("HTTP/1.1 200\n\n", "HTTP/1.1 407 no\r\n\r\n"),
            (
                "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 E\r\nA: b\r\n\r\nHTTP/1.1 200 \r\n\r\n",
                "x",
            ),
        ] {
            let whole = format!("{text}{behind}");
            for size in [1, 2, 7, 1_000] {
                assert_eq!(answer(whole.as_bytes(), size), Ok(Some(text.len())), "{whole:?}");
                assert_eq!(answer(&text.as_bytes()[..text.len() - 1], size), Ok(None));
            }
        }
    }

    #[test]
    fn a_proxy_may_say_no() {
        for (status, text) in [(407, "Proxy Authentication Required"), (302, "Found"), (502, "")] {
            let text = format!("HTTP/1.1 {status} {text}\r\n\r\n<html>");
            assert_eq!(answer(text.as_bytes(), 5), Err(StreamFault::Refused(status)));
        }
    }

    #[test]
    fn what_is_no_http_is_known_by_its_first_bytes() {
        for text in [
            "SSH-2.0-x",
            "HTTP/2.0 200 OK\r\n",
            "HTTP/1.1  200",
            "HTTP/1.1 2000",
            "HTTP/1.1 099 \r\n",
            "HTTP/1.1 600 \r\n",
            "HTTP/1.1 2x0",
            "\x16\x03\x01",
        ] {
            assert_eq!(answer(text.as_bytes(), 3), Err(StreamFault::NotHttp), "{text:?}");
        }
    }

    #[test]
    fn an_answer_without_end_is_cut() {
        let status = b"HTTP/1.1 200 OK\r\n".to_vec();
        let fields = [status, vec![b'a'; ANSWER_BYTES_MAX]].concat();
        assert_eq!(answer(&fields, 100), Err(StreamFault::AnswerTooLong));
        let interim = b"HTTP/1.1 100 Continue\r\n\r\n".repeat(ANSWER_BYTES_MAX / 25 + 1);
        assert_eq!(answer(&interim, 100), Err(StreamFault::AnswerTooLong));
    }

    proptest! {
        #[test]
        fn any_bytes_give_the_same_however_they_are_cut(
            begin in 0_usize..3,
            rest in vec(prop_oneof![any::<u8>(), Just(b'\r'), Just(b'\n')], 0..60),
            size in 1_usize..50,
        ) {
            let begin = ["", "HTTP/1.1 ", "HTTP/1.1 200 "][begin].as_bytes();
            let text = [begin, &rest].concat();
            prop_assert_eq!(answer(&text, size), answer(&text, text.len()));
        }
    }
}
