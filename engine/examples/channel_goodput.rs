//! How fast one ordered channel is on long and lossy paths, in virtual time:
//!
//! ```text
//! cargo run --release -p lapwing-engine --example channel_goodput
//! cargo run --release -p lapwing-engine --example channel_goodput -- --seconds 20
//! ```
//!
//! A bottleneck of 600 Mbit/s with a queue of 100 ms, a round trip besides, and random loss each
//! way. Bytes that the application got in the last three quarters of the time, by controller.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use lapwing_engine::ChannelConfig;
use lapwing_engine::sctp::congestion::CongestionControl;
use lapwing_engine::sctp::{Association, ChannelNumber, Config, Event, Output};

const CAPACITY_BITS: u64 = 600_000_000;
const QUEUE: Duration = Duration::from_millis(100);
const MESSAGE_BYTES: usize = 16 << 10;

/// What a packet has besides SCTP: IP, UDP and the record of DTLS.
const OVERHEAD_BYTES: usize = 28 + 37;

const ROUND_TRIPS_MS: [u64; 3] = [20, 50, 100];
const LOSSES: [f64; 5] = [0.0, 0.01, 0.1, 1.0, 3.0];
const CONTROLLERS: [CongestionControl; 3] =
    [CongestionControl::Bbr, CongestionControl::Cubic, CongestionControl::Reno];

fn main() {
    let mut arguments = std::env::args().skip(1);
    let mut seconds = 10;
    while let Some(argument) = arguments.next() {
        let value = arguments.next().and_then(|value| value.parse().ok());
        match (argument.as_str(), value) {
            ("--seconds", Some(value)) => seconds = value,
            _ => {
                eprintln!("usage: channel_goodput [--seconds N]");
                std::process::exit(2);
            }
        }
    }
    println!("Mbit/s of 600 over {seconds} s\n");
    println!("| round trip | loss each way | BBR | CUBIC | Reno |");
    println!("|---|---|---|---|---|");
    for round_trip in ROUND_TRIPS_MS {
        for loss in LOSSES {
            let rates: Vec<String> = CONTROLLERS
                .iter()
                .map(|controller| format!("{:.1}", run(round_trip, loss, *controller, seconds)))
                .collect();
            println!("| {round_trip} ms | {loss} % | {} |", rates.join(" | "));
        }
    }
}

/// One direction of the path.
struct Link {
    capacity: Option<u64>,
    delay: Duration,
    loss: f64,
    free_at: Instant,
    on_the_way: VecDeque<(Instant, Vec<u8>)>,
    random: u64,
}

impl Link {
    fn carry(&mut self, packet: Vec<u8>, now: Instant) {
        let mut at = now;
        if let Some(capacity) = self.capacity {
            let begin = self.free_at.max(now);
            if begin - now > QUEUE {
                return;
            }
            let bits = 8 * (packet.len() + OVERHEAD_BYTES) as u64;
            at = begin + Duration::from_nanos(bits * 1_000_000_000 / capacity);
            self.free_at = at;
        }
        // A linear congruential generator (Knuth, MMIX).
        self.random = self.random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        let chance = (self.random >> 11) as f64 / (1u64 << 53) as f64;
        if chance * 100.0 >= self.loss {
            self.on_the_way.push_back((at + self.delay, packet));
        }
    }
}

/// Megabits of messages in a second.
fn run(round_trip_ms: u64, loss: f64, congestion: CongestionControl, seconds: u64) -> f64 {
    let begin = origin();
    let mut now = begin;
    let config = |seed: u8| {
        let mut config = Config::seeded([seed; 32], seed == 1);
        config.congestion = congestion;
        config.buffer_bytes_max = 4 << 20;
        config
    };
    let mut ends = [Association::new(config(1), now), Association::new(config(2), now)];
    let link = |capacity, random| Link {
        capacity,
        delay: Duration::from_micros(round_trip_ms * 500),
        loss,
        free_at: begin,
        on_the_way: VecDeque::new(),
        random,
    };
    let mut links = [link(Some(CAPACITY_BITS), 1), link(None, 2)];
    let channel = ends[0].open(&ChannelConfig::new("bulk")).expect("the first one");
    let end = begin + Duration::from_secs(seconds);
    let counted_from = begin + Duration::from_secs(seconds) / 4;
    let mut counted = 0;
    while now < end {
        write(&mut ends[0], channel, now);
        for (side, association) in ends.iter_mut().enumerate() {
            while let Some(output) = association.poll() {
                match output {
                    Output::Packet(packet) => links[side].carry(packet, now),
                    Output::Event(Event::Message { data, .. }) if now >= counted_from => {
                        counted += data.len();
                    }
                    Output::Event(_) => {}
                }
            }
        }
        now = next(&ends, &links).unwrap_or(end).max(now);
        for side in 0..2 {
            while links[side].on_the_way.front().is_some_and(|(at, _)| *at <= now) {
                let (_, packet) = links[side].on_the_way.pop_front().expect("it was just seen");
                ends[1 - side].handle_packet(&packet, now);
            }
        }
        for association in &mut ends {
            if association.next_timeout().is_some_and(|at| at <= now) {
                association.handle_timeout(now);
            }
        }
    }
    counted as f64 * 8e-6 / (end - counted_from).as_secs_f64()
}

/// Keeps the channel's buffer full.
fn write(association: &mut Association, channel: ChannelNumber, now: Instant) {
    let message = [7; MESSAGE_BYTES];
    while association.buffered_amount(channel) < 2 << 20
        && association.write(channel, true, &message).is_ok()
    {}
    association.handle_timeout(now);
}

fn next(ends: &[Association; 2], links: &[Link; 2]) -> Option<Instant> {
    let arrivals = links.iter().filter_map(|link| link.on_the_way.front().map(|(at, _)| *at));
    arrivals.chain(ends.iter().filter_map(Association::next_timeout)).min()
}

#[expect(clippy::disallowed_methods, reason = "virtual time counts from some instant")]
fn origin() -> Instant {
    Instant::now()
}
