//! The layers of a stream that pass to a receiver.
//!
//! 1. A picture above what the receiver shall have is left out. No other picture that it gets
//!    refers to it.
//! 2. An upper layer begins with a picture that refers to the layers below alone, or with a
//!    keyframe.
//! 3. Of the spatial layers of a picture those pass that the receiver shall have. An upper one
//!    begins with a keyframe, or with a picture that refers to the layer below it alone.
//! 4. What is said of a picture goes on with it. References count pictures; those that were left
//!    out are not among them.

use lapwing_engine::rtp::assemble::SpatialLayer;
use lapwing_engine::rtp::format::{FrameInfo, REFERENCES_MAX};

use super::layers::EVERY;

/// What becomes of a picture for one receiver.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Thinned {
    /// It passes, with this said of it.
    Pass(Option<FrameInfo>),
    /// It does not.
    LeftOut,
}

/// Which layers a receiver has.
#[derive(Clone, Copy, Debug)]
pub(super) struct Thinning {
    /// The highest temporal one.
    highest: u8,
    /// The largest spatial one.
    largest: u8,
    /// Whether it is told of them.
    told: bool,
    /// Which of the pictures passed, the last one in the lowest bit.
    passed: u128,
}

impl Default for Thinning {
    fn default() -> Self {
        Thinning { highest: EVERY, largest: EVERY, told: false, passed: 0 }
    }
}

impl Thinning {
    /// What becomes of a picture, where layers up to `most` shall pass. `info` is what is known of
    /// it, and whether that is to be said to the receiver, from the next keyframe on.
    pub(super) fn judge(
        &mut self,
        info: Option<(FrameInfo, bool)>,
        keyframe: bool,
        most: u8,
    ) -> Thinned {
        let Some((info, tells)) = info else { return Thinned::Pass(None) };
        if keyframe {
            (self.highest, self.told) = (most, tells);
        }
        let begins = info.layer_sync && info.temporal == self.highest.saturating_add(1);
        if info.temporal <= most && begins {
            self.highest = info.temporal;
        }
        self.highest = self.highest.min(most);
        let references = references(&info, self.passed);
        let lowest = info.temporal == 0;
        let passes = info.temporal <= self.highest && (lowest || references.is_some());
        self.passed = self.passed << 1 | u128::from(passes);
        if !passes {
            return Thinned::LeftOut;
        }
        // Nothing of the lowest layer was left out: what is unknown is too long ago.
        self.told &= references.is_some();
        let told = references.filter(|_| self.told);
        Thinned::Pass(told.map(|references| FrameInfo { references, ..info }))
    }

    /// Which spatial layers pass of a picture that does, with what is said of each: of `layers`,
    /// smallest first, those up to `most`.
    pub(super) fn sizes(&mut self, layers: &[SpatialLayer], keyframe: bool, most: u8) -> Sizes {
        self.largest = if keyframe { most } else { self.largest.min(most) };
        for info in layers.iter().map(|layer| &layer.info) {
            let begins = info.keyframe && info.spatial == self.largest.saturating_add(1);
            if info.spatial <= most && begins {
                self.largest = info.spatial;
            }
        }
        // Whatever the smallest is called, it passes.
        let passing = layers.iter().filter(|layer| layer.info.spatial <= self.largest).count();
        let passing = passing.max(1).min(layers.len());
        // What is unknown of its references is too long ago: then the picture before is named.
        let told = layers[..passing].iter().enumerate().map(|(place, layer)| FrameInfo {
            references: references(&layer.info, self.passed >> 1).unwrap_or_default(),
            more_layers: place + 1 < passing,
            ..layer.info
        });
        Sizes {
            told: told.collect(),
            wants_keyframe: layers
                .last()
                .is_some_and(|top| top.info.spatial.min(most) > self.largest),
        }
    }
}

/// Which spatial layers of a picture pass.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Sizes {
    /// What is said of each, smallest first.
    pub(super) told: Vec<FrameInfo>,
    /// The receiver shall have more, from a keyframe on.
    pub(super) wants_keyframe: bool,
}

