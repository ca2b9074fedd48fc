//! Two associations with a link between them, in virtual time.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::{RngCore, SeedableRng};

use crate::channel::ChannelConfig;
use crate::sctp::{
    Association, ChannelNumber, Config, Event, OpenedChannel, Output, PACKET_BYTES_MAX,
};
use crate::test_time::origin;

/// Steps without an end in sight.
const STEPS_MAX: usize = 5_000_000;

/// What a link does to packets.
#[derive(Clone, Copy)]
pub(super) struct Path {
    /// One way.
    pub(super) delay: Duration,
    /// A random share of this is added, so packets overtake each other.
    pub(super) jitter: Duration,
    /// Of a thousand packets, so many are lost.
    pub(super) loss: u32,
    /// And so many come twice.
    pub(super) twice: u32,
    /// What it carries in a second, and how long a packet may wait for that.
    pub(super) bottleneck: Option<(u64, Duration)>,
    /// Larger packets are lost.
    pub(super) mtu: usize,
}

pub(super) const fn path(delay_ms: u64) -> Path {
    Path {
        delay: Duration::from_millis(delay_ms),
        jitter: Duration::ZERO,
        loss: 0,
        twice: 0,
        bottleneck: None,
        mtu: usize::MAX,
    }
}

/// A whole run: ends, link, time and all that was told.
pub(super) struct Pair {
    pub(super) ends: [Association; 2],
    pub(super) events: [Vec<Event>; 2],
    /// Packets that each end sent.
    pub(super) sent: [Vec<Vec<u8>>; 2],
    pub(super) path: Path,
    pub(super) now: Instant,
    /// When the bottleneck has carried what waits for it, in either direction.
    free: [Instant; 2],
    /// The longest that a packet waited for it.
    pub(super) waited_max: Duration,
    on_the_way: BTreeMap<(Instant, u64), (usize, Vec<u8>)>,
    count: u64,
    rng: ChaCha20Rng,
}

impl Pair {
    pub(super) fn new(seed: u8, path: Path) -> Self {
        let config = |end: u8| Config {
            remote_message_bytes_max: Some(256 << 10),
            ..Config::seeded([2 * seed + end; 32], end == 0)
        };
        Self::with(seed, path, [config(0), config(1)])
    }

    pub(super) fn with(seed: u8, path: Path, configs: [Config; 2]) -> Self {
        let now = origin();
        let mut pair = Pair {
            ends: configs.map(|config| Association::new(config, now)),
            events: [Vec::new(), Vec::new()],
            sent: [Vec::new(), Vec::new()],
            path,
            now,
            free: [now; 2],
            waited_max: Duration::ZERO,
            on_the_way: BTreeMap::new(),
            count: 0,
            rng: ChaCha20Rng::from_seed([seed; 32]),
        };
        pair.drain();
        pair
    }

    /// Both established, with nothing on the way.
    pub(super) fn connected(seed: u8, path: Path) -> Self {
        let mut pair = Pair::new(seed, path);
        pair.connect();
        pair
    }

    pub(super) fn connect(&mut self) {
        let up = |pair: &Pair| pair.ends.iter().all(Association::is_established);
        assert!(self.run_until(Duration::from_secs(60), up), "not established");
        self.idle();
    }

    fn drain(&mut self) {
        for end in 0..2 {
            while let Some(output) = self.ends[end].poll() {
                match output {
                    Output::Event(event) => self.events[end].push(event),
                    Output::Packet(packet) => {
                        assert!(packet.len() <= PACKET_BYTES_MAX, "{} bytes", packet.len());
                        self.carry(1 - end, &packet);
                        self.sent[end].push(packet);
                    }
                }
            }
        }
    }

    fn chance(&mut self, of_a_thousand: u32) -> bool {
        of_a_thousand > 0 && self.rng.next_u32() % 1_000 < of_a_thousand
    }

    fn carry(&mut self, to: usize, packet: &[u8]) {
        if packet.len() > self.path.mtu {
            return;
        }
        let copies = if self.chance(self.path.twice) { 2 } else { 1 };
        for _ in 0..copies {
            if self.chance(self.path.loss) {
                continue;
            }
            let Some(carried) = self.queue(to, packet.len()) else { continue };
            let jitter = self.path.jitter.as_micros() as u64;
            let extra = if jitter == 0 { 0 } else { self.rng.next_u64() % jitter };
            let at = carried + self.path.delay + Duration::from_micros(extra);
            self.on_the_way.insert((at, self.count), (to, packet.to_vec()));
            self.count += 1;
        }
    }

