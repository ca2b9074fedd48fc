//! Reads `[[link]]`.

use lapwing_engine::Bitrate;

use crate::nodes::{JitterConfig, OutageMode, Window};
use crate::parts::PartKind;
use crate::queues::{Basis, Limit};
use crate::scenario::limits::{
    MAX_BPS, MAX_DELAY_MS, MAX_PACKET, MAX_SECONDS, SHARE, millis, seconds,
};
use crate::scenario::links::Named;
use crate::scenario::{
    Fields, JitterModel, Link, LossModel, OutageSpec, Policing, Problem, Queue, QueueKind, Reorder,
    SharedMedium, Wire, capacity, loss, own,
};
use crate::time::Time;

/// Largest buffer.
const MAX_BUFFER_BYTES: u64 = 1 << 32;
/// Largest buffer in packets.
const MAX_BUFFER_PACKETS: u64 = 1 << 24;
/// Smallest MTU: that of IPv4 (RFC 791).
const MIN_MTU: u64 = 68;

pub(super) fn read(fields: &mut Fields<'_>) -> Named {
    let name = fields.need_name("name");
    let (kind, ends) = match fields.choice("shared", &[("half-duplex", ())]) {
        Some(()) => (Wire::Shared(shared(fields)), None),
        None => {
            let ends = ["from", "to"].map(|end| fields.need_name(end));
            (directed(fields), Some(ends))
        }
    };
    (Link { name, kind }, ends)
}

fn shared(fields: &mut Fields<'_>) -> SharedMedium {
    let capacity = Bitrate::bps(fields.need_integer("capacity_bps", 1..=MAX_BPS));
    let phy = fields.text("phy").unwrap_or_default();
    let access = fields.pair("access_delay_ms", 0.0..=MAX_DELAY_MS);
    let access_delay = access.map(|(low, high)| (millis(low), millis(high)));
    let collisions = fields.choice("collision", &[("none", false), ("dcf-approx", true)]);
    SharedMedium { capacity, phy, access_delay, collisions: collisions.unwrap_or(false) }
}

fn directed(fields: &mut Fields<'_>) -> Wire {
    Wire::Directed {
        queue: queue(fields),
        delay: millis(fields.number("delay_ms", 0.0..=MAX_DELAY_MS).unwrap_or(0.0)),
        delays: capacity::delays(fields),
        jitter: fields.table("jitter", jitter).unwrap_or(JitterModel::None),
        loss: fields.table("loss", loss::read).unwrap_or(LossModel::None),
        mtu: fields.table("mtu", |fields| {
            let bytes = fields.need_integer("bytes", MIN_MTU..=MAX_PACKET);
            (bytes as u32, fields.flag("report").unwrap_or(true))
        }),
        duplicate: fields.number("duplicate", SHARE).unwrap_or(0.0),
        reorder: fields.table("reorder", |fields| Reorder {
            probability: fields.need_number("p", SHARE),
            hold: millis(fields.need_number("hold_ms", 0.0..=MAX_DELAY_MS)),
        }),
        outage: fields.table("outage", outage),
        policer: fields.table("policer", |fields| Policing {
            rate: Bitrate::bps(fields.need_integer("bps", 1..=MAX_BPS)),
            burst_bytes: fields.need_integer("burst_bytes", 1..=MAX_BUFFER_BYTES),
        }),
        nodes: own::read_all(fields, "nodes", PartKind::Node),
    }
}

fn queue(fields: &mut Fields<'_>) -> Option<Queue> {
    let has_capacity = capacity::is_given(fields);
    let has_queue = fields.has("queue");
    let capacity = capacity::read(fields);
    let discipline = fields.table("queue", discipline);
    match (has_capacity, has_queue) {
        (true, false) => fields.fault("queue", Problem::Missing),
        (false, true) => fields.fault("capacity", Problem::Missing),
        // What is there and faulty was named where it was read.
        (true, true) | (false, false) => {}
    }
    let ((capacity, generator), (kind, limit)) = (capacity?, discipline?);
    Some(Queue { capacity, generator, kind, limit })
}