/// A picture's references as the receiver counts pictures, of which these `passed` before; `None`
/// where one of them was left out.
fn references(info: &FrameInfo, passed: u128) -> Option<[u8; REFERENCES_MAX]> {
    let mut references = info.references;
    for back in references.iter_mut().filter(|back| **back > 0) {
        let before = u128::MAX >> (128_u32.checked_sub(u32::from(*back))?);
        let among = passed & before;
        let is_there = among >> (*back - 1) == 1;
        *back = is_there.then_some(among.count_ones() as u8)?;
    }
    Some(references)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picture(temporal: u8, layer_sync: bool, references: [u8; REFERENCES_MAX]) -> FrameInfo {
        FrameInfo { temporal, layer_sync, references, ..FrameInfo::default() }
    }

    /// Three layers: 0, 2, 1, 2.
    fn of_three(place: usize) -> FrameInfo {
        match place % 4 {
            0 => picture(0, false, [4, 0, 0]),
            2 => picture(1, true, [2, 0, 0]),
            1 => picture(2, true, [1, 0, 0]),
            _ => picture(2, false, [1, 2, 0]),
        }
    }

    /// Which pass, and what they refer to.
    fn passed(
        thinning: &mut Thinning,
        from: usize,
        count: usize,
        most: u8,
    ) -> Vec<(usize, [u8; 3])> {
        let judge = |place: usize| {
            let keyframe = place == 0;
            let mut info = of_three(place);
            if keyframe {
                info.references = [0; REFERENCES_MAX];
            }
            match thinning.judge(Some((info, true)), keyframe, most) {
                Thinned::Pass(Some(info)) => Some((place, info.references)),
                Thinned::Pass(None) => panic!("layers are told"),
                Thinned::LeftOut => None,
            }
        };
        (from..from + count).filter_map(judge).collect()
    }

    #[test]
    fn upper_layers_are_left_out_and_references_count_what_passes() {
        let mut thinning = Thinning::default();
        let lowest = passed(&mut thinning, 0, 12, 0);
        assert_eq!(lowest, [(0, [0; 3]), (4, [1, 0, 0]), (8, [1, 0, 0])]);
        // The middle layer begins with its next picture, at once; what refers to the pictures that
        // were left out does not pass.
        let two = passed(&mut thinning, 12, 8, 1);
        assert_eq!(two, [(12, [1, 0, 0]), (14, [1, 0, 0]), (16, [2, 0, 0]), (18, [1, 0, 0])]);
        let all = passed(&mut thinning, 20, 4, EVERY);
        assert_eq!(all.iter().map(|(place, _)| *place).collect::<Vec<_>>(), [20, 21, 22, 23]);
        assert_eq!(all[3].1, [1, 2, 0]);
        let fewer = passed(&mut thinning, 24, 4, 1);
        assert_eq!(fewer, [(24, [4, 0, 0]), (26, [1, 0, 0])]);
    }

    #[test]
    fn a_layer_begins_only_where_it_can() {
        let mut thinning = Thinning::default();
        let judge = |thinning: &mut Thinning, info, keyframe, most| {
            thinning.judge(Some((info, true)), keyframe, most) != Thinned::LeftOut
        };
        let plain = [0; REFERENCES_MAX];
        assert!(judge(&mut thinning, picture(0, false, plain), true, 0));
        assert!(!judge(&mut thinning, picture(1, true, plain), false, 0));
        assert!(
            !judge(&mut thinning, picture(1, false, plain), false, 2),
            "it needs the one before"
        );
        assert!(
            !judge(&mut thinning, picture(2, true, plain), false, 2),
            "and this the layer below"
        );
        assert!(judge(&mut thinning, picture(1, true, plain), false, 2));
        assert!(judge(&mut thinning, picture(2, true, plain), false, 2));
        assert!(judge(&mut thinning, picture(2, false, plain), false, 2));
    }

    fn sizes(thinning: &mut Thinning, keys: [bool; 3], most: u8) -> (usize, bool) {
        let layer = |spatial: u8| SpatialLayer {
            info: FrameInfo {
                spatial,
                keyframe: keys[usize::from(spatial)],
                inter_layer: keys[usize::from(spatial)] && spatial > 0,
                references: [2, 0, 0],
                more_layers: spatial < 2,
                ..FrameInfo::default()
            },
            bytes: 0..1,
        };
        let layers: Vec<SpatialLayer> = (0..3).map(layer).collect();
        thinning.judge(Some((layers[0].info, true)), keys[0], EVERY);
        let sizes = thinning.sizes(&layers, keys[0], most);
        let last = sizes.told.last().expect("the smallest passes");
        assert!(!last.more_layers && sizes.told.iter().filter(|it| !it.more_layers).count() == 1);
        (sizes.told.len(), sizes.wants_keyframe)
    }

    #[test]
    fn spatial_layers_end_at_once_and_begin_with_a_keyframe_or_the_layer_below() {
        let mut thinning = Thinning::default();
        let none = [false; 3];
        assert_eq!(sizes(&mut thinning, [true; 3], EVERY), (3, false));
        assert_eq!(sizes(&mut thinning, none, 1), (2, false));
        assert_eq!(sizes(&mut thinning, none, EVERY), (2, true), "not without a keyframe");
        assert_eq!(sizes(&mut thinning, none, 0), (1, false));
        assert_eq!(sizes(&mut thinning, [false, false, true], 2), (1, true), "one is between");
        assert_eq!(sizes(&mut thinning, [false, true, false], 2), (2, true));
        assert_eq!(sizes(&mut thinning, [false, false, true], 2), (3, false));
        assert_eq!(sizes(&mut thinning, [true; 3], 0), (1, false));
    }

    #[test]
    fn the_smallest_size_passes_whatever_it_is_called() {
        let layer = |spatial| SpatialLayer {
            info: FrameInfo { spatial, keyframe: true, ..FrameInfo::default() },
            bytes: 0..1,
        };
        let sizes = Thinning::default().sizes(&[layer(3), layer(7)], true, 0);
        assert_eq!(sizes.told.len(), 1);
    }

    #[test]
    fn what_refers_to_what_did_not_pass_does_not_pass() {
        let mut thinning = Thinning::default();
        let mut judge = |info| thinning.judge(Some((info, true)), false, EVERY);
        assert_eq!(judge(picture(1, false, [127, 0, 0])), Thinned::LeftOut);
        assert_eq!(judge(picture(1, false, [255, 0, 0])), Thinned::LeftOut);
        assert_eq!(judge(picture(0, false, [255, 0, 0])), Thinned::Pass(None), "too long ago");
        assert_eq!(thinning.judge(None, false, 0), Thinned::Pass(None), "nothing is known of it");
    }
}
