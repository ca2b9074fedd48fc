//! What the first bytes of an encoded picture tell without decoding it.

use lapwing_engine::rtp::format::append_superframe_index;
use lapwing_engine::{Codec, EncodedFrame};

use crate::codecs::h264_sps::{self, Sps, units};
use crate::codecs::obu;
use crate::codecs::vp9_header::{self, Vp9Header};

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
        Codec::Vp9 => vp9_header(data).is_some_and(|header| header.keyframe),
        Codec::Av1 => obu::has_sequence_header(data),
        Codec::H264 => units(data).any(|unit| unit[0] & 0x1f == h264_sps::IDR),
        // Any picture that decoding may begin with (H.265 table 7-1).
        Codec::H265 => units(data).any(|unit| (16..24).contains(&(unit[0] >> 1 & 0x3f))),
    }
}

/// Width and height in pixels, out of a key frame of VP8 (RFC 6386 section 9.1), VP9, H.264 (out of
/// its sequence parameter set) or AV1.
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
        Codec::Vp9 => vp9_header(data).filter(|header| header.keyframe)?.size,
        Codec::H264 if is_keyframe(codec, data) => {
            let sps = units(data).find(|unit| unit[0] & 0x1f == h264_sps::SPS)?;
            Some(Sps::parse(sps)?.cropped)
        }
        _ => None,
    }
}

/// The spatial layers of one picture of VP9, as its encoder gave them, in one frame as decoders
/// take it. What has one layer stays as it is; `None` where there is no frame at all.
///
/// ```
/// use lapwing_engine::{Codec, EncodedFrame, MediaTime};
/// use lapwing_media::codecs::join_layers;
///
/// let time = MediaTime::new(0, MediaTime::VIDEO_RATE);
/// let layer = |bytes: &[u8]| {
///     EncodedFrame { codec: Codec::Vp9, time, keyframe: false, data: bytes.into() }
/// };
/// let picture = join_layers(&[layer(&[1, 2]), layer(&[3])]).unwrap();
/// assert_eq!(picture.data[..3], [1, 2, 3], "and how long each is");
/// ```
pub fn join_layers(layers: &[EncodedFrame]) -> Option<EncodedFrame> {
    let (first, others) = layers.split_first()?;
    if others.is_empty() {
        return Some(first.clone());
    }
    let mut data = layers.iter().map(|layer| &layer.data[..]).collect::<Vec<_>>().concat();
    append_superframe_index(layers.iter().map(|layer| layer.data.len()), &mut data);
    Some(EncodedFrame { data: data.into(), ..first.clone() })
}

/// Of the first frame, where several share a buffer.
fn vp9_header(data: &[u8]) -> Option<Vp9Header> {
    Vp9Header::parse(vp9_header::frames(data)?.first()?)
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
