//! Pictures of cameras that send JPEG (ITU-T T.81).

use std::fmt;

use lapwing_engine::MediaTime;
use lapwing_media::{Picture, PictureError, PlaneIndex};
use zune_jpeg::JpegDecoder as Zune;
use zune_jpeg::zune_core::bytestream::ZCursor;
use zune_jpeg::zune_core::colorspace::ColorSpace;
use zune_jpeg::zune_core::options::DecoderOptions;

/// Begin of the segment in which tables for Huffman's code are given.
const DHT: [u8; 2] = [0xff, 0xc4];
/// Begin of the picture's data: no tables come after it.
const SOS: [u8; 2] = [0xff, 0xda];
/// The segment that says: the tables are those of T.81 annex K.3, as in AVI files.
const AVI: [u8; 18] = [0xff, 0xe0, 0, 16, b'A', b'V', b'I', b'1', 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];

/// A picture that cannot be decoded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum JpegError {
    /// The decoder's words.
    Decode(String),
    /// It is too large or empty.
    Size(PictureError),
}

impl fmt::Display for JpegError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            JpegError::Decode(text) => f.write_str(text),
            JpegError::Size(error) => error.fmt(f),
        }
    }
}

/// Decodes pictures one by one.
#[derive(Debug, Default)]
pub(crate) struct JpegDecoder {
    /// What a camera sent, with what it left out.
    whole: Vec<u8>,
}

impl JpegDecoder {
    /// A picture, its range limited as ours are. Cameras leave the tables for Huffman's code out;
    /// those of the standard are taken then.
    pub(crate) fn decode(&mut self, data: &[u8], time: MediaTime) -> Result<Picture, JpegError> {
        let side = Picture::MAX_SIDE as usize;
        let options = DecoderOptions::default()
            .set_max_width(side)
            .set_max_height(side)
            .jpeg_set_out_colorspace(ColorSpace::YCbCr);
        let data = if has_tables(data) { data } else { self.with_avi_marker(data) };
        let words = |error: &dyn fmt::Debug| JpegError::Decode(format!("{error:?}"));
        let mut decoder = Zune::new_with_options(ZCursor::new(data), options);
        decoder.decode_headers().map_err(|error| words(&error))?;
        let info = decoder.info().ok_or_else(|| JpegError::Decode("no header".to_owned()))?;
        let size = (u32::from(info.width), u32::from(info.height));
        // Before memory is taken for it.
        Picture::check_size(size.0, size.1).map_err(JpegError::Size)?;
        let pixels = decoder.decode().map_err(|error| words(&error))?;
        to_picture(&pixels, size, time).map_err(JpegError::Size)
    }

    fn with_avi_marker(&mut self, data: &[u8]) -> &[u8] {
        let (start, rest) = data.split_at(data.len().min(2));
        self.whole.clear();
        for part in [start, &AVI, rest] {
            self.whole.extend_from_slice(part);
        }
        &self.whole
    }
}

/// Whether tables are given before the picture's data.
fn has_tables(data: &[u8]) -> bool {
    let mut pairs = data.windows(2);
    pairs.find(|pair| **pair == DHT || **pair == SOS).is_some_and(|pair| pair == DHT)
}

