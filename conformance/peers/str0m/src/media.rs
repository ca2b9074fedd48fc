//! m-lines of audio and video: what is sent back on them.

use std::collections::BTreeMap;

use lapwing_peer::Fault;
use serde_json::{Value, json};
use str0m::RtcConfig;
use str0m::media::{Direction, MediaData, MediaKind};

/// A track that was asked for.
#[derive(Clone, Debug)]
pub(crate) struct Track {
    pub(crate) kind: MediaKind,
    pub(crate) direction: Direction,
    pub(crate) codecs: Vec<String>,
    pub(crate) echo: bool,
}

impl Track {
    pub(crate) fn parse(request: &Value) -> Result<Self, Fault> {
        let kind = match request["kind"].as_str() {
            Some("audio") => MediaKind::Audio,
            Some("video") => MediaKind::Video,
            _ => return Err(Fault::failed(format!("no kind in {request}"))),
        };
        let echo = match request["content"].as_str() {
            Some("echo") => true,
            None | Some("none") => false,
            Some(other) => return Err(Fault::unsupported(format!("content {other}"))),
        };
        if request["simulcast"].as_array().is_some_and(|rids| !rids.is_empty()) {
            return Err(Fault::unsupported("simulcast of what is sent back"));
        }
        let direction = direction(request["direction"].as_str().unwrap_or("sendrecv"))?;
        let codecs = request["codecs"].as_array().map(Vec::as_slice).unwrap_or_default();
        let codecs = codecs.iter().filter_map(Value::as_str).map(str::to_owned).collect();
        Ok(Track { kind, direction, codecs, echo })
    }
}

/// As in descriptions.
pub(crate) fn direction(text: &str) -> Result<Direction, Fault> {
    match text {
        "sendrecv" => Ok(Direction::SendRecv),
        "sendonly" => Ok(Direction::SendOnly),
        "recvonly" => Ok(Direction::RecvOnly),
        "inactive" => Ok(Direction::Inactive),
        _ => Err(Fault::failed(format!("{text} is no direction"))),
    }
}

/// As in descriptions.
pub(crate) fn direction_text(direction: Direction) -> &'static str {
    match direction {
        Direction::SendRecv => "sendrecv",
        Direction::SendOnly => "sendonly",
        Direction::RecvOnly => "recvonly",
        Direction::Inactive => "inactive",
    }
}

/// As in descriptions.
pub(crate) fn kind_text(kind: MediaKind) -> &'static str {
    if kind.is_audio() { "audio" } else { "video" }
}

/// The codecs of a peer connection: those that the tracks want, in their order; all of a kind where no track wants any.
pub(crate) fn codecs<'a>(
    config: RtcConfig,
    tracks: impl Iterator<Item = &'a Track>,
) -> Result<RtcConfig, Fault> {
    let (mut audio, mut video): (Vec<&str>, Vec<&str>) = (Vec::new(), Vec::new());
    for track in tracks {
        let list = if track.kind.is_audio() { &mut audio } else { &mut video };
        list.extend(
            track
                .codecs
                .iter()
                .map(String::as_str)
                .filter(|it| !list.contains(it))
                .collect::<Vec<_>>(),
        );
    }
    if audio.is_empty() {
        audio = vec!["opus", "PCMU"];
    }
    if video.is_empty() {
        video = vec!["VP8", "VP9", "H264", "AV1"];
    }
    let mut config = config.clear_codecs();
    for name in audio.into_iter().chain(video) {
        config = match name.to_ascii_uppercase().as_str() {
            "OPUS" => config.enable_opus(true, false),
            "PCMU" => config.enable_pcmu(true, false),
            "VP8" => config.enable_vp8(true),
            "VP9" => config.enable_vp9(true),
            "H264" => config.enable_h264(true),
            "AV1" => config.enable_av1(true),
            _ => return Err(Fault::unsupported(format!("codec {name}"))),
        };
    }
    Ok(config)
}

#[derive(Debug, Default)]
struct Arrived {
    kind: &'static str,
    codec: String,
    packets: u64,
    frames: u64,
}

/// What arrived, by m-line.
#[derive(Debug, Default)]
pub(crate) struct Seen(BTreeMap<String, Arrived>);

impl Seen {
    /// A frame arrived.
    pub(crate) fn count(&mut self, kind: MediaKind, data: &MediaData) {
        let arrived = self.0.entry(data.mid.to_string()).or_default();
        arrived.kind = kind_text(kind);
        arrived.codec = data.params.spec().codec.to_string();
        arrived.packets += **data.seq_range.end() - **data.seq_range.start() + 1;
        arrived.frames += 1;
    }

    /// The reply to `seen`.
    pub(crate) fn told(&self) -> Value {
        let entry = |(mid, arrived): (&String, &Arrived)| {
            let mut entry = json!({
                "mid": mid, "kind": arrived.kind, "codec": arrived.codec, "packets": arrived.packets,
            });
            if arrived.kind == "video" {
                entry["frames"] = json!(arrived.frames);
            }
            entry
        };
        json!({ "media": self.0.iter().map(entry).collect::<Vec<_>>() })
    }
}
