//! Every unsafe call into libvpx, for VP8 and VP9 alike.

use std::ffi::{CStr, c_int, c_long, c_ulong};
use std::mem::MaybeUninit;
use std::ptr;

use lapwing_engine::{Codec, MediaTime};
use vpx_sys::*;

use crate::codecs::{CodecError, DecodeError};
use crate::picture::{Picture, PlaneIndex};

/// Most pictures out of one call: a frame shows one, and a superframe has eight frames.
const MAX_PICTURES: usize = 8;

/// A codec of the library. It is boxed, so it stays where the library saw it first.
pub(super) struct Context {
    codec: Codec,
    inner: Box<vpx_codec_ctx_t>,
}

#[expect(
    unsafe_code,
    reason = "the library keeps no thread-local state and has no global state after the first call; \
              a context may be used from any one thread at a time, which `&mut` ensures"
)]
// SAFETY: see the reason above.
unsafe impl Send for Context {}

/// Controls of the library that take one number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Control {
    CpuUsed,
    StaticThreshold,
    MaxIntraBitrate,
    /// VP8.
    TokenPartitions,
    /// VP8.
    ScreenContent,
    /// VP8.
    TemporalLayer,
    /// VP9.
    TileColumns,
    /// VP9.
    RowThreads,
    /// VP9.
    AdaptiveQuantizer,
    /// VP9.
    TuneContent,
    /// VP9.
    Layered,
}

impl Control {
    pub(super) fn id(self) -> vp8e_enc_control_id {
        match self {
            Control::CpuUsed => vp8e_enc_control_id::VP8E_SET_CPUUSED,
            Control::StaticThreshold => vp8e_enc_control_id::VP8E_SET_STATIC_THRESHOLD,
            Control::MaxIntraBitrate => vp8e_enc_control_id::VP8E_SET_MAX_INTRA_BITRATE_PCT,
            Control::TokenPartitions => vp8e_enc_control_id::VP8E_SET_TOKEN_PARTITIONS,
            Control::ScreenContent => vp8e_enc_control_id::VP8E_SET_SCREEN_CONTENT_MODE,
            Control::TemporalLayer => vp8e_enc_control_id::VP8E_SET_TEMPORAL_LAYER_ID,
            Control::TileColumns => vp8e_enc_control_id::VP9E_SET_TILE_COLUMNS,
            Control::RowThreads => vp8e_enc_control_id::VP9E_SET_ROW_MT,
            Control::AdaptiveQuantizer => vp8e_enc_control_id::VP9E_SET_AQ_MODE,
            Control::TuneContent => vp8e_enc_control_id::VP9E_SET_TUNE_CONTENT,
            Control::Layered => vp8e_enc_control_id::VP9E_SET_SVC,
        }
    }
}

/// What comes out of an encoder.
pub(super) struct Packet {
    pub(super) data: Vec<u8>,
    pub(super) keyframe: bool,
}

/// How a picture is to be encoded.
#[derive(Clone, Copy, Debug)]
pub(super) struct Order {
    /// Presentation time and duration, in ticks of 90 kHz; times grow.
    pub(super) at: i64,
    pub(super) duration: i64,
    /// The library's `VPX_EFLAG` and `VP8_EFLAG` bits.
    pub(super) flags: u32,
}

#[expect(unsafe_code, reason = "libvpx is a C library")]
impl Context {
    /// An encoder of VP8 or VP9.
    pub(super) fn encoder(codec: Codec, config: &vpx_codec_enc_cfg_t) -> Result<Self, CodecError> {
        let mut inner = Self::zeroed();
        // SAFETY: the context is zeroed memory of the right size, the interface is a static of the
        // library, and the configuration came out of `vpx_codec_enc_config_default`.
        let result = unsafe {
            vpx_codec_enc_init_ver(
                &raw mut *inner,
                encoder_interface(codec),
                config,
                0,
                VPX_ENCODER_ABI_VERSION as i32,
            )
        };
        // On failure the library has released what it made, and `Context` must not be dropped.
        check(result).map_err(|message| CodecError::Library { codec, message })?;
        Ok(Context { codec, inner })
    }

    /// A decoder of VP8 or VP9 on one thread.
    pub(super) fn decoder(codec: Codec) -> Result<Self, CodecError> {
        let mut inner = Self::zeroed();
        let config = vpx_codec_dec_cfg { threads: 1, w: 0, h: 0 };
        // SAFETY: as for the encoder; the library copies the configuration, and interfaces are
        // statics of it.
        let result = unsafe {
            let interface =
                if codec == Codec::Vp9 { vpx_codec_vp9_dx() } else { vpx_codec_vp8_dx() };
            vpx_codec_dec_init_ver(
                &raw mut *inner,
                interface,
                &raw const config,
                0,
                VPX_DECODER_ABI_VERSION as i32,
            )
        };
        check(result).map_err(|message| CodecError::Library { codec, message })?;
        Ok(Context { codec, inner })
    }

