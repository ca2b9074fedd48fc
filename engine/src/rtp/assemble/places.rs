//! Which number a frame had that came back in a later packet: RFC 2198 gives its time only.
//!
//! 1. Packets that came are places: a number with a time.
//! 2. A frame that comes back lies between two of them. Where no number is free between, or its
//!    time is there already, it is known.
//! 3. Where several are free, it is counted from one end by the length of frames. In a pause
//!    nothing was sent (DTX), so that from one of the ends there are more frames than numbers; the
//!    other end counts then.
//!
//! Numbers and times of places grow together, whatever comes: a packet that contradicts the places
//! is a new beginning. The times of what was handed out stay known through it, so that nothing is
//! handed out twice.

/// Places that are kept: as many packets as can be told from duplicates.
const PLACES_MAX: usize = 64;

/// A packet that came, or a frame that came back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Place {
    number: u64,
    time: u64,
    /// Its number is counted, not read.
    came_back: bool,
}

/// Places in order.
#[derive(Clone, Debug, Default)]
pub(super) struct Places {
    places: Vec<Place>,
    /// The last of all, in the order in which they came.
    recent: Vec<Place>,
    /// Which of them is the oldest, once there are [`PLACES_MAX`].
    oldest: usize,
}

impl Places {
    /// Something was noted: the stream has redundancy.
    pub(super) fn are_kept(&self) -> bool {
        !self.places.is_empty()
    }

    /// A packet came. One with the time of another (events of RFC 4733, noise) is no place.
    pub(super) fn note(&mut self, number: u64, time: u64, came_back: bool) {
        let place = Place { number, time, came_back };
        self.remember(place);
        let at = self.places.partition_point(|place| place.number < number);
        let (before, after) = self.places.split_at(at);
        let is_known = after.first().is_some_and(|place| place.number == number);
        let neighbours = [before.last(), after.first()];
        if is_known || neighbours.into_iter().flatten().any(|place| place.time == time) {
            return;
        }
        let ordered = before.last().is_none_or(|place| place.time < time)
            && after.first().is_none_or(|place| place.time > time);
        let at = if ordered { at } else { 0 };
        if !ordered {
            self.places.clear();
        }
        if self.places.len() == PLACES_MAX {
            match at.checked_sub(1) {
                // It is older than all.
                None => return,
                Some(at) => {
                    self.places.remove(0);
                    self.places.insert(at, place);
                }
            }
            return;
        }
        self.places.insert(at, place);
    }

    fn remember(&mut self, place: Place) {
        if self.recent.iter().any(|known| known.time == place.time) {
            return;
        }
        match self.recent.get_mut(self.oldest) {
            Some(oldest) => *oldest = place,
            None => self.recent.push(place),
        }
        self.oldest = (self.oldest + 1) % PLACES_MAX;
    }

    /// The frame of this time came back, and was given another number.
    pub(super) fn came_back(&self, number: u64, time: u64) -> bool {
        let mut same = self.recent.iter().filter(|place| place.time == time);
        same.any(|place| place.came_back && place.number != number)
    }

    /// The number of a frame that came back; `None` for one that is known, and for one before the
    /// first place.
    pub(super) fn number_of(&self, time: u64) -> Option<u64> {
        if self.recent.iter().any(|place| place.time == time) {
            return None;
        }
        let at = self.places.partition_point(|place| place.time < time);
        let (before, after) = (self.places.get(at.checked_sub(1)?)?, self.places.get(at)?);
        let free = after.number - before.number - 1;
        if after.time == time || free == 0 {
            return None;
        }
        let span = after.time - before.time;
        // Without a frame's length, what is missing is spread evenly.
        let length = self.frame_length(at).unwrap_or(span / (free + 1)).max(1);
        let frames = |ticks: u64| ((ticks + length / 2) / length).max(1);
        let (ahead, behind) = (frames(time - before.time), frames(after.time - time));
        let from_before = before.number + ahead.min(free);
        let from_after = after.number - behind.min(free);
        Some(match (ahead <= free, behind <= free) {
            (true, false) => from_before,
            (false, true) => from_after,
            // With a pause on one side or on both the nearer end is the better guess.
            _ if ahead < behind => from_before,
            (true, true) => from_after,
            // The nearer end, and as close to it as there is a number.
            (false, false) => after.number - 1,
        })
    }

