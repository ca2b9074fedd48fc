//! What a device is, and what it can do.

use crate::constraints::{DisplaySurface, FacingMode};

/// What kind of device (`MediaDeviceKind`, and the surfaces of Screen Capture).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DeviceKind {
    /// A microphone.
    AudioInput,
    /// A speaker.
    AudioOutput,
    /// A camera.
    VideoInput,
    /// A screen or a window. Never listed by `enumerate`: it is chosen anew each time.
    Display,
}

impl DeviceKind {
    /// The word that W3C gives it; ours for displays.
    pub const fn name(self) -> &'static str {
        match self {
            DeviceKind::AudioInput => "audioinput",
            DeviceKind::AudioOutput => "audiooutput",
            DeviceKind::VideoInput => "videoinput",
            DeviceKind::Display => "display",
        }
    }
}

/// What tells a device from others (`MediaDeviceInfo`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeviceInfo {
    /// What kind.
    pub kind: DeviceKind,
    /// Names it for good: the backend, and what the system calls it. Empty before permission.
    pub device_id: String,
    /// The same for devices of one piece of hardware. Empty before permission.
    pub group_id: String,
    /// What a person knows it by. Empty before permission.
    pub label: String,
}

impl DeviceInfo {
    /// What stays to be told before permission: that there is one.
    pub(crate) fn anonymous(kind: DeviceKind) -> Self {
        let nothing = String::new;
        DeviceInfo { kind, device_id: nothing(), group_id: nothing(), label: nothing() }
    }
}

/// One size and pace in which a device gives pictures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VideoMode {
    /// In pixels.
    pub width: u32,
    /// In pixels.
    pub height: u32,
    /// Pictures per second, as a fraction.
    pub frame_rate: (u32, u32),
}

impl VideoMode {
    /// A mode of whole pictures per second.
    pub const fn new(width: u32, height: u32, frame_rate: u32) -> Self {
        VideoMode { width, height, frame_rate: (frame_rate, 1) }
    }

    /// Pictures per second.
    pub fn rate(&self) -> f64 {
        f64::from(self.frame_rate.0) / f64::from(self.frame_rate.1.max(1))
    }
}

/// One format in which a device gives sound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AudioMode {
    /// Samples per second and channel.
    pub rate: u32,
    /// How many channels.
    pub channels: u8,
}

/// What a device gives.
#[derive(Clone, Debug, PartialEq)]
pub enum Formats {
    /// Pictures; what it does by default comes first.
    Video {
        /// At most [`Formats::MAX_MODES`] are looked at.
        modes: Vec<VideoMode>,
        /// Which way a camera looks, where that is known.
        facing_mode: Option<FacingMode>,
        /// What a display is; it keeps its shape when it is scaled.
        display_surface: Option<DisplaySurface>,
    },
    /// Sound; what it does by default comes first.
    Audio {
        /// At most [`Formats::MAX_MODES`] are looked at.
        modes: Vec<AudioMode>,
        /// Whether it hears a room: then echo, noise and level are taken care of.
        is_microphone: bool,
    },
    /// It takes sound.
    Output,
}

impl Formats {
    /// Most modes of a device that are looked at: cameras have up to some fifty.
    pub const MAX_MODES: usize = 128;
}

/// A device, as its backend knows it.
#[derive(Clone, Debug, PartialEq)]
pub struct Device {
    /// What tells it from others.
    pub info: DeviceInfo,
    /// What it gives.
    pub formats: Formats,
}
