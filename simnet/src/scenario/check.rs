//! Reads a whole scenario, and checks what concerns several fields at once.

use lapwing_engine::ChannelBudget;
use toml::de::DeTable;

use crate::packet::EcnField;
use crate::scenario::limits::{MAX_SECONDS, seconds};
use crate::scenario::link;
use crate::scenario::{
    BadScenario, Cross, Fault, Fields, Flow, Link, Meta, Options, Problem, Scenario, Wire, aims,
    barriers, channels, default_path, expects, happenings, helpers, sweep, traffic,
};
use crate::sessions::Sessions;

/// The version of the schema that this code reads.
const SCHEMA: u64 = 1;
/// Seeds of one scenario.
const MAX_SEEDS: usize = 10_000;
/// Largest seed that a TOML number, read as a float, holds exactly.
const MAX_SEED: f64 = 9_007_199_254_740_992.0;

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
        let bad = |faults| BadScenario { file: file.to_owned(), faults };
        let table = DeTable::parse(text).map_err(|error| bad(vec![syntax(text, &error)]))?;
        let mut fields = Fields::new(text, &table).with_files(files);
        let scenario = read(&mut fields);
        match fields.close() {
            faults if faults.is_empty() => Ok(scenario),
            faults => Err(bad(faults)),
        }
    }
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
    let links = links(fields);
    let barriers = barriers::read_all(fields, &links);
    let helpers = helpers::read_all(fields, &links);
    let mut ids = Vec::new();
    let flows = fields.tables("flow", |fields| {
        let flow = traffic::flow(fields, &helpers);
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
    let channels = channels::read_all(fields, &flows);
    let cross = fields.tables("cross", |fields| {
        let cross = traffic::cross(fields);
        check_cross(fields, &cross, &links);
        cross
    });
    let actions = happenings::read_all(fields, &barriers, &helpers);
    let known = aims::Known {
        duration: meta.duration,
        video: video.as_ref(),
        links: &links,
        flows: &flows,
        cross: &cross,
    };
    let (expect, assertions) = expects::read(fields, &known);
    let sweep = fields.table("sweep", |fields| sweep::read(fields, &links)).unwrap_or_default();
    Scenario {
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
        sweep,
    }
}

fn links(fields: &mut Fields<'_>) -> Vec<Link> {
    let mut seen: Vec<String> = Vec::new();
    fields.tables("link", |fields| {
        let link = link::read(fields);
        if seen.contains(&link.name) {
            fields.fault("name", Problem::Duplicate(link.name.clone()));
        }
        seen.push(link.name.clone());
        link
    })
}

fn meta(fields: &mut Fields<'_>) -> Meta {
    fields.need_integer("schema", SCHEMA..=SCHEMA);
    if !fields.has("seeds") {
        fields.fault("seeds", Problem::Missing);
    }
    let seeds = fields.numbers("seeds", 0.0..=MAX_SEED).unwrap_or_default();
    if seeds.len() > MAX_SEEDS {
        let (value, min, max) = (seeds.len() as f64, 1.0, MAX_SEEDS as f64);
        fields.fault("seeds", Problem::OutOfRange { value, min, max });
    }
    Meta {
        name: fields.need_text("name"),
        reference: fields.text("reference").unwrap_or_default(),
        duration: seconds(fields.need_number("duration_s", 0.001..=MAX_SECONDS)),
        seeds: seeds.into_iter().map(|seed| seed as u64).collect(),
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

fn names(links: &[Link]) -> Vec<String> {
    links.iter().map(|link| link.name.clone()).collect()
}

fn check_flow(fields: &mut Fields<'_>, flow: &Flow, links: &[Link]) {
    let mut path: Vec<&Link> = Vec::new();
    for name in &flow.path {
        match links.iter().find(|link| link.name == *name) {
            Some(link) => path.push(link),
            None => {
                let (value, allowed) = (name.clone(), names(links));
                return fields.fault("path", Problem::NotOneOf { value, allowed });
            }
        }
    }
    for pair in path.windows(2) {
        if let (Wire::Directed { to, .. }, Wire::Directed { from, .. }) =
            (&pair[0].kind, &pair[1].kind)
            && to != from
        {
            return fields.fault("path", Problem::BrokenPath(pair[1].name.clone()));
        }
    }
    if path.is_empty() {
        path = default_path(flow.direction, links);
        if path.is_empty() {
            return fields.fault("direction", Problem::NoPath);
        }
    }
    let delay = path.iter().map(|link| delay_ms(link)).sum::<f64>();
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
            let (value, allowed) = (cross.link.clone(), names(links));
            fields.fault("link", Problem::NotOneOf { value, allowed });
        }
        return;
    };
    if matches!(link.kind, Wire::Shared(_)) && !fields.has("direction") {
        fields.fault("direction", Problem::Missing);
    }
}
