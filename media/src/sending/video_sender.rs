//! Pictures in, frames out, in the size, rate and layers that the network carries.

use std::time::{Duration, Instant};

use lapwing_engine::rtp::format::FrameInfo;
use lapwing_engine::{Codec, EncodedFrame, MediaTime, Rid};

use super::preference::DegradationPreference;
use super::simulcast::{SimulcastLayer, allocate};
use super::stream::Stream;
use super::video_control::{VideoControl, VideoFormat, VideoPlan};
use crate::codecs::{
    CodecError, EncodeError, VideoContent, VideoSettings, layers_max, picture_size,
};
use crate::picture::Picture;
use crate::scaler::scale;

/// What waits to leave for longer than a picture lasts is to be gone in this time: encoders get
/// fewer bits until it is,
const DRAIN_IN: Duration = Duration::from_millis(500);
/// but not less than this share.
const DRAIN_LEAST: f64 = 0.3;
/// Where it waits longer than this, pictures are left out too,
const HELD_ABOVE: Duration = Duration::from_millis(400);
/// so many in turn, as nobody sees that,
const HELD_MAX: u32 = 2;
/// unless so much waits that what is seen stands still anyway.
const HELD_ANYWAY: Duration = Duration::from_secs(1);

/// What a sender of pictures is to do.
#[derive(Clone, Debug, PartialEq)]
pub struct VideoSenderSettings {
    /// What the pictures are, and what they become.
    pub format: VideoFormat,
    /// Bits per second to begin with.
    pub bitrate_bps: u32,
    /// What is given up last.
    pub preference: DegradationPreference,
    /// What the pictures show.
    pub content: VideoContent,
    /// One: a single stream, whose size and rate follow the network. Two or three: as many layers,
    /// each half as large as the next, which are sent or not as the network lets them.
    pub layers: usize,
    /// Temporal layers of each stream: one, two or three (`scalabilityMode` `L1T2`, `L1T3`), or as
    /// many as the codec has.
    pub temporal_layers: u8,
    /// Spatial layers of a single stream at most: one, two or three (`L3T1_KEY`), or as many as the
    /// codec has. Each is a frame of its own ([`VideoSettings::spatial_layers`]).
    ///
    /// [`VideoSettings::spatial_layers`]: crate::VideoSettings::spatial_layers
    pub spatial_layers: u8,
    /// Threads of each encoder.
    pub threads: u32,
    /// H.264: the largest unit in bytes, where each has to fit in a packet
    /// ([`VideoSettings::max_unit_bytes`]).
    pub max_unit_bytes: Option<u32>,
}

impl VideoSenderSettings {
    /// One stream that begins with so many bits per second.
    pub const fn new(format: VideoFormat, bitrate_bps: u32) -> Self {
        VideoSenderSettings {
            format,
            bitrate_bps,
            preference: DegradationPreference::Balanced,
            content: VideoContent::Motion,
            layers: 1,
            temporal_layers: 1,
            spatial_layers: 1,
            threads: 1,
            max_unit_bytes: None,
        }
    }

    /// What the encoder of a stream is told.
    fn of_stream(&self, size: (u32, u32), bitrate_bps: u32) -> VideoSettings {
        VideoSettings {
            frame_rate: self.format.frame_rate.round().max(1.0) as u32,
            threads: self.threads,
            temporal_layers: self.temporal_layers,
            spatial_layers: self.spatial_layers,
            content: self.content,
            max_unit_bytes: self.max_unit_bytes,
            ..VideoSettings::new(size.0, size.1, bitrate_bps)
        }
    }
}

/// A frame to be sent.
#[derive(Clone, Debug, PartialEq)]
pub struct SentFrame {
    /// The layer, where there are several.
    pub rid: Option<Rid>,
    /// The frame.
    pub frame: EncodedFrame,
    /// Width and height of its picture.
    pub size: (u32, u32),
    /// What the encoder tells of its layers, for
    /// [`WriteOptions::layer`](lapwing_engine::WriteOptions); nothing where there is only one.
    pub layer: Option<FrameInfo>,
}

