//! What happens to devices and tracks, for the application to hear of.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use crate::device::DeviceInfo;
use crate::error::EndReason;

/// Events that wait; when more come, the oldest go. Some hundred tracks may end at once.
const MAX_WAITING: usize = 1_024;

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MediaEvent {
    /// A device was opened, or closed: what a light on it, or a mark on the screen, should show.
    DeviceUse {
        /// Which.
        device: DeviceInfo,
        /// Whether it is open.
        in_use: bool,
    },
    /// Devices came or went (`devicechange`).
    DeviceChange,
    /// A track has ended, and not because it was stopped (`ended`).
    TrackEnded {
        /// The id of the track.
        track: String,
        /// Why.
        reason: EndReason,
    },
    /// A track gives black or silence from now on, or real media again (`mute`, `unmute`).
    TrackMuted {
        /// The id of the track.
        track: String,
        /// Whether it is muted.
        muted: bool,
    },
}

/// The queue of events, shared by all that make some.
#[derive(Clone, Debug, Default)]
pub(crate) struct Events(Arc<Mutex<VecDeque<MediaEvent>>>);

impl Events {
    pub(crate) fn push(&self, event: MediaEvent) {
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if waiting.len() == MAX_WAITING {
            waiting.pop_front();
        }
        waiting.push_back(event);
    }

    pub(crate) fn pop(&self) -> Option<MediaEvent> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).pop_front()
    }
}
