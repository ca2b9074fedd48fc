//! What encoders and decoders of one kind have in common.

use std::time::Duration;

use lapwing_engine::rtp::format::FrameInfo;
use lapwing_engine::{Codec, EncodedFrame};

use crate::codecs::{DecodeError, EncodeError};
use crate::picture::Picture;
use crate::samples::Samples;

/// What pictures show, and so what is to be kept of them where bits are few
/// (W3C mst-content-hint).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum VideoContent {
    /// A camera or a film: that they move counts.
    #[default]
    Motion,
    /// A screen, a drawing, text: their detail counts.
    Detail,
}

/// How pictures are to be encoded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VideoSettings {
    /// Width in pixels. A picture of another size reconfigures the encoder.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
    /// Target in bits per second.
    pub bitrate_bps: u32,
    /// Pictures per second, for rate control.
    pub frame_rate: u32,
    /// At most this many frames from one key frame to the next. `None`: only when asked, as a
    /// call wants it; files want some.
    pub keyframe_interval: Option<u32>,
    /// Threads the encoder may use.
    pub threads: u32,
    /// What the pictures show.
    pub content: VideoContent,
    /// Temporal layers, 1 to 3: pictures of upper ones can be left out, and the rest has half or a
    /// quarter of the frame rate. VP8 and VP9 have more than one.
    pub temporal_layers: u8,
    /// Spatial layers at most, 1 to 3: each half as wide and high as the next, and to be had
    /// without those above it. Those above the lowest refer to the layer below in keyframes only
    /// (`L3T1_KEY`). VP9 has more than one, of pictures that are large enough: the smallest is not
    /// below 240x135. Each is a frame of its own then.
    pub spatial_layers: u8,
    /// H.264: the largest NAL unit in bytes, as a receiver with `packetization-mode=0` needs it
    /// (RFC 6184 section 6.2): a packet takes no more than one unit there. `None`: any size.
    pub max_unit_bytes: Option<u32>,
}

impl VideoSettings {
    /// Settings for a call at this size and bit rate: 30 pictures per second, key frames only
    /// when asked for, one thread, one layer, a camera.
    pub const fn new(width: u32, height: u32, bitrate_bps: u32) -> Self {
        VideoSettings {
            width,
            height,
            bitrate_bps,
            frame_rate: 30,
            keyframe_interval: None,
            threads: 1,
            content: VideoContent::Motion,
            temporal_layers: 1,
            spatial_layers: 1,
            max_unit_bytes: None,
        }
    }
}

/// Pictures in, frames out.
pub trait VideoEncoder: Send {
    /// What the frames are.
    fn codec(&self) -> Codec;

    /// The library's name, as W3C's `encoderImplementation` has it: `libvpx`, `OpenH264`, `rav1e`
    /// or `libaom`.
    fn implementation(&self) -> &'static str;

    /// Encodes a picture. There may be no frame yet, or frames of earlier pictures with it: each
    /// frame has the time of its own picture. A picture of another size than the last gives a
    /// key frame. A picture in spatial layers is as many frames of one time, the smallest first;
    /// decoders take them as one ([`join_layers`](crate::codecs::join_layers)).
    ///
    /// # Errors
    /// When the encoder fails; it stays usable.
    fn encode(
        &mut self,
        picture: &Picture,
        force_key: bool,
    ) -> Result<Vec<EncodedFrame>, EncodeError>;

    /// What is to be told of the frames of the last call to [`VideoEncoder::encode`], one for each,
    /// as the payload formats write it: temporal layers and what a frame refers to. Empty where the
    /// encoder knows of nothing but key frames.
    fn infos(&self) -> &[FrameInfo] {
        &[]
    }

    /// The frames of pictures still in the encoder. It goes on with a key frame.
    ///
    /// # Errors
    /// When the encoder fails.
    fn flush(&mut self) -> Result<Vec<EncodedFrame>, EncodeError>;

    /// Asks for another bit rate, in bits per second. VP8, VP9, H.264 and live AV1 follow with the
    /// next picture. rav1e cannot change a running encoder: it starts anew, with a key frame, when
    /// the rate has moved far enough to be worth it.
    fn set_bitrate(&mut self, bps: u32);

    /// The quantizer of the last picture as a share of the codec's range, from fine (0) to coarse
    /// (1). `None` where the encoder does not tell, or has encoded nothing yet.
    fn quantizer(&self) -> Option<f64> {
        None
    }

