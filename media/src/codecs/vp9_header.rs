//! The uncompressed header of VP9 (bitstream specification, section 6.2), as far as the size of the
//! picture, and how frames share a buffer (annex B).

use lapwing_engine::rtp::format::append_superframe_index;

use crate::codecs::bits::Bits;

/// Begins what can be decoded without anything before it (section 6.2).
const SYNC_CODE: u32 = 0x49_83_42;

/// The colour space of RGB (section 7.2.2).
const RGB: u32 = 7;

/// What a frame says before its first compressed bit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Vp9Header {
    /// 0 for 8 bits and 4:2:0, which is all that WebRTC sends.
    pub(crate) profile: u8,
    /// It needs nothing before it.
    pub(crate) keyframe: bool,
    /// Width and height in pixels, where the frame says them itself and does not take over those
    /// of a frame that it refers to.
    pub(crate) size: Option<(u32, u32)>,
}

impl Vp9Header {
    /// `None` when the bytes begin no frame.
    pub(crate) fn parse(data: &[u8]) -> Option<Self> {
        let mut bits = Bits::new(data);
        if bits.read(2)? != 2 {
            return None;
        }
        let profile = bits.read(1)? | bits.read(1)? << 1;
        if profile == 3 && bits.flag()? {
            return None;
        }
        let profile = profile as u8;
        if bits.flag()? {
            // show_existing_frame
            return Some(Vp9Header { profile, keyframe: false, size: None });
        }
        let keyframe = !bits.flag()?;
        let (shown, error_resilient) = (bits.flag()?, bits.flag()?);
        let size = if keyframe {
            sync(&mut bits)?;
            color(&mut bits, profile)?;
            Some(size(&mut bits)?)
        } else {
            let intra_only = !shown && bits.flag()?;
            if !error_resilient {
                bits.read(2)?; // reset_frame_context
            }
            inter(&mut bits, profile, intra_only)?
        };
        Some(Vp9Header { profile, keyframe, size })
    }
}

/// The frames that share a buffer, in order; one where there is no index. `None` when the index
/// tells of more bytes than there are.
pub(crate) fn frames(data: &[u8]) -> Option<Vec<&[u8]>> {
    let Some(sizes) = superframe_index(data) else { return Some(vec![data]) };
    let mut rest = data;
    sizes.into_iter().map(|size| rest.split_off(..size)).collect()
}

/// Sizes of frames as annex B writes them behind the last one.
fn superframe_index(data: &[u8]) -> Option<Vec<usize>> {
    let &marker = data.last()?;
    if marker & 0xe0 != 0xc0 {
        return None;
    }
    let (count, bytes) = (usize::from(marker & 7) + 1, usize::from(marker >> 3 & 3) + 1);
    let index = data.get(data.len().checked_sub(2 + count * bytes)?..)?;
    if index[0] != marker {
        return None;
    }
    let little_endian =
        |bytes: &[u8]| bytes.iter().rev().fold(0, |size, byte| size << 8 | usize::from(*byte));
    Some(index[1..=count * bytes].chunks(bytes).map(little_endian).collect())
}

/// Puts a frame behind what is in `out`, with an index that says where it ends. One that has an
/// index keeps it.
pub(crate) fn with_index(data: &[u8], out: &mut Vec<u8>) {
    out.extend_from_slice(data);
    if superframe_index(data).is_none() {
        append_superframe_index([data.len()], out);
    }
}

fn sync(bits: &mut Bits<'_>) -> Option<()> {
    (bits.read(24)? == SYNC_CODE).then_some(())
}

/// `color_config` (section 6.2.2).
fn color(bits: &mut Bits<'_>, profile: u8) -> Option<()> {
    if profile >= 2 {
        bits.read(1)?; // ten_or_twelve_bit
    }
    let space = bits.read(3)?;
    if space != RGB {
        bits.read(1)?; // color_range
    }
    if profile % 2 == 1 {
        // subsampling_x, subsampling_y, reserved; of RGB the last only
        bits.read(if space == RGB { 1 } else { 3 })?;
    } else if space == RGB {
        return None;
    }
    Some(())
}

