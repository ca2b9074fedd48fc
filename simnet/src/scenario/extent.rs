//! What a scenario comes to as a whole: everything that it makes is within one limit.

use crate::scenario::limits::MAX_FILLED_BPS;
use crate::scenario::{
    ChannelKind, CrossKind, Extent, Fields, Flow, Link, Problem, Scenario, Wire, changes,
};
use lapwing_engine::MediaKind;

/// A flow counts as so many parts: it has two engines, and rows of bins.
const FLOW_PARTS: f64 = 10.0;
/// Payload of a full packet, about.
const FULL_PACKET_BYTES: f64 = 1_200.0;
/// Changes that generators draw in a second: LTE has the most.
const DRAWN_PER_SECOND: f64 = 5.0;

/// Adds up what tables make, in the order of the file's kinds, and notes the first one of each kind
/// that makes it too much.
pub(super) fn check(fields: &mut Fields<'_>, scenario: &Scenario) {
    let fields = &mut Sum { fields, parts: 0.0, packets: 0.0 };
    let few = scenario.links.len() + scenario.barriers.len() + scenario.helpers.len();
    fields.parts = few as f64;
    for (index, flow) in scenario.flows.iter().enumerate() {
        fields.add(("flow", index, ""), FLOW_PARTS, media(flow, scenario));
    }
    for (index, channel) in scenario.channels.iter().enumerate() {
        let count = channel.count as f64;
        let packets = match channel.kind {
            ChannelKind::GameState { message_bytes, interval } => {
                (message_bytes as f64 / FULL_PACKET_BYTES).ceil() / interval.as_secs_f64().max(1e-9)
            }
            ChannelKind::Bulk { .. } | ChannelKind::RequestResponse { .. } => 0.0,
        };
        fields.add(("channel", index, "count"), count, count * packets);
    }
    for (index, cross) in scenario.cross.iter().enumerate() {
        let count = cross.count as f64;
        let packets = match &cross.kind {
            CrossKind::UdpCbr { rate, packet_bytes } => {
                let peak = rate.as_steps().iter().map(|(_, rate)| rate.as_bps()).max();
                peak.unwrap_or(0) as f64 / 8.0 / f64::from((*packet_bytes).max(1))
            }
            // These send what their links carry, and no more.
            CrossKind::TcpLong(_)
            | CrossKind::TcpShort(..)
            | CrossKind::TcpPoisson(..)
            | CrossKind::Dash(..)
            | CrossKind::QuicLong(_)
            | CrossKind::Application(_) => 0.0,
        };
        fields.add(("cross", index, "count"), 2.0 * count, count * packets);
    }
    let seconds = scenario.meta.duration.as_secs_f64();
    let of_links = scenario.links.iter().enumerate();
    let amount: f64 = of_links
        .map(|(link, one)| {
            schedule_changes(one, seconds) * (1 + changes::count(scenario, link)) as f64
        })
        .sum();
    let what = Extent::Changes;
    if amount > what.most() && !fields.fields.is_faulty_in("link") {
        fields.fields.fault("action", Problem::TooMuch { what, amount });
    }
}

/// Packets of a flow in a second, at most.
fn media(flow: &Flow, scenario: &Scenario) -> f64 {
    let has = |kind| flow.media.contains(&kind);
    let video = scenario.video.as_ref().filter(|_| has(MediaKind::Video));
    let audio = scenario.audio.as_ref().filter(|_| has(MediaKind::Audio));
    let of_video = video.map_or(0.0, |video| {
        let layers = flow.layers.len().max(1) as f64;
        layers * (video.fps + video.max.as_bps() as f64 / 8.0 / FULL_PACKET_BYTES)
    });
    of_video + audio.map_or(0.0, |audio| 1.0 / audio.packet_time.as_secs_f64().max(1e-9))
}

/// What there is so far.
struct Sum<'f, 's> {
    fields: &'f mut Fields<'s>,
    parts: f64,
    packets: f64,
}

impl Sum<'_, '_> {
    fn add(&mut self, table: (&str, usize, &str), parts: f64, packets: f64) {
        let (list, index, field) = table;
        let before = (self.parts, self.packets);
        self.parts += parts;
        self.packets += packets;
        for (before, amount, what) in [
            (before.0, self.parts, Extent::Parts),
            (before.1, self.packets, Extent::PacketsPerSecond),
        ] {
            if before <= what.most() && amount > what.most() {
                self.fields.fault_in(list, index, field, Problem::TooMuch { what, amount });
            }
        }
    }
}

/// Changes of a link's capacity and delay in a run of so many seconds.
pub(super) fn schedule_changes(link: &Link, seconds: f64) -> f64 {
    let Wire::Directed { queue, delays, .. } = &link.kind else { return 0.0 };
    let given: usize = delays.iter().map(|delays| delays.as_steps().len()).sum();
    let rates = queue.as_ref().map_or(0.0, |queue| match queue.generator {
        Some(_) => seconds * DRAWN_PER_SECOND,
        None => queue.capacity.as_steps().len() as f64,
    });
    given as f64 + rates
}

/// True when what always sends is held back by the link's capacity, soon enough.
pub(super) fn can_be_filled(link: &Link) -> bool {
    let peak = match &link.kind {
        Wire::Shared(medium) => Some(medium.capacity),
        Wire::Directed { queue: None, .. } => None,
        Wire::Directed { queue: Some(queue), .. } => match queue.generator {
            Some(generator) => Some(generator.max()),
            None => queue.capacity.as_steps().iter().map(|(_, rate)| *rate).max(),
        },
    };
    peak.is_some_and(|peak| peak.as_bps() <= MAX_FILLED_BPS)
}
