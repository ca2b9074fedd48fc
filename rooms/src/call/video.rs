//! Pictures on their way out: source, scaling, encoder.

use std::time::{Duration, Instant};

use lapwing_engine::{Codec, MediaTime};
use lapwing_media::sources::{Playback, TestPattern, VideoSource, open_video};
use lapwing_media::{
    Picture, Polled, Source as _, VideoEncoder, VideoSettings, scale, video_encoder,
};

use super::error::CallError;
use super::input::{SendConfig, Size, VideoInput};
use super::pace::Pace;
use super::worker::{Change, Made, Maker, Order, with_skipped};

/// Pictures per second at most, as cameras give them.
const FRAME_RATE: u32 = 30;

/// Pictures per second of AV1: rav1e at 320x180 then takes a sixth of a core.
const AV1_FRAME_RATE: u32 = 15;

/// Size of VP8 pictures when nobody says: 16:9, and a tenth of a core.
const VP8_SIZE: Size = Size { width: 640, height: 360 };

/// Size of AV1 pictures when nobody says.
const AV1_SIZE: Size = Size { width: 320, height: 180 };

/// Bits per second before the first estimate, and of AV1 always.
const FIRST_BITRATE: u32 = 300_000;

/// Keyframes are not made more often, whoever asks: each is worth ten other frames.
const KEYFRAME_EVERY: Duration = Duration::from_millis(300);

/// Pictures that were due while the encoder was busy are dropped but for the last.
const OVERDUE_MAX: u32 = 1000;

/// Opens what is to be sent; `None` when nothing is.
pub(super) fn open(config: &SendConfig) -> Result<Option<Box<dyn VideoSource>>, CallError> {
    match &config.video {
        VideoInput::None => Ok(None),
        VideoInput::Pattern => {
            let codec = config.codec.unwrap_or(Codec::Vp8);
            let Size { width, height } = size(config.size, codec);
            let pattern = TestPattern::new(width, height, rate(codec));
            Ok(Some(Box::new(pattern.map_err(|error| CallError::Media(error.to_string()))?)))
        }
        VideoInput::File(path) => match open_video(path, Playback::Loop) {
            Ok(source) => Ok(Some(source)),
            Err(error) => Err(CallError::Media(error.to_string())),
        },
    }
}

fn size(wanted: Option<Size>, codec: Codec) -> Size {
    wanted.unwrap_or(if codec == Codec::Av1 { AV1_SIZE } else { VP8_SIZE })
}

/// An encoder, with the size and the number per second of its pictures.
fn encoder(
    codec: Codec,
    size: Size,
    native_rate: u32,
    bitrate: u32,
) -> Result<(Box<dyn VideoEncoder>, Size, u32), String> {
    let frame_rate = rate(codec).min(native_rate);
    let settings =
        VideoSettings { frame_rate, ..VideoSettings::new(size.width, size.height, bitrate) };
    let encoder = video_encoder(codec, &settings).map_err(|error| error.to_string())?;
    Ok((encoder, size, frame_rate))
}

fn rate(codec: Codec) -> u32 {
    if codec == Codec::Av1 { AV1_FRAME_RATE } else { FRAME_RATE }
}

/// Plays, scales and encodes.
pub(super) struct VideoMaker {
    source: Box<dyn VideoSource>,
    encoder: Box<dyn VideoEncoder>,
    size: Size,
    /// Time between two pictures that are sent.
    interval: Duration,
    /// Media time of the next picture to be sent.
    next: Duration,
    keyframe_wanted: bool,
    last_keyframe: Option<Instant>,
    codec: Codec,
    /// The size that was asked for.
    wanted_size: Option<Size>,
    /// Pictures per second of the source.
    native_rate: u32,
    /// Bits per second that the encoder was last told to make.
    bitrate: u32,
    /// What to fall to when the encoder does not keep up.
    cheaper: Option<Codec>,
    pace: Pace,
    /// Media time of the last picture that was encoded.
    last_shown: Option<Duration>,
    changed: Option<Change>,
}

