//! The receiver of pictures.
//!
//! 1. `push` finds a frame's place (`place`), learns from when it came (`arrivals`) and moves the
//!    schedule (`schedule`).
//! 2. `poll` gives the next frame to be decoded when its picture is due soon, if what it refers to
//!    was decoded (`chain`), and pictures when they are due.
//! 3. `decoded` and `undecodable` tell what came of a frame.
//! 4. `feedback` says when a key frame is to be asked for (`keyframes`).

use std::time::{Duration, Instant};

use lapwing_engine::rtp::extension::PlayoutDelay;
use lapwing_engine::{EncodedFrame, ReceivedFrame};

use super::arrivals::Arrivals;
use super::chain::{Chain, Fit, Link};
use super::counts::{Counts, VideoReceiverStats};
use super::decode_time::DecodeTimes;
use super::gap;
use super::keyframes::KeyframeWish;
use super::layers::Layer;
use super::pictures::{Decoding, Pictures};
use super::place::{Belongs, Place, Places};
use super::schedule::Schedule;
use super::settings::{SeeingSettings, media_time, micros, span};
use super::waiting::{Held, Inserted, Waiting};
use crate::picture::Picture;
use crate::stage::Polled;

/// So many pictures in turn are passed over for newer ones; then one is shown, also where decoding
/// never catches up.
const PASSED_OVER_MAX: u32 = 4;

/// Receives frames when they come, gives each to be decoded when it is time for it, and each
/// picture to be shown when it is due: a jitter buffer that adapts. It reads no clock and decodes
/// nothing itself; the same calls give the same answers.
///
/// ```
/// use std::time::{Duration, Instant};
/// use lapwing_engine::{
///     Codec, EncodedFrame, FrameFacts, FramePackets, MediaTime, Mid, PayloadType, ReceivedFrame,
/// };
/// use lapwing_media::{Picture, Polled, SeeingSettings, VideoReceiver, VideoStep};
///
/// let mut receiver = VideoReceiver::new(SeeingSettings::call());
/// let mut now = Instant::now();
/// let time = MediaTime::new(0, MediaTime::VIDEO_RATE);
/// let frame = EncodedFrame { codec: Codec::Vp8, time, keyframe: true, data: [0; 10].into() };
/// receiver.push(
///     ReceivedFrame {
///         mid: Mid::new("0").unwrap(),
///         rid: None,
///         payload_type: PayloadType(96),
///         frame,
///         received_at: now,
///         contiguous: true,
///         audio_level: None,
///         packets: Some(FramePackets { first: 1, last: 1, lost_before: None }),
///         facts: FrameFacts::default(),
///         layers: Vec::new(),
///     },
///     now,
/// );
/// let mut shown = 0;
/// while shown == 0 {
///     match receiver.poll(now) {
///         Polled::Item(VideoStep::Decode(frame)) => {
///             let picture = Picture::new(2, 2, frame.time)?; // A decoder's.
///             receiver.decoded(vec![picture], Duration::from_millis(3), now);
///         }
///         Polled::Item(VideoStep::Render(_)) => shown += 1,
///         Polled::Wait(at) => now = at,
///         Polled::Empty => break,
///     }
/// }
/// assert_eq!(receiver.stats().frames_rendered, 1);
/// # Ok::<(), lapwing_media::PictureError>(())
/// ```
#[derive(Debug)]
pub struct VideoReceiver {
    settings: SeeingSettings,
    /// At least this much delay, so that the sound is in time.
    sync: i64,
    /// The bounds that the sender told last.
    told: Option<PlayoutDelay>,
    /// The moment that is zero in microseconds.
    epoch: Option<Instant>,
    places: Places,
    waiting: Waiting,
    chain: Chain,
    arrivals: Arrivals,
    decode_times: DecodeTimes,
    schedule: Schedule,
    pictures: Pictures,
    wish: KeyframeWish,
    counts: Counts,
    /// Pictures in turn that were passed over.
    passed_over: u32,
    /// The next one was due, and kept back.
    kept_back: bool,
}

/// What is to be done next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum VideoStep {
    /// Decode this frame now, and tell what came of it with [`VideoReceiver::decoded`] or
    /// [`VideoReceiver::undecodable`], in the order that frames were given in.
    Decode(EncodedFrame),
    /// Show this picture now.
    Render(Picture),
}

