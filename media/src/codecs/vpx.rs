//! VP8 and VP9 by libvpx.

use lapwing_engine::rtp::format::FrameInfo;
use lapwing_engine::{Codec, EncodedFrame, MediaTime};

use crate::codecs::presentation::Presentation;
use crate::codecs::temporal::TemporalLayers;
use crate::codecs::vp9_header::{self, Vp9Header};
use crate::codecs::vpx_config::{
    controls, encoder_config, is_layered, layer_flags, plain_flags, spatial,
};
use crate::codecs::vpx_context::{Context, Order, Packet};
use crate::codecs::vpx_spatial;
use crate::codecs::{
    CodecError, DecodeError, EncodeError, VideoDecoder, VideoEncoder, VideoSettings, is_keyframe,
    picture_size,
};
use crate::picture::Picture;

/// The coarsest quantizer there is, of both codecs.
const QUANTIZER_MAX: f64 = 63.0;

/// Largest frame taken by the decoders, in bytes: an uncompressed picture at the size limit.
const MAX_FRAME_BYTES: usize = 64 << 20;

/// An encoder of VP8 or VP9: constant bit rate and no delay.
pub struct VpxEncoder {
    codec: Codec,
    settings: VideoSettings,
    context: Context,
    layers: Option<TemporalLayers>,
    /// Pictures since the last key frame, with it: zero before the first.
    since_key: u32,
    /// Of the last call to `encode`.
    infos: Vec<FrameInfo>,
    presentation: Presentation,
}

impl VpxEncoder {
    /// An encoder of [`Codec::Vp8`] or [`Codec::Vp9`] with these settings.
    ///
    /// # Errors
    /// When the codec is another, or the size or another setting is out of range.
    pub fn new(codec: Codec, settings: &VideoSettings) -> Result<Self, CodecError> {
        check_codec(codec)?;
        let config = encoder_config(codec, settings)?;
        let mut context = Context::encoder(codec, &config)?;
        let library = |message| CodecError::Library { codec, message };
        for (control, value) in controls(codec, settings) {
            context.control(control, value).map_err(library)?;
        }
        let sizes = spatial(settings);
        if sizes > 1 {
            context.set_sizes(vpx_spatial::sizes(sizes, &config)).map_err(library)?;
            context.set_dropping(vpx_spatial::dropping()).map_err(library)?;
        }
        Ok(VpxEncoder {
            codec,
            settings: settings.clone(),
            context,
            layers: is_layered(settings).then(|| TemporalLayers::new(settings.temporal_layers)),
            since_key: 0,
            infos: Vec::new(),
            presentation: Presentation::default(),
        })
    }

    /// Follows the picture's size with a new encoder.
    fn fit(&mut self, picture: &Picture) -> Result<(), EncodeError> {
        if picture.size() != (self.settings.width, self.settings.height) {
            let mut settings = self.settings.clone();
            (settings.width, settings.height) = picture.size();
            *self = Self::new(self.codec, &settings).map_err(EncodeError::Reconfigure)?;
        }
        Ok(())
    }

    /// The library's flags for the next picture, which it is told the layer of.
    fn flags(&mut self, force_key: bool, duration: i64) -> Result<u32, String> {
        let Some(layers) = &mut self.layers else { return Ok(plain_flags(force_key)) };
        let due = self.settings.keyframe_interval.is_some_and(|most| self.since_key >= most);
        let key = force_key || due;
        let step = layers.next(key);
        self.context.set_temporal_layer(step.layer)?;
        let sizes = spatial(&self.settings);
        if sizes > 1 {
            self.context.set_references(vpx_spatial::references(sizes, step, key, duration))?;
            return Ok(plain_flags(key));
        }
        Ok(if key { plain_flags(true) } else { layer_flags(step) })
    }

    /// The layers of a picture that was encoded, of which `infos` tells.
    fn made<'p>(&mut self, packet: &'p Packet) -> Option<Vec<&'p [u8]>> {
        let keyframe = packet.keyframe;
        self.since_key = if keyframe { 1 } else { self.since_key.saturating_add(1) };
        let info = match &mut self.layers {
            Some(layers) => layers.on_made(keyframe),
            None => FrameInfo { keyframe, ..FrameInfo::default() },
        };
        let sizes = spatial(&self.settings);
        let made = match sizes {
            1 => vec![&packet.data[..]],
            _ => vp9_header::frames(&packet.data)?,
        };
        for spatial in 0..sizes {
            let (inter_layer, more_layers) = (keyframe && spatial > 0, spatial + 1 < sizes);
            self.infos.push(FrameInfo { spatial, inter_layer, more_layers, ..info });
        }
        (made.len() == usize::from(sizes)).then_some(made)
    }

    fn failure(&self, message: String) -> EncodeError {
        EncodeError::Library { codec: self.codec, message }
    }
}

impl VideoEncoder for VpxEncoder {
    fn codec(&self) -> Codec {
        self.codec
    }