const QUEUES: &[(&str, QueueKind)] = &[
    ("tail-drop", QueueKind::TailDrop),
    ("head-drop", QueueKind::HeadDrop),
    ("codel", QueueKind::Codel),
    ("codel-ecn", QueueKind::CodelEcn),
    ("fq-codel", QueueKind::FqCodel),
    ("pie", QueueKind::Pie),
    ("dualpi2", QueueKind::DualPi2),
];

pub(super) fn discipline(fields: &mut Fields<'_>) -> (QueueKind, Limit) {
    let kind = own::choose(fields, "type", QUEUES, PartKind::Queue).unwrap_or_else(QueueKind::Own);
    let given: Vec<_> = ["size_ms", "size_bytes", "size_packets"]
        .into_iter()
        .filter(|name| fields.has(name))
        .collect();
    if let [first, second, ..] = given[..] {
        fields.fault(second, Problem::Excludes(first));
    }
    if given.is_empty() {
        fields.fault("size_ms", Problem::Missing);
    }
    let ms = fields.number("size_ms", 0.0..=MAX_DELAY_MS);
    let bytes = fields.integer("size_bytes", 0..=MAX_BUFFER_BYTES);
    let packets = fields.integer("size_packets", 0..=MAX_BUFFER_PACKETS);
    let reference = fields.choice("basis", &[("current", false), ("reference", true)]);
    let reference_bps = fields.integer("reference_bps", 1..=MAX_BPS);
    let basis = match (reference, reference_bps) {
        (Some(true), Some(bps)) => Basis::Reference(Bitrate::bps(bps)),
        (Some(true), None) => {
            fields.fault("reference_bps", Problem::Missing);
            Basis::Current
        }
        _ => Basis::Current,
    };
    let limit = match (ms, bytes, packets) {
        (_, Some(bytes), _) => Limit::Bytes(bytes),
        (_, _, Some(packets)) => Limit::Packets(packets as usize),
        (ms, None, None) => Limit::Time(millis(ms.unwrap_or(0.0)), basis),
    };
    (kind, limit)
}

fn jitter(fields: &mut Fields<'_>) -> JitterModel {
    #[derive(Clone, Copy)]
    enum Model {
        None,
        NrBpdv,
        Rbpdv,
        Normal,
    }
    let models = [
        ("none", Model::None),
        ("nr-bpdv", Model::NrBpdv),
        ("rbpdv", Model::Rbpdv),
        ("normal", Model::Normal),
    ];
    let model = fields.need_choice("model", &models);
    let default = JitterConfig::default();
    let time = 0.0..=MAX_DELAY_MS;
    match model {
        Model::None => JitterModel::None,
        Model::NrBpdv | Model::Rbpdv => {
            let config = JitterConfig {
                std: fields.number("std_ms", time.clone()).map_or(default.std, millis),
                n_std: fields.number("n_std", 0.0..=100.0).unwrap_or(default.n_std),
                max: fields.number("max_ms", time).map_or(default.max, millis),
            };
            match model {
                Model::Rbpdv => JitterModel::Rbpdv(config),
                _ => JitterModel::NrBpdv(config),
            }
        }
        Model::Normal => JitterModel::Normal {
            std: millis(fields.need_number("std_ms", time)),
            correlation: fields.number("correlation", SHARE).unwrap_or(0.0),
        },
    }
}

fn outage(fields: &mut Fields<'_>) -> OutageSpec {
    let modes = [("lose", OutageMode::Lose), ("hold", OutageMode::Hold)];
    let mode = fields.need_choice("mode", &modes);
    if !fields.has("windows") {
        fields.fault("windows", Problem::Missing);
    }
    let windows = fields.tables("windows", |fields| {
        let mut moment = |name| Time::ZERO + seconds(fields.need_number(name, 0.0..=MAX_SECONDS));
        let (from, until) = (moment("from_s"), moment("until_s"));
        if from >= until && fields.has("from_s") && fields.has("until_s") {
            fields.fault("until_s", Problem::EndsBeforeStart);
        }
        Window { from, until }
    });
    OutageSpec { mode, windows }
}