/// What is to be told to the sender.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VideoFeedback {
    /// Nothing can be decoded without a key frame: ask for one
    /// ([`Media::request_keyframe`](lapwing_engine::Media::request_keyframe), RFC 4585 section
    /// 6.3.1).
    KeyframeWanted,
}

impl VideoReceiver {
    /// A receiver.
    pub fn new(settings: SeeingSettings) -> Self {
        VideoReceiver {
            settings,
            sync: 0,
            told: None,
            epoch: None,
            places: Places::default(),
            waiting: Waiting::default(),
            chain: Chain::new(),
            arrivals: Arrivals::new(),
            decode_times: DecodeTimes::new(),
            schedule: Schedule::default(),
            pictures: Pictures::default(),
            wish: KeyframeWish::new(micros(settings.keyframe_every).max(1)),
            counts: Counts::default(),
            passed_over: 0,
            kept_back: false,
        }
    }

    /// The application would like at least this much delay, or leaves it to the receiver
    /// (`RTCRtpReceiver.jitterBufferTarget`).
    pub fn set_hint(&mut self, hint: Option<Duration>) {
        self.settings.hint = hint;
    }

    /// The least and the largest delay that the application wants. What the sender says of both
    /// (the header extension `playout-delay`) comes with frames, and holds within these. A maximum
    /// of zero shows each picture as soon as it is decoded.
    pub fn set_limits(&mut self, minimum: Duration, maximum: Duration) {
        (self.settings.minimum, self.settings.maximum) = (minimum, maximum);
    }

    /// At least this much delay, so that pictures are shown with their sound:
    /// [`SyncDelays::video`](crate::SyncDelays).
    pub fn set_sync_delay(&mut self, delay: Duration) {
        self.sync = micros(delay);
    }

    /// How far behind the fastest frames pictures should be shown.
    pub fn target(&self) -> Duration {
        span(self.target_micros())
    }

    /// What happened so far.
    pub fn stats(&self) -> VideoReceiverStats {
        self.counts.stats()
    }

    /// Takes a frame that is there, whole, at `now`. Where its temporal layer is known
    /// ([`FrameFacts::info`](lapwing_engine::FrameFacts)), a frame of an upper layer that refers to
    /// what was lost is left out, and no key frame is asked for. The bounds that it brings
    /// ([`FrameFacts::playout_delay`](lapwing_engine::FrameFacts)) hold within those that were set.
    pub fn push(&mut self, received: ReceivedFrame, now: Instant) {
        let now = self.moment(now);
        self.counts.stats.frames_received += 1;
        let frame = received.frame;
        if frame.data.is_empty() {
            self.counts.stats.dropped.empty += 1;
            return;
        }
        let packets = received.packets.map(|packets| (packets.first, packets.last));
        let packets = packets.filter(|(first, last)| first <= last);
        let (time, keyframe) = (media_time(&frame), frame.keyframe);
        let number = packets.map(|(first, _)| first);
        let place = Place { number, time, transit: now - time, keyframe };
        match self.places.judge(place, self.chain.passed(), self.arrivals.base()) {
            Belongs::Yes => {}
            Belongs::ClockJumped => self.restart_clock(),
            Belongs::Anew => self.restart(),
            Belongs::Passed => {
                self.counts.stats.dropped.late += 1;
                return;
            }
            Belongs::Astray => {
                self.counts.stats.dropped.astray += 1;
                return;
            }
        }
        self.told = received.facts.playout_delay.or(self.told);
        let info = received.facts.info.as_ref();
        let layer = info.map_or_else(|| Layer::of(&frame), Layer::told);
        let arrived = self.moment(received.received_at).min(now);
        let link = Link { keyframe, packets, contiguous: received.contiguous, layer };
        let bytes = frame.data.len();
        let held = Held { frame, link, time, arrived, whole: now, fixed: None };
        match self.waiting.insert(held) {
            Inserted::Yes => {
                if keyframe {
                    self.wish.fulfilled();
                }
                self.arrivals.arrived(time, bytes, now);
                self.follow(time, now);
            }
            Inserted::Duplicate => self.counts.stats.dropped.duplicate += 1,
            Inserted::Full => {
                self.counts.stats.dropped.overflow += 1 + self.waiting.clear();
                self.chain.sever();
                self.want_keyframe();
            }
        }
        self.settle(now);
    }

