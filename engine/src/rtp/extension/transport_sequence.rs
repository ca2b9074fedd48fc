//! One numbering for all packets of a transport (draft-holmer-rmcat-transport-wide-cc-extensions
//! section 2).

use super::kind::ExtensionKind;
use super::value::HeaderExtension;

/// The number of a packet on its transport.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TransportSequenceNumber(pub u16);

impl HeaderExtension for TransportSequenceNumber {
    const KIND: ExtensionKind = ExtensionKind::TransportSequenceNumber;

    fn read(value: &[u8]) -> Option<Self> {
        let value: [u8; 2] = value.get(..2)?.try_into().ok()?;
        Some(TransportSequenceNumber(u16::from_be_bytes(value)))
    }

    fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.0.to_be_bytes());
    }
}
