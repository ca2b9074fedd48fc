//! Two associations with their channels: packets between them are changed, lost, repeated and
//! overtaken, others come from nowhere, and applications do what they may in any order. Nothing
//! panics, answers are few, time goes on, and packets keep their limits.
#![no_main]

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use lapwing_engine::sctp::{
    Association, ChannelNumber, Config, Event, Output, PACKET_BYTES_MAX, WriteError,
};
use lapwing_engine::{ChannelConfig, ChannelReading, Reliability};
use libfuzzer_sys::fuzz_target;

/// Outputs of one call: a window of packets.
const OUTPUTS_MAX: usize = 40_000;

/// Steps of an input.
const STEPS_MAX: usize = 400;

fuzz_target!(|bytes: &[u8]| {
    let mut script = Script(bytes);
    let Some(settings) = script.byte() else { return };
    let mut ends = Ends::new(settings);
    for _ in 0..STEPS_MAX {
        let Some(step) = script.byte() else { break };
        ends.step(step, &mut script);
    }
    ends.settle();
});

struct Script<'a>(&'a [u8]);

impl<'a> Script<'a> {
    fn byte(&mut self) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*first)
    }

    fn number(&mut self) -> usize {
        usize::from(self.byte().unwrap_or_default())
    }

    fn bytes(&mut self, count: usize) -> &'a [u8] {
        let (taken, rest) = self.0.split_at(count.min(self.0.len()));
        self.0 = rest;
        taken
    }
}

struct Ends {
    ends: [Association; 2],
    now: Instant,
    /// Packets on their way to each.
    links: [VecDeque<Vec<u8>>; 2],
    channels: [Vec<ChannelNumber>; 2],
}

impl Ends {
    fn new(settings: u8) -> Self {
        let now = Instant::now();
        let config = |end: u8| Config {
            interleaving: settings & 1 << end != 0,
            remote_message_bytes_max: (settings & 4 == 0).then_some(100_000),
            buffer_bytes_max: if settings & 8 == 0 { 1 << 20 } else { 3_000 },
            message_bytes_max: if settings & 16 == 0 { 256 << 10 } else { 1_000 },
            channels_max: 20,
            ..Config::seeded([end + 1; 32], end == 0)
        };
        let mut ends = Ends {
            ends: [0, 1].map(|end| Association::new(config(end), now)),
            now,
            links: Default::default(),
            channels: Default::default(),
        };
        ends.drain();
        // Most inputs begin with an association that is there.
        if settings & 32 == 0 {
            ends.run(2_000);
        }
        ends
    }

    fn step(&mut self, step: u8, script: &mut Script<'_>) {
        let end = usize::from(step & 1);
        match step >> 1 & 15 {
            0 | 1 => self.run(1 << (script.number() % 14)),
            2 | 3 => self.deliver(end, script),
            4 => self.forge(end, script),
            5 => self.open(end, script),
            6 => self.write(end, script),
            7 => self.write_parts(end, script),
            8 => self.read(end, script),
            9 => {
                if let Some(channel) = self.channel(end, script) {
                    self.ends[end].close(channel);
                }
            }
            10 => {
                let (from, to) = (script.number(), script.number());
                let link = &mut self.links[end];
                if !link.is_empty() {
                    let (from, to) = (from % link.len(), to % link.len());
                    link.swap(from, to);
                }
            }
            11 => self.ends[end].path_changed(),
            12 if script.number() % 16 == 0 => self.ends[end].shutdown(),
            13 if script.number() % 16 == 0 => self.ends[end].abort(),
            _ => self.run(20),
        }
        self.drain();
    }

    /// Packets and timers, for so many milliseconds.
    fn run(&mut self, milliseconds: u64) {
        let until = self.now + Duration::from_millis(milliseconds);
        for _ in 0..20_000 {
            self.drain();
            if let Some((end, packet)) = self.take() {
                self.ends[end].handle_packet(&packet, self.now);
                continue;
            }
            let next = self.ends.iter().filter_map(Association::next_timeout).min();
            let Some(next) = next.filter(|next| *next <= until) else {
                self.now = until;
                self.ends.iter_mut().for_each(|end| end.handle_timeout(until));
                self.drain();
                return;
            };
            self.now = self.now.max(next);
            self.ends.iter_mut().for_each(|end| end.handle_timeout(self.now));
        }
        // Two ends may have much to say in a long time, but nobody spins.
        assert!(milliseconds > 100, "time stands still");
    }

    fn take(&mut self) -> Option<(usize, Vec<u8>)> {
        let end = usize::from(self.links[0].is_empty());
        Some((end, self.links[end].pop_front()?))
    }

