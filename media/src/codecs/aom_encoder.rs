//! Live AV1 by libaom, and every unsafe call into it.

use std::ffi::{CStr, c_int, c_long, c_ulong};
use std::mem::MaybeUninit;
use std::ptr;

use lapwing_engine::{Codec, EncodedFrame, MediaTime};
use libaom_sys::*;

use crate::codecs::presentation::Presentation;
use crate::codecs::{CodecError, EncodeError, VideoContent, VideoEncoder, VideoSettings, obu};
use crate::picture::{Picture, PlaneIndex};

/// Effort in real time, of 5 (good) to 11 (fast). libwebrtc takes 9 to 11 at this size, for one
/// thread.
const CPU_USED: c_int = 10;

/// Shortest side.
const MIN_SIDE: u32 = 16;

/// Largest key frame, in percent of the average frame.
const MAX_INTRA_PERCENT: c_int = 900;

/// Most threads that are of use for a picture.
const MAX_THREADS: u32 = 16;

/// Controls for real time (libwebrtc, `libaom_av1_encoder.cc`): what costs much and brings little
/// is off.
const CONTROLS: [(aome_enc_control_id, c_int); 19] = [
    (AOME_SET_CPUUSED, CPU_USED),
    (AOME_SET_MAX_INTRA_BITRATE_PCT, MAX_INTRA_PERCENT),
    (AV1E_SET_ENABLE_CDEF, 1),
    (AV1E_SET_ENABLE_TPL_MODEL, 0),
    (AV1E_SET_DELTAQ_MODE, 0),
    (AV1E_SET_ENABLE_ORDER_HINT, 0),
    // Blocks that get better bits in turn spread a refresh over pictures.
    (AV1E_SET_AQ_MODE, 3),
    (AV1E_SET_CDF_UPDATE_MODE, 1),
    (AV1E_SET_ENABLE_OBMC, 0),
    (AV1E_SET_ENABLE_WARPED_MOTION, 0),
    (AV1E_SET_ENABLE_GLOBAL_MOTION, 0),
    (AV1E_SET_ENABLE_REF_FRAME_MVS, 0),
    (AV1E_SET_ENABLE_CFL_INTRA, 0),
    (AV1E_SET_ENABLE_SMOOTH_INTRA, 0),
    (AV1E_SET_ENABLE_ANGLE_DELTA, 0),
    (AV1E_SET_ENABLE_FILTER_INTRA, 0),
    (AV1E_SET_COEFF_COST_UPD_FREQ, 3),
    (AV1E_SET_MODE_COST_UPD_FREQ, 3),
    (AV1E_SET_MV_COST_UPD_FREQ, 3),
];

/// An AV1 encoder for calls: constant bit rate and no delay. Its bit rate changes with the next
/// picture, and a key frame comes at once.
pub struct LiveAv1Encoder {
    settings: VideoSettings,
    context: Context,
    presentation: Presentation,
}

impl LiveAv1Encoder {
    /// An encoder with these settings.
    ///
    /// # Errors
    /// When the size or another setting is out of range. A side is at least 16 pixels; there is one
    /// temporal layer.
    pub fn new(settings: &VideoSettings) -> Result<Self, CodecError> {
        let mut context = Context::new(&encoder_config(settings)?)?;
        let threads = settings.threads.clamp(1, MAX_THREADS).ilog2() as c_int;
        let detail = settings.content == VideoContent::Detail;
        let own = [
            (AV1E_SET_TILE_COLUMNS, threads),
            (AV1E_SET_ROW_MT, c_int::from(threads > 0)),
            (
                AV1E_SET_TUNE_CONTENT,
                if detail { AOM_CONTENT_SCREEN } else { AOM_CONTENT_DEFAULT } as c_int,
            ),
            (AV1E_SET_ENABLE_PALETTE, c_int::from(detail)),
        ];
        for (control, value) in CONTROLS.into_iter().chain(own) {
            context.control(control, value).map_err(library)?;
        }
        Ok(LiveAv1Encoder {
            settings: settings.clone(),
            context,
            presentation: Presentation::default(),
        })
    }
}

impl VideoEncoder for LiveAv1Encoder {
    fn codec(&self) -> Codec {
        Codec::Av1
    }

