//! What the numbers of a picture mean as colours (webrtc.org, color-space; ISO/IEC 23001-8).

use super::kind::ExtensionKind;
use super::value::HeaderExtension;

/// Bytes without, and with, what is said of high dynamic range.
const BYTES: usize = 4;
const BYTES_WITH_HDR: usize = 28;

/// Colours, by the code points of ISO/IEC 23001-8.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ColorSpace {
    /// Primaries, section 7.1.
    pub primaries: u8,
    /// Transfer characteristics, section 7.2.
    pub transfer: u8,
    /// Matrix coefficients, section 7.3.
    pub matrix: u8,
    /// Range, 2 bits: 1 limited, 2 full, 3 as the matrix derives it.
    pub range: u8,
    /// Siting of chroma, horizontal and vertical, 2 bits each: 1 collocated, 2 between.
    pub chroma_siting: (u8, u8),
    /// High dynamic range.
    pub hdr: Option<HdrMetadata>,
}

/// The screen that the pictures were made on (SMPTE ST 2086, CTA-861.3).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HdrMetadata {
    /// Largest luminance, cd/m2.
    pub luminance_max: u16,
    /// Least luminance, 1/10,000 cd/m2.
    pub luminance_min: u16,
    /// Red, green, blue, white as x and y, in 1/50,000.
    pub chromaticity: [(u16, u16); 4],
    /// Largest light level of a pixel, cd/m2.
    pub max_content_light_level: u16,
    /// Largest mean light level of a frame, cd/m2.
    pub max_frame_average_light_level: u16,
}

impl HeaderExtension for ColorSpace {
    const KIND: ExtensionKind = ExtensionKind::ColorSpace;

    fn read(value: &[u8]) -> Option<Self> {
        let hdr = match value.len() {
            BYTES => None,
            BYTES_WITH_HDR => Some(HdrMetadata::read(&value[BYTES..])),
            _ => return None,
        };
        Some(ColorSpace {
            primaries: value[0],
            transfer: value[1],
            matrix: value[2],
            range: value[3] >> 4 & 0b11,
            chroma_siting: (value[3] >> 2 & 0b11, value[3] & 0b11),
            hdr,
        })
    }

    fn write(&self, out: &mut Vec<u8>) {
        let (horizontal, vertical) = self.chroma_siting;
        let last = (self.range & 0b11) << 4 | (horizontal & 0b11) << 2 | vertical & 0b11;
        out.extend_from_slice(&[self.primaries, self.transfer, self.matrix, last]);
        if let Some(hdr) = &self.hdr {
            hdr.write(out);
        }
    }
}

impl HdrMetadata {
    fn read(value: &[u8]) -> Self {
        let word = |index: usize| u16::from_be_bytes([value[2 * index], value[2 * index + 1]]);
        HdrMetadata {
            luminance_max: word(0),
            luminance_min: word(1),
            chromaticity: [
                (word(2), word(3)),
                (word(4), word(5)),
                (word(6), word(7)),
                (word(8), word(9)),
            ],
            max_content_light_level: word(10),
            max_frame_average_light_level: word(11),
        }
    }

    fn write(&self, out: &mut Vec<u8>) {
        let mut word = |word: u16| out.extend_from_slice(&word.to_be_bytes());
        word(self.luminance_max);
        word(self.luminance_min);
        for (x, y) in self.chromaticity {
            word(x);
            word(y);
        }
        word(self.max_content_light_level);
        word(self.max_frame_average_light_level);
    }
}