    /// Says how many pictures per second will come, from one up. VP8, VP9 and live AV1 take the
    /// rate from the times of the pictures, and need this only for the first; H.264 shares its
    /// bits by it. rav1e cannot change it: nothing happens.
    fn set_frame_rate(&mut self, fps: u32) {
        let _ = fps;
    }
}

/// Frames in, pictures out.
pub trait VideoDecoder: Send {
    /// What it decodes.
    fn codec(&self) -> Codec;

    /// Decodes a frame. Mostly one picture comes out; none for a frame that is not shown.
    ///
    /// # Errors
    /// When the frame cannot be decoded. Any bytes may be given; the decoder stays usable, and
    /// mostly wants a key frame next.
    fn decode(&mut self, frame: &EncodedFrame) -> Result<Vec<Picture>, DecodeError>;
}

/// What sound is, and so what is to be kept of it (W3C mst-content-hint).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AudioContent {
    /// Words: that they are understood counts.
    #[default]
    Voice,
    /// Anything else: that it sounds as it did counts.
    Music,
}

/// How sound is to be encoded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AudioSettings {
    /// Samples per second. Opus: 8, 12, 16, 24 or 48 kHz; G.711: 8 kHz; G.722: 16 kHz.
    pub rate: u32,
    /// Opus: one or two; the others: one.
    pub channels: u8,
    /// Target in bits per second. Only Opus has a choice: 6 to 510 kbit/s (RFC 6716 section 2.1.1).
    pub bitrate_bps: u32,
    /// Length of a frame. Opus: 2.5, 5, 10, 20, 40 or 60 ms; the others: whole milliseconds up to
    /// 60.
    pub frame: Duration,
    /// Opus: put a coarse copy of each frame into the next one (RFC 6716 section 2.1.7).
    pub fec: bool,
    /// Opus: how far back each packet tells of the sound before it in a few hundred bits (DRED, the
    /// deep redundancy of libopus 1.6), in steps of 10 ms up to 1.04 s; zero: not at all. Its bits
    /// are taken off `bitrate_bps`, the more the more losses are expected, and are none below some
    /// 24 kbit/s. A receiver without it decodes the packets all the same.
    pub dred: Duration,
    /// Opus: the share of packets expected to be lost, in percent; FEC and DRED need some to be on.
    pub expected_loss_percent: u8,
    /// Opus: send nothing while it is silent, but for an update every 400 ms
    /// (RFC 6716 section 2.1.9).
    pub dtx: bool,
    /// Opus: 0 (fast) to 10 (good).
    pub complexity: u8,
    /// Opus: what the sound is.
    pub content: AudioContent,
}

impl AudioSettings {
    /// Speech as WebRTC sends it by default: 48 kHz, mono, 32 kbit/s, 20 ms, FEC for 10 % loss.
    pub const SPEECH: AudioSettings = AudioSettings {
        rate: 48_000,
        channels: 1,
        bitrate_bps: 32_000,
        frame: Duration::from_millis(20),
        fec: true,
        dred: Duration::ZERO,
        expected_loss_percent: 10,
        dtx: false,
        complexity: 9,
        content: AudioContent::Voice,
    };

    /// Music: 48 kHz, stereo, 128 kbit/s, 20 ms, without FEC, which its codec has not.
    pub const MUSIC: AudioSettings = AudioSettings {
        channels: 2,
        bitrate_bps: 128_000,
        fec: false,
        content: AudioContent::Music,
        ..AudioSettings::SPEECH
    };

    /// A telephone: 8 kHz, mono, 20 ms.
    pub const TELEPHONE: AudioSettings =
        AudioSettings { rate: 8_000, bitrate_bps: 64_000, ..AudioSettings::SPEECH };

    /// A telephone with wide-band speech: 16 kHz, mono, 20 ms.
    pub const WIDE_BAND: AudioSettings = AudioSettings { rate: 16_000, ..AudioSettings::TELEPHONE };
}

/// Samples in, frames out.
pub trait AudioEncoder: Send {
    /// What the frames are.
    fn codec(&self) -> Codec;

    /// Encodes samples of any number; what does not fill a frame waits for the next call. Each
    /// frame has the time of its first sample. A gap or jump in the samples' time drops what
    /// waits. With DTX, silent frames do not come out.
    ///
    /// # Errors
    /// When the samples are of another rate or number of channels, or the encoder fails.
    fn encode(&mut self, samples: &Samples) -> Result<Vec<EncodedFrame>, EncodeError>;

