//! How far settings are from what is wanted.

use super::property::Property;
use super::set::ConstraintSet;
use super::settings::Settings;
use super::value::{ConstrainFlag, ConstrainList, ConstrainRange, Number};

/// Doubles as near as this, relative to their size, are equal: ratios are given with ten decimals
/// (W3C Media Capture and Streams, `aspectRatio`).
const EQUAL_WITHIN: f64 = 1e-9;

/// What a value without `exact` and `ideal` is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BareValues {
    /// A wish: in basic sets.
    Ideal,
    /// A demand: in advanced sets.
    Exact,
}

/// The distance of `settings` from `set`: the sum of the distances of all properties, infinite
/// where one cannot be had (W3C Media Capture and Streams section 11.1, "fitness distance").
///
/// - A demand that is not met, or of a property that is not there, is infinitely far.
/// - A wish for a property that is not there is 1 away.
/// - A wish for a number is `|actual - ideal| / max(|actual|, |ideal|)` away, so between 0 and 1
///   for positive ones.
/// - A wish for a word or a switch is 0 or 1 away.
///
/// ```
/// use lapwing_devices::constraints::{
///     BareValues, ConstrainRange, ConstraintSet, Settings, fitness_distance,
/// };
///
/// let set = ConstraintSet { width: Some(1_000.into()), ..ConstraintSet::default() };
/// let settings = Settings::video(800, 600, 30.0);
/// assert_eq!(fitness_distance(&set, &settings, BareValues::Ideal), 0.2);
/// assert_eq!(fitness_distance(&set, &settings, BareValues::Exact), f64::INFINITY);
/// ```
pub fn fitness_distance(set: &ConstraintSet, settings: &Settings, bare: BareValues) -> f64 {
    distances(set, settings, bare).map(|(_, distance)| distance).sum()
}

/// The properties whose demands are not met.
pub fn unsatisfied(set: &ConstraintSet, settings: &Settings, bare: BareValues) -> Vec<Property> {
    let far = distances(set, settings, bare).filter(|(_, distance)| distance.is_infinite());
    far.map(|(property, _)| property).collect()
}

/// The distance of each property of which something is said.
fn distances(
    set: &ConstraintSet,
    settings: &Settings,
    bare: BareValues,
) -> impl Iterator<Item = (Property, f64)> {
    let it = Judge { bare_is_exact: bare == BareValues::Exact };
    let (set, is) = (set, settings);
    [
        (Property::Width, it.range(set.width, is.width)),
        (Property::Height, it.range(set.height, is.height)),
        (Property::AspectRatio, it.range(set.aspect_ratio, is.aspect_ratio)),
        (Property::FrameRate, it.range(set.frame_rate, is.frame_rate)),
        (Property::FacingMode, it.list(&set.facing_mode, &is.facing_mode)),
        (Property::ResizeMode, it.list(&set.resize_mode, &is.resize_mode)),
        (Property::DisplaySurface, it.list(&set.display_surface, &is.display_surface)),
        (Property::SampleRate, it.range(set.sample_rate, is.sample_rate)),
        (Property::ChannelCount, it.range(set.channel_count, is.channel_count)),
        (Property::EchoCancellation, it.flag(set.echo_cancellation, is.echo_cancellation)),
        (Property::NoiseSuppression, it.flag(set.noise_suppression, is.noise_suppression)),
        (Property::AutoGainControl, it.flag(set.auto_gain_control, is.auto_gain_control)),
        (Property::DeviceId, it.list(&set.device_id, &is.device_id)),
        (Property::GroupId, it.list(&set.group_id, &is.group_id)),
    ]
    .into_iter()
    .filter_map(|(property, distance)| distance.map(|distance| (property, distance)))
}

#[derive(Clone, Copy)]
struct Judge {
    bare_is_exact: bool,
}

impl Judge {
    fn range<T: Number>(self, rule: Option<ConstrainRange<T>>, actual: Option<T>) -> Option<f64> {
        let (min, max, ideal) = rule?.resolve(self.bare_is_exact);
        let is_required = min.is_some() || max.is_some();
        let Some(actual) = actual.map(Number::to_f64) else {
            return Some(missing(is_required, ideal.is_some()));
        };
        let (min, max) = (min.map(Number::to_f64), max.map(Number::to_f64));
        let is_below = min.is_some_and(|min| !at_most(min, actual));
        let is_above = max.is_some_and(|max| !at_most(actual, max));
        if is_below || is_above {
            return Some(f64::INFINITY);
        }
        let Some(ideal) = ideal.map(Number::to_f64) else { return Some(0.0) };
        // Neither can a wish for what is no number be met.
        let far = (actual - ideal).abs() / actual.abs().max(ideal.abs());
        Some(if actual == ideal { 0.0 } else { finite_or(far, 1.0) })
    }

    fn list<T: Clone + PartialEq>(
        self,
        rule: &Option<ConstrainList<T>>,
        actual: &Option<T>,
    ) -> Option<f64> {
        let (exact, ideal) = rule.as_ref()?.resolve(self.bare_is_exact);
        let Some(actual) = actual else {
            return Some(missing(!exact.is_empty(), !ideal.is_empty()));
        };
        if !exact.is_empty() && !exact.contains(actual) {
            return Some(f64::INFINITY);
        }
        Some(if ideal.is_empty() || ideal.contains(actual) { 0.0 } else { 1.0 })
    }

    fn flag(self, rule: Option<ConstrainFlag>, actual: Option<bool>) -> Option<f64> {
        let (exact, ideal) = rule?.resolve(self.bare_is_exact);
        let Some(actual) = actual else {
            return Some(missing(exact.is_some(), ideal.is_some()));
        };
        if exact.is_some_and(|exact| exact != actual) {
            return Some(f64::INFINITY);
        }
        Some(if ideal.is_none_or(|ideal| ideal == actual) { 0.0 } else { 1.0 })
    }
}

/// The distance where a device has no such property. An empty constraint is none at all.
fn missing(is_required: bool, is_wished: bool) -> f64 {
    match (is_required, is_wished) {
        (true, _) => f64::INFINITY,
        (false, true) => 1.0,
        (false, false) => 0.0,
    }
}

/// Whether `a <= b`, give or take the last decimals. Nothing is at most what is no number.
fn at_most(a: f64, b: f64) -> bool {
    a <= b || (a - b).abs() <= EQUAL_WITHIN * b.abs()
}

fn finite_or(value: f64, other: f64) -> f64 {
    if value.is_finite() { value } else { other }
}

#[cfg(test)]
mod tests;
