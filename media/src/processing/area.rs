//! Parts of a plane.

/// Side of a block of luma.
pub(super) const BLOCK: usize = 16;

/// A rectangle of a plane, in samples.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Area {
    pub(super) left: usize,
    pub(super) top: usize,
    pub(super) width: usize,
    pub(super) height: usize,
}

impl Area {
    /// All blocks of a luma plane, row by row; those at the right and at the bottom may be smaller.
    pub(super) fn blocks(width: usize, height: usize) -> impl Iterator<Item = Area> {
        (0..height).step_by(BLOCK).flat_map(move |top| {
            (0..width).step_by(BLOCK).map(move |left| Area {
                left,
                top,
                width: BLOCK.min(width - left),
                height: BLOCK.min(height - top),
            })
        })
    }

    /// The same part of a chroma plane.
    pub(super) const fn chroma(self) -> Area {
        Area {
            left: self.left / 2,
            top: self.top / 2,
            width: self.width.div_ceil(2),
            height: self.height.div_ceil(2),
        }
    }
}
