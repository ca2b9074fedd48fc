//! VP8 by libvpx. Every unsafe call into the library is in this file.

use std::ffi::{CStr, c_int, c_long, c_ulong};
use std::mem::MaybeUninit;
use std::ptr;

use lapwing_engine::{Codec, EncodedFrame, MediaTime};
use vpx_sys::vp8e_enc_control_id as control;
use vpx_sys::*;

use crate::codecs::{
    CodecError, DecodeError, EncodeError, VideoDecoder, VideoEncoder, VideoSettings, is_keyframe,
    picture_size,
};
use crate::picture::{Picture, PictureError, PlaneIndex};

/// Longest side that 14 bits of the frame header can say (RFC 6386 section 9.1).
const MAX_SIDE: u32 = 16_383;

/// Effort in real time: as fast as WebRTC endpoints run on an ordinary machine.
const CPU_USED: i32 = -6;

/// Largest key frame, in percent of the average frame: with a buffer of 0.6 s at 30 pictures
/// per second a key frame may take half of the buffer.
const MAX_INTRA_PERCENT: i32 = 900;

/// The coarsest quantizer there is.
const QUANTIZER_MAX: f64 = 63.0;

/// Largest frame taken by the decoder, in bytes: an uncompressed picture at the size limit.
const MAX_FRAME_BYTES: usize = 64 << 20;

/// A VP8 encoder: constant bit rate, no delay, frames that can be decoded after a loss.
pub struct Vp8Encoder {
    settings: VideoSettings,
    context: Context,
    /// Presentation time of the last picture in ticks of 90 kHz; the library wants it to grow.
    last: Option<i64>,
}

impl Vp8Encoder {
    /// An encoder with these settings.
    ///
    /// # Errors
    /// When the size or another setting is out of range.
    pub fn new(settings: &VideoSettings) -> Result<Self, CodecError> {
        let config = encoder_config(settings)?;
        let context = Context::encoder(&config)?;
        let threads = settings.threads.clamp(1, 16);
        context.control(control::VP8E_SET_CPUUSED, CPU_USED)?;
        context.control(control::VP8E_SET_STATIC_THRESHOLD, 1)?;
        context.control(control::VP8E_SET_MAX_INTRA_BITRATE_PCT, MAX_INTRA_PERCENT)?;
        context.control(control::VP8E_SET_TOKEN_PARTITIONS, threads.ilog2().min(3) as i32)?;
        Ok(Vp8Encoder { settings: settings.clone(), context, last: None })
    }

    /// Follows the picture's size with a new encoder.
    fn fit(&mut self, picture: &Picture) -> Result<(), EncodeError> {
        if picture.size() != (self.settings.width, self.settings.height) {
            let mut settings = self.settings.clone();
            (settings.width, settings.height) = picture.size();
            *self = Vp8Encoder::new(&settings).map_err(EncodeError::Reconfigure)?;
        }
        Ok(())
    }

    /// Presentation time and duration for the rate control, which wants them to grow.
    fn timing(&mut self, time: MediaTime) -> (i64, i64) {
        let nominal = i64::from(MediaTime::VIDEO_RATE / self.settings.frame_rate);
        let at = i64::try_from(time.rebase(MediaTime::VIDEO_RATE).ticks()).unwrap_or(i64::MAX / 2);
        let duration = match self.last {
            Some(last) if at > last => (at - last).min(i64::from(MediaTime::VIDEO_RATE)),
            _ => nominal,
        };
        let at = self.last.map_or(at, |last| at.max(last + 1)).min(i64::MAX / 2);
        self.last = Some(at);
        (at, duration)
    }
}

impl VideoEncoder for Vp8Encoder {
    fn codec(&self) -> Codec {
        Codec::Vp8
    }

    fn encode(
        &mut self,
        picture: &Picture,
        force_key: bool,
    ) -> Result<Vec<EncodedFrame>, EncodeError> {
        self.fit(picture)?;
        let (at, duration) = self.timing(picture.time());
        self.context.encode(picture, at, duration, force_key).map_err(encode_error)?;
        let mut frames = self.context.packets();
        for frame in &mut frames {
            frame.time = picture.time().rebase(MediaTime::VIDEO_RATE);
        }
        Ok(frames)
    }

    fn flush(&mut self) -> Result<Vec<EncodedFrame>, EncodeError> {
        // Without look-ahead nothing waits; a new encoder starts with a key frame.
        *self = Vp8Encoder::new(&self.settings.clone()).map_err(EncodeError::Reconfigure)?;
        Ok(Vec::new())
    }

