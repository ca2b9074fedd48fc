//! Devices that are none: a test pattern and a tone, as browsers have with
//! `--use-fake-device-for-media-stream`.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use lapwing_media::sources::{TestPattern, Tone};
use lapwing_media::{Polled, Source};

use crate::backend::{AudioFeed, Backend, Feed, VideoFeed};
use crate::device::{AudioMode, Device, DeviceInfo, DeviceKind, Formats, VideoMode};
use crate::error::{DeviceError, EndReason};

/// The generated tone: concert pitch, at the level of speech.
const TONE_HZ: f64 = 440.0;
/// See [`TONE_HZ`].
const TONE_PEAK_DBFS: f64 = -20.0;

const PATTERN: &str = "generated:pattern";
const TONE: &str = "generated:tone";

/// A camera that shows a test pattern, and a microphone that hears a tone. Neither has a thread or
/// a clock: their time is that of whoever polls.
#[derive(Clone, Debug, Default)]
pub struct Generated {
    switches: Switches,
    frequency_hz: Option<f64>,
}

/// What can be done to generated devices while they run.
#[derive(Clone, Debug, Default)]
pub struct Switches(Arc<State>);

#[derive(Debug, Default)]
struct State {
    is_muted: AtomicBool,
    is_unplugged: AtomicBool,
}

impl Switches {
    /// Mutes both, as a switch on the device would.
    pub fn mute(&self, is_muted: bool) {
        self.0.is_muted.store(is_muted, Ordering::Relaxed);
    }

    /// Takes both away, or puts them back.
    pub fn unplug(&self, is_unplugged: bool) {
        self.0.is_unplugged.store(is_unplugged, Ordering::Relaxed);
    }

    fn is_unplugged(&self) -> bool {
        self.0.is_unplugged.load(Ordering::Relaxed)
    }
}

impl Generated {
    /// With a tone of another frequency in Hz.
    pub fn with_tone(frequency_hz: f64) -> Self {
        Generated { frequency_hz: Some(frequency_hz), ..Generated::default() }
    }

    /// What can be done to the devices while they run.
    pub fn switches(&self) -> Switches {
        self.switches.clone()
    }
}

fn device(kind: DeviceKind, id: &str, label: &str, formats: Formats) -> Device {
    let (device_id, group_id) = (id.to_owned(), "generated".to_owned());
    Device { info: DeviceInfo { kind, device_id, group_id, label: label.to_owned() }, formats }
}

impl Backend for Generated {
    fn name(&self) -> &'static str {
        "generated"
    }

    fn devices(&self) -> Result<Vec<Device>, DeviceError> {
        if self.switches.is_unplugged() {
            return Ok(Vec::new());
        }
        let sizes = [(640, 360), (1_280, 720), (1_920, 1_080), (320, 180)];
        let modes = sizes.map(|(width, height)| VideoMode::new(width, height, 30)).to_vec();
        let video = Formats::Video { modes, facing_mode: None, display_surface: None };
        let modes = vec![AudioMode { rate: 48_000, channels: 2 }];
        let audio = Formats::Audio { modes, is_microphone: false };
        Ok(vec![
            device(DeviceKind::VideoInput, PATTERN, "Test pattern", video),
            device(DeviceKind::AudioInput, TONE, "Tone", audio),
        ])
    }

    fn open_video(&self, device_id: &str, mode: VideoMode) -> Result<VideoFeed, DeviceError> {
        if device_id != PATTERN || self.switches.is_unplugged() {
            return Err(DeviceError::NotFound);
        }
        let pattern = TestPattern::new(mode.width, mode.height, mode.rate() as u32);
        let source = pattern.map_err(|error| DeviceError::Unsupported(error.to_string()))?;
        Ok(Box::new(Switched { source, switches: self.switches.clone() }))
    }

    fn open_audio(&self, device_id: &str, mode: AudioMode) -> Result<AudioFeed, DeviceError> {
        if device_id != TONE || self.switches.is_unplugged() {
            return Err(DeviceError::NotFound);
        }
        let frequency_hz = self.frequency_hz.unwrap_or(TONE_HZ);
        let tone = Tone::new(frequency_hz, TONE_PEAK_DBFS, mode.rate, mode.channels);
        let source = tone.map_err(|error| DeviceError::Unsupported(error.to_string()))?;
        Ok(Box::new(Switched { source, switches: self.switches.clone() }))
    }
}

/// A source that never ends, until it is unplugged.
struct Switched<S> {
    source: S,
    switches: Switches,
}

impl<S: Source> Source for Switched<S> {
    type Output = S::Output;

    fn poll(&mut self, now: Instant) -> Polled<S::Output> {
        if self.switches.is_unplugged() { Polled::Empty } else { self.source.poll(now) }
    }
}

impl<S: Source + Send> Feed<S::Output> for Switched<S> {
    fn ended(&self) -> Option<EndReason> {
        self.switches.is_unplugged().then_some(EndReason::DeviceGone)
    }

    fn is_muted(&self) -> bool {
        self.switches.0.is_muted.load(Ordering::Relaxed)
    }
}
