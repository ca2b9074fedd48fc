//! Open bitstream units of AV1 (its specification section 5.3).

use std::ops::Range;

use crate::rtp::leb128::read_leb128;

/// Types that are not sent in RTP (RTP Payload Format For AV1 section 5).
const TEMPORAL_DELIMITER: u8 = 2;
const TILE_LIST: u8 = 8;
const PADDING: u8 = 15;

/// The header of a unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct ObuHeader {
    bytes: [u8; 2],
}

impl ObuHeader {
    /// The bit that says that a size follows the header.
    pub(super) const HAS_SIZE: u8 = 0x02;

    const HAS_EXTENSION: u8 = 0x04;

    /// `None` where it is cut, or its forbidden bit is set.
    pub(super) fn read(bytes: &[u8]) -> Option<Self> {
        let first = *bytes.first()?;
        let second = match first & Self::HAS_EXTENSION != 0 {
            true => *bytes.get(1)?,
            false => 0,
        };
        (first & 0x80 == 0).then_some(ObuHeader { bytes: [first, second] })
    }

    pub(super) fn len(self) -> usize {
        1 + usize::from(self.bytes[0] & Self::HAS_EXTENSION != 0)
    }

    pub(super) fn has_size(self) -> bool {
        self.bytes[0] & Self::HAS_SIZE != 0
    }

    /// The spatial and the temporal layer.
    pub(super) fn layers(self) -> (u8, u8) {
        (self.bytes[1] >> 3 & 0b11, self.bytes[1] >> 5)
    }

    pub(super) fn is_temporal_delimiter(self) -> bool {
        self.kind() == TEMPORAL_DELIMITER
    }

    /// Whether units of this type are sent in RTP.
    pub(super) fn is_sent(self) -> bool {
        !matches!(self.kind(), TEMPORAL_DELIMITER | TILE_LIST | PADDING)
    }

    /// Its bytes and how many they are, saying that no size follows.
    pub(super) fn without_size(self) -> ([u8; 2], usize) {
        ([self.bytes[0] & !Self::HAS_SIZE, self.bytes[1]], self.len())
    }

    fn kind(self) -> u8 {
        self.bytes[0] >> 3 & 0x0f
    }
}

/// A unit in a frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Obu {
    pub(super) header: ObuHeader,
    /// What follows header and size.
    pub(super) payload: Range<usize>,
}

/// The units of a frame; `None` for one that is damaged, and then no more.
#[derive(Clone, Debug)]
pub(super) struct Obus<'f> {
    frame: &'f [u8],
    at: usize,
}

impl<'f> Obus<'f> {
    pub(super) fn new(frame: &'f [u8]) -> Self {
        Obus { frame, at: 0 }
    }

    fn read(&self) -> Option<Obu> {
        let rest = &self.frame[self.at..];
        let header = ObuHeader::read(rest)?;
        let mut start = self.at + header.len();
        let mut end = self.frame.len();
        // Only the last may be without a size.
        if header.has_size() {
            let (size, bytes) = read_leb128(&rest[header.len()..])?;
            start += bytes;
            end = start.checked_add(size as usize).filter(|end| *end <= self.frame.len())?;
        }
        Some(Obu { header, payload: start..end })
    }
}

impl Iterator for Obus<'_> {
    type Item = Option<Obu>;

    fn next(&mut self) -> Option<Option<Obu>> {
        if self.at == self.frame.len() {
            return None;
        }
        let obu = self.read();
        self.at = obu.as_ref().map_or(self.frame.len(), |obu| obu.payload.end);
        Some(obu)
    }
}