    fn set_bitrate(&mut self, bps: u32) {
        self.settings.bitrate_bps = bps;
        // The settings were good before, and any rate is: neither call fails.
        if let Ok(config) = encoder_config(&self.settings) {
            let _ = self.context.configure(&config);
        }
    }

    fn quantizer(&self) -> Option<f64> {
        let quantizer = self.last.and_then(|_| self.context.quantizer())?;
        Some(f64::from(quantizer) / QUANTIZER_MAX)
    }
}

/// A VP8 decoder.
pub struct Vp8Decoder {
    context: Context,
    /// A key frame was decoded: frames may refer to it.
    started: bool,
}

impl Vp8Decoder {
    /// A decoder on one thread.
    ///
    /// # Errors
    /// When the library has no memory.
    pub fn new() -> Result<Self, CodecError> {
        Ok(Vp8Decoder { context: Context::decoder()?, started: false })
    }
}

impl VideoDecoder for Vp8Decoder {
    fn codec(&self) -> Codec {
        Codec::Vp8
    }

    fn decode(&mut self, frame: &EncodedFrame) -> Result<Vec<Picture>, DecodeError> {
        DecodeError::check_codec(Codec::Vp8, frame.codec)?;
        if frame.data.is_empty() || frame.data.len() > MAX_FRAME_BYTES {
            // The library takes no bytes for a lost frame.
            return Err(corrupt(format!("a frame of {} bytes", frame.data.len())));
        }
        if is_keyframe(Codec::Vp8, &frame.data) {
            // The library would take memory for any size first.
            let size = picture_size(Codec::Vp8, &frame.data);
            let (width, height) =
                size.ok_or_else(|| corrupt("a key frame without a valid header".to_owned()))?;
            Picture::check_size(width, height)?;
        } else if !self.started {
            return Err(corrupt("a frame before any key frame".to_owned()));
        }
        self.context.decode(&frame.data).map_err(corrupt)?;
        self.started = true;
        self.context.picture(frame.time)
    }
}

/// A codec of the library. It is boxed, so it stays where the library saw it first.
struct Context(Box<vpx_codec_ctx_t>);

#[expect(
    unsafe_code,
    reason = "the library keeps no thread-local state and has no global state after the first call; \
              a context may be used from any one thread at a time, which `&mut` ensures"
)]
// SAFETY: see the reason above.
unsafe impl Send for Context {}

#[expect(unsafe_code, reason = "libvpx is a C library")]
impl Context {
    fn encoder(config: &vpx_codec_enc_cfg_t) -> Result<Self, CodecError> {
        let mut context = Self::zeroed();
        // SAFETY: the context is zeroed memory of the right size, the interface is a static of the
        // library, and the configuration came out of `vpx_codec_enc_config_default`.
        let result = unsafe {
            vpx_codec_enc_init_ver(
                &raw mut *context,
                vpx_codec_vp8_cx(),
                config,
                0,
                VPX_ENCODER_ABI_VERSION as i32,
            )
        };
        // On failure the library has released what it made, and `Context` must not be dropped.
        check(result).map_err(library)?;
        Ok(Context(context))
    }

    fn decoder() -> Result<Self, CodecError> {
        let mut context = Self::zeroed();
        let config = vpx_codec_dec_cfg { threads: 1, w: 0, h: 0 };
        // SAFETY: as for the encoder; the library copies the configuration.
        let result = unsafe {
            vpx_codec_dec_init_ver(
                &raw mut *context,
                vpx_codec_vp8_dx(),
                &raw const config,
                0,
                VPX_DECODER_ABI_VERSION as i32,
            )
        };
        check(result).map_err(library)?;
        Ok(Context(context))
    }

    fn zeroed() -> Box<vpx_codec_ctx_t> {
        // SAFETY: all fields are pointers, integers, a union of pointers and an error code whose
        // zero is `VPX_CODEC_OK`, so zeroes are a valid value.
        Box::new(unsafe { MaybeUninit::zeroed().assume_init() })
    }

    fn control(&self, id: control, value: i32) -> Result<(), CodecError> {
        let context = (&raw const *self.0).cast_mut();
        // SAFETY: the context is initialised, and every control used here takes one int. Nothing
        // else refers to the context during the call.
        check(unsafe { vpx_codec_control_(context, id as i32, value) }).map_err(library)
    }

    /// The quantizer of the last frame, 0 to 63.
    fn quantizer(&self) -> Option<u8> {
        let context = (&raw const *self.0).cast_mut();
        let mut quantizer: c_int = 0;
        // SAFETY: the context is an initialised encoder, and this control writes one int to where
        // it is pointed to, which outlives the call.
        let result = unsafe {
            let id = control::VP8E_GET_LAST_QUANTIZER_64 as i32;
            vpx_codec_control_(context, id, &raw mut quantizer)
        };
        check(result).ok().and_then(|()| u8::try_from(quantizer).ok())
    }

