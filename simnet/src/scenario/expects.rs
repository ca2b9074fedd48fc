//! Reads `[expect]` and `[[expect]]`.
//!
//! 1. A table holds short forms. So does a table of the list that has nothing but their names.
//! 2. Any other of the list is one statement: its metric and what that is of, the window, the
//!    statistic with its parameters, the bounds, the name.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::scenario::StatementFault;
use crate::scenario::aims::{Aim, Known, aim, window};
use crate::scenario::limits::{MAX_BPS, MAX_SECONDS, SHARE, seconds};
use crate::scenario::{
    Assertion, Bounds, Expectation, Fields, Goal, Metric, Problem, Statistic, Subject,
};

/// Anything that a short form can say.
const MAX_EXPECTATION: f64 = 1e12;
/// Statements of a scenario: each keeps some tens of kilobytes of a run.
const ASSERTIONS_MAX: usize = 200;
/// Longest name of one.
const NAME_MAX: usize = 80;
/// Longest delay that a bound can name, in milliseconds.
const MAX_BOUND_MS: f64 = MAX_SECONDS * 1e3;
/// More than two pictures can be alike, in decibels.
const MAX_DECIBELS: f64 = 200.0;

/// Short forms and statements.
pub(super) type Expected = (BTreeMap<Expectation, f64>, Vec<Assertion>);

pub(super) fn read(fields: &mut Fields<'_>, known: &Known<'_>) -> Expected {
    if !fields.is_list("expect") {
        return (fields.table("expect", short).unwrap_or_default(), Vec::new());
    }
    let (mut all, mut assertions) = (BTreeMap::new(), Vec::<Assertion>::new());
    let mut count = 0;
    fields.tables("expect", |fields| {
        count += 1;
        if is_short(fields) {
            for (kind, bound) in short(fields) {
                if all.insert(kind, bound).is_some() {
                    let name = Expectation::ALL.iter().find(|(_, each)| *each == kind);
                    let name = name.map_or("", |(name, _)| *name);
                    fields.fault(name, Problem::Duplicate(name.to_owned()));
                }
            }
            return;
        }
        let Some(assertion) = assertion(fields, known) else { return };
        if assertions.iter().any(|other| other.name == assertion.name) {
            fields.fault("name", Problem::Duplicate(assertion.name.clone()));
        }
        assertions.push(assertion);
    });
    fields.at_most("expect", count, ASSERTIONS_MAX);
    (all, assertions)
}

fn is_short(fields: &Fields<'_>) -> bool {
    let names = fields.names();
    let is = |name: &String| Expectation::ALL.iter().any(|(short, _)| short == name);
    !names.is_empty() && names.iter().all(is)
}

fn short(fields: &mut Fields<'_>) -> BTreeMap<Expectation, f64> {
    let mut expectations = BTreeMap::new();
    for (name, expectation) in Expectation::ALL {
        let value = match expectation {
            Expectation::Connected => fields.flag(name).map(|flag| f64::from(u8::from(flag))),
            Expectation::Pair => fields.choice(name, &Expectation::PAIRS),
            _ => fields.number(name, 0.0..=MAX_EXPECTATION),
        };
        if let Some(value) = value {
            expectations.insert(*expectation, value);
        }
    }
    expectations
}

/// All that a statement can have: where its metric is not known, nothing more is said of them.
const FIELDS: &[&str] = &[
    "name",
    "metric",
    "flow",
    "link",
    "cross",
    "from_s",
    "to_s",
    "phase",
    "statistic",
    "at_s",
    "reaches",
    "falls_to",
    "for_s",
    "smooth_s",
    "at_least",
    "at_most",
    "about",
    "tolerance",
];

fn assertion(fields: &mut Fields<'_>, known: &Known<'_>) -> Option<Assertion> {
    let name = fields.text("name");
    if !fields.has("metric") {
        fields.fault("metric", Problem::Missing);
    }
    let Some(metric) = fields.choice("metric", Metric::ALL) else {
        fields.allow(FIELDS);
        return None;
    };
    let aim = aim(fields, known, metric);
    let statistic = statistic(fields, known, metric);
    let window = match statistic {
        Some(Statistic::At(at)) => {
            for name in ["from_s", "to_s", "phase"] {
                if fields.has(name) {
                    fields.fault(name, Problem::Excludes("at_s"));
                }
            }
            fields.allow(&["from_s", "to_s", "phase"]);
            Some((Duration::ZERO, at))
        }
        _ => window(fields, known, aim.as_ref()),
    };
    let length = window.map_or(known.duration, |(from, to)| to - from);
    let smooth = match metric {
        Metric::Freezes => None,
        _ => fields.number("smooth_s", 0.0..=length.as_secs_f64()).map(seconds),
    };
    let bounds = bounds(fields, range(metric, statistic, length));
    let (aim, statistic, window) = (aim?, statistic?, window?);
    let name = named(fields, name, || default_name(metric, &aim, statistic, window, known));
    let Aim { subject, of_link, .. } = aim;
    let smooth = smooth.filter(|time| !time.is_zero());
    Some(Assertion { name, metric, subject, of_link, window, statistic, smooth, bounds: bounds? })
}

/// All that can be named in a file.
pub(super) const STATISTICS: &[(&str, Plain)] = &[
    ("min", Plain::Is(Statistic::Min)),
    ("mean", Plain::Is(Statistic::Mean)),
    ("p50", Plain::Is(Statistic::Percentile(50))),
    ("p95", Plain::Is(Statistic::Percentile(95))),
    ("p99", Plain::Is(Statistic::Percentile(99))),
    ("max", Plain::Is(Statistic::Max)),
    ("at", Plain::At),
    ("time-to", Plain::TimeTo),
];