    /// Asks for another bit rate, in bits per second, from the next frame on. Opus takes the
    /// nearest of its range; the others have no choice.
    fn set_bitrate(&mut self, bps: u32);

    /// Tells the share of packets that get lost, in percent, so that Opus can choose how much to
    /// spend on FEC and DRED.
    fn set_expected_loss(&mut self, percent: u8);

    /// Says how hard to try from the next frame on, as [`AudioSettings::complexity`] has it; more
    /// than 10 is 10. All but Opus do nothing.
    fn set_complexity(&mut self, complexity: u8) {
        let _ = complexity;
    }

    /// Has packets tell of the sound before them so far back, from the next frame on, as
    /// [`AudioSettings::dred`] has it; more than there can be is as much as there can be. All but
    /// Opus, and Opus built without the feature `dred`, do nothing.
    fn set_dred(&mut self, reach: Duration) {
        let _ = reach;
    }
}

/// Frames in, samples out.
pub trait AudioDecoder: Send {
    /// What it decodes.
    fn codec(&self) -> Codec;

    /// Decodes a frame.
    ///
    /// # Errors
    /// When the frame cannot be decoded. Any bytes may be given; the decoder stays usable.
    fn decode(&mut self, frame: &EncodedFrame) -> Result<Samples, DecodeError>;

    /// Makes up sound of this length for frames that did not come, following on what was decoded
    /// last. Rounded to what the codec can do (Opus: 2.5 ms), at most [`MAX_CONCEALED`].
    fn conceal(&mut self, span: Duration) -> Samples;

    /// The sound of the last `span` before `next`, which was lost, out of the copy that `next`
    /// carries. `None` when the codec knows no such thing, or `next` carries none. Give `next` to
    /// [`AudioDecoder::decode`] afterwards.
    fn recover(&mut self, next: &EncodedFrame, span: Duration) -> Option<Samples>;

    /// As [`AudioDecoder::decode`], with the interleaved samples put behind those in `into`, which
    /// is left as it was on failure. For callers that use one buffer again and again.
    ///
    /// # Errors
    /// As [`AudioDecoder::decode`].
    fn decode_into(
        &mut self,
        frame: &EncodedFrame,
        into: &mut Vec<f32>,
    ) -> Result<(), DecodeError> {
        into.extend_from_slice(self.decode(frame)?.data());
        Ok(())
    }

    /// As [`AudioDecoder::conceal`] of a decoder that has concealment of its own, one that knows
    /// its codec's model of sound. False, and nothing done, where there is none.
    fn conceal_into(&mut self, span: Duration, into: &mut Vec<f32>) -> bool {
        let _ = (span, into);
        false
    }

    /// As [`AudioDecoder::recover`]; false when there is no copy.
    fn recover_into(&mut self, next: &EncodedFrame, span: Duration, into: &mut Vec<f32>) -> bool {
        let Some(samples) = self.recover(next, span) else { return false };
        into.extend_from_slice(samples.data());
        true
    }

    /// Whether a frame carries a copy of the one before it, for [`AudioDecoder::recover`].
    fn carries_copy(&self, frame: &EncodedFrame) -> bool {
        let _ = frame;
        false
    }

    /// Whether what is made up for lost frames comes from a network that knows speech (Opus built
    /// with the feature `dred`, where it is on to begin with) or from the codec's own model alone,
    /// which takes less time.
    fn set_deep_concealment(&mut self, deep: bool) {
        let _ = deep;
    }

    /// How far before its first sample a frame tells of the sound that was, for
    /// [`AudioDecoder::recall_into`]; zero where it does not.
    fn reaches_back(&mut self, frame: &EncodedFrame) -> Duration {
        let _ = frame;
        Duration::ZERO
    }

    /// Puts `span` of lost sound behind the samples in `into`: what begins `before` ahead of
    /// `later` and follows on what was decoded or made up last, as `later` tells of it. Rounded and
    /// limited as [`AudioDecoder::conceal`]. False, and nothing done, where `later` does not reach
    /// so far back. For longer losses it is called again, with less before; then `later` is
    /// decoded.
    fn recall_into(
        &mut self,
        later: &EncodedFrame,
        before: Duration,
        span: Duration,
        into: &mut Vec<f32>,
    ) -> bool {
        let _ = (later, before, span, into);
        false
    }
}

/// The longest concealment in one call: after that only silence makes sense.
pub const MAX_CONCEALED: Duration = Duration::from_millis(120);