    fn configure(&mut self, config: &vpx_codec_enc_cfg_t) -> Result<(), String> {
        // SAFETY: the context is an initialised encoder; the library copies the configuration.
        check(unsafe { vpx_codec_enc_config_set(&raw mut *self.0, config) })
    }

    fn encode(
        &mut self,
        picture: &Picture,
        at: i64,
        duration: i64,
        force_key: bool,
    ) -> Result<(), String> {
        let image = wrap(picture);
        let flags = if force_key { VPX_EFLAG_FORCE_KF } else { 0 };
        // SAFETY: the context is an initialised encoder for pictures of this size (`fit`). The
        // image refers to the planes of `picture`, which outlives the call, with their strides;
        // the library only reads them and copies what it keeps.
        check(unsafe {
            vpx_codec_encode(
                &raw mut *self.0,
                &raw const image,
                at,
                duration as c_ulong,
                flags as c_long,
                c_ulong::from(VPX_DL_REALTIME),
            )
        })
    }

    /// The packets of the last call to `encode`; their time is left to the caller.
    fn packets(&mut self) -> Vec<EncodedFrame> {
        let mut frames = Vec::new();
        let mut iterator = ptr::null();
        loop {
            // SAFETY: the context is an initialised encoder, and the iterator starts as null and
            // is changed by the library only. A packet stays valid until the next call to encode.
            let packet =
                unsafe { vpx_codec_get_cx_data(&raw mut *self.0, &raw mut iterator).as_ref() };
            let Some(packet) = packet else { return frames };
            if packet.kind != vpx_codec_cx_pkt_kind::VPX_CODEC_CX_FRAME_PKT {
                continue;
            }
            // SAFETY: the kind says which member of the union is set, and its buffer holds `sz`
            // bytes until the next call to encode.
            let (data, flags) = unsafe {
                let frame = packet.data.frame;
                (std::slice::from_raw_parts(frame.buf.cast::<u8>(), frame.sz as usize), frame.flags)
            };
            frames.push(EncodedFrame {
                codec: Codec::Vp8,
                time: MediaTime::new(0, MediaTime::VIDEO_RATE),
                keyframe: flags & VPX_FRAME_IS_KEY != 0,
                data: data.into(),
            });
        }
    }

    fn decode(&mut self, data: &[u8]) -> Result<(), String> {
        let length = u32::try_from(data.len()).map_err(|_| "too long".to_owned())?;
        // SAFETY: the context is an initialised decoder; it reads `length` bytes of `data` during
        // the call and keeps none.
        check(unsafe {
            vpx_codec_decode(&raw mut *self.0, data.as_ptr(), length, ptr::null_mut(), 0)
        })
    }

    /// The picture of the last call to `decode`, if the frame is shown.
    fn picture(&mut self, time: MediaTime) -> Result<Vec<Picture>, DecodeError> {
        let mut iterator = ptr::null();
        // SAFETY: the context is an initialised decoder and the iterator starts as null. The image
        // stays valid until the next call to decode.
        let image = unsafe { vpx_codec_get_frame(&raw mut *self.0, &raw mut iterator).as_ref() };
        let Some(image) = image else { return Ok(Vec::new()) };
        if image.fmt != vpx_img_fmt::VPX_IMG_FMT_I420 {
            let what = "a picture that is not I420";
            return Err(DecodeError::Unsupported { codec: Codec::Vp8, what });
        }
        let size = (image.d_w, image.d_h);
        Picture::check_size(size.0, size.1)?;
        let plane = |index: usize, (columns, rows): (u32, u32)| {
            let stride = usize::try_from(image.stride[index]).unwrap_or(0);
            if image.planes[index].is_null() || stride < columns as usize {
                return None;
            }
            let length = stride * (rows as usize - 1) + columns as usize;
            // SAFETY: a decoded I420 image has a row of at least `columns` samples at each
            // multiple of the stride, for each of its rows, all in one allocation that lives until
            // the next call to decode, and nobody writes to it before.
            Some((unsafe { std::slice::from_raw_parts(image.planes[index], length) }, stride))
        };
        let chroma = (size.0.div_ceil(2), size.1.div_ceil(2));
        match (plane(0, size), plane(1, chroma), plane(2, chroma)) {
            (Some(y), Some(u), Some(v)) => Ok(vec![Picture::from_planes(size, time, [y, u, v])?]),
            _ => Err(corrupt("a picture without planes".to_owned())),
        }
    }
}

