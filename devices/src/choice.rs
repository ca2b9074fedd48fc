//! Devices as a person names them.

use std::fmt;
use std::str::FromStr;

use crate::constraints::DisplaySurface;
use crate::device::{Device, DeviceKind, Formats};

/// A source of pictures: `camera`, `screen` or `window`, and after a colon which one, by its id or
/// a part of its label.
///
/// ```
/// use lapwing_devices::VideoChoice;
///
/// let choice: VideoChoice = "window:Calculator".parse()?;
/// assert_eq!(choice.to_string(), "window:Calculator");
/// assert!("microphone".parse::<VideoChoice>().is_err());
/// # Ok::<(), lapwing_devices::UnknownChoice>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum VideoChoice {
    /// A camera.
    Camera(Which),
    /// A screen.
    Screen(Which),
    /// A window.
    Window(Which),
}

/// A source of sound: `microphone`, and after a colon which one, by its id or a part of its label.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AudioChoice(
    /// Which microphone.
    pub Which,
);

/// Which device of a kind: any, or the one with this id or this part of its label.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Which(pub Option<String>);

/// A word that is none of those known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownChoice {
    word: String,
    known: &'static str,
}

impl fmt::Display for UnknownChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} is no kind of device; take {}", self.word, self.known)
    }
}

impl std::error::Error for UnknownChoice {}

impl Which {
    /// Whether a device is meant.
    pub fn fits(&self, device: &crate::device::DeviceInfo) -> bool {
        self.0.as_ref().is_none_or(|text| {
            device.device_id == *text || device.label.to_lowercase().contains(&text.to_lowercase())
        })
    }

    fn write(&self, kind: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            None => f.write_str(kind),
            Some(text) => write!(f, "{kind}:{text}"),
        }
    }
}

/// The kind, and what stands behind the first colon.
fn split(text: &str) -> (&str, Which) {
    let (kind, which) = text.split_once(':').map_or((text, ""), |(kind, which)| (kind, which));
    (kind, Which((!which.is_empty()).then(|| which.to_owned())))
}

impl VideoChoice {
    /// Whether a device is meant.
    pub(crate) fn fits(&self, device: &Device) -> bool {
        let Formats::Video { display_surface, .. } = &device.formats else { return false };
        let (surface, which) = match self {
            VideoChoice::Camera(which) => (None, which),
            VideoChoice::Screen(which) => (Some(DisplaySurface::Monitor), which),
            VideoChoice::Window(which) => (Some(DisplaySurface::Window), which),
        };
        *display_surface == surface && which.fits(&device.info)
    }
}

impl FromStr for VideoChoice {
    type Err = UnknownChoice;

    fn from_str(text: &str) -> Result<Self, UnknownChoice> {
        match split(text) {
            ("camera", which) => Ok(VideoChoice::Camera(which)),
            ("screen", which) => Ok(VideoChoice::Screen(which)),
            ("window", which) => Ok(VideoChoice::Window(which)),
            (word, _) => {
                let known = "camera, screen or window";
                Err(UnknownChoice { word: word.to_owned(), known })
            }
        }
    }
}

impl fmt::Display for VideoChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            VideoChoice::Camera(which) => which.write("camera", f),
            VideoChoice::Screen(which) => which.write("screen", f),
            VideoChoice::Window(which) => which.write("window", f),
        }
    }
}

impl AudioChoice {
    /// Whether a device is meant.
    pub(crate) fn fits(&self, device: &Device) -> bool {
        device.info.kind == DeviceKind::AudioInput && self.0.fits(&device.info)
    }
}

impl FromStr for AudioChoice {
    type Err = UnknownChoice;

    fn from_str(text: &str) -> Result<Self, UnknownChoice> {
        match split(text) {
            ("microphone", which) => Ok(AudioChoice(which)),
            (word, _) => Err(UnknownChoice { word: word.to_owned(), known: "microphone" }),
        }
    }
}

impl fmt::Display for AudioChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.write("microphone", f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::device::DeviceInfo;

    fn device(kind: DeviceKind, id: &str, label: &str, surface: Option<DisplaySurface>) -> Device {
        let (device_id, label) = (id.to_owned(), label.to_owned());
        let info = DeviceInfo { kind, device_id, group_id: String::new(), label };
        let formats = match kind {
            DeviceKind::AudioInput => Formats::Audio { modes: Vec::new(), is_microphone: true },
            _ => Formats::Video { modes: Vec::new(), facing_mode: None, display_surface: surface },
        };
        Device { info, formats }
    }

    #[test]
    fn words_choose_by_kind_id_and_label() {
        let window = Some(DisplaySurface::Window);
        let devices = [
            device(DeviceKind::VideoInput, "v4l2:video0", "HD Webcam", None),
            device(DeviceKind::Display, "x11:window:0x7", "Web: a page", window),
            device(DeviceKind::AudioInput, "alsa:in:default", "Webcam", None),
        ];
        let video = |text: &str| {
            let choice: VideoChoice = text.parse().unwrap();
            assert_eq!(choice.to_string(), text.trim_end_matches(':'));
            devices.iter().map(|device| choice.fits(device)).collect::<Vec<bool>>()
        };
        assert_eq!(video("camera"), [true, false, false]);
        assert_eq!(video("camera:"), [true, false, false]);
        assert_eq!(video("camera:webcam"), [true, false, false]);
        assert_eq!(video("camera:other"), [false; 3]);
        assert_eq!(video("window:web: A"), [false, true, false]);
        assert_eq!(video("window:x11:window:0x7"), [false, true, false]);
        assert_eq!(video("screen"), [false; 3]);
        let audio: AudioChoice = "microphone:alsa:in:default".parse().unwrap();
        let heard: Vec<bool> = devices.iter().map(|device| audio.fits(device)).collect();
        assert_eq!(heard, [false, false, true]);
        assert!("a.ivf".parse::<VideoChoice>().is_err() && "tone".parse::<AudioChoice>().is_err());
    }
}
