//! AV1 by rav1e.

use lapwing_engine::{Codec, EncodedFrame, MediaTime};
use rav1e::prelude::*;

use crate::codecs::{CodecError, EncodeError, VideoEncoder, VideoSettings, obu};
use crate::picture::{Picture, PlaneIndex};

/// The fastest preset.
const SPEED: u8 = 10;

/// A new bit rate is worth a new encoder, and so a key frame, when it differs from the one in use
/// by this share.
const RESTART_PERCENT: u64 = 25;

/// Pictures between two restarts for the bit rate: at 30 per second, two seconds. A key frame
/// costs several times an ordinary one, and estimates swing.
const RESTART_INTERVAL: u64 = 60;

/// Fewest frames the rate control may plan over (rav1e).
const MIN_RESERVOIR: u32 = 12;

/// An AV1 encoder. It gives each frame some pictures after it was pushed (four, measured), so a
/// key frame comes as late, and its bit rate changes only with a restart.
pub struct Av1Encoder {
    settings: VideoSettings,
    /// The rate in use; `settings` has the one wished for.
    rate_in_use: u32,
    context: Context<u8>,
    /// Pictures since the last restart.
    pictures: u64,
}

impl Av1Encoder {
    /// An encoder with these settings.
    ///
    /// # Errors
    /// When the size or another setting is out of range. A side is at least 16 pixels.
    pub fn new(settings: &VideoSettings) -> Result<Self, CodecError> {
        Ok(Av1Encoder {
            settings: settings.clone(),
            rate_in_use: settings.bitrate_bps,
            context: context(settings)?,
            pictures: 0,
        })
    }

    /// Whether the rate wished for is worth a key frame now.
    fn wants_restart(&self) -> bool {
        let (wished, used) = (u64::from(self.settings.bitrate_bps), u64::from(self.rate_in_use));
        self.pictures >= RESTART_INTERVAL && wished.abs_diff(used) * 100 >= used * RESTART_PERCENT
    }

    /// Gives what is in the encoder and starts a new one.
    fn restart(&mut self) -> Result<Vec<EncodedFrame>, EncodeError> {
        self.context.flush();
        let frames = self.receive()?;
        self.context = context(&self.settings).map_err(EncodeError::Reconfigure)?;
        self.rate_in_use = self.settings.bitrate_bps;
        self.pictures = 0;
        Ok(frames)
    }

    /// Takes every packet that is ready.
    fn receive(&mut self) -> Result<Vec<EncodedFrame>, EncodeError> {
        let mut frames = Vec::new();
        loop {
            match self.context.receive_packet() {
                Ok(packet) => frames.extend(convert(packet)?),
                // One frame went through the encoder; the loop ends as they run out.
                Err(EncoderStatus::Encoded) => {}
                Err(EncoderStatus::NeedMoreData | EncoderStatus::LimitReached) => {
                    return Ok(frames);
                }
                Err(status) => return Err(library(&status)),
            }
        }
    }
}

impl VideoEncoder for Av1Encoder {
    fn codec(&self) -> Codec {
        Codec::Av1
    }

    fn encode(
        &mut self,
        picture: &Picture,
        force_key: bool,
    ) -> Result<Vec<EncodedFrame>, EncodeError> {
        let mut frames = Vec::new();
        let resized = picture.size() != (self.settings.width, self.settings.height);
        if resized {
            (self.settings.width, self.settings.height) = picture.size();
        }
        if resized || self.wants_restart() {
            frames = self.restart()?;
        }
        let mut raw = self.context.new_frame();
        for (index, plane) in PlaneIndex::ALL.into_iter().enumerate() {
            raw.planes[index].copy_from_raw_u8(picture.plane(plane), picture.stride(plane), 1);
        }
        let parameters = FrameParameters {
            frame_type_override: match force_key {
                true => FrameTypeOverride::Key,
                false => FrameTypeOverride::No,
            },
            opaque: Some(Opaque::new(picture.time())),
            t35_metadata: Box::default(),
        };
        self.context.send_frame((raw, parameters)).map_err(|status| library(&status))?;
        self.pictures += 1;
        frames.append(&mut self.receive()?);
        Ok(frames)
    }

    fn flush(&mut self) -> Result<Vec<EncodedFrame>, EncodeError> {
        self.restart()
    }

    fn set_bitrate(&mut self, bps: u32) {
        self.settings.bitrate_bps = bps;
    }
}

fn context(settings: &VideoSettings) -> Result<Context<u8>, CodecError> {
    Picture::check_size(settings.width, settings.height)?;
    if settings.frame_rate == 0 {
        return Err(CodecError::Setting { codec: Codec::Av1, expected: "a frame rate above zero" });
    }
    let mut encoder = EncoderConfig::with_speed_preset(SPEED);
    encoder.width = settings.width as usize;
    encoder.height = settings.height as usize;
    encoder.time_base = Rational::new(1, u64::from(settings.frame_rate));
    encoder.low_latency = true;
    encoder.bitrate = i32::try_from(settings.bitrate_bps.max(1)).unwrap_or(i32::MAX);
    encoder.set_key_frame_interval(0, u64::from(settings.keyframe_interval.unwrap_or(0)));
    let reservoir = settings.frame_rate.clamp(MIN_RESERVOIR, 1_000);
    encoder.reservoir_frame_delay = Some(reservoir as i32);
    // What measures best among what real time allows at small sizes: searching ahead and for
    // scene cuts costs latency, segmentation and fine intra angles cost half the speed.
    encoder.speed_settings.rdo_lookahead_frames = 1;
    encoder.speed_settings.scene_detection_mode = SceneDetectionSpeed::None;
    encoder.speed_settings.cdef = false;
    encoder.speed_settings.segmentation = SegmentationLevel::Disabled;
    encoder.speed_settings.prediction.fine_directional_intra = false;
    let config = Config::new()
        .with_encoder_config(encoder)
        .with_threads(settings.threads.clamp(1, 64) as usize);
    config
        .new_context()
        .map_err(|error| CodecError::Library { codec: Codec::Av1, message: error.to_string() })
}

fn convert(packet: Packet<u8>) -> Result<Option<EncodedFrame>, EncodeError> {
    let data = obu::normalise(&packet.data).map_err(|error| library(&error))?;
    let time = packet.opaque.and_then(|opaque| opaque.downcast::<MediaTime>().ok());
    let time = time.expect("every picture is sent with its time");
    let keyframe = packet.frame_type == FrameType::KEY;
    let time = time.rebase(MediaTime::VIDEO_RATE);
    Ok((!data.is_empty()).then_some(EncodedFrame {
        codec: Codec::Av1,
        time,
        keyframe,
        data: data.into(),
    }))
}

fn library(error: &dyn std::error::Error) -> EncodeError {
    EncodeError::Library { codec: Codec::Av1, message: error.to_string() }
}
