//! What `update` answers: a rate, or a dict.

use std::time::{Duration, Instant};

use lapwing_engine::Bitrate;
use lapwing_engine::congestion::{Limits, PROBES_MAX, Probe, Target};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyDict;

/// How much faster than the target packets leave where nothing else is said: the frames of an
/// encoder, which differ in size, are not to wait for each other.
const PACING: f64 = 2.5;
/// No rate is higher, in bit/s, and no window larger, in bytes.
const MOST: f64 = 1e12;

/// Seconds that a probe may last.
const PROBE_MOST_S: f64 = 10.0;
/// Moments of a run are before this, in seconds.
const LATEST_S: f64 = 1e9;

/// What a dict may have.
const NAMES: [&str; 6] = ["rate", "pacing", "window", "padding", "probes", "wake_s"];
/// What a probe may have.
const PROBE_NAMES: [&str; 5] = ["id", "rate", "duration_s", "packets", "spacing_s"];

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
        return Ok(Answer { target: Target { probes: [None; PROBES_MAX], ..last }, wake: None });
    }
    let Ok(fields) = answer.cast::<PyDict>() else {
        let rate = amount("update", answer, limits.minimum)?;
        return Ok(Answer { target: of_rate(limits.clamp(rate)), wake: None });
    };
    only("update answered", fields, &NAMES)?;
    let given = |name: &str| given(fields, name);
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
    // A probe is wanted once: those of the last answer are not repeated.
    target.probes = match given("probes")? {
        Some(probes) => read_probes(&probes)?,
        None => [None; PROBES_MAX],
    };
    let wake = match given("wake_s")? {
        Some(at) => Some(origin + span("wake_s", &at, LATEST_S)?),
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

/// A number of seconds.
fn span(name: &str, value: &Bound<'_, PyAny>, most: f64) -> PyResult<Duration> {
    let seconds: f64 = value.extract()?;
    if !(0.0..=most).contains(&seconds) {
        let why = format!("{name}: {seconds} is not within 0 and {most}");
        return Err(PyValueError::new_err(why));
    }
    Ok(Duration::from_nanos((seconds * 1e9) as u64))
}

/// Refuses a dict that has anything else.
fn only(what: &str, fields: &Bound<'_, PyDict>, names: &[&str]) -> PyResult<()> {
    for name in fields.keys() {
        let name: String = name.extract()?;
        if !names.contains(&name.as_str()) {
            let why = format!("{what} {name:?}, which is none of {}", names.join(", "));
            return Err(PyValueError::new_err(why));
        }
    }
    Ok(())
}

fn given<'py>(fields: &Bound<'py, PyDict>, name: &str) -> PyResult<Option<Bound<'py, PyAny>>> {
    Ok(fields.get_item(name)?.filter(|value| !value.is_none()))
}

fn read_probes(list: &Bound<'_, PyAny>) -> PyResult<[Option<Probe>; PROBES_MAX]> {
    let mut probes = [None; PROBES_MAX];
    let list: Vec<Bound<'_, PyDict>> = list.extract()?;
    if list.len() > PROBES_MAX {
        let why = format!("there are {} probes, but at most {PROBES_MAX} are allowed", list.len());
        return Err(PyValueError::new_err(why));
    }
    for (place, fields) in probes.iter_mut().zip(&list) {
        only("a probe has", fields, &PROBE_NAMES)?;
        *place = Some(read_probe(fields)?);
    }
    Ok(probes)
}

fn read_probe(fields: &Bound<'_, PyDict>) -> PyResult<Probe> {
    let need = |name: &str| {
        let missing = || PyValueError::new_err(format!("a probe has no {name:?}"));
        given(fields, name)?.ok_or_else(missing)
    };
    let spacing = match given(fields, "spacing_s")? {
        Some(spacing) => span("spacing_s", &spacing, PROBE_MOST_S)?,
        None => Duration::ZERO,
    };
    Ok(Probe {
        id: need("id")?.extract()?,
        rate: amount("rate", &need("rate")?, Bitrate::bps(1))?,
        duration: span("duration_s", &need("duration_s")?, PROBE_MOST_S)?,
        packets: need("packets")?.extract()?,
        spacing,
    })
}
