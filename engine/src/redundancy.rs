//! What is sent beside media, so that losses are made up for without waiting for them to be sent
//! again.

use std::fmt;

/// What a connection has of redundancy. A session that has none of it leaves it out of its
/// descriptions.
///
/// ```
/// use lapwing_engine::{AudioRedundancy, Config, VideoFec};
/// let mut config = Config::seeded(7);
/// config.redundancy.audio = AudioRedundancy::Send { distance: 1 };
/// config.redundancy.video = VideoFec::FlexFec;
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Redundancy {
    /// Of sound.
    pub audio: AudioRedundancy,
    /// Of pictures.
    pub video: VideoFec,
}

/// Frames of Opus that are sent again with those after them (RED, RFC 2198).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AudioRedundancy {
    /// Not in descriptions.
    Off,
    /// Taken where the peer sends it, and not sent: what browsers do unless they are asked.
    #[default]
    Receive,
    /// Sent too, where the peer takes it.
    Send {
        /// With how many frames after it each is sent again, 15 at most. One makes up for any
        /// single loss and takes as much as the sound once more; zero sends none.
        distance: u8,
    },
    /// Sent too, with frames in between that do not carry it: copies that are further apart than
    /// losses in a burst.
    Spread(CopyDistances),
    /// Sent too, as the losses that the peer reports ask for and the estimated bandwidth allows:
    /// none, [`CopyDistances::NEXT`] or [`CopyDistances::SPREAD`]
    /// ([`copy_level`](crate::rtp::copy_level) is the rule).
    Adaptive,
}

impl AudioRedundancy {
    /// With which frames each is sent again, where that does not change.
    pub(crate) fn fixed(self) -> Option<CopyDistances> {
        match self {
            AudioRedundancy::Off | AudioRedundancy::Receive => Some(CopyDistances::NONE),
            AudioRedundancy::Send { distance } => Some(CopyDistances::following(distance)),
            AudioRedundancy::Spread(copies) => Some(copies),
            AudioRedundancy::Adaptive => None,
        }
    }
}

/// The frames after it with which a frame is sent again: `[2, 4]` is the second and the fourth.
///
/// ```
/// use lapwing_engine::CopyDistances;
/// let copies = CopyDistances::new(&[4, 2]).unwrap();
/// assert_eq!(copies, CopyDistances::SPREAD);
/// assert_eq!(copies.iter().collect::<Vec<_>>(), [2, 4]);
/// assert!(CopyDistances::new(&[9]).is_err());
/// assert_eq!(CopyDistances::following(3), CopyDistances::new(&[1, 2, 3]).unwrap());
/// ```
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct CopyDistances {
    /// Bit `d` is set for the frame `d` after it; bit 0 never.
    bits: u16,
}

/// Most copies of a frame in [`CopyDistances::new`]: with more, sound takes over five times its
/// bits.
pub const COPIES_MAX: usize = 4;

/// How far a copy may lie behind in [`CopyDistances::new`], in frames. The receiver waits for as
/// long: 160 ms with frames of 20 ms.
pub const COPY_DISTANCE_MAX: u8 = 8;

/// How far a copy may lie behind in a run from one on ([`CopyDistances::following`]).
const FOLLOWING_MAX: u8 = 15;

/// Distances that are not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CopyDistancesError {
    /// This one is not 1 to [`COPY_DISTANCE_MAX`].
    Distance(u8),
    /// There are so many, and [`COPIES_MAX`] are allowed.
    Many(usize),
}

impl CopyDistances {
    /// No copies.
    pub const NONE: CopyDistances = CopyDistances { bits: 0 };

    /// One in the next frame, against single losses.
    pub const NEXT: CopyDistances = CopyDistances { bits: 0b10 };

    /// In the second and the fourth frame, against bursts of losses.
    pub const SPREAD: CopyDistances = CopyDistances { bits: 0b1_0100 };

    /// These, in any order; what is there twice counts once.
    ///
    /// # Errors
    /// Where one is zero or beyond [`COPY_DISTANCE_MAX`], or there are more than [`COPIES_MAX`].
    pub fn new(distances: &[u8]) -> Result<Self, CopyDistancesError> {
        let mut bits = 0;
        for distance in distances {
            if !(1..=COPY_DISTANCE_MAX).contains(distance) {
                return Err(CopyDistancesError::Distance(*distance));
            }
            bits |= 1 << distance;
        }
        let copies = CopyDistances { bits };
        match copies.len() {
            0..=COPIES_MAX => Ok(copies),
            many => Err(CopyDistancesError::Many(many)),
        }
    }

