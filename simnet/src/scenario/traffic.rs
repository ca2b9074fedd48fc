//! Reads `[media]`, `[[flow]]` and `[[cross]]`.

use std::time::Duration;

use lapwing_engine::{Bitrate, MediaKind};

use crate::cross::{LADDER_RATES_MAX, Sizes};
use crate::parts::PartKind;
use crate::scenario::capacity::schedule;
use crate::scenario::limits::{
    MAX_AUDIO_BPS, MAX_AUDIO_BYTES, MAX_DELAY_MS, MAX_FRAME_BYTES, MAX_PACKET, MAX_SECONDS,
    MAX_VIDEO_BPS, millis, seconds,
};
use crate::scenario::{
    AudioModel, CongestionControl, Cross, CrossKind, Fields, FileArrivals, FileDownloads, Flow,
    FlowDirection, IceHelper, Links, Problem, Streaming, VideoModel, VideoSource, forwarding,
    helpers, own,
};

/// The most of anything that is counted: flows, connections.
const MAX_COUNT: u64 = 1_000;

/// Whether the model is of a clip.
const VIDEO_MODELS: &[(&str, bool)] = &[("rfc8593-statistical", false), ("clip", true)];

const DIRECTIONS: &[(&str, FlowDirection)] = &[
    ("forward", FlowDirection::Forward),
    ("backward", FlowDirection::Backward),
    ("up", FlowDirection::Forward),
    ("down", FlowDirection::Backward),
];

pub(super) fn video(fields: &mut Fields<'_>) -> VideoModel {
    let source = match own::choose(fields, "model", VIDEO_MODELS, PartKind::Encoder) {
        Ok(true) => VideoSource::Clip(fields.need_text("clip")),
        Ok(false) => VideoSource::Statistical,
        Err(own) => VideoSource::Own(own),
    };
    let is_clip = matches!(source, VideoSource::Clip(_));
    let mut rate = |name| Bitrate::bps(fields.need_integer(name, 1..=MAX_VIDEO_BPS));
    let (min, max, start) = (rate("min_bps"), rate("max_bps"), rate("start_bps"));
    if fields.has("max_bps") && max < min {
        let (value, min) = (max.as_bps() as f64, min.as_bps() as f64);
        fields.fault("max_bps", Problem::OutOfRange { value, min, max: MAX_VIDEO_BPS as f64 });
    } else if fields.has("max_bps") && fields.has("start_bps") && !(min..=max).contains(&start) {
        let [value, min, max] = [start, min, max].map(|rate| rate.as_bps() as f64);
        fields.fault("start_bps", Problem::OutOfRange { value, min, max });
    }
    // What the model alone has.
    let mut of_model = |name, most: f64| match is_clip {
        true => 0.0,
        false => fields.number(name, 0.0..=most).unwrap_or(0.0),
    };
    let variation = of_model("variation_pct", 100.0) / 100.0;
    let response = millis(of_model("response_ms", MAX_DELAY_MS));
    let fps = fields.need_number("fps", 0.1..=1_000.0);
    let least = max.as_bps() as f64 / 8.0 / MAX_FRAME_BYTES;
    if fields.has("fps") && fps < least {
        fields.fault("fps", Problem::OutOfRange { value: fps, min: least, max: 1_000.0 });
    }
    VideoModel { min, max, start, fps, variation, response, source }
}

pub(super) fn audio(fields: &mut Fields<'_>) -> AudioModel {
    fields.need_choice("model", &[("cbr", ())]);
    let bps = fields.need_integer("bps", 1..=MAX_AUDIO_BPS);
    let ptime = fields.need_number("ptime_ms", 0.1..=1_000.0);
    let most = MAX_AUDIO_BYTES * 8.0 / bps as f64 * 1e3;
    if ptime > most {
        fields.fault("ptime_ms", Problem::OutOfRange { value: ptime, min: 0.1, max: most });
    }
    AudioModel { rate: Bitrate::bps(bps), packet_time: millis(ptime) }
}

