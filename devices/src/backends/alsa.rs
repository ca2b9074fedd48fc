//! Microphones and speakers, by ALSA. PulseAudio and PipeWire are reached by ALSA's plugins for
//! them, which are the default device where they are installed.

mod capture;
mod list;
mod pcm;
mod playback;

use std::time::Duration;

use lapwing_media::Samples;

use crate::backend::{AudioFeed, Backend, Output};
use crate::device::{AudioMode, Device};
use crate::error::DeviceError;
use crate::worker::{Outbox, Setup, Worker};

/// Half a second of sound waits.
const SETUP: Setup =
    Setup { name: "lapwing-alsa-in", limit: 50, poll_every: Duration::from_millis(4) };

/// The microphones and speakers that ALSA's configuration names.
#[derive(Clone, Copy, Debug, Default)]
pub struct Alsa(());

impl Backend for Alsa {
    fn name(&self) -> &'static str {
        "alsa"
    }

    fn devices(&self) -> Result<Vec<Device>, DeviceError> {
        list::devices()
    }

    fn open_audio(&self, device_id: &str, mode: AudioMode) -> Result<AudioFeed, DeviceError> {
        let name = list::capture_name(device_id).ok_or(DeviceError::NotFound)?.to_owned();
        let open = move || capture::Capture::open(&name, mode);
        let serve = |capture: capture::Capture, outbox: &Outbox<Samples>| capture.run(outbox);
        Ok(Box::new(Worker::start(SETUP, open, serve)?))
    }

    fn open_output(&self, device_id: &str) -> Result<Box<dyn Output>, DeviceError> {
        let name = list::playback_name(device_id).ok_or(DeviceError::NotFound)?.to_owned();
        Ok(Box::new(playback::Playback::open(name)?))
    }
}
