//! Messages of no bytes, and of as many as the peer takes.

use std::time::Duration;

use lapwing_engine::{
    ChannelConfig, ChannelId, ChannelWriteError, Config, ConnectionState, Event, SessionKind,
};

use crate::pair::{Pair, Peer};

/// Channels that `a` opened, by their names at both ends, where the description of `b` says that it
/// takes messages of so many bytes.
fn connected(session: SessionKind, taken: &str, count: usize) -> (Pair, Vec<[ChannelId; 2]>) {
    let config = |number| Config { session, ..Config::seeded(number) };
    let mut pair = Pair::new(config(1), config(2));
    let ours: Vec<ChannelId> = pair.on_a(|rtc, _| {
        let open = |index| rtc.create_channel(ChannelConfig::new(format!("{index}")));
        (0..count).map(open).map(|opened| opened.expect("room for it")).collect()
    });
    pair.exchange_altered(true, |description| {
        let told = format!("a=max-message-size:{taken}");
        description.sdp = description.sdp.replace("a=max-message-size:262144", &told);
    });
    pair.trickle();
    pair.connect();
    pair.run(Duration::from_secs(1));
    let mut opened = pair.b.take(|event| match event {
        Event::ChannelOpened(opened) => Some((opened.label.clone(), opened.id)),
        _ => None,
    });
    opened.sort_unstable();
    let theirs = opened.into_iter().map(|(_, id)| id);
    (pair, ours.into_iter().zip(theirs).map(|(a, b)| [a, b]).collect())
}

fn write(pair: &mut Pair, id: ChannelId, data: &[u8]) -> Result<(), ChannelWriteError> {
    pair.on_a(|rtc, _| rtc.channel(id).expect("it is open").write_binary(data))
}

fn messages(peer: &mut Peer) -> Vec<(ChannelId, bool, Vec<u8>)> {
    peer.take(|event| match event {
        Event::ChannelMessage(message) => Some((message.id, message.binary, message.data.to_vec())),
        _ => None,
    })
}

#[test]
fn empty_messages_arrive_in_their_order() {
    let (mut pair, ids) = connected(SessionKind::Own, "262144", 1);
    let [ours, theirs] = ids[0];
    let written = [(false, &b""[..]), (true, b""), (true, b"1"), (true, b""), (false, b"")];
    for (binary, data) in written {
        let taken = pair.on_a(|rtc, _| rtc.channel(ours).expect("open").write(binary, data));
        assert_eq!(taken, Ok(()));
    }
    pair.run(Duration::from_secs(1));
    let expected = written.map(|(binary, data)| (theirs, binary, data.to_vec()));
    assert_eq!(messages(&mut pair.b), expected);
    let stats = [&pair.a, &pair.b].map(|peer| peer.rtc.stats().data_channels);
    assert_eq!((stats[0].messages_sent, stats[0].bytes_sent), (5, 1));
    assert_eq!((stats[1].messages_received, stats[1].bytes_received), (5, 1));
}

#[test]
fn a_session_that_cannot_mark_empty_messages_refuses_them() {
    let (mut pair, ids) = connected(SessionKind::Str0m, "262144", 1);
    assert_eq!(write(&mut pair, ids[0][0], b""), Err(ChannelWriteError::Empty));
    assert_eq!(write(&mut pair, ids[0][0], b"1"), Ok(()));
    pair.run(Duration::from_secs(1));
    assert_eq!(messages(&mut pair.b), [(ids[0][1], true, b"1".to_vec())]);
}

/// What waits goes out also where less may wait than a session usually has under way.
#[test]
fn a_small_buffer_is_no_dead_end() {
    for session in [SessionKind::Own, SessionKind::Str0m] {
        let config = |number| Config { session, channel_buffer: 100_000, ..Config::seeded(number) };
        let mut pair = Pair::new(config(1), config(2));
        let ours = pair.on_a(|rtc, _| rtc.create_channel(ChannelConfig::new("small")));
        let ours = ours.expect("room for it");
        pair.negotiate(true);
        pair.connect();
        pair.run(Duration::from_secs(1));
        let mut taken = 0;
        for _ in 0..4 {
            while write(&mut pair, ours, &[7; 30_000]).is_ok() {
                taken += 1;
                assert!(taken < 100, "a buffer of 100 kB takes no end of messages");
            }
            pair.run(Duration::from_secs(2));
        }
        assert!(taken >= 12, "{session:?}: {taken}");
        assert_eq!(messages(&mut pair.b).len(), taken, "{session:?}");
    }
}

#[test]
fn what_is_larger_than_the_peer_takes_is_refused_at_once() {
    for (told, max) in [("1000", 1_000), ("262144", 262_144), ("0", 1 << 20), ("9999999", 1 << 20)]
    {
        let (mut pair, ids) = connected(SessionKind::Own, told, 1);
        let known = pair.on_a(|rtc, _| rtc.channel(ids[0][0]).expect("open").message_bytes_max());
        assert_eq!(known, max, "{told}");
        let refused = write(&mut pair, ids[0][0], &vec![0; max + 1]);
        assert_eq!(refused, Err(ChannelWriteError::TooLarge { max }), "{told}");
        if max > 262_144 {
            continue;
        }
        let largest: Vec<u8> = (0..max).map(|byte| byte as u8).collect();
        assert_eq!(write(&mut pair, ids[0][0], &largest), Ok(()), "{told}");
        pair.run(Duration::from_secs(10));
        assert_eq!(messages(&mut pair.b), [(ids[0][1], true, largest)], "{told}");
    }
}

/// A peer that takes our word for a larger one ends its channel, and no more.
#[test]
fn a_message_larger_than_we_take_closes_its_channel_only() {
    let (mut pair, ids) = connected(SessionKind::Own, "1000000", 2);
    assert_eq!(write(&mut pair, ids[0][0], &vec![7; 262_145]), Ok(()));
    pair.run(Duration::from_secs(10));
    assert_eq!(messages(&mut pair.b), []);
    let closed = |peer: &mut Peer| {
        peer.take(|event| match event {
            Event::ChannelClosed(id) => Some(*id),
            _ => None,
        })
    };
    assert_eq!(closed(&mut pair.b), [ids[0][1]]);
    assert_eq!(closed(&mut pair.a), [ids[0][0]]);
    assert_eq!(write(&mut pair, ids[1][0], b"still here"), Ok(()));
    pair.run(Duration::from_secs(1));
    assert_eq!(messages(&mut pair.b), [(ids[1][1], true, b"still here".to_vec())]);
    assert_eq!(pair.a.rtc.connection_state(), ConnectionState::Connected);
}
