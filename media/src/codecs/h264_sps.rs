//! The sequence parameter set of H.264 (section 7.3.2.1.1), as far as what a decoder will need
//! memory for, and the NAL units of a byte stream (annex B).

use crate::codecs::bits::Bits;

/// Types of NAL units (table 7-1).
pub(crate) const SLICE: u8 = 1;
pub(crate) const IDR: u8 = 5;
pub(crate) const SPS: u8 = 7;
pub(crate) const PPS: u8 = 8;

/// Pictures that a sequence may refer to (section A.3.1).
const REFERENCES_MAX: u32 = 16;

/// Bytes of the longest parameter set that is read: one with all lists of scaling has below 700.
const SPS_BYTES_MAX: usize = 1_024;

/// Most steps of a cycle of picture order counts (section 7.4.2.1.1).
const ORDER_CYCLE_MAX: u32 = 255;

/// Profiles that say their chroma and depth.
const HIGH_PROFILES: [u32; 13] = [100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135];

/// What a sequence parameter set says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Sps {
    /// `chroma_format_idc`: 1 for 4:2:0.
    pub(crate) chroma: u32,
    /// Bits of a sample, the larger of luma's and chroma's.
    pub(crate) depth: u32,
    /// All pictures are frames: none has fields.
    pub(crate) progressive: bool,
    /// Macroblocks of a picture, in each direction.
    pub(crate) macroblocks: (u32, u32),
    /// Pictures that others may refer to at the same time.
    pub(crate) references: u32,
    /// Width and height in pixels of what is shown.
    pub(crate) cropped: (u32, u32),
}

impl Sps {
    /// Parses a unit, with its header. `None` where it is cut, or says what cannot be.
    pub(crate) fn parse(unit: &[u8]) -> Option<Self> {
        let payload = without_emulation(unit.get(1..)?);
        let mut bits = Bits::new(&payload);
        let profile = bits.read(8)?;
        bits.read(8 + 8)?; // constraints, level
        bits.exp_golomb()?; // seq_parameter_set_id
        let (chroma, depth) = match HIGH_PROFILES.contains(&profile) {
            true => chroma(&mut bits)?,
            false => (1, 8),
        };
        bits.exp_golomb()?; // log2_max_frame_num_minus4
        picture_order(&mut bits)?;
        let references = bits.exp_golomb()?;
        bits.read(1)?; // gaps_in_frame_num_value_allowed_flag
        let mut side = || bits.exp_golomb()?.checked_add(1);
        let (columns, units) = (side()?, side()?);
        let progressive = bits.flag()?;
        if !progressive {
            bits.read(1)?; // mb_adaptive_frame_field_flag
        }
        bits.read(1)?; // direct_8x8_inference_flag
        let field = if progressive { 1 } else { 2 };
        let rows = units.checked_mul(field)?;
        let mut crop = [0; 4];
        if bits.flag()? {
            for edge in &mut crop {
                *edge = bits.exp_golomb()?;
            }
        }
        if references > REFERENCES_MAX {
            return None;
        }
        // Units of cropping (equations 7-19 to 7-22).
        let (x, y) = (if matches!(chroma, 1 | 2) { 2 } else { 1 }, if chroma == 1 { 2 } else { 1 });
        let shown = |macroblocks: u32, unit: u32, [a, b]: [u32; 2]| {
            let cut = a.checked_add(b)?.checked_mul(unit)?;
            macroblocks.checked_mul(16)?.checked_sub(cut).filter(|side| *side > 0)
        };
        let width = shown(columns, x, [crop[0], crop[1]])?;
        let height = shown(rows, y * field, [crop[2], crop[3]])?;
        let (macroblocks, cropped) = ((columns, rows), (width, height));
        Some(Sps { chroma, depth, progressive, macroblocks, references, cropped })
    }
}

