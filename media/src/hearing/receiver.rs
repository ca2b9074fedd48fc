//! The receiver of sound.
//!
//! 1. `push` sorts a packet in and learns from when it came (`stream`, `packets`, `arrivals`).
//! 2. `pull` fills what is to be played to 10 ms: `decide` says by what, `voice` makes it.
//! 3. Then the playout's delay is compared with the target, and a period of the sound is left out
//!    or played twice (`stretch`).

use std::time::{Duration, Instant};

use lapwing_engine::{EncodedFrame, MediaTime, ReceivedFrame};

use super::arrivals::{Arrivals, Order};
use super::counts::AudioReceiverStats;
use super::decide::{Action, Between, Facts, First, Told, decide};
use super::join::Shift;
use super::packets::{Held, Kind, Packet, Packets, media_time};
use super::settings::{HearingSettings, MS, PULL, RATE, samples, span};
use super::stream::{Belongs, Stream};
use super::stretch::{Leave, NEEDED};
use super::voice::{Entry, Voice};
use crate::samples::Samples;

/// The playout may be so far beyond its target before it is played faster, and so far below before
/// it is played slower. Between the two lies more than one period, so that one does not call for
/// the other.
const TOLERANCE: (i64, i64) = (25 * MS, 10 * MS);

/// From here on, beyond and below, also words are stretched, not only the pauses between them.
const IMPATIENT: (i64, i64) = (80 * MS, 30 * MS);

/// From here on beyond the target every pull leaves a period out, also a worse one.
const HURRY: i64 = 120 * MS;

/// How well the sides of a jump must agree within a word: in peace, and in a hurry.
const AGREE: (f32, f32) = (0.9, 0.6);

/// Pulls from one change of speed to the next, in peace.
const PAUSE: u32 = 5;

/// What waits beyond this is given up at once.
const MAX_BEHIND: i64 = 1_000 * MS;

/// Over so many pulls, twice, the least that waited says what can be left out.
const SLACK_PULLS: u32 = 25;

/// So many packets in turn whose place was passed are the stream: what was played came from
/// somewhere else, and it begins anew with them. Half a second of packets of 20 ms.
const LATE_MAX: u32 = 25;

/// For so much of a loss the target leaves time to recall it: five packets of 20 ms, which seven of
/// eight bursts of three on average do not exceed. Of longer ones the beginning is made up.
const WAIT_TO_RECALL: i64 = 100 * MS;

/// Steps in one pull: each gives at least 2.5 ms, drops a packet, or decodes one.
const MAX_STEPS: usize = 400;

/// Receives packets of sound when they come and gives 10 ms of sound whenever it is asked: a
/// jitter buffer that adapts, with concealment, time stretching and repair. It reads no clock;
/// the same calls give the same bytes.
///
/// ```
/// use std::time::{Duration, Instant};
/// use lapwing_media::{AudioReceiver, HearingSettings};
///
/// let mut receiver = AudioReceiver::new(HearingSettings::mono());
/// let mut now = Instant::now();
/// for _ in 0..10 {
///     assert_eq!(receiver.pull(now).frames(), 480);
///     now += Duration::from_millis(10);
/// }
/// assert_eq!(receiver.stats().concealed_samples, 0); // Nothing was sent yet.
/// ```
#[derive(Debug)]
pub struct AudioReceiver {
    settings: HearingSettings,
    /// The moment that is zero in samples.
    epoch: Option<Instant>,
    stream: Stream,
    packets: Packets,
    arrivals: Arrivals,
    voice: Voice,
    /// The media time after what was decoded last, and that packet's number; `None` before the
    /// stream begins.
    next: Option<(i64, Option<u64>)>,
    /// Samples of the packet decoded last.
    length: i64,
    slack: Slack,
    /// Pulls until the speed may change again.
    pause: u32,
    /// Packets in turn whose place was passed.
    late: u32,
    output: Samples,
    given: u64,
}

/// The least that waited in the last pulls.
#[derive(Clone, Copy, Debug)]
struct Slack {
    now: i64,
    before: i64,
    pulls: u32,
}

impl AudioReceiver {
    /// A receiver. Channels other than one and two are taken as one and two.
    pub fn new(settings: HearingSettings) -> Self {
        let channels = settings.channels.clamp(1, 2);
        let silence = vec![0.0; PULL * usize::from(channels)];
        let output = Samples::new(silence, RATE, channels, MediaTime::new(0, RATE));
        AudioReceiver {
            epoch: None,
            stream: Stream::default(),
            packets: Packets::new(),
            arrivals: Arrivals::new(&settings),
            voice: Voice::new(channels, settings.deep_concealment),
            next: None,
            length: 20 * MS,
            slack: Slack { now: 0, before: 0, pulls: 0 },
            pause: 0,
            late: 0,
            output: output.expect("one or two channels at 48 kHz are a format"),
            given: 0,
            settings,
        }
    }

