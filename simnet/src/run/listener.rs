//! The end of a flow that receives: how late frames are, and when the picture stands still.

use std::time::{Duration, Instant};

use lapwing_engine::{CandidateKind, Codec, Event, Rid, Rtc};

use crate::host::Application;
use crate::net::EndpointId;
use crate::run::{
    Asked, Bins, ChannelEnd, ClipViewer, Gaps, Histogram, Intake, LAYER_NAMES, Span, Stamp, Tail,
};
use crate::scenario::{Metric, Scenario, Subject};
use crate::time::{Clock, Time};

/// Takes frames and measures them.
#[derive(Debug)]
pub struct Listener {
    clock: Clock,
    /// The mean time between frames of the sender.
    interval: Duration,
    last: Option<(Stamp, Time)>,
    /// Video is of a clip, not modelled.
    pub(crate) clip: bool,
    /// Looks at pictures of a clip, where a statement is on them.
    pub(crate) viewer: Option<Box<dyn ClipViewer>>,
    /// When the first picture was written, as the sender says.
    pub(crate) begun: Option<Time>,
    /// The media time of the first picture.
    first_time: Option<Duration>,
    /// From writing a frame to its arrival as a whole.
    pub frame_delay: Histogram,
    pub(crate) frame_delay_bins: Bins,
    /// Bytes of media that were handed out, as they were encoded.
    pub(crate) goodput: Bins,
    /// Video frames that arrived; of a simulcast those of the lowest layer.
    pub frames: u64,
    /// Audio packets that arrived.
    pub audio_packets: u64,
    /// Times that the picture stood still.
    pub freezes: u64,
    /// How long it did, in all.
    pub frozen: Duration,
    /// When it did: the first [`FREEZES_KEPT_MAX`] times.
    pub(crate) freeze_spans: Vec<Span>,
    /// What the engine said.
    pub(crate) said: Tail,
    /// What goes over data channels.
    pub(crate) channels: ChannelEnd,
    /// Times without frames.
    pub(crate) gaps: Gaps,
    /// What its candidate in use is.
    pub(crate) candidate: Option<CandidateKind>,
    /// What statements ask of frames.
    pub(crate) asked: AskedOfFrames,
    /// Hands on what arrives, where a forwarder is.
    pub(crate) intake: Intake,
}

/// What statements ask of the frames of a flow.
#[derive(Clone, Debug, Default)]
pub(crate) struct AskedOfFrames {
    pub(crate) frame_delay: Asked,
    /// By when they begin.
    pub(crate) freezes: Asked,
    /// A decibel counts as a millisecond.
    pub(crate) quality: Asked,
}

impl AskedOfFrames {
    /// By the flow's place in the scenario.
    pub(crate) fn of(scenario: &Scenario, flow: usize, empty: &Bins) -> Self {
        let asked = |metric| Asked::of(scenario, metric, Subject::Flow(flow), empty);
        AskedOfFrames {
            frame_delay: asked(Metric::FrameDelay),
            freezes: asked(Metric::Freezes),
            quality: asked(Metric::Quality),
        }
    }
}

/// A picture stands still if the next comes later than three mean intervals, or this after it was
/// due (<https://www.w3.org/TR/webrtc-stats/>, freezeCount).
const FREEZE_MARGIN: Duration = Duration::from_millis(150);

/// Freezes that a picture of the run can show; all of them are counted.
const FREEZES_KEPT_MAX: usize = 1_000;

impl Listener {
    pub(crate) fn new(clock: Clock, frames_per_second: f64, bins: Bins) -> Self {
        Listener {
            clock,
            interval: Duration::from_secs_f64(1.0 / frames_per_second),
            last: None,
            clip: false,
            viewer: None,
            begun: None,
            first_time: None,
            frame_delay: Histogram::default(),
            frame_delay_bins: bins.clone(),
            goodput: bins,
            frames: 0,
            audio_packets: 0,
            freezes: 0,
            frozen: Duration::ZERO,
            freeze_spans: Vec::new(),
            said: Tail::default(),
            channels: ChannelEnd::default(),
            gaps: Gaps::default(),
            candidate: None,
            asked: AskedOfFrames::default(),
            intake: Intake::default(),
        }
    }

