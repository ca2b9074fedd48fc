//! Reads a whole scenario, and checks what concerns several fields at once.

use std::cell::Cell;
use std::time::Duration;

use lapwing_engine::ChannelBudget;
use toml::Spanned;
use toml::de::DeTable;

use crate::packet::EcnField;
use crate::scenario::fields::Around;
use crate::scenario::grid::Grid;
use crate::scenario::limits::{MAX_FILLED_BPS, MAX_SECONDS, seconds};
use crate::scenario::{
    Cross, CrossKind, Extent, Fault, Fields, Flow, Link, Links, Meta, Options, Problem, Scenario,
    Wire, aims, barriers, channels, expects, extent, forwarding, happenings, helpers, link, sweep,
    traffic,
};
use crate::sessions::Sessions;

/// The version of the schema that this code reads.
const SCHEMA: u64 = 1;
/// Largest seed: JSON, which runs are stored as, is read by programs whose numbers are floats.
const MAX_SEED: u64 = 1 << 53;

/// Reads TOML, and then once more with each value of its sweep: the scenario, and what is odd in
/// it.
pub(super) fn read_table(
    text: &str,
    table: &Spanned<DeTable<'_>>,
    around: Around<'_>,
) -> Result<(Scenario, Vec<Fault>), Vec<Fault>> {
    let bytes = Cell::new(text.len());
    let counted = |name: &str| {
        let file = (around.files)(name)?;
        bytes.set(bytes.get() + file.len());
        Ok(file)
    };
    let counting = Around { files: &counted, ..around };
    let mut fields = Fields::new(text, table).with(counting);
    let scenario = read(&mut fields);
    let (mut faults, warnings) = fields.close_with_warnings();
    if faults.is_empty() && !scenario.sweep.is_empty() {
        let reread = |table: &Spanned<DeTable<'_>>| read_once(text, table, around);
        faults = Grid::new(text, table, &scenario.sweep, &reread).check(bytes.get());
    }
    if faults.is_empty() { Ok((scenario, warnings)) } else { Err(faults) }
}

/// Reads TOML: what it says, as far as it can be understood, and its faults.
pub(super) fn read_once(
    text: &str,
    table: &Spanned<DeTable<'_>>,
    around: Around<'_>,
) -> (Scenario, Vec<Fault>) {
    let mut fields = Fields::new(text, table).with(around);
    let scenario = read(&mut fields);
    (scenario, fields.close())
}

/// What readers ask for in a file.
#[cfg(test)]
pub(super) fn asks(text: &str) -> Vec<crate::scenario::keys::Ask> {
    let table = DeTable::parse(text).expect("it is TOML");
    let mut fields = Fields::new(text, &table);
    let _ = read(&mut fields);
    std::mem::take(&mut fields.log).into_asks()
}

pub(super) fn syntax(text: &str, error: &toml::de::Error) -> Fault {
    let offset = error.span().map_or(0, |span| span.start.min(text.len()));
    let line = 1 + text.as_bytes()[..offset].iter().filter(|byte| **byte == b'\n').count();
    Fault { line, field: String::new(), problem: Problem::Syntax(error.message().to_owned()) }
}

fn read(fields: &mut Fields<'_>) -> Scenario {
    let meta = fields.table("meta", meta).unwrap_or_else(|| without_meta(fields));
    let media = fields.table("media", |fields| {
        (fields.table("video", traffic::video), fields.table("audio", traffic::audio))
    });
    let (video, audio) = media.unwrap_or_default();
    let options = fields.table("options", options).unwrap_or_default();
    let links = links(fields, meta.duration);
    let barriers = barriers::read_all(fields, &links);
    let helpers = helpers::read_all(fields, &links);
    let mut before: Vec<Flow> = Vec::new();
    fields.tables("flow", |fields| {
        let flow = traffic::flow(fields, &links, &helpers, &before);
        if before.iter().any(|other| other.id == flow.id) {
            fields.fault("id", Problem::Duplicate(flow.id.to_string()));
        }
        check_flow(fields, &flow, &links);
        forwarding::check(fields, &flow, &before, &links, video.as_ref());
        before.push(flow);
    });
    let flows = before;
    if !(barriers.is_empty() && helpers.is_empty()) {
        helpers::check_flows(fields, flows.len());
    }
    let channels = channels::read_all(fields, &flows, &links);
    let cross = fields.tables("cross", |fields| {
        let cross = traffic::cross(fields);
        check_cross(fields, &cross, &links);
        cross
    });
    let actions = happenings::read_all(fields, (&links, &flows), &barriers, &helpers);
    let known = aims::Known {
        duration: meta.duration,
        video: video.as_ref(),
        links: &links,
        flows: &flows,
        cross: &cross,
    };
    let (expect, assertions) = expects::read(fields, &known);
    let sweep = fields.table("sweep", sweep::read).unwrap_or_default();
    let scenario = Scenario {
        meta,
        video,
        audio,
        options,
        links,
        barriers,
        helpers,
        flows,
        channels,
        cross,
        actions,
        expect,
        assertions,
        parts: fields.parts().clone(),
        sweep,
    };
    extent::check(fields, &scenario);
    warn_of_places(fields, &scenario);
    scenario
}

