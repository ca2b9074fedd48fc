//! One way in which a device can work.

use super::property::{DisplaySurface, FacingMode, ResizeMode};

/// The value of each property (`MediaTrackSettings`); `None` where a device has no such property.
#[derive(Clone, Debug, Default, PartialEq)]
#[expect(missing_docs, reason = "each field is the property of its name, see `Property`")]
pub struct Settings {
    pub width: Option<u32>,
    pub height: Option<u32>,
    pub aspect_ratio: Option<f64>,
    pub frame_rate: Option<f64>,
    pub facing_mode: Option<FacingMode>,
    pub resize_mode: Option<ResizeMode>,
    pub display_surface: Option<DisplaySurface>,
    pub sample_rate: Option<u32>,
    pub channel_count: Option<u32>,
    pub echo_cancellation: Option<bool>,
    pub noise_suppression: Option<bool>,
    pub auto_gain_control: Option<bool>,
    pub device_id: Option<String>,
    pub group_id: Option<String>,
}

impl Settings {
    /// Pictures of this size in pixels, so many a second.
    pub fn video(width: u32, height: u32, frame_rate: f64) -> Self {
        Settings {
            width: Some(width),
            height: Some(height),
            aspect_ratio: (height > 0).then(|| f64::from(width) / f64::from(height)),
            frame_rate: Some(frame_rate),
            ..Settings::default()
        }
    }

    /// Sound of this rate in Hz, on so many channels.
    pub fn audio(sample_rate: u32, channel_count: u32) -> Self {
        Settings {
            sample_rate: Some(sample_rate),
            channel_count: Some(channel_count),
            ..Settings::default()
        }
    }
}