/// A moment that is given, or drawn from between two.
fn moment(
    fields: &mut Fields<'_>,
    fixed: &'static str,
    uniform: &'static str,
) -> (Duration, Duration) {
    if !fields.has(uniform) {
        fields.allow(&[uniform]);
        let at = seconds(fields.need_number(fixed, 0.0..=MAX_SECONDS));
        return (at, at);
    }
    if fields.has(fixed) {
        fields.fault(uniform, Problem::Excludes(fixed));
    }
    fields.allow(&[fixed]);
    let bounds = fields.pair(uniform, 0.0..=MAX_SECONDS);
    bounds.map(|(first, last)| (seconds(first), seconds(last))).unwrap_or_default()
}

pub(super) fn flow(
    fields: &mut Fields<'_>,
    links: &Links,
    helpers: &[IceHelper],
    before: &[Flow],
) -> Flow {
    let id = fields.need_integer("id", 0..=u64::from(u32::MAX));
    let direction = fields.need_choice("direction", DIRECTIONS);
    let start = moment(fields, "start_s", "start_s_uniform");
    let end = moment(fields, "end_s", "end_s_uniform");
    let field = if fields.has("end_s") { "end_s" } else { "end_s_uniform" };
    if end.0 <= start.1 && fields.has(field) {
        fields.fault(field, Problem::EndsBeforeStart);
    }
    let pause = fields.number("pause_s", 0.0..=MAX_SECONDS).map(seconds);
    let resume = fields.number("resume_s", 0.0..=MAX_SECONDS).map(seconds);
    let pause = match (pause, resume) {
        (Some(pause), Some(resume)) if pause < resume => Some((pause, resume)),
        (None, None) => None,
        (Some(_), Some(_)) => {
            fields.fault("resume_s", Problem::EndsBeforeStart);
            None
        }
        (Some(_), None) => {
            fields.fault("resume_s", Problem::Missing);
            None
        }
        (None, Some(_)) => {
            fields.fault("pause_s", Problem::Missing);
            None
        }
    };
    let delay = fields.number("one_way_delay_ms", 0.0..=MAX_DELAY_MS);
    let named = fields.texts("path").unwrap_or_default();
    Flow {
        id,
        direction,
        start,
        end,
        pause,
        media: media(fields),
        priority: fields.number("priority", 0.001..=1_000.0).unwrap_or(1.0),
        one_way_delay: delay.map(millis),
        path: links.resolve(fields, &named, direction),
        ice: helpers::plan(fields, helpers),
        controller: own::read(fields, "controller", PartKind::Controller),
        layers: forwarding::layers(fields),
        forwards: forwarding::forwards(fields, before),
    }
}

fn media(fields: &mut Fields<'_>) -> Vec<MediaKind> {
    if !fields.has("media") {
        fields.fault("media", Problem::Missing);
    }
    let words = fields.texts("media").unwrap_or_default();
    let mut kinds = Vec::new();
    for value in words {
        match value.as_str() {
            "video" => kinds.push(MediaKind::Video),
            "audio" => kinds.push(MediaKind::Audio),
            _ => {
                let allowed = vec!["video".to_owned(), "audio".to_owned()];
                fields.fault("media", Problem::NotOneOf { value, allowed });
            }
        }
    }
    kinds
}

pub(super) fn cross(fields: &mut Fields<'_>) -> Cross {
    let kind = cross_kind(fields);
    let start = seconds(fields.number("start_s", 0.0..=MAX_SECONDS).unwrap_or(0.0));
    let end = seconds(fields.number("end_s", 0.0..=MAX_SECONDS).unwrap_or(MAX_SECONDS));
    if end <= start {
        fields.fault("end_s", Problem::EndsBeforeStart);
    }
    Cross {
        link: fields.need_text("link"),
        direction: fields.choice("direction", DIRECTIONS).unwrap_or(FlowDirection::Forward),
        count: fields.integer("count", 1..=MAX_COUNT).unwrap_or(1),
        start,
        end,
        kind,
    }
}

