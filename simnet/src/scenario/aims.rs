//! Reads of what a statement is, and when.

use std::time::Duration;

use crate::bitrate::RateSchedule;
use crate::scenario::StatementFault;
use crate::scenario::limits::seconds;
use crate::scenario::{
    Cross, Fields, Flow, Link, Metric, Problem, Subject, VideoModel, VideoSource, Wire,
};
use crate::time::Time;

/// The greatest number of a `[[cross]]`.
const CROSS_MAX: u64 = 10_000;
/// Changes of a capacity that are counted: what changes more often has no phases worth a name.
const PHASES_MAX: usize = 10_000;

/// What a statement can speak of.
pub(super) struct Known<'a> {
    pub(super) duration: Duration,
    pub(super) video: Option<&'a VideoModel>,
    pub(super) links: &'a [Link],
    pub(super) flows: &'a [Flow],
    pub(super) cross: &'a [Cross],
}

/// What a metric is of.
pub(super) struct Aim {
    pub(super) subject: Subject,
    pub(super) of_link: Option<usize>,
    /// The link whose phases count.
    phases_of: Option<usize>,
}

pub(super) fn aim(fields: &mut Fields<'_>, known: &Known<'_>, metric: Metric) -> Option<Aim> {
    let flow = fields.integer("flow", 0..=u64::from(u32::MAX));
    let cross = fields.integer("cross", 1..=CROSS_MAX);
    let link = fields.text("link");
    let named: Vec<&'static str> =
        ["flow", "cross", "link"].into_iter().filter(|name| fields.has(name)).collect();
    let Some(first) = named.first() else {
        fields.fault(
            "metric",
            Problem::Statement(StatementFault::NoSubject(metric.subjects().to_vec())),
        );
        return None;
    };
    if !metric.subjects().contains(first) {
        let allowed = metric.subjects().to_vec();
        fields.fault(
            first,
            Problem::Statement(StatementFault::NotOfMetric { metric: metric.to_string(), allowed }),
        );
        return None;
    }
    // Beside a flow or cross traffic, a link says of what the share or the phase is.
    let is_of_use = metric == Metric::Share || fields.has("phase");
    for other in named.iter().skip(1).filter(|other| !(**other == "link" && is_of_use)) {
        fields.fault(other, Problem::Excludes(first));
    }
    let link = match link {
        Some(value) => Some(find_link(fields, known, value)?),
        None if fields.has("link") => return None,
        None => None,
    };
    let subject = match *first {
        "flow" => Subject::Flow(find_flow(fields, known, flow?)?),
        "cross" => {
            let index = cross? as usize - 1;
            if index >= known.cross.len() {
                let allowed = (1..=known.cross.len()).map(|number| number.to_string()).collect();
                let value = (index + 1).to_string();
                fields.fault("cross", Problem::NotOneOf { value, allowed });
                return None;
            }
            Subject::Cross(index)
        }
        _ => Subject::Link(link?),
    };
    check_subject(fields, known, metric, subject, link)?;
    let of_link = link.filter(|_| metric == Metric::Share);
    let phases_of =
        link.or_else(|| way(known, subject).into_iter().find(|at| has_rate(known, *at)));
    Some(Aim { subject, of_link, phases_of })
}

/// What else must be true of the subject.
fn check_subject(
    fields: &mut Fields<'_>,
    known: &Known<'_>,
    metric: Metric,
    subject: Subject,
    link: Option<usize>,
) -> Option<()> {
    let way = way(known, subject);
    if let Some(link) = link.filter(|link| !way.contains(link)) {
        let allowed = way.iter().map(|at| known.links[*at].name.clone()).collect();
        let value = known.links[link].name.clone();
        fields.fault("link", Problem::NotOneOf { value, allowed });
        return None;
    }
    if metric == Metric::Quality
        && known.video.is_none_or(|video| !matches!(video.source, VideoSource::Clip(_)))
    {
        fields.fault("metric", Problem::Statement(StatementFault::NoClip));
        return None;
    }
    // Pictures are known by their time, which goes on in a pause while the clip does not.
    if let Subject::Flow(flow) = subject
        && metric == Metric::Quality
        && known.flows[flow].pause.is_some()
    {
        fields.fault("metric", Problem::Excludes("pause_s"));
        return None;
    }
    Some(())
}