/// The NAL units of a byte stream, each with its header and without the zeros that may fill it up.
/// Bytes before the first start code belong to none.
pub(crate) fn units(stream: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut next = start_code(stream).map(|(_, rest)| rest);
    std::iter::from_fn(move || {
        let here = next?;
        let (unit, rest) = match start_code(here) {
            Some((unit, rest)) => (unit, Some(rest)),
            None => (here, None),
        };
        next = rest;
        let zeros = unit.iter().rev().take_while(|byte| **byte == 0).count();
        Some(&unit[..unit.len() - zeros])
    })
    .filter(|unit| !unit.is_empty())
}

/// What is before the first start code, and what is after it.
fn start_code(stream: &[u8]) -> Option<(&[u8], &[u8])> {
    let mut at = 0;
    while let [a, b, c] = *stream.get(at..at + 3)? {
        match (a, b, c) {
            (0, 0, 1) => return Some((&stream[..at], &stream[at + 3..])),
            // None begins at this byte or the next two.
            (_, _, 2..) => at += 3,
            _ => at += 1,
        }
    }
    None
}

/// The bytes without those that keep start codes out (section 7.3.1), up to the longest that is
/// read.
fn without_emulation(data: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut zeros = 0;
    for &byte in data.iter().take(SPS_BYTES_MAX) {
        if zeros >= 2 && byte == 3 {
            zeros = 0;
            continue;
        }
        zeros = if byte == 0 { zeros + 1 } else { 0 };
        out.push(byte);
    }
    out
}

/// Chroma format and depth of the profiles that say them.
fn chroma(bits: &mut Bits<'_>) -> Option<(u32, u32)> {
    let chroma = bits.exp_golomb()?;
    if chroma > 3 {
        return None;
    }
    if chroma == 3 {
        bits.read(1)?; // separate_colour_plane_flag
    }
    let depth = bits.exp_golomb()?.max(bits.exp_golomb()?).checked_add(8)?;
    bits.read(1)?; // qpprime_y_zero_transform_bypass_flag
    if bits.flag()? {
        for list in 0..if chroma == 3 { 12 } else { 8 } {
            if bits.flag()? {
                scaling_list(bits, if list < 6 { 16 } else { 64 })?;
            }
        }
    }
    Some((chroma, depth))
}

/// `scaling_list` (section 7.3.2.1.1.1).
fn scaling_list(bits: &mut Bits<'_>, size: usize) -> Option<()> {
    let (mut last, mut next) = (8, 8);
    for _ in 0..size {
        if next != 0 {
            next = (last + signed(bits)?).rem_euclid(256);
        }
        if next != 0 {
            last = next;
        }
    }
    Some(())
}

/// `se(v)` (section 9.1.1), of which the low bits count here.
fn signed(bits: &mut Bits<'_>) -> Option<i32> {
    let code = bits.exp_golomb()?;
    let size = (code.div_ceil(2) & 0xffff) as i32;
    Some(if code % 2 == 1 { size } else { -size })
}

