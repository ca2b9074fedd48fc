//! Entries of every kind, from a few drawn values.

use std::borrow::Cow;
use std::time::Duration;

use super::super::entry::Entry;
use super::super::outcome::{OutcomeSummary, Refusal};
use super::super::summary::{OutputClass, OutputSummary};
use crate::bitrate::Bitrate;
use crate::channel::{ChannelConfig, ChannelReading, Reliability};
use crate::codec::{Codec, MediaKind};
use crate::command::{Blob, Command};
use crate::datagram::{Ecn, Protocol};
use crate::event::{Direction, KeyframeRequestKind};
use crate::ids::{ChannelId, Mid, PayloadType, Rid, TransceiverId};
use crate::jsep::{
    CodecPreference, HeaderExtension, RemoteOutcome, SdpType, SendEncoding, SessionDescription,
    TransceiverInit,
};
use crate::rtp::extension::PlayoutDelay;
use crate::rtp::format::FrameInfo;
use crate::socket::{Interface, ResolveId, SocketFault, SocketId, SocketReply};
use crate::time::MediaTime;

fn preference(text: &str) -> CodecPreference {
    CodecPreference {
        name: text.to_owned(),
        clock_rate: 90_000,
        channels: None,
        parameters: Some(text.to_owned()),
    }
}

fn extension(text: &str) -> HeaderExtension {
    HeaderExtension { uri: text.to_owned(), direction: Some(Direction::RecvOnly) }
}

fn encoding(rid: Option<Rid>, number: u64, text: &str) -> SendEncoding {
    SendEncoding {
        active: false,
        max_bitrate: Some(Bitrate::bps(number)),
        max_framerate: Some(number as f64 / 3.0),
        scale_resolution_down_by: Some(1.5),
        scalability_mode: Some(text.to_owned()),
        codec: Some(preference(text)),
        ..SendEncoding::new(rid)
    }
}

fn layer() -> FrameInfo {
    let references = [4, 1, 0];
    FrameInfo { temporal: 2, discardable: true, references, ..FrameInfo::default() }
}

/// Every command, made of a few drawn values.
pub(super) fn commands<'a>(number: u64, text: &'a str, bytes: &'a [u8]) -> Vec<Command<'a>> {
    let (mid, rid) = (Mid::new("0").expect("short"), Rid::new("h"));
    let mut channel = ChannelConfig::new(text);
    channel.reliability = Reliability::MaxLifetime { ms: number as u16 };
    let init = TransceiverInit { stream_id: Some(text.to_owned()), ..TransceiverInit::default() };
    let description = |kind| Cow::Owned(SessionDescription { kind, sdp: text.to_owned() });
    let (id, channel_id) = (TransceiverId(1), ChannelId(2));
    vec![
        Command::AddTransceiver { kind: MediaKind::Video, init: Cow::Owned(init) },
        Command::SetDirection { id, direction: Direction::RecvOnly },
        Command::Stop { id },
        Command::RestartIce,
        Command::CreateOffer,
        Command::SetLocal { description: description(SdpType::Offer) },
        Command::SetRemote { description: description(SdpType::Answer) },
        Command::Rollback,
        Command::AddIceCandidate { candidate: text, mid: None, index: None, ufrag: None },
        Command::AddIceCandidate {
            candidate: "",
            mid: Some(text),
            index: Some(number as usize),
            ufrag: Some(text),
        },
        Command::AddTrack { kind: MediaKind::Video, init: Cow::Owned(TransceiverInit::default()) },
        Command::CreateAnswer,
        Command::SetStreams { id, streams: Cow::Owned(vec![text.to_owned(), String::new()]) },
        Command::SetCodecPreferences { id, codecs: Cow::Owned(vec![preference(text)]) },
        Command::SetHeaderExtensions { id, extensions: Cow::Owned(vec![extension(text)]) },
        Command::SetParameters { id, encodings: Cow::Owned(vec![encoding(rid, number, text)]) },
        Command::WriteFrame {
            mid,
            rid,
            audio_level: Some(-127),
            voice_activity: true,
            captured_ns: Some(-(number as i64 >> 1)),
            layer: Some(layer()),
            playout_delay: PlayoutDelay::new(Duration::ZERO, Duration::from_millis(number % 9_000)),
            codec: Codec::Av1,
            time: MediaTime::new(number, 90_000),
            keyframe: true,
            data: Blob::Whole(bytes),
        },
        Command::WritePacket {
            mid,
            rid: None,
            payload_type: PayloadType(96),
            sequence_number: number,
            timestamp: number as u32,
            marker: true,
            nackable: false,
            payload: Blob::LeftOut { length: number, digest: number },
        },
        Command::WriteRtcp { packet: Blob::Whole(bytes) },
        Command::RequestKeyframe { mid, rid, kind: KeyframeRequestKind::Fir },
        Command::SelectLayer { mid, rid },
        Command::CreateChannel { config: Cow::Owned(channel) },
        Command::WriteChannel { id: channel_id, binary: true, data: Blob::Whole(bytes) },
        Command::BufferedAmount { id: channel_id },
        Command::SetLowThreshold { id: channel_id, bytes: 9 },
        Command::CloseChannel { id: channel_id },
        Command::BeginMessage { id: channel_id, binary: true, length: Some(number) },
        Command::WritePart { id: channel_id, data: Blob::Whole(bytes) },
        Command::EndMessage { id: channel_id },
        Command::SetReading { id: channel_id, reading: ChannelReading::Parts },
        Command::ReadChannel { id: channel_id, bytes_max: number as usize },
        Command::SetDesiredBitrate { minimum: Bitrate::bps(1), desired: Bitrate::bps(number) },
        Command::Close,
    ]
}

