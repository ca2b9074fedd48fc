//! Pixels of luma and chroma, in the ways in which cameras put them.

use lapwing_engine::MediaTime;
use lapwing_media::{Picture, PictureError, PlaneIndex};

/// How samples lie in memory, by the names of V4L2.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Layout {
    /// A plane of luma, then one with a pair of chroma for each two by two pixels.
    Nv12,
    /// Three planes, chroma with half the lines and columns.
    Yu12,
    /// Y, U, Y, V for each two pixels.
    Yuyv,
    /// U, Y, V, Y for each two pixels.
    Uyvy,
    /// Luma alone.
    Grey,
}

/// Samples as a picture. `stride` is from one line of the first plane to the next, in bytes; zero
/// when lines follow on each other.
///
/// # Errors
/// When a side is zero or too long, or there are too few bytes.
pub(crate) fn to_i420(
    data: &[u8],
    layout: Layout,
    stride: usize,
    size: (u32, u32),
    time: MediaTime,
) -> Result<Picture, PictureError> {
    let picture = Picture::new(size.0, size.1, time)?;
    match layout {
        Layout::Yuyv => packed(data, [0, 2, 1, 3], stride, picture),
        Layout::Uyvy => packed(data, [1, 3, 0, 2], stride, picture),
        Layout::Nv12 | Layout::Yu12 | Layout::Grey => planar(data, layout, stride, picture),
    }
}

fn planar(
    data: &[u8],
    layout: Layout,
    stride: usize,
    mut picture: Picture,
) -> Result<Picture, PictureError> {
    let (width, height) = (picture.width() as usize, picture.height() as usize);
    let stride = if stride == 0 { width } else { stride };
    copy(data, stride, &mut picture, PlaneIndex::Y)?;
    let chroma = data.get(stride * height..).unwrap_or_default();
    match layout {
        Layout::Yu12 => {
            let half = stride.div_ceil(2);
            copy(chroma, half, &mut picture, PlaneIndex::U)?;
            let second = chroma.get(half * height.div_ceil(2)..).unwrap_or_default();
            copy(second, half, &mut picture, PlaneIndex::V)?;
        }
        Layout::Nv12 => {
            for row in 0..height.div_ceil(2) {
                let missing = PictureError::ShortPlane { plane: PlaneIndex::U };
                let start = row * stride.max(width.next_multiple_of(2));
                let line = chroma.get(start..start + width.next_multiple_of(2)).ok_or(missing)?;
                for (index, plane) in [(0, PlaneIndex::U), (1, PlaneIndex::V)] {
                    let target = picture.row_mut(plane, row as u32);
                    let pairs = line.chunks_exact(2);
                    target.iter_mut().zip(pairs).for_each(|(to, pair)| *to = pair[index]);
                }
            }
        }
        // Chroma of a new picture is no colour.
        _ => {}
    }
    Ok(picture)
}

fn copy(
    data: &[u8],
    stride: usize,
    picture: &mut Picture,
    plane: PlaneIndex,
) -> Result<(), PictureError> {
    let (columns, rows) = picture.plane_size(plane);
    let (columns, rows) = (columns as usize, rows as usize);
    if stride < columns || data.len() < stride * (rows - 1) + columns {
        return Err(PictureError::ShortPlane { plane });
    }
    let target = picture.plane_mut(plane).chunks_exact_mut(columns);
    target.zip(data.chunks(stride)).for_each(|(to, from)| to.copy_from_slice(&from[..columns]));
    Ok(())
}

