//! Open bitstream units, the packets of AV1 (AV1 specification, sections 5.3 to 5.5).
//!
//! The engine carries a temporal unit as OBUs with size fields and without temporal delimiter.
//! Files and libraries use delimiters, and RTP leaves sizes out; [`normalise`] takes any of them.

use std::fmt;

use crate::codecs::bits::Bits;

/// Most OBUs in a temporal unit: far above what tiles and layers give, and it bounds the work a
/// hostile unit of two-byte OBUs can make.
const MAX_OBUS: usize = 4_096;

/// Type of the OBU that starts a temporal unit.
const TEMPORAL_DELIMITER: u8 = 2;
/// Type of the OBU that describes a sequence and comes with each key frame.
const SEQUENCE_HEADER: u8 = 1;

/// A temporal delimiter with its size field, as it stands in files.
pub const TEMPORAL_DELIMITER_OBU: [u8; 2] = [TEMPORAL_DELIMITER << 3 | 2, 0];

/// Why these bytes are no OBUs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ObuError {
    /// They end within an OBU that starts at this offset.
    Truncated {
        /// Where the OBU starts.
        offset: usize,
    },
    /// The forbidden bit is set in the header at this offset.
    Forbidden {
        /// Where the OBU starts.
        offset: usize,
    },
    /// A size of more than 32 bits, or more than eight bytes for it.
    Size {
        /// Where the OBU starts.
        offset: usize,
    },
    /// More OBUs than any encoder writes.
    TooMany,
    /// The sequence header breaks the rules, or uses what this parser does not know.
    SequenceHeader,
}

impl fmt::Display for ObuError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ObuError::Truncated { offset } => write!(f, "the OBU at byte {offset} is cut off"),
            ObuError::Forbidden { offset } => {
                write!(f, "the OBU at byte {offset} has its forbidden bit set")
            }
            ObuError::Size { offset } => write!(f, "the OBU at byte {offset} has no valid size"),
            ObuError::TooMany => write!(f, "more than {MAX_OBUS} OBUs"),
            ObuError::SequenceHeader => f.write_str("the sequence header is not valid"),
        }
    }
}

impl std::error::Error for ObuError {}

/// One OBU.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Obu<'a> {
    /// Its type (section 6.2.2).
    pub kind: u8,
    /// The second byte of the header, with temporal and spatial layer.
    pub extension: Option<u8>,
    /// What follows header and size.
    pub payload: &'a [u8],
}

/// The OBUs in `data`, which may or may not have size fields: one without reaches to the end.
///
/// # Errors
/// When the bytes are no OBUs.
pub fn parse(data: &[u8]) -> Result<Vec<Obu<'_>>, ObuError> {
    let mut obus = Vec::new();
    let mut offset = 0;
    while offset < data.len() {
        if obus.len() == MAX_OBUS {
            return Err(ObuError::TooMany);
        }
        let (obu, length) = parse_one(&data[offset..], offset)?;
        obus.push(obu);
        offset += length;
    }
    Ok(obus)
}

/// The first OBU in `data`, which stands at `offset`, and its whole length.
fn parse_one(data: &[u8], offset: usize) -> Result<(Obu<'_>, usize), ObuError> {
    let truncated = ObuError::Truncated { offset };
    let &header = data.first().ok_or(truncated)?;
    if header & 0x80 != 0 {
        return Err(ObuError::Forbidden { offset });
    }
    let mut at = 1;
    let extension = match header & 0x04 {
        0 => None,
        _ => {
            at += 1;
            Some(*data.get(1).ok_or(truncated)?)
        }
    };
    let size = match header & 0x02 {
        0 => data.len() - at,
        _ => {
            let (size, length) = read_leb128(&data[at..], offset)?;
            at += length;
            size
        }
    };
    let end = at.checked_add(size).ok_or(truncated)?;
    let payload = data.get(at..end).ok_or(truncated)?;
    Ok((Obu { kind: header >> 3 & 0x0f, extension, payload }, end))
}

/// A number in seven-bit groups, low ones first (section 4.10.5), and its length.
fn read_leb128(data: &[u8], offset: usize) -> Result<(usize, usize), ObuError> {
    let mut value = 0_u64;
    for (index, &byte) in data.iter().take(8).enumerate() {
        value |= u64::from(byte & 0x7f) << (7 * index);
        if byte & 0x80 == 0 {
            let value = u32::try_from(value).map_err(|_| ObuError::Size { offset })?;
            return Ok((value as usize, index + 1));
        }
    }
    Err(if data.len() < 8 { ObuError::Truncated { offset } } else { ObuError::Size { offset } })
}

/// Appends `obu` with a size field to `out`.
pub fn write(obu: Obu<'_>, out: &mut Vec<u8>) {
    out.push(obu.kind << 3 | u8::from(obu.extension.is_some()) << 2 | 0x02);
    out.extend(obu.extension);
    let mut size = obu.payload.len();
    while size >= 0x80 {
        out.push(size as u8 | 0x80);
        size >>= 7;
    }
    out.push(size as u8);
    out.extend_from_slice(obu.payload);
}

/// The same temporal unit with size fields and without temporal delimiters: what the engine
/// carries.
///
/// # Errors
/// When the bytes are no OBUs.
pub fn normalise(data: &[u8]) -> Result<Vec<u8>, ObuError> {
    let mut out = Vec::with_capacity(data.len() + 8);
    for obu in parse(data)? {
        if obu.kind != TEMPORAL_DELIMITER {
            write(obu, &mut out);
        }
    }
    Ok(out)
}

/// Whether a temporal unit holds a sequence header, and so can be decoded without another before
/// it. Bytes that are no OBUs hold none.
pub fn has_sequence_header(data: &[u8]) -> bool {
    parse(data).is_ok_and(|obus| obus.iter().any(|obu| obu.kind == SEQUENCE_HEADER))
}