    /// With each of the next `count` frames, 15 at most.
    pub fn following(count: u8) -> Self {
        CopyDistances { bits: ((1_u32 << (count.min(FOLLOWING_MAX) + 1)) - 2) as u16 }
    }

    /// How many copies there are.
    pub fn len(self) -> usize {
        self.bits.count_ones() as usize
    }

    /// There are none.
    pub fn is_empty(self) -> bool {
        self.bits == 0
    }

    /// The distances, in frames, the nearest first.
    pub fn iter(self) -> impl DoubleEndedIterator<Item = u8> {
        (1..=FOLLOWING_MAX).filter(move |distance| self.bits >> distance & 1 == 1)
    }

    /// The greatest distance; zero without copies.
    pub fn farthest(self) -> u8 {
        self.iter().next_back().unwrap_or(0)
    }

    /// These and one more.
    pub(crate) fn with(self, distance: u8) -> Self {
        CopyDistances { bits: self.bits | 1 << distance.min(FOLLOWING_MAX) }
    }

    /// As many as `count` of them, the farthest. How far the last one lies behind counts more than
    /// how many there are ("What is sent again" in `docs/media.md`).
    pub fn at_most(self, count: usize) -> Self {
        let left_out = self.len().saturating_sub(count);
        let kept = self.iter().skip(left_out).fold(0, |bits, distance| bits | 1 << distance);
        CopyDistances { bits: kept }
    }
}

impl fmt::Debug for CopyDistances {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

impl fmt::Display for CopyDistancesError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            CopyDistancesError::Distance(distance) => {
                write!(f, "a copy {distance} frames on: 1 to {COPY_DISTANCE_MAX} are possible")
            }
            CopyDistancesError::Many(many) => write!(f, "{many} copies of {COPIES_MAX} at most"),
        }
    }
}

impl std::error::Error for CopyDistancesError {}

/// Packets of parity for pictures. How many are sent follows the loss that the peer reports and the
/// round trip: none where nothing is lost, or where what is lost is sent again soon enough.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum VideoFec {
    /// Not in descriptions.
    #[default]
    Off,
    /// In a stream of their own (draft-ietf-payload-flexible-fec-scheme-03): what Chromium has
    /// under its trials `WebRTC-FlexFEC-03-Advertised` and `WebRTC-FlexFEC-03`. Simulcast goes
    /// without.
    FlexFec,
    /// Within the stream of the pictures, in an envelope (RFC 5109, RFC 2198): what browsers have.
    Ulpfec,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_are_a_set_with_limits() {
        let of = |distances: &[u8]| CopyDistances::new(distances);
        assert_eq!(of(&[]), Ok(CopyDistances::NONE));
        assert_eq!(of(&[1]), Ok(CopyDistances::NEXT));
        assert_eq!(of(&[4, 2, 4, 2, 4]), Ok(CopyDistances::SPREAD));
        assert_eq!(of(&[0]), Err(CopyDistancesError::Distance(0)));
        assert_eq!(of(&[2, 9]), Err(CopyDistancesError::Distance(9)));
        assert_eq!(of(&[1, 2, 3, 4, 5]), Err(CopyDistancesError::Many(5)));
        assert_eq!(
            of(&[200]).unwrap_err().to_string(),
            "a copy 200 frames on: 1 to 8 are possible"
        );
        assert_eq!(format!("{:?}", of(&[8, 3]).unwrap()), "[3, 8]");
    }

    #[test]
    fn following_frames_are_fifteen_at_most() {
        assert_eq!(CopyDistances::following(0), CopyDistances::NONE);
        assert_eq!(CopyDistances::following(1), CopyDistances::NEXT);
        let most = CopyDistances::following(255);
        assert_eq!(most, CopyDistances::following(15));
        assert!(most.iter().eq(1..=15));
        assert_eq!((most.len(), most.farthest()), (15, 15));
    }

    #[test]
    fn the_farthest_are_kept() {
        let kept = |count| CopyDistances::SPREAD.at_most(count);
        assert_eq!([kept(0), kept(2)], [CopyDistances::NONE, CopyDistances::SPREAD]);
        assert_eq!(kept(1), CopyDistances::new(&[4]).unwrap());
        assert_eq!(kept(9), CopyDistances::SPREAD);
    }
}
