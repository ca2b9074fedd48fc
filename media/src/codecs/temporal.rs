//! Temporal layers: which pictures refer to which, so that those of upper layers can be left out.
//!
//! The patterns are those of libwebrtc's `DefaultTemporalLayers` for two and three layers, and
//! `L1T2`, `L1T3` of W3C's Scalable Video Coding extension:
//!
//! ```text
//! L1T2    1   1        L1T3      2   2
//!        /   /                  /   /
//!       0---0---0              | 1  |
//!                              |/ \ |
//!                              0---------0
//! ```

use lapwing_engine::rtp::format::{FrameInfo, REFERENCES_MAX};

/// Most temporal layers.
pub(crate) const TEMPORAL_LAYERS_MAX: u8 = 3;

/// A buffer of the encoder that pictures refer to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Buffer {
    /// The last picture of the lowest layer.
    Last,
    /// The last picture of the middle one.
    Golden,
}

/// One picture of a pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Step {
    /// The temporal layer, 0 for the slowest.
    pub(crate) layer: u8,
    /// Where the picture is kept, `None` when nothing refers to it.
    pub(crate) updates: Option<Buffer>,
    /// The picture may refer to the middle layer, not to the lowest alone.
    pub(crate) sees_golden: bool,
}

const fn step(layer: u8, updates: Option<Buffer>, sees_golden: bool) -> Step {
    Step { layer, updates, sees_golden }
}

const L1T1: &[Step] = &[step(0, Some(Buffer::Last), false)];

const L1T2: &[Step] = &[step(0, Some(Buffer::Last), false), step(1, None, false)];

const L1T3: &[Step] = &[
    step(0, Some(Buffer::Last), false),
    step(2, None, false),
    step(1, Some(Buffer::Golden), false),
    step(2, None, true),
];

/// The share of the bit rate, in percent, of each layer with those below it (libwebrtc,
/// `kLayerRateAllocation`).
const SHARES: [&[u32]; TEMPORAL_LAYERS_MAX as usize] = [&[100], &[60, 100], &[40, 60, 100]];

/// Each layer with those below it has one of so many pictures.
const DECIMATORS: [&[u32]; TEMPORAL_LAYERS_MAX as usize] = [&[1], &[2, 1], &[4, 2, 1]];

/// Where a stream stands in its pattern.
#[derive(Clone, Debug)]
pub(crate) struct TemporalLayers {
    pattern: &'static [Step],
    /// The place in the pattern of the next picture.
    at: usize,
    /// Pictures that came out since the key frame.
    count: u64,
    /// The numbers of the pictures in the two buffers, counted as `count`.
    last: u64,
    golden: u64,
}

impl TemporalLayers {
    /// One, two or three layers.
    pub(crate) fn new(layers: u8) -> Self {
        let pattern = match layers {
            2 => L1T2,
            3 => L1T3,
            _ => L1T1,
        };
        TemporalLayers { pattern, at: 0, count: 0, last: 0, golden: 0 }
    }

    /// What the next picture is; a key frame begins the pattern anew.
    pub(crate) fn next(&mut self, keyframe: bool) -> Step {
        if keyframe {
            self.at = 0;
        }
        self.pattern[self.at]
    }

