//! H.264 by OpenH264: the encoder, and every unsafe call into it.

use std::ffi::c_int;
use std::ptr::{self, NonNull};

use lapwing_engine::{Codec, EncodedFrame, MediaTime};
use openh264_sys2::source::APILoader;
use openh264_sys2::{
    CAMERA_VIDEO_REAL_TIME, CONSTANT_ID, ENCODER_OPTION, ENCODER_OPTION_BITRATE,
    ENCODER_OPTION_FRAME_RATE, ENCODER_OPTION_TRACE_LEVEL, ISVCEncoder, ISVCEncoderVtbl,
    LOW_COMPLEXITY, PRO_BASELINE, RC_BITRATE_MODE, SBitrateInfo, SCREEN_CONTENT_REAL_TIME,
    SEncParamExt, SFrameBSInfo, SM_FIXEDSLCNUM_SLICE, SM_SINGLE_SLICE, SM_SIZELIMITED_SLICE,
    SPATIAL_LAYER_ALL, SSourcePicture, WELS_LOG_QUIET, videoFormatI420, videoFrameTypeIDR,
};

use crate::codecs::{CodecError, EncodeError, VideoContent, VideoEncoder, VideoSettings};
use crate::picture::{Picture, PictureError, PlaneIndex};

/// Shortest side: a macroblock.
const MIN_SIDE: u32 = 16;

/// Most luma samples: the largest picture of level 5.2 (table A-1), where the library ends.
const MAX_PIXELS: u64 = 36_864 * 256;

/// Bits per second that the library's counters hold, and that it makes a picture of.
const BITRATE: (u32, u32) = (5_000, 240_000_000);

/// Smallest limit of a NAL unit: the largest macroblock and a header (`encoder/core`,
/// `wels_const.h`: 400 and 20), with room for what keeps start codes out.
const MIN_UNIT_BYTES: u32 = 500;

/// Finest and coarsest quantizer of screens: as for cameras.
const DETAIL_QP: (c_int, c_int) = (12, 42);

/// Slices of a picture, each for a thread.
const MAX_THREADS: u32 = 4;

/// A constrained-baseline H.264 encoder without delay: an access unit in Annex B for each picture,
/// parameter sets with each key frame.
pub struct H264Encoder {
    settings: VideoSettings,
    context: Context,
}

impl H264Encoder {
    /// An encoder with these settings.
    ///
    /// # Errors
    /// When the size or another setting is out of range. Sides are even and at least 16 pixels;
    /// there is one temporal layer.
    pub fn new(settings: &VideoSettings) -> Result<Self, CodecError> {
        check(settings)?;
        let context = Context::new(settings)?;
        Ok(H264Encoder { settings: settings.clone(), context })
    }
}

impl VideoEncoder for H264Encoder {
    fn codec(&self) -> Codec {
        Codec::H264
    }

    fn implementation(&self) -> &'static str {
        "OpenH264"
    }

    fn encode(
        &mut self,
        picture: &Picture,
        force_key: bool,
    ) -> Result<Vec<EncodedFrame>, EncodeError> {
        if picture.size() != (self.settings.width, self.settings.height) {
            let mut settings = self.settings.clone();
            (settings.width, settings.height) = picture.size();
            *self = H264Encoder::new(&settings).map_err(EncodeError::Reconfigure)?;
        }
        let packet = self.context.encode(picture, force_key)?;
        let time = picture.time().rebase(MediaTime::VIDEO_RATE);
        let frame = packet.map(|Packet { data, keyframe }| EncodedFrame {
            codec: Codec::H264,
            time,
            keyframe,
            data: data.into(),
        });
        Ok(frame.into_iter().collect())
    }

    fn flush(&mut self) -> Result<Vec<EncodedFrame>, EncodeError> {
        // Nothing waits; a new encoder starts with a key frame.
        let settings = self.settings.clone();
        *self = H264Encoder::new(&settings).map_err(EncodeError::Reconfigure)?;
        Ok(Vec::new())
    }

    fn set_bitrate(&mut self, bps: u32) {
        self.settings.bitrate_bps = bps;
        self.context.set_bitrate(bitrate(bps));
    }

    fn set_frame_rate(&mut self, fps: u32) {
        self.settings.frame_rate = fps.clamp(1, MediaTime::VIDEO_RATE);
        self.context.set_frame_rate(self.settings.frame_rate as f32);
    }
}

