//! Two ends, the wire between them, and time.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use lapwing_engine::ChannelConfig;
use lapwing_engine::sctp::Config;

use super::announced::Announced;
use super::ours::Ours;
use super::over_dcsctp::{Extensions, OverDcsctp};
use super::over_sctp_proto::OverSctpProto;
use super::peer::{Message, Peer, Told};
use super::wire::{Path, Wire};

/// How often each is tried, with another seed. With sixty all tests pass as well, in a minute and a
/// half.
pub(super) const SEEDS: u64 = 6;

/// Steps without an end in sight.
const STEPS_MAX: usize = 3_000_000;

/// The end of our association, and that of the other.
pub(super) const OURS: usize = 0;
pub(super) const OTHER: usize = 1;

/// Whose association the other end is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Whose {
    Ours,
    SctpProto,
    Dcsctp,
    /// With all that it can do.
    DcsctpExtended,
}

impl Whose {
    pub(super) fn is_dcsctp(self) -> bool {
        matches!(self, Whose::Dcsctp | Whose::DcsctpExtended)
    }
}

pub(super) const ALL: [Whose; 4] =
    [Whose::Ours, Whose::SctpProto, Whose::Dcsctp, Whose::DcsctpExtended];

/// Who starts the association.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Start {
    Ours,
    Other,
    Both,
}

pub(super) const STARTS: [Start; 3] = [Start::Ours, Start::Other, Start::Both];

/// A run of one test.
pub(super) struct Run {
    ends: [Box<dyn Peer>; 2],
    pub(super) told: [Vec<Told>; 2],
    pub(super) wire: Wire,
    pub(super) now: Instant,
    origin: Instant,
    /// What was written and is not taken yet.
    waiting: [VecDeque<(u16, Message)>; 2],
}

impl Run {
    #[expect(clippy::disallowed_methods, reason = "virtual time needs some instant to begin at")]
    pub(super) fn new(whose: Whose, start: Start, path: Path, seed: u64) -> Self {
        let now = Instant::now();
        // Either is the client of DTLS at times, whoever starts.
        let ours_is_client = seed.is_multiple_of(2);
        let config = |end: u64| {
            let mut bytes = [0; 32];
            bytes[..8].copy_from_slice(&(2 * seed + end).to_be_bytes());
            Config {
                remote_message_bytes_max: Some(256 << 10),
                ..Config::seeded(bytes, ours_is_client == (end == 0))
            }
        };
        let starts = start != Start::Ours;
        let dcsctp = |extensions| OverDcsctp::new(extensions, starts, seed, now);
        let other: Box<dyn Peer> = match whose {
            Whose::Ours => Box::new(Ours::new(config(1), now)),
            Whose::SctpProto => {
                Box::new(Announced::new(OverSctpProto::new(starts, now), !ours_is_client))
            }
            Whose::Dcsctp => Box::new(Announced::new(dcsctp(Extensions::None), !ours_is_client)),
            Whose::DcsctpExtended => {
                Box::new(Announced::new(dcsctp(Extensions::All), !ours_is_client))
            }
        };
        // Ours always starts: what it says is lost where the other is to.
        let mute = match start {
            Start::Ours => Some(OTHER),
            Start::Other => Some(OURS),
            Start::Both => None,
        };
        let mut run = Run {
            ends: [Box::new(Ours::new(config(0), now)), other],
            told: [Vec::new(), Vec::new()],
            wire: Wire::new(path, mute, seed),
            now,
            origin: now,
            waiting: [VecDeque::new(), VecDeque::new()],
        };
        run.drain();
        run
    }

    /// Both ends have the association.
    pub(super) fn connected(whose: Whose, start: Start, path: Path, seed: u64) -> Self {
        let mut run = Run::new(whose, start, path, seed);
        let up = |run: &Run| run.told.iter().all(|told| told.contains(&Told::Established));
        assert!(run.until(Duration::from_secs(600), up), "{whose:?} {start:?}: not established");
        run.wire.mute = None;
        run
    }

    fn drain(&mut self) {
        for (end, peer) in self.ends.iter_mut().enumerate() {
            while let Some((stream, message)) = self.waiting[end].front()
                && peer.write(*stream, message)
            {
                self.waiting[end].pop_front();
            }
            while let Some(packet) = peer.poll_packet(self.now) {
                self.wire.carry(end, &packet, self.now);
            }
            self.told[end].extend(std::iter::from_fn(|| peer.poll_told()));
        }
    }

    /// The next thing happens, unless it is later than `until`.
    fn step(&mut self, until: Instant) -> bool {
        let timers = self.ends.iter().filter_map(|peer| peer.next_timeout());
        let next = timers.chain(self.wire.next()).min();
        let Some(next) = next.filter(|next| *next <= until) else { return false };
        self.now = self.now.max(next);
        if let Some((end, packet)) = self.wire.arrive(self.now) {
            self.ends[end].handle_packet(&packet, self.now);
        } else {
            for peer in &mut self.ends {
                if peer.next_timeout().is_some_and(|at| at <= self.now) {
                    peer.handle_timeout(self.now);
                }
            }
        }
        self.drain();
        true
    }

    /// Runs until it is so, at most for a time. False when it is not.
    pub(super) fn until(&mut self, time: Duration, is_so: impl Fn(&Run) -> bool) -> bool {
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

    pub(super) fn pass(&mut self, time: Duration) {
        self.until(time, |_| false);
    }

    /// Since the begin.
    pub(super) fn elapsed(&self) -> Duration {
        self.now - self.origin
    }

    /// Opens a channel, which has a label for each end and time, and waits for the other end to
    /// hear of it.
    pub(super) fn open(&mut self, end: usize, config: &ChannelConfig) -> u16 {
        let before = self.told[1 - end].len();
        let stream = self.ends[end].open(config);
        let there = |run: &Run| {
            run.told[1 - end][before..]
                .iter()
                .any(|told| matches!(told, Told::Opened { stream: of, .. } if *of == stream))
        };
        assert!(self.until(Duration::from_secs(600), there), "{} is not heard of", config.label);
        stream
    }

    /// Opens one without waiting.
    pub(super) fn begin_to_open(&mut self, end: usize, config: &ChannelConfig) -> u16 {
        let stream = self.ends[end].open(config);
        self.drain();
        stream
    }

    /// Writes a message now, or when there is room.
    pub(super) fn write(&mut self, end: usize, stream: u16, message: Message) {
        self.waiting[end].push_back((stream, message));
        self.drain();
    }

    pub(super) fn close(&mut self, end: usize, stream: u16) {
        let waits = self.waiting[end].iter().any(|(of, _)| *of == stream);
        assert!(!waits, "it was taken before");
        self.ends[end].close(stream);
        self.drain();
    }

    pub(super) fn shutdown(&mut self, end: usize) {
        self.ends[end].shutdown();
        self.drain();
    }

    pub(super) fn abort(&mut self, end: usize) {
        self.ends[end].abort();
        self.drain();
    }

    /// All that was written at an end was taken.
    pub(super) fn is_taken(&self, end: usize) -> bool {
        self.waiting[end].is_empty()
    }

    /// Messages of a stream that came to an end, from all its lives.
    pub(super) fn messages(&self, end: usize, of: u16) -> Vec<&Message> {
        let messages = self.told[end].iter().filter_map(|told| match told {
            Told::Message { stream, message } if *stream == of => Some(message),
            _ => None,
        });
        messages.collect()
    }

    pub(super) fn count(&self, end: usize, is_it: impl Fn(&Told) -> bool) -> usize {
        self.told[end].iter().filter(|told| is_it(told)).count()
    }
}
