//! Size and frame rate by the bit rate that there is, and by how hard the pictures turn out to be.
//!
//! 1. The bit rate is passed on at once.
//! 2. Every size and frame rate is worth some bits ([`super::ladder`]). Where there are clearly
//!    fewer, the frame rate falls: soon, and at once where there is not even half. Another size
//!    costs a key frame, so the size falls only where that was not enough for some time.
//! 3. Where there have been enough for the next better one for a while, that one is taken. A step
//!    up that had to be taken back makes the next attempt wait twice as long.
//! 4. Pictures are harder or easier than most. The quantizer tells: a coarse one over two seconds
//!    makes all sizes worth more, a fine one over three makes them worth less.

use std::time::{Duration, Instant};

use lapwing_engine::Codec;

use super::ladder::{Rung, ladder};
use super::preference::DegradationPreference;

/// Less than this share of what a rung is worth, for [`DOWN_AFTER`], is too little.
const TOO_LITTLE: f64 = 0.8;
/// Less than this share is too little at once.
const FAR_TOO_LITTLE: f64 = 0.5;
/// Before another size is taken. What is short while an estimate is found is over by then.
const SMALLER_AFTER: Duration = Duration::from_secs(2);
/// See [`TOO_LITTLE`].
const DOWN_AFTER: Duration = Duration::from_millis(500);

/// So much of what the next better rung is worth lets try it.
const ENOUGH: f64 = 1.1;
/// For so long there has to be enough of it.
const UP_AFTER: Duration = Duration::from_secs(3);
/// The longest wait after attempts that had to be taken back.
const UP_AFTER_MAX: Duration = Duration::from_secs(24);
/// An attempt that is taken back within this time has failed.
const TRIAL: Duration = Duration::from_secs(10);

/// A quantizer of this share of its range is coarse: beyond it an encoder leaves pictures out.
const COARSE: f64 = 0.85;
/// And fine: a larger picture would not be coarse yet.
const FINE: f64 = 0.5;
/// How long it has to be coarse.
const COARSE_AFTER: Duration = Duration::from_secs(2);
/// How long it has to be fine.
const FINE_AFTER: Duration = Duration::from_secs(3);
/// Weight of a frame in the mean of the quantizer.
const QUANTIZER_WEIGHT: f64 = 0.1;

/// How much harder or easier pictures are taken to be in one go.
const DEMAND_STEP: f64 = 1.3;
/// Bounds of it: a still picture, and leaves in the wind.
const DEMAND: (f64, f64) = (0.3, 4.0);

/// Pictures as they come from their source.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct VideoFormat {
    /// What they will be encoded with.
    pub codec: Codec,
    /// Width and height in pixels.
    pub size: (u32, u32),
    /// Pictures per second, above zero.
    pub frame_rate: f64,
}

/// How pictures are to be encoded now.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct VideoPlan {
    /// Bits per second.
    pub bitrate_bps: u32,
    /// Width and height in pixels, of the shape of the source.
    pub size: (u32, u32),
    /// Pictures per second at most.
    pub frame_rate: f64,
}

/// Chooses size and frame rate for one encoder.
///
/// ```
/// use std::time::{Duration, Instant};
/// use lapwing_engine::Codec;
/// use lapwing_media::sending::{DegradationPreference, VideoControl, VideoFormat};
///
/// let camera = VideoFormat { codec: Codec::Vp8, size: (640, 360), frame_rate: 30.0 };
/// let now = Instant::now();
/// let mut control = VideoControl::new(camera, DegradationPreference::Balanced, 1_000_000);
/// assert_eq!(control.plan().size, (640, 360));
/// control.set_bitrate(50_000, now); // The network broke down.
/// assert_eq!((control.plan().bitrate_bps, control.plan().frame_rate), (50_000, 15.0));
/// control.set_bitrate(50_000, now + Duration::from_secs(2));
/// assert_eq!(control.plan().size, (320, 180));
/// control.set_bitrate(1_000_000, now + Duration::from_secs(3));
/// assert_eq!(control.plan().size, (320, 180), "better pictures come step by step");
/// ```
#[derive(Clone, Debug)]
pub struct VideoControl {
    rungs: Vec<Rung>,
    at: usize,
    bitrate_bps: u32,
    /// How much harder the pictures are than most.
    demand: f64,
    short_since: Option<Instant>,
    starved_since: Option<Instant>,
    enough_since: Option<Instant>,
    /// The last step up, while it may still fail.
    tried: Option<Instant>,
    up_after: Duration,
    quantizer: Option<f64>,
    coarse_since: Option<Instant>,
    fine_since: Option<Instant>,
    steps: u64,
}

