//! libopus with its deep redundancy (DRED) and deep concealment, which the crate `opus` has not:
//! every unsafe call. What both have goes by the same names here, so that `opus_codec` does with
//! either.

use std::ffi::{CStr, c_int};
use std::fmt;
use std::ptr::{self, NonNull};
use std::time::Duration;

use opusic_sys as sys;

/// The unit of the library for how far DRED reaches, in milliseconds.
const UNIT_MS: u128 = 10;

/// Most units that an encoder can be asked for (`DRED_MAX_FRAMES`): 1.04 s.
const UNITS_MAX: u128 = 104;

/// What the library answers on failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Error(c_int);

#[expect(unsafe_code, reason = "libopus is a C library")]
impl Error {
    pub(super) fn description(self) -> &'static str {
        // SAFETY: the library answers with one of its static strings, whatever the code.
        let text = unsafe { CStr::from_ptr(sys::opus_strerror(self.0)) };
        text.to_str().unwrap_or("unknown error")
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.description())
    }
}

/// An answer of the library: a count, or an error where it is negative.
fn count(answer: c_int) -> Result<usize, Error> {
    usize::try_from(answer).map_err(|_| Error(answer))
}

/// What the library made, or why it made nothing.
fn made<T>(state: *mut T, error: c_int) -> Result<NonNull<T>, Error> {
    if error == sys::OPUS_OK {
        NonNull::new(state).ok_or(Error(sys::OPUS_ALLOC_FAIL))
    } else {
        Err(Error(error))
    }
}

/// A length that the library can be told: what does not fit is a bad argument.
fn length(length: usize) -> Result<c_int, Error> {
    c_int::try_from(length).map_err(|_| Error(sys::OPUS_BAD_ARG))
}

/// An encoder.
pub(super) struct Encoder {
    state: NonNull<sys::OpusEncoder>,
    channels: usize,
}

#[expect(
    unsafe_code,
    reason = "states of the library are memory without ties to a thread; `&mut` sees to it that \
              one uses it at a time"
)]
// SAFETY: see the reason above.
unsafe impl Send for Encoder {}

#[expect(unsafe_code, reason = "libopus is a C library")]
impl Encoder {
    pub(super) fn new(
        rate: u32,
        channels: opus::Channels,
        application: opus::Application,
    ) -> Result<Self, Error> {
        let (rate, mut error) = (length(rate as usize)?, 0);
        // SAFETY: the library checks all three numbers, and writes the error to where it is told.
        let state = unsafe {
            sys::opus_encoder_create(rate, channels as c_int, application as c_int, &raw mut error)
        };
        Ok(Encoder { state: made(state, error)?, channels: channels as usize })
    }

    /// Encodes one frame, in a packet of at most `max` bytes.
    pub(super) fn encode_vec_float(
        &mut self,
        samples: &[f32],
        max: usize,
    ) -> Result<Vec<u8>, Error> {
        let mut packet = vec![0; max];
        let (frames, max) = (length(samples.len() / self.channels)?, length(max)?);
        // SAFETY: the state is valid until `drop`. The library reads as many samples of each
        // channel as it is told, which are no more than there are, and writes at most `max` bytes.
        let answer = unsafe {
            sys::opus_encode_float(
                self.state.as_ptr(),
                samples.as_ptr(),
                frames,
                packet.as_mut_ptr(),
                max,
            )
        };
        packet.truncate(count(answer)?);
        Ok(packet)
    }

    pub(super) fn set_signal(&mut self, signal: opus::Signal) -> Result<(), Error> {
        self.set(sys::OPUS_SET_SIGNAL_REQUEST, signal as c_int)
    }

    pub(super) fn set_bitrate(&mut self, bitrate: opus::Bitrate) -> Result<(), Error> {
        let bps = match bitrate {
            opus::Bitrate::Bits(bps) => bps,
            opus::Bitrate::Max => sys::OPUS_BITRATE_MAX,
            opus::Bitrate::Auto => sys::OPUS_AUTO,
        };
        self.set(sys::OPUS_SET_BITRATE_REQUEST, bps)
    }

    pub(super) fn set_inband_fec(&mut self, fec: bool) -> Result<(), Error> {
        self.set(sys::OPUS_SET_INBAND_FEC_REQUEST, c_int::from(fec))
    }

    pub(super) fn set_packet_loss_perc(&mut self, percent: i32) -> Result<(), Error> {
        self.set(sys::OPUS_SET_PACKET_LOSS_PERC_REQUEST, percent)
    }

