//! AV1 by rav1e, through its C interface: every unsafe call into it is in this file.
//!
//! rav1e's Rust interface is generic over the pixel, so the whole encoder would be compiled anew
//! with each change to this crate, and without optimisation in the development profile. Its C
//! interface is compiled with rav1e.

use std::collections::VecDeque;
use std::ffi::{CStr, CString};
use std::ptr::{self, NonNull};

use lapwing_engine::{Codec, EncodedFrame, MediaTime};
use rav1e::capi::{self, EncoderStatus};
use rav1e::prelude::{FrameType, FrameTypeOverride, Rational};

use crate::codecs::{CodecError, EncodeError, VideoEncoder, VideoSettings, obu};
use crate::picture::{Picture, PlaneIndex};

/// The fastest preset.
const SPEED: u32 = 10;

/// Shortest side rav1e encodes.
const MIN_SIDE: u32 = 16;

/// A new bit rate is worth a new encoder, and so a key frame, when it differs from the one in use
/// by this share.
const RESTART_PERCENT: u64 = 25;

/// Pictures between two restarts for the bit rate: at 30 per second, two seconds. A key frame
/// costs several times an ordinary one, and estimates swing.
const RESTART_INTERVAL: u64 = 60;

/// Fewest and most frames the rate control may plan over: rav1e's bound, and one that no frame
/// rate in use exceeds.
const RESERVOIR: (u32, u32) = (12, 1_000);

/// An AV1 encoder. It gives each frame some pictures after it was pushed (four, measured), so a
/// key frame comes as late, and its bit rate changes only with a restart.
pub struct Av1Encoder {
    settings: VideoSettings,
    /// The rate in use; `settings` has the one wished for.
    rate_in_use: u32,
    context: Context,
    /// Pictures sent since the last restart.
    sent: u64,
    /// Number and time of the pictures in the encoder, in order.
    waiting: VecDeque<(u64, MediaTime)>,
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
            context: Context::new(settings)?,
            sent: 0,
            waiting: VecDeque::new(),
        })
    }

    /// Whether the rate wished for is worth a key frame now.
    fn wants_restart(&self) -> bool {
        let (wished, used) = (u64::from(self.settings.bitrate_bps), u64::from(self.rate_in_use));
        self.sent >= RESTART_INTERVAL && wished.abs_diff(used) * 100 >= used * RESTART_PERCENT
    }

    /// Gives what is in the encoder and starts a new one with `settings`. Without a new one the
    /// old one goes on.
    fn restart(&mut self, settings: VideoSettings) -> Result<Vec<EncodedFrame>, EncodeError> {
        let next = Av1Encoder::new(&settings).map_err(EncodeError::Reconfigure)?;
        let frames = self.context.end().and_then(|()| self.receive());
        *self = next;
        frames
    }

    /// Takes every packet that is ready.
    fn receive(&mut self) -> Result<Vec<EncodedFrame>, EncodeError> {
        let mut frames = Vec::new();
        while let Some(packet) = self.context.receive()? {
            // Pictures come out in the order they went in.
            self.waiting.retain(|&(number, _)| number >= packet.number);
            let time = self.waiting.front().map(|&(_, time)| time);
            let time = time.ok_or_else(|| failure("a packet of a picture that was not sent"))?;
            let data = obu::normalise(&packet.data).map_err(|error| failure(&error.to_string()))?;
            if !data.is_empty() {
                let time = time.rebase(MediaTime::VIDEO_RATE);
                let (codec, keyframe) = (Codec::Av1, packet.keyframe);
                frames.push(EncodedFrame { codec, time, keyframe, data: data.into() });
            }
        }
        Ok(frames)
    }
}

impl VideoEncoder for Av1Encoder {
    fn codec(&self) -> Codec {
        Codec::Av1
    }

