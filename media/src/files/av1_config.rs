//! The configuration record of AV1 in containers ("AV1 Codec ISO Media File Format Binding",
//! section 2.3).

use crate::codecs::obu::SequenceHeader;

/// The record for a stream with this sequence header, parsed and as an OBU.
pub(crate) fn av1_config(header: &SequenceHeader, obu: &[u8]) -> Vec<u8> {
    const MARKER_AND_VERSION: u8 = 0x81;
    let flag = |set: bool, bit: u8| u8::from(set) << bit;
    let mut record = vec![
        MARKER_AND_VERSION,
        header.profile << 5 | header.level & 0x1f,
        flag(header.high_tier, 7)
            | flag(header.high_bitdepth, 6)
            | flag(header.twelve_bit, 5)
            | flag(header.monochrome, 4)
            | flag(header.subsampling_x, 3)
            | flag(header.subsampling_y, 2),
        0,
    ];
    record.extend_from_slice(obu);
    record
}