    fn zeroed() -> Box<vpx_codec_ctx_t> {
        // SAFETY: all fields are pointers, integers, a union of pointers and an error code whose
        // zero is `VPX_CODEC_OK`, so zeroes are a valid value.
        Box::new(unsafe { MaybeUninit::zeroed().assume_init() })
    }

    /// Sets one of the controls that take a number.
    pub(super) fn control(&mut self, control: Control, value: i32) -> Result<(), String> {
        // SAFETY: the context is initialised, and `Control` has only those that take one int.
        check(unsafe { vpx_codec_control_(&raw mut *self.inner, control.id() as i32, value) })
    }

    /// Says the temporal layer of the next picture.
    pub(super) fn set_temporal_layer(&mut self, layer: u8) -> Result<(), String> {
        let layer = i32::from(layer);
        if self.codec == Codec::Vp8 {
            return self.control(Control::TemporalLayer, layer);
        }
        let id = vpx_svc_layer_id {
            spatial_layer_id: 0,
            temporal_layer_id: layer,
            temporal_layer_id_per_spatial: [layer; 5],
        };
        // SAFETY: this control takes this struct, of VP9.
        unsafe { self.set(vp8e_enc_control_id::VP9E_SET_SVC_LAYER_ID, id) }
    }

    /// Says in which sizes pictures are encoded: of VP9, before the first.
    pub(super) fn set_sizes(&mut self, sizes: vpx_svc_extra_cfg_t) -> Result<(), String> {
        // SAFETY: this control takes this struct.
        unsafe { self.set(vp8e_enc_control_id::VP9E_SET_SVC_PARAMETERS, sizes) }
    }

    /// Says when pictures of several sizes are dropped: of VP9.
    pub(super) fn set_dropping(&mut self, dropping: vpx_svc_frame_drop_t) -> Result<(), String> {
        // SAFETY: this control takes this struct.
        unsafe { self.set(vp8e_enc_control_id::VP9E_SET_SVC_FRAME_DROP_LAYER, dropping) }
    }

    /// Says what the next picture refers to in each of its sizes: of VP9.
    pub(super) fn set_references(
        &mut self,
        references: vpx_svc_ref_frame_config_t,
    ) -> Result<(), String> {
        // SAFETY: this control takes this struct.
        unsafe { self.set(vp8e_enc_control_id::VP9E_SET_SVC_REF_FRAME_CONFIG, references) }
    }

    /// A control that takes a struct.
    ///
    /// # Safety
    /// `T` is the struct that this control of VP9's encoder takes.
    unsafe fn set<T>(&mut self, id: vp8e_enc_control_id, mut value: T) -> Result<(), String> {
        if self.codec != Codec::Vp9 {
            return Err("of VP9 only".to_owned());
        }
        // SAFETY: the context is an initialised encoder of VP9, whose control takes a pointer to
        // this struct, as the caller says, and copies what it is pointed to.
        check(unsafe { vpx_codec_control_(&raw mut *self.inner, id as i32, &raw mut value) })
    }

    /// The quantizer of the last frame, 0 to 63.
    pub(super) fn quantizer(&self) -> Option<u8> {
        let mut quantizer: c_int = 0;
        let context = (&raw const *self.inner).cast_mut();
        // SAFETY: the context is an initialised encoder, and this control writes one int to where
        // it is pointed to, which outlives the call.
        let result = unsafe {
            let id = vp8e_enc_control_id::VP8E_GET_LAST_QUANTIZER_64 as i32;
            vpx_codec_control_(context, id, &raw mut quantizer)
        };
        check(result).ok().and_then(|()| u8::try_from(quantizer).ok())
    }

    pub(super) fn configure(&mut self, config: &vpx_codec_enc_cfg_t) -> Result<(), String> {
        // SAFETY: the context is an initialised encoder; the library copies the configuration.
        check(unsafe { vpx_codec_enc_config_set(&raw mut *self.inner, config) })
    }

