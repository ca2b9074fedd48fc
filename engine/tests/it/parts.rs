//! Messages in parts, and channels that are not read for a while.

use std::time::{Duration, Instant};

use lapwing_engine::{
    ChannelConfig, ChannelId, ChannelReadError, ChannelReading, ChannelWriteError, Config, Event,
    Exactness, MessagePart, RecordOptions, Replayer, SessionKind,
};

use crate::pair::Pair;

/// Two connections whose descriptions say that they take messages of any size, and the names of
/// their channel.
fn connected(session: SessionKind) -> (Pair, [ChannelId; 2]) {
    let config = |number| Config {
        session,
        message_bytes_max: None,
        channel_buffer: 100_000,
        ..Config::seeded(number).with_recording(RecordOptions::default())
    };
    let mut pair = Pair::new(config(1), config(2));
    let ours = pair.on_a(|rtc, _| rtc.create_channel(ChannelConfig::new("file")).expect("room"));
    pair.negotiate(true);
    pair.connect();
    pair.run(Duration::from_secs(1));
    let theirs = pair.b.take(|event| match event {
        Event::ChannelOpened(opened) => Some(opened.id),
        _ => None,
    });
    (pair, [ours, theirs[0]])
}

fn content(length: usize) -> Vec<u8> {
    (0..length).map(|place| (place ^ place >> 8) as u8).collect()
}

/// Sends what is left, as far as there is room. True when the message ended.
fn feed(pair: &mut Pair, id: ChannelId, left: &mut &[u8]) -> bool {
    pair.on_a(|rtc, _| {
        let mut channel = rtc.channel(id).expect("it is open");
        while !left.is_empty() {
            match channel.write_part(&left[..left.len().min(10_000)]).expect("it fits") {
                0 => return false,
                taken => *left = &left[taken..],
            }
        }
        channel.end_message().expect("it was begun");
        true
    })
}

fn read(pair: &mut Pair, id: ChannelId) -> Vec<MessagePart> {
    pair.on_b(|rtc, _| {
        let mut channel = rtc.channel(id).expect("it is open");
        std::iter::from_fn(|| channel.read(7_000)).collect()
    })
}

fn events(events: Vec<bool>) -> usize {
    events.len()
}

#[test]
fn a_message_of_any_size_goes_both_ways_in_parts_and_is_replayed() {
    let (mut pair, [ours, theirs]) = connected(SessionKind::Own);
    let whole = content(3_000_000);
    let set = |reading| {
        move |pair: &mut Pair| {
            pair.on_b(|rtc, _| rtc.channel(theirs).expect("open").set_reading(reading))
        }
    };
    assert_eq!(set(ChannelReading::Parts)(&mut pair), Ok(()));
    let begun = pair.on_a(|rtc, _| {
        let mut channel = rtc.channel(ours).expect("open");
        channel.begin_message(true, Some(3_000_000))
    });
    assert_eq!(begun, Ok(()));
    let busy = pair.on_a(|rtc, _| rtc.channel(ours).expect("open").write_text("no"));
    assert_eq!(busy, Err(ChannelWriteError::MessageOpen));
    let (mut left, mut parts) = (&whole[..], Vec::new());
    let mut is_done = feed(&mut pair, ours, &mut left);
    assert!(!is_done && !left.is_empty(), "it does not fit the buffer");
    for _ in 0..3_000 {
        pair.run(Duration::from_millis(5));
        let low = pair.a.take(|event| {
            matches!(event, Event::ChannelBufferedAmountLow(id) if *id == ours).then_some(true)
        });
        if events(low) > 0 && !is_done {
            is_done = feed(&mut pair, ours, &mut left);
        }
        let readable = pair.b.take(|event| {
            matches!(event, Event::ChannelReadable(id) if *id == theirs).then_some(true)
        });
        if events(readable) > 0 {
            parts.extend(read(&mut pair, theirs));
        }
        if parts.last().is_some_and(|part: &MessagePart| part.is_last) {
            break;
        }
    }
    assert!(parts.iter().all(|part| part.binary && part.data.len() <= 7_000));
    assert_eq!(parts.iter().filter(|part| part.is_first || part.is_last).count(), 2);
    let got: Vec<u8> = parts.into_iter().flat_map(|part| part.data).collect();
    assert!(is_done && got == whole, "{} bytes", got.len());
    let stats = [&pair.a, &pair.b].map(|peer| peer.rtc.stats().data_channels);
    assert_eq!((stats[0].messages_sent, stats[0].bytes_sent), (1, 3_000_000));
    assert_eq!((stats[1].messages_received, stats[1].bytes_received), (1, 3_000_000));
    // And whole ones again.
    assert_eq!(set(ChannelReading::Messages)(&mut pair), Ok(()));
    pair.on_a(|rtc, _| rtc.channel(ours).expect("open").write_text("whole")).expect("room");
    pair.run(Duration::from_secs(1));
    let messages = pair.b.take(|event| match event {
        Event::ChannelMessage(message) => Some(message.data.to_vec()),
        _ => None,
    });
    assert_eq!(messages, [b"whole"]);
    pair.on_a(|rtc, now| rtc.close(now));
    pair.run(Duration::from_secs(1));
    for peer in [&mut pair.a, &mut pair.b] {
        let recording = peer.rtc.finish_recording();
        let mut replayer = Replayer::new(&recording, now(), Exactness::Bytes).expect("a recording");
        while let Some(step) = replayer.step() {
            let step = step.expect("the recording is whole");
            assert!(step.divergence.is_none(), "{:?}", step.divergence);
        }
    }
}

#[test]
fn a_session_that_takes_whole_messages_only_says_so() {
    let (mut pair, [ours, _]) = connected(SessionKind::Str0m);
    pair.on_a(|rtc, _| {
        let mut channel = rtc.channel(ours).expect("open");
        assert_eq!(channel.begin_message(true, None), Err(ChannelWriteError::Unsupported));
        assert_eq!(channel.write_part(b"x"), Err(ChannelWriteError::Unsupported));
        assert_eq!(channel.end_message(), Err(ChannelWriteError::Unsupported));
        assert_eq!(channel.pause(), Err(ChannelReadError::Unsupported));
        let parts = channel.set_reading(ChannelReading::Parts);
        assert_eq!(parts, Err(ChannelReadError::Unsupported));
        assert_eq!((channel.resume(), channel.read(9)), (Ok(()), None));
        assert_eq!(channel.write_text("whole"), Ok(()));
    });
}

/// An instant to begin at.
#[expect(clippy::disallowed_methods, reason = "virtual time needs some instant to begin at")]
fn now() -> Instant {
    Instant::now()
}
