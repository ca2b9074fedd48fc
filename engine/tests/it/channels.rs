//! Data channels of every kind.

use std::time::Duration;

use lapwing_engine::{
    CHANNEL_TEXT_BYTES_MAX, ChannelConfig, ChannelError, ChannelId, ChannelPriority,
    ChannelWriteError, CloseReason, Config, Event, Reliability,
};

use crate::pair::{Pair, Peer};

fn messages(peer: &mut Peer) -> Vec<(ChannelId, bool, Vec<u8>)> {
    peer.take(|event| match event {
        Event::ChannelMessage(message) => Some((message.id, message.binary, message.data.to_vec())),
        _ => None,
    })
}

fn opened(peer: &mut Peer) -> Vec<(ChannelId, String)> {
    peer.take(|event| match event {
        Event::ChannelOpened(opened) => Some((opened.id, opened.label.clone())),
        _ => None,
    })
}

fn connected(configs: &[ChannelConfig]) -> (Pair, Vec<ChannelId>) {
    let mut pair = Pair::seeded();
    let ids = configs.iter().map(|config| {
        pair.on_a(|rtc, _| rtc.create_channel(config.clone()).expect("room for a few"))
    });
    let ids = ids.collect();
    pair.negotiate(true);
    pair.connect();
    pair.run(Duration::from_millis(500));
    (pair, ids)
}

#[test]
fn text_and_bytes_go_both_ways() {
    let (mut pair, ids) = connected(&[ChannelConfig::new("chat")]);
    let remote = opened(&mut pair.b);
    assert_eq!(remote.len(), 1);
    assert_eq!(remote[0].1, "chat");
    pair.on_a(|rtc, _| rtc.channel(ids[0]).expect("open").write_text("hello")).expect("taken");
    pair.on_b(|rtc, _| rtc.channel(remote[0].0).expect("open").write_binary(&[1, 2]))
        .expect("taken");
    pair.run(Duration::from_millis(200));
    assert_eq!(messages(&mut pair.b), [(remote[0].0, false, b"hello".to_vec())]);
    assert_eq!(messages(&mut pair.a), [(ids[0], true, vec![1, 2])]);
}

#[test]
fn a_large_message_and_a_full_buffer() {
    let (mut pair, ids) = connected(&[ChannelConfig::new("file")]);
    let max = pair.on_a(|rtc, _| rtc.channel(ids[0]).expect("open").message_bytes_max());
    assert_eq!(max, 256 << 10);
    let large = vec![7; max];
    let too_large = vec![7; max + 1];
    let refused = pair.on_a(|rtc, _| rtc.channel(ids[0]).expect("open").write_binary(&too_large));
    assert_eq!(refused, Err(ChannelWriteError::TooLarge { max }));

    pair.on_a(|rtc, _| {
        rtc.channel(ids[0]).expect("open").set_buffered_amount_low_threshold(max);
    });
    let mut taken = 0;
    while pair.on_a(|rtc, _| rtc.channel(ids[0]).expect("open").write_binary(&large)).is_ok() {
        taken += 1;
        assert!(taken < 100, "the buffer has an end");
    }
    assert!(taken >= 4, "{taken} messages of {max} bytes wait");
    let low = |event: &Event| matches!(event, Event::ChannelBufferedAmountLow(_)).then_some(());
    assert_eq!(pair.a.take(low).len(), 0);
    pair.run(Duration::from_secs(20));
    assert_eq!(pair.a.take(low).len(), 1);
    assert_eq!(messages(&mut pair.b).len(), taken);
    assert_eq!(pair.on_a(|rtc, _| rtc.channel(ids[0]).expect("open").buffered_amount()), 0);
}

