//! Where what comes in goes: sound to the ears, pictures to the eyes, and both of a participant in
//! step.

use std::time::Instant;

use lapwing_engine::{MediaKind, Mid, ReceivedFrame};

use super::capture::PlayedOut;
use super::ears::{Ears, Heard, Loudspeaker};
use super::eyes::{Eyes, Screen, Seen};
use super::together::{Together, Wish};
use crate::protocol::signalling::{ParticipantId, Source};

#[cfg(test)]
mod tests;

/// Ears, eyes, and what keeps them together.
pub(super) struct Senses {
    ears: Ears,
    eyes: Eyes,
    together: Together,
}

impl Senses {
    pub(super) fn new(
        loudspeaker: Option<(Box<dyn Loudspeaker>, PlayedOut)>,
        screen: Option<Box<dyn Screen>>,
    ) -> Self {
        let (ears, eyes) = (Ears::new(loudspeaker), Eyes::new(screen));
        Senses { ears, eyes, together: Together::default() }
    }

    /// When [`Self::hear`] or [`Self::look`] has something to do.
    pub(super) fn due(&self) -> Option<Instant> {
        [self.ears.due(), self.eyes.due()].into_iter().flatten().min()
    }

    /// A track began.
    pub(super) fn began(&mut self, mid: Mid, participant: &ParticipantId, source: Source) {
        self.together.began(mid, participant, source);
    }

    /// A frame of a track came.
    pub(super) fn push(&mut self, received: ReceivedFrame, now: Instant) {
        self.together.arrived(&received);
        match received.frame.codec.kind() {
            MediaKind::Video => self.eyes.push(received, now),
            MediaKind::Audio => self.ears.push(received, now),
        }
    }

    /// Plays the sound that is due; gives what is to be said of tracks.
    pub(super) fn hear(&mut self, now: Instant) -> Vec<Heard> {
        self.ears.hear(now, &mut self.together)
    }

    /// Shows the pictures that are due; gives what is to be said of tracks.
    pub(super) fn look(&mut self, now: Instant) -> Vec<Seen> {
        self.eyes.look(now, &mut self.together)
    }

    /// Has sound or pictures that are sooner than the other wait for it, where that is due.
    pub(super) fn keep_together(&mut self, now: Instant) {
        let target = |kind, mid| match kind {
            MediaKind::Audio => self.ears.target(mid),
            MediaKind::Video => self.eyes.target(mid),
        };
        let wishes = self.together.step(target, now);
        self.obey(wishes);
    }

    /// A track ended: what is to be said of it last.
    pub(super) fn end(&mut self, mid: Mid, now: Instant) -> (Option<Seen>, Option<Heard>) {
        let seen = self.eyes.end(mid, now, &mut self.together);
        let heard = self.ears.end(mid);
        let wishes = self.together.ended(mid);
        self.obey(wishes);
        (seen, heard)
    }

    /// The call ended: what is to be said of all tracks last.
    pub(super) fn end_all(&mut self, now: Instant) -> (Vec<Seen>, Vec<Heard>) {
        (self.eyes.end_all(now, &mut self.together), self.ears.end_all())
    }

    fn obey(&mut self, wishes: Vec<Wish>) {
        for Wish { kind, mid, delay } in wishes {
            match kind {
                MediaKind::Audio => self.ears.set_delay(mid, delay),
                MediaKind::Video => self.eyes.set_delay(mid, delay),
            }
        }
    }
}
