//! Pictures on their way out: a source, and what of it is due to the sender.

use std::time::{Duration, Instant};

use lapwing_engine::{Codec, MediaTime};
use lapwing_media::processing::PictureCleaner;
use lapwing_media::sending::{SentFrame, VideoFormat, VideoSender, VideoSenderSettings};
use lapwing_media::sources::{Playback, TestPattern, VideoSource, open_video};
use lapwing_media::{Picture, Polled, Source as _};

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

/// Bits per second before the first estimate.
const FIRST_BITRATE: u32 = 300_000;

/// The largest unit of H.264 that fits in a packet with all that is said along with it.
const UNIT_BYTES_MAX: u32 = 1_000;

/// Pictures that were due while the encoder was busy are dropped but for the last.
const OVERDUE_MAX: u32 = 1000;

/// Opens what is to be sent; `None` when nothing is. A device is open already.
pub(super) fn open(
    config: &SendConfig,
    device: Option<Box<dyn VideoSource>>,
) -> Result<Option<Box<dyn VideoSource>>, CallError> {
    match &config.video {
        VideoInput::None => Ok(None),
        VideoInput::Camera | VideoInput::Screen => Ok(device),
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

/// How the other side takes pictures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct SentForm {
    /// One stream, or so many layers.
    pub(super) layers: usize,
    /// Each unit of H.264 has to fit in a packet (RFC 6184 section 6.2).
    pub(super) single: bool,
}

impl SentForm {
    /// One stream, of whatever units.
    #[cfg(test)]
    const PLAIN: SentForm = SentForm { layers: 1, single: false };
}

/// A sender of pictures of a source that has so many per second.
fn sender(
    codec: Codec,
    config: &SendConfig,
    form: SentForm,
    native_rate: u32,
    bitrate: u32,
) -> Result<VideoSender, String> {
    let Size { width, height } = size(config.size, codec);
    let frame_rate = f64::from(rate(codec).min(native_rate));
    let format = VideoFormat { codec, size: (width, height), frame_rate };
    let settings = VideoSenderSettings {
        temporal_layers: config.temporal_layers,
        spatial_layers: config.spatial_layers,
        preference: config.content().into(),
        content: config.content().into(),
        layers: form.layers,
        max_unit_bytes: form.single.then_some(UNIT_BYTES_MAX),
        ..VideoSenderSettings::new(format, bitrate)
    };
    VideoSender::new(settings).map_err(|error| error.to_string())
}

fn rate(codec: Codec) -> u32 {
    if codec == Codec::Av1 { AV1_FRAME_RATE } else { FRAME_RATE }
}

/// Plays, cleans, and sends what is due.
pub(super) struct VideoMaker {
    source: Box<dyn VideoSource>,
    cleaner: PictureCleaner,
    sender: VideoSender,
    config: SendConfig,
    form: SentForm,
    /// Pictures per second of the source.
    native_rate: u32,
    /// Bits per second that were last told.
    bitrate: u32,
    /// How long what was written takes to leave, as it was told last.
    send_delay: Duration,
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
        form: SentForm,
    ) -> Result<Self, CallError> {
        let (frames, seconds) = source.frame_rate();
        let native_rate = frames.div_ceil(seconds.max(1)).max(1);
        let bitrate = FIRST_BITRATE.min(config.max_bps);
        let sender = sender(codec, config, form, native_rate, bitrate).map_err(CallError::Media)?;
        Ok(VideoMaker {
            source,
            cleaner: PictureCleaner::new(config.cleaning),
            sender,
            config: config.clone(),
            form,
            native_rate,
            bitrate,
            send_delay: Duration::ZERO,
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
        let interval = self.sender.interval();
        let intervals = since.map_or(1.0, |since| since.div_duration_f64(interval).round());
        let too_slow = self.pace.on_picture((intervals as u32).saturating_sub(1));
        let Some(codec) = self.cheaper.filter(|_| too_slow) else { return Ok(()) };
        self.cheaper = None;
        let too_slow = self.sender.codec();
        self.sender = sender(codec, &self.config, self.form, self.native_rate, self.bitrate)?;
        self.sender.set_send_delay(self.send_delay);
        self.changed = Some(Change { too_slow, instead: codec });
        Ok(())
    }

    /// The last picture that is due, and when the next will be.
    fn due(&mut self, now: Instant) -> Result<(Option<Picture>, Instant), String> {
        let mut last = None;
        for _ in 0..OVERDUE_MAX {
            match self.source.poll(now) {
                Polled::Item(picture) => {
                    if self.sender.is_due(&picture) {
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
        let sent = self.sender.push(picture, now).map_err(|error| error.to_string())?;
        let shown = picture.time().as_duration();
        made.extend(sent.into_iter().map(|SentFrame { rid, frame, size, layer }| {
            // Frames of earlier pictures were captured earlier.
            let age = shown.saturating_sub(frame.time.as_duration());
            let captured_at = now.checked_sub(age).unwrap_or(now);
            Made { frame, rid, captured_at, spoken: None, size: Some(size), layer }
        }));
        Ok(())
    }
}

impl Maker for VideoMaker {
    fn make(&mut self, now: Instant, made: &mut Vec<Made>) -> Result<Instant, String> {
        let (picture, next) = self.due(now)?;
        if let Some(picture) = picture {
            self.keep_up(picture.time().rebase(MediaTime::VIDEO_RATE).as_duration())?;
            let picture = self.cleaner.clean(picture);
            self.encode(&picture, now, made)?;
        }
        Ok(next)
    }

    fn order(&mut self, order: Order, now: Instant) {
        match order {
            Order::Keyframe(rid) => self.sender.request_keyframe(rid),
            Order::Bitrate(bps) => {
                self.bitrate = bps;
                self.sender.set_bitrate(bps, now);
            }
            Order::SendDelay(delay) => {
                self.send_delay = delay;
                self.sender.set_send_delay(delay);
            }
            Order::Sound(_) => {}
        }
    }

    fn changed(&mut self) -> Option<Change> {
        self.changed.take()
    }
}

#[cfg(test)]
mod tests {
    use lapwing_engine::Rid;
    use lapwing_media::processing::CleanerSettings;
    use lapwing_media::sending::ContentHint;

    use super::*;
    use crate::call::AudioInput;

    fn sized(size: Option<(u32, u32)>) -> SendConfig {
        SendConfig {
            video: VideoInput::Pattern,
            audio: AudioInput::None,
            codec: None,
            size: size.map(|(width, height)| Size { width, height }),
            layers: 1,
            max_bps: 1_500_000,
            content: ContentHint::None,
            processing: None,
            cleaning: CleanerSettings::NONE,
            temporal_layers: 1,
            spatial_layers: 1,
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
        VideoMaker::new(source, codec, config, SentForm::PLAIN).expect("an encoder")
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
    fn layers_have_names_and_halves_of_the_size_and_keyframes_of_their_own() {
        let config = sized(Some((320, 180)));
        let source = Box::new(TestPattern::new(320, 180, 30).expect("a size"));
        let form = SentForm { layers: 3, single: false };
        let mut maker = VideoMaker::new(source, Codec::Vp8, &config, form).expect("an encoder");
        let start = Instant::now();
        maker.order(Order::Bitrate(1_500_000), start);
        let mut made = Vec::new();
        maker.make(start, &mut made).expect("no end");
        let name = |made: &Made| made.rid.expect("a layer").to_string();
        let sizes: Vec<_> = made.iter().map(|made| (name(made), made.size)).collect();
        let expected = [("q", (80, 44)), ("h", (160, 90)), ("f", (320, 180))];
        assert_eq!(sizes, expected.map(|(name, size)| (name.to_owned(), Some(size))));
        made.clear();
        let half = made_by(&mut maker, start, Rid::new("h"));
        assert_eq!(half, [("h".to_owned(), true)], "only the one that was asked for");
    }

    /// The names of layers with keyframes in the second after one was asked for.
    fn made_by(maker: &mut VideoMaker, start: Instant, rid: Option<Rid>) -> Vec<(String, bool)> {
        let mut made = Vec::new();
        for ms in 400..1_400 {
            let now = start + Duration::from_millis(ms);
            if ms == 500 {
                maker.order(Order::Keyframe(rid), now);
            }
            maker.make(now, &mut made).expect("no end");
        }
        let keys = made.iter().filter(|made| made.frame.keyframe);
        keys.map(|made| (made.rid.expect("a layer").to_string(), true)).collect()
    }

    #[test]
    fn temporal_layers_are_said_with_each_picture_where_there_are_several() {
        for (codec, layers, said) in [
            (Codec::Vp8, 3, vec![Some(0), Some(2), Some(1), Some(2), Some(0)]),
            (Codec::Vp9, 2, vec![Some(0), Some(1), Some(0), Some(1), Some(0)]),
            (Codec::Vp8, 1, vec![None; 5]),
            (Codec::H264, 3, vec![None; 5]),
        ] {
            let config = SendConfig { temporal_layers: layers, ..sized(Some((64, 64))) };
            let made = frames(&mut maker(codec, &config), 1, 1);
            let layers = made.iter().take(5).map(|made| made.layer.map(|layer| layer.temporal));
            assert_eq!(layers.collect::<Vec<_>>(), said, "{codec}");
        }
    }

    #[test]
    fn spatial_layers_are_frames_of_one_time() {
        let config = SendConfig { spatial_layers: 3, ..sized(Some((480, 270))) };
        for (codec, layers) in [(Codec::Vp9, 2), (Codec::Vp8, 1)] {
            let made = frames(&mut maker(codec, &config), 1, 1);
            for picture in made.chunks(layers) {
                let times = picture.iter().map(|made| made.frame.time);
                assert!(times.clone().all(|time| time == picture[0].frame.time), "{codec}");
                let told = picture.iter().map(|made| made.layer.map(|layer| layer.spatial));
                let expected = if layers > 1 { vec![Some(0), Some(1)] } else { vec![None] };
                assert_eq!(told.collect::<Vec<_>>(), expected, "{codec}");
                assert!(picture.iter().all(|made| made.size == Some((480, 270))));
            }
        }
    }

    #[test]
    fn a_source_faster_than_the_codec_is_thinned() {
        let config = sized(Some((64, 64)));
        let made = frames(&mut maker(Codec::Av1, &config), 2, 1);
        // The encoder holds some back.
        assert!((24..=31).contains(&made.len()), "{}", made.len());
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
            let now = start + Duration::from_millis(ms);
            maker.order(Order::Keyframe(None), now);
            maker.make(now, &mut made).expect("no end");
        }
        let keyframes = made.iter().filter(|made| made.frame.keyframe).count();
        assert!((3..=4).contains(&keyframes), "{keyframes}");
    }
}
