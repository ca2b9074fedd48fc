//! The nearest of what a device can do.

use std::fmt;

use super::fitness::{BareValues, fitness_distance, unsatisfied};
use super::property::Property;
use super::set::TrackConstraints;
use super::settings::Settings;

/// Most advanced sets that are looked at. Each costs a pass over all that a device can do.
pub const MAX_ADVANCED: usize = 16;

/// Nothing that a device can do meets what is demanded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OverconstrainedError {
    /// A property that cannot be had; `None` where each can, but not together, or where there is
    /// nothing at all.
    pub constraint: Option<Property>,
}

impl fmt::Display for OverconstrainedError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.constraint {
            Some(property) => write!(f, "no device meets what is demanded of {property}"),
            None => f.write_str("no device meets all that is demanded at once"),
        }
    }
}

impl std::error::Error for OverconstrainedError {}

impl From<Property> for OverconstrainedError {
    fn from(property: Property) -> Self {
        OverconstrainedError { constraint: Some(property) }
    }
}

/// The place in `all` of the settings nearest to what is wanted (W3C Media Capture and Streams
/// section 11.1, "SelectSettings").
///
/// 1. Of all settings, those within what the basic set demands are candidates.
/// 2. Each advanced set in turn leaves those that it allows, if it allows any.
/// 3. Of these, the nearest to the basic set. Among equals the first: devices list what they do by
///    default first.
///
/// # Errors
/// When nothing is within the demands of the basic set; names one that nothing meets.
pub fn select_settings(
    wanted: &TrackConstraints,
    all: &[Settings],
) -> Result<usize, OverconstrainedError> {
    let basic = |settings: &Settings| fitness_distance(&wanted.basic, settings, BareValues::Ideal);
    let mut candidates: Vec<(usize, f64)> =
        all.iter().map(basic).enumerate().filter(|(_, distance)| distance.is_finite()).collect();
    if candidates.is_empty() {
        return Err(OverconstrainedError { constraint: failed(wanted, all) });
    }
    for set in wanted.advanced.iter().take(MAX_ADVANCED) {
        let allows = |&(index, _): &(usize, f64)| {
            fitness_distance(set, &all[index], BareValues::Exact).is_finite()
        };
        if candidates.iter().any(allows) {
            candidates.retain(allows);
        }
    }
    let nearest = candidates.into_iter().min_by(|(_, a), (_, b)| a.total_cmp(b));
    Ok(nearest.map_or(0, |(index, _)| index))
}

/// A property whose demand no settings meet.
fn failed(wanted: &TrackConstraints, all: &[Settings]) -> Option<Property> {
    let mut common: Option<Vec<Property>> = None;
    for settings in all {
        let far = unsatisfied(&wanted.basic, settings, BareValues::Ideal);
        common = Some(match common {
            None => far,
            Some(common) => common.into_iter().filter(|one| far.contains(one)).collect(),
        });
    }
    common?.first().copied()
}

#[cfg(test)]
mod tests;