    /// The picture of [`TemporalLayers::next`] came out of the encoder: what is to be told of it.
    /// One that the encoder dropped leaves the pattern where it is.
    pub(crate) fn on_made(&mut self, keyframe: bool) -> FrameInfo {
        if keyframe {
            *self = TemporalLayers {
                at: 1 % self.pattern.len(),
                count: 1,
                last: 0,
                golden: 0,
                ..self.clone()
            };
            return FrameInfo { keyframe, ..FrameInfo::default() };
        }
        let step = self.pattern[self.at];
        let back = |number: u64| u8::try_from(self.count - number).unwrap_or(u8::MAX);
        let mut references = [0; REFERENCES_MAX];
        references[0] = back(self.last);
        // Since the key frame nothing may have been put there.
        let sees_golden = step.sees_golden && self.golden != self.last;
        if sees_golden {
            references[1] = back(self.golden);
        }
        let info = FrameInfo {
            temporal: step.layer,
            layer_sync: step.layer > 0 && !sees_golden,
            discardable: step.updates.is_none(),
            references,
            ..FrameInfo::default()
        };
        match step.updates {
            Some(Buffer::Last) => self.last = self.count,
            Some(Buffer::Golden) => self.golden = self.count,
            None => {}
        }
        self.count += 1;
        self.at = (self.at + 1) % self.pattern.len();
        info
    }

    /// The layer of each picture of the pattern.
    pub(crate) fn layers(&self) -> impl Iterator<Item = u8> + use<> {
        self.pattern.iter().map(|step| step.layer)
    }
}

/// The bit rate of each layer with those below it.
pub(crate) fn rates(layers: u8, total: u32) -> impl Iterator<Item = u32> {
    let shares = SHARES[usize::from(layers.clamp(1, TEMPORAL_LAYERS_MAX)) - 1];
    shares.iter().map(move |percent| (u64::from(total) * u64::from(*percent) / 100) as u32)
}

/// How many pictures there are for one of each layer with those below it.
pub(crate) fn decimators(layers: u8) -> &'static [u32] {
    DECIMATORS[usize::from(layers.clamp(1, TEMPORAL_LAYERS_MAX)) - 1]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Layer, whether it is a layer's beginning, and references of the first pictures.
    fn told(layers: u8, count: usize) -> Vec<(u8, bool, [u8; 2])> {
        let mut pattern = TemporalLayers::new(layers);
        let pictures = (0..count).map(|number| {
            pattern.next(number == 0);
            let info = pattern.on_made(number == 0);
            (info.temporal, info.layer_sync, [info.references[0], info.references[1]])
        });
        pictures.collect()
    }

    #[test]
    fn two_layers_alternate() {
        let expected = [
            (0, false, [0, 0]),
            (1, true, [1, 0]),
            (0, false, [2, 0]),
            (1, true, [1, 0]),
            (0, false, [2, 0]),
        ];
        assert_eq!(told(2, 5), expected);
    }

    #[test]
    fn three_layers_take_turns() {
        let expected = [
            (0, false, [0, 0]),
            (2, true, [1, 0]),
            (1, true, [2, 0]),
            (2, false, [3, 1]),
            (0, false, [4, 0]),
            (2, true, [1, 0]),
            (1, true, [2, 0]),
        ];
        assert_eq!(told(3, 7), expected);
    }

    #[test]
    fn a_dropped_picture_is_not_counted() {
        let mut pattern = TemporalLayers::new(2);
        pattern.next(true);
        pattern.on_made(true);
        assert_eq!(pattern.next(false).layer, 1);
        assert_eq!(pattern.next(false).layer, 1);
        assert_eq!(pattern.on_made(false).references[0], 1);
        assert_eq!(pattern.next(false).layer, 0);
        assert_eq!(pattern.next(true).layer, 0);
        assert_eq!(pattern.on_made(true).references, [0; REFERENCES_MAX]);
        assert_eq!(pattern.next(false).layer, 1);
    }

    #[test]
    fn the_upper_layers_have_the_rest_of_the_rate() {
        assert_eq!(rates(3, 1_000).collect::<Vec<_>>(), [400, 600, 1_000]);
        assert_eq!(rates(1, 1_000).collect::<Vec<_>>(), [1_000]);
        assert_eq!(decimators(2), [2, 1]);
    }

    #[test]
    fn one_layer_refers_to_the_picture_before() {
        let expected = [(0, false, [0, 0]), (0, false, [1, 0]), (0, false, [1, 0])];
        assert_eq!(told(1, 3), expected);
    }
}