#[test]
fn unreliable_channels_give_up_and_reliable_ones_do_not() {
    let mut once = ChannelConfig::new("once");
    once.ordered = false;
    once.reliability = Reliability::MaxRetransmits { count: 0 };
    let mut brief = ChannelConfig::new("brief");
    brief.reliability = Reliability::MaxLifetime { ms: 1 };
    let (mut pair, ids) = connected(&[once, brief, ChannelConfig::new("sure")]);
    let remote = opened(&mut pair.b);
    for round in 0..50_u8 {
        // Another each time: a round has about as many packets.
        pair.lose_every = Some(5 + u64::from(round % 7));
        for id in &ids {
            pair.on_a(|rtc, _| rtc.channel(*id).expect("open").write_binary(&[round; 100]))
                .expect("taken");
        }
        pair.run(Duration::from_millis(200));
    }
    pair.run(Duration::from_secs(10));
    let received = messages(&mut pair.b);
    let count = |label: &str| {
        let id = remote.iter().find(|(_, name)| name == label).expect("it opened").0;
        received.iter().filter(|(channel, ..)| *channel == id).count()
    };
    assert_eq!(count("sure"), 50);
    assert!((20..50).contains(&count("once")), "{} of 50", count("once"));
    assert!((20..50).contains(&count("brief")), "{} of 50", count("brief"));
}

#[test]
fn negotiated_ids_open_without_announcement() {
    let config = |label: &str| {
        let mut config = ChannelConfig::new(label);
        config.negotiated = Some(7);
        config
    };
    let mut pair = Pair::seeded();
    let a = pair.on_a(|rtc, _| rtc.create_channel(config("a")).expect("room"));
    let b = pair.on_b(|rtc, _| rtc.create_channel(config("b")).expect("room"));
    let again = pair.on_a(|rtc, _| rtc.create_channel(config("again")));
    assert_eq!(again, Err(ChannelError::IdInUse));
    pair.negotiate(true);
    pair.connect();
    pair.run(Duration::from_millis(500));
    pair.on_a(|rtc, _| rtc.channel(a).expect("open").write_text("hi")).expect("taken");
    pair.run(Duration::from_millis(200));
    assert_eq!(messages(&mut pair.b), [(b, false, b"hi".to_vec())]);
}

#[test]
fn closing_from_either_side_is_told_to_both() {
    let (mut pair, ids) = connected(&[ChannelConfig::new("one"), ChannelConfig::new("two")]);
    let remote = opened(&mut pair.b);
    pair.on_a(|rtc, _| rtc.channel(ids[0]).expect("open").close());
    let second = remote.iter().find(|(_, label)| label == "two").expect("it opened").0;
    pair.on_b(|rtc, _| rtc.channel(second).expect("open").close());
    pair.run(Duration::from_secs(2));
    let closed = |event: &Event| match event {
        Event::ChannelClosed(id) => Some(*id),
        _ => None,
    };
    assert_eq!(pair.a.take(closed).len(), 2);
    assert_eq!(pair.b.take(closed).len(), 2);
    assert!(pair.a.rtc.channel(ids[0]).is_none());
    let later = pair.on_a(|rtc, _| rtc.create_channel(ChannelConfig::new("later")));
    pair.run(Duration::from_secs(1));
    assert_eq!(opened(&mut pair.b).len(), 1, "{later:?} opens without another offer");
}

#[test]
fn priority_decides_who_goes_first() {
    let mut high = ChannelConfig::new("high");
    high.priority = ChannelPriority::High;
    let mut low = ChannelConfig::new("low");
    low.priority = ChannelPriority::VeryLow;
    let (mut pair, ids) = connected(&[low, high]);
    let block = vec![0; 16 << 10];
    // Fill what the session holds, then queue the same amount in both channels.
    let mut full = [false; 2];
    while full != [true, true] {
        for (id, full) in ids.iter().zip(&mut full) {
            let wrote = pair.on_a(|rtc, _| rtc.channel(*id).expect("open").write_binary(&block));
            *full = wrote == Err(ChannelWriteError::Full);
        }
    }
    let label = |peer: &mut Peer, id: ChannelId| {
        opened(peer).into_iter().any(|(open, label)| open == id && label == "high")
    };
    pair.run(Duration::from_secs(30));
    let order: Vec<ChannelId> = messages(&mut pair.b).into_iter().map(|(id, ..)| id).collect();
    let last = *order.last().expect("messages arrived");
    assert!(!label(&mut pair.b, last), "the channel of least priority is served last");
}

