//! What keeps pictures and their sound together.
//!
//! 1. Frames bring times of capture, or sender reports say what the wall clock of the sender was at
//!    a media time of each stream (RFC 3550 section 6.4.1).
//! 2. What is played when says how long each stream takes from its capture to the playout. Where
//!    the streams differ, people see it from 45 ms on (ITU-R BT.1359).
//! 3. Once a second the one that is sooner gets more delay, or the other less, if it was given
//!    some: half the difference, and at most 80 ms (libwebrtc's `video/stream_synchronization` has
//!    these steps).

use std::time::{Duration, Instant};

use lapwing_engine::rtcp::NtpTime;
use lapwing_engine::{CaptureTime, MediaKind, MediaTime, ReceivedFrame};

use super::ntp_clock::SenderClock;
use super::settings::{MS, SECOND, micros, span};

/// From one step to the next.
const STEP_EVERY: Duration = Duration::from_secs(1);

/// After a step, what is played is not measured for so long: it takes time to have an effect.
const SETTLES: Duration = Duration::from_millis(400);

/// The most that changes at once.
const STEP_MAX: i64 = 80 * MS;

/// A difference that is left alone.
const TOLERANCE: i64 = 10 * MS;

/// Streams that are further apart have clocks that do not belong together.
const APART_MAX: i64 = 5 * SECOND;

/// The most that a stream is delayed for the other.
const DELAY_MAX: i64 = 2 * SECOND;

/// Says how much delay sound and pictures of one sender need to be played together.
///
/// ```
/// use std::time::{Duration, Instant};
/// use lapwing_engine::rtcp::NtpTime;
/// use lapwing_engine::{MediaKind, MediaTime};
/// use lapwing_media::Synchronizer;
///
/// let mut synchronizer = Synchronizer::new();
/// let start = Instant::now();
/// let noon = NtpTime::from_unix(Duration::from_secs(1_700_000_000));
/// synchronizer.report(MediaKind::Audio, noon, 0, 48_000);
/// synchronizer.report(MediaKind::Video, noon, 0, 90_000);
/// // What was captured in the same moment is heard 60 ms before it is seen.
/// let target = Duration::from_millis(50);
/// for second in 1..=2 {
///     let now = start + Duration::from_secs(second);
///     synchronizer.played(MediaKind::Audio, MediaTime::new(48_000 * second, 48_000), now);
///     let shown_at = now + Duration::from_millis(60);
///     synchronizer.played(MediaKind::Video, MediaTime::new(90_000 * second, 90_000), shown_at);
///     synchronizer.update(target, target, shown_at);
/// }
/// assert_eq!(synchronizer.delays().audio, Duration::from_millis(80));
/// assert_eq!(synchronizer.delays().video, Duration::ZERO);
/// ```
#[derive(Clone, Debug, Default)]
pub struct Synchronizer {
    audio: Stream,
    video: Stream,
    stepped_at: Option<Instant>,
    /// The moment that is zero in microseconds.
    epoch: Option<Instant>,
    /// The difference as it was measured last, and the largest so far.
    apart: Option<i64>,
    worst: i64,
}

/// The least delay of each stream's playout, zero where it may be what the network allows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SyncDelays {
    /// For [`AudioReceiver::set_hint`](crate::AudioReceiver::set_hint), where the application does
    /// not want more.
    pub audio: Duration,
    /// For [`VideoReceiver::set_sync_delay`](crate::VideoReceiver::set_sync_delay).
    pub video: Duration,
}

#[derive(Clone, Debug, Default)]
struct Stream {
    clock: SenderClock,
    /// Times of capture are not on the clock of whoever sends it.
    foreign: bool,
    /// Times from capture to playout since the last step: their sum and number.
    taken: (i128, i64),
    /// The least delay that it is given.
    delay: i64,
}

impl Synchronizer {
    /// Nothing is known, and nothing is delayed.
    pub fn new() -> Self {
        Synchronizer::default()
    }

