//! Datagrams told apart in a stream.
//!
//! - RFC 4571, which ICE-TCP uses (RFC 6544 section 10.1): each is preceded by its length, two
//!   bytes in network order. A length of zero is legal and carries nothing (section 2): it is
//!   skipped.
//! - STUN (RFC 8489 section 6.2.2) and channel data (RFC 8656 section 12.5), which say themselves
//!   how long they are; channel data is padded to a multiple of four.

use std::fmt;
use std::ops::Range;

use super::fault::StreamFault;
use crate::socket::Framing;

/// Longest datagram that a frame of RFC 4571 can carry: what its length field can say.
pub const FRAME_BYTES_MAX: usize = u16::MAX as usize;

/// Longest STUN message: what its length field can say, with the header. Channel data is shorter.
pub const STUN_BYTES_MAX: usize = STUN_HEADER_BYTES + (u16::MAX as usize - 3);

/// Bytes of the length field of RFC 4571.
const LENGTH_BYTES: usize = 2;

/// Bytes of the header of a STUN message (RFC 8489 section 5).
const STUN_HEADER_BYTES: usize = 20;

/// What stands in each STUN message behind type and length.
const MAGIC_COOKIE: [u8; 4] = stun_types::message::MAGIC_COOKIE.to_be_bytes();

/// Bytes of the header of channel data (RFC 8656 section 12.4): number and length.
const CHANNEL_HEADER_BYTES: usize = 4;

/// A datagram that the stream cannot carry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FrameError {
    /// It is longer than [`FRAME_BYTES_MAX`].
    TooLong(usize),
    /// It is neither a whole STUN message nor whole channel data.
    NotStun,
}

impl fmt::Display for FrameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            FrameError::TooLong(bytes) => {
                write!(f, "{bytes} bytes do not fit a frame of {FRAME_BYTES_MAX}")
            }
            FrameError::NotStun => f.write_str("neither a STUN message nor channel data"),
        }
    }
}

impl std::error::Error for FrameError {}

/// Writes datagrams to a stream and takes a stream apart, in pieces of any size. It keeps no more
/// than one frame that is not complete.
///
/// ```
/// use lapwing_engine::Framing;
/// use lapwing_engine::stream::StreamCodec;
///
/// let mut codec = StreamCodec::new(Framing::Rfc4571);
/// let mut stream = Vec::new();
/// codec.write(b"abc", &mut stream).expect("it is short");
/// assert_eq!(stream, b"\x00\x03abc");
///
/// let mut datagrams = Vec::new();
/// for piece in [&b"\x00"[..], b"\x03ab", b"c\x00\x01d\x00"] {
///     codec.received(piece, |datagram| datagrams.push(datagram.to_vec())).expect("all is legal");
/// }
/// assert_eq!(datagrams, [b"abc".to_vec(), b"d".to_vec()]);
/// assert_eq!(codec.pending(), 1);
/// ```
#[derive(Clone, Debug)]
pub struct StreamCodec {
    framing: Framing,
    /// The beginning of a frame whose end has not come.
    partial: Vec<u8>,
}

/// What the beginning of a frame tells.
enum Head {
    /// Nothing before there are this many bytes.
    Needs(usize),
    Frame {
        /// Bytes until the next one.
        bytes: usize,
        /// Where the datagram stands in it.
        datagram: Range<usize>,
    },
}

impl StreamCodec {
    /// At the start of a stream.
    pub fn new(framing: Framing) -> Self {
        StreamCodec { framing, partial: Vec::new() }
    }