/// What a sender counted (W3C webrtc-stats, `RTCOutboundRtpStreamStats`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct VideoSenderStats {
    /// `framesEncoded`, over all layers.
    pub frames_encoded: u64,
    /// `keyFramesEncoded`.
    pub key_frames_encoded: u64,
    /// Pictures left out, since a lower frame rate is sent.
    pub frames_thinned: u64,
    /// Pictures left out, since those before them had not left yet.
    pub frames_held_back: u64,
    /// Pictures for which an encoder gave no frame, since its bits were used up or it holds some
    /// back.
    pub frames_without_bits: u64,
    /// `qualityLimitationResolutionChanges`, and changes of the frame rate.
    pub steps: u64,
}

enum Shape {
    /// One stream of changing size and rate.
    Single(VideoControl),
    /// Layers of fixed sizes.
    Simulcast(Vec<SimulcastLayer>),
}

/// Scales and encodes pictures by what the network carries.
///
/// 1. [`Self::set_bitrate`] is told what the network carries, as often as it changes.
/// 2. [`Self::push`] is given every picture of the source, and gives the frames to be sent: none
///    for a picture that a lower frame rate leaves out.
/// 3. [`Self::request_keyframe`] makes the next frame a keyframe, at most every 300 ms.
///
/// ```
/// use std::time::Instant;
/// use lapwing_engine::{Codec, MediaTime};
/// use lapwing_media::sending::{VideoFormat, VideoSender, VideoSenderSettings};
/// use lapwing_media::Picture;
///
/// let camera = VideoFormat { codec: Codec::Vp8, size: (320, 180), frame_rate: 30.0 };
/// let mut sender = VideoSender::new(VideoSenderSettings::new(camera, 300_000))?;
/// let picture = Picture::new(320, 180, MediaTime::new(0, 90_000))?;
/// let sent = sender.push(&picture, Instant::now())?;
/// assert!(sent[0].frame.keyframe);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct VideoSender {
    settings: VideoSenderSettings,
    shape: Shape,
    streams: Vec<Stream>,
    /// What the network carries.
    bitrate_bps: u32,
    /// Media time of the next picture to be sent.
    next: Duration,
    /// What was sent before takes so long to leave.
    send_delay: Duration,
    /// Pictures in turn that were left out for it.
    held: u32,
    stats: VideoSenderStats,
}

impl VideoSender {
    /// A sender that has sent nothing yet.
    ///
    /// # Errors
    /// When there is no encoder for the codec, or none for this size.
    pub fn new(mut settings: VideoSenderSettings) -> Result<Self, CodecError> {
        let VideoFormat { codec, size, frame_rate } = settings.format;
        let (spatial, temporal) = layers_max(codec);
        settings.temporal_layers = settings.temporal_layers.min(temporal);
        // The layers of a simulcast are sizes already.
        let spatial = if settings.layers > 1 { 1 } else { spatial };
        settings.spatial_layers = settings.spatial_layers.min(spatial);
        let shape = match settings.layers {
            0 | 1 => Shape::Single(VideoControl::new(
                settings.format,
                settings.preference,
                settings.bitrate_bps,
            )),
            count => Shape::Simulcast(SimulcastLayer::layers(count, size, frame_rate, codec)),
        };
        let streams = match &shape {
            Shape::Single(control) => {
                let VideoPlan { size, bitrate_bps, .. } = control.plan();
                vec![Stream::new(None, codec, &settings.of_stream(size, bitrate_bps))?]
            }
            Shape::Simulcast(layers) => {
                let of_layer = |layer: &SimulcastLayer| {
                    let encoder = settings.of_stream(layer.size, settings.bitrate_bps);
                    Stream::new(Some(layer.rid), codec, &encoder)
                };
                layers.iter().map(of_layer).collect::<Result<_, _>>()?
            }
        };
        let mut sender = VideoSender {
            bitrate_bps: settings.bitrate_bps,
            settings,
            shape,
            streams,
            next: Duration::ZERO,
            send_delay: Duration::ZERO,
            held: 0,
            stats: VideoSenderStats::default(),
        };
        sender.share();
        Ok(sender)
    }

