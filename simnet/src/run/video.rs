//! The video of a flow: frames by model, or of a clip that an encoder makes.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use lapwing_engine::{Bitrate, Codec, EncodedFrame, MediaTime, Mid, Rid};

use crate::encoder::{EncoderConfig, FrameModel, StatisticalEncoder};
use crate::parts::Parts;
use crate::random::Stream;
use crate::run::Stamp;
use crate::scenario::{BuildError, LAYERS_MAX, VideoModel, VideoSource};
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
    /// Lowest layer first; one where there are none.
    encodings: Vec<Encoding>,
    /// What was asked for last: an encoder that is still following what came before is asked again
    /// with each frame, as applications do that tell it the estimate of each moment.
    wanted: Option<Bitrate>,
    pub(crate) min: Bitrate,
    pub(crate) max: Bitrate,
    pub(crate) mid: Option<Mid>,
    pub(crate) next: Time,
    pub(crate) number: u64,
}

/// An encoder of the track.
#[derive(Debug)]
struct Encoding {
    rid: Option<Rid>,
    maker: Maker,
    min: Bitrate,
    max: Bitrate,
    /// It makes frames.
    sends: bool,
    /// The next one is a keyframe.
    keyframe: bool,
}

#[derive(Debug)]
enum Maker {
    Model(Box<dyn FrameModel>),
    Clip { encoder: Box<dyn ClipEncoder>, target: Bitrate, interval: Duration },
}

/// Names of layers, lowest first: a quarter, a half and the full size.
pub(crate) const LAYER_NAMES: [&str; LAYERS_MAX] = ["q", "h", "f"];

/// What a layer must have to be sent, as a share of its most: half of it when it is sent already.
const LAYER_LEAST: f64 = 0.5;
/// When it is not.
const LAYER_BEGINS: f64 = 0.6;

impl Video {
    /// The video that a scenario says, with what clips and parts give. Of layers these are the most
    /// of each, lowest first; none without a simulcast.
    pub(crate) fn new(
        model: &VideoModel,
        layers: &[Bitrate],
        clips: Option<Clips<'_>>,
        parts: &Parts,
        stream: &dyn Fn(&str) -> Stream,
    ) -> Result<Self, BuildError> {
        let encodings = match &model.source {
            VideoSource::Clip(name) => {
                let encoder = clips.and_then(|clips| clips(name, model));
                let encoder = encoder.ok_or_else(|| BuildError::NoClip(name.to_owned()))?;
                let interval = Duration::from_secs_f64(1.0 / model.fps);
                let maker = Maker::Clip { encoder, target: model.start, interval };
                vec![Encoding::new(None, maker, model)]
            }
            _ if layers.is_empty() => {
                vec![Encoding::new(None, maker(model, parts, stream("")), model)]
            }
            _ => simulcast(model, layers, parts, stream),
        };
        let max = encodings.iter().map(|encoding| encoding.max.as_bps()).sum();
        let (mid, next, number) = (None, Time::NEVER, 0);
        Ok(Video {
            encodings,
            wanted: None,
            min: model.min,
            max: Bitrate::bps(max),
            mid,
            next,
            number,
        })
    }

    /// The names of its layers as an offer has them, best first.
    pub(crate) fn layers(&self) -> Vec<Rid> {
        self.encodings.iter().rev().filter_map(|encoding| encoding.rid).collect()
    }

    /// What looks at the pictures of a clip, where it can be looked at.
    pub(crate) fn viewer(&self) -> Option<Box<dyn ClipViewer>> {
        self.encodings.iter().find_map(|encoding| match &encoding.maker {
            Maker::Clip { encoder, .. } => encoder.viewer(),
            Maker::Model(_) => None,
        })
    }

    /// True when real pictures are sent.
    pub(crate) fn is_clip(&self) -> bool {
        self.encodings.iter().any(|encoding| matches!(encoding.maker, Maker::Clip { .. }))
    }

    /// The rate that is encoded at, of all layers together.
    pub(crate) fn target(&self) -> Bitrate {
        let sent = self.encodings.iter().filter(|encoding| encoding.sends);
        Bitrate::bps(sent.map(|encoding| encoding.target().as_bps()).sum())
    }

    /// Asks for another rate. Layers get it lowest first, each up to its most.
    pub(crate) fn request(&mut self, rate: Bitrate, now: Time) {
        self.wanted = Some(rate);
        if let [only] = &mut self.encodings[..] {
            return only.request(rate, now);
        }
        let mut left = rate.as_bps();
        for encoding in &mut self.encodings {
            let share = encoding.share(left);
            let began = share.is_some() && !encoding.sends;
            encoding.sends = share.is_some();
            if began {
                encoding.intra();
            }
            if let Some(share) = share {
                encoding.request(Bitrate::bps(share), now);
                left -= share;
            }
        }
    }

