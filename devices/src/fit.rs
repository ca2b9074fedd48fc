//! Pictures of another shape and size.

use lapwing_media::{Picture, PictureError, PlaneIndex, scale};

/// `picture` at another size: what has the wanted shape is cut out of its middle, and scaled. What
/// is said of `resizeMode: "crop-and-scale"` (W3C Media Capture and Streams section 4.3.8).
///
/// # Errors
/// When a side is zero or the size is above the limits of [`Picture`].
///
/// ```
/// use lapwing_devices::crop_and_scale;
/// use lapwing_engine::MediaTime;
/// use lapwing_media::Picture;
///
/// let wide = Picture::new(1_280, 720, MediaTime::new(0, 90_000))?;
/// assert_eq!(crop_and_scale(&wide, 360, 360)?.size(), (360, 360));
/// # Ok::<(), lapwing_media::PictureError>(())
/// ```
pub fn crop_and_scale(picture: &Picture, width: u32, height: u32) -> Result<Picture, PictureError> {
    Picture::check_size(width, height)?;
    let (full_w, full_h) = picture.size();
    if (full_w, full_h) == (width, height) {
        return Ok(picture.clone());
    }
    // Both products fit: sides are at most 8,192.
    let (cut_w, cut_h) = if full_w * height > full_h * width {
        ((full_h * width / height).max(1), full_h)
    } else {
        (full_w, (full_w * height / width).max(1))
    };
    // A sliver of a sample is the fault of rounding.
    if full_w - cut_w <= 1 && full_h - cut_h <= 1 {
        return scale(picture, width, height);
    }
    scale(&crop(picture, (cut_w, cut_h))?, width, height)
}

/// The middle of a picture, from even places on, as chroma has half the samples.
fn crop(picture: &Picture, (width, height): (u32, u32)) -> Result<Picture, PictureError> {
    let (full_w, full_h) = picture.size();
    let (left, top) = ((full_w - width) / 4 * 2, (full_h - height) / 4 * 2);
    let part = |plane: PlaneIndex| {
        let (left, top) = if plane == PlaneIndex::Y { (left, top) } else { (left / 2, top / 2) };
        let stride = picture.stride(plane);
        (&picture.plane(plane)[top as usize * stride + left as usize..], stride)
    };
    let planes = [part(PlaneIndex::Y), part(PlaneIndex::U), part(PlaneIndex::V)];
    Picture::from_planes((width, height), picture.time(), planes)
}

/// A black picture of the same size and time.
pub(crate) fn black(picture: &Picture) -> Picture {
    let (width, height) = picture.size();
    Picture::new(width, height, picture.time()).expect("a size that there is a picture of")
}

#[cfg(test)]
mod tests {
    use lapwing_engine::MediaTime;

    use super::*;

    /// Luma tells the column in its place, chroma the row.
    fn coordinates(width: u32, height: u32) -> Picture {
        let mut picture = Picture::new(width, height, MediaTime::new(3, 90_000)).unwrap();
        for plane in PlaneIndex::ALL {
            let (_, rows) = picture.plane_size(plane);
            for row in 0..rows {
                let line = picture.row_mut(plane, row);
                for (column, sample) in line.iter_mut().enumerate() {
                    *sample = if plane == PlaneIndex::Y { column as u8 } else { row as u8 };
                }
            }
        }
        picture
    }

    #[test]
    fn the_middle_is_cut_out() {
        let cut = crop_and_scale(&coordinates(160, 90), 90, 90).unwrap();
        assert_eq!((cut.size(), cut.time().ticks()), ((90, 90), 3));
        // 35 columns go on each side, from an even one on.
        assert_eq!(cut.row(PlaneIndex::Y, 0)[..2], [34, 35]);
        let cut = crop_and_scale(&coordinates(90, 160), 90, 90).unwrap();
        assert_eq!(cut.row(PlaneIndex::U, 0)[0], 17);
    }

    #[test]
    fn the_same_shape_is_only_scaled() {
        let half = crop_and_scale(&coordinates(160, 90), 80, 45).unwrap();
        assert_eq!((half.row(PlaneIndex::Y, 0)[0], half.row(PlaneIndex::Y, 0)[79]), (1, 159));
    }

    #[test]
    fn any_size_comes_of_any_size() {
        for (from, to) in [((1, 1), (9, 7)), ((1_000, 1), (1, 1_000)), ((3, 5), (5, 3))] {
            let picture = coordinates(from.0, from.1);
            assert_eq!(crop_and_scale(&picture, to.0, to.1).unwrap().size(), to);
        }
        assert!(crop_and_scale(&coordinates(4, 4), 0, 4).is_err());
    }
}