/// What a statistic still lacks.
#[derive(Clone, Copy)]
pub(super) enum Plain {
    Is(Statistic),
    At,
    TimeTo,
}

fn statistic(fields: &mut Fields<'_>, known: &Known<'_>, metric: Metric) -> Option<Statistic> {
    let end = known.duration.as_secs_f64();
    if metric == Metric::Freezes {
        return Some(Statistic::Count);
    }
    let plain = match fields.has("statistic") {
        true => fields.choice("statistic", STATISTICS),
        false => {
            fields.allow(&["statistic"]);
            Some(Plain::Is(Statistic::Mean))
        }
    };
    let Some(plain) = plain else {
        fields.allow(&["at_s", "reaches", "falls_to", "for_s"]);
        return None;
    };
    match plain {
        Plain::Is(statistic) => Some(statistic),
        Plain::At => {
            if !fields.has("at_s") {
                fields.fault("at_s", Problem::Missing);
            }
            fields.number("at_s", 0.0..=end).map(|at| Statistic::At(seconds(at)))
        }
        Plain::TimeTo => {
            let range = range(metric, None, known.duration);
            let rises = fields.number("reaches", 0.0..=range);
            let falls = fields.number("falls_to", 0.0..=range);
            let hold = seconds(fields.number("for_s", 0.0..=end).unwrap_or(0.0));
            match (fields.has("reaches"), fields.has("falls_to")) {
                (true, true) => fields.fault("falls_to", Problem::Excludes("reaches")),
                (false, false) => fields.fault("reaches", Problem::Missing),
                _ => {}
            }
            let level = rises.or(falls)?;
            Some(Statistic::TimeTo(Goal { level, falls: rises.is_none(), hold }))
        }
    }
}

/// The greatest number that a bound or level can name.
fn range(metric: Metric, statistic: Option<Statistic>, window: Duration) -> f64 {
    if let Some(Statistic::TimeTo(_)) = statistic {
        return window.as_secs_f64();
    }
    match metric {
        Metric::RateSent
        | Metric::Received
        | Metric::Goodput
        | Metric::Estimate
        | Metric::Target => MAX_BPS as f64,
        Metric::QueueingDelay | Metric::OneWayDelay | Metric::FrameDelay => MAX_BOUND_MS,
        Metric::Loss | Metric::Share => 1.0,
        Metric::Freezes => MAX_EXPECTATION,
        Metric::Quality => MAX_DECIBELS,
    }
}

fn bounds(fields: &mut Fields<'_>, most: f64) -> Option<Bounds> {
    let [at_least, at_most, about] =
        ["at_least", "at_most", "about"].map(|name| fields.number(name, 0.0..=most));
    let tolerance = fields.number("tolerance", SHARE);
    let has = ["at_least", "at_most", "about", "tolerance"].map(|name| fields.has(name));
    match has {
        [false, false, false, false] => {
            fields.fault("metric", Problem::Statement(StatementFault::NoBound))
        }
        [_, _, false, true] => fields.fault("about", Problem::Missing),
        [_, _, true, false] => fields.fault("tolerance", Problem::Missing),
        _ => {}
    }
    if has[2] {
        for name in ["at_least", "at_most"] {
            if fields.has(name) {
                fields.fault(name, Problem::Excludes("about"));
            }
        }
        let (about, tolerance) = (about?, tolerance?);
        let side = |share: f64| Some((about * share * 1e6).round() / 1e6);
        let (at_least, at_most) = (side(1.0 - tolerance), side(1.0 + tolerance));
        return Some(Bounds { at_least, at_most });
    }
    if let (Some(least), Some(most)) = (at_least, at_most)
        && least > most
    {
        fields.fault(
            "at_most",
            Problem::Statement(StatementFault::Contradicts { name: "at_least", value: least }),
        );
    }
    (at_least.is_some() || at_most.is_some()).then_some(Bounds { at_least, at_most })
}

/// The name that the file gives, or another.
fn named(fields: &mut Fields<'_>, name: Option<String>, other: impl FnOnce() -> String) -> String {
    let Some(name) = name else { return other() };
    let is_good = |c: char| c.is_ascii_alphanumeric() || " -_.,:/%+()".contains(c);
    if name.trim().is_empty() || name.len() > NAME_MAX || !name.chars().all(is_good) {
        fields.fault("name", Problem::Statement(StatementFault::NotForTables(name.clone())));
    }
    if Expectation::ALL.iter().any(|(short, _)| *short == name) {
        fields.fault("name", Problem::Duplicate(name.clone()));
    }
    name
}

fn default_name(
    metric: Metric,
    aim: &Aim,
    statistic: Statistic,
    (from, to): (Duration, Duration),
    known: &Known<'_>,
) -> String {
    let of = match aim.subject {
        Subject::Flow(flow) => format!("flow {}", known.flows[flow].id),
        // A name can have anything in it, a number cannot.
        Subject::Link(link) => format!("link {}", link + 1),
        Subject::Cross(cross) => format!("cross {}", cross + 1),
    };
    let window = format!("{}-{} s", from.as_secs_f64(), to.as_secs_f64());
    match statistic {
        Statistic::At(at) => format!("{metric} at {} s, {of}", at.as_secs_f64()),
        Statistic::TimeTo(goal) => format!("{metric} time-to {}, {of}, {window}", goal.level),
        Statistic::Count => format!("{metric}, {of}, {window}"),
        Statistic::Min => format!("{metric} min, {of}, {window}"),
        Statistic::Mean => format!("{metric} mean, {of}, {window}"),
        Statistic::Max => format!("{metric} max, {of}, {window}"),
        Statistic::Percentile(percent) => format!("{metric} p{percent}, {of}, {window}"),
    }
}