/// Four bytes for each two pixels; `places` are those of both lumas, and of U and V. Chroma of two
/// lines becomes their mean.
fn packed(
    data: &[u8],
    places: [usize; 4],
    stride: usize,
    mut picture: Picture,
) -> Result<Picture, PictureError> {
    let (width, height) = (picture.width() as usize, picture.height() as usize);
    let length = width.div_ceil(2) * 4;
    let stride = if stride == 0 { length } else { stride };
    if stride < length || data.len() < stride * (height - 1) + length {
        return Err(PictureError::ShortPlane { plane: PlaneIndex::Y });
    }
    let line = |row: usize| &data[row * stride..][..length];
    for row in 0..height {
        let luma = picture.row_mut(PlaneIndex::Y, row as u32);
        for (to, from) in luma.chunks_mut(2).zip(line(row).chunks_exact(4)) {
            to.iter_mut().zip(&places[..2]).for_each(|(to, place)| *to = from[*place]);
        }
    }
    for row in 0..height.div_ceil(2) {
        let (first, second) = (line(2 * row), line((2 * row + 1).min(height - 1)));
        for (place, plane) in [(places[2], PlaneIndex::U), (places[3], PlaneIndex::V)] {
            let pairs = first.chunks_exact(4).zip(second.chunks_exact(4));
            let target = picture.row_mut(plane, row as u32);
            for (to, (a, b)) in target.iter_mut().zip(pairs) {
                *to = (u16::from(a[place]) + u16::from(b[place])).div_ceil(2) as u8;
            }
        }
    }
    Ok(picture)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ZERO: MediaTime = MediaTime::new(0, 90_000);

    fn planes(picture: &Picture) -> [&[u8]; 3] {
        PlaneIndex::ALL.map(|plane| picture.plane(plane))
    }

    #[test]
    fn each_layout_gives_the_same_picture() {
        let y = [10, 20, 30, 40, 50, 60, 70, 80];
        let nv12 = [&y[..], &[1, 5, 2, 6]].concat();
        let yu12 = [&y[..], &[1, 2], &[5, 6]].concat();
        let yuyv = vec![10, 1, 20, 5, 30, 2, 40, 6, 50, 1, 60, 5, 70, 2, 80, 6];
        let uyvy = vec![1, 10, 5, 20, 2, 30, 6, 40, 1, 50, 5, 60, 2, 70, 6, 80];
        for (layout, data) in
            [(Layout::Nv12, nv12), (Layout::Yu12, yu12), (Layout::Yuyv, yuyv), (Layout::Uyvy, uyvy)]
        {
            let picture = to_i420(&data, layout, 0, (4, 2), ZERO).unwrap();
            assert_eq!(planes(&picture), [&y[..], &[1, 2], &[5, 6]], "{layout:?}");
            let short = &data[..data.len() - 1];
            assert!(to_i420(short, layout, 0, (4, 2), ZERO).is_err(), "{layout:?}");
        }
        let grey = to_i420(&y, Layout::Grey, 0, (4, 2), ZERO).unwrap();
        assert_eq!(planes(&grey), [&y[..], &[128; 2], &[128; 2]]);
    }

    #[test]
    fn lines_may_be_padded_and_sides_odd() {
        // Three pixels, one line and three of padding: seven bytes of which the last are missing.
        let data = [1, 100, 2, 200, 3, 101, 0, 201, 9, 9, 9, 4, 110, 5, 210, 6, 111, 0, 211];
        let picture = to_i420(&data, Layout::Yuyv, 11, (3, 2), ZERO).unwrap();
        assert_eq!(planes(&picture), [&[1, 2, 3, 4, 5, 6][..], &[105, 106], &[205, 206]]);
        let data = [1, 2, 3, 0, 4, 5, 6, 0, 7, 8, 9, 0, 50, 60, 51, 61, 52, 62, 53, 63];
        let picture = to_i420(&data, Layout::Nv12, 4, (3, 3), ZERO).unwrap();
        let expected: [&[u8]; 3] =
            [&[1, 2, 3, 4, 5, 6, 7, 8, 9], &[50, 51, 52, 53], &[60, 61, 62, 63]];
        assert_eq!(planes(&picture), expected);
    }

    #[test]
    fn chroma_of_two_lines_becomes_their_mean() {
        let data = [0, 10, 0, 20, 0, 30, 0, 41];
        let picture = to_i420(&data, Layout::Yuyv, 0, (2, 2), ZERO).unwrap();
        assert_eq!(planes(&picture)[1..], [&[20][..], &[31]]);
    }

    #[test]
    fn any_size_with_too_few_bytes_is_refused() {
        for layout in [Layout::Nv12, Layout::Yu12, Layout::Yuyv, Layout::Uyvy, Layout::Grey] {
            for size in [(1, 1), (2, 3), (8_192, 1), (7, 8_192)] {
                assert!(to_i420(&[], layout, 0, size, ZERO).is_err());
            }
            assert!(to_i420(&[0; 64], layout, 1, (4, 4), ZERO).is_err(), "{layout:?}");
        }
    }
}
