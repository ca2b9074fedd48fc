//! Statistics by the names of the W3C, over the session of our own.

mod members;

use std::collections::BTreeSet;
use std::time::Duration;

use lapwing_engine::{
    CandidateKind, ChannelId, Codec, DataChannelState, DtlsRole, IceRole, MediaKind, SessionKind,
    Stats,
};

use self::members::{MEMBERS, NOT_GIVEN};
use crate::media::{mid_of, opus, vp8};
use crate::pair::Pair;
use crate::sessions;

/// Sound, pictures and a channel between two of one session.
fn call(session: SessionKind) -> (Pair, [ChannelId; 2]) {
    sessions::call([session; 2])
}

/// Frames of both kinds from `a`, over a span of so many times 33 milliseconds.
fn talk(pair: &mut Pair, rounds: u8) {
    for number in 0..rounds {
        pair.on_a(|rtc, now| {
            for frame in [opus(number), vp8(number, number == 0, 3_000)] {
                let mid = mid_of(rtc, frame.codec.kind());
                rtc.media(mid).expect("negotiated").write(&frame, now).expect("there is room");
            }
        });
        pair.run(Duration::from_millis(33));
    }
    pair.run(Duration::from_secs(6));
}

/// What a report has of each type of the W3C: the names in one entry of it.
fn given(stats: &Stats, of_peer: &Stats) -> Vec<(&'static str, BTreeSet<String>)> {
    let both = [stats, of_peer].map(|it| serde_json::to_value(it).expect("it is plain data"));
    let lists = [
        ("codec", "codecs"),
        ("inbound-rtp", "inboundRtp"),
        ("outbound-rtp", "outboundRtp"),
        ("remote-inbound-rtp", "remoteInboundRtp"),
        ("remote-outbound-rtp", "remoteOutboundRtp"),
        ("peer-connection", "peerConnection"),
        ("data-channel", "openDataChannels"),
        ("transport", "transport"),
        ("candidate-pair", "candidatePairs"),
        ("local-candidate", "localCandidates"),
        ("remote-candidate", "remoteCandidates"),
        ("certificate", "certificates"),
    ];
    let names = |list: &str| {
        let found = both.iter().find_map(|report| match &report[list] {
            serde_json::Value::Array(entries) => entries.first(),
            entry => Some(entry),
        });
        let entry = found.unwrap_or_else(|| panic!("one of {list}"));
        entry.as_object().expect("an entry has members").keys().cloned().collect()
    };
    lists.map(|(kind, list)| (kind, names(list))).to_vec()
}

#[test]
fn every_member_of_the_w3c_is_given_or_has_a_reason() {
    let (mut pair, _) = call(SessionKind::Own);
    talk(&mut pair, 30);
    let (sends, receives) = (pair.a.rtc.stats(), pair.b.rtc.stats());
    let given = given(&sends, &receives);
    let kinds: BTreeSet<&str> = MEMBERS.iter().map(|(kind, _)| *kind).collect();
    let reported: BTreeSet<&str> = given.iter().map(|(kind, _)| *kind).collect();
    let left_out: Vec<_> = kinds.difference(&reported).collect();
    assert_eq!(left_out, [&"media-playout", &"media-source"], "these are applications'");
    let mut faults = Vec::new();
    for (kind, names) in &given {
        let (_, members) = MEMBERS.iter().find(|(of, _)| of == kind).expect("a type of the W3C");
        for member in members.split_whitespace() {
            let reasons = NOT_GIVEN.iter().filter(|(of, names, _)| {
                of == kind && names.split_whitespace().any(|name| name == member)
            });
            match (names.contains(member), reasons.count()) {
                (true, 0) | (false, 1) => {}
                (true, _) => faults.push(format!("{kind}.{member} is given, and has a reason")),
                (false, count) => faults.push(format!("{kind}.{member} has {count} reasons")),
            }
        }
    }
    for (kind, names, reason) in NOT_GIVEN {
        assert!(reason.len() > 10, "{reason}");
        let (_, members) = MEMBERS.iter().find(|(of, _)| of == kind).expect("a type of the W3C");
        let known: BTreeSet<&str> = members.split_whitespace().collect();
        let unknown = names.split_whitespace().filter(|name| !known.contains(name));
        faults.extend(unknown.map(|name| format!("{kind}.{name} is no member")));
    }
    assert_eq!(faults, Vec::<String>::new());
}