    /// A sender report of a stream came: its two timestamps
    /// ([`SenderInfo`](lapwing_engine::rtcp::packet::SenderInfo)). `rate` is that of the codec's
    /// RTP clock, in ticks per second.
    pub fn report(&mut self, kind: MediaKind, ntp: NtpTime, timestamp: u32, rate: u32) {
        self.stream(kind).clock.report(ntp, timestamp, rate);
    }

    /// A frame of one of the streams came: it may say when it was captured.
    pub fn arrived(&mut self, received: &ReceivedFrame) {
        if let Some(captured) = received.facts.captured {
            self.captured(received.frame.codec.kind(), received.frame.time, captured);
        }
    }

    /// Media of this time were captured then. Streams of which one tells it on its sender's clock
    /// and the other on that of whoever captured are not compared.
    pub fn captured(&mut self, kind: MediaKind, time: MediaTime, captured: CaptureTime) {
        let stream = self.stream(kind);
        let foreign = !captured.is_senders();
        if std::mem::replace(&mut stream.foreign, foreign) != foreign {
            stream.taken = (0, 0);
        }
        stream.clock.pair(time, captured.at);
    }

    /// Media of this time are played at `at`: a picture that is shown, or what a pull of sound
    /// begins with ([`AudioReceiver::playing`](crate::AudioReceiver::playing)).
    pub fn played(&mut self, kind: MediaKind, time: MediaTime, at: Instant) {
        let moment = self.moment(at);
        let settling = self.stepped_at.is_some_and(|stepped| at < stepped + SETTLES);
        let stream = self.stream(kind);
        stream.clock.near(time);
        let Some(captured) = stream.clock.captured(time) else { return };
        if !settling {
            stream.taken.0 += i128::from(moment) - i128::from(captured);
            stream.taken.1 += 1;
        }
    }

    /// Takes a step, if it is time for one; the targets are what the receivers say now. True when
    /// the delays changed.
    pub fn update(&mut self, audio: Duration, video: Duration, now: Instant) -> bool {
        let stepped = *self.stepped_at.get_or_insert(now);
        if now.saturating_duration_since(stepped) < STEP_EVERY {
            return false;
        }
        let means = (self.audio.mean(), self.video.mean());
        let (Some(heard), Some(seen)) = means else { return false };
        self.stepped_at = Some(now);
        (self.audio.taken, self.video.taken) = ((0, 0), (0, 0));
        let apart = seen - heard;
        self.apart = None;
        if apart.abs() > i128::from(APART_MAX) || self.audio.foreign != self.video.foreign {
            return false;
        }
        let apart = apart as i64;
        self.apart = Some(apart);
        if apart.abs() >= self.worst.abs() {
            self.worst = apart;
        }
        if apart.abs() <= TOLERANCE {
            return false;
        }
        let before = self.delays();
        let step = (apart.abs() / 2).min(STEP_MAX);
        match apart > 0 {
            true => shift(&mut self.video, &mut self.audio, [video, audio], step),
            false => shift(&mut self.audio, &mut self.video, [audio, video], step),
        }
        self.delays() != before
    }

    /// What each stream needs now.
    pub fn delays(&self) -> SyncDelays {
        SyncDelays { audio: span(self.audio.delay), video: span(self.video.delay) }
    }

    /// How much later pictures are than their sound, in seconds, as it was measured last; negative
    /// where they are sooner.
    pub fn video_behind_audio(&self) -> Option<f64> {
        self.apart.map(|apart| apart as f64 / SECOND as f64)
    }

    /// The largest of what [`Self::video_behind_audio`] was so far, either way; zero before
    /// anything was measured.
    pub fn video_behind_audio_worst(&self) -> f64 {
        self.worst as f64 / SECOND as f64
    }

    fn stream(&mut self, kind: MediaKind) -> &mut Stream {
        match kind {
            MediaKind::Audio => &mut self.audio,
            MediaKind::Video => &mut self.video,
        }
    }