fn check(settings: &VideoSettings) -> Result<(), CodecError> {
    let (width, height) = (settings.width, settings.height);
    Picture::check_size(width, height)?;
    if u64::from(width.next_multiple_of(16)) * u64::from(height.next_multiple_of(16)) > MAX_PIXELS {
        return Err(CodecError::Size(PictureError::TooLarge { width, height }));
    }
    let setting = |expected| Err(CodecError::Setting { codec: Codec::H264, expected });
    if width % 2 == 1 || height % 2 == 1 || width < MIN_SIDE || height < MIN_SIDE {
        return setting("sides are even and have 16 pixels at least");
    }
    if !(1..=MediaTime::VIDEO_RATE).contains(&settings.frame_rate) {
        return setting("a frame rate above zero");
    }
    if (settings.temporal_layers, settings.spatial_layers) != (1, 1) {
        return setting("one layer");
    }
    if settings.max_unit_bytes.is_some_and(|most| !(MIN_UNIT_BYTES..=1 << 20).contains(&most)) {
        return setting("the largest unit has 500 bytes to a megabyte");
    }
    Ok(())
}

fn bitrate(bps: u32) -> c_int {
    bps.clamp(BITRATE.0, BITRATE.1) as c_int
}

/// Our settings in the library's words; `params` has its own to begin with.
fn apply(settings: &VideoSettings, params: &mut SEncParamExt) {
    let detail = settings.content == VideoContent::Detail;
    params.iUsageType = if detail { SCREEN_CONTENT_REAL_TIME } else { CAMERA_VIDEO_REAL_TIME };
    params.iPicWidth = settings.width as c_int;
    params.iPicHeight = settings.height as c_int;
    params.iTargetBitrate = bitrate(settings.bitrate_bps);
    params.iRCMode = RC_BITRATE_MODE;
    params.fMaxFrameRate = settings.frame_rate as f32;
    params.iTemporalLayerNum = 1;
    params.iSpatialLayerNum = 1;
    params.iComplexityMode = LOW_COMPLEXITY;
    // Zero stands for no bound.
    params.uiIntraPeriod = settings.keyframe_interval.unwrap_or(0).min(i32::MAX as u32);
    // Parameter sets that change keep their number: each comes with a key frame.
    params.eSpsPpsIdStrategy = CONSTANT_ID;
    params.bEnableFrameSkip = true;
    params.bEnableDenoise = false;
    params.bEnableLongTermReference = false;
    params.bEnableAdaptiveQuant = !detail;
    params.bEnableBackgroundDetection = !detail;
    // It would make key frames that nobody asked for; screens cannot do without.
    params.bEnableSceneChangeDetect = detail;
    if detail {
        // The library ends at 26 for screens, where text stays soft.
        (params.iMinQp, params.iMaxQp) = DETAIL_QP;
    }
    params.iEntropyCodingModeFlag = 0;
    let threads = settings.threads.clamp(1, MAX_THREADS);
    params.iMultipleThreadIdc = threads as u16;
    let layer = &mut params.sSpatialLayers[0];
    layer.iVideoWidth = params.iPicWidth;
    layer.iVideoHeight = params.iPicHeight;
    layer.fFrameRate = params.fMaxFrameRate;
    layer.iSpatialBitrate = params.iTargetBitrate;
    layer.uiProfileIdc = PRO_BASELINE;
    layer.sSliceArgument.uiSliceMode = match (settings.max_unit_bytes, threads) {
        (Some(_), _) => SM_SIZELIMITED_SLICE,
        (None, 1) => SM_SINGLE_SLICE,
        (None, _) => SM_FIXEDSLCNUM_SLICE,
    };
    layer.sSliceArgument.uiSliceNum = threads;
    if let Some(most) = settings.max_unit_bytes {
        params.uiMaxNalSize = most;
        layer.sSliceArgument.uiSliceSizeConstraint = most;
    }
}

/// What the encoder gives for a picture.
struct Packet {
    data: Vec<u8>,
    keyframe: bool,
}

/// An encoder of the library, made and given back by its functions.
struct Context(NonNull<ISVCEncoder>);

#[expect(
    unsafe_code,
    reason = "an encoder of the library shares nothing with others and keeps no thread-local state; \
              nothing else refers to it"
)]
// SAFETY: see the reason above.
unsafe impl Send for Context {}

#[expect(unsafe_code, reason = "OpenH264 is a C++ library with a table of functions")]
impl Context {
    fn new(settings: &VideoSettings) -> Result<Self, CodecError> {
        let mut encoder = ptr::null_mut();
        // SAFETY: the library writes a pointer to an object of its own when it succeeds.
        let result = unsafe { APILoader::WelsCreateSVCEncoder(&raw mut encoder) };
        let encoder = NonNull::new(encoder).filter(|_| result == 0);
        let mut context = Context(encoder.ok_or_else(|| library("no encoder"))?);
        let mut params = SEncParamExt::default();
        let defaults = context.table().GetDefaultParams.ok_or_else(|| library("no defaults"))?;
        let initialize = context.table().InitializeExt.ok_or_else(|| library("no start"))?;
        // SAFETY: the encoder is alive, and the library fills in the parameters, which are its own
        // struct.
        let filled = unsafe { defaults(context.0.as_ptr(), &raw mut params) };
        apply(settings, &mut params);
        // It would write to the standard error.
        context.set(ENCODER_OPTION_TRACE_LEVEL, WELS_LOG_QUIET as c_int);
        // SAFETY: the encoder is alive; the library copies the parameters.
        let started = unsafe { initialize(context.0.as_ptr(), &raw const params) };
        match (filled, started) {
            (0, 0) => Ok(context),
            _ => Err(library("it does not take these settings")),
        }
    }

