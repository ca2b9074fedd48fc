//! What a device can do, property by property.

use super::property::{DisplaySurface, FacingMode, ResizeMode};
use super::settings::Settings;

/// The least and the most of a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span<T> {
    /// The least.
    pub min: T,
    /// The most.
    pub max: T,
}

/// What a device can do, property by property (`MediaTrackCapabilities`); `None` and empty lists
/// where it has no such property.
#[derive(Clone, Debug, Default, PartialEq)]
#[expect(missing_docs, reason = "each field is the property of its name, see `Property`")]
pub struct Capabilities {
    pub width: Option<Span<u32>>,
    pub height: Option<Span<u32>>,
    pub aspect_ratio: Option<Span<f64>>,
    pub frame_rate: Option<Span<f64>>,
    pub facing_mode: Vec<FacingMode>,
    pub resize_mode: Vec<ResizeMode>,
    pub display_surface: Option<DisplaySurface>,
    pub sample_rate: Option<Span<u32>>,
    pub channel_count: Option<Span<u32>>,
    pub echo_cancellation: Vec<bool>,
    pub noise_suppression: Vec<bool>,
    pub auto_gain_control: Vec<bool>,
    pub device_id: String,
    pub group_id: String,
}

impl Capabilities {
    /// What `all` have in their midst.
    pub fn of(all: &[Settings]) -> Self {
        let mut words = Capabilities::default();
        for settings in all {
            add(&mut words.facing_mode, settings.facing_mode);
            add(&mut words.resize_mode, settings.resize_mode);
            add(&mut words.echo_cancellation, settings.echo_cancellation);
            add(&mut words.noise_suppression, settings.noise_suppression);
            add(&mut words.auto_gain_control, settings.auto_gain_control);
        }
        let first = all.first();
        let text = |text: Option<&String>| text.cloned().unwrap_or_default();
        Capabilities {
            width: span(all.iter().filter_map(|one| one.width)),
            height: span(all.iter().filter_map(|one| one.height)),
            aspect_ratio: span(all.iter().filter_map(|one| one.aspect_ratio)),
            frame_rate: span(all.iter().filter_map(|one| one.frame_rate)),
            sample_rate: span(all.iter().filter_map(|one| one.sample_rate)),
            channel_count: span(all.iter().filter_map(|one| one.channel_count)),
            display_surface: first.and_then(|one| one.display_surface),
            device_id: text(first.and_then(|one| one.device_id.as_ref())),
            group_id: text(first.and_then(|one| one.group_id.as_ref())),
            ..words
        }
    }
}

fn add<T: PartialEq>(list: &mut Vec<T>, value: Option<T>) {
    list.extend(value.filter(|value| !list.contains(value)));
}

fn span<T: PartialOrd + Copy>(values: impl Iterator<Item = T>) -> Option<Span<T>> {
    values.fold(None, |span, value| match span {
        None => Some(Span { min: value, max: value }),
        Some(Span { min, max }) => Some(Span {
            min: if value < min { value } else { min },
            max: if value > max { value } else { max },
        }),
    })
}