impl VideoMaker {
    /// An encoder of `codec` behind a source.
    pub(super) fn new(
        source: Box<dyn VideoSource>,
        codec: Codec,
        config: &SendConfig,
    ) -> Result<Self, CallError> {
        let (frames, seconds) = source.frame_rate();
        let native_rate = frames.div_ceil(seconds.max(1)).max(1);
        let bitrate = FIRST_BITRATE.min(config.max_bps);
        let (encoder, size, rate) = encoder(codec, size(config.size, codec), native_rate, bitrate)
            .map_err(CallError::Media)?;
        Ok(VideoMaker {
            source,
            encoder,
            size,
            interval: Duration::from_secs(1) / rate,
            next: Duration::ZERO,
            keyframe_wanted: true,
            last_keyframe: None,
            codec,
            wanted_size: config.size,
            native_rate,
            bitrate,
            cheaper: None,
            pace: Pace::default(),
            last_shown: None,
            changed: None,
        })
    }

    /// With a codec to fall to when the encoder does not keep up.
    pub(super) fn with_cheaper(mut self, cheaper: Option<Codec>) -> Self {
        self.cheaper = cheaper;
        self
    }

    /// A picture is to be encoded that is shown at this media time. Falls to the cheaper codec when
    /// too many before it had to be left out.
    fn keep_up(&mut self, shown: Duration) -> Result<(), String> {
        let since = self.last_shown.replace(shown).map(|last| shown.saturating_sub(last));
        let intervals = since.map_or(1.0, |since| since.div_duration_f64(self.interval).round());
        let too_slow = self.pace.on_picture((intervals as u32).saturating_sub(1));
        let Some(codec) = self.cheaper.filter(|_| too_slow) else { return Ok(()) };
        self.cheaper = None;
        let size = size(self.wanted_size, codec);
        let (encoder, size, rate) = encoder(codec, size, self.native_rate, self.bitrate)?;
        self.changed = Some(Change { too_slow: self.codec, instead: codec });
        (self.encoder, self.size, self.codec) = (encoder, size, codec);
        self.interval = Duration::from_secs(1) / rate;
        self.keyframe_wanted = true;
        self.last_keyframe = None;
        Ok(())
    }

    /// The last picture that is due, and when the next will be.
    fn due(&mut self, now: Instant) -> Result<(Option<Picture>, Instant), String> {
        let mut last = None;
        for _ in 0..OVERDUE_MAX {
            match self.source.poll(now) {
                Polled::Item(picture) => {
                    // Some tolerance, as sources round their times.
                    if picture.time().as_duration() + self.interval / 4 >= self.next {
                        last = Some(picture);
                    }
                }
                Polled::Wait(at) => return Ok((last, at)),
                Polled::Empty => {
                    let fault = self.source.fault().map(ToString::to_string);
                    let why = fault.unwrap_or_else(|| "the pictures have ended".to_owned());
                    return Err(with_skipped(why, self.source.skipped()));
                }
            }
        }
        Ok((last, now))
    }

    fn encode(
        &mut self,
        picture: &Picture,
        now: Instant,
        made: &mut Vec<Made>,
    ) -> Result<(), String> {
        let Size { width, height } = self.size;
        let scaled = scale(picture, width, height).map_err(|error| error.to_string())?;
        let recent = self.last_keyframe.is_some_and(|last| now < last + KEYFRAME_EVERY);
        let force = self.keyframe_wanted && !recent;
        if force {
            self.keyframe_wanted = false;
            self.last_keyframe = Some(now);
        }
        let frames = self.encoder.encode(&scaled, force).map_err(|error| error.to_string())?;
        let shown = picture.time().as_duration();
        made.extend(frames.into_iter().map(|frame| {
            // Frames of earlier pictures were captured earlier.
            let age = shown.saturating_sub(frame.time.as_duration());
            let captured_at = now.checked_sub(age).unwrap_or(now);
            Made { frame, captured_at, level: None, size: Some((width, height)) }
        }));
        Ok(())
    }
}

