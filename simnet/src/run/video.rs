//! The video of a flow: frames by model, or of a clip that an encoder makes.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use lapwing_engine::{Bitrate, Codec, EncodedFrame, MediaTime, Mid};

use crate::encoder::{EncoderConfig, FrameModel, StatisticalEncoder};
use crate::parts::Parts;
use crate::random::Stream;
use crate::run::Stamp;
use crate::scenario::{BuildError, VideoModel, VideoSource};
use crate::time::Time;

/// A picture of a clip, as VP8.
#[derive(Clone, Debug)]
pub struct ClipFrame {
    /// What is to be sent.
    pub data: Arc<[u8]>,
    /// Whether decoding may begin with it.
    pub keyframe: bool,
}

/// Encodes the pictures of a clip one after the other, again from the start after the last. Brought
/// by the caller: codecs are not this crate's.
pub trait ClipEncoder: fmt::Debug {
    /// The next picture at about this rate, a keyframe if asked for; `None` for one that the
    /// encoder leaves out.
    fn encode(&mut self, rate: Bitrate, keyframe: bool) -> Option<ClipFrame>;

    /// Looks at what arrives, for statements on its quality; without one it is not measured.
    fn viewer(&self) -> Option<Box<dyn ClipViewer>> {
        None
    }
}

/// Compares what arrives of a clip with its pictures.
pub trait ClipViewer: fmt::Debug {
    /// The PSNR of luma, in decibels, of a frame against the picture of this number, counted from
    /// zero through all repetitions of the clip; `None` where there is no picture of it. Numbers go
    /// up.
    fn view(&mut self, number: u64, data: &[u8]) -> Option<f64>;
}

/// Gives the encoder of a clip by its name; `None` for one that it does not know.
pub type Clips<'a> = &'a mut dyn FnMut(&str, &VideoModel) -> Option<Box<dyn ClipEncoder>>;

/// A flow's video track.
#[derive(Debug)]
pub(crate) struct Video {
    maker: Maker,
    /// What was asked for last: an encoder that is still following what came before is asked again
    /// with each frame, as applications do that tell it the estimate of each moment.
    wanted: Option<Bitrate>,
    pub(crate) min: Bitrate,
    pub(crate) max: Bitrate,
    pub(crate) mid: Option<Mid>,
    pub(crate) next: Time,
    pub(crate) number: u64,
    keyframe: bool,
}

#[derive(Debug)]
enum Maker {
    Model(Box<dyn FrameModel>),
    Clip { encoder: Box<dyn ClipEncoder>, target: Bitrate, interval: Duration },
}

impl Video {
    /// The video that a scenario says, with what clips and parts give.
    pub(crate) fn new(
        model: &VideoModel,
        clips: Option<Clips<'_>>,
        parts: &Parts,
        stream: Stream,
    ) -> Result<Self, BuildError> {
        let maker = match &model.source {
            VideoSource::Clip(name) => {
                let encoder = clips.and_then(|clips| clips(name, model));
                let encoder = encoder.ok_or_else(|| BuildError::NoClip(name.to_owned()))?;
                let interval = Duration::from_secs_f64(1.0 / model.fps);
                Maker::Clip { encoder, target: model.start, interval }
            }
            VideoSource::Statistical => {
                Maker::Model(Box::new(StatisticalEncoder::new(config(model), stream)))
            }
            VideoSource::Own(part) => Maker::Model(parts.encoder_of(part, config(model), stream)),
        };
        let (mid, next, number, keyframe) = (None, Time::NEVER, 0, true);
        Ok(Video {
            maker,
            wanted: None,
            min: model.min,
            max: model.max,
            mid,
            next,
            number,
            keyframe,
        })
    }

    /// What looks at the pictures of a clip, where it can be looked at.
    pub(crate) fn viewer(&self) -> Option<Box<dyn ClipViewer>> {
        match &self.maker {
            Maker::Clip { encoder, .. } => encoder.viewer(),
            Maker::Model(_) => None,
        }
    }

    /// True when real pictures are sent.
    pub(crate) fn is_clip(&self) -> bool {
        matches!(self.maker, Maker::Clip { .. })
    }

    /// The rate that is encoded at.
    pub(crate) fn target(&self) -> Bitrate {
        match &self.maker {
            Maker::Model(encoder) => encoder.target(),
            Maker::Clip { target, .. } => *target,
        }
    }

    /// Asks for another rate.
    pub(crate) fn request(&mut self, rate: Bitrate, now: Time) {
        self.wanted = Some(rate);
        match &mut self.maker {
            Maker::Model(encoder) => encoder.request(rate, now),
            Maker::Clip { target, .. } => *target = rate.clamp(self.min, self.max),
        }
    }

    /// The next frame is a keyframe.
    pub(crate) fn intra(&mut self) {
        self.keyframe = true;
        if let Maker::Model(encoder) = &mut self.maker {
            encoder.intra();
        }
    }

    /// The frame of this moment, if there is one. Its media time is the run's, by which its
    /// receiver knows when it was written.
    pub(crate) fn frame(&mut self, now: Time) -> Option<EncodedFrame> {
        if let Some(rate) = self.wanted {
            self.request(rate, now);
        }
        let wanted = std::mem::take(&mut self.keyframe);
        let (data, keyframe) = match &mut self.maker {
            Maker::Model(encoder) => {
                let frame = encoder.frame(now);
                self.next = frame.next;
                let stamp = Stamp { number: self.number, written: now };
                (stamp.video(frame.bytes as usize, wanted), wanted)
            }
            Maker::Clip { encoder, target, interval } => {
                self.next = now + *interval;
                let frame = encoder.encode(*target, wanted);
                self.keyframe = wanted && frame.is_none();
                let frame = frame?;
                (frame.data, frame.keyframe)
            }
        };
        let since_start = Duration::from_nanos(now.as_nanos());
        let time = MediaTime::from_duration(since_start, MediaTime::VIDEO_RATE);
        self.number += 1;
        Some(EncodedFrame { codec: Codec::Vp8, time, keyframe, data })
    }
}

/// What each frame makes up for of its predecessors' deviation.
const CONTROL: f64 = 1.0 / 3.0;
/// The scale of frames' sizes and intervals for a deviation over a second: 0.15, the example of RFC
/// 8593, gives the 5 % of RFC 8867 in 99 of 100 seconds.
const SCALE_OF_VARIATION: f64 = 3.0;
/// Beyond it, frames would come before those ahead of them too often for a mean to hold.
const SCALE_MAX: f64 = 0.5;

fn config(model: &VideoModel) -> EncoderConfig {
    let scale = (model.variation * SCALE_OF_VARIATION).min(SCALE_MAX);
    EncoderConfig {
        min: model.min,
        max: model.max,
        start: model.start,
        fps: model.fps,
        reaction: model.response,
        interval_scale: scale,
        size_scale: scale,
        control: CONTROL,
        ..EncoderConfig::default()
    }
}