    /// The application would like at least this much delay, or leaves it to the receiver
    /// (`RTCRtpReceiver.jitterBufferTarget`).
    pub fn set_hint(&mut self, hint: Option<Duration>) {
        self.arrivals.set_hint(hint.map_or(0, samples));
    }

    /// How far the playout should be behind the fastest packets.
    pub fn target(&self) -> Duration {
        span(self.arrivals.target())
    }

    /// The media time of what the next pull begins with, on a clock of 48 kHz; `None` before there
    /// is anything.
    pub fn playing(&self) -> Option<MediaTime> {
        self.next?;
        let playing = self.position() - self.voice.play.future() as i64;
        u64::try_from(playing).ok().map(|ticks| MediaTime::new(ticks, RATE))
    }

    /// What happened so far.
    pub fn stats(&self) -> AudioReceiverStats {
        self.voice.counts.stats()
    }

    /// Takes a packet that is there at `now`.
    pub fn push(&mut self, received: ReceivedFrame, now: Instant) {
        let now = self.moment(now);
        let arrived = self.moment(received.received_at).min(now);
        let frame = received.frame;
        let time = media_time(&frame);
        if frame.data.is_empty() {
            self.voice.counts.stats.dropped.empty += 1;
            return;
        }
        if self.settings.telephone_events.contains(&received.payload_type) {
            self.event(&frame, time);
            return;
        }
        let noise = self.settings.comfort_noise.contains(&received.payload_type);
        let kind = if noise { Kind::Noise } else { Kind::Sound };
        let number = received.packets.map(|packets| packets.first);
        match self.stream.judge(Packet { kind, frame, time, number, arrived }) {
            Belongs::Yes { order, missing, packet } => self.hold(packet, order, missing, now),
            Belongs::Perhaps { dropped } => self.voice.counts.stats.dropped.astray += dropped,
            Belongs::Anew(first, second) => {
                self.restart();
                self.hold(first, Order::InOrder, None, now);
                self.hold(second, Order::InOrder, None, now);
            }
        }
    }

    /// The next 10 ms, to be heard from `now` on. Lent, as it is made anew in the same place.
    pub fn pull(&mut self, now: Instant) -> &Samples {
        let now = self.moment(now);
        self.fill(PULL, now);
        self.adapt(now);
        self.fill(PULL, now);
        self.voice.take(self.output.data_mut());
        self.slack.note(self.available());
        self.output.set_time(MediaTime::new(self.given, RATE));
        self.given += PULL as u64;
        &self.output
    }

    fn moment(&mut self, now: Instant) -> i64 {
        let epoch = *self.epoch.get_or_insert(now);
        match now.checked_duration_since(epoch) {
            Some(after) => samples(after),
            None => -samples(epoch - now),
        }
    }

    fn hold(&mut self, packet: Packet, order: Order, missing: Option<u64>, now: i64) {
        if self.next.is_some_and(|(next, _)| packet.time < next) {
            self.late += 1;
            if self.late < LATE_MAX {
                self.arrivals.arrived(packet.time, now, order);
                self.voice.counts.stats.dropped.late += 1;
                return;
            }
            self.restart();
        }
        self.late = 0;
        let time = packet.time;
        let lost = missing.filter(|missing| *missing > 0);
        let back = lost.map_or(0, |lost| self.brought_back(&packet.frame, lost));
        match self.packets.insert(packet) {
            Held::Kept => {}
            Held::Duplicate => {
                self.voice.counts.stats.dropped.duplicate += 1;
                return;
            }
            Held::Displaced => self.voice.counts.stats.dropped.overflow += 1,
        }
        self.arrivals.arrived(time, now, order);
        if back > 0 {
            self.arrivals.repaired(time - back, now);
        }
    }

    /// How much this frame brings back of so many packets that are missing before it.
    fn brought_back(&mut self, frame: &EncodedFrame, lost: u64) -> i64 {
        let Told { copy, reach } = self.voice.told(frame, self.length);
        let lost = self.length.saturating_mul(i64::try_from(lost).unwrap_or(i64::MAX));
        reach.min(lost).min(WAIT_TO_RECALL).max(copy)
    }

