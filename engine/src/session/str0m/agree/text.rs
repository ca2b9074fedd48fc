//! The text of an offer of ours. It falls away with the writer of `sdp`.

use std::fmt::Write;

use crate::sdp::{Description, Format, HashFunction, MediaDescription, MediaName, Setup};

pub(super) fn text(description: &Description) -> String {
    let mut out = String::from("v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n");
    let mut line = |text: String| {
        out.push_str(&text);
        out.push_str("\r\n");
    };
    for group in &description.groups {
        line(format!("a=group:{} {}", group.semantics, group.mids.join(" ")).trim_end().to_owned());
    }
    if description.ice_lite {
        line("a=ice-lite".to_owned());
    }
    for media in &description.media {
        section(media, &mut line);
    }
    out
}

fn section(media: &MediaDescription, line: &mut impl FnMut(String)) {
    let (name, profile) = match media.name {
        MediaName::Video => ("video", "UDP/TLS/RTP/SAVPF"),
        MediaName::Application => ("application", "UDP/DTLS/SCTP"),
        _ => ("audio", "UDP/TLS/RTP/SAVPF"),
    };
    let formats: Vec<_> = media.formats.iter().map(|format| format.name.as_str()).collect();
    line(format!("m={name} {} {profile} {}", media.port, formats.join(" ")));
    line("c=IN IP4 0.0.0.0".to_owned());
    transport(media, line);
    line(format!("a=mid:{}", media.mid.as_deref().unwrap_or_default()));
    for extension in &media.extensions {
        line(format!("a=extmap:{} {}", extension.id, extension.uri));
    }
    if let Some(direction) = media.direction {
        line(format!("a={}", direction.name()));
        line("a=rtcp-mux".to_owned());
    }
    if media.rtcp_rsize {
        line("a=rtcp-rsize".to_owned());
    }
    media.formats.iter().for_each(|format| of_format(format, line));
    for rid in &media.rids {
        line(format!("a=rid:{} {}", rid.id, if rid.sends { "send" } else { "recv" }));
    }
    if let Some(simulcast) = &media.simulcast {
        let mut text = String::from("a=simulcast:");
        for (way, layers) in [("send", &simulcast.send), ("recv", &simulcast.receive)] {
            let ids: Vec<_> = layers.iter().flatten().map(|layer| layer.id.as_str()).collect();
            if !ids.is_empty() {
                let _ = write!(text, "{way} {} ", ids.join(";"));
            }
        }
        line(text.trim_end().to_owned());
    }
    for ssrc in &media.ssrcs {
        line(format!("a=ssrc:{} {}:{}", ssrc.ssrc, ssrc.name, ssrc.value.as_deref().unwrap_or("")));
    }
    for group in &media.ssrc_groups {
        let ssrcs: Vec<_> = group.ssrcs.iter().map(u32::to_string).collect();
        line(format!("a=ssrc-group:{} {}", group.semantics, ssrcs.join(" ")));
    }
    if let Some(port) = media.sctp.port {
        line(format!("a=sctp-port:{port}"));
    }
    if let Some(bytes) = media.sctp.max_message_size {
        line(format!("a=max-message-size:{bytes}"));
    }
}

fn transport(media: &MediaDescription, line: &mut impl FnMut(String)) {
    let transport = &media.transport;
    if let (Some(ufrag), Some(password)) = (&transport.ice_ufrag, &transport.ice_pwd) {
        line(format!("a=ice-ufrag:{ufrag}"));
        line(format!("a=ice-pwd:{password}"));
    }
    for fingerprint in &transport.fingerprints {
        let function = match fingerprint.function {
            HashFunction::Sha1 => "sha-1",
            _ => "sha-256",
        };
        let bytes: Vec<_> = fingerprint.value.iter().map(|byte| format!("{byte:02X}")).collect();
        line(format!("a=fingerprint:{function} {}", bytes.join(":")));
    }
    match transport.setup {
        Some(Setup::Active) => line("a=setup:active".to_owned()),
        Some(Setup::Passive) => line("a=setup:passive".to_owned()),
        _ => {}
    }
}

fn of_format(format: &Format, line: &mut impl FnMut(String)) {
    let Some((encoding, rate)) = format.encoding.as_ref().zip(format.clock_rate) else { return };
    let channels = format.channels.map(|channels| format!("/{channels}")).unwrap_or_default();
    line(format!("a=rtpmap:{} {encoding}/{rate}{channels}", format.name));
    for feedback in &format.feedback {
        let parameter = feedback.parameter.iter().map(|text| format!(" {text}"));
        let parameter: String = parameter.collect();
        line(format!("a=rtcp-fb:{} {}{parameter}", format.name, feedback.kind));
    }
    if let Some(parameters) = &format.parameters {
        line(format!("a=fmtp:{} {parameters}", format.name));
    }
}
