//! What a packet of a real network has before its payload.

/// IP header and transport header, as they were read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Headers {
    pub(super) bytes: Vec<u8>,
    /// Length of the IP header.
    pub(super) ip: usize,
    /// Of the payload, to see whether it was changed.
    pub(super) payload_digest: u64,
}

impl Headers {
    pub(crate) fn len(&self) -> usize {
        self.bytes.len()
    }

    pub(super) fn is_v4(&self) -> bool {
        self.bytes[0] >> 4 == 4
    }
}