    /// What the frames are.
    pub fn codec(&self) -> Codec {
        self.settings.format.codec
    }

    /// The names of the layers as an offer has them, best first; none with a single stream.
    pub fn layers(&self) -> Vec<Rid> {
        self.streams.iter().rev().filter_map(|stream| stream.rid).collect()
    }

    /// The bits per second that it can use with all its layers; nothing is gained beyond.
    /// `None` with a single stream, whose most is for the application to say.
    pub fn most_bps(&self) -> Option<u32> {
        match &self.shape {
            Shape::Single(_) => None,
            Shape::Simulcast(layers) => Some(layers.iter().map(SimulcastLayer::most_bps).sum()),
        }
    }

    /// How the largest that is sent is encoded now.
    pub fn plan(&self) -> VideoPlan {
        match &self.shape {
            Shape::Single(control) => control.plan(),
            Shape::Simulcast(layers) => {
                let largest = layers.iter().rev().find(|layer| layer.sends()).unwrap_or(&layers[0]);
                let sent = self.streams.iter().filter(|stream| stream.sends);
                VideoPlan {
                    bitrate_bps: sent.map(|stream| stream.bitrate_bps).sum(),
                    size: largest.size,
                    frame_rate: self.settings.format.frame_rate,
                }
            }
        }
    }

    /// What it counted.
    pub fn stats(&self) -> VideoSenderStats {
        let steps = match &self.shape {
            Shape::Single(control) => control.steps(),
            Shape::Simulcast(_) => self.stats.steps,
        };
        VideoSenderStats { steps, ..self.stats }
    }

    /// The network carries so many bits per second of pictures.
    pub fn set_bitrate(&mut self, bps: u32, now: Instant) {
        if let Shape::Single(control) = &mut self.shape {
            control.set_bitrate(bps, now);
        }
        self.bitrate_bps = bps;
        self.share();
    }

    /// What was sent before takes so long to leave
    /// ([`Rtc::send_delay`](lapwing_engine::Rtc::send_delay)): to be told before each picture, by
    /// callers that know. Encoders make less while it is long.
    pub fn set_send_delay(&mut self, delay: Duration) {
        if delay != self.send_delay {
            self.send_delay = delay;
            self.share();
        }
    }

    /// Somebody needs a keyframe: of one layer, or of all that are sent.
    pub fn request_keyframe(&mut self, rid: Option<Rid>) {
        let asked = self.streams.iter_mut().filter(|s| rid.is_none() || s.rid == rid);
        asked.for_each(|stream| stream.keyframe_wanted = true);
    }

    /// Takes a picture of the source, of any size, and gives what is to be sent of it. Frames of
    /// earlier pictures may come with it, where an encoder holds some back; each has its own time.
    ///
    /// # Errors
    /// When the encoder fails; the sender stays usable.
    pub fn push(&mut self, picture: &Picture, now: Instant) -> Result<Vec<SentFrame>, EncodeError> {
        if !self.is_due(picture) {
            self.stats.frames_thinned += 1;
            return Ok(Vec::new());
        }
        let (shown, interval) = (shown(picture), self.interval());
        // In step with the wish on average, without catching up after a pause, and anew where times
        // went back.
        let next = if shown + 2 * interval < self.next { Duration::ZERO } else { self.next };
        self.next = (next + interval).max(shown + interval / 2);
        if self.holds_back(interval) {
            self.stats.frames_held_back += 1;
            return Ok(Vec::new());
        }
        let mut sent = Vec::new();
        for index in 0..self.streams.len() {
            if self.streams[index].sends {
                self.encode(index, picture, now, &mut sent)?;
            }
        }
        Ok(sent)
    }

