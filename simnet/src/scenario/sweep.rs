//! `[sweep]`: a parameter of a link, and the values it takes.
//!
//! A field is the path to the parameter, `link.NAME.PARAMETER`; its value is the list. A run is
//! made for each combination.

use lapwing_engine::Bitrate;

use crate::bitrate::RateSchedule;
use crate::queues::{Basis, Limit};
use crate::scenario::limits::{MAX_BPS, MAX_DELAY_MS, millis};
use crate::scenario::{Axis, Fields, Link, LossModel, Parameter, Problem, Scenario, Wire};

/// Runs of one sweep: more would take days.
const MAX_POINTS: usize = 100_000;

pub(super) fn read(fields: &mut Fields<'_>, links: &[Link]) -> Vec<Axis> {
    let axes = fields.table("link", |fields| {
        let mut axes = Vec::new();
        for name in fields.names() {
            let link = links.iter().find(|link| link.name == name);
            if link.is_none() {
                let allowed = links.iter().map(|link| link.name.clone()).collect();
                fields.fault(&name, Problem::NotOneOf { value: name.clone(), allowed });
            }
            let of_link = fields.free_table(&name, |fields| read_link(fields, &name, link));
            axes.extend(of_link.unwrap_or_default());
        }
        axes
    });
    let axes = axes.unwrap_or_default();
    let points = axes.iter().fold(1, |all: usize, axis| all.saturating_mul(axis.values.len()));
    if points > MAX_POINTS {
        let (value, min, max) = (points as f64, 1.0, MAX_POINTS as f64);
        fields.fault("link", Problem::OutOfRange { value, min, max });
    }
    axes
}

fn read_link(fields: &mut Fields<'_>, name: &str, link: Option<&Link>) -> Vec<Axis> {
    let (directed, queued) = match link.map(|link| &link.kind) {
        Some(Wire::Directed { queue, .. }) => (true, queue.is_some()),
        Some(Wire::Shared(_)) => (false, false),
        None => (true, true),
    };
    for (field, there) in
        [("delay_ms", directed), ("loss", directed), ("queue", queued), ("capacity_bps", queued)]
    {
        if fields.has(field) && !there {
            fields.fault(field, Problem::NotOnLink);
        }
    }
    let mut axes = Vec::new();
    let mut add = |parameter, values: Option<Vec<f64>>| {
        if let Some(values) = values {
            axes.push(Axis { link: name.to_owned(), parameter, values });
        }
    };
    add(Parameter::DelayMs, fields.numbers("delay_ms", 0.0..=MAX_DELAY_MS));
    let loss = fields.table("loss", |fields| fields.numbers("p", 0.0..=1.0));
    add(Parameter::LossP, loss.flatten());
    let size = fields.table("queue", |fields| fields.numbers("size_ms", 0.0..=MAX_DELAY_MS));
    add(Parameter::QueueSizeMs, size.flatten());
    add(Parameter::CapacityBps, fields.numbers("capacity_bps", 0.0..=MAX_BPS as f64));
    axes
}

impl Scenario {
    /// The runs of the sweep: every combination of values, with the scenario it makes. One without
    /// values if there is no sweep.
    ///
    /// The first axis varies slowest.
    pub fn points(&self) -> impl Iterator<Item = (Vec<f64>, Scenario)> {
        let count: usize = self.sweep.iter().map(|axis| axis.values.len()).product();
        (0..count).map(|point| {
            let mut scenario = Scenario { sweep: Vec::new(), ..self.clone() };
            let (mut rest, mut values) = (point, Vec::new());
            for axis in self.sweep.iter().rev() {
                let value = axis.values[rest % axis.values.len()];
                rest /= axis.values.len();
                scenario.set(&axis.link, axis.parameter, value);
                values.insert(0, value);
            }
            (values, scenario)
        })
    }

    fn set(&mut self, name: &str, parameter: Parameter, value: f64) {
        let Some(link) = self.links.iter_mut().find(|link| link.name == name) else {
            return;
        };
        let Wire::Directed { queue, delay, loss, .. } = &mut link.kind else {
            return;
        };
        match (parameter, queue) {
            (Parameter::DelayMs, _) => *delay = millis(value),
            (Parameter::LossP, _) => *loss = LossModel::Bernoulli(value),
            (Parameter::QueueSizeMs, Some(queue)) => {
                queue.limit = Limit::Time(millis(value), basis_of(queue.limit));
            }
            (Parameter::CapacityBps, Some(queue)) => {
                queue.capacity = RateSchedule::constant(Bitrate::bps(value as u64));
                queue.generator = None;
            }
            (_, None) => {}
        }
    }
}

fn basis_of(limit: Limit) -> Basis {
    match limit {
        Limit::Time(_, basis) => basis,
        Limit::Bytes(_) | Limit::Packets(_) => Basis::Current,
    }
}
