//! How several frames of VP9 share a buffer (VP9 bitstream specification, annex B).
//!
//! ```text
//!  |1|1|0|b|b|n|n|n| marker: bytes of a size, less one; frames, less one
//!  | size, little-endian | of each frame
//!  |1|1|0|b|b|n|n|n| the marker again
//! ```

use super::vp9::VP9_SPATIAL_LAYERS_MAX;

/// Bytes of each size that is written.
const SIZE_BYTES: usize = 4;

/// Puts the index behind frames of these sizes, which lie one behind the other: decoders find them
/// by it. Nothing is put where there is no frame, or there are more than eight, or one has 4 GiB.
///
/// ```
/// use lapwing_engine::rtp::format::append_superframe_index;
/// let mut frames = vec![7, 7, 7];
/// append_superframe_index([2, 1], &mut frames);
/// assert_eq!(frames[3..], [0xd9, 2, 0, 0, 0, 1, 0, 0, 0, 0xd9]);
/// ```
pub fn append_superframe_index(sizes: impl IntoIterator<Item = usize>, out: &mut Vec<u8>) {
    let begin = out.len();
    out.push(0);
    let mut count = 0;
    for size in sizes {
        let Some(size) = u32::try_from(size).ok().filter(|_| count < VP9_SPATIAL_LAYERS_MAX) else {
            return out.truncate(begin);
        };
        out.extend_from_slice(&size.to_le_bytes());
        count += 1;
    }
    if count == 0 {
        return out.truncate(begin);
    }
    let marker = 0xc0 | (SIZE_BYTES as u8 - 1) << 3 | (count as u8 - 1);
    out[begin] = marker;
    out.push(marker);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_fit_has_no_index() {
        for sizes in [vec![], vec![1; 9], vec![1, usize::MAX]] {
            let mut out = vec![5];
            append_superframe_index(sizes, &mut out);
            assert_eq!(out, [5]);
        }
        let mut out = Vec::new();
        append_superframe_index([1; 8], &mut out);
        assert_eq!((out.len(), out[0]), (34, 0xdf));
    }
}