/// The links that a subject takes, by their place.
fn way(known: &Known<'_>, subject: Subject) -> Vec<usize> {
    let place = |name: &str| known.links.iter().position(|link| link.name == name);
    match subject {
        Subject::Link(link) => vec![link],
        Subject::Cross(cross) => place(&known.cross[cross].link).into_iter().collect(),
        Subject::Flow(flow) => known.flows[flow].path.clone(),
    }
}

fn has_rate(known: &Known<'_>, link: usize) -> bool {
    match &known.links[link].kind {
        Wire::Directed { queue, .. } => queue.is_some(),
        Wire::Shared(_) => true,
    }
}

/// A link with a capacity, which others tell nothing of.
fn find_link(fields: &mut Fields<'_>, known: &Known<'_>, value: String) -> Option<usize> {
    let with_rate = || (0..known.links.len()).filter(|at| has_rate(known, *at));
    let found = with_rate().find(|at| known.links[*at].name == value);
    if found.is_none() {
        let allowed = with_rate().map(|at| known.links[at].name.clone()).collect();
        fields.fault("link", Problem::NotOneOf { value, allowed });
    }
    found
}

fn find_flow(fields: &mut Fields<'_>, known: &Known<'_>, id: u64) -> Option<usize> {
    let found = known.flows.iter().position(|flow| flow.id == id);
    if found.is_none() {
        let allowed = known.flows.iter().map(|flow| flow.id.to_string()).collect();
        fields.fault("flow", Problem::NotOneOf { value: id.to_string(), allowed });
    }
    found
}

/// `from_s` and `to_s`, or `phase`; without, as long as the subject is there.
pub(super) fn window(
    fields: &mut Fields<'_>,
    known: &Known<'_>,
    aim: Option<&Aim>,
) -> Option<(Duration, Duration)> {
    let end = known.duration.as_secs_f64();
    let [from, to] = ["from_s", "to_s"].map(|name| fields.number(name, 0.0..=end).map(seconds));
    let phase = fields.integer("phase", 1..=PHASES_MAX as u64);
    if fields.has("phase") {
        for name in ["from_s", "to_s"] {
            if fields.has(name) {
                fields.fault(name, Problem::Excludes("phase"));
            }
        }
        let (aim, phase) = (aim?, phase? as usize);
        let phases = aim.phases_of.map_or_else(Vec::new, |link| phases(known, link));
        if phases.get(phase - 1).is_none() {
            fields.fault("phase", Problem::Statement(StatementFault::NoPhase(phases.len())));
        }
        return phases.get(phase - 1).copied();
    }
    let (first, last) = aim.map_or((Duration::ZERO, known.duration), |aim| lifetime(known, aim));
    let window = (from.unwrap_or(first), to.unwrap_or(last));
    let is_given = ["from_s", "to_s"].map(|name| fields.has(name));
    if window.0 >= window.1 {
        // The field whose number was taken.
        let named = if is_given[1] { "to_s" } else { "from_s" };
        if from.is_some() == is_given[0] && to.is_some() == is_given[1] {
            fields.fault(named, Problem::EndsBeforeStart);
        }
        return None;
    }
    Some(window)
}

/// When a subject is surely there.
fn lifetime(known: &Known<'_>, aim: &Aim) -> (Duration, Duration) {
    let (from, to) = match aim.subject {
        Subject::Flow(flow) => (known.flows[flow].start.1, known.flows[flow].end.0),
        Subject::Cross(cross) => (known.cross[cross].start, known.cross[cross].end),
        Subject::Link(_) => (Duration::ZERO, known.duration),
    };
    (from, to.min(known.duration))
}

/// The times between changes of a link's capacity; one, where each run draws it.
fn phases(known: &Known<'_>, link: usize) -> Vec<(Duration, Duration)> {
    let whole = vec![(Duration::ZERO, known.duration)];
    let Wire::Directed { queue: Some(queue), .. } = &known.links[link].kind else { return whole };
    match queue.generator {
        Some(_) => whole,
        None => phases_of(&queue.capacity, known.duration),
    }
}

fn phases_of(capacity: &RateSchedule, duration: Duration) -> Vec<(Duration, Duration)> {
    let (mut phases, mut start, mut at) = (Vec::new(), Duration::ZERO, Time::ZERO);
    let since = |at: Time| Duration::from_nanos(at.as_nanos());
    for _ in 0..PHASES_MAX {
        let next = capacity.next_change(at);
        if next >= Time::ZERO + duration {
            break;
        }
        if capacity.at(next) != capacity.at(at) {
            phases.push((start, since(next)));
            start = since(next);
        }
        at = next;
    }
    phases.push((start, duration));
    phases
}
