//! Whether all that a frame refers to was handed out, as its codec tells it.

use crate::rtp::dependency::DescribedFrame;
use crate::rtp::format::{Needs, PayloadFacts, PictureId, REFERENCES_MAX};

/// Numbers of pictures that are remembered: a reference further back counts as missing. Half a
/// minute of video.
const REMEMBERED: usize = 1024;

/// A frame as far as its continuity goes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Judged<'a> {
    pub(super) facts: &'a PayloadFacts,
    pub(super) keyframe: bool,
    /// Every packet between the last frame and this one came.
    pub(super) unbroken: bool,
}

/// What was handed out.
#[derive(Clone, Debug, Default)]
pub(super) struct Continuity {
    any: bool,
    /// The last picture's number, and the same of 16 bits: identifiers wrap earlier.
    picture: Option<(u16, u16)>,
    tl0: Option<u8>,
    pictures: Numbers,
    frames: Numbers,
}

impl Continuity {
    /// Judges a frame that is handed out, by its payload descriptor.
    pub(super) fn judge(&mut self, frame: Judged<'_>) -> bool {
        let contiguous = frame.keyframe || self.any && self.has_all(&frame);
        self.any = true;
        let picture = frame.facts.picture();
        let tl0 = match frame.facts.needs {
            Needs::AllBefore => None,
            Needs::Vp8 { tl0, .. } | Needs::Vp9 { tl0, .. } => tl0,
        };
        if frame.keyframe {
            self.pictures.clear();
            self.frames.clear();
        }
        self.picture = picture.map(|picture| (picture.number, self.wide(picture)));
        if let Some((_, wide)) = self.picture {
            self.pictures.insert(wide);
        }
        // One of an upper layer tells it too, where the sender begins to count.
        let begins = self.tl0.is_none() && contiguous;
        if frame.facts.temporal == 0 || frame.keyframe || begins {
            self.tl0 = tl0;
        }
        contiguous
    }

    /// Whether a frame that is no keyframe has all that it refers to, whatever else is missing
    /// before it.
    pub(super) fn spares(&self, facts: &PayloadFacts) -> bool {
        let frame = Judged { facts, keyframe: false, unbroken: false };
        self.any && !facts.keyframe && self.has_all(&frame)
    }

    /// The same of a frame with a dependency descriptor, of the moment that begins with the frame
    /// `moment`.
    pub(super) fn spares_described(&self, frame: &DescribedFrame, moment: u16) -> bool {
        let of_moment = frame.number.wrapping_sub(moment);
        let is_there =
            |number: u16| number.wrapping_sub(moment) < of_moment || self.frames.contains(number);
        self.any && !frame.keyframe && frame.references().all(is_there)
    }

    fn wide(&self, picture: PictureId) -> u16 {
        self.picture.map_or(picture.number, |(last, wide)| wide.wrapping_add(picture.since(last)))
    }

    fn is_next(&self, picture: Option<PictureId>) -> bool {
        picture.zip(self.picture).map(|(picture, (last, _))| picture.since(last)) == Some(1)
    }

    fn has_all(&self, frame: &Judged<'_>) -> bool {
        match frame.facts.needs {
            Needs::AllBefore => frame.unbroken,
            Needs::Vp8 { picture, tl0, layer_sync } => {
                self.has_layers(frame, picture, tl0, layer_sync)
            }
            Needs::Vp9 { predicted: false, .. } => true,
            Needs::Vp9 { picture: Some(picture), references: Some(references), .. } => {
                let wanted = references.iter().filter(|back| **back != 0);
                let wide = self.wide(picture);
                wanted
                    .map(|back| wide.wrapping_sub(u16::from(*back)))
                    .all(|wanted| self.pictures.contains(wanted))
            }
            Needs::Vp9 { picture, tl0, switching_up, .. } => {
                self.has_layers(frame, picture, tl0, switching_up)
            }
        }
    }