fn picture_order(bits: &mut Bits<'_>) -> Option<()> {
    match bits.exp_golomb()? {
        0 => {
            bits.exp_golomb()?; // log2_max_pic_order_cnt_lsb_minus4
        }
        1 => {
            bits.read(1)?; // delta_pic_order_always_zero_flag
            bits.exp_golomb()?; // offset_for_non_ref_pic
            bits.exp_golomb()?; // offset_for_top_to_bottom_field
            let cycle = bits.exp_golomb()?;
            if cycle > ORDER_CYCLE_MAX {
                return None;
            }
            for _ in 0..cycle {
                bits.exp_golomb()?; // offset_for_ref_frame
            }
        }
        2 => {}
        _ => return None,
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Writes bits, highest first, and numbers in `ue(v)`.
    #[derive(Default)]
    struct Writer(Vec<bool>);

    impl Writer {
        fn bits(mut self, value: u32, count: u32) -> Self {
            self.0.extend((0..count).rev().map(|bit| value >> bit & 1 == 1));
            self
        }

        fn ue(self, value: u32) -> Self {
            let bits = (value + 1).ilog2();
            self.bits(0, bits).bits(value + 1, bits + 1)
        }

        fn unit(self) -> Vec<u8> {
            let Writer(mut bits) = self.bits(1, 1);
            bits.resize(bits.len().next_multiple_of(8), false);
            let byte = |bits: &[bool]| bits.iter().fold(0, |byte, bit| byte << 1 | u8::from(*bit));
            [0x67].into_iter().chain(bits.chunks(8).map(byte)).collect()
        }
    }

    /// Constrained baseline of so many macroblocks, cropped at right and bottom.
    fn baseline(columns: u32, rows: u32, references: u32, crop: Option<(u32, u32)>) -> Vec<u8> {
        let writer = Writer::default().bits(0x42_c0_1f, 24).ue(0).ue(0).ue(2).ue(references);
        let writer = writer.bits(0, 1).ue(columns - 1).ue(rows - 1).bits(0b11, 2);
        match crop {
            Some((right, bottom)) => writer.bits(1, 1).ue(0).ue(right).ue(0).ue(bottom),
            None => writer.bits(0, 1),
        }
        .bits(0, 1)
        .unit()
    }

    #[test]
    fn the_size_is_cropped() {
        let sps = Sps::parse(&baseline(40, 23, 1, Some((0, 4)))).unwrap();
        assert_eq!((sps.macroblocks, sps.cropped), ((40, 23), (640, 360)));
        assert_eq!((sps.chroma, sps.depth, sps.progressive, sps.references), (1, 8, true, 1));
        assert_eq!(Sps::parse(&baseline(8, 8, 17, None)), None, "too many references");
        assert_eq!(Sps::parse(&baseline(1, 1, 1, Some((8, 0)))), None, "nothing is left");
        let cut = baseline(40, 23, 1, None);
        assert!((1..8).all(|end| Sps::parse(&cut[..end]).is_none()));
    }

    #[test]
    fn giants_are_read_as_they_are() {
        let sps = Sps::parse(&baseline(5_000, 5_000, 16, None)).unwrap();
        assert_eq!(sps.cropped, (80_000, 80_000));
    }

    #[test]
    fn high_profiles_say_more() {
        // High 4:2:2 of 10 bits with one flat list of scaling, of which the first step ends it.
        let writer = Writer::default().bits(0x7a_00_1f, 24).ue(0).ue(2).ue(2).ue(1).bits(0, 1);
        let writer = writer.bits(1, 1).bits(1, 1).ue(16).bits(0, 7);
        let writer = writer.ue(0).ue(0).ue(0).ue(4).bits(0, 1).ue(9).ue(4);
        // Of fields: twice as many rows.
        let sps = Sps::parse(&writer.bits(0, 1).bits(0b01, 2).bits(0, 2).unit()).unwrap();
        assert_eq!((sps.chroma, sps.depth, sps.progressive), (2, 10, false));
        assert_eq!((sps.macroblocks, sps.cropped), ((10, 10), (160, 160)));
    }

    #[test]
    fn units_lie_between_start_codes() {
        let stream =
            [9, 0, 0, 0, 1, 0x67, 1, 0, 0, 0, 0, 1, 0x68, 0, 2, 0, 0, 1, 0, 0, 1, 0x65, 3, 0];
        let expected: Vec<&[u8]> = vec![&[0x67, 1], &[0x68, 0, 2], &[0x65, 3]];
        assert_eq!(units(&stream).collect::<Vec<_>>(), expected);
        assert_eq!(units(&[0x65, 1, 2]).count(), 0);
    }

    #[test]
    fn emulation_is_prevented() {
        assert_eq!(without_emulation(&[1, 0, 0, 3, 1, 0, 0, 0, 3]), [1, 0, 0, 1, 0, 0, 0]);
    }
}