    /// What is to be done at `now`: poll until it is not [`Polled::Item`]. [`Polled::Wait`] is also
    /// for the next [`VideoReceiver::feedback`].
    pub fn poll(&mut self, now: Instant) -> Polled<VideoStep> {
        let moment = self.moment(now);
        self.settle(moment);
        self.counts.stats.dropped.not_shown += self.pictures.drop_overtaken(moment);
        let next = self.next_frame();
        let due = self.pictures.due();
        let kept_until = due.and_then(|at| self.kept_until(at));
        self.kept_back |= kept_until.is_some();
        let shown = kept_until.or(due);
        if shown.is_some_and(|at| at <= moment) {
            let is_late = next.is_some_and(|(_, shown_at)| shown_at <= moment);
            let stands_still = self.kept_back || self.counts.stands_still(moment);
            if !is_late || stands_still || self.passed_over >= PASSED_OVER_MAX {
                self.passed_over = 0;
                return self.render(moment);
            }
            self.passed_over += 1;
        }
        let decode_at = next.map(|(decode_at, _)| decode_at);
        if decode_at.is_some_and(|at| at <= moment)
            && let Some(frame) = self.decode(moment)
        {
            return Polled::Item(VideoStep::Decode(frame));
        }
        let repair = self.repair_ends();
        match [shown, decode_at, repair, self.wish.due()].into_iter().flatten().min() {
            Some(at) => Polled::Wait(now + span(at.max(moment) - moment)),
            None => Polled::Empty,
        }
    }

    /// The frame that was given first is decoded: its pictures, none where it is not shown. `took`
    /// is how long that was.
    pub fn decoded(&mut self, pictures: Vec<Picture>, took: Duration, now: Instant) {
        let now = self.moment(now);
        let Some(decoding) = self.pictures.done() else { return };
        let took = micros(took);
        self.decode_times.add(took);
        self.counts.decoded(decoding.keyframe, took, now - decoding.arrived);
        for picture in pictures {
            let time = micros(picture.time().as_duration());
            // A decoder may give pictures of earlier frames.
            let shown_at = match time == decoding.time {
                true => decoding.shown_at,
                false => self.schedule.at(time).unwrap_or(now).min(decoding.shown_at),
            };
            let room = self.pictures.keep(picture, shown_at);
            self.counts.stats.dropped.not_shown += u64::from(!room);
        }
    }

    /// The frame that was given first cannot be decoded.
    pub fn undecodable(&mut self) {
        if self.pictures.done().is_none() {
            return;
        }
        self.counts.stats.dropped.undecodable += 1;
        self.chain.sever();
        self.want_keyframe();
    }

    /// What is to be told to the sender at `now`; nothing more until [`VideoReceiver::poll`] says.
    pub fn feedback(&mut self, now: Instant) -> Option<VideoFeedback> {
        let now = self.moment(now);
        if !self.wish.ask(now) {
            return None;
        }
        self.counts.stats.key_frames_asked_for += 1;
        Some(VideoFeedback::KeyframeWanted)
    }

    fn moment(&mut self, now: Instant) -> i64 {
        let epoch = *self.epoch.get_or_insert(now);
        match now.checked_duration_since(epoch) {
            Some(after) => micros(after),
            None => -micros(epoch - now),
        }
    }

    /// Moves the schedule after a frame that is whole at `now`.
    fn follow(&mut self, time: i64, now: i64) {
        let Some(base) = self.arrivals.base() else { return };
        let ready = now + self.effort();
        self.schedule.follow(time, ready, base + self.target_micros(), now);
    }

    /// What it takes to decode and to show.
    fn effort(&self) -> i64 {
        self.decode_times.percentile() + micros(self.settings.render)
    }

    /// What the network alone asks for.
    fn minimum_micros(&self) -> i64 {
        self.limited(self.arrivals.estimate() + self.effort())
    }

    fn target_micros(&self) -> i64 {
        let hint = self.settings.hint.map_or(0, micros);
        self.limited((self.arrivals.estimate() + self.effort()).max(hint).max(self.sync))
    }