    fn moment(&mut self, now: Instant) -> i64 {
        let epoch = *self.epoch.get_or_insert(now);
        match now.checked_duration_since(epoch) {
            Some(after) => micros(after),
            None => -micros(epoch - now),
        }
    }
}

impl Stream {
    fn mean(&self) -> Option<i128> {
        (self.taken.1 > 0).then(|| self.taken.0 / i128::from(self.taken.1))
    }
}

/// Takes delay from the stream that is behind, where it was given some that is felt, or gives it to
/// the other. The targets are in the same order.
fn shift(behind: &mut Stream, ahead: &mut Stream, targets: [Duration; 2], step: i64) {
    let [slow, fast] = targets.map(micros);
    if behind.delay > 0 && behind.delay >= slow {
        behind.delay = (behind.delay - step).max(0);
        return;
    }
    // Its own network asks for more than it was given.
    behind.delay = 0;
    ahead.delay = (fast + step).min(DELAY_MAX);
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is left in ms after so many seconds, where the playout follows the targets at once and
    /// the network alone would have these delays.
    fn apart_after(seconds: u64, audio_ms: u64, video_ms: u64) -> (f64, SyncDelays) {
        let mut synchronizer = Synchronizer::new();
        let start = Instant::now();
        let noon = NtpTime::from_unix(Duration::from_secs(1_700_000_000));
        synchronizer.report(MediaKind::Audio, noon, 5_000, 48_000);
        synchronizer.report(MediaKind::Video, noon, u32::MAX - 90, 90_000);
        for ms in (100..=seconds * 1_000).step_by(20) {
            let delays = synchronizer.delays();
            let audio = Duration::from_millis(audio_ms).max(delays.audio);
            let video = Duration::from_millis(video_ms).max(delays.video);
            let captured = start + Duration::from_millis(ms);
            let heard = MediaTime::new(5_000 + 48 * ms, 48_000);
            let seen = MediaTime::new(u64::from(u32::MAX) - 90 + 90 * ms, 90_000);
            synchronizer.played(MediaKind::Audio, heard, captured + audio);
            synchronizer.played(MediaKind::Video, seen, captured + video);
            synchronizer.update(audio, video, captured);
        }
        (synchronizer.video_behind_audio().unwrap() * 1_000.0, synchronizer.delays())
    }

    #[test]
    fn the_sooner_one_waits_for_the_other_in_steps() {
        let (apart, delays) = apart_after(8, 40, 240);
        assert!(apart.abs() <= 10.5, "{apart}");
        assert_eq!(delays.video, Duration::ZERO);
        assert!(delays.audio >= Duration::from_millis(225), "{delays:?}");
        let (apart, delays) = apart_after(8, 300, 60);
        assert!(apart.abs() <= 10.5, "{apart}");
        assert_eq!(delays.audio, Duration::ZERO);
        let (_, delays) = apart_after(3, 40, 1_000);
        assert!(delays.audio <= Duration::from_millis(40 + 2 * 80), "{delays:?}");
    }

    #[test]
    fn clocks_that_do_not_belong_together_change_nothing() {
        let mut synchronizer = Synchronizer::new();
        let start = Instant::now();
        synchronizer.report(MediaKind::Audio, NtpTime::from_bits(0), 0, 0);
        synchronizer.report(MediaKind::Video, NtpTime::from_bits(u64::MAX), 0, u32::MAX);
        for second in 0..10 {
            let now = start + Duration::from_secs(second);
            synchronizer.played(MediaKind::Audio, MediaTime::new(u64::MAX, 1), now);
            synchronizer.played(MediaKind::Video, MediaTime::new(second, 90_000), now);
            assert!(!synchronizer.update(Duration::MAX, Duration::ZERO, now));
        }
        assert_eq!(synchronizer.delays(), SyncDelays::default());
    }
}
