//! What gives devices.

use lapwing_media::{Picture, Samples, Source};

use crate::device::{AudioMode, Device, VideoMode};
use crate::error::{DeviceError, EndReason};

/// An open device that gives items when they are due. Once it polls as `Empty`, it has ended.
pub trait Feed<T>: Source<Output = T> + Send {
    /// Why it has ended, once it has.
    fn ended(&self) -> Option<EndReason>;

    /// Whether it gives nothing real for the time being: a window that is not shown, a switch on
    /// the device.
    fn is_muted(&self) -> bool {
        false
    }

    /// Items that were dropped because nobody took them in time.
    fn dropped(&self) -> u64 {
        0
    }
}

/// An open camera or display.
pub type VideoFeed = Box<dyn Feed<Picture>>;
/// An open microphone.
pub type AudioFeed = Box<dyn Feed<Samples>>;

/// Gives devices of some kinds. Whatever threads and clocks they need are its own.
///
/// Devices are named by the `device_id` with which it lists them.
pub trait Backend: Send + Sync {
    /// A word for it: the first part of the names of its devices.
    fn name(&self) -> &'static str;

    /// The devices that are there now.
    ///
    /// # Errors
    /// When the system cannot be asked.
    fn devices(&self) -> Result<Vec<Device>, DeviceError>;

    /// Opens a device with pictures in one of its modes.
    ///
    /// # Errors
    /// When there is no such device, or it does not open.
    fn open_video(&self, device_id: &str, mode: VideoMode) -> Result<VideoFeed, DeviceError> {
        let _ = (device_id, mode);
        Err(DeviceError::NotFound)
    }

    /// Opens a device with sound in one of its modes.
    ///
    /// # Errors
    /// When there is no such device, or it does not open.
    fn open_audio(&self, device_id: &str, mode: AudioMode) -> Result<AudioFeed, DeviceError> {
        let _ = (device_id, mode);
        Err(DeviceError::NotFound)
    }

    /// Opens a device that takes sound.
    ///
    /// # Errors
    /// When there is no such device, or it does not open.
    fn open_output(&self, device_id: &str) -> Result<Box<dyn Output>, DeviceError> {
        let _ = device_id;
        Err(DeviceError::NotFound)
    }
}

/// An open speaker.
pub trait Output: Send {
    /// Takes sound, one channel at 48 kHz, that was due at `now`. Never waits.
    fn play(&mut self, sound: &Samples, now: std::time::Instant);

    /// What happened so far.
    fn stats(&self) -> OutputStats;

    /// Why it plays no more, once it has ended.
    fn ended(&self) -> Option<EndReason>;
}

/// What happened to the sound of a speaker.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct OutputStats {
    /// Samples given by the application.
    pub taken: u64,
    /// Samples given to the device.
    pub played: u64,
    /// Samples dropped: they came faster than the device takes them, and by more than could be
    /// made up for.
    pub dropped: u64,
    /// Times the device had nothing to play.
    pub underruns: u64,
    /// Samples left out (negative) or made up (positive) so that the device's clock and the
    /// application's keep together.
    pub corrected: i64,
    /// How much faster the device's clock is than the application's, in parts per million, over
    /// the time since it was last interrupted; `None` in the first ten seconds.
    pub drift_ppm: Option<f64>,
}
