//! A channel that was refused room hears when there is some, whatever fills the buffer.

use std::time::Duration;

use lapwing_engine::{
    ChannelConfig, ChannelId, ChannelWriteError, Config, Event, Rtc, SessionKind,
};

use crate::pair::Pair;

const SESSIONS: [SessionKind; 2] = [SessionKind::Own, SessionKind::Str0m];

const BULK: &[u8] = &[7; 60_000];

fn connected(session: SessionKind, channels: usize) -> (Pair, Vec<ChannelId>) {
    let config = |seed| Config { session, ..Config::seeded(seed) };
    let mut pair = Pair::new(config(1), config(2));
    let open = |rtc: &mut Rtc, _| {
        let mut open = |number: usize| rtc.create_channel(ChannelConfig::new(number.to_string()));
        (0..channels).map(|number| open(number).expect("there is room")).collect()
    };
    let ids = pair.on_a(open);
    pair.negotiate(true);
    pair.connect();
    pair.run(Duration::from_secs(1));
    (pair, ids)
}

fn write(rtc: &mut Rtc, id: ChannelId, data: &[u8]) -> Result<(), ChannelWriteError> {
    rtc.channel(id).expect("it is open").write_binary(data)
}

/// Writes until there is no more room. Gives how many messages there was room for.
fn fill(rtc: &mut Rtc, id: ChannelId) -> usize {
    for taken in 0..1_000 {
        match write(rtc, id, BULK) {
            Ok(()) => {}
            Err(refusal) => {
                assert_eq!(refusal, ChannelWriteError::Full);
                return taken;
            }
        }
    }
    panic!("the buffer has no end");
}

fn set_threshold(pair: &mut Pair, id: ChannelId, bytes: usize) {
    pair.on_a(|rtc, _| {
        rtc.channel(id).expect("it is open").set_buffered_amount_low_threshold(bytes);
    });
}

/// Who was told that there is room.
fn told(pair: &mut Pair) -> Vec<ChannelId> {
    pair.a.take(|event| match event {
        Event::ChannelBufferedAmountLow(id) => Some(*id),
        _ => None,
    })
}

fn arrived(pair: &mut Pair) -> usize {
    pair.b.take(|event| matches!(event, Event::ChannelMessage(_)).then_some(())).len()
}

#[test]
fn one_that_has_nothing_of_its_own_hears() {
    for session in SESSIONS {
        for threshold in [0, 4 << 20] {
            let (mut pair, ids) = connected(session, 2);
            set_threshold(&mut pair, ids[0], threshold);
            set_threshold(&mut pair, ids[1], threshold);
            let taken = pair.on_a(|rtc, _| fill(rtc, ids[0]));
            told(&mut pair);
            let refused = pair.on_a(|rtc, _| write(rtc, ids[1], BULK));
            assert_eq!(refused, Err(ChannelWriteError::Full));
            pair.run(Duration::from_secs(20));
            assert_eq!(arrived(&mut pair), taken, "{session:?} {threshold}");
            let count = told(&mut pair).iter().filter(|id| **id == ids[1]).count();
            assert_eq!(count, 1, "{session:?} {threshold}");
            pair.on_a(|rtc, _| write(rtc, ids[1], BULK)).expect("there is room");
            pair.run(Duration::from_secs(1));
            assert_eq!(arrived(&mut pair), 1);
        }
    }
}

#[test]
fn all_hear_where_each_holds_less_than_its_threshold() {
    for session in SESSIONS {
        let (mut pair, ids) = connected(session, 40);
        ids.iter().for_each(|id| set_threshold(&mut pair, *id, 200_000));
        let mut taken = 0;
        let mut refused = Vec::new();
        for id in ids {
            match pair.on_a(|rtc, _| write(rtc, id, BULK)) {
                Ok(()) => taken += 1,
                Err(_) => refused.push(id),
            }
        }
        assert!(taken > 0 && !refused.is_empty());
        pair.run(Duration::from_secs(20));
        assert_eq!(arrived(&mut pair), taken, "{session:?}");
        assert_eq!(told(&mut pair), refused, "{session:?}");
    }
}

#[test]
fn one_whose_threshold_rises_above_its_amount_hears() {
    for session in SESSIONS {
        let (mut pair, ids) = connected(session, 1);
        for wait in (0..200).step_by(5) {
            set_threshold(&mut pair, ids[0], 0);
            pair.on_a(|rtc, _| fill(rtc, ids[0]));
            pair.run(Duration::from_millis(wait));
            set_threshold(&mut pair, ids[0], 4 << 20);
            pair.run(Duration::from_secs(5));
            assert_eq!(told(&mut pair), ids, "{session:?} after {wait} ms");
        }
    }
}

#[test]
fn what_is_written_while_outputs_wait_is_sent_and_room_is_told() {
    for session in SESSIONS {
        let (mut pair, ids) = connected(session, 1);
        // Each makes outputs, which are not polled.
        let taken = pair.on_a(|rtc, _| {
            for _ in 0..6_000 {
                write(rtc, ids[0], b"x").expect("there is room");
            }
            6_000 + fill(rtc, ids[0])
        });
        pair.run(Duration::from_secs(20));
        assert_eq!(arrived(&mut pair), taken, "{session:?}");
        assert!(!told(&mut pair).is_empty(), "{session:?}");
    }
}