    pub(super) fn set_dtx(&mut self, dtx: bool) -> Result<(), Error> {
        self.set(sys::OPUS_SET_DTX_REQUEST, c_int::from(dtx))
    }

    pub(super) fn set_complexity(&mut self, complexity: i32) -> Result<(), Error> {
        self.set(sys::OPUS_SET_COMPLEXITY_REQUEST, complexity)
    }

    /// Has packets reach so far back, or as far as they can.
    pub(super) fn set_dred(&mut self, reach: Duration) -> Result<(), Error> {
        let units = reach.as_millis().div_ceil(UNIT_MS).min(UNITS_MAX);
        self.set(sys::OPUS_SET_DRED_DURATION_REQUEST, units as c_int)
    }

    pub(super) fn get_lookahead(&mut self) -> Result<i32, Error> {
        self.get(sys::OPUS_GET_LOOKAHEAD_REQUEST)
    }

    pub(super) fn get_sample_rate(&mut self) -> Result<u32, Error> {
        self.get(sys::OPUS_GET_SAMPLE_RATE_REQUEST).map(i32::unsigned_abs)
    }

    /// For requests that take one number.
    fn set(&mut self, request: c_int, value: c_int) -> Result<(), Error> {
        // SAFETY: the state is valid until `drop`; the requests above take one `opus_int32`, which
        // a `c_int` is, and the library checks its value.
        let answer = unsafe { sys::opus_encoder_ctl(self.state.as_ptr(), request, value) };
        count(answer).map(drop)
    }

    /// For requests that give one number.
    fn get(&mut self, request: c_int) -> Result<c_int, Error> {
        let mut value: c_int = 0;
        // SAFETY: the state is valid until `drop`; the requests above write one `opus_int32` to
        // where they are told.
        let answer = unsafe { sys::opus_encoder_ctl(self.state.as_ptr(), request, &raw mut value) };
        count(answer).map(|_| value)
    }
}

#[expect(unsafe_code, reason = "libopus is a C library")]
impl Drop for Encoder {
    fn drop(&mut self) {
        // SAFETY: the library made it, and nothing uses it any more.
        unsafe { sys::opus_encoder_destroy(self.state.as_ptr()) }
    }
}

/// A decoder.
pub(super) struct Decoder {
    state: NonNull<sys::OpusDecoder>,
    channels: usize,
}

#[expect(unsafe_code, reason = "as for the encoder")]
// SAFETY: as for the encoder.
unsafe impl Send for Decoder {}

#[expect(unsafe_code, reason = "libopus is a C library")]
impl Decoder {
    pub(super) fn new(rate: u32, channels: opus::Channels) -> Result<Self, Error> {
        let (rate, mut error) = (length(rate as usize)?, 0);
        // SAFETY: the library checks both numbers, and writes the error to where it is told.
        let state = unsafe { sys::opus_decoder_create(rate, channels as c_int, &raw mut error) };
        Ok(Decoder { state: made(state, error)?, channels: channels as usize })
    }

    /// From 5 on (of 0 to 10) concealment is deep.
    pub(super) fn set_complexity(&mut self, complexity: i32) -> Result<(), Error> {
        let request = sys::OPUS_SET_COMPLEXITY_REQUEST;
        // SAFETY: the state is valid until `drop`; the request takes one `opus_int32`, whose value
        // the library checks.
        let answer = unsafe { sys::opus_decoder_ctl(self.state.as_ptr(), request, complexity) };
        count(answer).map(drop)
    }

    /// Decodes a packet, or the copy in it of the one before. Without bytes it makes up what was
    /// lost. Says how many samples of each channel there are.
    pub(super) fn decode_float(
        &mut self,
        packet: &[u8],
        into: &mut [f32],
        copy: bool,
    ) -> Result<usize, Error> {
        let bytes = if packet.is_empty() { ptr::null() } else { packet.as_ptr() };
        let (len, frames) = (length(packet.len())?, length(into.len() / self.channels)?);
        // SAFETY: the state is valid until `drop`. The library reads `len` bytes, none of what is
        // null, and writes no more samples of each channel than it is told there is room for.
        let answer = unsafe {
            sys::opus_decode_float(
                self.state.as_ptr(),
                bytes,
                len,
                into.as_mut_ptr(),
                frames,
                c_int::from(copy),
            )
        };
        count(answer)
    }