/// `frame_size` (section 6.2.3).
fn size(bits: &mut Bits<'_>) -> Option<(u32, u32)> {
    Some((bits.read(16)? + 1, bits.read(16)? + 1))
}

/// What follows in a frame that is no key frame.
fn inter(bits: &mut Bits<'_>, profile: u8, intra_only: bool) -> Option<Option<(u32, u32)>> {
    if intra_only {
        sync(bits)?;
        if profile > 0 {
            color(bits, profile)?;
        }
        bits.read(8)?; // refresh_frame_flags
        return Some(Some(size(bits)?));
    }
    bits.read(8)?;
    for _ in 0..3 {
        bits.read(3 + 1)?; // ref_frame_idx, ref_frame_sign_bias
    }
    for _ in 0..3 {
        if bits.flag()? {
            return Some(None); // found_ref
        }
    }
    Some(Some(size(bits)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Marker 2, profile 0, key frame, shown; 640x360 in BT.601: 639 = 0x027f, 359 = 0x0167.
    const KEY: [u8; 10] = [0x82, 0x49, 0x83, 0x42, 0x20, 0x27, 0xf0, 0x16, 0x70, 0x00];

    #[test]
    fn key_frames_say_their_size() {
        let key = Vp9Header { profile: 0, keyframe: true, size: Some((640, 360)) };
        assert_eq!(Vp9Header::parse(&KEY), Some(key));
        assert_eq!(Vp9Header::parse(&KEY[..8]), None);
        assert_eq!(Vp9Header::parse(&[0x82, 0x49, 0x83, 0x43, 0x20, 0x27, 0xf0, 0x16, 0x70]), None);
        // Profile 1 has three bits of subsampling behind the colours.
        let other = [0xa2, 0x49, 0x83, 0x42, 0x20, 0x02, 0x7f, 0x01, 0x67, 0, 0];
        assert_eq!(Vp9Header::parse(&other).map(|header| header.profile), Some(1));
    }

    #[test]
    fn other_frames_may_say_theirs() {
        // Shown, error resilient; three references; the first is found.
        let found = Vp9Header { profile: 0, keyframe: false, size: None };
        assert_eq!(Vp9Header::parse(&[0x87, 0x01, 0x24, 0x88]), Some(found));
        // None is: 65,536 by 65,536 follow.
        let own = [0x87, 0x01, 0x24, 0x81, 0xff, 0xff, 0xff, 0xfe];
        let size = Vp9Header::parse(&own).and_then(|header| header.size);
        assert_eq!(size, Some((65_536, 65_536)));
        // Hidden and intra only: with a sync code and a size.
        let intra = [0x85, 0x80 | 0x49 >> 1, 0x80 | 0x83 >> 1, 0x80 | 0x42 >> 1, 0x00];
        assert_eq!(Vp9Header::parse(&intra), None, "cut");
        assert_eq!(Vp9Header::parse(&[0x88]), Some(found), "an existing frame is shown again");
        assert_eq!(Vp9Header::parse(&[0x42]), None, "no marker");
    }

    #[test]
    fn frames_of_a_superframe_are_found() {
        let buffer = [1, 2, 3, 4, 0xc1, 3, 1, 0xc1];
        assert_eq!(frames(&buffer), Some(vec![&[1, 2, 3][..], &[4]]));
        assert_eq!(frames(&[1, 2, 0xc1, 9, 1, 0xc1]), None);
        assert_eq!(frames(&[1, 2, 0xc1]), Some(vec![&[1, 2, 0xc1][..]]));
    }

    #[test]
    fn an_index_is_added_where_there_is_none() {
        for (frame, added) in [(&KEY[..], 6), (&[1, 2, 3, 4, 0xc1, 3, 1, 0xc1], 0)] {
            let mut out = Vec::new();
            with_index(frame, &mut out);
            assert_eq!(out.len(), frame.len() + added);
            assert_eq!(frames(&out).map(|frames| frames[0].to_vec()), {
                frames(frame).map(|frames| frames[0].to_vec())
            });
        }
    }
}