    fn implementation(&self) -> &'static str {
        "rav1e"
    }

    fn encode(
        &mut self,
        picture: &Picture,
        force_key: bool,
    ) -> Result<Vec<EncodedFrame>, EncodeError> {
        let (width, height) = picture.size();
        let resized = (width, height) != (self.settings.width, self.settings.height);
        let mut frames = match resized || self.wants_restart() {
            true => self.restart(VideoSettings { width, height, ..self.settings.clone() })?,
            false => Vec::new(),
        };
        self.context.send(picture, force_key)?;
        self.waiting.push_back((self.sent, picture.time()));
        self.sent += 1;
        frames.append(&mut self.receive()?);
        Ok(frames)
    }

    fn flush(&mut self) -> Result<Vec<EncodedFrame>, EncodeError> {
        self.restart(self.settings.clone())
    }

    fn set_bitrate(&mut self, bps: u32) {
        self.settings.bitrate_bps = bps;
    }
}

/// What the encoder gives.
struct Packet {
    data: Vec<u8>,
    /// Of the picture shown, counted from the first that was sent.
    number: u64,
    keyframe: bool,
}

/// An encoder of the library, made and given back by its functions.
struct Context {
    encoder: NonNull<capi::Context>,
    /// Width and height of its pictures.
    size: (u32, u32),
}

#[expect(
    unsafe_code,
    reason = "behind the pointer is rav1e's `Context<u8>`, which is Send, and the last status; \
              nothing else refers to it"
)]
// SAFETY: see the reason above.
unsafe impl Send for Context {}

#[expect(unsafe_code, reason = "the C interface of rav1e")]
impl Context {
    fn new(settings: &VideoSettings) -> Result<Self, CodecError> {
        let options = options(settings)?;
        // SAFETY: the configuration is made and given back here. Keys and values are C strings that
        // outlive the calls, which copy what they keep.
        let context = unsafe {
            let config = capi::rav1e_config_default();
            let rate = u64::from(settings.frame_rate);
            capi::rav1e_config_set_time_base(config, Rational::new(1, rate));
            let taken = options.iter().all(|(key, value)| {
                capi::rav1e_config_parse(config, key.as_ptr(), value.as_ptr()) == 0
            });
            // The library gives null for a configuration that it cannot work with.
            let context = if taken { capi::rav1e_context_new(config) } else { ptr::null_mut() };
            capi::rav1e_config_unref(config);
            context
        };
        let message = "it does not take these settings".to_owned();
        let error = CodecError::Library { codec: Codec::Av1, message };
        let size = (settings.width, settings.height);
        NonNull::new(context).map(|encoder| Context { encoder, size }).ok_or(error)
    }

    /// Hands in a picture of the configured size.
    fn send(&mut self, picture: &Picture, force_key: bool) -> Result<(), EncodeError> {
        // The library would fail in the midst of a copy, where no error can leave it.
        assert_eq!(picture.size(), self.size, "the encoder follows the picture's size");
        let kind = if force_key { FrameTypeOverride::Key } else { FrameTypeOverride::No };
        // SAFETY: the context is valid until it is dropped. The frame is made and given back here;
        // the library counts its own references to it. Each plane is copied from a slice, with the
        // slice's length and the stride of its rows, into a frame that nothing else refers to yet.
        let status = unsafe {
            let frame = capi::rav1e_frame_new(self.encoder.as_ptr());
            for (index, plane) in (0..).zip(PlaneIndex::ALL) {
                let (data, stride) = (picture.plane(plane), picture.stride(plane) as isize);
                capi::rav1e_frame_fill_plane(frame, index, data.as_ptr(), data.len(), stride, 1);
            }
            capi::rav1e_frame_set_type(frame, kind);
            let status = capi::rav1e_send_frame(self.encoder.as_ptr(), frame);
            capi::rav1e_frame_unref(frame);
            status
        };
        check(status)
    }

    /// Says that no picture will follow.
    fn end(&mut self) -> Result<(), EncodeError> {
        // SAFETY: the context is valid until it is dropped, and null stands for the end.
        check(unsafe { capi::rav1e_send_frame(self.encoder.as_ptr(), ptr::null_mut()) })
    }