#[test]
fn entries_refer_to_each_other() {
    let (mut pair, _) = call(SessionKind::Own);
    talk(&mut pair, 30);
    for stats in [pair.a.rtc.stats(), pair.b.rtc.stats()] {
        let report = serde_json::to_value(&stats).expect("it is plain data");
        let (mut names, mut references) = (BTreeSet::new(), BTreeSet::new());
        walk(&report, &mut |member, text| match member {
            "id" => drop(names.insert(text.to_owned())),
            member if member.ends_with("Id") => drop(references.insert(text.to_owned())),
            _ => {}
        });
        let missing: Vec<_> = references.difference(&names).collect();
        assert_eq!(missing, Vec::<&String>::new());
        assert!(references.len() >= 8, "{references:?}");
    }
}

/// Shows each member that is text.
fn walk(value: &serde_json::Value, look: &mut impl FnMut(&str, &str)) {
    match value {
        serde_json::Value::Array(entries) => entries.iter().for_each(|it| walk(it, look)),
        serde_json::Value::Object(members) => {
            for (name, value) in members {
                if let Some(text) = value.as_str() {
                    look(name, text);
                }
                walk(value, look);
            }
        }
        _ => {}
    }
}

#[test]
fn streams_are_told_from_both_sides() {
    let (mut pair, _) = call(SessionKind::Own);
    pair.lose_every = Some(25);
    talk(&mut pair, 90);
    let (sends, receives) = (pair.a.rtc.stats(), pair.b.rtc.stats());
    let sent = sends.outbound_rtp.iter().find(|it| it.kind == MediaKind::Video).expect("sent");
    let came = receives.inbound_rtp.iter().find(|it| it.kind == MediaKind::Video).expect("came");
    assert_eq!((sent.ssrc, sent.rtx_ssrc), (came.ssrc, came.rtx_ssrc));
    assert!(sent.active && sent.encoding_index == Some(0) && sent.frames_sent == 90);
    assert_eq!((sent.huge_frames_sent, came.frames_received), (0, 90));
    assert!(sent.nack_count > 0 && came.nack_count > 0);
    let again = sent.retransmitted_packets_sent.expect("counted");
    assert!(again > 0 && sent.packets_sent > again);
    assert!(came.retransmitted_packets_received.is_some_and(|came| came > 0 && came <= again));
    assert!(came.packets_lost.expect("counted") > 0, "losses before repair");
    assert_eq!(came.frames_assembled_from_multiple_packets, Some(90));
    // Repaired frames took a round trip more than the others.
    assert!(came.total_assembly_time.expect("counted") > 0.04);
    assert!(came.header_bytes_received.expect("counted") > 12 * (came.packets_received - again));
    let (kind, rate) = ("video/VP8", 90_000);
    for (stats, id) in [(&sends, &sent.codec_id), (&receives, &came.codec_id)] {
        let codec = stats.codecs.iter().find(|codec| Some(&codec.id) == id.as_ref());
        let codec = codec.expect("the codec of a stream");
        assert_eq!((&*codec.mime_type, codec.clock_rate), (kind, rate));
    }
    let told = sends.remote_inbound_rtp.iter().find(|it| it.ssrc == sent.ssrc).expect("a report");
    assert!(told.packets_lost > 0 && told.round_trip_time_measurements > 0);
    assert!((0.039..0.06).contains(&told.round_trip_time.expect("measured")), "{told:?}");
    let told = receives.remote_outbound_rtp.iter().find(|it| it.ssrc == came.ssrc);
    let told = told.expect("a report");
    assert!(told.reports_sent > 0 && told.packets_sent > 0 && told.bytes_sent > 0);
    let clock = told.remote_timestamp.expect("the peer's clock");
    assert!((1_780_000_000.0..1_780_000_060.0).contains(&clock), "{clock}");
}

/// Who only receives measures by extended reports (RFC 3611 section 4.5).
#[test]
fn a_receiver_measures_the_round_trip() {
    let (mut pair, _) = call(SessionKind::Own);
    talk(&mut pair, 90);
    let stats = pair.b.rtc.stats();
    assert_eq!(stats.outbound_rtp, [], "it sends nothing");
    for told in &stats.remote_outbound_rtp {
        assert!(told.round_trip_time_measurements > 0);
        assert!((0.039..0.06).contains(&told.round_trip_time.expect("measured")), "{told:?}");
    }
    assert_eq!(stats.remote_outbound_rtp.len(), 2);
}