    /// By the index of the lowest temporal layer, where it is told: a frame of that layer needs the
    /// one before it there, any other needs the same, and all since unless its layer begins anew.
    fn has_layers(
        &self,
        frame: &Judged<'_>,
        picture: Option<PictureId>,
        tl0: Option<u8>,
        begins_layer: bool,
    ) -> bool {
        let follows = frame.unbroken || self.is_next(picture);
        let distance = tl0.zip(self.tl0).map(|(tl0, last)| tl0.wrapping_sub(last));
        match (distance, frame.facts.temporal) {
            (None, _) => follows,
            (Some(1), 0) => true,
            // A sender of one layer that does not count.
            (Some(0), 0) => follows,
            (Some(0), _) => follows || begins_layer,
            (Some(_), _) => false,
        }
    }

    /// Takes the frames of one moment, by their dependency descriptors: true where all that each
    /// refers to was handed out before, or is one of them.
    pub(super) fn judge_described<'a>(
        &mut self,
        frames: impl Iterator<Item = &'a DescribedFrame>,
        keyframe: bool,
    ) -> bool {
        if keyframe {
            self.frames.clear();
        }
        self.any = true;
        let mut all = true;
        for frame in frames {
            let mut wanted = frame.references();
            all &= wanted.all(|number| self.frames.contains(number));
            self.frames.insert(frame.number);
        }
        all
    }

    /// A frame was handed out whose descriptor tells no more than its number.
    pub(super) fn note(&mut self, number: u16) {
        self.frames.insert(number);
    }

    /// How many frames before a frame those are that it refers to, of those that were handed out:
    /// zeros where it refers to more than there is room for, or to none that is known.
    pub(super) fn distances(&self, frame: &DescribedFrame) -> [u8; REFERENCES_MAX] {
        let mut distances = [0; REFERENCES_MAX];
        let diffs = frame.diffs.as_slice();
        if diffs.len() > REFERENCES_MAX {
            return distances;
        }
        for (distance, diff) in distances.iter_mut().zip(diffs) {
            let from = frame.number.wrapping_sub(*diff);
            if self.frames.contains(from) {
                let seen = (0..*diff).filter(|at| self.frames.contains(from.wrapping_add(*at)));
                *distance = u8::try_from(seen.count()).unwrap_or(0);
            }
        }
        distances
    }

    /// Nothing that comes refers to what was.
    pub(super) fn clear(&mut self) {
        *self = Continuity::default();
    }
}

/// Which of the last numbers were seen.
#[derive(Clone, Debug)]
struct Numbers {
    latest: Option<u16>,
    seen: [u64; REMEMBERED / 64],
}

impl Default for Numbers {
    fn default() -> Self {
        Numbers { latest: None, seen: [0; REMEMBERED / 64] }
    }
}

impl Numbers {
    fn clear(&mut self) {
        *self = Numbers::default();
    }

    fn insert(&mut self, number: u16) {
        let ahead = self.latest.map_or(0, |latest| number.wrapping_sub(latest));
        if ahead < 1 << 15 {
            let latest = self.latest.unwrap_or(number);
            for step in 1..=usize::from(ahead).min(REMEMBERED) as u16 {
                self.set(latest.wrapping_add(step), false);
            }
            self.latest = Some(number);
        }
        self.set(number, true);
    }

    fn contains(&self, number: u16) -> bool {
        let Some(latest) = self.latest else { return false };
        let behind = usize::from(latest.wrapping_sub(number));
        let place = usize::from(number) % REMEMBERED;
        behind < REMEMBERED && self.seen[place / 64] >> (place % 64) & 1 == 1
    }

    fn set(&mut self, number: u16, seen: bool) {
        let place = usize::from(number) % REMEMBERED;
        let bit = 1 << (place % 64);
        match seen {
            true => self.seen[place / 64] |= bit,
            false => self.seen[place / 64] &= !bit,
        }
    }
}