impl VideoControl {
    /// For pictures of this kind, with so many bits per second to begin with.
    pub fn new(format: VideoFormat, preference: DegradationPreference, bitrate_bps: u32) -> Self {
        let rungs = ladder(format.size, format.frame_rate, format.codec, preference);
        let mut control = VideoControl {
            rungs,
            at: 0,
            bitrate_bps,
            demand: 1.0,
            short_since: None,
            starved_since: None,
            enough_since: None,
            tried: None,
            up_after: UP_AFTER,
            quantizer: None,
            coarse_since: None,
            fine_since: None,
            steps: 0,
        };
        control.at = control.best();
        control
    }

    /// How pictures are to be encoded now.
    pub fn plan(&self) -> VideoPlan {
        let Rung { size, rate, .. } = self.rungs[self.at];
        VideoPlan { bitrate_bps: self.bitrate_bps, size, frame_rate: rate }
    }

    /// The source as it is gives less than it could, since there are not bits enough (W3C
    /// `qualityLimitationReason`: `bandwidth`).
    pub fn is_limited(&self) -> bool {
        self.at > 0
    }

    /// Changes of size or frame rate so far.
    pub fn steps(&self) -> u64 {
        self.steps
    }

    /// There are so many bits per second.
    pub fn set_bitrate(&mut self, bps: u32, now: Instant) {
        self.bitrate_bps = bps;
        self.settle(now);
    }

    /// A picture was encoded with this quantizer, as a share of the codec's range from fine (0) to
    /// coarse (1); `None` where the encoder does not tell. A picture that the encoder left out for
    /// want of bits counts as the coarsest.
    pub fn on_encoded(&mut self, quantizer: Option<f64>, now: Instant) {
        if let Some(new) = quantizer.filter(|new| new.is_finite()) {
            let new = new.clamp(0.0, 1.0);
            let mean = self.quantizer.map_or(new, |old| old + (new - old) * QUANTIZER_WEIGHT);
            self.quantizer = Some(mean);
            if lasts(&mut self.coarse_since, mean > COARSE, COARSE_AFTER, now) {
                self.learn(DEMAND_STEP);
            }
            if lasts(&mut self.fine_since, mean < FINE, FINE_AFTER, now) {
                self.learn(1.0 / DEMAND_STEP);
            }
        }
        self.settle(now);
    }

    /// Pictures are harder by this factor than was thought.
    fn learn(&mut self, factor: f64) {
        self.demand = (self.demand * factor).clamp(DEMAND.0, DEMAND.1);
        (self.coarse_since, self.fine_since) = (None, None);
    }

    fn settle(&mut self, now: Instant) {
        if self.tried.is_some_and(|at| now >= at + TRIAL) {
            self.tried = None;
            self.up_after = UP_AFTER;
        }
        let has = self.has(self.at);
        let short = lasts(&mut self.short_since, has < TOO_LITTLE, DOWN_AFTER, now);
        let starved = lasts(&mut self.starved_since, has < TOO_LITTLE, SMALLER_AFTER, now);
        let down = match (starved, short || has < FAR_TOO_LITTLE) {
            (true, _) => self.best(),
            (false, true) => self.best().min(self.last_of_size()),
            (false, false) => self.at,
        };
        if down > self.at {
            if self.tried.take().is_some() {
                self.up_after = (self.up_after * 2).min(UP_AFTER_MAX);
            }
            return self.step_to(down);
        }
        let enough = self.at > 0 && self.has(self.at - 1) >= ENOUGH;
        if lasts(&mut self.enough_since, enough, self.up_after, now) {
            self.tried = Some(now);
            self.step_to(self.at - 1);
        }
    }

    fn step_to(&mut self, rung: usize) {
        self.at = rung;
        self.steps += 1;
        if self.has(rung) >= TOO_LITTLE {
            self.starved_since = None;
        }
        (self.short_since, self.enough_since) = (None, None);
        (self.coarse_since, self.fine_since, self.quantizer) = (None, None, None);
    }

    /// The lowest rung of the present size.
    fn last_of_size(&self) -> usize {
        let size = self.rungs[self.at].size;
        let same = self.rungs[self.at..].iter().take_while(|rung| rung.size == size);
        self.at + same.count() - 1
    }

    /// The bits that there are, as a share of what a rung is worth.
    fn has(&self, rung: usize) -> f64 {
        f64::from(self.bitrate_bps) / (self.rungs[rung].worth * self.demand)
    }

    /// The best rung that is worth no more than there is; else the last.
    fn best(&self) -> usize {
        let fits = (0..self.rungs.len()).find(|rung| self.has(*rung) >= 1.0);
        fits.unwrap_or(self.rungs.len() - 1)
    }
}

