//! What a call tells beside what the room and the connection tell.

use std::collections::VecDeque;
use std::fmt;
use std::time::Duration;

use lapwing_engine::{Codec, MediaKind, SelectedPair};
use lapwing_media::files::FileError;

use super::report::Second;
use crate::protocol::signalling::{ParticipantId, Source};
use crate::transfer::{ProgressNote, TransferNote};

/// Events that wait to be asked for; the oldest go beyond it. A turn of the loop brings about ten.
const EVENTS_MAX: usize = 1024;

/// Something that happened in a call.
#[derive(Debug)]
pub enum CallEvent {
    /// Media can flow.
    Connected {
        /// The path.
        pair: SelectedPair,
        /// How long it took since there was somebody to connect to.
        setup: Option<Duration>,
    },
    /// One of our tracks is sent.
    Sending {
        /// What it is.
        source: Source,
        /// In this codec.
        codec: Codec,
    },
    /// A track of ours cannot be sent, for want of a codec.
    NotSent {
        /// Audio or video.
        kind: MediaKind,
        /// What the other side takes.
        taken: Vec<Codec>,
    },
    /// An encoder does not keep up on this machine, and another took its place.
    TooSlow {
        /// The codec that was sent.
        codec: Codec,
        /// The codec that is sent from here on.
        instead: Codec,
    },
    /// A track of ours has ended before the call.
    SourceEnded {
        /// What it is.
        source: Source,
        /// Why, in the words of the source or its encoder.
        why: String,
    },
    /// The first frame of a track came in.
    TrackFlows {
        /// Whose it is; their name.
        participant: String,
        /// What it is.
        source: Source,
        /// In this codec.
        codec: Codec,
    },
    /// Something is wrong with what comes in; the call goes on.
    Fault(InboundFault),
    /// A second has passed.
    Second(Second),
    /// A file is on its way, is there, or is not.
    File(TransferNote),
    /// How far the one file is that is on its way; told in each turn.
    FileProgress(ProgressNote),
}

/// What went wrong with media that come in.
#[derive(Debug)]
pub enum InboundFault {
    /// The recording of a participant ended before its time.
    RecordingEnded(ParticipantId, FileError),
    /// A recording could not be ended as it should.
    NoEnd(FileError),
    /// The thread that decodes is gone.
    Stopped,
}

impl fmt::Display for InboundFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            InboundFault::RecordingEnded(participant, error) => {
                write!(f, "the recording of {participant} ended: {error}")
            }
            InboundFault::NoEnd(error) => write!(f, "a recording has no end: {error}"),
            InboundFault::Stopped => f.write_str("decoding stopped unexpectedly"),
        }
    }
}

impl std::error::Error for InboundFault {}

/// Events until they are asked for.
#[derive(Debug, Default)]
pub(super) struct Events(VecDeque<CallEvent>);

impl Events {
    pub(super) fn push(&mut self, event: CallEvent) {
        if self.0.len() == EVENTS_MAX {
            self.0.pop_front();
        }
        self.0.push_back(event);
    }

    pub(super) fn poll(&mut self) -> Option<CallEvent> {
        self.0.pop_front()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_never_asks_loses_the_oldest() {
        let mut events = Events::default();
        for second in 0..EVENTS_MAX + 2 {
            let second = Second { at: second as f64, ..Second::default() };
            events.push(CallEvent::Second(second));
        }
        let first = events.poll();
        assert!(matches!(first, Some(CallEvent::Second(Second { at: 2.0, .. }))), "{first:?}");
        assert_eq!(std::iter::from_fn(|| events.poll()).count(), EVENTS_MAX - 1);
    }
}
