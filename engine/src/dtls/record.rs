//! Records and handshake messages of DTLS in the clear (RFC 6347 sections 4.1 and 4.2.2).

/// Bytes of a record's header.
pub(super) const RECORD_HEADER: usize = 13;

/// The first record of a datagram, and the rest; `None` where the header is of another form (those
/// that DTLS 1.3 encrypts, RFC 9147 section 4) or does not fit.
pub(super) fn split_record(datagram: &[u8]) -> Option<(&[u8], &[u8])> {
    let &[kind, .., high, low] = datagram.first_chunk::<RECORD_HEADER>()?;
    let length = RECORD_HEADER + usize::from(u16::from_be_bytes([high, low]));
    ((20..=26).contains(&kind) && length <= datagram.len()).then(|| datagram.split_at(length))
}

/// Whether the record is of this kind, and of the epoch without keys.
pub(super) fn is_clear(record: &[u8], kind: u8) -> bool {
    record[0] == kind && record[3..5] == [0, 0]
}

/// Whether it begins with a header of DTLS 1.3 for sealed records (RFC 9147 section 4).
pub(super) fn is_sealed(bytes: &[u8]) -> bool {
    bytes.first().is_some_and(|first| first & 0xe0 == 0x20)
}

/// Bytes of a handshake message's header.
pub(super) const HANDSHAKE_HEADER: usize = 12;

/// A handshake message, or a part of one.
pub(super) struct Fragment<'a> {
    pub(super) kind: u8,
    /// Bytes of the whole message.
    pub(super) length: usize,
    pub(super) number: u16,
    pub(super) offset: usize,
    pub(super) body: &'a [u8],
}

impl<'a> Fragment<'a> {
    /// The first one, if all of it is there.
    pub(super) fn read(bytes: &'a [u8]) -> Option<Self> {
        let header: &[u8; HANDSHAKE_HEADER] = bytes.first_chunk()?;
        let size = number(&header[9..]);
        Some(Fragment {
            kind: header[0],
            length: number(&header[1..]),
            number: u16::from_be_bytes([header[4], header[5]]),
            offset: number(&header[6..]),
            body: bytes.get(HANDSHAKE_HEADER..HANDSHAKE_HEADER + size)?,
        })
    }

    /// Its body, if it is where the message begins.
    pub(super) fn first(&self) -> Option<&'a [u8]> {
        (self.offset == 0).then_some(self.body)
    }
}

/// A number of three bytes.
pub(super) fn number(bytes: &[u8]) -> usize {
    bytes.iter().take(3).fold(0, |number, byte| number << 8 | usize::from(*byte))
}

/// A number of two bytes.
pub(super) fn short(bytes: &[u8], at: usize) -> Option<usize> {
    Some(usize::from(u16::from_be_bytes(*bytes.get(at..)?.first_chunk()?)))
}
