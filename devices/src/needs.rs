//! In which mode a device meets the needs of all its tracks.

use crate::constraints::{Property, ResizeMode, Settings};
use crate::device::{AudioMode, Formats, VideoMode};
use crate::possible::{Mode, Possible};

/// What a track needs of its device.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Need {
    /// The mode it would take alone.
    mode: Mode,
    /// Whether it takes pictures of the mode's size and pace only.
    is_exact: bool,
    width: u32,
    height: u32,
    rate: f64,
    channels: u32,
}

impl Need {
    pub(crate) fn of(possible: &Possible) -> Self {
        let Settings { width, height, frame_rate, channel_count, resize_mode, .. } =
            possible.settings;
        Need {
            mode: possible.mode,
            is_exact: resize_mode == Some(ResizeMode::None),
            width: width.unwrap_or(0),
            height: height.unwrap_or(0),
            rate: frame_rate.unwrap_or(0.0),
            channels: channel_count.unwrap_or(0),
        }
    }

    fn is_met_by_video(&self, mode: &VideoMode) -> bool {
        if self.is_exact {
            return self.mode == Mode::Video(*mode);
        }
        mode.width >= self.width && mode.height >= self.height && mode.rate() >= self.rate - 1e-6
    }

    fn is_met_by_audio(&self, mode: &AudioMode) -> bool {
        u32::from(mode.channels) >= self.channels
    }
}

/// The mode that meets `newest` and all `others`: the newest's own if that does, else the smallest.
/// Names a property that cannot be had beside the others.
pub(crate) fn agree(formats: &Formats, newest: Need, others: &[Need]) -> Result<Mode, Property> {
    let needs = || others.iter().chain(std::iter::once(&newest));
    match formats {
        Formats::Video { modes, .. } => {
            let meets = |mode: &&VideoMode| needs().all(|need| need.is_met_by_video(mode));
            let own = |mode: &VideoMode| newest.mode == Mode::Video(*mode);
            let area = |mode: &VideoMode| u64::from(mode.width) * u64::from(mode.height);
            let best = modes.iter().filter(meets).min_by_key(|mode| (!own(mode), area(mode)));
            let clash = if needs().any(|need| need.is_exact) {
                Property::ResizeMode
            } else {
                Property::Width
            };
            best.map(|mode| Mode::Video(*mode)).ok_or(clash)
        }
        Formats::Audio { modes, .. } => {
            let meets = |mode: &&AudioMode| needs().all(|need| need.is_met_by_audio(mode));
            let own = |mode: &AudioMode| newest.mode == Mode::Audio(*mode);
            let best = modes.iter().filter(meets).min_by_key(|mode| (!own(mode), mode.channels));
            best.map(|mode| Mode::Audio(*mode)).ok_or(Property::ChannelCount)
        }
        Formats::Output => Err(Property::DeviceId),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::constraints::Settings;

    fn camera() -> Formats {
        let modes = vec![
            VideoMode::new(640, 480, 30),
            VideoMode::new(1_280, 720, 30),
            VideoMode::new(1_920, 1_080, 15),
        ];
        Formats::Video { modes, facing_mode: None, display_surface: None }
    }

    fn need(mode: VideoMode, size: (u32, u32), rate: f64, resize: ResizeMode) -> Need {
        let settings =
            Settings { resize_mode: Some(resize), ..Settings::video(size.0, size.1, rate) };
        Need::of(&Possible { settings, mode: Mode::Video(mode) })
    }

    #[test]
    fn a_track_alone_has_its_own_mode() {
        let own = VideoMode::new(1_280, 720, 30);
        let need = need(own, (320, 180), 30.0, ResizeMode::CropAndScale);
        assert_eq!(agree(&camera(), need, &[]), Ok(Mode::Video(own)));
    }

    #[test]
    fn a_larger_mode_serves_a_smaller_track_too() {
        let (small, large) = (VideoMode::new(640, 480, 30), VideoMode::new(1_280, 720, 30));
        let scaled = need(small, (320, 240), 30.0, ResizeMode::CropAndScale);
        let native = need(large, (1_280, 720), 30.0, ResizeMode::None);
        assert_eq!(agree(&camera(), native, &[scaled]), Ok(Mode::Video(large)));
        assert_eq!(agree(&camera(), scaled, &[native]), Ok(Mode::Video(large)));
    }

    #[test]
    fn two_that_exclude_each_other_do_not_agree() {
        let native =
            |mode: VideoMode| need(mode, (mode.width, mode.height), mode.rate(), ResizeMode::None);
        let (small, large) = (VideoMode::new(640, 480, 30), VideoMode::new(1_280, 720, 30));
        let clash = agree(&camera(), native(small), &[native(large)]);
        assert_eq!(clash, Err(Property::ResizeMode));
        // No mode is as large as the one and as fast as the other.
        let huge = VideoMode::new(1_920, 1_080, 15);
        let huge = need(huge, (1_900, 1_000), 15.0, ResizeMode::CropAndScale);
        let fast = need(small, (600, 400), 30.0, ResizeMode::CropAndScale);
        assert_eq!(agree(&camera(), fast, &[huge]), Err(Property::Width));
    }
}
