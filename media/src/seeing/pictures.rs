//! Frames that are being decoded, and pictures that wait to be shown.

use std::collections::VecDeque;

use super::settings::micros;
use crate::picture::Picture;

/// Most frames that are being decoded; of more the first is forgotten.
const MAX_DECODING: usize = 16;

/// Most pictures that wait: each takes as much memory as it has pixels. The oldest goes.
const MAX_PICTURES: usize = 8;

/// A frame that is being decoded.
#[derive(Clone, Copy, Debug)]
pub(super) struct Decoding {
    pub(super) time: i64,
    pub(super) keyframe: bool,
    pub(super) arrived: i64,
    /// When it is shown.
    pub(super) shown_at: i64,
}

/// Both.
#[derive(Debug, Default)]
pub(super) struct Pictures {
    decoding: VecDeque<Decoding>,
    ready: VecDeque<(i64, Picture)>,
}

impl Pictures {
    /// A frame is given to be decoded.
    pub(super) fn begin(&mut self, decoding: Decoding) {
        if self.decoding.len() == MAX_DECODING {
            self.decoding.pop_front();
        }
        self.decoding.push_back(decoding);
    }

    /// The frame that was begun first is done.
    pub(super) fn done(&mut self) -> Option<Decoding> {
        self.decoding.pop_front()
    }

    /// Keeps a picture until `shown_at`; false when the oldest had to go for it.
    pub(super) fn keep(&mut self, picture: Picture, shown_at: i64) -> bool {
        let room = self.ready.len() < MAX_PICTURES;
        if !room {
            self.ready.pop_front();
        }
        self.ready.push_back((shown_at, picture));
        room
    }

    /// When the next picture is due.
    pub(super) fn due(&self) -> Option<i64> {
        self.ready.front().map(|(at, _)| *at)
    }

    /// The media time of the next one, where no other follows on it.
    pub(super) fn last(&self) -> Option<i64> {
        let (_, picture) = self.ready.front()?;
        let is_last = self.ready.len() == 1 && self.decoding.is_empty();
        is_last.then(|| micros(picture.time().as_duration()))
    }

    /// Drops those that are due while a later one is too, and says how many.
    pub(super) fn drop_overtaken(&mut self, now: i64) -> u64 {
        let last = self.ready.iter().rposition(|(at, _)| *at <= now).unwrap_or(0);
        self.ready.drain(..last).count() as u64
    }

    pub(super) fn take(&mut self) -> Option<Picture> {
        self.ready.pop_front().map(|(_, picture)| picture)
    }
}
