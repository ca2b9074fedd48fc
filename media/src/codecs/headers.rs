//! What the first bytes of an encoded picture tell without decoding it.

use lapwing_engine::Codec;

use crate::codecs::obu;

/// Whether a frame can be decoded without anything before it.
///
/// ```
/// use lapwing_engine::Codec;
/// use lapwing_media::codecs::is_keyframe;
///
/// assert!(is_keyframe(Codec::Vp8, &[0x10, 0x02, 0x00, 0x9d, 0x01, 0x2a]));
/// assert!(!is_keyframe(Codec::Vp8, &[0x11]));
/// assert!(is_keyframe(Codec::Opus, &[0xfc]));
/// ```
pub fn is_keyframe(codec: Codec, data: &[u8]) -> bool {
    match codec {
        Codec::Opus | Codec::Pcmu | Codec::Pcma | Codec::G722 => true,
        Codec::Vp8 => data.first().is_some_and(|first| first & 1 == 0),
        Codec::Vp9 => vp9_keyframe(data),
        Codec::Av1 => obu::has_sequence_header(data),
        Codec::H264 => annex_b_units(data).any(|unit| unit & 0x1f == 5),
        // Any picture that decoding may begin with (H.265 table 7-1).
        Codec::H265 => annex_b_units(data).any(|unit| (16..24).contains(&(unit >> 1 & 0x3f))),
    }
}

/// Width and height in pixels, out of a key frame of VP8 (RFC 6386 section 9.1) or AV1.
pub fn picture_size(codec: Codec, data: &[u8]) -> Option<(u32, u32)> {
    match codec {
        Codec::Vp8 if is_keyframe(codec, data) => {
            let bytes: &[u8; 10] = data.first_chunk()?;
            let side = |low, high| u32::from(u16::from_le_bytes([low, high]) & 0x3fff);
            let known = bytes[3..6] == [0x9d, 0x01, 0x2a];
            known.then(|| (side(bytes[6], bytes[7]), side(bytes[8], bytes[9])))
        }
        Codec::Av1 => {
            let (header, _) = obu::sequence_header(data).ok()??;
            Some((header.width, header.height))
        }
        Codec::Vp9 => vp9_size(data),
        _ => None,
    }
}

/// The uncompressed header of VP9 starts with a marker of two bits, two bits of profile (low one
/// first), a reserved bit in profile 3, `show_existing_frame` and `frame_type` (0: key frame).
fn vp9_keyframe(data: &[u8]) -> bool {
    let Some(&first) = data.first() else { return false };
    let bits = if first & 0x30 == 0x30 { first << 1 } else { first };
    first & 0xc0 == 0x80 && bits & 0x0c == 0
}

/// Width and height of a VP9 key frame of profile 0: they follow the start code, the colour space
/// in three bits and the range in one, each as a number of 16 bits less one.
fn vp9_size(data: &[u8]) -> Option<(u32, u32)> {
    let bytes: &[u8; 9] = data.first_chunk()?;
    let rgb = bytes[4] & 0xe0 == 0xe0;
    if !vp9_keyframe(data) || bytes[0] & 0x30 != 0 || bytes[1..4] != [0x49, 0x83, 0x42] || rgb {
        return None;
    }
    let side = |at: usize| {
        let bits =
            u32::from(bytes[at]) << 16 | u32::from(bytes[at + 1]) << 8 | u32::from(bytes[at + 2]);
        (bits >> 4 & 0xffff) + 1
    };
    Some((side(4), side(6)))
}

/// The header bytes of the NAL units in Annex B form.
fn annex_b_units(data: &[u8]) -> impl Iterator<Item = u8> + '_ {
    data.windows(4).filter(|window| window[..3] == [0, 0, 1]).map(|window| window[3])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vp9_headers_are_read() {
        // Marker 2, profile 0, key frame; 640x360 in BT.601: 639 = 0x027f, 359 = 0x0167.
        let key = [0x82, 0x49, 0x83, 0x42, 0x20, 0x27, 0xf0, 0x16, 0x70];
        assert!(is_keyframe(Codec::Vp9, &key));
        assert_eq!(picture_size(Codec::Vp9, &key), Some((640, 360)));
        assert!(!is_keyframe(Codec::Vp9, &[0x86]));
        assert!(!is_keyframe(Codec::Vp9, &[0x88]));
        assert!(!is_keyframe(Codec::Vp9, &[]));
    }

    #[test]
    fn h264_key_frames_have_an_idr_slice() {
        let key = [0, 0, 0, 1, 0x67, 1, 0, 0, 1, 0x68, 2, 0, 0, 1, 0x65, 3];
        assert!(is_keyframe(Codec::H264, &key));
        assert!(!is_keyframe(Codec::H264, &key[..10]));
    }

    #[test]
    fn h265_key_frames_have_a_picture_of_random_access() {
        // Parameter sets of video and of a sequence, then a slice: IDR_W_RADL (19), TRAIL_R (1).
        let key = [0, 0, 0, 1, 0x40, 1, 0, 0, 1, 0x42, 1, 0, 0, 1, 0x26, 1];
        assert!(is_keyframe(Codec::H265, &key));
        assert!(!is_keyframe(Codec::H265, &key[..11]));
        assert!(!is_keyframe(Codec::H265, &[0, 0, 1, 0x02, 1]));
    }
}