#[test]
fn all_pairs_candidates_and_certificates_are_told() {
    let (pair, _) = call(SessionKind::Own);
    let (a, b) = (pair.a.rtc.stats(), pair.b.rtc.stats());
    let selected = a.candidate_pair.as_ref().expect("connected");
    assert!(a.candidate_pairs.contains(selected));
    assert_eq!(a.transport.selected_candidate_pair_id, Some(selected.id.clone()));
    assert!(selected.nominated && selected.packets_sent > Some(0));
    assert!(selected.bytes_received > Some(0) && selected.last_packet_sent_timestamp > Some(0.0));
    assert!(selected.requests_sent > 0 && selected.responses_received > 0);
    let roles = [&a, &b].map(|it| (it.transport.ice_role, it.transport.dtls_role));
    assert_eq!(roles[0].0, IceRole::Controlling);
    assert_eq!(roles[1].0, IceRole::Controlled);
    assert_eq!(BTreeSet::from([roles[0].1, roles[1].1]).len(), 2);
    assert!(roles.iter().all(|(_, role)| *role != DtlsRole::Unknown));
    assert_eq!(a.local_candidates[0].address, "192.0.2.1");
    assert_eq!(a.local_candidates[0].candidate_type, CandidateKind::Host);
    assert_eq!(a.remote_candidates[0].address, "192.0.2.2");
    assert_eq!(a.certificates.len(), 2);
    assert_eq!(a.certificates[0].fingerprint, b.certificates[1].fingerprint);
    assert_eq!(a.certificates[0].base64_certificate, b.certificates[1].base64_certificate);
    assert_eq!(a.certificates[1].fingerprint, b.certificates[0].fingerprint);
    assert_eq!(a.certificates[0].fingerprint.len(), 32 * 3 - 1);
    assert_eq!(a.certificates[0].fingerprint_algorithm, "sha-256");
}

#[test]
fn each_channel_has_its_figures() {
    let (mut pair, [ours, theirs]) = call(SessionKind::Own);
    pair.on_a(|rtc, _| rtc.channel(ours).expect("open").write_text("hello")).expect("taken");
    pair.on_b(|rtc, _| rtc.channel(theirs).expect("open").write_binary(&[1])).expect("taken");
    pair.run(Duration::from_secs(1));
    let [a, b] = [&pair.a, &pair.b].map(|peer| peer.rtc.stats());
    let (here, there) = (&a.open_data_channels[0], &b.open_data_channels[0]);
    assert_eq!((&*here.label, here.state), ("chat", DataChannelState::Open));
    assert!(here.data_channel_identifier.is_some());
    assert_eq!(here.data_channel_identifier, there.data_channel_identifier);
    assert_eq!((here.messages_sent, here.bytes_sent, here.bytes_received), (1, 5, 1));
    assert_eq!((there.messages_sent, there.bytes_sent, there.bytes_received), (1, 1, 5));
    assert_eq!(a.peer_connection.data_channels_opened, 1);
    assert_eq!(a.peer_connection.data_channels_closed, 0);
    pair.on_a(|rtc, _| rtc.channel(ours).expect("open").close());
    pair.run(Duration::from_secs(1));
    let a = pair.a.rtc.stats();
    assert_eq!((a.open_data_channels.len(), a.peer_connection.data_channels_closed), (0, 1));
}

/// The session over str0m tells what it knows, and `None` else.
#[test]
fn the_other_session_tells_what_it_knows() {
    let (mut pair, _) = call(SessionKind::Str0m);
    talk(&mut pair, 60);
    let (sends, receives) = (pair.a.rtc.stats(), pair.b.rtc.stats());
    let sent = sends.outbound_rtp.iter().find(|it| it.kind == MediaKind::Video).expect("sent");
    assert!(sent.packets_sent > 0 && sent.header_bytes_sent.is_none() && sent.codec_id.is_none());
    let came = receives.inbound_rtp.iter().find(|it| it.kind == MediaKind::Audio).expect("came");
    assert!(came.packets_received > 0 && came.ssrc.is_none() && came.packets_lost.is_none());
    assert_eq!(sends.candidate_pairs.len(), 1);
    assert_eq!(sends.candidate_pairs.first(), sends.candidate_pair.as_ref());
    assert_eq!((sends.certificates.len(), sends.codecs.len()), (1, 0));
    assert_eq!(Codec::Vp8.kind(), sent.kind);
}