    /// The length of frames around a place: the least between numbers that follow on each other, of
    /// the nearest on each side. A pause makes it longer, so the lesser is right.
    fn frame_length(&self, at: usize) -> Option<u64> {
        let follows = |pair: &&[Place]| pair[1].number == pair[0].number + 1;
        let length = |pair: &[Place]| pair[1].time - pair[0].time;
        let before = self.places[..at].windows(2).rev().find(follows).map(length);
        let after = self.places[at..].windows(2).find(follows).map(length);
        before.into_iter().chain(after).min()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places(of: &[(u64, u64)]) -> Places {
        let mut places = Places::default();
        of.iter().for_each(|(number, time)| places.note(*number, *time, false));
        places
    }

    #[test]
    fn frames_are_counted_from_both_ends() {
        let known = places(&[(10, 0), (11, 960), (15, 4_800)]);
        let numbers = [1_920, 2_880, 3_840].map(|time| known.number_of(time));
        assert_eq!(numbers, [Some(12), Some(13), Some(14)]);
        let none = [0, 960, 4_800, 5_760].map(|time| known.number_of(time));
        assert_eq!(none, [None; 4], "known, or beyond the ends");
        // Nothing tells how long frames are.
        let known = places(&[(10, 0), (12, 5_760)]);
        assert_eq!(known.number_of(2_880), Some(11));
    }

    #[test]
    fn a_pause_is_before_or_after_it() {
        // Between 12 and 14 are 13, and 200 ms without a packet.
        let after_pause = places(&[(11, 0), (12, 960), (14, 11_520)]);
        assert_eq!(after_pause.number_of(10_560), Some(13));
        let before_pause = places(&[(11, 0), (12, 960), (14, 11_520)]);
        assert_eq!(before_pause.number_of(1_920), Some(13));
        // Three are free: the pause is before the last two, or behind the first two.
        let known = places(&[(11, 0), (12, 960), (16, 13_440)]);
        assert_eq!(known.number_of(12_480), Some(15));
        assert_eq!(known.number_of(11_520), Some(14));
        assert_eq!(known.number_of(1_920), Some(13));
        assert_eq!(known.number_of(2_880), Some(14));
    }

    #[test]
    fn a_changed_length_is_that_of_the_neighbours() {
        let longer = places(&[(1, 0), (2, 960), (3, 1_920), (6, 10_560), (7, 13_440)]);
        // Frames 4 and 5 are of 60 ms each; the nearest pair before still says 20 ms.
        let number = longer.number_of(7_680);
        assert!(matches!(number, Some(4 | 5)), "{number:?}");
        let shorter = places(&[(1, 0), (2, 2_880), (5, 7_680), (6, 8_640)]);
        assert_eq!([5_760, 6_720].map(|time| shorter.number_of(time)), [Some(3), Some(4)]);
    }

    #[test]
    fn contradictions_begin_anew() {
        let known = places(&[(10, 960), (11, 1_920), (12, 500)]);
        assert_eq!(known.places, [Place { number: 12, time: 500, came_back: false }]);
        // An event has the time of its beginning in all of its packets.
        let known = places(&[(10, 960), (11, 1_920), (12, 1_920), (13, 1_920), (14, 4_800)]);
        assert_eq!(known.places.len(), 3);
        let many: Vec<(u64, u64)> = (0..1_000).map(|at| (at, at * 960)).collect();
        let mut known = places(&many);
        known.note(3, 2_880, false);
        assert_eq!((known.places.len(), known.places[0].number), (PLACES_MAX, 936));
    }
}