    /// Encodes a picture, which has the size that the encoder is configured for.
    pub(super) fn encode(&mut self, picture: &Picture, order: Order) -> Result<(), String> {
        let image = wrap(picture);
        // SAFETY: the context is an initialised encoder for pictures of this size. The image refers
        // to the planes of `picture`, which outlives the call, with their strides; the library
        // only reads them and copies what it keeps.
        check(unsafe {
            vpx_codec_encode(
                &raw mut *self.inner,
                &raw const image,
                order.at,
                order.duration as c_ulong,
                order.flags as c_long,
                c_ulong::from(VPX_DL_REALTIME),
            )
        })
    }

    /// The packets of the last call to `encode`.
    pub(super) fn packets(&mut self) -> Vec<Packet> {
        let mut packets = Vec::new();
        let mut iterator = ptr::null();
        loop {
            // SAFETY: the context is an initialised encoder, and the iterator starts as null and
            // is changed by the library only. A packet stays valid until the next call to encode.
            let packet =
                unsafe { vpx_codec_get_cx_data(&raw mut *self.inner, &raw mut iterator).as_ref() };
            let Some(packet) = packet else { return packets };
            if packet.kind != vpx_codec_cx_pkt_kind::VPX_CODEC_CX_FRAME_PKT {
                continue;
            }
            // SAFETY: the kind says which member of the union is set, and its buffer holds `sz`
            // bytes until the next call to encode.
            let (data, flags) = unsafe {
                let frame = packet.data.frame;
                (std::slice::from_raw_parts(frame.buf.cast::<u8>(), frame.sz as usize), frame.flags)
            };
            packets.push(Packet { data: data.to_vec(), keyframe: flags & VPX_FRAME_IS_KEY != 0 });
        }
    }

    pub(super) fn decode(&mut self, data: &[u8]) -> Result<(), String> {
        let length = u32::try_from(data.len()).map_err(|_| "too long".to_owned())?;
        // SAFETY: the context is an initialised decoder; it reads `length` bytes of `data` during
        // the call and keeps none.
        check(unsafe {
            vpx_codec_decode(&raw mut *self.inner, data.as_ptr(), length, ptr::null_mut(), 0)
        })
    }

    /// The pictures of the last call to `decode`: none when the frame is not shown.
    pub(super) fn pictures(&mut self, time: MediaTime) -> Result<Vec<Picture>, DecodeError> {
        let mut pictures = Vec::new();
        let mut iterator = ptr::null();
        while pictures.len() < MAX_PICTURES {
            // SAFETY: the context is an initialised decoder and the iterator starts as null. The
            // image stays valid until the next call to decode.
            let image =
                unsafe { vpx_codec_get_frame(&raw mut *self.inner, &raw mut iterator).as_ref() };
            let Some(image) = image else { break };
            pictures.push(self.copy(image, time)?);
        }
        Ok(pictures)
    }

    /// `image` came from `vpx_codec_get_frame`, and nothing was decoded since.
    fn copy(&self, image: &vpx_image_t, time: MediaTime) -> Result<Picture, DecodeError> {
        let codec = self.codec;
        if image.fmt != vpx_img_fmt::VPX_IMG_FMT_I420 {
            return Err(DecodeError::Unsupported { codec, what: "a picture that is not I420" });
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
            (Some(y), Some(u), Some(v)) => Ok(Picture::from_planes(size, time, [y, u, v])?),
            _ => {
                let message = "a picture without planes".to_owned();
                Err(DecodeError::Corrupt { codec, message })
            }
        }
    }
}

#[expect(unsafe_code, reason = "libvpx is a C library")]
impl Drop for Context {
    fn drop(&mut self) {
        // SAFETY: the context was initialised, and is not used again. The call fails only for
        // contexts that were not.
        unsafe { vpx_codec_destroy(&raw mut *self.inner) };
    }
}

/// The library's own settings for this codec, to begin with.
#[expect(unsafe_code, reason = "libvpx is a C library")]
pub(super) fn default_config(codec: Codec) -> Result<vpx_codec_enc_cfg_t, CodecError> {
    let mut config = MaybeUninit::<vpx_codec_enc_cfg_t>::zeroed();
    // SAFETY: the interface is a static of the library, and the configuration is memory of the
    // right size, which the library fills in whole when it succeeds.
    unsafe {
        check(vpx_codec_enc_config_default(encoder_interface(codec), config.as_mut_ptr(), 0))
            .map_err(|message| CodecError::Library { codec, message })?;
        Ok(config.assume_init())
    }
}

#[expect(unsafe_code, reason = "libvpx is a C library")]
fn encoder_interface(codec: Codec) -> *mut vpx_codec_iface_t {
    // SAFETY: both give a static of the library.
    unsafe { if codec == Codec::Vp9 { vpx_codec_vp9_cx() } else { vpx_codec_vp8_cx() } }
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