    /// The functions of the object: it begins with a pointer to their table.
    fn table(&self) -> &ISVCEncoderVtbl {
        // SAFETY: the encoder is alive until it is dropped, and its table is a static.
        unsafe { &**self.0.as_ptr() }
    }

    /// Sets an option, whose type in the library is `T`. All that are used here cannot fail: their
    /// values are in range.
    fn set<T>(&mut self, option: ENCODER_OPTION, mut value: T) {
        if let Some(set) = self.table().SetOption {
            // SAFETY: the encoder is alive. The library reads a value of the option's type, which
            // the callers give, and keeps no pointer to it.
            unsafe { set(self.0.as_ptr(), option, (&raw mut value).cast()) };
        }
    }

    fn set_bitrate(&mut self, bps: c_int) {
        let rate = SBitrateInfo { iLayer: SPATIAL_LAYER_ALL, iBitrate: bps };
        self.set(ENCODER_OPTION_BITRATE, rate);
    }

    fn set_frame_rate(&mut self, fps: f32) {
        self.set(ENCODER_OPTION_FRAME_RATE, fps);
    }

    /// Encodes a picture of the configured size. `None` when the rate control drops it.
    fn encode(
        &mut self,
        picture: &Picture,
        force_key: bool,
    ) -> Result<Option<Packet>, EncodeError> {
        let encode = self.table().EncodeFrame.ok_or_else(|| failure("no function"))?;
        let force = self.table().ForceIntraFrame.ok_or_else(|| failure("no function"))?;
        let plane = |plane| picture.plane(plane).as_ptr().cast_mut();
        let stride = |plane| picture.stride(plane) as c_int;
        let [y, u, v] = PlaneIndex::ALL;
        let source = SSourcePicture {
            iColorFormat: videoFormatI420,
            iStride: [stride(y), stride(u), stride(v), 0],
            pData: [plane(y), plane(u), plane(v), ptr::null_mut()],
            iPicWidth: picture.width() as c_int,
            iPicHeight: picture.height() as c_int,
            uiTimeStamp: picture.time().as_duration().as_millis() as i64,
            ..SSourcePicture::default()
        };
        let mut out = SFrameBSInfo::default();
        // SAFETY: the encoder is alive and set up for pictures of this size (`encode` of the
        // trait). The planes outlive the call, have even sides, and the library only reads them.
        let result = unsafe {
            if force_key {
                force(self.0.as_ptr(), true);
            }
            encode(self.0.as_ptr(), &raw const source, &raw mut out)
        };
        if result != 0 {
            return Err(failure(&format!("error {result}")));
        }
        let keyframe = out.eFrameType == videoFrameTypeIDR;
        let data = bytes(&out);
        Ok((!data.is_empty()).then_some(Packet { data, keyframe }))
    }
}

/// The units of a picture, each behind a start code. `out` was filled by the last call to encode.
#[expect(unsafe_code, reason = "OpenH264 is a C++ library with a table of functions")]
fn bytes(out: &SFrameBSInfo) -> Vec<u8> {
    let mut data = Vec::new();
    let layers = usize::try_from(out.iLayerNum).unwrap_or(0);
    for layer in out.sLayerInfo.iter().take(layers) {
        let count = usize::try_from(layer.iNalCount).unwrap_or(0);
        if layer.pBsBuf.is_null() || layer.pNalLengthInByte.is_null() {
            continue;
        }
        // SAFETY: the library gives so many lengths, whose sum is that of the layer's bytes. Both
        // stay until the next call to encode.
        data.extend_from_slice(unsafe {
            let lengths = std::slice::from_raw_parts(layer.pNalLengthInByte, count);
            let length = lengths.iter().map(|length| usize::try_from(*length).unwrap_or(0)).sum();
            std::slice::from_raw_parts(layer.pBsBuf, length)
        });
    }
    data
}

#[expect(unsafe_code, reason = "OpenH264 is a C++ library with a table of functions")]
impl Drop for Context {
    fn drop(&mut self) {
        // SAFETY: the encoder came from `WelsCreateSVCEncoder` and is not used again.
        unsafe { APILoader::WelsDestroySVCEncoder(self.0.as_ptr()) };
    }
}

fn library(message: &str) -> CodecError {
    CodecError::Library { codec: Codec::H264, message: message.to_owned() }
}

fn failure(message: &str) -> EncodeError {
    EncodeError::Library { codec: Codec::H264, message: message.to_owned() }
}
