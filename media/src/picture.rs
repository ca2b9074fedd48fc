//! Raw pictures.

use std::fmt;

use lapwing_engine::MediaTime;

/// One picture in I420: 8 bits, a luma plane and two chroma planes of half its width and height,
/// rounded up. Limited range and the matrix of BT.601 are assumed, as WebRTC does.
///
/// ```
/// use lapwing_engine::MediaTime;
/// use lapwing_media::{Picture, PlaneIndex};
///
/// let mut picture = Picture::new(321, 180, MediaTime::new(0, 90_000))?;
/// picture.row_mut(PlaneIndex::Y, 0)[320] = 235;
/// assert_eq!(picture.plane(PlaneIndex::U).len(), 161 * 90);
/// # Ok::<(), lapwing_media::PictureError>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Picture {
    width: u32,
    height: u32,
    time: MediaTime,
    data: Vec<u8>,
}

/// The planes of a [`Picture`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PlaneIndex {
    /// Luma.
    Y,
    /// Blue difference.
    U,
    /// Red difference.
    V,
}

impl PlaneIndex {
    /// All three, in the order they lie in memory.
    pub const ALL: [PlaneIndex; 3] = [PlaneIndex::Y, PlaneIndex::U, PlaneIndex::V];
}

/// Why there is no such picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PictureError {
    /// A side of zero.
    Empty,
    /// More than [`Picture::MAX_SIDE`] by [`Picture::MAX_SIDE`], or more than
    /// [`Picture::MAX_PIXELS`].
    TooLarge {
        /// Width in pixels.
        width: u32,
        /// Height in pixels.
        height: u32,
    },
    /// A plane has fewer bytes than its stride and height ask for, or a stride below its width.
    ShortPlane {
        /// Which one.
        plane: PlaneIndex,
    },
}

impl fmt::Display for PictureError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PictureError::Empty => f.write_str("a picture with a side of zero"),
            PictureError::TooLarge { width, height } => {
                write!(f, "a picture of {width}x{height} is above the limit")
            }
            PictureError::ShortPlane { plane } => write!(f, "plane {plane:?} is too short"),
        }
    }
}

impl std::error::Error for PictureError {}

impl Picture {
    /// Longest side in pixels. AV1 and VP9 can say 65,536; no camera or screen needs more than 8K.
    pub const MAX_SIDE: u32 = 8_192;
    /// Most luma samples: the largest picture of AV1's level 6.3 (specification, annex A). It
    /// bounds a decoder's memory to 53 MB for each picture it holds.
    pub const MAX_PIXELS: u64 = 35_651_584;

    /// A black picture.
    ///
    /// # Errors
    /// When a side is zero or the size is above the limits.
    pub fn new(width: u32, height: u32, time: MediaTime) -> Result<Self, PictureError> {
        Self::check_size(width, height)?;
        let luma = width as usize * height as usize;
        let chroma = width.div_ceil(2) as usize * height.div_ceil(2) as usize;
        // Black is 16 in limited range; 128 is no colour.
        let mut data = vec![16; luma + 2 * chroma];
        data[luma..].fill(128);
        Ok(Picture { width, height, time, data })
    }

    /// A copy of three planes, each with its stride in bytes.
    ///
    /// # Errors
    /// As [`Picture::new`], and when a plane is too short.
    pub fn from_planes(
        (width, height): (u32, u32),
        time: MediaTime,
        planes: [(&[u8], usize); 3],
    ) -> Result<Self, PictureError> {
        let mut picture = Picture::new(width, height, time)?;
        for (plane, (source, stride)) in PlaneIndex::ALL.into_iter().zip(planes) {
            let (columns, rows) = picture.plane_size(plane);
            let (columns, rows) = (columns as usize, rows as usize);
            let needed = stride.checked_mul(rows - 1).and_then(|n| n.checked_add(columns));
            if stride < columns || needed.is_none_or(|needed| source.len() < needed) {
                return Err(PictureError::ShortPlane { plane });
            }
            let target = picture.plane_mut(plane).chunks_exact_mut(columns);
            for (to, from) in target.zip(source.chunks(stride)) {
                to.copy_from_slice(&from[..columns]);
            }
        }
        Ok(picture)
    }

    /// Whether a picture of this size may exist.
    ///
    /// # Errors
    /// When a side is zero or the size is above the limits.
    pub fn check_size(width: u32, height: u32) -> Result<(), PictureError> {
        if width == 0 || height == 0 {
            return Err(PictureError::Empty);
        }
        let pixels = u64::from(width) * u64::from(height);
        if width > Self::MAX_SIDE || height > Self::MAX_SIDE || pixels > Self::MAX_PIXELS {
            return Err(PictureError::TooLarge { width, height });
        }
        Ok(())
    }

    /// Width in luma samples.
    pub const fn width(&self) -> u32 {
        self.width
    }

    /// Height in luma samples.
    pub const fn height(&self) -> u32 {
        self.height
    }

    /// Width and height.
    pub const fn size(&self) -> (u32, u32) {
        (self.width, self.height)
    }