    /// Appends a datagram with what tells its end to what is to be written to the stream. Channel
    /// data may come with its padding or without.
    ///
    /// # Errors
    /// [`FrameError`]; nothing was appended.
    pub fn write(&self, datagram: &[u8], stream: &mut Vec<u8>) -> Result<(), FrameError> {
        match self.framing {
            Framing::Rfc4571 => {
                let length = u16::try_from(datagram.len())
                    .map_err(|_| FrameError::TooLong(datagram.len()))?;
                stream.extend_from_slice(&length.to_be_bytes());
                stream.extend_from_slice(datagram);
            }
            Framing::Stun => {
                let Ok(Head::Frame { bytes, datagram: Range { end, .. } }) = stun_head(datagram)
                else {
                    return Err(FrameError::NotStun);
                };
                if datagram.len() != end && datagram.len() != bytes {
                    return Err(FrameError::NotStun);
                }
                stream.extend_from_slice(&datagram[..end]);
                stream.extend_from_slice(&[0; 3][..bytes - end]);
            }
        }
        Ok(())
    }

    /// Takes what was read from the stream, and gives `each` datagram that is complete with it.
    ///
    /// # Errors
    /// [`StreamFault::NotStun`], again with each further call. With RFC 4571, no bytes are invalid.
    pub fn received(
        &mut self,
        piece: &[u8],
        mut each: impl FnMut(&[u8]),
    ) -> Result<(), StreamFault> {
        let mut rest = self.complete_partial(piece, &mut each)?;
        while self.partial.is_empty() {
            match head(self.framing, rest) {
                Ok(Head::Frame { bytes, datagram }) if bytes <= rest.len() => {
                    give(&rest[datagram], &mut each);
                    rest = &rest[bytes..];
                }
                // What is wrong is kept too, so that it is wrong again.
                _ => {
                    self.partial.extend_from_slice(rest);
                    return head(self.framing, &self.partial).map(|_| ());
                }
            }
        }
        Ok(())
    }

    /// Bytes kept of a frame that is not complete. At the end of a stream, any say that it was cut.
    pub fn pending(&self) -> usize {
        self.partial.len()
    }

    /// Adds to the frame that was begun as much as it lacks; gives what is behind it.
    fn complete_partial<'a>(
        &mut self,
        mut piece: &'a [u8],
        each: &mut impl FnMut(&[u8]),
    ) -> Result<&'a [u8], StreamFault> {
        while !self.partial.is_empty() {
            let (needed, datagram) = match head(self.framing, &self.partial)? {
                Head::Needs(bytes) => (bytes, None),
                Head::Frame { bytes, datagram } => (bytes, Some(datagram)),
            };
            let lacking = needed.saturating_sub(self.partial.len());
            let (taken, rest) = piece.split_at(lacking.min(piece.len()));
            self.partial.extend_from_slice(taken);
            piece = rest;
            if self.partial.len() < needed {
                break;
            }
            if let Some(datagram) = datagram {
                give(&self.partial[datagram], each);
                self.partial.clear();
            }
        }
        Ok(piece)
    }
}

fn give(datagram: &[u8], each: &mut impl FnMut(&[u8])) {
    if !datagram.is_empty() {
        each(datagram);
    }
}

fn head(framing: Framing, bytes: &[u8]) -> Result<Head, StreamFault> {
    match framing {
        Framing::Rfc4571 => Ok(match bytes.first_chunk::<LENGTH_BYTES>() {
            None => Head::Needs(LENGTH_BYTES),
            Some(length) => {
                let bytes = LENGTH_BYTES + usize::from(u16::from_be_bytes(*length));
                Head::Frame { bytes, datagram: LENGTH_BYTES..bytes }
            }
        }),
        Framing::Stun => stun_head(bytes),
    }
}

/// The bytes of the first STUN message or channel data of a stream, with its padding; `None` while
/// not all of it is there.
///
/// ```
/// use lapwing_engine::stream::{StreamFault, stun_frame};
/// assert_eq!(stun_frame(b"\x40\x00\x00\x05hello\x00\x00\x00\x40"), Ok(Some(12)));
/// assert_eq!(stun_frame(b"\x40\x00\x00\x05hel"), Ok(None));
/// assert_eq!(stun_frame(b"\x16\x03\x01\x02\x00\x01\x00\x01"), Err(StreamFault::NotStun));
/// ```
///
/// # Errors
/// [`StreamFault::NotStun`]: the stream is of no use any more.
pub fn stun_frame(stream: &[u8]) -> Result<Option<usize>, StreamFault> {
    Ok(match stun_head(stream)? {
        Head::Frame { bytes, .. } if bytes <= stream.len() => Some(bytes),
        Head::Frame { .. } | Head::Needs(_) => None,
    })
}

