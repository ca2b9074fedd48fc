//! Reads `[[action]]`.

use std::time::Duration;

use lapwing_engine::{Bitrate, MediaKind};

use crate::scenario::limits::{MAX_DELAY_MS, MAX_FILLED_BPS, MAX_SECONDS, millis, seconds};
use crate::scenario::named::reference;
use crate::scenario::{
    Barrier, BarrierKind, Fields, Flow, FlowEnd, IceHelper, IceHelperKind, LinkChange, Links,
    Power, Problem, ScenarioAction, ScenarioActionKind, Wire, link, loss,
};

/// Actions of a scenario.
const MAX_ACTIONS: usize = 1_000;

/// The words of `do`.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    LoseServer,
    ExpireCredentials,
    BlockUdp,
    Rebind,
    Roam,
    Interface(Power),
    Crash,
    HoldFlow(Power),
    HoldOne(Power),
    Link(Power),
    SetLink,
}

const KINDS: &[(&str, Kind)] = &[
    ("lose-server", Kind::LoseServer),
    ("expire-credentials", Kind::ExpireCredentials),
    ("block-udp", Kind::BlockUdp),
    ("rebind", Kind::Rebind),
    ("roam", Kind::Roam),
    ("interface-down", Kind::Interface(Power::Off)),
    ("interface-up", Kind::Interface(Power::On)),
    ("crash", Kind::Crash),
    ("pause", Kind::HoldFlow(Power::Off)),
    ("resume", Kind::HoldFlow(Power::On)),
    ("mute", Kind::HoldOne(Power::Off)),
    ("unmute", Kind::HoldOne(Power::On)),
    ("link-down", Kind::Link(Power::Off)),
    ("link-up", Kind::Link(Power::On)),
    ("set-link", Kind::SetLink),
];

/// Reads the tables, after links, flows, boxes and servers.
pub(super) fn read_all(
    fields: &mut Fields<'_>,
    (links, flows): (&Links, &[Flow]),
    barriers: &[Barrier],
    helpers: &[IceHelper],
) -> Vec<ScenarioAction> {
    let mut expired: Vec<String> = Vec::new();
    let all = fields.tables("action", |fields| {
        let kind = fields.need_choice("do", KINDS);
        let at = match kind {
            // Names expire at whole seconds.
            Kind::ExpireCredentials => {
                Duration::from_secs(fields.need_integer("at_s", 0..=MAX_SECONDS as u64))
            }
            _ => seconds(fields.need_number("at_s", 0.0..=MAX_SECONDS)),
        };
        let kind = match kind {
            Kind::LoseServer | Kind::ExpireCredentials | Kind::BlockUdp | Kind::Rebind => {
                of_help(fields, kind, barriers, helpers)
            }
            Kind::Link(_) | Kind::SetLink => of_link(fields, kind, links),
            _ => of_flow(fields, kind, flows),
        };
        if let ScenarioActionKind::ExpireCredentials(server) = &kind {
            if expired.contains(server) {
                fields.fault("server", Problem::Duplicate(server.clone()));
            }
            expired.push(server.clone());
        }
        ScenarioAction { at, kind }
    });
    fields.at_most("action", all.len(), MAX_ACTIONS);
    all
}