    fn event(&mut self, frame: &EncodedFrame, time: i64) {
        if self.voice.tones.push(&frame.data, time, frame.time.rate()).is_err() {
            self.voice.counts.stats.dropped.undecodable += 1;
        } else if self.next.is_none() {
            // An event may be the first of a stream.
            self.next = Some((time, None));
            self.voice.begin();
        }
    }

    fn restart(&mut self) {
        let stats = &mut self.voice.counts.stats;
        stats.restarts += 1;
        stats.dropped.astray += self.packets.clear();
        self.arrivals.restart();
        self.voice.restart();
        self.next = None;
    }

    /// Makes sound until so much waits to be played.
    fn fill(&mut self, count: usize, now: i64) {
        for _ in 0..MAX_STEPS {
            if self.voice.play.future() >= count {
                return;
            }
            self.step(now);
        }
    }

    fn step(&mut self, now: i64) {
        self.give_up_what_is_behind(now);
        let facts = self.facts(now);
        match decide(&facts) {
            Action::Tone => self.voice.tone(self.position()),
            Action::MakeUp(count) => self.voice.make_up(count as usize),
            Action::Decode { without } => self.decode(without, &facts, now),
            Action::Repair { length, without } => self.repair(length, without, &facts, now),
            Action::Recall { before, length } => self.recall(before, length, &facts, now),
        }
    }

    /// The media time of what is made next.
    fn position(&self) -> i64 {
        self.next.map_or(0, |(next, _)| next) + self.voice.made() as i64
    }

    /// How far the playout would be behind, were `time` put behind what waits to be played.
    fn delay_at(&self, time: i64, now: i64) -> i64 {
        now + self.voice.play.future() as i64 - time - self.arrivals.base().unwrap_or(now - time)
    }

    fn facts(&mut self, now: i64) -> Facts {
        let position = self.position();
        let event = self.voice.tones.first(position).is_some_and(|start| start <= position);
        let first = self.packets.first().map(|packet| (packet.time, packet.number));
        let delay = first.map_or(0, |(time, _)| self.delay_at(time, now));
        let waiting = self.packets.len() as i64 * self.length;
        let first = match (first, self.next) {
            (None, _) => First::Nothing,
            (Some(_), None) => First::Start,
            (Some((time, _)), Some((next, _))) if time <= next => First::Due,
            (Some((time, number)), Some((next, last))) => {
                First::Ahead { gap: time - next, between: self.between(number, last) }
            }
        };
        let (made, target) = (self.voice.made() as i64, self.arrivals.target());
        Facts { first, made, delay, target, waiting, length: self.length, event }
    }

    /// What there should be before the first packet, which has this number.
    fn between(&mut self, number: Option<u64>, last: Option<u64>) -> Between {
        let follows =
            number.zip(last).is_some_and(|(number, last)| number.checked_sub(1) == Some(last));
        if follows || self.voice.is_silent() {
            return Between::Silence;
        }
        let told = self.packets.first().map(|first| self.voice.told(&first.frame, self.length));
        Between::Packets(told.unwrap_or_default())
    }

    /// Drops what lies so far behind that nobody would wait for it.
    fn give_up_what_is_behind(&mut self, now: i64) {
        let limit = self.arrivals.target() + MAX_BEHIND;
        while let (Some(first), Some(second)) = (self.packets.first(), self.packets.second())
            && self.available() > limit
            && self.delay_at(first.time, now) > limit
            && self.delay_at(second.time, now) >= self.arrivals.target()
        {
            self.packets.take();
            self.voice.counts.stats.dropped.overflow += 1;
        }
    }

    fn decode(&mut self, mut without: i64, facts: &Facts, now: i64) {
        // Whole packets are left out without being decoded.
        while without >= self.length
            && self.packets.second().is_some_and(|second| {
                let first = self.packets.first().map_or(0, |first| first.time);
                second.time - first == self.length
            })
        {
            self.packets.take();
            self.voice.counts.stats.dropped.late += 1;
            without -= self.length;
        }
        let Some(packet) = self.packets.take() else { return };
        if packet.kind == Kind::Noise {
            self.voice.describe(&packet.frame.data);
            self.next = Some((packet.time, packet.number));
            return;
        }
        let gap = match facts.first {
            First::Ahead { gap, between } => {
                if between == Between::Silence {
                    self.voice.counts.was_silence();
                }
                gap
            }
            First::Nothing | First::Due | First::Start => 0,
        };
        let follows = without == 0 && gap == facts.made && facts.first != First::Start;
        let entry = self.entry(without, follows, facts);
        let waited = now + self.voice.play.future() as i64 - packet.arrived;
        let Ok((length, played)) = self.voice.decode(&packet.frame, entry) else {
            self.voice.counts.stats.dropped.undecodable += 1;
            return;
        };
        let (target, minimum) = (self.arrivals.target(), self.arrivals.minimum());
        self.voice.counts.emitted(played, waited, target, minimum);
        self.length = (length as i64).max(1);
        self.next = Some((packet.time + length as i64, packet.number));
    }

