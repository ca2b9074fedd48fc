//! Two associations in virtual time, without encryption.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use lapwing_engine::ChannelConfig;
use lapwing_engine::sctp::congestion::CongestionControl;
use lapwing_engine::sctp::{Association, ChannelNumber, Config, Event, Output};

const DELAY: Duration = Duration::from_millis(50);

/// Round trips in which as much as shall be is on the way.
const ROUNDS_MAX: usize = 60;

/// Packets that are counted, at the least.
const PACKETS: u64 = 20_000;

/// Lets as many bytes be on the way, in messages of that size; gives the packets that went then, in
/// both directions.
pub(super) fn run(bytes: usize, channels: u16, message: usize) -> Result<u64, String> {
    let mut pair = Pair::new(bytes, channels, message);
    let mut sent = 0;
    for _ in 0..ROUNDS_MAX {
        let before = std::mem::replace(&mut sent, pair.sent);
        if sent - before >= bytes * 9 / 10 {
            return Ok(pair.counted(bytes));
        }
        pair.round_trip(bytes);
    }
    Err(format!("{sent} bytes went in {ROUNDS_MAX} round trips, less than was to be on the way"))
}

struct Pair {
    ends: [Association; 2],
    links: [VecDeque<(Instant, Vec<u8>)>; 2],
    channels: Vec<ChannelNumber>,
    message: Vec<u8>,
    next: usize,
    now: Instant,
    packets: u64,
    /// Bytes that went from the one that writes.
    sent: usize,
    delivered: usize,
    written: usize,
}

impl Pair {
    fn new(bytes: usize, channels: u16, message: usize) -> Self {
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
            message: vec![7; message],
            next: 0,
            now,
            packets: 0,
            sent: 0,
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

    /// A function of its own, so that valgrind can tell it.
    #[inline(never)]
    fn counted(&mut self, bytes: usize) -> u64 {
        let begin = self.packets;
        while self.packets - begin < PACKETS {
            self.round_trip(bytes);
        }
        self.packets - begin
    }

    /// Writes so many bytes, and half as much that waits for its turn, and lets a round trip pass.
    fn round_trip(&mut self, bytes: usize) {
        while self.written - self.delivered < bytes / 2 * 3 {
            let channel = self.channels[self.next];
            self.next = (self.next + 1) % self.channels.len();
            self.ends[0].write(channel, true, &self.message).expect("there is room");
            self.written += self.message.len();
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
                        self.sent += if side == 0 { packet.len() } else { 0 };
                        self.links[side].push_back((self.now + DELAY, packet));
                    }
                    Output::Event(Event::Message { data, .. }) => self.delivered += data.len(),
                    Output::Event(_) => {}
                }
            }
        }
    }
}

fn origin() -> Instant {
    Instant::now()
}
