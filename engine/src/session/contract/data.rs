//! Messages, and the end.

use std::time::Duration;

use super::deal::Deal;
use super::wire::{Side, Wire};
use crate::channel::ChannelConfig;
use crate::event::CloseReason;
use crate::session::output::{SessionChannel, SessionEvent};
use crate::session::seam::{ChannelRefusal, Discarded, Session};

/// Both ends' names of a channel that `a` opens.
pub(super) fn channel<S: Session>(wire: &mut Wire<S>, label: &str) -> [SessionChannel; 2] {
    let opened = wire.a.session.open_channel(&ChannelConfig::new(label));
    wire.a.drain();
    let is_open = |side: &mut Side<S>| {
        side.events.iter().any(
            |event| matches!(event, SessionEvent::ChannelOpened { label: it, .. } if *it == label),
        )
    };
    wire.run_until("the channel opens", |wire| is_open(&mut wire.a) && is_open(&mut wire.b));
    let [a, b] = wire.sides().map(|side| {
        side.take(|event| match event {
            SessionEvent::ChannelOpened { channel, label: it, ordered: true, .. }
                if it == label =>
            {
                Some(*channel)
            }
            _ => None,
        })
    });
    assert_eq!((a.as_slice(), b.len()), ([opened].as_slice(), 1));
    [opened, b[0]]
}

/// A message each way.
pub(super) fn messages<S: Session>(wire: &mut Wire<S>, [a, b]: [SessionChannel; 2], text: &str) {
    let text = text.as_bytes();
    wire.a.session.write_channel(a, false, text).expect("it is open");
    wire.b.session.write_channel(b, true, text).expect("it is open");
    wire.run(Duration::from_millis(300));
    let got = |side: &mut Side<S>| {
        side.take(|event| match event {
            SessionEvent::ChannelMessage { channel, binary, data } => {
                Some((*channel, *binary, data.clone()))
            }
            _ => None,
        })
    };
    assert_eq!(got(&mut wire.b), [(b, false, text.to_vec())]);
    assert_eq!(got(&mut wire.a), [(a, true, text.to_vec())]);
}

pub(super) fn messages_pass_both_ways<S: Session>() {
    let mut wire = Wire::<S>::seeded();
    Deal::data().strike(&mut wire);
    wire.connect();
    let first = channel(&mut wire, "first");
    let second = channel(&mut wire, "second");
    assert_ne!(first[0], second[0]);
    messages(&mut wire, first, "one");
    messages(&mut wire, second, "two");
    let stream = wire.a.session.stream_of(first[0]).expect("it is open");
    assert!(wire.a.session.is_stream_taken(stream) && wire.b.session.is_stream_taken(stream));
    assert!(!wire.a.session.is_stream_taken(1000));
}

pub(super) fn channels_close<S: Session>() {
    let mut wire = Wire::<S>::seeded();
    Deal::data().strike(&mut wire);
    wire.connect();
    let [a, b] = channel(&mut wire, "short");
    wire.a.session.close_channel(a);
    wire.a.drain();
    wire.run(Duration::from_millis(500));
    for (side, channel) in wire.sides().into_iter().zip([a, b]) {
        let closed = side.take(|event| match event {
            SessionEvent::ChannelClosed(channel) => Some(*channel),
            _ => None,
        });
        assert_eq!(closed, [channel]);
        let refused = side.session.write_channel(channel, false, b"late");
        assert_eq!(refused, Err(ChannelRefusal::NotOpen));
    }
    let again = channel(&mut wire, "again");
    assert!(again[0] != a && again[1] != b, "no name is used twice");
    messages(&mut wire, again, "goes on");
}

pub(super) fn close_is_told<S: Session>() {
    let mut wire = Wire::<S>::seeded();
    Deal::data().strike(&mut wire);
    wire.connect();
    let _ = channel(&mut wire, "chat");
    let now = wire.now;
    wire.a.session.close(now);
    wire.a.drain();
    wire.run_until("the peer hears of it", |wire| wire.b.has_closed());
    let why = wire.b.take(|event| match event {
        SessionEvent::Closed(reason) => Some(reason.clone()),
        _ => None,
    });
    assert_eq!(why, [CloseReason::Remote]);
    wire.run(Duration::from_secs(3));
    let (sent, late) = (wire.a.sent.len(), super::wire::host(wire.b.address));
    let _ = wire.a.session.add_remote_candidate(&late);
    let wakes = [wire.a.wakes, wire.b.wakes];
    wire.run(Duration::from_secs(60));
    let woken = [wire.a.wakes - wakes[0], wire.b.wakes - wakes[1]];
    assert!(woken.iter().all(|count| *count < 10), "it sleeps: {woken:?}");
    assert_eq!(wire.a.sent.len(), sent, "it is silent");
    let datagram = crate::datagram::Transmit {
        protocol: crate::datagram::Protocol::Udp,
        source: wire.b.address,
        destination: wire.a.address,
        ecn: None,
        contents: vec![0x80; 20],
    };
    let now = wire.now;
    let refused = wire.a.session.receive(&datagram.as_datagram(), now);
    assert_eq!(refused, Err(Discarded::Closed));
}
