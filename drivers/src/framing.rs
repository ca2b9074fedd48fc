//! Datagrams over a stream: the framing of RFC 4571, which ICE-TCP uses (RFC 6544 section 10.1).
//!
//! Each datagram is preceded by its length, two bytes in network order. A length of zero is legal
//! and carries nothing (RFC 4571 section 2): it is skipped.

use std::fmt;

/// Longest datagram that a frame can carry: what its length field can say.
pub const FRAME_BYTES_MAX: usize = u16::MAX as usize;

/// Bytes of the length field.
const LENGTH_BYTES: usize = 2;

/// A datagram is longer than [`FRAME_BYTES_MAX`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FrameTooLong(pub usize);

impl fmt::Display for FrameTooLong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} bytes do not fit a frame of {FRAME_BYTES_MAX}", self.0)
    }
}

impl std::error::Error for FrameTooLong {}

/// Appends a datagram with its length to what is to be written to the stream.
///
/// ```
/// let mut stream = Vec::new();
/// lapwing_drivers::framing::encode(b"abc", &mut stream).expect("it is short");
/// assert_eq!(stream, b"\x00\x03abc");
/// ```
pub fn encode(datagram: &[u8], stream: &mut Vec<u8>) -> Result<(), FrameTooLong> {
    let length = u16::try_from(datagram.len()).map_err(|_| FrameTooLong(datagram.len()))?;
    stream.extend_from_slice(&length.to_be_bytes());
    stream.extend_from_slice(datagram);
    Ok(())
}

/// Takes a stream apart, in pieces of any size. It keeps no more than one frame that is not
/// complete: at most [`FRAME_BYTES_MAX`] bytes and their length. No bytes are invalid.
///
/// ```
/// use lapwing_drivers::framing::Decoder;
///
/// let mut decoder = Decoder::new();
/// let mut datagrams = Vec::new();
/// for piece in [&b"\x00"[..], b"\x03ab", b"c\x00\x01d\x00"] {
///     decoder.push(piece, |datagram| datagrams.push(datagram.to_vec()));
/// }
/// assert_eq!(datagrams, [b"abc".to_vec(), b"d".to_vec()]);
/// assert_eq!(decoder.pending(), 1);
/// ```
#[derive(Clone, Debug, Default)]
pub struct Decoder {
    /// The beginning of a frame whose end has not come.
    partial: Vec<u8>,
}

impl Decoder {
    /// At the start of a stream.
    pub fn new() -> Self {
        Decoder::default()
    }

    /// Takes what was read from the stream, and gives `each` datagram that is complete with it.
    pub fn push(&mut self, piece: &[u8], mut each: impl FnMut(&[u8])) {
        let mut rest = self.complete_partial(piece, &mut each);
        while let Some((datagram, after)) = split_frame(rest) {
            if !datagram.is_empty() {
                each(datagram);
            }
            rest = after;
        }
        self.partial.extend_from_slice(rest);
    }

    /// Bytes kept of a frame that is not complete. At the end of a stream, any say that it was cut.
    pub fn pending(&self) -> usize {
        self.partial.len()
    }

    /// Adds to the frame that was begun as much as it lacks; gives what is behind it.
    fn complete_partial<'a>(&mut self, piece: &'a [u8], each: &mut impl FnMut(&[u8])) -> &'a [u8] {
        if self.partial.is_empty() {
            return piece;
        }
        let rest = self.take_up_to(LENGTH_BYTES, piece);
        let Some((length, _)) = self.partial.split_first_chunk::<LENGTH_BYTES>() else {
            return rest;
        };
        let frame = LENGTH_BYTES + usize::from(u16::from_be_bytes(*length));
        let rest = self.take_up_to(frame, rest);
        if self.partial.len() == frame {
            if frame > LENGTH_BYTES {
                each(&self.partial[LENGTH_BYTES..]);
            }
            self.partial.clear();
        }
        rest
    }

    fn take_up_to<'a>(&mut self, total: usize, piece: &'a [u8]) -> &'a [u8] {
        let lacking = total.saturating_sub(self.partial.len());
        let (taken, rest) = piece.split_at(lacking.min(piece.len()));
        self.partial.extend_from_slice(taken);
        rest
    }
}

/// The first frame's datagram, and what is behind it, where the frame is complete.
fn split_frame(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = bytes.split_first_chunk::<LENGTH_BYTES>()?;
    rest.split_at_checked(usize::from(u16::from_be_bytes(*length)))
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    fn decode(stream: &[u8], piece_sizes: &[usize]) -> (Vec<Vec<u8>>, usize) {
        let (mut decoder, mut datagrams, mut rest) = (Decoder::new(), Vec::new(), stream);
        let mut sizes = piece_sizes.iter().cycle();
        while !rest.is_empty() {
            let size = sizes.next().map_or(rest.len(), |size| (*size).min(rest.len()));
            let (piece, after) = rest.split_at(size);
            decoder.push(piece, |datagram| datagrams.push(datagram.to_vec()));
            assert!(decoder.pending() < LENGTH_BYTES + FRAME_BYTES_MAX);
            rest = after;
        }
        (datagrams, decoder.pending())
    }

    proptest! {
        #[test]
        fn what_is_framed_comes_out_however_it_is_cut(
            datagrams in vec(vec(any::<u8>(), 0..600), 0..20),
            piece_sizes in vec(1_usize..700, 1..10),
        ) {
            let mut stream = Vec::new();
            for datagram in &datagrams {
                encode(datagram, &mut stream).expect("they are short");
            }
            let expected: Vec<Vec<u8>> =
                datagrams.into_iter().filter(|datagram| !datagram.is_empty()).collect();
            prop_assert_eq!(decode(&stream, &piece_sizes), (expected, 0));
        }

        #[test]
        fn any_bytes_give_the_same_however_they_are_cut(
            stream in vec(any::<u8>(), 0..4_000),
            piece_sizes in vec(1_usize..700, 1..10),
        ) {
            let whole = decode(&stream, &[]);
            let carried: usize = whole.0.iter().map(|datagram| datagram.len() + 2).sum();
            prop_assert!(carried + whole.1 <= stream.len());
            prop_assert_eq!(decode(&stream, &piece_sizes), whole);
        }
    }

    #[test]
    fn the_longest_fits_and_one_more_does_not() {
        let mut stream = Vec::new();
        let longest = vec![7; FRAME_BYTES_MAX];
        encode(&longest, &mut stream).unwrap();
        assert_eq!(decode(&stream, &[1_400]), (vec![longest], 0));
        let refused = encode(&vec![7; FRAME_BYTES_MAX + 1], &mut stream);
        assert_eq!(refused, Err(FrameTooLong(FRAME_BYTES_MAX + 1)));
        assert_eq!(stream.len(), LENGTH_BYTES + FRAME_BYTES_MAX);
    }
}
