//! The offer that the peer would have made: what was agreed on, as seen from there.

use super::catalogue::Catalogue;
use super::line::{Line, LineCodec};
use super::negotiated::{DATA_NAME, Negotiated, Slot, Transport};
use crate::codec::MediaKind;
use crate::event::Direction;
use crate::ids::Mid;
use crate::sdp::{
    Description, Extension, Format, Group, MediaDescription, MediaName, Profile, RidLine,
    SctpAttributes, Setup, Simulcast, SimulcastRid, SsrcAttribute, SsrcGroup, TransportAttributes,
};
use crate::session::agreed::{Encoding, RtpExtension};

/// The payload type of an m-line that is rejected: it needs no `a=rtpmap`.
const ANY_PAYLOAD_TYPE: &str = "0";

/// `ufrag` is the peer's user fragment as the library can write it.
pub(super) fn offer(
    next: &Negotiated,
    transport: &Transport,
    ufrag: &str,
    catalogue: &Catalogue,
) -> Description {
    let media = |slot: &Slot| match slot {
        Slot::Media(line) => media_section(line, catalogue),
        Slot::Vacant { mid, kind } => rejected(*mid, *kind),
        Slot::Data { remote_message_bytes_max } => data(*remote_message_bytes_max),
    };
    let mids = next.slots.iter().filter_map(|slot| match slot {
        Slot::Media(line) => Some(line.mid.to_string()),
        Slot::Vacant { .. } => None,
        Slot::Data { .. } => Some(DATA_NAME.to_owned()),
    });
    Description {
        name: "-".to_owned(),
        groups: vec![Group { semantics: "BUNDLE".to_owned(), mids: mids.collect() }],
        ice_lite: transport.remote_lite,
        // For all m-lines, and where none is left.
        transport: transport_attributes(transport, ufrag),
        media: next.slots.iter().map(media).collect(),
        ..Description::default()
    }
}

fn transport_attributes(transport: &Transport, ufrag: &str) -> TransportAttributes {
    // Whoever is the client said so.
    let setup = if transport.dtls_client { Setup::Passive } else { Setup::Active };
    TransportAttributes {
        ice_ufrag: Some(ufrag.to_owned()),
        ice_pwd: Some(transport.remote.password.clone()),
        fingerprints: vec![transport.fingerprint.clone()],
        setup: Some(setup),
        ..TransportAttributes::default()
    }
}

fn media_section(line: &Line, catalogue: &Catalogue) -> MediaDescription {
    let simulcast = Simulcast { send: layers(&line.receiving), receive: layers(&line.sending) };
    let is_layered = !simulcast.send.is_empty() || !simulcast.receive.is_empty();
    // The library makes no difference between the two ways: layers that we send are told in no line
    // where it is to receive without.
    let receives_plain = line.direction.receives() && simulcast.send.is_empty();
    let sending = line.sending.iter().filter(|_| !receives_plain);
    let both = line.receiving.iter().map(|it| (it, true)).chain(sending.map(|it| (it, false)));
    let rids = both.filter_map(|(encoding, sends)| rid_line(encoding, sends));
    let extension = |extension: &RtpExtension| Extension {
        id: u16::from(extension.id),
        direction: None,
        uri: extension.uri.clone(),
        attributes: None,
    };
    let (ssrcs, ssrc_groups) = sources(&line.receiving);
    MediaDescription {
        name: media_name(line.kind),
        port: 9,
        profile: Profile::UdpTlsRtpSavpf,
        formats: line.codecs.iter().flat_map(|codec| formats(codec, catalogue)).collect(),
        mid: Some(line.mid.to_string()),
        direction: Some(reversed(line.direction)),
        rtcp_mux: true,
        rtcp_rsize: line.reduced_size_rtcp,
        extensions: line.extensions.iter().map(extension).collect(),
        ssrcs,
        ssrc_groups,
        rids: rids.collect(),
        simulcast: is_layered.then_some(simulcast),
        ..MediaDescription::default()
    }
}

/// A codec in the library's own words, and its retransmissions.
fn formats(codec: &LineCodec, catalogue: &Catalogue) -> Vec<Format> {
    let known = catalogue.codec(codec.numbered.codec);
    let parameters = Some(known.parameters.clone()).filter(|text| !text.is_empty());
    let payload_type = codec.numbered.payload_type.0;
    let media = Format {
        name: payload_type.to_string(),
        encoding: Some(known.name.clone()),
        clock_rate: Some(known.clock_rate),
        channels: known.channels,
        parameters,
        feedback: codec.feedback.clone(),
    };
    let rtx = codec.numbered.rtx.map(|rtx| Format {
        name: rtx.0.to_string(),
        encoding: Some("rtx".into()),
        clock_rate: Some(known.clock_rate),
        parameters: Some(format!("apt={payload_type}").into()),
        ..Format::default()
    });
    std::iter::once(media).chain(rtx).collect()
}

fn rid_line(encoding: &Encoding, sends: bool) -> Option<RidLine> {
    let id = encoding.rid?.to_string();
    Some(RidLine { id, sends, payload_types: Vec::new(), restrictions: Vec::new() })
}

fn layers(encodings: &[Encoding]) -> Vec<Vec<SimulcastRid>> {
    let rids = encodings.iter().filter_map(|encoding| encoding.rid);
    rids.map(|rid| vec![SimulcastRid { id: rid.to_string(), paused: false }]).collect()
}

fn sources(encodings: &[Encoding]) -> (Vec<SsrcAttribute>, Vec<SsrcGroup>) {
    let named = |ssrc: u32| SsrcAttribute {
        ssrc,
        name: "cname".to_owned(),
        value: Some("peer".to_owned()),
    };
    let (mut ssrcs, mut groups) = (Vec::new(), Vec::new());
    for encoding in encodings {
        let Some(ssrc) = encoding.ssrc else { continue };
        ssrcs.push(named(ssrc.0));
        if let Some(rtx) = encoding.rtx {
            ssrcs.push(named(rtx.0));
            groups.push(SsrcGroup { semantics: "FID".to_owned(), ssrcs: vec![ssrc.0, rtx.0] });
        }
    }
    (ssrcs, groups)
}

fn rejected(mid: Mid, kind: MediaKind) -> MediaDescription {
    MediaDescription {
        name: media_name(kind),
        port: 0,
        formats: vec![Format { name: ANY_PAYLOAD_TYPE.to_owned(), ..Format::default() }].into(),
        mid: Some(mid.to_string()),
        direction: Some(Direction::Inactive),
        ..MediaDescription::default()
    }
}

fn data(message_bytes_max: Option<u64>) -> MediaDescription {
    MediaDescription {
        name: MediaName::Application,
        port: 9,
        profile: Profile::UdpDtlsSctp,
        formats: vec![Format { name: "webrtc-datachannel".to_owned(), ..Format::default() }].into(),
        mid: Some(DATA_NAME.to_owned()),
        sctp: SctpAttributes {
            port: Some(5000),
            max_message_size: Some(message_bytes_max.unwrap_or(0)),
            ..SctpAttributes::default()
        },
        ..MediaDescription::default()
    }
}

fn media_name(kind: MediaKind) -> MediaName {
    match kind {
        MediaKind::Audio => MediaName::Audio,
        MediaKind::Video => MediaName::Video,
    }
}

fn reversed(direction: Direction) -> Direction {
    match direction {
        Direction::SendOnly => Direction::RecvOnly,
        Direction::RecvOnly => Direction::SendOnly,
        both => both,
    }
}