    fn implementation(&self) -> &'static str {
        "libaom"
    }

    fn encode(
        &mut self,
        picture: &Picture,
        force_key: bool,
    ) -> Result<Vec<EncodedFrame>, EncodeError> {
        if picture.size() != (self.settings.width, self.settings.height) {
            let mut settings = self.settings.clone();
            (settings.width, settings.height) = picture.size();
            *self = LiveAv1Encoder::new(&settings).map_err(EncodeError::Reconfigure)?;
        }
        let (at, duration) = self.presentation.next(picture.time(), self.settings.frame_rate);
        self.context.encode(picture, at, duration, force_key).map_err(|error| failure(&error))?;
        let mut frames = Vec::new();
        for (data, keyframe) in self.context.packets() {
            let data = obu::normalise(&data).map_err(|error| failure(&error.to_string()))?;
            let time = picture.time().rebase(MediaTime::VIDEO_RATE);
            frames.push(EncodedFrame { codec: Codec::Av1, time, keyframe, data: data.into() });
        }
        Ok(frames)
    }

    fn flush(&mut self) -> Result<Vec<EncodedFrame>, EncodeError> {
        // Without look-ahead nothing waits; a new encoder starts with a key frame.
        let settings = self.settings.clone();
        *self = LiveAv1Encoder::new(&settings).map_err(EncodeError::Reconfigure)?;
        Ok(Vec::new())
    }

    fn set_bitrate(&mut self, bps: u32) {
        self.settings.bitrate_bps = bps;
        // The settings were good before, and any rate is: neither call fails.
        if let Ok(config) = encoder_config(&self.settings) {
            let _ = self.context.configure(&config);
        }
    }

    fn set_frame_rate(&mut self, fps: u32) {
        self.settings.frame_rate = fps.clamp(1, MediaTime::VIDEO_RATE);
    }
}

/// The library's configuration for these settings.
fn encoder_config(settings: &VideoSettings) -> Result<aom_codec_enc_cfg_t, CodecError> {
    let setting = |expected| Err(CodecError::Setting { codec: Codec::Av1, expected });
    Picture::check_size(settings.width, settings.height)?;
    if settings.width < MIN_SIDE || settings.height < MIN_SIDE {
        return setting("a side has 16 pixels at least");
    }
    if !(1..=MediaTime::VIDEO_RATE).contains(&settings.frame_rate) {
        return setting("a frame rate above zero");
    }
    if (settings.temporal_layers, settings.spatial_layers) != (1, 1) {
        return setting("one layer");
    }
    let mut config = default_config()?;
    config.g_w = settings.width;
    config.g_h = settings.height;
    config.g_threads = settings.threads.clamp(1, MAX_THREADS);
    config.g_timebase = aom_rational { num: 1, den: MediaTime::VIDEO_RATE as c_int };
    config.g_pass = AOM_RC_ONE_PASS;
    config.g_lag_in_frames = 0;
    config.g_error_resilient = 0;
    config.rc_end_usage = AOM_CBR;
    config.rc_target_bitrate = (settings.bitrate_bps / 1_000).max(1);
    config.rc_dropframe_thresh = 30;
    config.rc_min_quantizer = 10;
    config.rc_max_quantizer = 56;
    config.rc_undershoot_pct = 50;
    config.rc_overshoot_pct = 50;
    config.rc_buf_initial_sz = 600;
    config.rc_buf_optimal_sz = 600;
    config.rc_buf_sz = 1_000;
    config.kf_mode = AOM_KF_DISABLED;
    if let Some(interval) = settings.keyframe_interval {
        config.kf_mode = AOM_KF_AUTO;
        config.kf_min_dist = 0;
        config.kf_max_dist = interval.max(1);
    }
    Ok(config)
}

/// An encoder of the library. It is boxed, so it stays where the library saw it first.
struct Context(Box<aom_codec_ctx_t>);

#[expect(
    unsafe_code,
    reason = "the library keeps no thread-local state and has no global state after the first call; \
              a context may be used from any one thread at a time, which `&mut` ensures"
)]
// SAFETY: see the reason above.
unsafe impl Send for Context {}

#[expect(unsafe_code, reason = "libaom is a C library")]
impl Context {
    fn new(config: &aom_codec_enc_cfg_t) -> Result<Self, CodecError> {
        // SAFETY: all fields are pointers, integers, a union of pointers and an error code whose
        // zero is `AOM_CODEC_OK`, so zeroes are a valid value.
        let mut context: Box<aom_codec_ctx_t> =
            Box::new(unsafe { MaybeUninit::zeroed().assume_init() });
        // SAFETY: the context is zeroed memory of the right size, the interface is a static of the
        // library, and the configuration came out of `aom_codec_enc_config_default`.
        let result = unsafe {
            aom_codec_enc_init_ver(
                &raw mut *context,
                aom_codec_av1_cx(),
                config,
                0,
                AOM_ENCODER_ABI_VERSION as c_int,
            )
        };
        // On failure the library has released what it made, and `Context` must not be dropped.
        check(result).map_err(library)?;
        Ok(Context(context))
    }

