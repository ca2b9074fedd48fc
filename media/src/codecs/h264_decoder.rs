//! H.264 by OpenH264: the decoder, and every unsafe call into it.

use std::ffi::c_int;
use std::ptr::{self, NonNull};

use lapwing_engine::{Codec, EncodedFrame, MediaTime};
use openh264_sys2::source::APILoader;
use openh264_sys2::{
    DECODER_OPTION_TRACE_LEVEL, ERROR_CON_DISABLE, ISVCDecoder, ISVCDecoderVtbl, SBufferInfo,
    SDecodingParam, SVideoProperty, VIDEO_BITSTREAM_AVC, WELS_LOG_QUIET, dsBitstreamError,
    dsNoParamSets, dsOutOfMemory, dsRefLost, videoFormatI420,
};

use crate::codecs::h264_sps::{IDR, PPS, SLICE, SPS, Sps, units};
use crate::codecs::{CodecError, DecodeError, VideoDecoder};
use crate::picture::{Picture, PictureError};

/// Most macroblocks of a picture: level 5.2 (table A-1), where the library ends.
const MACROBLOCKS_MAX: u64 = 36_864;

/// Most macroblocks of all pictures that may be referred to: `MaxDpbMbs` of level 5.2. It bounds
/// the decoder's memory to 71 MB and a few pictures.
const BUFFER_MACROBLOCKS_MAX: u64 = 184_320;

/// Largest access unit, in bytes: the largest picture without compression.
const MAX_FRAME_BYTES: usize = MACROBLOCKS_MAX as usize * 384;

/// What is written before each unit.
const START_CODE: [u8; 4] = [0, 0, 0, 1];

/// An H.264 decoder: frames of 8 bits and 4:2:0, of the baseline, main and high profiles. It is
/// given slices and parameter sets only; what else an access unit may hold is passed over.
pub struct H264Decoder {
    context: Context,
    /// The library decoded a key frame, and nothing failed since.
    started: bool,
    /// The units that the library is given.
    units: Vec<u8>,
}

impl H264Decoder {
    /// A decoder on one thread, which gives each picture as soon as it may be shown.
    ///
    /// # Errors
    /// When the library has no memory.
    pub fn new() -> Result<Self, CodecError> {
        Ok(H264Decoder { context: Context::new()?, started: false, units: Vec::new() })
    }

    /// Goes on with a context that knows nothing of what came before.
    fn begin(&mut self) -> Result<(), DecodeError> {
        self.started = false;
        self.context = Context::new().map_err(|error| corrupt(error.to_string()))?;
        Ok(())
    }

    /// Takes the units that are for the library. Refuses those that it would take memory for
    /// without a limit. Whether there is a key frame among them.
    fn sift(&mut self, data: &[u8]) -> Result<bool, DecodeError> {
        self.units.clear();
        let (mut slices, mut keyframe) = (false, false);
        for unit in units(data) {
            match unit[0] & 0x1f {
                SPS => check(unit)?,
                IDR => (slices, keyframe) = (true, true),
                SLICE => slices = true,
                PPS => {}
                _ => continue,
            }
            self.units.extend_from_slice(&START_CODE);
            self.units.extend_from_slice(unit);
        }
        if !slices {
            return Err(corrupt("an access unit without a slice".to_owned()));
        }
        Ok(keyframe)
    }
}

impl VideoDecoder for H264Decoder {
    fn codec(&self) -> Codec {
        Codec::H264
    }

    fn decode(&mut self, frame: &EncodedFrame) -> Result<Vec<Picture>, DecodeError> {
        DecodeError::check_codec(Codec::H264, frame.codec)?;
        if frame.data.len() > MAX_FRAME_BYTES {
            return Err(corrupt(format!("an access unit of {} bytes", frame.data.len())));
        }
        let keyframe = self.sift(&frame.data)?;
        if !self.started {
            if !keyframe {
                return Err(corrupt("a frame before any key frame".to_owned()));
            }
            // Whatever broke the last one must not break this.
            self.begin()?;
        }
        let mut picture = self.context.decode(&self.units, frame.time);
        if picture.is_err() && keyframe && self.started {
            // The library may have taken a broken frame before for a good one.
            self.begin()?;
            picture = self.context.decode(&self.units, frame.time);
        }
        self.started = picture.is_ok();
        Ok(picture?.into_iter().collect())
    }
}

/// Whether the library may be given this parameter set.
fn check(unit: &[u8]) -> Result<(), DecodeError> {
    let unsupported = |what| Err(DecodeError::Unsupported { codec: Codec::H264, what });
    let sps = Sps::parse(unit);
    let sps = sps.ok_or_else(|| corrupt("a broken sequence parameter set".to_owned()))?;
    if sps.chroma != 1 {
        return unsupported("chroma other than 4:2:0");
    }
    if sps.depth != 8 {
        return unsupported("more than 8 bits");
    }
    if !sps.progressive {
        return unsupported("fields");
    }
    let (width, height) = sps.cropped;
    let macroblocks = u64::from(sps.macroblocks.0) * u64::from(sps.macroblocks.1);
    let buffered = macroblocks.saturating_mul(u64::from(sps.references.max(1)));
    if macroblocks > MACROBLOCKS_MAX || buffered > BUFFER_MACROBLOCKS_MAX {
        return Err(DecodeError::TooLarge(PictureError::TooLarge { width, height }));
    }
    Ok(Picture::check_size(width, height)?)
}

/// A decoder of the library, made and given back by its functions.
struct Context(NonNull<ISVCDecoder>);

#[expect(
    unsafe_code,
    reason = "a decoder of the library shares nothing with others and keeps no thread-local state; \
              nothing else refers to it"
)]
// SAFETY: see the reason above.
unsafe impl Send for Context {}

