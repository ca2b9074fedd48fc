//! All that a device can do, as a finite list.
//!
//! A device with pictures does each of its modes, and whatever comes of cropping, scaling down and
//! leaving pictures out. Of the latter there are millions; those that matter lie where a constraint
//! has a value: the distance grows with each number's distance from its ideal, so the nearest lies
//! at an ideal, at a bound, or at the end of what the device can do.

use lapwing_media::{Picture, Samples};

use crate::constraints::{
    ConstrainRange, ConstraintSet, Number, ResizeMode, Settings, TrackConstraints,
};
use crate::device::{AudioMode, Device, Formats, VideoMode};

/// Most values of one number that are looked at.
const MAX_VALUES: usize = 16;
/// Most modes that are also cropped and scaled.
const MAX_SCALED_MODES: usize = 32;
/// Rates in Hz to which sound is converted: from telephony's to studio gear's.
const RATES: std::ops::RangeInclusive<u32> = 8_000..=96_000;

/// The mode in which a device is opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    Video(VideoMode),
    Audio(AudioMode),
}

/// One way in which a device can work, and the mode that is behind it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Possible {
    pub(crate) settings: Settings,
    pub(crate) mode: Mode,
}

/// All that a device can do and that may be the nearest to what is wanted; its default first.
pub(crate) fn possible(device: &Device, wanted: &TrackConstraints) -> Vec<Possible> {
    let mut all = match &device.formats {
        Formats::Video { modes, facing_mode, display_surface } => {
            let keeps_shape = display_surface.is_some();
            let mut all = video(&modes[..modes.len().min(Formats::MAX_MODES)], wanted, keeps_shape);
            for one in &mut all {
                one.settings.facing_mode = *facing_mode;
                one.settings.display_surface = *display_surface;
            }
            all
        }
        Formats::Audio { modes, is_microphone } => {
            audio(&modes[..modes.len().min(Formats::MAX_MODES)], wanted, *is_microphone)
        }
        Formats::Output => Vec::new(),
    };
    for one in &mut all {
        one.settings.device_id = Some(device.info.device_id.clone());
        one.settings.group_id = Some(device.info.group_id.clone());
    }
    all
}

fn video(modes: &[VideoMode], wanted: &TrackConstraints, keeps_shape: bool) -> Vec<Possible> {
    let fits = |mode: &&VideoMode| Picture::check_size(mode.width, mode.height).is_ok();
    let native = modes.iter().filter(fits).map(|mode| Possible {
        settings: Settings {
            resize_mode: Some(ResizeMode::None),
            ..Settings::video(mode.width, mode.height, mode.rate())
        },
        mode: Mode::Video(*mode),
    });
    let mut all: Vec<Possible> = native.collect();
    let wishes = Wishes::of(wanted);
    for mode in modes.iter().filter(fits).take(MAX_SCALED_MODES) {
        let rates = within(&wishes.rates, f64::MIN_POSITIVE, mode.rate());
        for (width, height) in wishes.sizes(mode, keeps_shape) {
            for rate in &rates {
                let settings = Settings {
                    resize_mode: Some(ResizeMode::CropAndScale),
                    ..Settings::video(width, height, *rate)
                };
                all.push(Possible { settings, mode: Mode::Video(*mode) });
            }
        }
    }
    all
}

/// The values that constraints name.
struct Wishes {
    widths: Vec<f64>,
    heights: Vec<f64>,
    ratios: Vec<f64>,
    rates: Vec<f64>,
}

impl Wishes {
    fn of(wanted: &TrackConstraints) -> Self {
        Wishes {
            widths: values(wanted, |set| set.width),
            heights: values(wanted, |set| set.height),
            ratios: values(wanted, |set| set.aspect_ratio),
            rates: values(wanted, |set| set.frame_rate),
        }
    }

    /// Sizes to which pictures of a mode can be cropped and scaled.
    fn sizes(&self, mode: &VideoMode, keeps_shape: bool) -> Vec<(u32, u32)> {
        let (most_w, most_h) = (f64::from(mode.width), f64::from(mode.height));
        let widths = within(&self.widths, 1.0, most_w);
        let heights = within(&self.heights, 1.0, most_h);
        let own = [most_w / most_h];
        let ratios: &[f64] = if keeps_shape { &own } else { &self.ratios };
        let mut sizes: Vec<(u32, u32)> = Vec::new();
        let mut add = |width: f64, height: f64| {
            let (width, height) = (width.round() as u32, height.round() as u32);
            let fits = (1..=mode.width).contains(&width) && (1..=mode.height).contains(&height);
            if fits && !sizes.contains(&(width, height)) {
                sizes.push((width, height));
            }
        };
        for ratio in ratios.iter().filter(|ratio| ratio.is_finite() && **ratio > 0.0) {
            widths.iter().for_each(|width| add(*width, width / ratio));
            heights.iter().for_each(|height| add(height * ratio, *height));
        }
        if !keeps_shape {
            for width in &widths {
                heights.iter().for_each(|height| add(*width, *height));
            }
        }
        sizes
    }
}

/// Each value that a constraint has, the most wanted first.
fn values<T: Number>(
    wanted: &TrackConstraints,
    of: impl Fn(&ConstraintSet) -> Option<ConstrainRange<T>>,
) -> Vec<f64> {
    let rules = wanted.sets().filter_map(of);
    let mut values: Vec<f64> = Vec::new();
    for value in rules.flat_map(ConstrainRange::values).map(Number::to_f64) {
        if values.len() < MAX_VALUES && !values.contains(&value) {
            values.push(value);
        }
    }
    values
}

/// `most`, and the values that lie within the span.
fn within(values: &[f64], least: f64, most: f64) -> Vec<f64> {
    let inner = values.iter().copied().filter(|value| (least..most).contains(value));
    std::iter::once(most).chain(inner).collect()
}

fn audio(modes: &[AudioMode], wanted: &TrackConstraints, is_microphone: bool) -> Vec<Possible> {
    let rates = values(wanted, |set| set.sample_rate);
    let rates = rates.into_iter().map(|rate| rate as u32).filter(|rate| RATES.contains(rate));
    let rates: Vec<u32> = rates.collect();
    let switches: &[bool] = if is_microphone { &[true, false] } else { &[false] };
    let mut all = Vec::new();
    let fits = |mode: &&AudioMode| {
        Samples::RATES.contains(&mode.rate) && (1..=Samples::MAX_CHANNELS).contains(&mode.channels)
    };
    for mode in modes.iter().filter(fits) {
        let converted = rates.iter().copied().filter(|rate| *rate != mode.rate);
        for rate in std::iter::once(mode.rate).chain(converted) {
            for channels in (1..=u32::from(mode.channels)).rev() {
                for echo in switches {
                    for noise in switches {
                        all.extend(switches.iter().map(|gain| Possible {
                            settings: Settings {
                                echo_cancellation: Some(*echo),
                                noise_suppression: Some(*noise),
                                auto_gain_control: Some(*gain),
                                ..Settings::audio(rate, channels)
                            },
                            mode: Mode::Audio(*mode),
                        }));
                    }
                }
            }
        }
    }
    all
}

#[cfg(test)]
mod tests;