fn cross_kind(fields: &mut Fields<'_>) -> CrossKind {
    #[derive(Clone, Copy)]
    enum Kind {
        UdpCbr,
        TcpLong,
        TcpShort,
        TcpPoisson,
        Dash,
        QuicLong,
        Application,
    }
    let kinds = [
        ("udp-cbr", Kind::UdpCbr),
        ("tcp-long", Kind::TcpLong),
        ("tcp-short", Kind::TcpShort),
        ("tcp-poisson", Kind::TcpPoisson),
        ("dash", Kind::Dash),
        ("quic-long", Kind::QuicLong),
        ("application", Kind::Application),
    ];
    match fields.need_choice("kind", &kinds) {
        Kind::UdpCbr => {
            if !fields.has("rate") {
                fields.fault("rate", Problem::Missing);
            }
            let rate = schedule(fields, "rate").unwrap_or_else(|| Bitrate::ZERO.into());
            let packet_bytes = fields.need_integer("packet_bytes", 29..=MAX_PACKET) as u32;
            CrossKind::UdpCbr { rate, packet_bytes }
        }
        Kind::TcpLong => CrossKind::TcpLong(congestion_control(fields)),
        Kind::TcpShort => CrossKind::TcpShort(congestion_control(fields), downloads(fields)),
        Kind::TcpPoisson => CrossKind::TcpPoisson(congestion_control(fields), arrivals(fields)),
        Kind::Dash => CrossKind::Dash(congestion_control(fields), streaming(fields)),
        Kind::QuicLong => CrossKind::QuicLong(congestion_control(fields)),
        Kind::Application => {
            CrossKind::Application(own::need(fields, "name", PartKind::Application))
        }
    }
}

const CONTROLLERS: &[(&str, CongestionControl)] = &[
    ("reno", CongestionControl::Reno),
    ("cubic", CongestionControl::Cubic { hystart: false }),
    ("bbr1", CongestionControl::Bbr1),
    ("bbr3", CongestionControl::Bbr3),
    ("prague", CongestionControl::Prague),
];

fn congestion_control(fields: &mut Fields<'_>) -> CongestionControl {
    let chosen = own::choose(fields, "cc", CONTROLLERS, PartKind::CrossController);
    match chosen.unwrap_or_else(CongestionControl::Own) {
        CongestionControl::Cubic { .. } => {
            CongestionControl::Cubic { hystart: fields.flag("hystart").unwrap_or(false) }
        }
        other => other,
    }
}

/// The largest file: a gigabyte.
const MAX_FILE: u64 = 1_000_000_000;

/// The two bounds of sizes.
fn file_bytes(fields: &mut Fields<'_>) -> (u64, u64) {
    let least = fields.need_integer("file_bytes_min", 1..=MAX_FILE);
    let most = fields.need_integer("file_bytes_max", 1..=MAX_FILE);
    if most < least && fields.has("file_bytes_max") {
        let (value, min, max) = (most as f64, least as f64, MAX_FILE as f64);
        fields.fault("file_bytes_max", Problem::OutOfRange { value, min, max });
    }
    (least, most)
}

fn arrivals(fields: &mut Fields<'_>) -> FileArrivals {
    /// Files per second.
    const MAX_RATE: f64 = 1_000.0;
    let rate = fields.need_number("per_s", 0.001..=MAX_RATE);
    let (min, max) = file_bytes(fields);
    let sizes = match fields.number("pareto_shape", 0.5..=100.0) {
        Some(shape) => Sizes::Pareto { min, shape, max },
        None => Sizes::Uniform { min, max },
    };
    FileArrivals { rate, sizes }
}

fn streaming(fields: &mut Fields<'_>) -> Streaming {
    /// The fastest rate of a ladder: a gigabit per second.
    const MAX_LADDER_BPS: u64 = 1_000_000_000;
    if !fields.has("ladder_bps") {
        fields.fault("ladder_bps", Problem::Missing);
    }
    let ladder = fields.integers("ladder_bps", 1..=MAX_LADDER_BPS).unwrap_or_default();
    fields.at_most("ladder_bps", ladder.len(), LADDER_RATES_MAX);
    Streaming {
        segment: seconds(fields.need_number("segment_s", 0.1..=60.0)),
        ladder,
        buffer: seconds(fields.number("buffer_s", 0.0..=MAX_SECONDS).unwrap_or(30.0)),
    }
}

fn downloads(fields: &mut Fields<'_>) -> FileDownloads {
    let bytes = file_bytes(fields);
    FileDownloads {
        on_at_start: fields.integer("on_at_start", 0..=MAX_COUNT).unwrap_or(0),
        bytes,
        idle_mean: seconds(fields.need_number("idle_mean_s", 0.0..=MAX_SECONDS)),
    }
}
