//! Pictures as PNG files.

use std::fmt;
use std::io::Write;

use crate::picture::{Picture, PlaneIndex};

/// The picture could not be written.
#[derive(Debug)]
pub struct PngError(png::EncodingError);

impl fmt::Display for PngError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cannot write the PNG file: {}", self.0)
    }
}

impl std::error::Error for PngError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.0)
    }
}

/// Writes `picture` as a PNG file of 8-bit RGB.
///
/// # Errors
/// When the system says no.
pub fn write_png(picture: &Picture, file: impl Write) -> Result<(), PngError> {
    let (width, height) = picture.size();
    let mut encoder = png::Encoder::new(file, width, height);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    let mut writer = encoder.write_header().map_err(PngError)?;
    writer.write_image_data(&rgb(picture)).map_err(PngError)?;
    writer.finish().map_err(PngError)
}

/// Three bytes per pixel, row by row.
fn rgb(picture: &Picture) -> Vec<u8> {
    let mut out = Vec::with_capacity(picture.plane(PlaneIndex::Y).len() * 3);
    for row in 0..picture.height() {
        let y = picture.row(PlaneIndex::Y, row);
        let u = picture.row(PlaneIndex::U, row / 2);
        let v = picture.row(PlaneIndex::V, row / 2);
        for (column, &y) in y.iter().enumerate() {
            out.extend(pixel(y, u[column / 2], v[column / 2]));
        }
    }
    out
}

/// ITU-R BT.601 in limited range, in fractions of 256.
fn pixel(y: u8, u: u8, v: u8) -> [u8; 3] {
    let (y, u, v) = (298 * (i32::from(y) - 16), i32::from(u) - 128, i32::from(v) - 128);
    let clip = |value: i32| ((value + 128) >> 8).clamp(0, 255) as u8;
    [clip(y + 409 * v), clip(y - 100 * u - 208 * v), clip(y + 516 * u)]
}

#[cfg(test)]
mod tests {
    use super::*;
    use lapwing_engine::MediaTime;

    #[test]
    fn primary_colours_come_out() {
        // The 100 % bars of BT.601.
        let bars = [
            ([16, 128, 128], [0, 0, 0]),
            ([235, 128, 128], [255, 255, 255]),
            ([81, 90, 240], [255, 0, 0]),
            ([145, 54, 34], [0, 255, 0]),
            ([41, 240, 110], [0, 0, 255]),
        ];
        for ([y, u, v], rgb) in bars {
            let difference =
                pixel(y, u, v).into_iter().zip(rgb).map(|(a, b): (u8, u8)| a.abs_diff(b));
            assert!(difference.max() <= Some(2), "{rgb:?} came out as {:?}", pixel(y, u, v));
        }
    }

    #[test]
    fn the_file_reads_back() {
        let mut picture = Picture::new(5, 3, MediaTime::new(0, 90_000)).unwrap();
        picture.plane_mut(PlaneIndex::Y)[14] = 235;
        let mut file = Vec::new();
        write_png(&picture, &mut file).unwrap();
        let mut reader = png::Decoder::new(std::io::Cursor::new(file)).read_info().unwrap();
        let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
        let info = reader.next_frame(&mut pixels).unwrap();
        assert_eq!((info.width, info.height), (5, 3));
        assert_eq!(pixels, rgb(&picture));
        assert_eq!(pixels[42..], [255, 255, 255]);
    }
}