    /// The next frame of each layer is a keyframe.
    pub(crate) fn intra(&mut self) {
        self.encodings.iter_mut().for_each(Encoding::intra);
    }

    /// The next frame of a layer is a keyframe; of all where none is named.
    pub(crate) fn intra_of(&mut self, rid: Option<Rid>) {
        let asked = self.encodings.iter_mut();
        asked.filter(|encoding| rid.is_none() || encoding.rid == rid).for_each(Encoding::intra);
    }

    /// The frames of this moment, one of each layer that is sent. Their media time is the run's, by
    /// which their receiver knows when they were written.
    pub(crate) fn frames(&mut self, now: Time) -> Vec<(Option<Rid>, EncodedFrame)> {
        if let Some(rate) = self.wanted {
            self.request(rate, now);
        }
        let stamp = Stamp { number: self.number, written: now };
        let mut frames = Vec::new();
        for (index, encoding) in self.encodings.iter_mut().enumerate() {
            if !encoding.sends {
                continue;
            }
            let (frame, next) = encoding.frame(stamp, now);
            if index == 0 {
                // One camera for all layers.
                self.next = next;
            }
            frames.extend(frame.map(|frame| (encoding.rid, frame)));
        }
        self.number += u64::from(!frames.is_empty());
        frames
    }
}

impl Encoding {
    fn new(rid: Option<Rid>, maker: Maker, model: &VideoModel) -> Self {
        let (min, max) = (model.min, model.max);
        Encoding { rid, maker, min, max, sends: true, keyframe: true }
    }

    fn target(&self) -> Bitrate {
        match &self.maker {
            Maker::Model(encoder) => encoder.target(),
            Maker::Clip { target, .. } => *target,
        }
    }

    /// Its share of what is left for it and the layers above; `None` when that is not enough. The
    /// lowest is always sent.
    fn share(&self, left: u64) -> Option<u64> {
        let least = if self.sends { LAYER_LEAST } else { LAYER_BEGINS };
        let is_lowest = self.rid == Rid::new(LAYER_NAMES[0]);
        let is_enough = left as f64 >= self.max.as_bps() as f64 * least;
        (is_lowest || is_enough).then(|| left.min(self.max.as_bps()))
    }

    fn request(&mut self, rate: Bitrate, now: Time) {
        match &mut self.maker {
            Maker::Model(encoder) => encoder.request(rate, now),
            Maker::Clip { target, .. } => *target = rate.clamp(self.min, self.max),
        }
    }

    fn intra(&mut self) {
        self.keyframe = true;
        if let Maker::Model(encoder) = &mut self.maker {
            encoder.intra();
        }
    }

    /// The frame of this moment, if there is one, and when the next is due.
    fn frame(&mut self, stamp: Stamp, now: Time) -> (Option<EncodedFrame>, Time) {
        let wanted = std::mem::take(&mut self.keyframe);
        let (made, next) = match &mut self.maker {
            Maker::Model(encoder) => {
                let frame = encoder.frame(now);
                (Some((stamp.video(frame.bytes as usize, wanted), wanted)), frame.next)
            }
            Maker::Clip { encoder, target, interval } => {
                let frame = encoder.encode(*target, wanted);
                self.keyframe = wanted && frame.is_none();
                (frame.map(|frame| (frame.data, frame.keyframe)), now + *interval)
            }
        };
        let since_start = Duration::from_nanos(now.as_nanos());
        let time = MediaTime::from_duration(since_start, MediaTime::VIDEO_RATE);
        let encoded = |(data, keyframe)| EncodedFrame { codec: Codec::Vp8, time, keyframe, data };
        (made.map(encoded), next)
    }
}

/// Encoders of all layers, with what they begin with.
fn simulcast(
    model: &VideoModel,
    layers: &[Bitrate],
    parts: &Parts,
    stream: &dyn Fn(&str) -> Stream,
) -> Vec<Encoding> {
    let mut left = model.start.as_bps();
    let named = LAYER_NAMES.into_iter().zip(layers);
    let encodings = named.map(|(name, max)| {
        let start = Bitrate::bps(left).min(*max);
        let model = VideoModel { max: *max, start, ..model.clone() };
        let maker = maker(&model, parts, stream(&format!("/{name}")));
        let mut encoding =
            Encoding { sends: false, ..Encoding::new(Rid::new(name), maker, &model) };
        let share = encoding.share(left);
        encoding.sends = share.is_some();
        left -= share.unwrap_or(0);
        encoding
    });
    encodings.collect()
}

/// What makes frames by model.
fn maker(model: &VideoModel, parts: &Parts, stream: Stream) -> Maker {
    Maker::Model(match &model.source {
        VideoSource::Own(part) => parts.encoder_of(part, config(model), stream),
        VideoSource::Statistical | VideoSource::Clip(_) => {
            Box::new(StatisticalEncoder::new(config(model), stream))
        }
    })
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
