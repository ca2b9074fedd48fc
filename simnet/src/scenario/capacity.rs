//! Reads what a link can carry over time: `capacity_bps`, `capacity`, `capacity_generator` or
//! `capacity_trace`; and `delay_trace`.

use lapwing_engine::Bitrate;

use crate::bitrate::{BadSchedule, RateSchedule};
use crate::rates::{Access, BadTrace, DelaySchedule, Generator};
use crate::scenario::limits::{MAX_BPS, MAX_SECONDS, seconds};
use crate::scenario::{Fields, Problem};
use crate::time::Time;

/// The fields, of which a link has one at most.
const FIELDS: [&str; 4] = ["capacity_bps", "capacity", "capacity_generator", "capacity_trace"];

/// The capacity of a link, and what draws it in each run.
pub(super) type Capacity = (RateSchedule, Option<Generator>);

/// True when the link has a capacity, right or not.
pub(super) fn is_given(fields: &Fields<'_>) -> bool {
    FIELDS.iter().any(|name| fields.has(name))
}

pub(super) fn read(fields: &mut Fields<'_>) -> Option<Capacity> {
    let given: Vec<_> = FIELDS.into_iter().filter(|name| fields.has(name)).collect();
    for other in given.iter().skip(1) {
        fields.fault(given[0], Problem::Excludes(other));
    }
    fields.allow(&FIELDS);
    match *given.first()? {
        "capacity_bps" => {
            let bps = fields.integer("capacity_bps", 0..=MAX_BPS)?;
            Some((RateSchedule::constant(Bitrate::bps(bps)), None))
        }
        "capacity" => Some((schedule(fields, "capacity")?, None)),
        "capacity_generator" => {
            let generator = fields.table("capacity_generator", generator)??;
            Some((RateSchedule::constant(generator.mean()), Some(generator)))
        }
        _ => Some((trace(fields, "capacity_trace", rates)?, None)),
    }
}

/// A rate over time: a list of `{ at_s, bps }`.
pub(super) fn schedule(fields: &mut Fields<'_>, name: &'static str) -> Option<RateSchedule> {
    let present = fields.has(name);
    let steps = fields.tables(name, |fields| {
        let at = seconds(fields.need_number("at_s", 0.0..=MAX_SECONDS));
        let bps = fields.need_integer("bps", 0..=MAX_BPS);
        (Time::ZERO + at, Bitrate::bps(bps))
    });
    if !present {
        return None;
    }
    match RateSchedule::steps(steps.iter().copied()) {
        Ok(schedule) => Some(schedule),
        Err(BadSchedule::Unordered(i)) => {
            fields.fault(name, Problem::NotAscending(steps[i].0.as_secs_f64()));
            None
        }
        Err(BadSchedule::Empty | BadSchedule::ShortPeriod) => {
            fields.fault(name, Problem::Empty);
            None
        }
    }
}

fn generator(fields: &mut Fields<'_>) -> Option<Generator> {
    let models = [("lte", Access::Lte), ("wifi", Access::Wifi), ("leo", Access::Leo)];
    let model = fields.need_choice("model", &models);
    let mean = Bitrate::bps(fields.need_integer("mean_bps", 1..=MAX_BPS));
    let generator = match model {
        Access::Lte => Generator::lte(mean),
        Access::Wifi => Generator::wifi(mean),
        Access::Leo => Generator::leo(mean),
    };
    let Some(max) = fields.integer("max_bps", 1..=MAX_BPS) else {
        return Some(generator);
    };
    match generator.with_max(Bitrate::bps(max)) {
        Ok(generator) => Some(generator),
        // The mean itself is at fault, and was named.
        Err(_) if !fields.has("mean_bps") => None,
        Err(bad) => {
            let [min, greatest] = [bad.least, bad.greatest].map(|rate| rate.as_bps() as f64);
            let problem = Problem::OutOfRange { value: max as f64, min, max: greatest };
            fields.fault("max_bps", problem);
            None
        }
    }
}

/// `delay_trace`: delay in addition to `delay_ms`.
pub(super) fn delays(fields: &mut Fields<'_>) -> Vec<DelaySchedule> {
    let read = |_: &str, text: &str| DelaySchedule::from_csv(text);
    trace(fields, "delay_trace", read).into_iter().collect()
}

/// Times and rates in a file that ends in `.csv`, delivery opportunities in any other.
fn rates(file: &str, text: &str) -> Result<RateSchedule, BadTrace> {
    if file.ends_with(".csv") {
        RateSchedule::from_csv(text)
    } else {
        RateSchedule::from_opportunities(text)
    }
}

/// Reads the file that a field names. It lies beside the scenario or below: a scenario cannot have
/// other files read.
fn trace<T>(
    fields: &mut Fields<'_>,
    name: &'static str,
    read: impl FnOnce(&str, &str) -> Result<T, BadTrace>,
) -> Option<T> {
    let file = fields.text(name)?;
    let leaves = |part: &str| part.is_empty() || part == "." || part == "..";
    if file.split(['/', '\\']).any(leaves) || file.contains(':') {
        fields.fault(name, Problem::NotBeside(file));
        return None;
    }
    let text = match fields.file(&file) {
        Ok(text) => text,
        Err(why) => {
            fields.fault(name, Problem::NoFile { file, why });
            return None;
        }
    };
    match read(&file, &text) {
        Ok(value) => Some(value),
        Err(trace) => {
            fields.fault(name, Problem::BadTrace { file, trace });
            None
        }
    }
}
