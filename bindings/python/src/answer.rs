//! What `update` answers: a rate, or a dict.

use std::time::{Duration, Instant};

use lapwing_engine::Bitrate;
use lapwing_engine::congestion::{Limits, Target};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyDict;

/// How much faster than the target packets leave where nothing else is said: the frames of an
/// encoder, which differ in size, are not to wait for each other.
const PACING: f64 = 2.5;
/// No rate is higher, in bit/s, and no window larger, in bytes.
const MOST: f64 = 1e12;

/// What a dict may have.
const NAMES: [&str; 5] = ["rate", "pacing", "window", "padding", "wake_s"];

/// What a controller wants.
pub(crate) struct Answer {
    pub(crate) target: Target,
    /// When it wants to be asked again, though nothing happens.
    pub(crate) wake: Option<Instant>,
}

/// Reads an answer; without a rate `last` holds.
pub(crate) fn read(
    answer: &Bound<'_, PyAny>,
    last: Target,
    limits: Limits,
    origin: Instant,
) -> PyResult<Answer> {
    if answer.is_none() {
        return Ok(Answer { target: last, wake: None });
    }
    let Ok(fields) = answer.cast::<PyDict>() else {
        let rate = amount("update", answer, limits.minimum)?;
        return Ok(Answer { target: of_rate(limits.clamp(rate)), wake: None });
    };
    for name in fields.keys() {
        let name: String = name.extract()?;
        if !NAMES.contains(&name.as_str()) {
            let why = format!("update answered {name:?}, which is none of {}", NAMES.join(", "));
            return Err(PyValueError::new_err(why));
        }
    }
    let given =
        |name: &str| Ok::<_, PyErr>(fields.get_item(name)?.filter(|value| !value.is_none()));
    let mut target = match given("rate")? {
        Some(rate) => of_rate(limits.clamp(amount("rate", &rate, limits.minimum)?)),
        None => last,
    };
    if let Some(pacing) = given("pacing")? {
        target.pacing = amount("pacing", &pacing, Bitrate::ZERO)?.max(Bitrate::bps(1));
    }
    if let Some(window) = given("window")? {
        target.window = Some(amount("window", &window, Bitrate::ZERO)?.as_bps());
    }
    if let Some(padding) = given("padding")? {
        target.padding = amount("padding", &padding, Bitrate::ZERO)?;
    }
    let wake = match given("wake_s")? {
        Some(at) => Some(origin + Duration::from_nanos(moment(&at)?)),
        None => None,
    };
    Ok(Answer { target, wake })
}

/// This rate, and how fast packets leave by it.
pub(crate) fn of_rate(rate: Bitrate) -> Target {
    let pacing = Bitrate::bps((rate.as_bps() as f64 * PACING) as u64);
    Target { pacing, ..Target::of_rate(rate) }
}

/// A number from nothing to the most; what is below `least` is as much as that.
fn amount(name: &str, value: &Bound<'_, PyAny>, least: Bitrate) -> PyResult<Bitrate> {
    let number: f64 = value.extract()?;
    if !(0.0..=MOST).contains(&number) {
        let why = format!("{name}: {number} is not within 0 and {MOST}");
        return Err(PyValueError::new_err(why));
    }
    Ok(Bitrate::bps(number as u64).max(least))
}

/// Nanoseconds of the run, of seconds.
fn moment(value: &Bound<'_, PyAny>) -> PyResult<u64> {
    const LATEST_S: f64 = 1e9;
    let seconds: f64 = value.extract()?;
    if !(0.0..=LATEST_S).contains(&seconds) {
        let why = format!("wake_s: {seconds} is not within 0 and {LATEST_S}");
        return Err(PyValueError::new_err(why));
    }
    Ok((seconds * 1e9) as u64)
}