    /// When it is shown.
    pub const fn time(&self) -> MediaTime {
        self.time
    }

    /// Says anew when it is shown.
    pub fn set_time(&mut self, time: MediaTime) {
        self.time = time;
    }

    /// Width and height of a plane in samples.
    pub const fn plane_size(&self, plane: PlaneIndex) -> (u32, u32) {
        match plane {
            PlaneIndex::Y => (self.width, self.height),
            PlaneIndex::U | PlaneIndex::V => (self.width.div_ceil(2), self.height.div_ceil(2)),
        }
    }

    /// Bytes from one row of a plane to the next. Rows lie without gaps.
    pub const fn stride(&self, plane: PlaneIndex) -> usize {
        self.plane_size(plane).0 as usize
    }

    /// The samples of a plane, row by row without gaps.
    pub fn plane(&self, plane: PlaneIndex) -> &[u8] {
        &self.data[self.range(plane)]
    }

    /// The samples of a plane, to be changed.
    pub fn plane_mut(&mut self, plane: PlaneIndex) -> &mut [u8] {
        let range = self.range(plane);
        &mut self.data[range]
    }

    /// One row of a plane.
    ///
    /// # Panics
    /// When the plane has no such row.
    pub fn row(&self, plane: PlaneIndex, row: u32) -> &[u8] {
        let stride = self.stride(plane);
        &self.plane(plane)[row as usize * stride..][..stride]
    }

    /// One row of a plane, to be changed.
    ///
    /// # Panics
    /// When the plane has no such row.
    pub fn row_mut(&mut self, plane: PlaneIndex, row: u32) -> &mut [u8] {
        let stride = self.stride(plane);
        &mut self.plane_mut(plane)[row as usize * stride..][..stride]
    }

    /// All samples: Y, then U, then V, each row by row without gaps.
    pub fn data(&self) -> &[u8] {
        &self.data
    }

    /// All samples, to be changed.
    pub fn data_mut(&mut self) -> &mut [u8] {
        &mut self.data
    }

    fn range(&self, plane: PlaneIndex) -> std::ops::Range<usize> {
        let luma = self.width as usize * self.height as usize;
        let chroma = self.width.div_ceil(2) as usize * self.height.div_ceil(2) as usize;
        match plane {
            PlaneIndex::Y => 0..luma,
            PlaneIndex::U => luma..luma + chroma,
            PlaneIndex::V => luma + chroma..luma + 2 * chroma,
        }
    }
}

impl fmt::Debug for Picture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Picture")
            .field("width", &self.width)
            .field("height", &self.height)
            .field("time", &self.time)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ZERO: MediaTime = MediaTime::new(0, 90_000);

    #[test]
    fn odd_sizes_round_chroma_up() {
        let picture = Picture::new(5, 3, ZERO).unwrap();
        assert_eq!(picture.plane_size(PlaneIndex::V), (3, 2));
        assert_eq!(picture.data().len(), 15 + 2 * 6);
        assert_eq!(picture.plane(PlaneIndex::Y), &[16; 15]);
        assert_eq!(picture.plane(PlaneIndex::V), &[128; 6]);
    }

    #[test]
    fn sizes_are_bounded() {
        assert_eq!(Picture::new(0, 1, ZERO).unwrap_err(), PictureError::Empty);
        for (width, height) in [(8_193, 1), (1, 8_193), (8_192, 8_192), (u32::MAX, u32::MAX)] {
            assert_eq!(
                Picture::new(width, height, ZERO).unwrap_err(),
                PictureError::TooLarge { width, height }
            );
        }
        assert!(Picture::check_size(8_192, 4_320).is_ok());
    }

    #[test]
    fn strided_planes_are_packed() {
        let y: Vec<u8> = (0..14).collect();
        let planes = [(&y[..], 8), (&[7, 9, 9, 9, 8][..], 4), (&[5, 9, 9, 9, 6][..], 4)];
        let error = Picture::from_planes((2, 4), ZERO, planes).unwrap_err();
        assert_eq!(error, PictureError::ShortPlane { plane: PlaneIndex::Y });

        let planes = [(&y[..], 4), (&[7, 9, 9, 9, 8][..], 4), (&[5, 9, 9, 9, 6][..], 4)];
        let picture = Picture::from_planes((2, 4), ZERO, planes).unwrap();
        assert_eq!(picture.plane(PlaneIndex::Y), &[0, 1, 4, 5, 8, 9, 12, 13]);
        assert_eq!(picture.plane(PlaneIndex::U), &[7, 8]);
        assert_eq!(picture.row(PlaneIndex::V, 1), &[6]);
    }

    #[test]
    fn a_stride_below_the_width_is_refused() {
        let planes = [(&[0; 64][..], 3), (&[0; 64][..], 4), (&[0; 64][..], 4)];
        let error = Picture::from_planes((4, 4), ZERO, planes).unwrap_err();
        assert_eq!(error, PictureError::ShortPlane { plane: PlaneIndex::Y });
    }
}