/// A pair whose `b` takes `channels_max` channels, and whose `a` opens `opened`.
fn flood(channels_max: usize, opened: usize) -> Pair {
    let (mut a, mut b) = (Config::seeded(1), Config::seeded(2));
    (a.channels_max, b.channels_max) = (opened + 1, channels_max);
    let mut pair = Pair::new(a, b);
    pair.on_a(|rtc, _| rtc.create_channel(ChannelConfig::new("first")).expect("room"));
    pair.negotiate(true);
    pair.connect();
    pair.run(Duration::from_millis(500));
    for _ in 0..opened {
        pair.on_a(|rtc, _| rtc.create_channel(ChannelConfig::new("x")).expect("room"));
    }
    pair
}

#[test]
fn opens_far_over_the_limit_end_the_connection() {
    let mut pair = flood(50, 1000);
    let delivered = pair.delivered;
    pair.run(Duration::from_secs(20));
    let closed = |event: &Event| match event {
        Event::Closed(reason) => Some(reason.clone()),
        _ => None,
    };
    assert_eq!(pair.b.take(closed), [CloseReason::TooManyChannels]);
    assert!(opened(&mut pair.b).len() <= 50);
    let gone = |event: &Event| matches!(event, Event::ChannelClosed(_)).then_some(());
    assert!(pair.b.take(gone).len() <= 50);
    // Whatever comes after is not looked at, and nothing is said any more.
    let sent = pair.trace.len();
    pair.run(Duration::from_secs(60));
    let from_b: std::net::SocketAddr = "192.0.2.2:5000".parse().expect("an address");
    assert!(pair.trace[sent..].iter().all(|sent| sent.path.0 != from_b));
    assert!(pair.delivered > delivered);
}

#[test]
fn as_many_channels_as_may_be_open_work() {
    let mut pair = flood(200, 199);
    pair.run(Duration::from_secs(20));
    let remote = opened(&mut pair.b);
    assert_eq!(remote.len(), 200);
    let last = remote.last().expect("many").0;
    pair.on_b(|rtc, _| rtc.channel(last).expect("open").write_text("hi")).expect("taken");
    pair.run(Duration::from_secs(1));
    assert_eq!(messages(&mut pair.a).len(), 1);
}

#[test]
fn an_agreed_id_that_a_channel_has_in_band_is_in_use() {
    let (mut pair, _) = connected(&[ChannelConfig::new("chat")]);
    // The side that began DTLS gives even numbers, the other odd ones.
    let taken = [0_u16, 1].map(|stream| {
        let mut config = ChannelConfig::new("agreed");
        config.negotiated = Some(stream);
        pair.on_a(|rtc, _| rtc.create_channel(config))
    });
    assert!(taken.contains(&Err(ChannelError::IdInUse)), "{taken:?}");
    pair.run(Duration::from_secs(1));
    let text = "x".repeat(CHANNEL_TEXT_BYTES_MAX);
    let longest = pair.on_a(|rtc, _| rtc.create_channel(ChannelConfig::new(text.as_str())));
    pair.run(Duration::from_secs(1));
    let labels: Vec<String> = opened(&mut pair.b).into_iter().map(|(_, label)| label).collect();
    assert!(longest.is_ok() && labels.contains(&text));
    let mut too_long = ChannelConfig::new(text);
    too_long.protocol = "y".to_owned();
    let refused = pair.on_a(|rtc, _| rtc.create_channel(too_long));
    assert_eq!(refused, Err(ChannelError::TextTooLong));
}
