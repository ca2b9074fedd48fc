//! Reads `[media]`, `[[flow]]` and `[[cross]]`.

use std::time::Duration;

use lapwing_engine::{Bitrate, MediaKind};

use crate::cross::{LADDER_RATES_MAX, Sizes};
use crate::scenario::capacity::schedule;
use crate::scenario::limits::{MAX_BPS, MAX_DELAY_MS, MAX_PACKET, MAX_SECONDS, millis, seconds};
use crate::scenario::{
    AudioModel, CongestionControl, Cross, CrossKind, Fields, FileArrivals, FileDownloads, Flow,
    FlowDirection, IceHelper, Problem, Streaming, VideoModel, helpers,
};

/// The most of anything that is counted: flows, connections.
const MAX_COUNT: u64 = 1_000;

const DIRECTIONS: &[(&str, FlowDirection)] = &[
    ("forward", FlowDirection::Forward),
    ("backward", FlowDirection::Backward),
    ("up", FlowDirection::Forward),
    ("down", FlowDirection::Backward),
];

pub(super) fn video(fields: &mut Fields<'_>) -> VideoModel {
    let is_clip = fields.need_choice("model", &[("rfc8593-statistical", false), ("clip", true)]);
    let clip = is_clip.then(|| fields.need_text("clip"));
    let mut rate = |name| Bitrate::bps(fields.need_integer(name, 1..=MAX_BPS));
    let (min, max, start) = (rate("min_bps"), rate("max_bps"), rate("start_bps"));
    if fields.has("max_bps") && max < min {
        let (value, min) = (max.as_bps() as f64, min.as_bps() as f64);
        fields.fault("max_bps", Problem::OutOfRange { value, min, max: MAX_BPS as f64 });
    } else if fields.has("start_bps") && !(min..=max).contains(&start) {
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
    VideoModel {
        min,
        max,
        start,
        fps: fields.need_number("fps", 0.1..=1_000.0),
        variation,
        response,
        clip,
    }
}

pub(super) fn audio(fields: &mut Fields<'_>) -> AudioModel {
    fields.need_choice("model", &[("cbr", ())]);
    AudioModel {
        rate: Bitrate::bps(fields.need_integer("bps", 1..=MAX_BPS)),
        packet_time: millis(fields.need_number("ptime_ms", 0.1..=1_000.0)),
    }
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
    match fields.numbers(uniform, 0.0..=MAX_SECONDS).as_deref() {
        Some(&[low, high]) if low <= high => (seconds(low), seconds(high)),
        Some(_) => {
            let (expected, found) = ("a first and a last second", "a list");
            fields.fault(uniform, Problem::WrongType { expected, found });
            Default::default()
        }
        None => Default::default(),
    }
}

pub(super) fn flow(fields: &mut Fields<'_>, helpers: &[IceHelper]) -> Flow {
    let id = fields.need_integer("id", 0..=u64::from(u32::MAX));
    let direction = fields.need_choice("direction", DIRECTIONS);
    let start = moment(fields, "start_s", "start_s_uniform");
    let end = moment(fields, "end_s", "end_s_uniform");
    if end.0 <= start.1 && fields.has("end_s") {
        fields.fault("end_s", Problem::EndsBeforeStart);
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
    Flow {
        id,
        direction,
        start,
        end,
        pause,
        media: media(fields),
        priority: fields.number("priority", 0.001..=1_000.0).unwrap_or(1.0),
        one_way_delay: delay.map(millis),
        path: fields.texts("path").unwrap_or_default(),
        ice: helpers::plan(fields, helpers),
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
    }
    let kinds = [
        ("udp-cbr", Kind::UdpCbr),
        ("tcp-long", Kind::TcpLong),
        ("tcp-short", Kind::TcpShort),
        ("tcp-poisson", Kind::TcpPoisson),
        ("dash", Kind::Dash),
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
    }
}

/// Controllers that are not the laboratory's are named with this before their name.
const OWN: &str = "own:";

fn congestion_control(fields: &mut Fields<'_>) -> CongestionControl {
    let words = ["reno", "cubic", "bbr1", "bbr3", "prague"];
    let word = fields.need_text("cc");
    let mut hystart = false;
    if word == "cubic" {
        hystart = fields.flag("hystart").unwrap_or(false);
    }
    match word.as_str() {
        "reno" => CongestionControl::Reno,
        "cubic" => CongestionControl::Cubic { hystart },
        "bbr1" => CongestionControl::Bbr1,
        "bbr3" => CongestionControl::Bbr3,
        "prague" => CongestionControl::Prague,
        own if own.len() > OWN.len() && own.starts_with(OWN) => {
            CongestionControl::Custom(own[OWN.len()..].to_owned())
        }
        _ => {
            if fields.has("cc") {
                let allowed = words.map(str::to_owned).to_vec();
                fields.fault("cc", Problem::NotOneOf { value: word, allowed });
            }
            CongestionControl::Reno
        }
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