    /// When the bottleneck has carried a packet; `None` where its queue is full.
    fn queue(&mut self, to: usize, bytes: usize) -> Option<Instant> {
        let Some((capacity, wait_max)) = self.path.bottleneck else { return Some(self.now) };
        let begin = self.free[to].max(self.now);
        let waited = begin - self.now;
        if waited > wait_max {
            return None;
        }
        self.waited_max = self.waited_max.max(waited);
        self.free[to] = begin + Duration::from_nanos(bytes as u64 * 8_000_000_000 / capacity);
        Some(self.free[to])
    }

    /// A packet that the link had from elsewhere.
    pub(super) fn inject(&mut self, to: usize, packet: &[u8]) {
        self.ends[to].handle_packet(packet, self.now);
        self.drain();
    }

    /// When something happens next.
    fn next(&self) -> Option<Instant> {
        let arrival = self.on_the_way.keys().next().map(|(at, _)| *at);
        let timers = self.ends.iter().filter_map(Association::next_timeout);
        arrival.into_iter().chain(timers).min()
    }

    /// The next thing happens, unless it is later than `until`.
    fn step(&mut self, until: Instant) -> bool {
        let Some(next) = self.next().filter(|next| *next <= until) else { return false };
        self.now = self.now.max(next);
        match self.on_the_way.first_key_value() {
            Some(((at, _), _)) if *at <= self.now => {
                let (_, (to, packet)) = self.on_the_way.pop_first().unwrap();
                self.ends[to].handle_packet(&packet, self.now);
            }
            _ => {
                for end in &mut self.ends {
                    if end.next_timeout().is_some_and(|at| at <= self.now) {
                        end.handle_timeout(self.now);
                    }
                }
            }
        }
        self.drain();
        true
    }

    /// Runs until it is so, at most for a time. False when it is not.
    pub(super) fn run_until(&mut self, time: Duration, is_so: impl Fn(&Pair) -> bool) -> bool {
        let until = self.now + time;
        self.drain();
        for _ in 0..STEPS_MAX {
            if is_so(self) {
                return true;
            }
            if !self.step(until) {
                self.now = until;
                return is_so(self);
            }
        }
        panic!("it does not come to an end");
    }

    pub(super) fn run(&mut self, time: Duration) {
        self.run_until(time, |_| false);
    }

    /// Runs until nothing is on the way and no timer runs.
    pub(super) fn idle(&mut self) {
        let until = self.now + Duration::from_secs(600);
        self.drain();
        for _ in 0..STEPS_MAX {
            if !self.step(until) {
                assert!(self.next().is_none(), "not idle after ten minutes");
                return;
            }
        }
        panic!("it does not come to an end");
    }

    pub(super) fn open(&mut self, end: usize, config: &ChannelConfig) -> ChannelNumber {
        let channel = self.ends[end].open(config).unwrap();
        self.drain();
        channel
    }

    pub(super) fn write(&mut self, end: usize, channel: ChannelNumber, data: &[u8]) {
        self.ends[end].write(channel, true, data).unwrap();
    }

    /// Channels that opened at an end, ours and the peer's.
    pub(super) fn opened(&self, end: usize) -> Vec<OpenedChannel> {
        let opened = self.events[end].iter().filter_map(|event| match event {
            Event::Opened(opened) => Some(opened.clone()),
            _ => None,
        });
        opened.collect()
    }

    /// The channel of this label that the peer announced.
    pub(super) fn remote(&self, end: usize, label: &str) -> ChannelNumber {
        let mut opened = self.opened(end).into_iter();
        let found = opened.rfind(|opened| opened.remote && opened.label == label);
        found.expect("it was announced").channel
    }

    pub(super) fn messages(&self, end: usize, of: ChannelNumber) -> Vec<Vec<u8>> {
        let messages = self.events[end].iter().filter_map(|event| match event {
            Event::Message { channel, data, .. } if *channel == of => Some(data.clone()),
            _ => None,
        });
        messages.collect()
    }

    pub(super) fn count(&self, end: usize, is_it: impl Fn(&Event) -> bool) -> usize {
        self.events[end].iter().filter(|event| is_it(event)).count()
    }

    pub(super) fn is_closed(&self, end: usize, channel: ChannelNumber) -> bool {
        self.events[end].contains(&Event::Closed(channel))
    }
}

pub(super) fn negotiated(stream: u16) -> ChannelConfig {
    ChannelConfig { negotiated: Some(stream), ..ChannelConfig::new("agreed") }
}

/// Bytes that differ from place to place.
pub(super) fn content(length: usize, seed: u64) -> Vec<u8> {
    let mut rng = ChaCha20Rng::seed_from_u64(seed);
    let mut bytes = vec![0; length];
    rng.fill_bytes(&mut bytes);
    bytes
}