    /// The next packet, `None` until another picture was sent.
    fn receive(&mut self) -> Result<Option<Packet>, EncodeError> {
        loop {
            let mut packet = ptr::null_mut();
            // SAFETY: the context is valid until it is dropped, and the library writes a pointer
            // only with success.
            let status =
                unsafe { capi::rav1e_receive_packet(self.encoder.as_ptr(), &raw mut packet) };
            match status {
                EncoderStatus::Success => {}
                // One picture went through the encoder; they run out.
                EncoderStatus::Encoded => continue,
                EncoderStatus::NeedMoreData | EncoderStatus::LimitReached => return Ok(None),
                status => return check(status).map(|()| None),
            }
            // SAFETY: with success the packet is valid until it is given back, and its data are
            // `len` bytes. They are copied before.
            let copy = unsafe {
                let data = std::slice::from_raw_parts((*packet).data, (*packet).len).to_vec();
                let (number, kind) = ((*packet).input_frameno, (*packet).frame_type);
                capi::rav1e_packet_unref(packet);
                Packet { data, number, keyframe: kind == FrameType::KEY }
            };
            return Ok(Some(copy));
        }
    }
}

#[expect(unsafe_code, reason = "the C interface of rav1e")]
impl Drop for Context {
    fn drop(&mut self) {
        // SAFETY: the context came from `rav1e_context_new` and is not used again.
        unsafe { capi::rav1e_context_unref(self.encoder.as_ptr()) };
    }
}

#[expect(unsafe_code, reason = "the C interface of rav1e")]
fn check(status: EncoderStatus) -> Result<(), EncodeError> {
    if status == EncoderStatus::Success {
        return Ok(());
    }
    // SAFETY: the library gives a static string for each member of its enum.
    let message = unsafe { CStr::from_ptr(capi::rav1e_status_to_str(status)) };
    Err(failure(&message.to_string_lossy()))
}

/// Names and values for the library's configuration.
fn options(settings: &VideoSettings) -> Result<Vec<(CString, CString)>, CodecError> {
    Picture::check_size(settings.width, settings.height)?;
    if settings.width < MIN_SIDE || settings.height < MIN_SIDE {
        let expected = "a side has 16 pixels at least";
        return Err(CodecError::Setting { codec: Codec::Av1, expected });
    }
    if settings.frame_rate == 0 {
        return Err(CodecError::Setting { codec: Codec::Av1, expected: "a frame rate above zero" });
    }
    if (settings.temporal_layers, settings.spatial_layers) != (1, 1) {
        return Err(CodecError::Setting { codec: Codec::Av1, expected: "one layer" });
    }
    let numbers = [
        ("width", settings.width),
        ("height", settings.height),
        ("speed", SPEED),
        ("bitrate", settings.bitrate_bps.clamp(1, i32::MAX as u32)),
        ("threads", settings.threads.clamp(1, 64)),
        ("min_key_frame_interval", 0),
        // Zero stands for no bound.
        ("key_frame_interval", settings.keyframe_interval.unwrap_or(0).min(i32::MAX as u32 / 3)),
        ("reservoir_frame_delay", settings.frame_rate.clamp(RESERVOIR.0, RESERVOIR.1)),
        // Looking ahead costs latency, and a call has no scenes.
        ("rdo_lookahead_frames", 1),
    ];
    let numbers = numbers.map(|(key, value)| (key, value.to_string()));
    let flags = ["low_latency", "no_scene_detection"].map(|key| (key, "true".to_owned()));
    let string = |text: String| CString::new(text).expect("names and numbers hold no zero byte");
    let pairs = numbers.into_iter().chain(flags);
    Ok(pairs.map(|(key, value)| (string(key.to_owned()), string(value))).collect())
}

fn failure(message: &str) -> EncodeError {
    EncodeError::Library { codec: Codec::Av1, message: message.to_owned() }
}
