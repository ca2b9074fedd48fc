//! What a channel holds, where there are many.

use lapwing_engine::{ChannelConfig, ChannelId, Delivery};

use crate::counter::live_bytes;
use crate::ends::{End, Pair, origin};

/// Channels that are opened.
const CHANNELS: usize = 10_000;

/// Bytes of heap that one may hold at one end.
const BYTES_MAX: i64 = 1 << 10;

/// Bytes that may be alive beyond those that the same number of channels left before: streams that
/// were used are remembered, and used again.
const GROWTH_MAX: i64 = 600_000;

/// Round trips until the peer can use all of them.
const TRIPS_MAX: u32 = 3;

/// Steps of a millisecond until both ends have said all. A packet and its answer take one.
fn steps(pair: &mut Pair, is_done: impl Fn(&Pair) -> bool) -> u32 {
    for step in 0..20_000 {
        if is_done(pair) {
            return step;
        }
        pair.step();
    }
    panic!("it does not come to an end");
}

fn open(end: &mut End) -> Vec<ChannelId> {
    let open = |number: usize| {
        let config = ChannelConfig::new(number.to_string());
        let id = end.rtc.create_channel(config).expect("there is room");
        end.drain();
        id
    };
    (0..CHANNELS).map(open).collect()
}

#[test]
fn ten_thousand_channels_hold_a_kibibyte_each() {
    let mut pair = Pair::connected(Delivery::Frames, origin());
    // A connection that has carried something knows its path.
    let first = pair.a.channels()[0];
    for _ in 0..200 {
        let mut channel = pair.a.rtc.channel(first).expect("it is open");
        channel.write_binary(&[7; 20_000]).expect("there is room");
        pair.a.drain();
        pair.step();
    }
    (0..100).for_each(|_| pair.step());
    pair.a.forget_channels();
    pair.b.forget_channels();
    let before = live_bytes();
    let ids = open(&mut pair.a);
    assert_eq!(pair.a.channels().len(), CHANNELS, "who opens one can use it at once");
    let trips = steps(&mut pair, |pair| pair.b.channels().len() == CHANNELS);
    println!("the peer knows of all after {trips} round trips");
    assert!(trips <= TRIPS_MAX, "{trips} round trips");
    pair.a.forget_channels();
    pair.b.forget_channels();
    (0..2_000).for_each(|_| pair.step());
    let each = (live_bytes() - before) / (2 * CHANNELS as i64);
    println!("{each} bytes for a channel at one end");
    assert!(each <= BYTES_MAX, "{each} bytes");
    let first = live_after_closing(&mut pair, &ids) - before;
    let ids = open(&mut pair.a);
    steps(&mut pair, |pair| pair.b.channels().len() == CHANNELS);
    let second = live_after_closing(&mut pair, &ids) - before;
    println!("{first} bytes are left once all are closed, {second} after as many more");
    assert!(second < first + GROWTH_MAX, "{first} bytes were left, and then {second}");
}

/// Closes all, and gives what is alive when both ends know and are idle again.
fn live_after_closing(pair: &mut Pair, ids: &[ChannelId]) -> i64 {
    pair.a.forget_channels();
    pair.b.forget_channels();
    for id in ids {
        pair.a.rtc.channel(*id).expect("it is open").close();
        pair.a.drain();
    }
    let ends = |pair: &Pair| pair.a.closed() + pair.b.closed();
    let trips = steps(pair, |pair| ends(pair) == 2 * CHANNELS as u64);
    println!("all are closed after {trips} round trips");
    pair.a.forget_channels();
    pair.b.forget_channels();
    (0..2_000).for_each(|_| pair.step());
    live_bytes()
}
