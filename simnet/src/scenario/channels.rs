//! Reads `[[channel]]`.

use lapwing_engine::{ChannelPriority, Reliability};

use crate::scenario::channel_traffic::{BULK, GAME_STATE, REQUEST_RESPONSE};
use crate::scenario::limits::{MAX_SECONDS, seconds};
use crate::scenario::{
    ChannelDirection, ChannelKind, ChannelTraffic, Fields, Flow, Links, Problem, Wire,
};

/// The least message: it carries its number and when it was written.
const MIN_MESSAGE: u64 = 26;
/// The largest: what every session takes.
const MAX_MESSAGE: u64 = 262_144;
/// A bulk transfer's message where the file says nothing.
const BULK_MESSAGE: u64 = 16_384;
/// The largest file: a terabyte.
const MAX_FILE: u64 = 1_000_000_000_000;
/// The most messages in a second.
const MAX_RATE: f64 = 100_000.0;
/// Channels of one flow: what a connection may have by default.
const MAX_CHANNELS: u64 = 1_024;

/// Reads the tables, after the flows.
pub(super) fn read_all(
    fields: &mut Fields<'_>,
    flows: &[Flow],
    links: &Links,
) -> Vec<ChannelTraffic> {
    let mut read: Vec<ChannelTraffic> = Vec::new();
    fields.tables("channel", |fields| {
        let channel = channel(fields);
        check(fields, &channel, &read, flows);
        check_way(fields, &channel, flows, links);
        read.push(channel);
    });
    read
}

fn channel(fields: &mut Fields<'_>) -> ChannelTraffic {
    let name = fields.need_name("name");
    let flow = fields.need_integer("flow", 0..=u64::from(u32::MAX));
    let directions = [
        ("with-flow", ChannelDirection::WithFlow),
        ("against-flow", ChannelDirection::AgainstFlow),
    ];
    let direction = fields.choice("direction", &directions).unwrap_or_default();
    let priorities = [
        ("very-low", ChannelPriority::VeryLow),
        ("low", ChannelPriority::Low),
        ("medium", ChannelPriority::Medium),
        ("high", ChannelPriority::High),
    ];
    let priority = fields.choice("priority", &priorities).unwrap_or_default();
    let count = fields.integer("count", 1..=MAX_CHANNELS).unwrap_or(1);
    let start = seconds(fields.number("start_s", 0.0..=MAX_SECONDS).unwrap_or(0.0));
    let end = seconds(fields.number("end_s", 0.0..=MAX_SECONDS).unwrap_or(MAX_SECONDS));
    if end <= start {
        fields.fault("end_s", Problem::EndsBeforeStart);
    }
    let kind = kind(fields);
    let (ordered, reliability) = match kind {
        ChannelKind::GameState { .. } => delivery(fields),
        // A request that is given up has no answer, and a file is whole or none.
        ChannelKind::Bulk { .. } | ChannelKind::RequestResponse { .. } => {
            (true, Reliability::Reliable)
        }
    };
    ChannelTraffic {
        name,
        flow,
        direction,
        count,
        start,
        end,
        ordered,
        reliability,
        priority,
        kind,
    }
}

fn kind(fields: &mut Fields<'_>) -> ChannelKind {
    #[derive(Clone, Copy)]
    enum Kind {
        Bulk,
        RequestResponse,
        GameState,
    }
    let kinds = [
        (BULK, Kind::Bulk),
        (REQUEST_RESPONSE, Kind::RequestResponse),
        (GAME_STATE, Kind::GameState),
    ];
    let sizes = MIN_MESSAGE..=MAX_MESSAGE;
    match fields.need_choice("kind", &kinds) {
        Kind::Bulk => ChannelKind::Bulk {
            message_bytes: fields.integer("message_bytes", sizes).unwrap_or(BULK_MESSAGE) as usize,
            file_bytes: fields.integer("file_bytes", MIN_MESSAGE..=MAX_FILE),
        },
        Kind::RequestResponse => ChannelKind::RequestResponse {
            request_bytes: fields.need_integer("request_bytes", sizes.clone()) as usize,
            response_bytes: fields.need_integer("response_bytes", sizes) as usize,
            think: seconds(fields.number("think_s", 0.0..=MAX_SECONDS).unwrap_or(0.0)),
        },
        Kind::GameState => ChannelKind::GameState {
            message_bytes: fields.need_integer("message_bytes", sizes) as usize,
            interval: seconds(1.0 / fields.need_number("messages_per_s", 0.001..=MAX_RATE)),
        },
    }
}

fn delivery(fields: &mut Fields<'_>) -> (bool, Reliability) {
    let ordered = fields.flag("ordered").unwrap_or(true);
    if fields.has("max_retransmits") && fields.has("max_lifetime_ms") {
        fields.fault("max_lifetime_ms", Problem::Excludes("max_retransmits"));
    }
    let most = u64::from(u16::MAX);
    let lifetime = fields.integer("max_lifetime_ms", 0..=most);
    let reliability = match (fields.integer("max_retransmits", 0..=most), lifetime) {
        (Some(count), _) => Reliability::MaxRetransmits { count: count as u16 },
        (None, Some(ms)) => Reliability::MaxLifetime { ms: ms as u16 },
        (None, None) => Reliability::Reliable,
    };
    (ordered, reliability)
}

/// What always sends, or asks again as soon as it has an answer, has to be held back by time.
fn check_way(fields: &mut Fields<'_>, channel: &ChannelTraffic, flows: &[Flow], links: &Links) {
    let always = match channel.kind {
        ChannelKind::Bulk { .. } => true,
        ChannelKind::RequestResponse { think, .. } => think.is_zero(),
        ChannelKind::GameState { .. } => false,
    };
    let Some(flow) = flows.iter().find(|flow| flow.id == channel.flow).filter(|_| always) else {
        return;
    };
    let takes_time = |link: usize| match &links[link].kind {
        Wire::Directed { queue, delay, delays, .. } => {
            queue.is_some() || !delay.is_zero() || !delays.is_empty()
        }
        Wire::Shared(_) => true,
    };
    let there_and_back =
        flow.path.iter().flat_map(|link| [Some(*link), links.back_of(*link)]).flatten();
    let is_held = flow.one_way_delay.is_some_and(|delay| !delay.is_zero())
        || links.medium().is_some()
        || there_and_back.into_iter().any(takes_time);
    if !is_held && !flow.path.is_empty() {
        fields.fault("kind", Problem::TimelessPath);
    }
}

/// What concerns other tables.
fn check(
    fields: &mut Fields<'_>,
    channel: &ChannelTraffic,
    before: &[ChannelTraffic],
    flows: &[Flow],
) {
    let ChannelTraffic { name, flow, count, .. } = channel;
    if before.iter().any(|other| other.name == *name) {
        fields.fault("name", Problem::Duplicate(name.clone()));
    }
    if fields.has("flow") && !flows.iter().any(|one| one.id == *flow) {
        let allowed = flows.iter().map(|flow| flow.id.to_string()).collect();
        fields.fault("flow", Problem::NotOneOf { value: flow.to_string(), allowed });
    }
    let same = before.iter().filter(|other| other.flow == *flow);
    let all = count + same.map(|other| other.count).sum::<u64>();
    if all > MAX_CHANNELS {
        let (count, most) = (all as usize, MAX_CHANNELS as usize);
        fields.fault("count", Problem::TooMany { count, most });
    }
}
