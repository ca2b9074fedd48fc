//! Reads a whole scenario, and checks what concerns several fields at once.

use std::collections::BTreeMap;
use std::time::Duration;

use lapwing_engine::ChannelBudget;
use toml::de::DeTable;

use crate::packet::EcnField;
use crate::scenario::limits::{MAX_FILLED_BPS, MAX_SECONDS, seconds};
use crate::scenario::{
    BadScenario, Cross, CrossKind, Expectation, Extent, Fault, Fields, Flow, Link, Links, Meta,
    Options, Problem, Scenario, Warnings, Wire, barriers, channels, extent, happenings, helpers,
    link, sweep, traffic,
};
use crate::sessions::Sessions;

/// The version of the schema that this code reads.
const SCHEMA: u64 = 1;
/// Largest seed: JSON, which runs are stored as, is read by programs whose numbers are floats.
const MAX_SEED: u64 = 1 << 53;
/// Anything that an expectation can say.
const MAX_EXPECTATION: f64 = 1e12;

impl Scenario {
    /// Reads a scenario from the text of a file; `file` is its name in messages.
    ///
    /// Errors name all faults, each with its line, field and what is allowed.
    ///
    /// ```
    /// use lapwing_simnet::scenario::Scenario;
    /// let text = "
    /// [meta]
    /// name = 'narrow'
    /// duration_s = 10
    /// seeds = [1]
    /// schema = 1
    ///
    /// [[link]]
    /// name = 'fwd'
    /// from = 'A'
    /// to = 'B'
    /// capacity_bps = -1
    /// queue = { type = 'tail-drip', size_ms = 300 }
    /// ";
    /// let bad = Scenario::parse("narrow.toml", text).unwrap_err();
    /// assert_eq!(
    ///     bad.to_string(),
    ///     "narrow.toml:12: link[0].capacity_bps: -1 is not within 0 and 1000000000000\n\
    ///      narrow.toml:13: link[0].queue.type: \"tail-drip\" is none of tail-drop, head-drop, \
    ///      codel, codel-ecn, fq-codel, pie, dualpi2"
    /// );
    /// ```
    pub fn parse(file: &str, text: &str) -> Result<Scenario, BadScenario> {
        Scenario::parse_with(file, text, &|_| Err("no files are read for this scenario".to_owned()))
    }

    /// Reads a scenario that may name traces: `files` gives the text of a file beside it, by its
    /// relative name, or why it cannot be had. Nothing here reads a file by itself.
    ///
    /// ```
    /// use lapwing_simnet::scenario::Scenario;
    /// let text = "
    /// [meta]
    /// name = 'train'
    /// duration_s = 10
    /// seeds = [1]
    /// schema = 1
    ///
    /// [[link]]
    /// name = 'up'
    /// from = 'A'
    /// to = 'B'
    /// capacity_trace = 'train.csv'
    /// queue = { type = 'tail-drop', size_ms = 300 }
    /// ";
    /// let trace = |text: &str| Ok(text.to_owned());
    /// assert!(Scenario::parse_with("train.toml", text, &|_| trace("0,1e6\n5,2e6")).is_ok());
    /// let bad = Scenario::parse_with("train.toml", text, &|_| trace("0,1e6\n5,-2")).unwrap_err();
    /// assert_eq!(
    ///     bad.to_string(),
    ///     "train.toml:12: link[0].capacity_trace: \
    ///      train.csv:2:3: -2 is not within 0 and 1000000000000"
    /// );
    /// ```
    pub fn parse_with(
        file: &str,
        text: &str,
        files: &dyn Fn(&str) -> Result<String, String>,
    ) -> Result<Scenario, BadScenario> {
        Scenario::read(file, text, files).map(|reading| reading.scenario)
    }

    /// Reads a scenario likewise, and says what is odd in it.
    ///
    /// ```
    /// use lapwing_simnet::scenario::Scenario;
    /// let text = "
    /// [meta]
    /// name = 'one-way'
    /// duration_s = 10
    /// seeds = [1]
    /// schema = 1
    ///
    /// [[link]]
    /// name = 'there'
    /// from = 'A'
    /// to = 'B'
    ///
    /// [[link]]
    /// name = 'back'
    /// from = 'b'
    /// to = 'A'
    /// ";
    /// let reading = Scenario::read("one-way.toml", text, &|_| Err(String::new())).unwrap();
    /// assert_eq!(
    ///     reading.warnings.to_string(),
    ///     "one-way.toml:11: link[0].to: warning: nothing else names this place: \
    ///      the way back is a perfect wire\n\
    ///      one-way.toml:15: link[1].from: warning: nothing else names this place: \
    ///      the way back is a perfect wire"
    /// );
    /// ```
    pub fn read(
        file: &str,
        text: &str,
        files: &dyn Fn(&str) -> Result<String, String>,
    ) -> Result<Reading, BadScenario> {
        let bad = |faults| BadScenario { file: file.to_owned(), faults };
        let table = DeTable::parse(text).map_err(|error| bad(vec![syntax(text, &error)]))?;
        let mut fields = Fields::new(text, &table).with_files(files);
        let scenario = read(&mut fields);
        match fields.close_with_warnings() {
            (faults, all) if faults.is_empty() => {
                Ok(Reading { scenario, warnings: Warnings { file: file.to_owned(), all } })
            }
            (faults, _) => Err(bad(faults)),
        }
    }
}

/// What readers ask for in a file.
#[cfg(test)]
pub(super) fn asks(text: &str) -> Vec<crate::scenario::keys::Ask> {
    let table = DeTable::parse(text).expect("it is TOML");
    let mut fields = Fields::new(text, &table);
    let _ = read(&mut fields);
    std::mem::take(&mut fields.log).into_asks()
}

/// What was read of a file without faults.
#[derive(Clone, Debug, PartialEq)]
pub struct Reading {
    /// The scenario.
    pub scenario: Scenario,
    /// What is odd in the file, and may be meant so.
    pub warnings: Warnings,
}

fn syntax(text: &str, error: &toml::de::Error) -> Fault {
    let offset = error.span().map_or(0, |span| span.start.min(text.len()));
    let line = 1 + text.as_bytes()[..offset].iter().filter(|byte| **byte == b'\n').count();
    Fault { line, field: String::new(), problem: Problem::Syntax(error.message().to_owned()) }
}

fn read(fields: &mut Fields<'_>) -> Scenario {
    let meta = match fields.table("meta", meta) {
        Some(meta) => meta,
        None => {
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
    };
    let media = fields.table("media", |fields| {
        (fields.table("video", traffic::video), fields.table("audio", traffic::audio))
    });
    let (video, audio) = media.unwrap_or_default();
    let options = fields.table("options", options).unwrap_or_default();
    let links = links(fields, meta.duration);
    let barriers = barriers::read_all(fields, &links);
    let helpers = helpers::read_all(fields, &links);
    let mut ids = Vec::new();
    let flows = fields.tables("flow", |fields| {
        let flow = traffic::flow(fields, &links, &helpers);
        if ids.contains(&flow.id) {
            fields.fault("id", Problem::Duplicate(flow.id.to_string()));
        }
        ids.push(flow.id);
        check_flow(fields, &flow, &links);
        flow
    });
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
    let expect = fields.table("expect", expect).unwrap_or_default();
    let sweep = fields.table("sweep", |fields| sweep::read(fields, &links)).unwrap_or_default();
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

fn expect(fields: &mut Fields<'_>) -> BTreeMap<Expectation, f64> {
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