impl Maker for VideoMaker {
    fn make(&mut self, now: Instant, made: &mut Vec<Made>) -> Result<Instant, String> {
        let (picture, next) = self.due(now)?;
        if let Some(picture) = picture {
            let shown = picture.time().rebase(MediaTime::VIDEO_RATE).as_duration();
            self.keep_up(shown)?;
            // In step with the wish on average, and without catching up after a pause.
            self.next = (self.next + self.interval).max(shown + self.interval / 2);
            self.encode(&picture, now, made)?;
        }
        Ok(next)
    }

    fn order(&mut self, order: Order) {
        match order {
            Order::Keyframe => self.keyframe_wanted = true,
            Order::Bitrate(bps) => {
                self.bitrate = bps;
                // That of AV1 cannot be changed.
                if self.codec != Codec::Av1 {
                    self.encoder.set_bitrate(bps);
                }
            }
            Order::Loss(_) => {}
        }
    }

    fn changed(&mut self) -> Option<Change> {
        self.changed.take()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::call::AudioInput;

    fn sized(size: Option<(u32, u32)>) -> SendConfig {
        SendConfig {
            video: VideoInput::Pattern,
            audio: AudioInput::None,
            codec: None,
            size: size.map(|(width, height)| Size { width, height }),
            max_bps: 1_500_000,
        }
    }

    fn frames(maker: &mut VideoMaker, seconds: u32, step_ms: u64) -> Vec<Made> {
        let start = Instant::now();
        let mut made = Vec::new();
        let end = start + Duration::from_secs(seconds.into());
        let mut now = start;
        while now < end {
            maker.make(now, &mut made).expect("a pattern has no end");
            now += Duration::from_millis(step_ms);
        }
        made
    }

    fn maker(codec: Codec, config: &SendConfig) -> VideoMaker {
        let source = Box::new(TestPattern::new(320, 180, 30).expect("a size"));
        VideoMaker::new(source, codec, config).expect("an encoder")
    }

    #[test]
    fn vp8_keeps_the_pace_and_the_size() {
        let config = sized(Some((160, 90)));
        let made = frames(&mut maker(Codec::Vp8, &config), 2, 1);
        assert_eq!(made.len(), 60);
        assert!(made[0].frame.keyframe && !made[1].frame.keyframe);
        assert_eq!(made[0].size, Some((160, 90)));
    }

    #[test]
    fn half_the_pictures_of_a_source_make_15_a_second() {
        let config = sized(Some((64, 64)));
        let mut maker = maker(Codec::Vp8, &config);
        maker.interval = Duration::from_secs(1) / 15;
        let made = frames(&mut maker, 2, 1);
        assert!((29..=31).contains(&made.len()), "{}", made.len());
    }

    #[test]
    fn overdue_pictures_are_dropped() {
        let config = sized(Some((64, 64)));
        let made = frames(&mut maker(Codec::Vp8, &config), 2, 100);
        assert_eq!(made.len(), 20);
    }

    #[test]
    fn an_encoder_that_does_not_keep_up_falls_to_the_cheaper_codec() {
        let config = sized(None);
        for (seconds, step_ms, falls) in [(7, 5, false), (12, 200, true)] {
            let mut maker = maker(Codec::Av1, &config).with_cheaper(Some(Codec::Vp8));
            let made = frames(&mut maker, seconds, step_ms);
            let first = made.iter().position(|made| made.frame.codec == Codec::Vp8);
            assert_eq!(first.is_some(), falls, "every {step_ms} ms");
            assert_eq!(maker.changed().is_some(), falls);
            if let Some(first) = first {
                assert!(made[first].frame.keyframe);
                let all = made[first..].iter().all(|made| made.frame.codec == Codec::Vp8);
                assert!(all, "it stays there");
            }
        }
    }

    #[test]
    fn keyframes_come_when_asked_for_but_not_too_often() {
        let config = sized(Some((64, 64)));
        let mut maker = maker(Codec::Vp8, &config);
        let start = Instant::now();
        let mut made = Vec::new();
        for ms in 0..1000 {
            maker.order(Order::Keyframe);
            maker.make(start + Duration::from_millis(ms), &mut made).expect("no end");
        }
        let keyframes = made.iter().filter(|made| made.frame.keyframe).count();
        assert!((3..=4).contains(&keyframes), "{keyframes}");
    }
}