/// The first sequence header of a temporal unit, parsed and as an OBU with its size field.
///
/// # Errors
/// When the bytes are no OBUs, or the sequence header cannot be read.
pub fn sequence_header(data: &[u8]) -> Result<Option<(SequenceHeader, Vec<u8>)>, ObuError> {
    let Some(obu) = parse(data)?.into_iter().find(|obu| obu.kind == SEQUENCE_HEADER) else {
        return Ok(None);
    };
    let header = SequenceHeader::parse(obu.payload).ok_or(ObuError::SequenceHeader)?;
    let mut bytes = Vec::new();
    write(obu, &mut bytes);
    Ok(Some((header, bytes)))
}

/// What players want to know of a sequence header (section 5.5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SequenceHeader {
    /// 0: 8 or 10 bits, 4:2:0 or grey.
    pub profile: u8,
    /// Level of the first operating point.
    pub level: u8,
    /// Whether that is of the high tier.
    pub high_tier: bool,
    /// Largest width in pixels.
    pub width: u32,
    /// Largest height in pixels.
    pub height: u32,
    /// More than eight bits.
    pub high_bitdepth: bool,
    /// Twelve bits.
    pub twelve_bit: bool,
    /// No colour.
    pub monochrome: bool,
    /// Chroma has half the columns.
    pub subsampling_x: bool,
    /// Chroma has half the rows.
    pub subsampling_y: bool,
}

impl SequenceHeader {
    /// Parses the payload of a sequence header OBU.
    fn parse(payload: &[u8]) -> Option<Self> {
        let mut bits = Bits::new(payload);
        let profile = bits.read(3)? as u8;
        let _still_picture = bits.flag()?;
        let (level, high_tier) = if bits.flag()? {
            // reduced_still_picture_header
            (bits.read(5)? as u8, false)
        } else {
            operating_points(&mut bits)?
        };
        let (width_bits, height_bits) = (bits.read(4)? + 1, bits.read(4)? + 1);
        let (width, height) = (bits.read(width_bits)? + 1, bits.read(height_bits)? + 1);
        Self::parse_tools(&mut bits, payload)?;
        let mut header = SequenceHeader {
            profile,
            level,
            high_tier,
            width,
            height,
            high_bitdepth: false,
            twelve_bit: false,
            monochrome: false,
            subsampling_x: true,
            subsampling_y: true,
        };
        header.parse_color(&mut bits)?;
        Some(header)
    }

    /// Skips the coding tools between size and colour.
    fn parse_tools(bits: &mut Bits<'_>, payload: &[u8]) -> Option<()> {
        let reduced = payload.first()? & 0x08 != 0;
        if !reduced && bits.flag()? {
            bits.read(4 + 3)?; // lengths of frame ids
        }
        bits.read(3)?; // superblocks of 128, filter intra, intra edge filter
        if !reduced {
            bits.read(4)?; // interintra, masked, warped motion, dual filter
            let order_hint = bits.flag()?;
            if order_hint {
                bits.read(2)?; // jnt_comp, ref_frame_mvs
            }
            let screen_content = if bits.flag()? { 2 } else { bits.read(1)? };
            if screen_content > 0 && !bits.flag()? {
                bits.read(1)?; // seq_force_integer_mv
            }
            if order_hint {
                bits.read(3)?;
            }
        }
        bits.read(3).map(drop) // superres, cdef, restoration
    }

    /// Section 5.5.2.
    fn parse_color(&mut self, bits: &mut Bits<'_>) -> Option<()> {
        self.high_bitdepth = bits.flag()?;
        self.twelve_bit = self.profile == 2 && self.high_bitdepth && bits.flag()?;
        self.monochrome = self.profile != 1 && bits.flag()?;
        // Primaries, transfer and matrix; unspecified is 2.
        let description = if bits.flag()? { bits.read(24)? } else { 0x02_02_02 };
        // BT.709 primaries with the sRGB curve and the identity matrix: always 4:4:4.
        let rgb = description == 0x01_0d_00;
        if self.monochrome || rgb {
            (self.subsampling_x, self.subsampling_y) = (!rgb, !rgb);
            return Some(());
        }
        bits.read(1)?; // color_range
        (self.subsampling_x, self.subsampling_y) = match self.profile {
            0 => (true, true),
            1 => (false, false),
            _ if self.twelve_bit => {
                let x = bits.flag()?;
                (x, x && bits.flag()?)
            }
            _ => (true, false),
        };
        Some(())
    }
}

/// Level and tier of the first operating point, from timing info to the end of the list.
fn operating_points(bits: &mut Bits<'_>) -> Option<(u8, bool)> {
    let mut delay_length = 0;
    let mut decoder_model = false;
    if bits.flag()? {
        bits.read(32)?;
        bits.read(32)?;
        if bits.flag()? {
            bits.exp_golomb()?;
        }
        decoder_model = bits.flag()?;
        if decoder_model {
            delay_length = bits.read(5)? + 1;
            bits.read(32)?;
            bits.read(5 + 5)?;
        }
    }
    let display_delay = bits.flag()?;
    let points = bits.read(5)? + 1;
    let mut first = None;
    for _ in 0..points {
        bits.read(12)?;
        let level = bits.read(5)? as u8;
        let high_tier = level > 7 && bits.flag()?;
        if decoder_model && bits.flag()? {
            bits.read(delay_length)?;
            bits.read(delay_length)?;
            bits.read(1)?;
        }
        if display_delay && bits.flag()? {
            bits.read(4)?;
        }
        first = first.or(Some((level, high_tier)));
    }
    first
}

#[cfg(test)]
mod tests;
