//! What a packet of a data channel costs, both ends together and without encryption, by the bytes
//! that are on the way and the channels that share them:
//!
//! ```text
//! cargo run --release -p lapwing-engine --example channel_cost
//! ```
//!
//! Nanoseconds of the processor (Linux tells them of each thread), so that a busy machine disturbs
//! little. The round trip is 100 ms of virtual time; in each, as much is written as may be on the
//! way.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use lapwing_engine::ChannelConfig;
use lapwing_engine::sctp::congestion::CongestionControl;
use lapwing_engine::sctp::{Association, ChannelNumber, Config, Event, Output};

const DELAY: Duration = Duration::from_millis(50);
const MESSAGE_BYTES: usize = 1_000;

/// Bytes on the way, and channels.
const CASES: [(usize, u16); 7] = [
    (64 << 10, 1),
    (1 << 20, 1),
    (8 << 20, 1),
    (32 << 20, 1),
    (1 << 20, 100),
    (1 << 20, 1_000),
    (1 << 20, 10_000),
];

/// Packets that are counted, at the least.
const PACKETS: u64 = 100_000;

fn main() {
    println!("| bytes on the way | channels | ns per packet |");
    println!("|---|---|---|");
    for (bytes, channels) in CASES {
        let mut pair = Pair::new(bytes, channels);
        while pair.on_the_way_max < bytes * 9 / 10 {
            pair.round_trip(bytes);
        }
        let (before, begin) = (processor_ns(), pair.packets);
        while pair.packets - begin < PACKETS {
            pair.round_trip(bytes);
        }
        let each = (processor_ns() - before) / (pair.packets - begin);
        println!("| {} KiB | {channels} | {each} |", bytes >> 10);
    }
}

/// Nanoseconds that this thread ran.
fn processor_ns() -> u64 {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").expect("Linux tells it");
    let first = text.split(' ').next().expect("it has three numbers");
    first.parse().expect("it is a number")
}

struct Pair {
    ends: [Association; 2],
    links: [VecDeque<(Instant, Vec<u8>)>; 2],
    channels: Vec<ChannelNumber>,
    next: usize,
    now: Instant,
    packets: u64,
    on_the_way_max: usize,
    delivered: usize,
    written: usize,
}

impl Pair {
    fn new(bytes: usize, channels: u16) -> Self {
        let now = origin();
        let config = |seed: u8| {
            let mut config = Config::seeded([seed; 32], seed == 1);
            config.congestion = CongestionControl::Cubic;
            config.buffer_bytes_max = 2 * bytes;
            // The window is twice that.
            config.message_bytes_max = 32 << 20;
            config.channels_max = usize::from(channels);
            config
        };
        let mut pair = Pair {
            ends: [1, 2].map(|seed| Association::new(config(seed), now)),
            links: Default::default(),
            channels: Vec::new(),
            next: 0,
            now,
            packets: 0,
            on_the_way_max: 0,
            delivered: 0,
            written: 0,
        };
        let open = |number: u16| {
            let config =
                ChannelConfig { negotiated: Some(number), ..ChannelConfig::new(String::new()) };
            let both = pair.ends.each_mut().map(|end| end.open(&config));
            both[0].expect("there is room")
        };
        pair.channels = (0..channels).map(open).collect();
        (0..5).for_each(|_| pair.pass(2 * DELAY));
        pair
    }

    /// Writes so many bytes, and lets a round trip pass.
    fn round_trip(&mut self, bytes: usize) {
        while self.written - self.delivered < bytes {
            let channel = self.channels[self.next];
            self.next = (self.next + 1) % self.channels.len();
            self.ends[0].write(channel, true, &[7; MESSAGE_BYTES]).expect("there is room");
            self.written += MESSAGE_BYTES;
        }
        self.pass(2 * DELAY);
    }

    fn pass(&mut self, time: Duration) {
        let until = self.now + time;
        loop {
            self.drain();
            let arrivals = self.links.iter().filter_map(|link| link.front()).map(|(at, _)| *at);
            let timers = self.ends.iter().filter_map(Association::next_timeout);
            let Some(next) = arrivals.chain(timers).min().filter(|next| *next <= until) else {
                self.now = until;
                return;
            };
            self.now = self.now.max(next);
            for side in 0..2 {
                while self.links[side].front().is_some_and(|(at, _)| *at <= self.now) {
                    let (_, packet) = self.links[side].pop_front().expect("it was just seen");
                    self.ends[1 - side].handle_packet(&packet, self.now);
                    self.ends[side].give_back(packet);
                }
                if self.ends[side].next_timeout().is_some_and(|at| at <= self.now) {
                    self.ends[side].handle_timeout(self.now);
                }
            }
        }
    }

    fn drain(&mut self) {
        for side in 0..2 {
            while let Some(output) = self.ends[side].poll() {
                match output {
                    Output::Packet(packet) => {
                        self.packets += 1;
                        self.links[side].push_back((self.now + DELAY, packet));
                    }
                    Output::Event(Event::Message { data, .. }) => self.delivered += data.len(),
                    Output::Event(_) => {}
                }
            }
        }
        self.on_the_way_max = self.on_the_way_max.max(1_160 * self.links[0].len());
    }
}

#[expect(clippy::disallowed_methods, reason = "virtual time needs some instant to begin at")]
fn origin() -> Instant {
    Instant::now()
}
