//! The payload of a retransmission (RFC 4588 section 4): the sequence number that the packet had,
//! and then its payload.

use super::unwrap::near;

/// Bytes that a retransmission's payload is longer than the packet's.
pub const RTX_HEADER_BYTES: usize = 2;

/// The payload of a retransmission that came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RtxPayload<'a> {
    /// The sequence number of the packet in its own stream (OSN).
    pub original_sequence: u16,
    /// The packet's payload.
    pub payload: &'a [u8],
}

impl<'a> RtxPayload<'a> {
    /// `None` for a payload that is too short: it carries nothing, as probes do.
    pub fn view(payload: &'a [u8]) -> Option<Self> {
        let (head, payload) = payload.split_first_chunk()?;
        Some(RtxPayload { original_sequence: u16::from_be_bytes(*head), payload })
    }

    /// The extended sequence number of the packet, near the newest of its stream.
    pub fn original_number(&self, newest: u64) -> u64 {
        near(newest, self.original_sequence)
    }
}

/// Appends the payload of a retransmission.
pub fn write_rtx_payload(out: &mut Vec<u8>, original_sequence: u16, payload: &[u8]) {
    out.extend(original_sequence.to_be_bytes());
    out.extend_from_slice(payload);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_retransmission_reads_and_writes() {
        let mut out = Vec::new();
        write_rtx_payload(&mut out, 0x1234, b"picture");
        assert_eq!(out, b"\x12\x34picture");
        let expected = RtxPayload { original_sequence: 0x1234, payload: b"picture" };
        assert_eq!(RtxPayload::view(&out), Some(expected));
        assert_eq!(expected.original_number(0x2_1300), 0x2_1234);
        assert_eq!(expected.original_number(0x2_F000), 0x3_1234);
        assert_eq!(RtxPayload::view(&[0]), None);
        assert_eq!(RtxPayload::view(&[0, 1]).map(|rtx| rtx.payload), Some(&[][..]));
    }
}
