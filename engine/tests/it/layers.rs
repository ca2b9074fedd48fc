//! Layers of a simulcast that are paused and go on, by what the application asks for (W3C
//! `RTCRtpEncodingParameters.active`), without a new exchange.

use std::time::Duration;

use lapwing_engine::{
    Config, Event, MediaKind, Rid, SessionKind, TransceiverId, TransceiverInit, WriteError,
    WriteOptions,
};

use crate::media::{mid_of, vp8};
use crate::pair::Pair;

fn rid(name: &str) -> Rid {
    Rid::new(name).expect("a token")
}

/// A picture of each of two layers; what became of each.
fn write(pair: &mut Pair, number: u8, keyframe: bool) -> [Result<(), WriteError>; 2] {
    let written = pair.on_a(|rtc, now| {
        let mid = mid_of(rtc, MediaKind::Video);
        [("h", 3_000), ("l", 900)].map(|(name, bytes)| {
            let options = WriteOptions { rid: Some(rid(name)), ..WriteOptions::default() };
            let mut media = rtc.media(mid).expect("it is negotiated");
            media.write_with(&vp8(number, keyframe, bytes), options, now)
        })
    });
    pair.run(Duration::from_millis(33));
    written
}

/// Pictures that arrived, by layer.
fn received(pair: &mut Pair) -> [usize; 2] {
    let layers = pair.b.take(|event| match event {
        Event::Frame(frame) => frame.rid,
        _ => None,
    });
    ["h", "l"].map(|name| layers.iter().filter(|layer| **layer == rid(name)).count())
}

fn set_active(pair: &mut Pair, id: TransceiverId, name: &str, active: bool) {
    let known = pair.a.rtc.negotiation().parameters(id).map(<[_]>::to_vec);
    let mut encodings = known.expect("it is there");
    let layer = encodings.iter_mut().find(|encoding| encoding.rid == Some(rid(name)));
    layer.expect("the layer").active = active;
    pair.on_a(|rtc, _| rtc.negotiation().set_parameters(id, encodings)).expect("the same layers");
}

#[test]
fn a_layer_is_paused_and_goes_on_without_an_exchange() {
    let config = |number| Config { session: SessionKind::Own, ..Config::seeded(number) };
    let mut pair = Pair::new(config(1), config(2));
    let init =
        TransceiverInit { send_layers: vec![rid("h"), rid("l")], ..TransceiverInit::default() };
    let id = pair.on_a(|rtc, _| rtc.negotiation().add_transceiver(MediaKind::Video, init));
    pair.negotiate(true);
    pair.connect();
    for number in 0..10 {
        assert_eq!(write(&mut pair, number, number == 0), [Ok(()), Ok(())]);
    }
    pair.run(Duration::from_secs(1));
    assert_eq!(received(&mut pair), [10, 10]);

    set_active(&mut pair, id, "h", false);
    for number in 10..20 {
        assert_eq!(write(&mut pair, number, false), [Err(WriteError::NotSending), Ok(())]);
    }
    pair.run(Duration::from_secs(1));
    assert_eq!(received(&mut pair), [0, 10]);
    let active: Vec<_> =
        pair.a.rtc.stats().outbound_rtp.iter().map(|it| (it.rid, it.active)).collect();
    assert_eq!(active, [(Some(rid("h")), false), (Some(rid("l")), true)]);

    set_active(&mut pair, id, "h", true);
    for number in 20..30 {
        assert_eq!(write(&mut pair, number, number == 20), [Ok(()), Ok(())]);
    }
    pair.run(Duration::from_secs(1));
    assert_eq!(received(&mut pair), [10, 10]);
    let needed = |event: &Event| matches!(event, Event::NegotiationNeeded).then_some(());
    assert_eq!(pair.a.take(needed).len(), 1, "for the first offer, and none since");
}

/// A stream that ends is told so (RFC 3550 section 6.6), and the peer reports on it no more.
#[test]
fn a_stream_that_ends_says_goodbye() {
    let config = |number| {
        let mut config = Config::seeded(number);
        config.session = SessionKind::Own;
        config.rtcp_events = lapwing_engine::RtcpEvents::All;
        config
    };
    let mut pair = Pair::new(config(1), config(2));
    let id = pair.on_a(|rtc, _| {
        rtc.negotiation().add_transceiver(MediaKind::Video, TransceiverInit::default())
    });
    pair.negotiate(true);
    pair.connect();
    let send = |pair: &mut Pair, number| {
        pair.on_a(|rtc, now| {
            let mid = mid_of(rtc, MediaKind::Video);
            rtc.media(mid).expect("negotiated").write(&vp8(number, true, 500), now)
        })
    };
    send(&mut pair, 0).expect("there is room");
    pair.run(Duration::from_secs(5));
    let ssrc = pair.a.rtc.stats().outbound_rtp[0].ssrc.expect("known").0.to_be_bytes();
    let goodbyes = |pair: &mut Pair| {
        let told = pair.b.take(|event| match event {
            Event::Rtcp(packet) if packet.packet_type == 203 => Some(packet.bytes.to_vec()),
            _ => None,
        });
        told.iter().filter(|bytes| bytes[4..].chunks_exact(4).any(|it| it == ssrc)).count()
    };
    let reports = |pair: &mut Pair| {
        let told = pair.a.take(|event| match event {
            Event::Rtcp(packet) if packet.packet_type == 201 => Some(packet.count),
            _ => None,
        });
        told.iter().filter(|count| **count > 0).count()
    };
    assert!(reports(&mut pair) > 0);
    assert_eq!(goodbyes(&mut pair), 0);
    pair.on_a(|rtc, _| rtc.negotiation().stop(id)).expect("it is there");
    pair.negotiate(true);
    pair.run(Duration::from_secs(5));
    assert_eq!(goodbyes(&mut pair), 1, "once");
    reports(&mut pair);
    pair.run(Duration::from_secs(10));
    assert_eq!(reports(&mut pair), 0);
}