    /// Within what was set, and within that as the sender would have it.
    fn limited(&self, delay: i64) -> i64 {
        let least = micros(self.settings.minimum);
        let most = micros(self.settings.maximum).max(least);
        let Some(told) = self.told else { return delay.clamp(least, most) };
        let within = |told: Duration| micros(told).clamp(least, most);
        delay.clamp(within(told.min()), within(told.max()))
    }

    /// Time begins anew: what waits is shown when the old clock says.
    fn restart_clock(&mut self) {
        self.counts.stats.restarts += 1;
        for held in self.waiting.iter_mut() {
            held.fixed = held.fixed.or(self.schedule.at(held.time));
        }
        self.schedule.restart();
        self.arrivals.restart();
    }

    /// Another stream begins.
    fn restart(&mut self) {
        self.restart_clock();
        self.told = None;
        self.counts.stats.dropped.astray += self.waiting.clear();
        self.chain = Chain::new();
    }

    /// Drops what cannot be decoded, and asks for a key frame where nothing can.
    fn settle(&mut self, now: i64) {
        self.skip_to_keyframe(now);
        while let Some(held) = self.waiting.first() {
            let link = held.link;
            let dropped = &mut self.counts.stats.dropped;
            match self.chain.fit(&link) {
                Fit::Decodable => break,
                Fit::Missing if now < held.whole + micros(self.settings.repair) => break,
                Fit::LostLayer => dropped.layer += 1,
                Fit::Missing if link.layer.temporal > 0 || link.layer.discardable => {
                    dropped.layer += 1;
                }
                Fit::Missing | Fit::Lost => {
                    dropped.no_reference += 1;
                    self.want_keyframe();
                }
            }
            self.chain.give_up(&link);
            self.waiting.take();
        }
    }

    /// A key frame is wanted, unless one is there.
    fn want_keyframe(&mut self) {
        if !self.waiting.iter().any(|held| held.link.keyframe) {
            self.wish.want();
        }
    }

    /// Passes over to a key frame where that is due too.
    fn skip_to_keyframe(&mut self, now: i64) {
        let is_due = |held: &Held| self.shown_at(held) <= now;
        let Some(place) = self.waiting.last_keyframe(is_due) else { return };
        for _ in 0..place {
            if let Some(held) = self.waiting.take() {
                self.counts.stats.dropped.skipped += 1;
                self.chain.give_up(&held.link);
            }
        }
    }

    fn shown_at(&self, held: &Held) -> i64 {
        held.fixed.or(self.schedule.at(held.time)).unwrap_or(held.whole)
    }

    /// When the next frame is to be decoded and when it is shown, if it can be.
    fn next_frame(&self) -> Option<(i64, i64)> {
        let held = self.waiting.first()?;
        if self.chain.fit(&held.link) != Fit::Decodable {
            return None;
        }
        let shown_at = self.shown_at(held);
        Some((shown_at - self.effort(), shown_at))
    }

    /// When the first frame is given up, where it waits for what is missing.
    fn repair_ends(&self) -> Option<i64> {
        let held = self.waiting.first()?;
        let waits = self.chain.fit(&held.link) == Fit::Missing;
        waits.then(|| held.whole + micros(self.settings.repair))
    }

    fn decode(&mut self, now: i64) -> Option<EncodedFrame> {
        let held = self.waiting.take()?;
        let shown_at = self.shown_at(&held);
        self.chain.take(&held.link);
        let keyframe = held.link.keyframe;
        self.counts.emitted(now - held.arrived, self.target_micros(), self.minimum_micros());
        self.pictures.begin(Decoding {
            time: held.time,
            keyframe,
            arrived: held.arrived,
            shown_at,
        });
        Some(held.frame)
    }

    /// Until when the picture that is due at `at` is kept back, where a gap follows on it.
    fn kept_until(&self, at: i64) -> Option<i64> {
        let last = self.pictures.last().filter(|_| self.waiting.first().is_none())?;
        let fastest = self.arrivals.base()? + last;
        let until = gap::kept_until(at, fastest, self.counts.pace()?)?;
        let latest = fastest + self.limited(i64::MAX);
        Some(until.min(latest)).filter(|until| *until > at)
    }

    fn render(&mut self, now: i64) -> Polled<VideoStep> {
        let Some(picture) = self.pictures.take() else { return Polled::Empty };
        self.kept_back = false;
        self.counts.rendered(now);
        Polled::Item(VideoStep::Render(picture))
    }
}