    /// Whether a picture is left out, as too much waits before it.
    fn holds_back(&mut self, interval: Duration) -> bool {
        let holds = self.send_delay > interval + HELD_ABOVE
            && (self.held < HELD_MAX || self.send_delay > HELD_ANYWAY);
        self.held = if holds { self.held + 1 } else { 0 };
        holds
    }

    /// Whether [`Self::push`] would encode this picture, or leave it out for the frame rate's sake.
    /// A caller who is late gives the last of those that are due.
    pub fn is_due(&self, picture: &Picture) -> bool {
        let (shown, interval) = (shown(picture), self.interval());
        // Some tolerance, as sources round their times.
        shown + interval / 4 >= self.next || shown + 2 * interval < self.next
    }

    /// Time between two pictures that are sent.
    pub fn interval(&self) -> Duration {
        Duration::from_secs_f64(1.0 / self.plan().frame_rate.max(1.0))
    }

    fn encode(
        &mut self,
        index: usize,
        picture: &Picture,
        now: Instant,
        sent: &mut Vec<SentFrame>,
    ) -> Result<(), EncodeError> {
        let size = match &self.shape {
            Shape::Single(control) => control.plan().size,
            Shape::Simulcast(layers) => layers[index].size,
        };
        let frame_rate = self.plan().frame_rate;
        let stream = &mut self.streams[index];
        stream.set_frame_rate(frame_rate);
        let scaled = scale(picture, size.0, size.1).map_err(EncodeError::Picture)?;
        let frames = stream.encode(&scaled, now)?;
        self.stats.frames_without_bits += u64::from(frames.is_empty());
        if let Shape::Single(control) = &mut self.shape {
            // A picture that got no bits says more than the quantizer of the one before.
            let quantizer = stream.encoder.quantizer();
            let quantizer = if frames.is_empty() { quantizer.map(|_| 1.0) } else { quantizer };
            control.on_encoded(quantizer, now);
        }
        let layered = self.settings.temporal_layers > 1 || self.settings.spatial_layers > 1;
        let infos = stream.encoder.infos().iter().copied().filter(|_| layered).map(Some);
        for (frame, layer) in frames.into_iter().zip(infos.chain(std::iter::repeat(None))) {
            // Of a picture in several sizes the largest counts.
            let more = layer.is_some_and(|layer| layer.more_layers);
            self.stats.frames_encoded += u64::from(!more);
            self.stats.key_frames_encoded += u64::from(frame.keyframe && !more);
            let whole = frame.keyframe && self.settings.spatial_layers == 1;
            let of_key = whole.then(|| picture_size(frame.codec, &frame.data)).flatten();
            let size = of_key.unwrap_or(size);
            sent.push(SentFrame { rid: stream.rid, frame, size, layer });
        }
        Ok(())
    }

    /// Tells each encoder its share of what the network carries, less what is to be made up for.
    fn share(&mut self) {
        let over = self.send_delay.saturating_sub(self.interval());
        let part = (1.0 - over.div_duration_f64(DRAIN_IN)).max(DRAIN_LEAST);
        let less = |bps| (f64::from(bps) * part) as u32;
        match &mut self.shape {
            Shape::Single(_) => self.streams[0].set_bitrate(less(self.bitrate_bps)),
            Shape::Simulcast(layers) => {
                // Which layers are sent does not change for it: each begins with a keyframe.
                let shares = allocate(layers, self.bitrate_bps);
                for (stream, share) in self.streams.iter_mut().zip(shares) {
                    let began = share.bitrate_bps.is_some() && !stream.sends;
                    self.stats.steps += u64::from(share.bitrate_bps.is_some() != stream.sends);
                    stream.sends = share.bitrate_bps.is_some();
                    stream.keyframe_wanted |= began;
                    share.bitrate_bps.into_iter().for_each(|bps| stream.set_bitrate(less(bps)));
                }
            }
        }
    }
}

fn shown(picture: &Picture) -> Duration {
    picture.time().rebase(MediaTime::VIDEO_RATE).as_duration()
}