/// What happens to boxes and servers.
fn of_help(
    fields: &mut Fields<'_>,
    kind: Kind,
    barriers: &[Barrier],
    helpers: &[IceHelper],
) -> ScenarioActionKind {
    let is_nat = |one: &&Barrier| matches!(one.kind, BarrierKind::Nat(_));
    let is_turn = |one: &&IceHelper| matches!(one.kind, IceHelperKind::Turn(_));
    match kind {
        Kind::ExpireCredentials => {
            let turn = helpers.iter().filter(is_turn);
            let all: Vec<&str> = turn.map(|one| one.name.as_str()).collect();
            ScenarioActionKind::ExpireCredentials(reference(fields, "server", &all))
        }
        Kind::BlockUdp => {
            let walls = barriers.iter().filter(|one| !is_nat(one));
            let all: Vec<&str> = walls.map(|one| one.name.as_str()).collect();
            ScenarioActionKind::BlockUdp(reference(fields, "firewall", &all))
        }
        Kind::Rebind => {
            let nats = barriers.iter().filter(is_nat);
            let all: Vec<&str> = nats.map(|one| one.name.as_str()).collect();
            ScenarioActionKind::Rebind(reference(fields, "nat", &all))
        }
        _ => {
            let all: Vec<&str> = helpers.iter().map(|one| one.name.as_str()).collect();
            ScenarioActionKind::LoseServer(reference(fields, "server", &all))
        }
    }
}

/// What happens to a flow or one of its ends.
fn of_flow(fields: &mut Fields<'_>, kind: Kind, flows: &[Flow]) -> ScenarioActionKind {
    let id = fields.need_integer("flow", 0..=u64::from(u32::MAX));
    let found = flows.iter().position(|flow| flow.id == id);
    if found.is_none() && fields.has("flow") {
        let allowed = flows.iter().map(|flow| flow.id.to_string()).collect();
        fields.fault("flow", Problem::NotOneOf { value: id.to_string(), allowed });
    }
    let flow = found.unwrap_or_default();
    let ends = [("sender", FlowEnd::Sender), ("receiver", FlowEnd::Receiver)];
    let mut end = || fields.choice("end", &ends).unwrap_or_default();
    match kind {
        Kind::Roam => ScenarioActionKind::Roam(flow, end()),
        Kind::Interface(power) => ScenarioActionKind::SetInterface(flow, end(), power),
        Kind::Crash => ScenarioActionKind::Crash(flow, end()),
        Kind::HoldOne(power) => {
            let kinds = [("video", MediaKind::Video), ("audio", MediaKind::Audio)];
            let kind = fields.need_choice("media", &kinds);
            if found.is_some_and(|flow| !flows[flow].media.contains(&kind)) {
                fields.fault("media", Problem::NothingChanges);
            }
            ScenarioActionKind::HoldKind(flow, kind, power)
        }
        Kind::HoldFlow(power) => ScenarioActionKind::HoldFlow(flow, power),
        // All others are not of flows.
        _ => ScenarioActionKind::HoldFlow(flow, Power::On),
    }
}

/// What happens to a link.
fn of_link(fields: &mut Fields<'_>, kind: Kind, links: &Links) -> ScenarioActionKind {
    let named: Vec<usize> = (0..links.len()).filter(|link| links.ends(*link).is_some()).collect();
    let all: Vec<&str> = named.iter().map(|link| links[*link].name.as_str()).collect();
    let name = reference(fields, "link", &all);
    let link = links.position(&name).unwrap_or_default();
    match kind {
        Kind::Link(power) => ScenarioActionKind::SetLinkPower(link, power),
        _ => {
            ScenarioActionKind::SetLink(link, change(fields, links.get(link).map(|one| &one.kind)))
        }
    }
}

fn change(fields: &mut Fields<'_>, wire: Option<&Wire>) -> LinkChange {
    let change = LinkChange {
        capacity: fields.integer("capacity_bps", 0..=MAX_FILLED_BPS).map(Bitrate::bps),
        queue: fields.table("queue", link::discipline),
        delay: fields.number("delay_ms", 0.0..=MAX_DELAY_MS).map(millis),
        loss: fields.table("loss", loss::read),
    };
    let is_queued = matches!(wire, Some(Wire::Directed { queue: Some(_), .. }));
    for name in ["capacity_bps", "queue"] {
        if fields.has(name) && !is_queued {
            fields.fault(name, Problem::NotOnLink);
        }
    }
    if !["capacity_bps", "queue", "delay_ms", "loss"].iter().any(|name| fields.has(name)) {
        fields.fault("do", Problem::NothingChanges);
    }
    change
}