    fn control(&mut self, control: aome_enc_control_id, value: c_int) -> Result<(), String> {
        // SAFETY: the context is initialised, and every control used here takes one int.
        check(unsafe { aom_codec_control(&raw mut *self.0, control as c_int, value) })
    }

    fn configure(&mut self, config: &aom_codec_enc_cfg_t) -> Result<(), String> {
        // SAFETY: the context is an initialised encoder; the library copies the configuration.
        check(unsafe { aom_codec_enc_config_set(&raw mut *self.0, config) })
    }

    /// Encodes a picture, which has the size that the encoder is configured for.
    fn encode(
        &mut self,
        picture: &Picture,
        at: i64,
        duration: i64,
        force_key: bool,
    ) -> Result<(), String> {
        let image = wrap(picture);
        let flags = if force_key { AOM_EFLAG_FORCE_KF } else { 0 };
        // SAFETY: the context is an initialised encoder for pictures of this size. The image refers
        // to the planes of `picture`, which outlives the call, with their strides; the library
        // only reads them, as denoising is off, and copies what it keeps.
        check(unsafe {
            aom_codec_encode(
                &raw mut *self.0,
                &raw const image,
                at,
                duration as c_ulong,
                flags as c_long,
            )
        })
    }

    /// The temporal units of the last call to `encode`, and whether each is a key frame.
    fn packets(&mut self) -> Vec<(Vec<u8>, bool)> {
        let mut packets = Vec::new();
        let mut iterator = ptr::null();
        loop {
            // SAFETY: the context is an initialised encoder, and the iterator starts as null and
            // is changed by the library only. A packet stays valid until the next call to encode.
            let packet =
                unsafe { aom_codec_get_cx_data(&raw mut *self.0, &raw mut iterator).as_ref() };
            let Some(packet) = packet else { return packets };
            if packet.kind != AOM_CODEC_CX_FRAME_PKT {
                continue;
            }
            // SAFETY: the kind says which member of the union is set, and its buffer holds `sz`
            // bytes until the next call to encode.
            let (data, flags) = unsafe {
                let frame = packet.data.frame;
                (std::slice::from_raw_parts(frame.buf.cast::<u8>(), frame.sz), frame.flags)
            };
            packets.push((data.to_vec(), flags & AOM_FRAME_IS_KEY != 0));
        }
    }
}

#[expect(unsafe_code, reason = "libaom is a C library")]
impl Drop for Context {
    fn drop(&mut self) {
        // SAFETY: the context was initialised, and is not used again. The call fails only for
        // contexts that were not.
        unsafe { aom_codec_destroy(&raw mut *self.0) };
    }
}

/// The library's own settings for real time, to begin with.
#[expect(unsafe_code, reason = "libaom is a C library")]
fn default_config() -> Result<aom_codec_enc_cfg_t, CodecError> {
    let mut config = MaybeUninit::<aom_codec_enc_cfg_t>::zeroed();
    // SAFETY: the interface is a static of the library, and the configuration is memory of the
    // right size, which the library fills in whole when it succeeds.
    unsafe {
        let usage = AOM_USAGE_REALTIME;
        check(aom_codec_enc_config_default(aom_codec_av1_cx(), config.as_mut_ptr(), usage))
            .map_err(library)?;
        Ok(config.assume_init())
    }
}

/// The picture as the library sees it: pointers to its planes.
#[expect(unsafe_code, reason = "libaom is a C library")]
fn wrap(picture: &Picture) -> aom_image_t {
    // SAFETY: all fields are integers and pointers.
    let mut image: aom_image_t = unsafe { MaybeUninit::zeroed().assume_init() };
    image.fmt = AOM_IMG_FMT_I420;
    (image.w, image.h) = picture.size();
    (image.d_w, image.d_h) = picture.size();
    (image.r_w, image.r_h) = picture.size();
    (image.x_chroma_shift, image.y_chroma_shift) = (1, 1);
    (image.bit_depth, image.bps) = (8, 12);
    for (index, plane) in PlaneIndex::ALL.into_iter().enumerate() {
        image.planes[index] = picture.plane(plane).as_ptr().cast_mut();
        image.stride[index] = picture.stride(plane) as c_int;
    }
    image
}

#[expect(unsafe_code, reason = "libaom is a C library")]
fn check(result: aom_codec_err_t) -> Result<(), String> {
    if result == AOM_CODEC_OK {
        return Ok(());
    }
    // SAFETY: the library gives a static string for every code.
    let message = unsafe { CStr::from_ptr(aom_codec_err_to_string(result)) };
    Err(message.to_string_lossy().into_owned())
}

fn library(message: String) -> CodecError {
    CodecError::Library { codec: Codec::Av1, message }
}

fn failure(message: &str) -> EncodeError {
    EncodeError::Library { codec: Codec::Av1, message: message.to_owned() }
}