    fn repair(&mut self, length: i64, without: i64, facts: &Facts, now: i64) {
        let Some(packet) = self.packets.first() else { return };
        let follows = match facts.first {
            First::Ahead { gap, .. } => without == 0 && gap - facts.made == length,
            First::Nothing | First::Due | First::Start => false,
        };
        let (time, number) = (packet.time, packet.number);
        let waited = now + self.voice.play.future() as i64 - packet.arrived;
        let entry = self.entry(without, follows, facts);
        match self.voice.repair(&packet.frame, length as usize, entry) {
            Some(played) => {
                let (target, minimum) = (self.arrivals.target(), self.arrivals.minimum());
                self.voice.counts.emitted(played, waited, target, minimum);
                self.next = Some((time, number.and_then(|number| number.checked_sub(1))));
            }
            // No copy after all.
            None => self.voice.make_up(PULL.min(length as usize)),
        }
    }

    fn recall(&mut self, before: i64, length: i64, facts: &Facts, now: i64) {
        let (Some(packet), Some((next, last))) = (self.packets.first(), self.next) else { return };
        let time = packet.time;
        let waited = now + self.voice.play.future() as i64 - packet.arrived;
        let follows = next + facts.made == time - before;
        let entry = self.entry(0, follows, facts);
        match self.voice.recall(&packet.frame, before as usize, length as usize, entry) {
            Some((length, played)) => {
                let (target, minimum) = (self.arrivals.target(), self.arrivals.minimum());
                self.voice.counts.emitted(played, waited, target, minimum);
                self.next = Some((time - before + length as i64, last));
            }
            // It does not tell after all.
            None => self.voice.make_up(PULL.min(length as usize)),
        }
    }

    fn entry(&self, without: i64, follows: bool, facts: &Facts) -> Entry {
        let shift = if facts.delay < facts.target { Shift::Later } else { Shift::Sooner };
        Entry { without: without as usize, follows, shift }
    }

    /// What waits, decoded or not.
    fn available(&self) -> i64 {
        self.voice.play.future() as i64 + self.packets.len() as i64 * self.length
    }

    /// Changes the speed of what is played next, where the delay is not what it should be.
    fn adapt(&mut self, now: i64) {
        self.pause = self.pause.saturating_sub(1);
        let Some((next, _)) = self.next else { return };
        if self.voice.made() > 0 {
            return;
        }
        let excess = self.delay_at(next, now) - self.arrivals.target();
        let hurry = excess > HURRY;
        if self.pause > 0 && !hurry {
            return;
        }
        let patient = (-IMPATIENT.1..=IMPATIENT.0).contains(&excess);
        let agree = match hurry {
            true => AGREE.1,
            // More than perfect: pauses alone.
            false if patient => f32::INFINITY,
            false => AGREE.0,
        };
        let leave = Leave { agree, quiet: self.voice.quiet() };
        let changed = if excess > TOLERANCE.0 && self.slack.least() >= NEEDED as i64 {
            self.fill_from_packets(NEEDED, now);
            self.voice.shorten(leave)
        } else if excess < -TOLERANCE.1 {
            self.voice.lengthen(leave)
        } else {
            None
        };
        if let Some(count) = changed {
            self.pause = PAUSE;
            if excess > 0 {
                self.slack.less(count as i64);
            }
        }
    }

    /// As [`AudioReceiver::fill`], as long as the next packet is there.
    fn fill_from_packets(&mut self, count: usize, now: i64) {
        while self.voice.play.future() < count
            && let Some((next, _)) = self.next
            && self.packets.first().is_some_and(|first| first.time <= next)
        {
            self.step(now);
        }
    }
}

impl Slack {
    fn note(&mut self, waiting: i64) {
        self.now = self.now.min(waiting);
        self.pulls += 1;
        if self.pulls == SLACK_PULLS {
            *self = Slack { now: i64::MAX, before: self.now, pulls: 0 };
        }
    }

    fn least(&self) -> i64 {
        self.now.min(self.before)
    }

    /// So much was left out.
    fn less(&mut self, count: i64) {
        self.now = self.now.saturating_sub(count);
        self.before = self.before.saturating_sub(count);
    }
}