/// True once `holds` has held for `time`, which then begins anew.
fn lasts(since: &mut Option<Instant>, holds: bool, time: Duration, now: Instant) -> bool {
    if !holds {
        *since = None;
        return false;
    }
    let began = *since.get_or_insert(now);
    let lasts = now.saturating_duration_since(began) >= time;
    if lasts {
        *since = None;
    }
    lasts
}

#[cfg(test)]
mod tests {
    use super::*;

    const CAMERA: VideoFormat =
        VideoFormat { codec: Codec::Vp8, size: (640, 360), frame_rate: 30.0 };

    fn control(bps: u32) -> VideoControl {
        VideoControl::new(CAMERA, DegradationPreference::Balanced, bps)
    }

    /// Thirty frames a second for so long, with this quantizer; gives the rungs it went through.
    fn frames(
        control: &mut VideoControl,
        from: Instant,
        seconds: f64,
        quantizer: Option<f64>,
    ) -> Vec<usize> {
        let mut rungs = vec![control.at];
        for frame in 0..(seconds * 30.0) as u32 {
            control.on_encoded(quantizer, from + Duration::from_secs(1) * frame / 30);
            if rungs.last() != Some(&control.at) {
                rungs.push(control.at);
            }
        }
        rungs
    }

    #[test]
    fn the_bit_rate_is_passed_on_at_once() {
        let (mut control, now) = (control(1_000_000), Instant::now());
        for bps in [150_000, 149_999, 5_000_000, 0, u32::MAX] {
            control.set_bitrate(bps, now);
            assert_eq!(control.plan().bitrate_bps, bps);
        }
    }

    #[test]
    fn a_small_lack_is_borne_for_half_a_second_and_a_large_one_not_at_all() {
        let (mut control, now) = (control(1_000_000), Instant::now());
        control.set_bitrate(150_000, now);
        assert_eq!(control.plan().frame_rate, 30.0);
        control.set_bitrate(150_000, now + Duration::from_millis(499));
        assert_eq!(control.plan().frame_rate, 30.0);
        control.set_bitrate(150_000, now + Duration::from_millis(500));
        assert_eq!((control.plan().frame_rate.round(), control.plan().size), (15.0, (640, 360)));
        control.set_bitrate(30_000, now + Duration::from_millis(501));
        control.set_bitrate(30_000, now + Duration::from_millis(2_500));
        assert_eq!(control.plan().size, (640, 360));
        control.set_bitrate(30_000, now + Duration::from_millis(2_501));
        assert_eq!(control.plan().size, (240, 136));
    }

    #[test]
    fn better_pictures_come_step_by_step() {
        let (mut control, now) = (control(50_000), Instant::now());
        let low = control.at;
        control.set_bitrate(1_000_000, now);
        let rungs = frames(&mut control, now, 3.0 * low as f64 + 1.0, None);
        assert_eq!(rungs, (0..=low).rev().collect::<Vec<_>>());
        assert!(!control.is_limited());
    }

    #[test]
    fn an_attempt_that_failed_makes_the_next_wait_twice_as_long() {
        let (mut control, mut now) = (control(125_000), Instant::now());
        let mut waits = Vec::new();
        for _ in 0..5 {
            let low = control.at;
            control.set_bitrate(1_000_000, now);
            let since = now;
            while control.at == low {
                now += Duration::from_millis(100);
                control.on_encoded(None, now);
            }
            waits.push((now - since).as_secs());
            now += Duration::from_millis(100);
            control.set_bitrate(5_000, now);
            now += SMALLER_AFTER;
            control.set_bitrate(5_000, now);
            assert_eq!(control.at + 1, control.rungs.len());
        }
        assert_eq!(waits, [3, 6, 12, 24, 24]);
    }

    #[test]
    fn hard_pictures_are_made_smaller_and_easy_ones_larger() {
        let now = Instant::now();
        let mut hard = control(210_000);
        assert_eq!(hard.at, 0);
        let rungs = frames(&mut hard, now, 8.0, Some(0.95));
        assert!(hard.at >= 2, "{rungs:?}");
        let mut easy = control(100_000);
        assert!(easy.at >= 2);
        frames(&mut easy, now, 60.0, Some(0.1));
        assert_eq!(easy.at, 0);
        let mut fair = control(210_000);
        assert_eq!(frames(&mut fair, now, 60.0, Some(0.6)), [0]);
    }

    #[test]
    fn what_no_encoder_says_changes_nothing() {
        let mut control = control(210_000);
        for odd in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            assert_eq!(frames(&mut control, Instant::now(), 10.0, Some(odd)), [0]);
        }
    }
}
