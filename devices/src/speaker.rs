//! An open speaker.

use std::fmt;
use std::time::Instant;

use lapwing_media::Samples;

use crate::backend::{Output, OutputStats};
use crate::device::DeviceInfo;
use crate::echo::Echo;
use crate::error::EndReason;
use crate::events::{Events, MediaEvent};

/// Plays sound on a device, and tells the microphones of the same
/// [`MediaDevices`](crate::MediaDevices) what it played. The device closes when it is dropped.
pub struct Speaker {
    device: DeviceInfo,
    output: Box<dyn Output>,
    events: Events,
    echo: Echo,
}

impl Speaker {
    pub(crate) fn new(
        device: DeviceInfo,
        output: Box<dyn Output>,
        events: Events,
        echo: Echo,
    ) -> Self {
        events.push(MediaEvent::DeviceUse { device: device.clone(), in_use: true });
        Speaker { device, output, events, echo }
    }

    /// The device.
    pub fn device(&self) -> &DeviceInfo {
        &self.device
    }

    /// Takes the next piece of sound, one channel at 48 kHz, 10 ms by custom, that is to be heard
    /// from `now` on. It never waits: what the device cannot keep up with is dropped and counted.
    pub fn play(&mut self, sound: &Samples, now: Instant) {
        self.output.play(sound, now);
        self.echo.played(sound);
    }

    /// What happened so far.
    pub fn stats(&self) -> OutputStats {
        self.output.stats()
    }

    /// Why it plays no more, once it has ended.
    pub fn ended(&self) -> Option<EndReason> {
        self.output.ended()
    }
}

impl Drop for Speaker {
    fn drop(&mut self) {
        let device = self.device.clone();
        self.events.push(MediaEvent::DeviceUse { device, in_use: false });
    }
}

impl fmt::Debug for Speaker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Speaker").field("device", &self.device).finish_non_exhaustive()
    }
}