/// A place that only one end of one link names is often one whose name is written in two ways.
fn warn_of_places(fields: &mut Fields<'_>, scenario: &Scenario) {
    let ends: Vec<_> = (0..scenario.links.len()).map(|link| scenario.links.ends(link)).collect();
    let of_links = ends.iter().flatten().flat_map(|(from, to)| [*from, *to]);
    let mut named = vec![0; scenario.links.places().len()];
    of_links.for_each(|place| named[place] += 1);
    for (link, ends) in ends.into_iter().enumerate() {
        let Some((from, to)) = ends else { continue };
        for (field, place) in [("from", from), ("to", to)] {
            if named[place] == 1 {
                fields.warn_in("link", link, field, Problem::NamedOnce);
            }
        }
    }
}

fn links(fields: &mut Fields<'_>, duration: Duration) -> Links {
    let mut seen: Vec<String> = Vec::new();
    let (mut changes, most) = (0.0, Extent::Changes.most());
    let named = fields.tables("link", |fields| {
        if changes > most {
            fields.skip();
            return None;
        }
        let (link, ends) = link::read(fields);
        changes += extent::schedule_changes(&link, duration.as_secs_f64());
        if changes > most {
            fields.fault("", Problem::TooMuch { what: Extent::Changes, amount: changes });
        }
        if seen.contains(&link.name) {
            fields.fault("name", Problem::Duplicate(link.name.clone()));
        }
        seen.push(link.name.clone());
        Some((link, ends))
    });
    Links::read(fields, named.into_iter().flatten().collect())
}

/// What stands for `[meta]` where there is none.
fn without_meta(fields: &mut Fields<'_>) -> Meta {
    if !fields.has("meta") {
        fields.fault("meta", Problem::Missing);
    }
    Meta {
        name: String::new(),
        reference: String::new(),
        duration: seconds(MAX_SECONDS),
        seeds: Vec::new(),
    }
}

fn meta(fields: &mut Fields<'_>) -> Meta {
    fields.need_integer("schema", SCHEMA..=SCHEMA);
    if !fields.has("seeds") {
        fields.fault("seeds", Problem::Missing);
    }
    Meta {
        seeds: fields.integers("seeds", 0..=MAX_SEED).unwrap_or_default(),
        name: fields.need_text("name"),
        reference: fields.text("reference").unwrap_or_default(),
        duration: seconds(fields.need_number("duration_s", 0.001..=MAX_SECONDS)),
    }
}

fn options(fields: &mut Fields<'_>) -> Options {
    let words = [("not-ect", EcnField::NotEct), ("ect0", EcnField::Ect0), ("ect1", EcnField::Ect1)];
    let least = fields.integer("channels_least_pct", 0..=99);
    let channel_budget = match fields.flag("channels_unbounded") {
        Some(true) => {
            if least.is_some() {
                fields.fault("channels_least_pct", Problem::Excludes("channels_unbounded"));
            }
            ChannelBudget::Unbounded
        }
        Some(false) | None => least.map_or_else(ChannelBudget::default, |percent| {
            ChannelBudget::BesideMedia { least_percent: percent as u8 }
        }),
    };
    Options {
        channel_budget,
        ecn: fields.choice("ecn", &words).unwrap_or(EcnField::NotEct),
        sessions: fields.choice("sessions", &Sessions::ALL).unwrap_or_default(),
    }
}

fn check_flow(fields: &mut Fields<'_>, flow: &Flow, links: &[Link]) {
    let delay = flow.path.iter().map(|link| delay_ms(&links[*link])).sum::<f64>();
    if flow.one_way_delay.is_some_and(|own| own.as_secs_f64() * 1e3 + 1e-6 < delay) {
        fields.fault("one_way_delay_ms", Problem::ShorterThanPath(delay));
    }
}

fn delay_ms(link: &Link) -> f64 {
    match &link.kind {
        Wire::Directed { delay, .. } => delay.as_secs_f64() * 1e3,
        Wire::Shared(_) => 0.0,
    }
}

fn check_cross(fields: &mut Fields<'_>, cross: &Cross, links: &[Link]) {
    let Some(link) = links.iter().find(|link| link.name == cross.link) else {
        if fields.has("link") {
            let allowed = links.iter().map(|link| link.name.clone()).collect();
            let value = cross.link.clone();
            fields.fault("link", Problem::NotOneOf { value, allowed });
        }
        return;
    };
    if matches!(link.kind, Wire::Shared(_)) && !fields.has("direction") {
        fields.fault("direction", Problem::Missing);
    }
    let always_sends = !matches!(cross.kind, CrossKind::UdpCbr { .. });
    if always_sends && !extent::can_be_filled(link) {
        let (link, most) = (link.name.clone(), MAX_FILLED_BPS as f64);
        fields.fault("link", Problem::Unbounded { link, most });
    }
}