/// Pixels of three bytes, Y, Cb and Cr in full range.
fn to_picture(
    pixels: &[u8],
    (width, height): (u32, u32),
    time: MediaTime,
) -> Result<Picture, PictureError> {
    let mut picture = Picture::new(width, height, time)?;
    let (columns, rows) = (width as usize, height as usize);
    if pixels.len() < columns * rows * 3 {
        return Err(PictureError::ShortPlane { plane: PlaneIndex::Y });
    }
    let line = |row: usize| &pixels[row * columns * 3..][..columns * 3];
    for row in 0..rows {
        let luma = picture.row_mut(PlaneIndex::Y, row as u32);
        for (sample, pixel) in luma.iter_mut().zip(line(row).chunks_exact(3)) {
            *sample = 16 + ((u32::from(pixel[0]) * 219 + 127) / 255) as u8;
        }
    }
    for (channel, plane) in [(1, PlaneIndex::U), (2, PlaneIndex::V)] {
        for row in 0..rows.div_ceil(2) {
            let (first, second) = (line(2 * row), line((2 * row + 1).min(rows - 1)));
            let chroma = picture.row_mut(plane, row as u32);
            for (column, sample) in chroma.iter_mut().enumerate() {
                let (left, right) = (2 * column, (2 * column + 1).min(columns - 1));
                let of = |line: &[u8], at: usize| i32::from(line[3 * at + channel]);
                let sum = of(first, left) + of(first, right) + of(second, left) + of(second, right);
                // Four samples, each with 128 as its middle; rounded, and never below zero.
                *sample = ((sum * 224 + (128 * 1_020 - 512 * 224) + 510) / 1_020) as u8;
            }
        }
    }
    Ok(picture)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ZERO: MediaTime = MediaTime::new(0, 90_000);

    /// 48 by 16, 4:2:2: red on the left, blue on the right.
    const PICTURE: &[u8] = include_bytes!("../../tests/cases/red-blue.jpg");

    /// The picture as cameras send it: without its tables.
    fn without_tables() -> Vec<u8> {
        let (mut out, mut rest) = (Vec::new(), PICTURE);
        while let Some(at) = rest.windows(2).position(|pair| pair == DHT) {
            let length = usize::from(u16::from_be_bytes([rest[at + 2], rest[at + 3]]));
            out.extend_from_slice(&rest[..at]);
            rest = &rest[at + 2 + length..];
        }
        out.extend_from_slice(rest);
        out
    }

    fn colours(picture: &Picture) -> [(u8, u8, u8); 2] {
        [4, 44].map(|x: usize| {
            let of = |plane, x: usize, y| picture.row(plane, y)[x];
            (of(PlaneIndex::Y, x, 8), of(PlaneIndex::U, x / 2, 4), of(PlaneIndex::V, x / 2, 4))
        })
    }

    #[test]
    fn colours_have_the_limited_range() {
        let picture = JpegDecoder::default().decode(PICTURE, ZERO).unwrap();
        assert_eq!(picture.size(), (48, 16));
        for (found, wanted) in colours(&picture).into_iter().zip([(82, 90, 240), (41, 240, 110)]) {
            let near = |a: u8, b: u8| a.abs_diff(b) <= 3;
            let is_near = near(found.0, wanted.0) && near(found.1, wanted.1);
            assert!(is_near && near(found.2, wanted.2), "{found:?}, not {wanted:?}");
        }
    }

    #[test]
    fn tables_that_cameras_leave_out_are_those_of_the_standard() {
        let bare = without_tables();
        assert!(bare.len() + 400 < PICTURE.len() && !has_tables(&bare) && has_tables(PICTURE));
        let mut decoder = JpegDecoder::default();
        let whole = decoder.decode(PICTURE, ZERO).unwrap();
        assert_eq!(decoder.decode(&bare, ZERO).unwrap(), whole);
    }

    #[test]
    fn whatever_is_sent_nothing_breaks() {
        let mut decoder = JpegDecoder::default();
        for bad in [&[][..], &[0xff], &[0xff, 0xd8], &[0xff, 0xd8, 0xff, 0xc0, 0, 17]] {
            assert!(decoder.decode(bad, ZERO).is_err());
        }
        for end in 0..PICTURE.len() {
            // What is cut off in its middle may give a picture or none.
            if let Ok(picture) = decoder.decode(&PICTURE[..end], ZERO) {
                assert_eq!(picture.size(), (48, 16));
            }
        }
        for place in 0..PICTURE.len() {
            let mut bent = PICTURE.to_vec();
            bent[place] ^= 0x55;
            let _ = decoder.decode(&bent, ZERO);
        }
    }
}