/// Entries of every kind, made of a few drawn values.
pub(super) fn entries<'a>(number: u64, text: &'a str, bytes: &'a [u8]) -> Vec<Entry<'a>> {
    let address = "[2001:db8::7]:5000".parse().expect("an address");
    let id = SocketId(number as u32);
    let summary = OutputSummary { class: OutputClass::Rtp, size: number, path: 1, content: 2 };
    let outcomes = [
        OutcomeSummary::Done,
        OutcomeSummary::Number(number),
        OutcomeSummary::Description { length: number, digest: number as u32 },
        OutcomeSummary::Remote(RemoteOutcome::RolledBack),
        OutcomeSummary::Part { length: number, digest: number as u32 },
        OutcomeSummary::Refused { refusal: Refusal::NotDrained, detail: number as u32 },
    ];
    let mut entries = vec![
        Entry::Timeout {},
        Entry::Datagram {
            protocol: Protocol::Udp,
            source: address,
            destination: address,
            ecn: Some(Ecn::Ce),
            contents: Blob::Whole(bytes),
        },
        Entry::Socket { reply: SocketReply::Bound { id, local: address } },
        Entry::Socket { reply: SocketReply::Connected { id, local: address } },
        Entry::Socket {
            reply: SocketReply::Failed { id, fault: SocketFault::ProxyRefused(number as u16) },
        },
        Entry::Socket { reply: SocketReply::Failed { id, fault: SocketFault::TlsName } },
        Entry::Resolved { id: ResolveId(3), addresses: vec![address.ip(); 3].into() },
        Entry::Interfaces {
            interfaces: vec![Interface::new(text, address.ip()).with_cost(number as u16)].into(),
        },
        Entry::TransportIdentity { identity: bytes },
        Entry::Outputs { summaries: vec![summary; 3].into(), chain: number },
    ];
    entries.extend(outcomes.map(|outcome| Entry::Outcome { outcome }));
    entries.extend(commands(number, text, bytes).into_iter().map(Entry::Command));
    entries
}

/// How many those are.
pub(super) const ENTRIES: usize = 49;