    fn implementation(&self) -> &'static str {
        "libvpx"
    }

    fn encode(
        &mut self,
        picture: &Picture,
        force_key: bool,
    ) -> Result<Vec<EncodedFrame>, EncodeError> {
        self.infos.clear();
        self.fit(picture)?;
        let (at, duration) = self.presentation.next(picture.time(), self.settings.frame_rate);
        let flags = self.flags(force_key, duration).map_err(|message| self.failure(message))?;
        let encoded = self.context.encode(picture, Order { at, duration, flags });
        encoded.map_err(|message| self.failure(message))?;
        let mut frames = Vec::new();
        for packet in self.context.packets() {
            let made = self
                .made(&packet)
                .ok_or_else(|| self.failure("a picture without all of its layers".to_owned()))?;
            let (codec, keyframe) = (self.codec, packet.keyframe);
            let time = picture.time().rebase(MediaTime::VIDEO_RATE);
            let frame = |data: &[u8]| EncodedFrame { codec, time, keyframe, data: data.into() };
            frames.extend(made.into_iter().map(frame));
        }
        Ok(frames)
    }

    fn infos(&self) -> &[FrameInfo] {
        &self.infos
    }

    fn flush(&mut self) -> Result<Vec<EncodedFrame>, EncodeError> {
        // Without look-ahead nothing waits; a new encoder starts with a key frame.
        let settings = self.settings.clone();
        *self = Self::new(self.codec, &settings).map_err(EncodeError::Reconfigure)?;
        Ok(Vec::new())
    }

    fn quantizer(&self) -> Option<f64> {
        let made = self.since_key > 0;
        let quantizer = made.then(|| self.context.quantizer()).flatten()?;
        Some(f64::from(quantizer) / QUANTIZER_MAX)
    }

    fn set_bitrate(&mut self, bps: u32) {
        self.settings.bitrate_bps = bps;
        // The settings were good before, and any rate is: neither call fails.
        if let Ok(config) = encoder_config(self.codec, &self.settings) {
            let _ = self.context.configure(&config);
        }
    }

    fn set_frame_rate(&mut self, fps: u32) {
        self.settings.frame_rate = fps.clamp(1, MediaTime::VIDEO_RATE);
    }
}

/// A decoder of VP8 or VP9.
pub struct VpxDecoder {
    codec: Codec,
    context: Context,
    /// A key frame was decoded: frames may refer to it.
    started: bool,
    /// A frame of VP9 with its index.
    indexed: Vec<u8>,
}

impl VpxDecoder {
    /// A decoder of [`Codec::Vp8`] or [`Codec::Vp9`] on one thread. Of VP9 it takes profile 0, as
    /// WebRTC sends it.
    ///
    /// # Errors
    /// When the codec is another, or the library has no memory.
    pub fn new(codec: Codec) -> Result<Self, CodecError> {
        check_codec(codec)?;
        let context = Context::decoder(codec)?;
        Ok(VpxDecoder { codec, context, started: false, indexed: Vec::new() })
    }

    fn corrupt(&self, message: String) -> DecodeError {
        DecodeError::Corrupt { codec: self.codec, message }
    }

    /// Refuses what the library would take memory for without a limit.
    fn check(&self, data: &[u8]) -> Result<(), DecodeError> {
        if data.is_empty() || data.len() > MAX_FRAME_BYTES {
            // The library takes no bytes for a lost frame.
            return Err(self.corrupt(format!("a frame of {} bytes", data.len())));
        }
        if !is_keyframe(self.codec, data) && !self.started {
            return Err(self.corrupt("a frame before any key frame".to_owned()));
        }
        if self.codec == Codec::Vp9 {
            return self.check_vp9(data);
        }
        if is_keyframe(self.codec, data) {
            let size = picture_size(self.codec, data);
            let (width, height) =
                size.ok_or_else(|| self.corrupt("a key frame without a valid header".to_owned()))?;
            Picture::check_size(width, height)?;
        }
        Ok(())
    }

    /// Any frame of VP9 may bring a size of its own, hidden ones too.
    fn check_vp9(&self, data: &[u8]) -> Result<(), DecodeError> {
        let frames = vp9_header::frames(data)
            .ok_or_else(|| self.corrupt("an index of more than there is".to_owned()))?;
        for frame in frames {
            // A layer that was left out, or a frame that tells to show one again.
            if frame.len() <= 1 {
                continue;
            }
            let header = Vp9Header::parse(frame)
                .ok_or_else(|| self.corrupt("a frame without a valid header".to_owned()))?;
            if header.profile != 0 {
                let what = "a profile other than 0";
                return Err(DecodeError::Unsupported { codec: self.codec, what });
            }
            if let Some((width, height)) = header.size {
                Picture::check_size(width, height)?;
            }
        }
        Ok(())
    }
}

impl VideoDecoder for VpxDecoder {
    fn codec(&self) -> Codec {
        self.codec
    }

    fn decode(&mut self, frame: &EncodedFrame) -> Result<Vec<Picture>, DecodeError> {
        DecodeError::check_codec(self.codec, frame.codec)?;
        self.check(&frame.data)?;
        let data = match self.codec {
            // Where there is no index the library takes what is behind a frame for another one.
            Codec::Vp9 => {
                self.indexed.clear();
                vp9_header::with_index(&frame.data, &mut self.indexed);
                &self.indexed[..]
            }
            _ => &frame.data[..],
        };
        let decoded = self.context.decode(data);
        decoded.map_err(|message| self.corrupt(message))?;
        self.started = true;
        self.context.pictures(frame.time)
    }
}

fn check_codec(codec: Codec) -> Result<(), CodecError> {
    match codec {
        Codec::Vp8 | Codec::Vp9 => Ok(()),
        _ => Err(CodecError::NotImplemented(codec)),
    }
}