#[expect(unsafe_code, reason = "OpenH264 is a C++ library with a table of functions")]
impl Context {
    fn new() -> Result<Self, CodecError> {
        let mut decoder = ptr::null_mut();
        // SAFETY: the library writes a pointer to an object of its own when it succeeds.
        let result = unsafe { APILoader::WelsCreateDecoder(&raw mut decoder) };
        let decoder = NonNull::new(decoder).filter(|_| result == 0);
        let context = Context(decoder.ok_or_else(|| library("no decoder"))?);
        let initialize = context.table().Initialize.ok_or_else(|| library("no start"))?;
        let set = context.table().SetOption.ok_or_else(|| library("no options"))?;
        let params = SDecodingParam {
            uiTargetDqLayer: u8::MAX,
            // What is broken is told, and not painted over.
            eEcActiveIdc: ERROR_CON_DISABLE,
            sVideoProperty: SVideoProperty {
                size: size_of::<SVideoProperty>() as u32,
                eVideoBsType: VIDEO_BITSTREAM_AVC,
            },
            ..SDecodingParam::default()
        };
        let mut quiet = WELS_LOG_QUIET as c_int;
        // SAFETY: the decoder is alive. The option takes an int, which is read during the call; so
        // are the parameters.
        let result = unsafe {
            // It would write to the standard error.
            set(context.0.as_ptr(), DECODER_OPTION_TRACE_LEVEL, (&raw mut quiet).cast());
            initialize(context.0.as_ptr(), &raw const params)
        };
        if result == 0 { Ok(context) } else { Err(library("it does not start")) }
    }

    /// The functions of the object: it begins with a pointer to their table.
    fn table(&self) -> &ISVCDecoderVtbl {
        // SAFETY: the decoder is alive until it is dropped, and its table is a static.
        unsafe { &**self.0.as_ptr() }
    }

    /// Decodes an access unit. `None` when its picture waits for others that are shown before.
    fn decode(&mut self, units: &[u8], time: MediaTime) -> Result<Option<Picture>, DecodeError> {
        let decode = self.table().DecodeFrameNoDelay;
        let decode = decode.ok_or_else(|| corrupt("no function".to_owned()))?;
        let length = c_int::try_from(units.len()).map_err(|_| corrupt("too long".to_owned()))?;
        let mut planes = [ptr::null_mut(); 3];
        let mut info = SBufferInfo {
            uiInBsTimeStamp: time.rebase(MediaTime::VIDEO_RATE).ticks(),
            ..SBufferInfo::default()
        };
        // SAFETY: the decoder is alive. It reads `length` bytes during the call and keeps none, and
        // writes three pointers and the struct.
        let state = unsafe {
            let planes = planes.as_mut_ptr();
            decode(self.0.as_ptr(), units.as_ptr(), length, planes, &raw mut info)
        };
        if state != 0 {
            return Err(corrupt(words(state)));
        }
        if info.iBufferStatus != 1 {
            return Ok(None);
        }
        // SAFETY: the status says that there is a picture, which is what the union is set for.
        let buffer = unsafe { info.UsrData.sSystemBuffer };
        let side = |side: c_int| u32::try_from(side).unwrap_or(0);
        let (size, luma) = ((side(buffer.iWidth), side(buffer.iHeight)), buffer.iStride[0]);
        Picture::check_size(size.0, size.1)?;
        if buffer.iFormat != videoFormatI420 {
            let what = "a picture that is not I420";
            return Err(DecodeError::Unsupported { codec: Codec::H264, what });
        }
        let plane = |index: usize, stride: c_int, (columns, rows): (u32, u32)| {
            let stride = usize::try_from(stride).unwrap_or(0);
            if info.pDst[index].is_null() || stride < columns as usize {
                return None;
            }
            let length = stride * (rows as usize - 1) + columns as usize;
            // SAFETY: a decoded picture has a row of at least `columns` samples at each multiple of
            // the stride, for each of its rows, all in one allocation that lives until the next
            // call to decode, and nobody writes to it before.
            Some((unsafe { std::slice::from_raw_parts(info.pDst[index], length) }, stride))
        };
        let chroma = (size.0.div_ceil(2), size.1.div_ceil(2));
        let [u, v] = [1, 2].map(|index| plane(index, buffer.iStride[1], chroma));
        let (Some(y), Some(u), Some(v)) = (plane(0, luma, size), u, v) else {
            return Err(corrupt("a picture without planes".to_owned()));
        };
        let time = MediaTime::new(info.uiOutYuvTimeStamp, MediaTime::VIDEO_RATE);
        Ok(Some(Picture::from_planes(size, time, [y, u, v])?))
    }
}

#[expect(unsafe_code, reason = "OpenH264 is a C++ library with a table of functions")]
impl Drop for Context {
    fn drop(&mut self) {
        // SAFETY: the decoder came from `WelsCreateDecoder` and is not used again.
        unsafe { APILoader::WelsDestroyDecoder(self.0.as_ptr()) };
    }
}

/// The library's state, a set of bits.
fn words(state: c_int) -> String {
    let known = [
        (dsRefLost, "a reference was lost"),
        (dsBitstreamError, "broken bits"),
        (dsNoParamSets, "no parameter sets"),
        (dsOutOfMemory, "no memory"),
    ];
    let found = known.into_iter().find(|(bit, _)| state & *bit != 0);
    found.map_or_else(|| format!("state {state:#x}"), |(_, words)| words.to_owned())
}

fn library(message: &str) -> CodecError {
    CodecError::Library { codec: Codec::H264, message: message.to_owned() }
}

fn corrupt(message: String) -> DecodeError {
    DecodeError::Corrupt { codec: Codec::H264, message }
}