    fn video(&mut self, stamp: Stamp, now: Time) {
        self.frames += 1;
        let delay = now.since(stamp.written);
        self.frame_delay.add(delay);
        self.frame_delay_bins.add(now, delay.as_secs_f64() * 1e3);
        self.asked.frame_delay.add(now, delay);
        if let Some((last, at)) = self.last.replace((stamp, now)) {
            let gap = now.since(at);
            // A sender that paused is no freeze.
            let written = stamp.written.since(last.written);
            let paused = stamp.number == last.number + 1 && written > self.interval * 3;
            let due = if paused { written } else { self.interval };
            if gap > (self.interval * 3).max(due + FREEZE_MARGIN) {
                self.freezes += 1;
                self.frozen += gap - due;
                self.asked.freezes.add(at + due, gap - due);
                if self.freeze_spans.len() < FREEZES_KEPT_MAX {
                    let (from_s, until_s) = ((at + due).as_secs_f64(), now.as_secs_f64());
                    self.freeze_spans.push(Span { from_s, until_s });
                }
            }
        }
    }
}

impl Application for Listener {
    fn event(&mut self, event: Event, rtc: &mut Rtc, now: Instant) {
        let now = self.clock.time(now);
        self.said.note(now, &event);
        self.channels.event(&event, rtc, now);
        if let Event::SelectedPairChanged(pair) = &event {
            self.candidate = Some(pair.local_kind);
        }
        let Event::Frame(received) = event else {
            return;
        };
        self.gaps.heard(now);
        self.intake.frame(&received);
        let frame = &received.frame;
        self.goodput.add(now, frame.data.len() as f64);
        match frame.codec {
            Codec::Vp8 if self.clip => {
                // Pictures of a clip carry no stamp, but they are as far apart in media time as
                // they were written. The first is the keyframe that the stream begins with.
                let first = *self.first_time.get_or_insert(frame.time.as_duration());
                let Some(begun) = self.begun else { return };
                let since = frame.time.as_duration().saturating_sub(first);
                let number = (since.as_secs_f64() / self.interval.as_secs_f64()).round();
                let number = number as u64;
                let seen = self.viewer.as_mut().and_then(|viewer| viewer.view(number, &frame.data));
                if let Some(decibels) = seen.filter(|decibels| decibels.is_finite()) {
                    let value = Duration::from_secs_f64(decibels.max(0.0) / 1e3);
                    self.asked.quality.add(now, value);
                }
                self.video(Stamp { number, written: begun + since }, now);
            }
            Codec::Vp8 if received.rid.is_some_and(|rid| Rid::new(LAYER_NAMES[0]) != Some(rid)) => {
            }
            Codec::Vp8 => {
                if let Some(stamp) = Stamp::read(&frame.data) {
                    self.video(stamp, now);
                }
            }
            Codec::Opus => self.audio_packets += 1,
            _ => {}
        }
    }

    fn wake(&mut self, rtc: &mut Rtc, now: Instant) -> Option<Instant> {
        self.channels.proceed(rtc, self.clock.time(now));
        None
    }

    fn due(&self) -> Option<Instant> {
        self.channels.due().map(|at| self.clock.instant(at))
    }

    fn mail(&mut self, mail: &[u8], rtc: &mut Rtc, now: Instant) {
        self.intake.mail(mail, rtc, self.clock.time(now));
    }

    fn post(&mut self) -> Option<(EndpointId, Vec<u8>)> {
        self.intake.post()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_late_frame_is_a_freeze_and_a_pause_is_none() {
        let bins = Bins::new(Duration::from_secs(1), 10);
        let mut listener = Listener::new(Clock::arbitrary(), 30.0, bins);
        let at = Time::from_millis;
        let mut frame = |number, written, arrives| {
            listener.video(Stamp { number, written: at(written) }, at(arrives));
        };
        frame(0, 0, 50);
        frame(1, 33, 83);
        // Two frames were lost, and one is late.
        frame(4, 133, 400);
        // The sender paused for two seconds.
        frame(5, 2_133, 2_200);
        frame(6, 2_166, 2_233);
        assert_eq!(listener.freezes, 1);
        assert!((280..290).contains(&listener.frozen.as_millis()), "{:?}", listener.frozen);
        let [freeze] = listener.freeze_spans[..] else { panic!("one freeze") };
        assert!((freeze.from_s, freeze.until_s) > (0.083, 0.399) && freeze.until_s == 0.4);
        assert_eq!(listener.frames, 5);
    }
}
