//! Which packets are protected together, and by how many.
//!
//! 1. A group is complete at the end of a frame, when it has earned a packet of parity, or has
//!    several frames; or when the mask can name no more.
//! 2. It earns as much parity as the protection says, rounded; what was rounded counts for the
//!    next.

/// Packets that are protected together: what the longest mask of ULPFEC names.
pub const FEC_GROUP_MAX: usize = 48;

/// Frames that a group has at most: each of them is another frame's time until losses are made up.
const FRAMES_MAX: usize = 4;

/// The unit of protection.
const WHOLE: i64 = 256;

/// Packets that are protected together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FecGroup {
    /// How many they are.
    pub packets: usize,
    /// By how many packets of parity.
    pub parities: usize,
}

/// Parts the packets of a stream into groups.
///
/// ```
/// use lapwing_engine::fec::{FecGroup, FecGroups};
/// let mut groups = FecGroups::default();
/// assert_eq!(groups.push(128, false), None);
/// assert_eq!(groups.push(128, true), Some(FecGroup { packets: 2, parities: 1 }));
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct FecGroups {
    pub(super) count: usize,
    frames: usize,
    /// In 256ths of a packet; below zero when more was sent than earned.
    owed: i64,
}

impl FecGroups {
    /// A packet is sent, with so many packets of parity to 256 of media; its frame ends with it, or
    /// not. The group that is complete with it.
    pub fn push(&mut self, protection: u8, frame_ends: bool) -> Option<FecGroup> {
        self.count += 1;
        self.frames += usize::from(frame_ends);
        let earned = self.owed + self.count as i64 * i64::from(protection);
        let complete = frame_ends && (earned >= WHOLE || self.frames >= FRAMES_MAX);
        (complete || self.count == FEC_GROUP_MAX).then(|| self.close(protection))
    }

    /// The group ends with what it has.
    pub(super) fn close(&mut self, protection: u8) -> FecGroup {
        let packets = std::mem::take(&mut self.count);
        self.frames = 0;
        self.owed += packets as i64 * i64::from(protection);
        let parities = ((self.owed + WHOLE / 2) / WHOLE).clamp(0, packets as i64);
        self.owed -= parities * WHOLE;
        FecGroup { packets, parities: parities as usize }
    }
}