    /// One packet, perhaps changed, lost or twice.
    fn deliver(&mut self, end: usize, script: &mut Script<'_>) {
        let Some(mut packet) = self.links[end].pop_front() else { return };
        match script.byte().unwrap_or_default() % 8 {
            0 => return,
            1 => self.links[end].push_back(packet.clone()),
            2 => {
                packet.truncate(script.number() * 5);
            }
            3..=5 => {
                let count = 1 + script.number() % 4;
                for _ in 0..count {
                    let (high, low) = (script.number(), script.number());
                    let place = (high << 8 | low) % packet.len();
                    packet[place] = script.byte().unwrap_or_default();
                }
                // None, which is as good as the right one.
                packet[8..12].fill(0);
            }
            _ => {}
        }
        self.ends[end].handle_packet(&packet, self.now);
    }

    /// A packet from nowhere, with the header of one that is on its way, so that it is read.
    fn forge(&mut self, end: usize, script: &mut Script<'_>) {
        let count = script.number();
        let chunks = script.bytes(count);
        let header = self.links[end].front().and_then(|packet| packet.get(..8));
        let packet = [header.unwrap_or(&[0x13, 0x88, 0x13, 0x88, 0, 0, 0, 0]), &[0; 4], chunks];
        let packet = packet.concat();
        self.ends[end].handle_packet(&packet, self.now);
    }

    fn open(&mut self, end: usize, script: &mut Script<'_>) {
        let settings = script.byte().unwrap_or_default();
        let mut config = ChannelConfig::new("x".repeat(usize::from(settings >> 6) * 600));
        config.ordered = settings & 1 == 0;
        config.reliability = match settings >> 1 & 3 {
            0 | 1 => Reliability::Reliable,
            2 => Reliability::MaxLifetime { ms: 50 },
            _ => Reliability::MaxRetransmits { count: 1 },
        };
        config.negotiated = (settings & 8 != 0).then(|| u16::from(settings >> 4 & 3));
        let _ = self.ends[end].open(&config);
    }

    fn channel(&self, end: usize, script: &mut Script<'_>) -> Option<ChannelNumber> {
        let channels = &self.channels[end];
        channels.get(script.number() % channels.len().max(1)).copied()
    }

    fn write(&mut self, end: usize, script: &mut Script<'_>) {
        let Some(channel) = self.channel(end, script) else { return };
        let length = script.number() * script.number() * 4;
        let written = self.ends[end].write(channel, length % 2 == 0, &content(length));
        assert!(!matches!(written, Err(WriteError::NoMessage | WriteError::WrongLength)));
    }

    fn write_parts(&mut self, end: usize, script: &mut Script<'_>) {
        let Some(channel) = self.channel(end, script) else { return };
        let association = &mut self.ends[end];
        match script.byte().unwrap_or_default() % 8 {
            0 => drop(association.begin_message(channel, true, None)),
            1 => drop(association.begin_message(channel, false, Some(script.number() as u64))),
            2 => drop(association.end_message(channel)),
            _ => {
                let length = script.number() * 16;
                let taken = association.write_part(channel, &content(length));
                assert!(taken.is_ok_and(|taken| taken <= length) || taken.is_err());
            }
        }
    }

    fn read(&mut self, end: usize, script: &mut Script<'_>) {
        let Some(channel) = self.channel(end, script) else { return };
        let association = &mut self.ends[end];
        let reading = match script.byte().unwrap_or_default() % 8 {
            0 => ChannelReading::Messages,
            1 => ChannelReading::Paused,
            2 | 3 => ChannelReading::Parts,
            _ => {
                let most = script.number() * 8;
                if let Some(part) = association.read(channel, most) {
                    assert!(part.data.len() <= most.max(1));
                    assert!(!part.data.is_empty() || (part.is_first && part.is_last));
                }
                return;
            }
        };
        let _ = association.set_reading(channel, reading);
    }

    fn drain(&mut self) {
        for end in 0..2 {
            let mut count = 0;
            while let Some(output) = self.ends[end].poll() {
                count += 1;
                match output {
                    Output::Packet(packet) => {
                        assert!(packet.len() <= PACKET_BYTES_MAX && packet.len() % 4 == 0);
                        self.links[1 - end].push_back(packet);
                    }
                    Output::Event(event) => self.hear(end, event),
                }
            }
            assert!(count <= OUTPUTS_MAX, "{count} outputs");
        }
    }

    fn hear(&mut self, end: usize, event: Event) {
        if let Event::Opened(opened) = event {
            self.channels[end].push(opened.channel);
        }
    }

    /// What is left comes to an end.
    fn settle(&mut self) {
        self.run(100);
        for end in 0..2 {
            for channel in std::mem::take(&mut self.channels[end]) {
                let _ = self.ends[end].set_reading(channel, ChannelReading::Messages);
                self.ends[end].close(channel);
            }
        }
        self.run(100);
    }
}

/// Bytes that say where they are.
fn content(length: usize) -> Vec<u8> {
    (0..length).map(|place| (place % 251) as u8).collect()
}
