//! The envelope of ULPFEC and of what it protects: RED with one block (RFC 2198 section 3).

use crate::ids::PayloadType;

/// What is in the envelope.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Red<'a> {
    /// The payload type of what is in it.
    pub payload_type: PayloadType,
    /// What is in it.
    pub payload: &'a [u8],
}

impl<'a> Red<'a> {
    /// `None` for an empty payload, and for one with more than one block: redundancy as sound has
    /// it.
    pub fn view(payload: &'a [u8]) -> Option<Self> {
        let (&head, payload) = payload.split_first()?;
        (head & 0x80 == 0).then_some(Red { payload_type: PayloadType(head), payload })
    }
}

/// Appends the payload in its envelope.
pub fn write_red(out: &mut Vec<u8>, payload_type: PayloadType, payload: &[u8]) {
    out.push(payload_type.0 & 0x7F);
    out.extend_from_slice(payload);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_envelope_reads_and_writes() {
        let mut out = Vec::new();
        write_red(&mut out, PayloadType(117), b"parity");
        assert_eq!(out, b"\x75parity");
        let red = Red { payload_type: PayloadType(117), payload: b"parity" };
        assert_eq!(Red::view(&out), Some(red));
        assert_eq!(Red::view(&[]), None);
        assert_eq!(Red::view(&[0x80 | 117, 0, 0, 0, 1]), None, "two blocks");
    }
}
