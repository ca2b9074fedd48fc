//! The devices of a call: what sends and plays that is no file.

use std::convert::Infallible;
use std::str::FromStr;
use std::time::Instant;

use lapwing_devices::constraints::{ConstrainFlag, ConstrainRange, ConstraintSet};
use lapwing_devices::{AudioChoice, MediaDevices, MediaError, Permission, Speaker, VideoChoice};
use lapwing_media::Samples;
use lapwing_media::sources::{AudioSource, VideoSource};
use lapwing_rooms::call::{AudioInput, Loudspeaker, Opened, Size, VideoInput};

/// Where pictures come from, as it was typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Pictures {
    /// A file, the test pattern or nothing.
    Input(VideoInput),
    /// A device.
    Device(VideoChoice),
}

/// Where sound comes from, as it was typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sound {
    /// A file, the tone or nothing.
    Input(AudioInput),
    /// A device.
    Device(AudioChoice),
}

impl Pictures {
    /// What the call sends.
    pub(super) fn input(&self) -> VideoInput {
        match self {
            Pictures::Input(input) => input.clone(),
            Pictures::Device(VideoChoice::Camera(_)) => VideoInput::Camera,
            Pictures::Device(VideoChoice::Screen(_) | VideoChoice::Window(_)) => VideoInput::Screen,
        }
    }
}

impl FromStr for Pictures {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(match text {
            "pattern" => Pictures::Input(VideoInput::Pattern),
            "none" => Pictures::Input(VideoInput::None),
            other => match other.parse() {
                Ok(choice) => Pictures::Device(choice),
                Err(_) => Pictures::Input(VideoInput::File(other.into())),
            },
        })
    }
}

impl Sound {
    /// What the call sends.
    pub(super) fn input(&self) -> AudioInput {
        match self {
            Sound::Input(input) => input.clone(),
            Sound::Device(_) => AudioInput::Microphone,
        }
    }
}

impl FromStr for Sound {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(match text {
            "tone" => Sound::Input(AudioInput::Tone),
            "none" => Sound::Input(AudioInput::None),
            other => match other.parse() {
                Ok(choice) => Sound::Device(choice),
                Err(_) => Sound::Input(AudioInput::File(other.into())),
            },
        })
    }
}

/// A device that cannot be used, and why.
pub(super) type Unusable = (String, MediaError);

/// Opens the devices that are to be sent. Whoever typed their names has agreed to their use.
pub(super) fn open(
    pictures: &Pictures,
    sound: &Sound,
    size: Option<Size>,
) -> Result<Opened, Unusable> {
    let mut opened = Opened::default();
    if let Pictures::Device(choice) = pictures {
        let wanted = ConstraintSet {
            width: size.map(|size| ConstrainRange::ideal(size.width)),
            height: size.map(|size| ConstrainRange::ideal(size.height)),
            ..ConstraintSet::default()
        };
        let track = all().open_video(choice, wanted);
        let source = track.and_then(|track| track.video_source().ok_or(MediaError::NotFound));
        let source = source.map_err(|error| (choice.to_string(), error))?;
        opened.video = Some(Box::new(source) as Box<dyn VideoSource>);
    }
    if let Sound::Device(choice) = sound {
        // The call does that itself, as it knows what is played.
        let off = Some(ConstrainFlag::ideal(false));
        let wanted = ConstraintSet {
            echo_cancellation: off,
            noise_suppression: off,
            auto_gain_control: off,
            ..ConstraintSet::default()
        };
        let track = all().open_audio(choice, wanted);
        let source = track.and_then(|track| track.audio_source().ok_or(MediaError::NotFound));
        let source = source.map_err(|error| (choice.to_string(), error))?;
        opened.audio = Some(Box::new(source) as Box<dyn AudioSource>);
    }
    Ok(opened)
}

/// Opens a speaker: the one with this id, or the first for an empty one.
pub(super) fn open_speaker(id: &str) -> Result<impl Loudspeaker + use<>, Unusable> {
    let named = (!id.is_empty()).then_some(id);
    let speaker = all().open_speaker(named);
    speaker.map(Played).map_err(|error| ("speaker".to_owned(), error))
}

fn all() -> MediaDevices {
    MediaDevices::system().permission(|_| Permission::Granted).build()
}

/// A loudspeaker of this machine.
struct Played(Speaker);

impl Loudspeaker for Played {
    fn play(&mut self, sound: &Samples, now: Instant) {
        self.0.play(sound, now);
    }
}

/// Several that play the same.
pub(super) struct Together(pub(super) Vec<Box<dyn Loudspeaker>>);

impl Loudspeaker for Together {
    fn play(&mut self, sound: &Samples, now: Instant) {
        self.0.iter_mut().for_each(|speaker| speaker.play(sound, now));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_devices_and_all_else_is_files() {
        let pictures = |text: &str| text.parse::<Pictures>().map(|pictures| pictures.input());
        assert_eq!(pictures("camera"), Ok(VideoInput::Camera));
        assert_eq!(pictures("window:Terminal"), Ok(VideoInput::Screen));
        assert_eq!(pictures("pattern"), Ok(VideoInput::Pattern));
        assert_eq!(pictures("screen.ivf"), Ok(VideoInput::File("screen.ivf".into())));
        let sound = |text: &str| text.parse::<Sound>().map(|sound| sound.input());
        assert_eq!(sound("microphone:alsa:in:default"), Ok(AudioInput::Microphone));
        assert_eq!(sound("none"), Ok(AudioInput::None));
        assert_eq!(sound("a.wav"), Ok(AudioInput::File("a.wav".into())));
    }

    #[test]
    fn a_device_that_is_not_there_is_named() {
        let nobody = "camera:no such camera".parse().expect("anything is taken");
        let error = open(&nobody, &Sound::Input(AudioInput::None), None).err();
        assert_eq!(error, Some(("camera:no such camera".to_owned(), MediaError::NotFound)));
    }
}
