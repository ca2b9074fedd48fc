//! m-lines of audio and video: what is sent back on them.

use std::collections::BTreeMap;

use lapwing_peer::Fault;
use rtc::media_stream::MediaStreamTrack;
use rtc::peer_connection::configuration::media_engine::MediaEngine;
use rtc::rtp_transceiver::RTCRtpTransceiverDirection as Direction;
use rtc::rtp_transceiver::rtp_sender::{
    RTCPFeedback, RTCRtpCodec, RTCRtpCodecParameters, RTCRtpCodingParameters,
    RTCRtpEncodingParameters, RtpCodecKind,
};
use serde_json::{Value, json};

/// Codecs: name, kind, payload type, clock rate, channels, parameters. Those of video have a retransmission with the next payload type.
const CODECS: [(&str, RtpCodecKind, u8, u32, u16, &str); 6] = [
    ("opus", RtpCodecKind::Audio, 111, 48_000, 2, "minptime=10;useinbandfec=1"),
    ("PCMU", RtpCodecKind::Audio, 0, 8_000, 0, ""),
    ("VP8", RtpCodecKind::Video, 96, 90_000, 0, ""),
    ("VP9", RtpCodecKind::Video, 98, 90_000, 0, "profile-id=0"),
    (
        "H264",
        RtpCodecKind::Video,
        102,
        90_000,
        0,
        "level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f",
    ),
    ("AV1", RtpCodecKind::Video, 104, 90_000, 0, ""),
];

/// A track that was asked for.
#[derive(Clone, Debug)]
pub(crate) struct Wanted {
    pub(crate) kind: RtpCodecKind,
    pub(crate) direction: Direction,
    /// Preferred first; all where none was named.
    pub(crate) codecs: Vec<RTCRtpCodecParameters>,
    pub(crate) echo: bool,
}

impl Wanted {
    pub(crate) fn parse(request: &Value) -> Result<Self, Fault> {
        let kind = match request["kind"].as_str() {
            Some("audio") => RtpCodecKind::Audio,
            Some("video") => RtpCodecKind::Video,
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
        let names = request["codecs"].as_array().map(Vec::as_slice).unwrap_or_default();
        let mut codecs = Vec::new();
        for name in names.iter().filter_map(Value::as_str) {
            let of_name = parameters(kind, |it| it.eq_ignore_ascii_case(name));
            if of_name.is_empty() {
                return Err(Fault::unsupported(format!("codec {name}")));
            }
            codecs.extend(of_name);
        }
        if codecs.is_empty() {
            codecs = parameters(kind, |_| true);
        }
        Ok(Wanted { kind, direction, codecs, echo })
    }

    /// The track that sends back; `number` tells it from others.
    pub(crate) fn track(&self, number: usize) -> MediaStreamTrack {
        let codec = self.codecs.first().map(|codec| codec.rtp_codec.clone()).unwrap_or_default();
        let encoding = RTCRtpEncodingParameters {
            rtp_coding_parameters: RTCRtpCodingParameters::default(),
            codec,
            ..Default::default()
        };
        let name = format!("{}-{number}", self.kind);
        MediaStreamTrack::new("echo".to_owned(), name.clone(), name, self.kind, vec![encoding])
    }
}

fn parameters(kind: RtpCodecKind, wanted: impl Fn(&str) -> bool) -> Vec<RTCRtpCodecParameters> {
    let feedback = |typ: &str, parameter: &str| RTCPFeedback {
        typ: typ.to_owned(),
        parameter: parameter.to_owned(),
    };
    let mut all = Vec::new();
    for (name, of_kind, payload_type, clock_rate, channels, fmtp) in CODECS {
        if of_kind != kind || !wanted(name) {
            continue;
        }
        let video = kind == RtpCodecKind::Video;
        let rtcp_feedback = if video {
            vec![feedback("ccm", "fir"), feedback("nack", ""), feedback("nack", "pli")]
        } else {
            Vec::new()
        };
        let mut codec = RTCRtpCodec {
            mime_type: format!("{kind}/{name}"),
            clock_rate,
            channels,
            sdp_fmtp_line: fmtp.to_owned(),
            rtcp_feedback,
        };
        all.push(RTCRtpCodecParameters { rtp_codec: codec.clone(), payload_type });
        if video {
            codec.mime_type = "video/rtx".to_owned();
            codec.sdp_fmtp_line = format!("apt={payload_type}");
            codec.rtcp_feedback.clear();
            all.push(RTCRtpCodecParameters { rtp_codec: codec, payload_type: payload_type + 1 });
        }
    }
    all
}

/// All codecs of this program.
pub(crate) fn engine() -> Result<MediaEngine, Fault> {
    let mut engine = MediaEngine::default();
    for kind in [RtpCodecKind::Audio, RtpCodecKind::Video] {
        for codec in parameters(kind, |_| true) {
            engine.register_codec(codec, kind).map_err(Fault::failed)?;
        }
    }
    Ok(engine)
}

/// As in descriptions.
pub(crate) fn direction(text: &str) -> Result<Direction, Fault> {
    match Direction::from(text) {
        Direction::Unspecified => Err(Fault::failed(format!("{text} is no direction"))),
        direction => Ok(direction),
    }
}

#[derive(Debug, Default)]
struct Arrived {
    kind: String,
    codec: String,
    packets: u64,
}

/// What arrived, by m-line.
#[derive(Debug, Default)]
pub(crate) struct Seen(BTreeMap<String, Arrived>);

impl Seen {
    /// A packet arrived.
    pub(crate) fn count(&mut self, mid: &str, kind: RtpCodecKind, mime_type: &str) {
        let arrived = self.0.entry(mid.to_owned()).or_default();
        arrived.kind = kind.to_string();
        arrived.codec = mime_type.rsplit('/').next().unwrap_or("").to_owned();
        arrived.packets += 1;
    }

    /// The reply to `seen`.
    pub(crate) fn told(&self) -> Value {
        let entry = |(mid, it): (&String, &Arrived)| json!({ "mid": mid, "kind": it.kind, "codec": it.codec, "packets": it.packets });
        json!({ "media": self.0.iter().map(entry).collect::<Vec<_>>() })
    }
}