/// The first two bits tell messages from channel data. Its numbers are 0x4000 to 0x4fff (RFC 8656
/// section 12); RFC 5766 had them up to 0x7fff, and its clients are still there.
fn stun_head(bytes: &[u8]) -> Result<Head, StreamFault> {
    match bytes.first() {
        Some(0x00..=0x7f) | None => {}
        Some(_) => return Err(StreamFault::NotStun),
    }
    let Some(&[first, _, high, low]) = bytes.first_chunk() else {
        return Ok(Head::Needs(CHANNEL_HEADER_BYTES));
    };
    let length = usize::from(u16::from_be_bytes([high, low]));
    if first >= 0x40 {
        let end = CHANNEL_HEADER_BYTES + length;
        return Ok(Head::Frame { bytes: end.next_multiple_of(4), datagram: 0..end });
    }
    let Some(cookie) = bytes.get(4..8) else { return Ok(Head::Needs(8)) };
    if !length.is_multiple_of(4) || cookie != MAGIC_COOKIE {
        return Err(StreamFault::NotStun);
    }
    let bytes = STUN_HEADER_BYTES + length;
    Ok(Head::Frame { bytes, datagram: 0..bytes })
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    /// Datagrams, what is left of a frame, and whether the stream was good.
    type Decoded = (Vec<Vec<u8>>, usize, bool);

    fn decode(framing: Framing, stream: &[u8], piece_sizes: &[usize]) -> Decoded {
        let (mut codec, mut datagrams, mut rest) = (StreamCodec::new(framing), Vec::new(), stream);
        let mut sizes = piece_sizes.iter().cycle();
        while !rest.is_empty() {
            let size = sizes.next().map_or(rest.len(), |size| (*size).min(rest.len()));
            let (piece, after) = rest.split_at(size);
            if codec.received(piece, |datagram| datagrams.push(datagram.to_vec())).is_err() {
                assert!(codec.received(&[], |_| panic!("nothing more comes")).is_err());
                return (datagrams, 0, false);
            }
            assert!(codec.pending() < STUN_BYTES_MAX);
            rest = after;
        }
        (datagrams, codec.pending(), true)
    }

    fn stun_or_channel_data() -> impl Strategy<Value = Vec<u8>> {
        let message = vec(any::<u8>(), 0..100).prop_map(|mut body| {
            body.truncate(body.len() / 4 * 4);
            let mut message = vec![0, 1, 0, body.len() as u8];
            message.extend(MAGIC_COOKIE);
            message.extend([7; 12]);
            message.extend(body);
            message
        });
        let data = (0_u8..16, vec(any::<u8>(), 0..700)).prop_map(|(channel, body)| {
            let length = (body.len() as u16).to_be_bytes();
            [&[0x40 | channel, 9][..], &length, &body].concat()
        });
        prop_oneof![message, data]
    }

    proptest! {
        #[test]
        fn what_is_framed_comes_out_however_it_is_cut(
            datagrams in vec(vec(any::<u8>(), 0..600), 0..20),
            piece_sizes in vec(1_usize..700, 1..10),
        ) {
            let (mut stream, codec) = (Vec::new(), StreamCodec::new(Framing::Rfc4571));
            for datagram in &datagrams {
                codec.write(datagram, &mut stream).expect("they are short");
            }
            let expected: Vec<Vec<u8>> =
                datagrams.into_iter().filter(|datagram| !datagram.is_empty()).collect();
            let came = decode(Framing::Rfc4571, &stream, &piece_sizes);
            prop_assert_eq!(came, (expected, 0, true));
        }

        #[test]
        fn messages_and_channel_data_come_out_however_they_are_cut(
            datagrams in vec(stun_or_channel_data(), 0..20),
            piece_sizes in vec(1_usize..700, 1..10),
            padded in any::<bool>(),
        ) {
            let (mut stream, codec) = (Vec::new(), StreamCodec::new(Framing::Stun));
            for datagram in &datagrams {
                let mut datagram = datagram.clone();
                if padded {
                    datagram.resize(datagram.len().next_multiple_of(4), 0);
                }
                codec.write(&datagram, &mut stream).expect("they are well-formed");
                prop_assert!(stream.len().is_multiple_of(4));
            }
            let came = decode(Framing::Stun, &stream, &piece_sizes);
            prop_assert_eq!(came, (datagrams, 0, true));
        }

        #[test]
        fn any_bytes_give_the_same_however_they_are_cut(
            stream in vec(any::<u8>(), 0..4_000),
            piece_sizes in vec(1_usize..700, 1..10),
        ) {
            for framing in [Framing::Rfc4571, Framing::Stun] {
                let whole = decode(framing, &stream, &[]);
                let carried: usize = whole.0.iter().map(Vec::len).sum();
                prop_assert!(carried + whole.1 <= stream.len());
                prop_assert_eq!(decode(framing, &stream, &piece_sizes), whole);
            }
        }
    }

    #[test]
    fn the_longest_fits_and_one_more_does_not() {
        let (mut stream, codec) = (Vec::new(), StreamCodec::new(Framing::Rfc4571));
        let longest = vec![7; FRAME_BYTES_MAX];
        codec.write(&longest, &mut stream).unwrap();
        assert_eq!(decode(Framing::Rfc4571, &stream, &[1_400]), (vec![longest], 0, true));
        let refused = codec.write(&vec![7; FRAME_BYTES_MAX + 1], &mut stream);
        assert_eq!(refused, Err(FrameError::TooLong(FRAME_BYTES_MAX + 1)));
        assert_eq!(stream.len(), LENGTH_BYTES + FRAME_BYTES_MAX);
        let mut message = vec![0; STUN_BYTES_MAX];
        message[2..8].copy_from_slice(&[0xff, 0xfc, 0x21, 0x12, 0xa4, 0x42]);
        let (mut stream, codec) = (Vec::new(), StreamCodec::new(Framing::Stun));
        codec.write(&message, &mut stream).unwrap();
        assert_eq!(decode(Framing::Stun, &stream, &[1_400]), (vec![message], 0, true));
    }

    #[test]
    fn what_is_no_stun_is_not_written() {
        let (mut stream, codec) = (Vec::new(), StreamCodec::new(Framing::Stun));
        for datagram in [
            &b""[..],
            b"\x40\x00\x00",
            b"\x40\x00\x00\x02a",
            b"\x40\x00\x00\x02abcde",
            b"\x80\x00\x00\x02ab",
            b"\x16\xfe\xfd\x00\x00\x00\x00\x00",
            b"\x80\x6f\x00\x01",
        ] {
            assert_eq!(codec.write(datagram, &mut stream), Err(FrameError::NotStun));
        }
        assert!(stream.is_empty());
    }

    #[test]
    fn garbage_ends_the_stream_at_once() {
        for garbage in [&b"\x16\x03\x01\x00\x05\x01\x00\x00"[..], b"\x80", b"\xff"] {
            let stream = [b"\x40\x00\x00\x01a\x00\x00\x00", garbage].concat();
            let expected = (vec![b"\x40\x00\x00\x01a".to_vec()], 0, false);
            assert_eq!(decode(Framing::Stun, &stream, &[3]), expected);
            assert_eq!(decode(Framing::Stun, &stream, &[]), expected);
        }
    }
}
