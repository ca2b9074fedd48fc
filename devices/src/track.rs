//! One track of a stream.

use std::fmt;
use std::sync::Arc;

use crate::audio_track::AudioTrackSource;
use crate::constraints::{Capabilities, Settings, TrackConstraints};
use crate::device::DeviceInfo;
use crate::error::{EndReason, MediaError};
use crate::ids::Ids;
use crate::member::{Line, Member};
use crate::possible::possible;
use crate::video_track::VideoTrackSource;

/// What a track carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TrackKind {
    /// Sound.
    Audio,
    /// Pictures.
    Video,
}

/// Whether a track can still give something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReadyState {
    /// It can.
    Live,
    /// It will not again.
    Ended,
}

/// The pictures or the sound of a device, with settings of its own (W3C Media Capture and Streams
/// section 4.3, `MediaStreamTrack`).
///
/// It is a handle: what it carries is read by [`video_source`](Self::video_source) or
/// [`audio_source`](Self::audio_source), from any thread. The device closes when all its tracks
/// are stopped or dropped, with their readers.
pub struct MediaStreamTrack {
    member: Arc<Member>,
    ids: Ids,
}

impl MediaStreamTrack {
    pub(crate) fn new(member: Member, ids: Ids) -> Self {
        MediaStreamTrack { member: Arc::new(member), ids }
    }

    /// What it carries.
    pub fn kind(&self) -> TrackKind {
        match self.member.line {
            Line::Audio(_) => TrackKind::Audio,
            Line::Video(_) => TrackKind::Video,
        }
    }

    /// Its name, as the formats of signalling want it: random, and its own.
    pub fn id(&self) -> &str {
        &self.member.id
    }

    /// What a person knows the device by.
    pub fn label(&self) -> &str {
        &self.device().label
    }

    /// The device behind it.
    pub fn device(&self) -> &DeviceInfo {
        &self.member.line.device().info
    }

    /// Whether it gives what the device gives; otherwise it gives black or silence.
    pub fn enabled(&self) -> bool {
        self.member.is_enabled()
    }

    /// Switches between what the device gives, and black or silence.
    pub fn set_enabled(&self, enabled: bool) {
        self.member.set_enabled(enabled);
    }

    /// Whether the device itself gives nothing real for the time being.
    pub fn muted(&self) -> bool {
        self.member.line.is_muted()
    }

    /// Whether it can still give something.
    pub fn ready_state(&self) -> ReadyState {
        if self.ended().is_some() { ReadyState::Ended } else { ReadyState::Live }
    }

    /// Why it has ended, once it has.
    pub fn ended(&self) -> Option<EndReason> {
        self.member.ended()
    }

    /// Ends it. The device closes when nobody else uses it.
    pub fn stop(&self) {
        self.member.stop();
    }

    /// Another track of the same device, with the same constraints, that goes its own way from now
    /// on (`clone()`).
    pub fn clone_track(&self) -> MediaStreamTrack {
        MediaStreamTrack::new(self.member.clone_as(self.ids.next()), self.ids.clone())
    }

    /// What its device can do: all that constraints could ask of it.
    pub fn get_capabilities(&self) -> Capabilities {
        device_capabilities(self.member.line.device())
    }

    /// What was last asked of it.
    pub fn get_constraints(&self) -> TrackConstraints {
        self.member.constraints()
    }

    /// How it works now.
    pub fn get_settings(&self) -> Settings {
        self.member.settings()
    }

    /// Asks something else of it. On failure all stays as it was.
    ///
    /// # Errors
    /// [`MediaError::Overconstrained`] when its device cannot do that, or not beside what other
    /// tracks of the device want; [`MediaError::InvalidState`] when it has ended;
    /// [`MediaError::NotReadable`] when the device does not open in the other mode, which ends it.
    pub fn apply_constraints(&self, constraints: TrackConstraints) -> Result<(), MediaError> {
        let is_video = self.kind() == TrackKind::Video;
        let constraints = constraints.only(|property| {
            if is_video { property.is_of_video() } else { property.is_of_audio() }
        });
        self.member.apply(constraints)
    }

    /// A reader of its pictures; `None` where it carries sound.
    pub fn video_source(&self) -> Option<VideoTrackSource> {
        match &self.member.line {
            Line::Video(hub) => Some(VideoTrackSource::new(self.member.clone(), hub.clone())),
            Line::Audio(_) => None,
        }
    }

    /// A reader of its sound; `None` where it carries pictures.
    pub fn audio_source(&self) -> Option<AudioTrackSource> {
        match &self.member.line {
            Line::Audio(hub) => Some(AudioTrackSource::new(self.member.clone(), hub.clone())),
            Line::Video(_) => None,
        }
    }
}

/// What a device can do, property by property.
pub(crate) fn device_capabilities(device: &crate::device::Device) -> Capabilities {
    let all = possible(device, &TrackConstraints::default());
    let settings: Vec<Settings> = all.into_iter().map(|one| one.settings).collect();
    let mut capabilities = Capabilities::of(&settings);
    if let crate::device::Formats::Video { .. } = device.formats {
        // Cropping and scaling end at one pixel, and pictures can be left out.
        let down_to = |span: &mut Option<crate::constraints::Span<u32>>| {
            *span = span.map(|span| crate::constraints::Span { min: 1, ..span });
        };
        down_to(&mut capabilities.width);
        down_to(&mut capabilities.height);
        capabilities.frame_rate =
            capabilities.frame_rate.map(|span| crate::constraints::Span { min: 0.0, ..span });
    } else if let Some(span) = &mut capabilities.sample_rate {
        (span.min, span.max) = (span.min.min(8_000), span.max.max(96_000));
    }
    capabilities
}

impl fmt::Debug for MediaStreamTrack {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MediaStreamTrack")
            .field("id", &self.id())
            .field("device", &self.device().device_id)
            .field("settings", &self.get_settings())
            .finish_non_exhaustive()
    }
}
