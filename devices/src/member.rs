//! What a track and its readers share.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use lapwing_media::{Picture, Samples};

use crate::constraints::{Settings, TrackConstraints, select_settings};
use crate::device::Device;
use crate::echo::Echo;
use crate::error::{EndReason, MediaError};
use crate::hub::{Hub, Refusal};
use crate::needs::Need;
use crate::possible::{Possible, possible};

/// The open device behind a track.
#[derive(Clone)]
pub(crate) enum Line {
    Video(Arc<Hub<Picture>>),
    Audio(Arc<Hub<Samples>>),
}

impl Line {
    pub(crate) fn device(&self) -> &Device {
        match self {
            Line::Video(hub) => hub.device(),
            Line::Audio(hub) => hub.device(),
        }
    }

    fn join(&self, track: &str, need: Need) -> Result<(), Refusal> {
        match self {
            Line::Video(hub) => hub.join(track, need),
            Line::Audio(hub) => hub.join(track, need),
        }
    }

    fn leave(&self, track: &str) {
        match self {
            Line::Video(hub) => hub.leave(track),
            Line::Audio(hub) => hub.leave(track),
        }
    }

    fn ended(&self) -> Option<EndReason> {
        match self {
            Line::Video(hub) => hub.ended(),
            Line::Audio(hub) => hub.ended(),
        }
    }

    pub(crate) fn is_muted(&self) -> bool {
        match self {
            Line::Video(hub) => hub.is_muted(),
            Line::Audio(hub) => hub.is_muted(),
        }
    }
}

/// A track among those of its device. The last who has it leaves the device.
pub(crate) struct Member {
    pub(crate) id: String,
    pub(crate) line: Line,
    pub(crate) echo: Echo,
    state: Mutex<State>,
}

#[derive(Clone)]
struct State {
    is_enabled: bool,
    is_stopped: bool,
    constraints: TrackConstraints,
    settings: Settings,
}

impl Member {
    /// A track with the settings nearest to `constraints`, which joins the device.
    pub(crate) fn join(
        id: String,
        line: Line,
        echo: Echo,
        constraints: TrackConstraints,
    ) -> Result<Self, MediaError> {
        let settings = settle(&line, &id, &constraints)?;
        let state = State { is_enabled: true, is_stopped: false, constraints, settings };
        Ok(Member { id, line, echo, state: Mutex::new(state) })
    }

    /// Another track of the same device with the same state, under another id.
    pub(crate) fn clone_as(&self, id: String) -> Self {
        let mut state = self.lock().clone();
        let ended = self.ended().is_some();
        // What is possible for the one is possible for the other, unless the device fails now.
        if ended || settle(&self.line, &id, &state.constraints).is_err() {
            state.is_stopped = true;
        }
        let (line, echo) = (self.line.clone(), self.echo.clone());
        Member { id, line, echo, state: Mutex::new(state) }
    }

    pub(crate) fn apply(&self, constraints: TrackConstraints) -> Result<(), MediaError> {
        if self.ended().is_some() {
            return Err(MediaError::InvalidState);
        }
        let settings = settle(&self.line, &self.id, &constraints)?;
        let mut state = self.lock();
        (state.settings, state.constraints) = (settings, constraints);
        Ok(())
    }

    pub(crate) fn stop(&self) {
        self.lock().is_stopped = true;
        self.line.leave(&self.id);
    }

    pub(crate) fn ended(&self) -> Option<EndReason> {
        if self.lock().is_stopped {
            return Some(EndReason::Stopped);
        }
        self.line.ended()
    }

    pub(crate) fn is_enabled(&self) -> bool {
        self.lock().is_enabled
    }

    pub(crate) fn set_enabled(&self, is_enabled: bool) {
        self.lock().is_enabled = is_enabled;
    }

    pub(crate) fn settings(&self) -> Settings {
        self.lock().settings.clone()
    }

    pub(crate) fn constraints(&self) -> TrackConstraints {
        self.lock().constraints.clone()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Every change is a single assignment.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Member {
    fn drop(&mut self) {
        self.line.leave(&self.id);
    }
}

/// Selects settings and joins the device with what they need.
fn settle(line: &Line, id: &str, wanted: &TrackConstraints) -> Result<Settings, MediaError> {
    let all = possible(line.device(), wanted);
    let list: Vec<Settings> = all.iter().map(|one| one.settings.clone()).collect();
    let chosen: &Possible = &all[select_settings(wanted, &list)?];
    line.join(id, Need::of(chosen)).map_err(|refusal| match refusal {
        Refusal::Conflict(property) => MediaError::Overconstrained(property.into()),
        Refusal::Device(error) => error.into(),
        Refusal::Ended => MediaError::InvalidState,
    })?;
    Ok(chosen.settings.clone())
}
