//! What this session can do, under the numbers that browsers use.

use std::sync::Arc;

use crate::codec::{Codec, MediaKind};
use crate::config::{Config, MESSAGE_BYTES_MAX};
use crate::ids::PayloadType;
use crate::redundancy::{AudioRedundancy, VideoFec};
use crate::rtp::extension::ExtensionKind;
use crate::sdp::Feedback;
use crate::session::agreed::{Capabilities, CodecCapability, ExtensionCapability};

/// What a header extension of one-byte form carries (RFC 8285 section 4.2).
const MID_BYTES_MAX: usize = 16;

/// A codec: which, its payload type, that of its retransmissions, its parameters.
type Entry = (Codec, u8, Option<u8>, &'static str);

/// Payload types and parameters of H.264: constrained baseline, baseline, main, high; and
/// constrained baseline of which each packet is a unit, for those who take no other.
const H264_PARAMETERS: [(u8, u8, &str); 5] = [
    (108, 109, "level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f"),
    (127, 121, "level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42001f"),
    (123, 119, "level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=4d001f"),
    (114, 115, "level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=64001f"),
    (125, 107, "level-asymmetry-allowed=1;packetization-mode=0;profile-level-id=42e01f"),
];

const ENTRIES: [Entry; 9] = [
    (Codec::Opus, 111, None, "minptime=10;useinbandfec=1"),
    (Codec::Pcmu, 0, None, ""),
    (Codec::Pcma, 8, None, ""),
    (Codec::G722, 9, None, ""),
    (Codec::Av1, 45, Some(46), ""),
    (Codec::Vp8, 96, Some(97), ""),
    (Codec::Vp9, 98, Some(99), "profile-id=0"),
    (Codec::Vp9, 100, Some(101), "profile-id=2"),
    (Codec::H265, 102, Some(103), "level-id=180;profile-id=1;tier-flag=0;tx-mode=SRST"),
];

/// Header extensions: their names, numbers, and whether for sound and for pictures.
const EXTENSIONS: [(&str, u8, bool, bool); 10] = [
    ("urn:ietf:params:rtp-hdrext:ssrc-audio-level", 1, true, false),
    ("http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time", 2, true, true),
    ("http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01", 3, true, true),
    ("urn:ietf:params:rtp-hdrext:sdes:mid", 4, true, true),
    ("http://www.webrtc.org/experiments/rtp-hdrext/playout-delay", 5, false, true),
    ("http://www.webrtc.org/experiments/rtp-hdrext/abs-capture-time", 9, true, true),
    ("urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id", 10, false, true),
    ("urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id", 11, false, true),
    (ExtensionKind::DependencyDescriptor.uri(), 12, false, true),
    ("urn:3gpp:video-orientation", 13, false, true),
];

pub(super) fn capabilities(config: &Config) -> Capabilities {
    let mut codecs = Vec::new();
    for (index, codec) in config.codecs.iter().enumerate() {
        if config.codecs[..index].contains(codec) {
            continue;
        }
        let h264 =
            H264_PARAMETERS.map(|(number, rtx, text)| (Codec::H264, number, Some(rtx), text));
        let known = ENTRIES.into_iter().chain(h264);
        codecs.extend(known.filter(|(of, ..)| of == codec).map(capability));
    }
    codecs.extend(redundancy(config));
    codecs.shrink_to_fit();
    if config.ccfb {
        codecs.iter_mut().for_each(|codec| codec.feedback = with_ccfb(&codec.feedback));
    }
    share_feedback(&mut codecs);
    let extensions =
        EXTENSIONS.map(|(uri, id, audio, video)| ExtensionCapability { uri, id, audio, video });
    Capabilities {
        codecs,
        extensions: extensions.to_vec(),
        extension_id_max: 255,
        mid_bytes_max: MID_BYTES_MAX,
        // Zero says any size.
        message_bytes_max: config.message_bytes_max.map_or(0, |bytes| bytes.max(1)),
        sent_message_bytes_max: config.channel_buffer.max(MESSAGE_BYTES_MAX as usize),
        empty_messages: true,
        fixed_codecs: false,
        sctp_init: None,
    }
}

/// Codecs with the same feedback have one list of it.
fn share_feedback(codecs: &mut [CodecCapability]) {
    for index in 1..codecs.len() {
        let (before, rest) = codecs.split_at_mut(index);
        let own = &mut rest[0].feedback;
        if let Some(same) = before.iter().find(|other| other.feedback == *own) {
            *own = Arc::clone(&same.feedback);
        }
    }
}

/// What there was, and reports of RFC 8888.
fn with_ccfb(feedback: &[Feedback]) -> Arc<[Feedback]> {
    let ccfb = Feedback::new("ack", Some("ccfb"));
    feedback.iter().cloned().chain([ccfb]).collect()
}

fn capability((codec, number, rtx, parameters): Entry) -> CodecCapability {
    let feedback: &[(&str, Option<&str>)] = match codec.kind() {
        MediaKind::Audio => &[("transport-cc", None)],
        MediaKind::Video => &[
            ("transport-cc", None),
            ("goog-remb", None),
            ("ccm", Some("fir")),
            ("nack", None),
            ("nack", Some("pli")),
        ],
    };
    CodecCapability {
        kind: codec.kind(),
        name: codec.name().into(),
        clock_rate: codec.clock_rate(),
        channels: (codec == Codec::Opus).then_some(2),
        parameters: parameters.into(),
        feedback: feedback.iter().map(|(kind, more)| Feedback::new(kind, *more)).collect(),
        payload_type: PayloadType(number),
        rtx: rtx.map(PayloadType),
    }
}

/// What goes beside media, under the numbers and with the words that Chromium has for it.
fn redundancy(config: &Config) -> Vec<CodecCapability> {
    let of = |kind: MediaKind, name: &str, number: u8, parameters: &str| CodecCapability {
        kind,
        name: name.into(),
        clock_rate: if kind == MediaKind::Audio { 48_000 } else { 90_000 },
        channels: (kind == MediaKind::Audio).then_some(2),
        parameters: parameters.into(),
        feedback: [].into(),
        payload_type: PayloadType(number),
        rtx: None,
    };
    let mut found = Vec::new();
    let opus = config.codecs.contains(&Codec::Opus);
    if opus && config.redundancy.audio != AudioRedundancy::Off {
        found.push(of(MediaKind::Audio, "red", 63, "111/111"));
    }
    match config.redundancy.video {
        _ if !config.codecs.iter().any(|codec| codec.kind() == MediaKind::Video) => {}
        VideoFec::Off => {}
        VideoFec::FlexFec => found.push(CodecCapability {
            feedback: ["transport-cc", "goog-remb"].map(|it| Feedback::new(it, None)).into(),
            ..of(MediaKind::Video, "flexfec-03", 49, "repair-window=10000000")
        }),
        VideoFec::Ulpfec => {
            let rtx = Some(PayloadType(117));
            found.push(CodecCapability { rtx, ..of(MediaKind::Video, "red", 116, "") });
            found.push(of(MediaKind::Video, "ulpfec", 118, ""));
        }
    }
    found
}
