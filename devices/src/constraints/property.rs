//! The names of what can be constrained, and the words some of them take.

use std::fmt;

/// A constrainable property (W3C Media Capture and Streams section 4.3.8, Screen Capture section
/// 5.4.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Property {
    /// Width in pixels.
    Width,
    /// Height in pixels.
    Height,
    /// Width divided by height.
    AspectRatio,
    /// Pictures per second.
    FrameRate,
    /// Which way a camera looks.
    FacingMode,
    /// Whether pictures may be cropped and scaled.
    ResizeMode,
    /// What kind of surface is captured.
    DisplaySurface,
    /// Samples per second and channel.
    SampleRate,
    /// Number of channels.
    ChannelCount,
    /// Whether what is played is taken out of what is heard.
    EchoCancellation,
    /// Whether steady noise is taken out.
    NoiseSuppression,
    /// Whether speech is brought to one level.
    AutoGainControl,
    /// Which device.
    DeviceId,
    /// Which piece of hardware.
    GroupId,
}

impl Property {
    /// All of them.
    pub const ALL: [Property; 14] = [
        Property::Width,
        Property::Height,
        Property::AspectRatio,
        Property::FrameRate,
        Property::FacingMode,
        Property::ResizeMode,
        Property::DisplaySurface,
        Property::SampleRate,
        Property::ChannelCount,
        Property::EchoCancellation,
        Property::NoiseSuppression,
        Property::AutoGainControl,
        Property::DeviceId,
        Property::GroupId,
    ];

    /// The name that W3C gives it.
    pub const fn name(self) -> &'static str {
        match self {
            Property::Width => "width",
            Property::Height => "height",
            Property::AspectRatio => "aspectRatio",
            Property::FrameRate => "frameRate",
            Property::FacingMode => "facingMode",
            Property::ResizeMode => "resizeMode",
            Property::DisplaySurface => "displaySurface",
            Property::SampleRate => "sampleRate",
            Property::ChannelCount => "channelCount",
            Property::EchoCancellation => "echoCancellation",
            Property::NoiseSuppression => "noiseSuppression",
            Property::AutoGainControl => "autoGainControl",
            Property::DeviceId => "deviceId",
            Property::GroupId => "groupId",
        }
    }

    /// Whether tracks with pictures have it.
    pub const fn is_of_video(self) -> bool {
        matches!(
            self,
            Property::Width
                | Property::Height
                | Property::AspectRatio
                | Property::FrameRate
                | Property::FacingMode
                | Property::ResizeMode
                | Property::DisplaySurface
                | Property::DeviceId
                | Property::GroupId
        )
    }

    /// Whether tracks with sound have it.
    pub const fn is_of_audio(self) -> bool {
        matches!(
            self,
            Property::SampleRate
                | Property::ChannelCount
                | Property::EchoCancellation
                | Property::NoiseSuppression
                | Property::AutoGainControl
                | Property::DeviceId
                | Property::GroupId
        )
    }
}

impl fmt::Display for Property {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Which way a camera looks, from the user's side (`VideoFacingModeEnum`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FacingMode {
    /// At the user.
    User,
    /// At what the user looks at.
    Environment,
    /// To the user's left.
    Left,
    /// To the user's right.
    Right,
}

impl FacingMode {
    /// The word that W3C gives it.
    pub const fn name(self) -> &'static str {
        match self {
            FacingMode::User => "user",
            FacingMode::Environment => "environment",
            FacingMode::Left => "left",
            FacingMode::Right => "right",
        }
    }
}

/// How the size of pictures comes about (`VideoResizeModeEnum`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResizeMode {
    /// As the device gives them.
    None,
    /// Cropped to the shape, and scaled down to the size.
    CropAndScale,
}

impl ResizeMode {
    /// The word that W3C gives it.
    pub const fn name(self) -> &'static str {
        match self {
            ResizeMode::None => "none",
            ResizeMode::CropAndScale => "crop-and-scale",
        }
    }
}

/// What kind of surface is captured (`DisplayCaptureSurfaceType`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DisplaySurface {
    /// A whole screen.
    Monitor,
    /// One window of one application.
    Window,
}

impl DisplaySurface {
    /// The word that W3C gives it.
    pub const fn name(self) -> &'static str {
        match self {
            DisplaySurface::Monitor => "monitor",
            DisplaySurface::Window => "window",
        }
    }
}
