//! A packet as it is written, into a buffer that is handed in.
//!
//! 1. [`PacketWriter::begin`] writes the fixed header and contributing sources;
//! 2. [`PacketWriter::extension`] adds elements, in one form for all of them;
//! 3. [`PacketWriter::payload`] closes the header, and the payload is appended to the buffer;
//! 4. [`pad`] adds padding where it is wanted.

use super::extension::{ElementForm, ElementWriter, HeaderExtension};
use super::packet::FIXED_HEADER_BYTES;
use crate::ids::{PayloadType, Ssrc};

/// Contributing sources that a header has room for.
pub const CSRCS_MAX: usize = 15;

/// The fixed header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RtpHeader {
    /// The marker bit.
    pub marker: bool,
    /// The payload type, 7 bits.
    pub payload_type: PayloadType,
    /// The sequence number.
    pub sequence_number: u16,
    /// The timestamp.
    pub timestamp: u32,
    /// The synchronisation source.
    pub ssrc: Ssrc,
}

/// Writes one packet at the end of a buffer.
///
/// ```
/// use lapwing_engine::rtp::{PacketWriter, RtpHeader, RtpPacket, extension::*};
/// use lapwing_engine::{PayloadType, Ssrc};
/// let header = RtpHeader {
///     marker: true,
///     payload_type: PayloadType(96),
///     sequence_number: 7,
///     timestamp: 9,
///     ssrc: Ssrc(1),
/// };
/// let mut buffer = Vec::new();
/// let mut writer = PacketWriter::begin(&mut buffer, &header, &[], ElementForm::OneByte);
/// assert!(writer.extension(3, &TransportSequenceNumber(17)));
/// writer.payload().extend_from_slice(b"sound");
/// let packet = RtpPacket::parse(&buffer).unwrap();
/// assert_eq!(packet.elements().next(), Some((3, &[0, 17][..])));
/// assert_eq!(packet.payload(), b"sound");
/// ```
#[derive(Debug)]
pub struct PacketWriter<'b> {
    buffer: &'b mut Vec<u8>,
    start: usize,
    elements: ElementWriter,
}

impl<'b> PacketWriter<'b> {
    /// Begins a packet at the end of `buffer`. Contributing sources after the fifteenth are left
    /// out.
    pub fn begin(
        buffer: &'b mut Vec<u8>,
        header: &RtpHeader,
        csrcs: &[Ssrc],
        form: ElementForm,
    ) -> Self {
        let start = buffer.len();
        let csrcs = &csrcs[..csrcs.len().min(CSRCS_MAX)];
        let mut fixed = [0; FIXED_HEADER_BYTES];
        fixed[0] = 0x80 | csrcs.len() as u8;
        fixed[1] = u8::from(header.marker) << 7 | header.payload_type.0 & 0x7f;
        fixed[2..4].copy_from_slice(&header.sequence_number.to_be_bytes());
        fixed[4..8].copy_from_slice(&header.timestamp.to_be_bytes());
        fixed[8..12].copy_from_slice(&header.ssrc.0.to_be_bytes());
        buffer.extend_from_slice(&fixed);
        for csrc in csrcs {
            buffer.extend_from_slice(&csrc.0.to_be_bytes());
        }
        let elements = ElementWriter::begin(buffer, form);
        PacketWriter { buffer, start, elements }
    }

    /// Goes on with a header without contributing sources that begins the buffer and, but for
    /// padding behind its elements of this form, ends it.
    pub(crate) fn resume(buffer: &'b mut Vec<u8>, form: ElementForm) -> Self {
        let elements = ElementWriter::resume(FIXED_HEADER_BYTES, form);
        PacketWriter { buffer, start: 0, elements }
    }

    /// Adds an element. False, and nothing written, where the form cannot hold it: an identifier
    /// out of range, or a value too long.
    pub fn extension<T: HeaderExtension>(&mut self, id: u8, value: &T) -> bool {
        self.elements.push(self.buffer, id, |out| value.write(out))
    }

    /// Adds an element of bytes as they are.
    pub fn opaque(&mut self, id: u8, value: &[u8]) -> bool {
        self.elements.push(self.buffer, id, |out| out.extend_from_slice(value))
    }

    /// Bytes of the buffer so far.
    pub(crate) fn len(&self) -> usize {
        self.buffer.len()
    }

    /// Closes the header. What is appended to the buffer from here on is the payload.
    pub fn payload(self) -> &'b mut Vec<u8> {
        if self.elements.finish(self.buffer) {
            self.buffer[self.start] |= 0x10;
        }
        self.buffer
    }
}

/// Pads the packet that begins at `start` with `count` bytes, 1 to 255, the last of which tells the
/// count. Nothing for zero.
pub fn pad(buffer: &mut Vec<u8>, start: usize, count: u8) {
    if count == 0 {
        return;
    }
    push_padding(buffer, count);
    buffer[start] |= PADDING_BIT;
}

/// In the first byte of a header: the payload ends in padding.
pub(crate) const PADDING_BIT: u8 = 0x20;

/// Padding of `count` bytes, at least one.
pub(crate) fn push_padding(payload: &mut Vec<u8>, count: u8) {
    payload.resize(payload.len() + usize::from(count) - 1, 0);
    payload.push(count);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rtp::RtpPacket;
    use crate::rtp::extension::TransportSequenceNumber;

    const HEADER: RtpHeader = RtpHeader {
        marker: false,
        payload_type: PayloadType(96),
        sequence_number: 1,
        timestamp: 2,
        ssrc: Ssrc(3),
    };

    /// Elements of a header of one-byte form to which one of `len` bytes was added later.
    fn resumed(form: ElementForm, first: bool, len: usize) -> Vec<(u8, usize)> {
        let mut buffer = Vec::new();
        let mut writer = PacketWriter::begin(&mut buffer, &HEADER, &[], ElementForm::OneByte);
        assert!(!first || writer.extension(3, &TransportSequenceNumber(17)));
        let end = writer.len();
        writer.payload();
        buffer.truncate(end);
        let mut writer = PacketWriter::resume(&mut buffer, form);
        writer.opaque(5, &vec![7; len]);
        writer.payload().push(9);
        let packet = RtpPacket::parse(&buffer).expect("it was just written");
        assert_eq!(packet.payload(), [9]);
        packet.elements().map(|(id, value)| (id, value.len())).collect()
    }

    #[test]
    fn elements_are_added_to_those_that_are_there() {
        use ElementForm::{Mixed, OneByte};
        assert_eq!(resumed(OneByte, true, 16), [(3, 2), (5, 16)]);
        assert_eq!(resumed(OneByte, false, 3), [(5, 3)]);
        assert_eq!(resumed(OneByte, true, 17), [(3, 2)], "it does not fit");
        assert_eq!(resumed(OneByte, false, 17), []);
        assert_eq!(resumed(Mixed, true, 17), [(3, 2), (5, 17)]);
        assert_eq!(resumed(Mixed, false, 40), [(5, 40)]);
    }
}
