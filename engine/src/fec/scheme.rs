//! The two schemes, and what their headers have in common.

use super::flexfec;
use super::parity::{Parity, Protected};
use super::ulpfec;
use crate::ids::Ssrc;

/// How parity is carried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FecScheme {
    /// In a stream of its own (draft-ietf-payload-flexible-fec-scheme-03), for one stream.
    FlexFec {
        /// The stream that is protected.
        media_ssrc: Ssrc,
    },
    /// In the stream that is protected, within RED (RFC 5109, RFC 2198).
    Ulpfec {
        /// The stream.
        media_ssrc: Ssrc,
    },
}

impl FecScheme {
    /// The stream that is protected.
    pub fn media_ssrc(self) -> Ssrc {
        match self {
            FecScheme::FlexFec { media_ssrc } | FecScheme::Ulpfec { media_ssrc } => media_ssrc,
        }
    }

    /// Appends the payload of a FEC packet.
    pub(super) fn write(self, out: &mut Vec<u8>, protected: Protected, parity: &Parity) {
        match self {
            FecScheme::FlexFec { media_ssrc } => flexfec::write(out, media_ssrc, protected, parity),
            FecScheme::Ulpfec { .. } => ulpfec::write(out, protected, parity),
        }
    }

    /// Reads the payload of a FEC packet, its parity into `parity`. `None` where it is damaged, of
    /// a form that is not understood, or protects another stream.
    pub(super) fn read(self, payload: &[u8], parity: &mut Parity) -> Option<Protected> {
        match self {
            FecScheme::FlexFec { media_ssrc } => flexfec::read(payload, media_ssrc, parity),
            FecScheme::Ulpfec { .. } => ulpfec::read(payload, parity),
        }
    }
}
