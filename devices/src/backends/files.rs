//! Files, played as if they were devices, as browsers do with `--use-file-for-fake-video-capture`.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::Instant;

use lapwing_media::files::FileError;
use lapwing_media::sources::{
    AudioSource, OpenError, Playback, VideoSource, open_audio, open_video,
};
use lapwing_media::{Picture, Polled, Samples, Source};

use crate::backend::{AudioFeed, Backend, Feed, VideoFeed};
use crate::device::{AudioMode, Device, DeviceInfo, DeviceKind, Formats, VideoMode};
use crate::error::{DeviceError, EndReason};

/// Files of pictures (Y4M, IVF) as cameras, and files of sound (WAV, Ogg/Opus) as microphones.
#[derive(Clone, Debug)]
pub struct Files {
    playback: Playback,
    devices: Vec<(PathBuf, Device)>,
}

impl Files {
    /// No files yet; those that are added are played so.
    pub fn new(playback: Playback) -> Self {
        Files { playback, devices: Vec::new() }
    }

    /// With a file of pictures.
    ///
    /// # Errors
    /// When it cannot be played.
    pub fn video(mut self, path: impl AsRef<Path>) -> Result<Self, OpenError> {
        let source = open_video(&path, self.playback)?;
        let (width, height) = source.size();
        let modes = vec![VideoMode { width, height, frame_rate: source.frame_rate() }];
        let formats = Formats::Video { modes, facing_mode: None, display_surface: None };
        self.add(path.as_ref(), DeviceKind::VideoInput, formats);
        Ok(self)
    }

    /// With a file of sound.
    ///
    /// # Errors
    /// When it cannot be played.
    pub fn audio(mut self, path: impl AsRef<Path>) -> Result<Self, OpenError> {
        let source = open_audio(&path, self.playback)?;
        let modes = vec![AudioMode { rate: source.rate(), channels: source.channels() }];
        let formats = Formats::Audio { modes, is_microphone: false };
        self.add(path.as_ref(), DeviceKind::AudioInput, formats);
        Ok(self)
    }

    fn add(&mut self, path: &Path, kind: DeviceKind, formats: Formats) {
        let name = path.display();
        let label = path.file_name().map_or_else(String::new, |it| it.to_string_lossy().into());
        let group_id = format!("file:{name}");
        let device_id = format!("file:{}:{name}", kind.name());
        let info = DeviceInfo { kind, device_id, group_id, label };
        self.devices.push((path.to_owned(), Device { info, formats }));
    }

    fn path(&self, device_id: &str) -> Result<&Path, DeviceError> {
        let mut devices = self.devices.iter();
        let found = devices.find(|(_, device)| device.info.device_id == device_id);
        Ok(&found.ok_or(DeviceError::NotFound)?.0)
    }
}

impl Backend for Files {
    fn name(&self) -> &'static str {
        "file"
    }

    fn devices(&self) -> Result<Vec<Device>, DeviceError> {
        // A file that was removed is a device that was unplugged.
        let there = self.devices.iter().filter(|(path, _)| File::open(path).is_ok());
        Ok(there.map(|(_, device)| device.clone()).collect())
    }

    fn open_video(&self, device_id: &str, _: VideoMode) -> Result<VideoFeed, DeviceError> {
        let source = open_video(self.path(device_id)?, self.playback);
        let source = source.map_err(|error| DeviceError::System(error.to_string()))?;
        Ok(Box::new(Played { source, has_ended: false }))
    }

    fn open_audio(&self, device_id: &str, _: AudioMode) -> Result<AudioFeed, DeviceError> {
        let source = open_audio(self.path(device_id)?, self.playback);
        let source = source.map_err(|error| DeviceError::System(error.to_string()))?;
        Ok(Box::new(Played { source, has_ended: false }))
    }
}

struct Played<S: ?Sized> {
    has_ended: bool,
    source: Box<S>,
}

impl<S: Source + ?Sized> Source for Played<S> {
    type Output = S::Output;

    fn poll(&mut self, now: Instant) -> Polled<S::Output> {
        let polled = self.source.poll(now);
        self.has_ended |= matches!(polled, Polled::Empty);
        polled
    }
}

impl Feed<Picture> for Played<dyn VideoSource> {
    fn ended(&self) -> Option<EndReason> {
        self.has_ended.then(|| reason(self.source.fault()))
    }
}

impl Feed<Samples> for Played<dyn AudioSource> {
    fn ended(&self) -> Option<EndReason> {
        self.has_ended.then(|| reason(self.source.fault()))
    }
}

fn reason(fault: Option<&FileError>) -> EndReason {
    let failed = |error: &FileError| EndReason::Failed(DeviceError::System(error.to_string()));
    fault.map_or(EndReason::Finished, failed)
}
