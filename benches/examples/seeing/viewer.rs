//! Who watches: the receiver of pictures, a decoder, a screen.

use std::sync::Arc;
use std::sync::mpsc::Receiver;
use std::time::{Duration, Instant};

use lapwing_engine::{Codec, EncodedFrame, Event, KeyframeRequestKind, Mid, Rtc};
use lapwing_media::quality::psnr;
use lapwing_media::{
    Picture, Polled, SeeingSettings, VideoDecoder, VideoReceiver, VideoStep, scale, video_decoder,
};
use lapwing_simnet::Application;

use crate::camera::Camera;
use crate::clip::{Clip, TICKS};
use crate::ssim::ssim;

/// What decoding takes.
const DECODING: Duration = Duration::from_millis(5);

/// So many pictures before the end of the run may be on their way: half a second.
const ON_ITS_WAY: u64 = 12;

/// What was captured before this, while the estimate is found, is not in the figures but for
/// freezes.
const WARM_UP: u64 = 5 * 25;

/// Structural similarity is taken of one picture in so many: it is slow.
const SSIM_EVERY: usize = 10;

pub(crate) struct Viewer {
    clip: Clip,
    receiver: VideoReceiver,
    decoder: Box<dyn VideoDecoder>,
    /// What comes out of the decoder, and when; nothing where it refused the frame.
    decoding: Option<(Instant, Option<Vec<Picture>>)>,
    mid: Option<Mid>,
    due: Option<Instant>,
    /// Numbers of pictures that were shown, and when.
    shown: Vec<(u64, Instant)>,
    psnr: Vec<f64>,
    ssim: Vec<f64>,
    /// What was sent, until it is known which moment is zero in the media time that comes.
    log: Option<Receiver<(u64, Arc<[u8]>)>>,
    origin: u64,
}

/// What was seen in a run.
pub(crate) struct Seen {
    /// What the encoder made.
    pub(crate) kbps: f64,
    pub(crate) psnr: f64,
    pub(crate) ssim: f64,
    /// Of what was captured.
    pub(crate) shown_percent: f64,
    pub(crate) freezes: f64,
    pub(crate) frozen_ms: f64,
    /// From capture to showing: the mean and the 95th percentile.
    pub(crate) delay_ms: f64,
    pub(crate) delay_p95_ms: f64,
    pub(crate) asked: f64,
}

impl Viewer {
    pub(crate) fn new(clip: Clip, log: Receiver<(u64, Arc<[u8]>)>) -> Self {
        Viewer {
            clip,
            receiver: VideoReceiver::new(SeeingSettings::call()),
            decoder: video_decoder(Codec::Vp8).expect("VP8 is built in"),
            decoding: None,
            mid: None,
            due: None,
            shown: Vec::new(),
            psnr: Vec::new(),
            ssim: Vec::new(),
            log: Some(log),
            origin: 0,
        }
    }

    pub(crate) fn seen(&self, camera: &Camera, seconds: f64) -> Seen {
        let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len().max(1) as f64;
        let delay = |(number, at): &(u64, Instant)| {
            at.duration_since(camera.captured[*number as usize]).as_secs_f64() * 1_000.0
        };
        // What was captured last is still on its way.
        let due = camera.captured.len() as u64 - ON_ITS_WAY;
        let shown = self.shown.iter().filter(|(number, _)| (WARM_UP..due).contains(number));
        let mut delays: Vec<f64> = shown.map(delay).collect();
        delays.sort_by(f64::total_cmp);
        let stats = self.receiver.stats();
        Seen {
            kbps: camera.bytes as f64 * 8.0 / seconds / 1_000.0,
            psnr: mean(&self.psnr),
            ssim: mean(&self.ssim),
            shown_percent: 100.0 * delays.len() as f64 / (due - WARM_UP) as f64,
            freezes: stats.freeze_count as f64,
            frozen_ms: stats.total_freezes_duration.as_secs_f64() * 1_000.0,
            delay_ms: mean(&delays),
            delay_p95_ms: delays.get(delays.len() * 95 / 100).copied().unwrap_or(f64::NAN),
            asked: stats.key_frames_asked_for as f64,
        }
    }

    /// Does what is due, and finds out when the next is.
    fn proceed(&mut self, rtc: &mut Rtc, now: Instant) {
        self.due = loop {
            if let Some((at, _)) = &self.decoding
                && *at > now
            {
                break Some(*at);
            }
            match self.decoding.take() {
                Some((at, Some(pictures))) => self.receiver.decoded(pictures, DECODING, at),
                Some((_, None)) => self.receiver.undecodable(),
                None => {}
            }
            match self.receiver.poll(now) {
                Polled::Item(VideoStep::Decode(frame)) => self.decode(&frame, now),
                Polled::Item(VideoStep::Render(picture)) => self.show(&picture, now),
                Polled::Wait(at) if at > now => break Some(at),
                Polled::Empty => break None,
                // A key frame is wanted.
                Polled::Wait(_) => self.ask(rtc, now),
            }
        };
    }

    fn find_origin(&mut self, frame: &EncodedFrame) {
        let Some(log) = &self.log else { return };
        if let Some((number, _)) = log.try_iter().find(|(_, data)| *data == frame.data) {
            self.origin = frame.time.ticks() - number * TICKS;
            self.log = None;
        }
    }

    fn ask(&mut self, rtc: &mut Rtc, now: Instant) {
        if self.receiver.feedback(now).is_some()
            && let Some(mut media) = self.mid.and_then(|mid| rtc.media(mid))
        {
            // Where nothing was received yet there is nobody to ask.
            let _ = media.request_keyframe(None, KeyframeRequestKind::Pli);
        }
    }

    fn decode(&mut self, frame: &EncodedFrame, now: Instant) {
        self.decoding = Some((now + DECODING, self.decoder.decode(frame).ok()));
    }

    fn show(&mut self, picture: &Picture, now: Instant) {
        let number = (picture.time().ticks() - self.origin) / TICKS;
        self.shown.push((number, now));
        if number < WARM_UP {
            return;
        }
        let captured = self.clip.picture(number);
        let (width, height) = captured.size();
        let picture = scale(picture, width, height).expect("the clip's size is one");
        self.psnr.push(psnr(&captured, &picture).expect("sizes are equal").min(60.0));
        if self.shown.len().is_multiple_of(SSIM_EVERY) {
            self.ssim.push(ssim(&captured, &picture));
        }
    }
}

impl Application for Viewer {
    fn event(&mut self, event: Event, rtc: &mut Rtc, now: Instant) {
        if let Event::Frame(received) = event {
            self.mid = Some(received.mid);
            self.find_origin(&received.frame);
            self.receiver.push(received, now);
            self.proceed(rtc, now);
        }
    }

    fn wake(&mut self, rtc: &mut Rtc, now: Instant) -> Option<Instant> {
        self.proceed(rtc, now);
        self.due
    }

    fn due(&self) -> Option<Instant> {
        self.due
    }
}
