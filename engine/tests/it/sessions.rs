//! Whole connections over either session: ours with itself, and with str0m as the peer.

use std::time::Duration;

use lapwing_engine::{
    ChannelConfig, ChannelId, CloseReason, Codec, Config, ConnectionState, Direction, EncodedFrame,
    Event, Input, Interface, MediaKind, Rtc, SessionKind, TransceiverInit,
};

use crate::media::{mid_of, opus, vp8};
use crate::pair::{Pair, Peer};

const PAIRS: [[SessionKind; 2]; 3] = [
    [SessionKind::Own, SessionKind::Own],
    [SessionKind::Own, SessionKind::Str0m],
    [SessionKind::Str0m, SessionKind::Own],
];

/// Sound, pictures and a channel that `a` offers.
pub(crate) fn call([a, b]: [SessionKind; 2]) -> (Pair, [ChannelId; 2]) {
    let config = |number, session| Config { session, ..Config::seeded(number) };
    let mut pair = Pair::new(config(1, a), config(2, b));
    let ours = pair.on_a(|rtc, _| {
        for kind in [MediaKind::Audio, MediaKind::Video] {
            rtc.negotiation().add_transceiver(kind, TransceiverInit::default());
        }
        rtc.create_channel(ChannelConfig::new("chat")).expect("room for one")
    });
    pair.negotiate(true);
    pair.connect();
    pair.run(Duration::from_secs(1));
    let theirs = pair.b.take(|event| match event {
        Event::ChannelOpened(opened) => Some(opened.id),
        _ => None,
    });
    assert_eq!(theirs.len(), 1, "{a:?} {b:?}");
    (pair, [ours, theirs[0]])
}

fn send(rtc: &mut Rtc, frame: &EncodedFrame, now: std::time::Instant) {
    let mid = mid_of(rtc, frame.codec.kind());
    rtc.media(mid).expect("it is negotiated").write(frame, now).expect("there is room");
}

fn received(peer: &mut Peer) -> Vec<(Codec, usize)> {
    peer.take(|event| match event {
        Event::Frame(frame) => Some((frame.frame.codec, frame.frame.data.len())),
        _ => None,
    })
}

/// Frames of both kinds and a message, each way.
fn talk(pair: &mut Pair, [ours, theirs]: [ChannelId; 2], number: u8) {
    let what = format!("round {number}");
    for round in 0..5 {
        let number = number + round;
        for frame in [opus(number), vp8(number, round == 0, 3_000)] {
            pair.on_a(|rtc, now| send(rtc, &frame, now));
            pair.on_b(|rtc, now| send(rtc, &frame, now));
        }
        pair.run(Duration::from_millis(60));
    }
    pair.on_a(|rtc, _| rtc.channel(ours).expect("open").write_text("hello")).expect("taken");
    pair.on_b(|rtc, _| rtc.channel(theirs).expect("open").write_text("hello")).expect("taken");
    pair.run(Duration::from_secs(1));
    for peer in [&mut pair.a, &mut pair.b] {
        let frames = received(peer);
        let of = |codec: Codec| frames.iter().filter(|(known, _)| *known == codec).count();
        assert_eq!([of(Codec::Opus), of(Codec::Vp8)], [5, 5], "{what}");
        assert!(frames.iter().all(|(codec, bytes)| *codec == Codec::Opus || *bytes == 3_000));
        let messages = peer.take(|event| match event {
            Event::ChannelMessage(message) => Some(message.data.to_vec()),
            _ => None,
        });
        assert_eq!(messages, [b"hello".to_vec()], "{what}");
    }
}

#[test]
fn calls_of_either_session_with_either() {
    for kinds in PAIRS {
        let (mut pair, channels) = call(kinds);
        talk(&mut pair, channels, 10);
        pair.on_a(|rtc, _| rtc.negotiation().restart_ice());
        pair.negotiate(true);
        pair.run(Duration::from_secs(2));
        talk(&mut pair, channels, 20);
        pair.on_b(|rtc, _| {
            rtc.negotiation().add_transceiver(MediaKind::Audio, TransceiverInit::default())
        });
        pair.negotiate(false);
        pair.run(Duration::from_secs(1));
        talk(&mut pair, channels, 30);
        pair.run(Duration::from_secs(60));
        assert_eq!(pair.a.rtc.connection_state(), ConnectionState::Connected, "{kinds:?}");
        assert_eq!(pair.b.rtc.connection_state(), ConnectionState::Connected, "{kinds:?}");
    }
}

/// The same seed gives the same datagrams.
#[test]
fn calls_of_our_own_repeat() {
    let sent = || {
        let (mut pair, channels) = call([SessionKind::Own; 2]);
        talk(&mut pair, channels, 10);
        pair.trace.iter().map(|sent| (sent.at, sent.kind, sent.digest)).collect::<Vec<_>>()
    };
    assert_eq!(sent(), sent());
}

/// Hold and resume: under the same source the numbers go on.
#[test]
fn a_stream_that_is_taken_up_again_goes_on() {
    for seed in 1..=8 {
        let config = |number| Config { session: SessionKind::Own, ..Config::seeded(number) };
        let mut pair = Pair::new(config(2 * seed), config(2 * seed + 1));
        let id = pair.on_a(|rtc, _| {
            rtc.negotiation().add_transceiver(MediaKind::Video, TransceiverInit::default())
        });
        pair.negotiate(true);
        pair.connect();
        for (round, direction) in
            [Direction::SendRecv, Direction::RecvOnly, Direction::SendRecv].into_iter().enumerate()
        {
            pair.on_a(|rtc, _| rtc.negotiation().set_direction(id, direction))
                .expect("it is there");
            pair.negotiate(true);
            pair.run(Duration::from_millis(100));
            for number in 0..5_u8 {
                let frame = vp8(10 * round as u8 + number, number == 0, 3_000);
                pair.on_a(|rtc, now| {
                    let mid = mid_of(rtc, MediaKind::Video);
                    let sends = direction.sends();
                    assert_eq!(rtc.media(mid).expect("there").write(&frame, now).is_ok(), sends);
                });
                pair.run(Duration::from_millis(33));
            }
            let expected = if direction.sends() { 5 } else { 0 };
            assert_eq!(received(&mut pair.b).len(), expected, "seed {seed}, {direction:?}");
        }
    }
}

/// Who is told goodbye is told so by any session, and who said it says nothing more, whatever
/// becomes of its interfaces.
#[test]
fn a_goodbye_is_heard_and_is_the_last() {
    for kinds in PAIRS {
        let (mut pair, _) = call(kinds);
        pair.on_a(|rtc, now| rtc.close(now));
        pair.run(Duration::from_secs(1));
        let told = pair.b.take(|event| match event {
            Event::Closed(reason) => Some(reason.clone()),
            _ => None,
        });
        assert_eq!(told, [CloseReason::Remote], "{kinds:?}");
        pair.run(Duration::from_secs(5));
        let before = pair.trace.len();
        pair.on_a(|rtc, now| {
            let interface = Interface::new("wlan0", [192, 0, 2, 77].into());
            rtc.handle_input(Input::Interfaces(&[interface]), now);
        });
        pair.run(Duration::from_secs(30));
        assert_eq!(pair.trace.len(), before, "{kinds:?}");
        assert_eq!(pair.a.sockets, 0, "{kinds:?}");
    }
}