#[expect(unsafe_code, reason = "libvpx is a C library")]
impl Drop for Context {
    fn drop(&mut self) {
        // SAFETY: the context was initialised, and is not used again. The call fails only for
        // contexts that were not.
        unsafe { vpx_codec_destroy(&raw mut *self.0) };
    }
}

#[expect(unsafe_code, reason = "libvpx is a C library")]
fn encoder_config(settings: &VideoSettings) -> Result<vpx_codec_enc_cfg_t, CodecError> {
    Picture::check_size(settings.width, settings.height)?;
    if settings.width > MAX_SIDE || settings.height > MAX_SIDE {
        let (width, height) = (settings.width, settings.height);
        return Err(CodecError::Size(PictureError::TooLarge { width, height }));
    }
    if !(1..=MediaTime::VIDEO_RATE).contains(&settings.frame_rate) {
        return Err(CodecError::Setting { codec: Codec::Vp8, expected: "a frame rate above zero" });
    }
    let mut config = MaybeUninit::<vpx_codec_enc_cfg_t>::zeroed();
    // SAFETY: the interface is a static of the library, and the configuration is memory of the
    // right size, which the library fills in whole when it succeeds.
    let mut config = unsafe {
        check(vpx_codec_enc_config_default(vpx_codec_vp8_cx(), config.as_mut_ptr(), 0))
            .map_err(library)?;
        config.assume_init()
    };
    config.g_w = settings.width;
    config.g_h = settings.height;
    config.g_threads = settings.threads.clamp(1, 16);
    config.g_timebase = vpx_rational { num: 1, den: MediaTime::VIDEO_RATE as i32 };
    config.g_error_resilient = VPX_ERROR_RESILIENT_DEFAULT;
    config.g_pass = vpx_enc_pass::VPX_RC_ONE_PASS;
    config.g_lag_in_frames = 0;
    config.rc_end_usage = vpx_rc_mode::VPX_CBR;
    config.rc_target_bitrate = kilobits(settings.bitrate_bps);
    // A frame is dropped when the buffer is below this share: delay hurts more than a gap.
    config.rc_dropframe_thresh = 30;
    config.rc_resize_allowed = 0;
    config.rc_min_quantizer = 2;
    config.rc_max_quantizer = 56;
    config.rc_undershoot_pct = 100;
    config.rc_overshoot_pct = 15;
    config.rc_buf_initial_sz = 500;
    config.rc_buf_optimal_sz = 600;
    config.rc_buf_sz = 1_000;
    config.kf_mode = vpx_kf_mode::VPX_KF_FIXED;
    config.kf_min_dist = 0;
    config.kf_max_dist = settings.keyframe_interval.unwrap_or(u32::MAX >> 1).max(1);
    if settings.keyframe_interval.is_some() {
        config.kf_mode = vpx_kf_mode::VPX_KF_AUTO;
    }
    Ok(config)
}

/// The picture as the library sees it: pointers to its planes.
#[expect(unsafe_code, reason = "libvpx is a C library")]
fn wrap(picture: &Picture) -> vpx_image_t {
    // SAFETY: all fields are integers, pointers, and enums of which zero is a member.
    let mut image: vpx_image_t = unsafe { MaybeUninit::zeroed().assume_init() };
    image.fmt = vpx_img_fmt::VPX_IMG_FMT_I420;
    (image.w, image.h) = picture.size();
    (image.d_w, image.d_h) = picture.size();
    (image.x_chroma_shift, image.y_chroma_shift) = (1, 1);
    (image.bit_depth, image.bps) = (8, 12);
    for (index, plane) in PlaneIndex::ALL.into_iter().enumerate() {
        image.planes[index] = picture.plane(plane).as_ptr().cast_mut();
        image.stride[index] = picture.stride(plane) as i32;
    }
    image
}

#[expect(unsafe_code, reason = "libvpx is a C library")]
fn check(result: vpx_codec_err_t) -> Result<(), String> {
    if result == VPX_CODEC_OK {
        return Ok(());
    }
    // SAFETY: the library gives a static string for every code.
    let message = unsafe { CStr::from_ptr(vpx_codec_err_to_string(result)) };
    Err(message.to_string_lossy().into_owned())
}

/// The library's unit, at least one.
fn kilobits(bps: u32) -> u32 {
    (bps / 1_000).max(1)
}

fn library(message: String) -> CodecError {
    CodecError::Library { codec: Codec::Vp8, message }
}

fn encode_error(message: String) -> EncodeError {
    EncodeError::Library { codec: Codec::Vp8, message }
}

fn corrupt(message: String) -> DecodeError {
    DecodeError::Corrupt { codec: Codec::Vp8, message }
}