    /// Fills `into` with what lies from `before` samples before the packet of `dred` on. It goes on
    /// from what was decoded or made up last; what the packet does not tell is made up.
    ///
    /// Whole units of 2.5 ms, as [`Decoder::decode_float`] without bytes.
    pub(super) fn recall(
        &mut self,
        dred: &Dred,
        before: usize,
        into: &mut [f32],
    ) -> Result<usize, Error> {
        let (before, frames) = (length(before)?, length(into.len() / self.channels)?);
        // SAFETY: both states are valid until `drop`. The library takes nothing from `dred` unless
        // `Dred::parse` was through (`process_stage`), holds places in it against what is there,
        // and writes `frames` samples of each channel. It queues one vector for each 10 ms and two
        // more, of at most 100: callers stay within 120 ms.
        let answer = unsafe {
            sys::opus_decoder_dred_decode_float(
                self.state.as_ptr(),
                dred.parsed.as_ptr(),
                before,
                into.as_mut_ptr(),
                frames,
            )
        };
        count(answer)
    }
}

#[expect(unsafe_code, reason = "libopus is a C library")]
impl Drop for Decoder {
    fn drop(&mut self) {
        // SAFETY: the library made it, and nothing uses it any more.
        unsafe { sys::opus_decoder_destroy(self.state.as_ptr()) }
    }
}

/// What a packet tells of the sound before it.
pub(super) struct Dred {
    model: NonNull<sys::OpusDREDDecoder>,
    parsed: NonNull<sys::OpusDRED>,
}

#[expect(unsafe_code, reason = "as for the encoder")]
// SAFETY: as for the encoder.
unsafe impl Send for Dred {}

#[expect(unsafe_code, reason = "libopus is a C library")]
impl Dred {
    pub(super) fn new() -> Result<Self, Error> {
        let mut error = 0;
        // SAFETY: the library writes the error to where it is told.
        let model = made(unsafe { sys::opus_dred_decoder_create(&raw mut error) }, error)?;
        // SAFETY: as above. Where it fails, the model is given back, and nothing uses it any more.
        let parsed = unsafe {
            made(sys::opus_dred_alloc(&raw mut error), error)
                .inspect_err(|_| sys::opus_dred_decoder_destroy(model.as_ptr()))?
        };
        let dred = Dred { model, parsed };
        // SAFETY: the library allocates as many bytes as it says. It leaves them as they are;
        // zeroed they are one of its states, numbers alone, of a packet that was not parsed.
        unsafe {
            let size = usize::try_from(sys::opus_dred_get_size()).unwrap_or(0);
            ptr::write_bytes(dred.parsed.as_ptr().cast::<u8>(), 0, size);
        }
        Ok(dred)
    }

    /// Reads a packet, and says how far back it reaches, in samples at `rate`; zero where it tells
    /// of nothing. [`Dred::process`] must follow before anything of it can be decoded.
    pub(super) fn parse(&mut self, packet: &[u8], rate: u32) -> Result<usize, Error> {
        let (rate, len, mut end) = (length(rate as usize)?, length(packet.len())?, 0);
        // SAFETY: both states are valid until `drop`. The library reads `len` bytes, whatever they
        // are, keeps at most as many vectors as it has room for, and writes to `end`.
        let answer = unsafe {
            sys::opus_dred_parse(
                self.model.as_ptr(),
                self.parsed.as_ptr(),
                packet.as_ptr(),
                len,
                // A second: as far as a packet can reach.
                rate,
                rate,
                &raw mut end,
                1,
            )
        };
        count(answer)
    }

    /// Makes what the decoder needs out of what was parsed.
    pub(super) fn process(&mut self) -> Result<(), Error> {
        let parsed = self.parsed.as_ptr();
        // SAFETY: both states are valid until `drop`. The library copies nothing where source and
        // destination are one, and refuses what was not parsed.
        //
        // A pitch that no encoder would send may come out, up to 9.8 of what is 1.5 in speech by
        // the weights of the model. Above 7.5 its period would be none, and the synthesis would
        // read 42 numbers behind its field of past samples: they are of the same structure.
        let answer = unsafe { sys::opus_dred_process(self.model.as_ptr(), parsed, parsed) };
        count(answer).map(drop)
    }
}

#[expect(unsafe_code, reason = "libopus is a C library")]
impl Drop for Dred {
    fn drop(&mut self) {
        // SAFETY: the library made both, and nothing uses them any more.
        unsafe {
            sys::opus_dred_free(self.parsed.as_ptr());
            sys::opus_dred_decoder_destroy(self.model.as_ptr());
        }
    }
}
