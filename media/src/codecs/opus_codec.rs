//! Opus by libopus.

use std::ops::RangeInclusive;
use std::time::Duration;

use lapwing_engine::{Codec, EncodedFrame, MediaTime};

use crate::codecs::framer::Framer;
#[cfg(feature = "dred")]
use crate::codecs::opus_dred::{Decoder, Encoder, Error};
use crate::codecs::opus_packet::has_fec;
#[cfg(feature = "dred")]
use crate::codecs::opus_recall::Recall;
use crate::codecs::{
    AudioContent, AudioDecoder, AudioEncoder, AudioSettings, CodecError, DecodeError, EncodeError,
    MAX_CONCEALED,
};
use crate::samples::Samples;
#[cfg(not(feature = "dred"))]
use opus::{Decoder, Encoder, Error};

/// Largest packet an encoder is given room for: three frames of the 1,275 bytes that RFC 6716
/// section 3.2.1 allows, and their header.
const MAX_PACKET: usize = 4_000;

/// Longest packet (RFC 6716 section 3.2.5), in milliseconds.
const MAX_PACKET_MS: usize = 120;

/// With DTX, a packet of at most two bytes need not be sent (libopus, `opus_encode`).
const DTX_BYTES: usize = 2;

/// Rates of RFC 6716 section 2.
const RATES: [u32; 5] = [8_000, 12_000, 16_000, 24_000, 48_000];

/// Bits per second (RFC 6716 section 2.1.1).
const BITRATES: RangeInclusive<u32> = 6_000..=510_000;

/// The hardest that libopus tries.
const COMPLEXITY_MAX: u8 = 10;

/// How far back DRED reaches at most, and what a setting beyond is answered with.
#[cfg(feature = "dred")]
const DRED_MAX: Duration = Duration::from_millis(1_040);
#[cfg(feature = "dred")]
const DRED_EXPECTED: &str = "DRED reaches back 1,040 ms at most";
#[cfg(not(feature = "dred"))]
const DRED_MAX: Duration = Duration::ZERO;
#[cfg(not(feature = "dred"))]
const DRED_EXPECTED: &str = "DRED is not built in";

/// The complexity of decoding (libopus, `opus_decoder_ctl`) with deep concealment, and without.
#[cfg(feature = "dred")]
const DEEP: (i32, i32) = (5, 0);

/// An Opus encoder.
pub struct OpusEncoder {
    encoder: Encoder,
    framer: Framer,
    dtx: bool,
}

impl OpusEncoder {
    /// An encoder with these settings, tuned for what they say the sound is.
    ///
    /// # Errors
    /// When a setting is out of range.
    pub fn new(settings: &AudioSettings) -> Result<Self, CodecError> {
        let channels = channels(settings.rate, settings.channels)?;
        let lengths = [2_500, 5_000, 10_000, 20_000, 40_000, 60_000];
        if !lengths.contains(&settings.frame.as_micros()) {
            return Err(setting("a frame is 2.5, 5, 10, 20, 40 or 60 ms"));
        }
        if settings.complexity > COMPLEXITY_MAX {
            return Err(setting("complexity is 0 to 10"));
        }
        if settings.expected_loss_percent > 100 {
            return Err(setting("expected loss is 0 to 100 percent"));
        }
        if !BITRATES.contains(&settings.bitrate_bps) {
            return Err(setting("a bit rate is 6 to 510 kbit/s"));
        }
        if settings.dred > DRED_MAX {
            return Err(setting(DRED_EXPECTED));
        }
        let (application, signal) = match settings.content {
            AudioContent::Voice => (opus::Application::Voip, opus::Signal::Auto),
            AudioContent::Music => (opus::Application::Audio, opus::Signal::Music),
        };
        let mut encoder = Encoder::new(settings.rate, channels, application).map_err(library)?;
        encoder.set_signal(signal).map_err(library)?;
        encoder.set_bitrate(bitrate(settings.bitrate_bps)).map_err(library)?;
        encoder.set_inband_fec(settings.fec).map_err(library)?;
        encoder.set_packet_loss_perc(i32::from(settings.expected_loss_percent)).map_err(library)?;
        encoder.set_dtx(settings.dtx).map_err(library)?;
        encoder.set_complexity(i32::from(settings.complexity)).map_err(library)?;
        #[cfg(feature = "dred")]
        encoder.set_dred(settings.dred).map_err(library)?;
        let framer = Framer::new(settings.rate, settings.channels, settings.frame);
        Ok(OpusEncoder { encoder, framer, dtx: settings.dtx })
    }

    /// How much the decoded sound lies behind what was encoded, in samples at 48 kHz: the
    /// pre-skip of a file (RFC 7845 section 4.2).
    pub fn lookahead(&mut self) -> u16 {
        let samples = self.encoder.get_lookahead().unwrap_or(0).max(0) as u32;
        let rate = self.encoder.get_sample_rate().unwrap_or(MediaTime::OPUS_RATE).max(1);
        u16::try_from(samples * (MediaTime::OPUS_RATE / rate)).unwrap_or(u16::MAX)
    }
}

impl AudioEncoder for OpusEncoder {
    fn codec(&self) -> Codec {
        Codec::Opus
    }

    fn encode(&mut self, samples: &Samples) -> Result<Vec<EncodedFrame>, EncodeError> {
        self.framer.push(samples)?;
        let mut frames = Vec::new();
        while let Some(chunk) = self.framer.next() {
            let data =
                self.encoder.encode_vec_float(chunk.data(), MAX_PACKET).map_err(|error| {
                    EncodeError::Library { codec: Codec::Opus, message: error.to_string() }
                })?;
            if self.dtx && data.len() <= DTX_BYTES {
                continue;
            }
            let time = chunk.time().rebase(MediaTime::OPUS_RATE);
            frames.push(EncodedFrame {
                codec: Codec::Opus,
                time,
                keyframe: true,
                data: data.into(),
            });
        }
        Ok(frames)
    }

    fn set_bitrate(&mut self, bps: u32) {
        // The value is in range, and the call fails for no other reason.
        let _ = self.encoder.set_bitrate(bitrate(bps));
    }

    fn set_expected_loss(&mut self, percent: u8) {
        // The value is in range, and the call fails for no other reason.
        let _ = self.encoder.set_packet_loss_perc(i32::from(percent.min(100)));
    }

    fn set_complexity(&mut self, complexity: u8) {
        // The value is in range, and the call fails for no other reason.
        let _ = self.encoder.set_complexity(i32::from(complexity.min(COMPLEXITY_MAX)));
    }

    #[cfg(feature = "dred")]
    fn set_dred(&mut self, reach: Duration) {
        // The value is in range, and the call fails for no other reason.
        let _ = self.encoder.set_dred(reach);
    }
}

/// An Opus decoder.
pub struct OpusDecoder {
    decoder: Decoder,
    #[cfg(feature = "dred")]
    recall: Recall,
    rate: u32,
    channels: u8,
    /// When the next sample is due.
    next: MediaTime,
}

impl OpusDecoder {
    /// A decoder that gives samples at one of Opus's rates on one or two channels, whatever was
    /// encoded.
    ///
    /// # Errors
    /// When rate or channels are others.
    pub fn new(rate: u32, channel_count: u8) -> Result<Self, CodecError> {
        let channels = channels(rate, channel_count)?;
        #[cfg_attr(not(feature = "dred"), expect(unused_mut, reason = "nothing is set"))]
        let mut decoder = Decoder::new(rate, channels).map_err(library)?;
        #[cfg(feature = "dred")]
        decoder.set_complexity(DEEP.0).map_err(library)?;
        Ok(OpusDecoder {
            decoder,
            #[cfg(feature = "dred")]
            recall: Recall::new(rate).map_err(library)?,
            rate,
            channels: channel_count,
            next: MediaTime::new(0, rate),
        })
    }

    fn samples(&mut self, data: Vec<f32>, time: MediaTime) -> Samples {
        let frames = (data.len() / usize::from(self.channels)) as u64;
        self.next = MediaTime::new(time.ticks().saturating_add(frames), self.rate);
        Samples::new(data, self.rate, self.channels, time).expect("checked at construction")
    }

    /// Has libopus put up to `frames` samples of every channel behind those in `into`.
    fn run(
        &mut self,
        packet: &[u8],
        frames: usize,
        copy: bool,
        into: &mut Vec<f32>,
    ) -> Result<(), Error> {
        let (start, channels) = (into.len(), usize::from(self.channels));
        into.resize(start + frames * channels, 0.0);
        let result = self.decoder.decode_float(packet, &mut into[start..], copy);
        into.truncate(start + result.as_ref().map_or(0, |frames| *frames) * channels);
        result.map(drop)
    }

    /// `span` in samples of one channel, a multiple of 2.5 ms and at least that.
    fn span(&self, span: Duration) -> usize {
        let unit = self.rate as usize / 400;
        let frames = MediaTime::from_duration(span.min(MAX_CONCEALED), self.rate).ticks() as usize;
        frames.div_ceil(unit).max(1) * unit
    }
}

impl AudioDecoder for OpusDecoder {
    fn codec(&self) -> Codec {
        Codec::Opus
    }

    fn decode(&mut self, frame: &EncodedFrame) -> Result<Samples, DecodeError> {
        let mut data = Vec::new();
        self.decode_into(frame, &mut data)?;
        Ok(self.samples(data, frame.time.rebase(self.rate)))
    }

    fn conceal(&mut self, span: Duration) -> Samples {
        let mut data = Vec::new();
        self.conceal_into(span, &mut data);
        self.samples(data, self.next)
    }

    fn recover(&mut self, next: &EncodedFrame, span: Duration) -> Option<Samples> {
        let mut data = Vec::new();
        if !self.recover_into(next, span, &mut data) {
            return None;
        }
        let frames = (data.len() / usize::from(self.channels)) as u64;
        let at = next.time.rebase(self.rate).ticks().saturating_sub(frames);
        Some(self.samples(data, MediaTime::new(at, self.rate)))
    }

    fn decode_into(
        &mut self,
        frame: &EncodedFrame,
        into: &mut Vec<f32>,
    ) -> Result<(), DecodeError> {
        DecodeError::check_codec(Codec::Opus, frame.codec)?;
        // libopus takes no bytes for a lost packet, and would make up a second of sound.
        if frame.data.is_empty() {
            return Err(corrupt("an empty packet"));
        }
        let room = self.rate as usize / 1_000 * MAX_PACKET_MS;
        self.run(&frame.data, room, false, into).map_err(|error| corrupt(error.description()))
    }

    fn conceal_into(&mut self, span: Duration, into: &mut Vec<f32>) -> bool {
        let (start, frames) = (into.len(), self.span(span));
        if self.run(&[], frames, false, into).is_err() {
            // Silence conceals as well as can be.
            into.resize(start + frames * usize::from(self.channels), 0.0);
        }
        true
    }

    fn recover_into(&mut self, next: &EncodedFrame, span: Duration, into: &mut Vec<f32>) -> bool {
        self.carries_copy(next) && self.run(&next.data, self.span(span), true, into).is_ok()
    }

    fn carries_copy(&self, frame: &EncodedFrame) -> bool {
        frame.codec == Codec::Opus && has_fec(&frame.data)
    }

    #[cfg(feature = "dred")]
    fn set_deep_concealment(&mut self, deep: bool) {
        // Both values are in range, and the call fails for no other reason.
        let _ = self.decoder.set_complexity(if deep { DEEP.0 } else { DEEP.1 });
    }

    #[cfg(feature = "dred")]
    fn reaches_back(&mut self, frame: &EncodedFrame) -> Duration {
        if frame.codec != Codec::Opus {
            return Duration::ZERO;
        }
        MediaTime::new(self.recall.reach(&frame.data) as u64, self.rate).as_duration()
    }

    #[cfg(feature = "dred")]
    fn recall_into(
        &mut self,
        later: &EncodedFrame,
        before: Duration,
        span: Duration,
        into: &mut Vec<f32>,
    ) -> bool {
        let before = MediaTime::from_duration(before, self.rate).ticks() as usize;
        if later.codec != Codec::Opus || before == 0 || before > self.recall.reach(&later.data) {
            return false;
        }
        let (start, channels) = (into.len(), usize::from(self.channels));
        into.resize(start + self.span(span) * channels, 0.0);
        let result = self.recall.decode(&mut self.decoder, before, &mut into[start..]);
        into.truncate(start + result.map_or(0, |frames| frames * channels));
        result.is_ok()
    }
}

fn channels(rate: u32, channels: u8) -> Result<opus::Channels, CodecError> {
    if !RATES.contains(&rate) {
        return Err(setting("a rate is 8, 12, 16, 24 or 48 kHz"));
    }
    match channels {
        1 => Ok(opus::Channels::Mono),
        2 => Ok(opus::Channels::Stereo),
        _ => Err(setting("one or two channels")),
    }
}

/// The nearest rate that there is.
fn bitrate(bps: u32) -> opus::Bitrate {
    opus::Bitrate::Bits(bps.clamp(*BITRATES.start(), *BITRATES.end()) as i32)
}

fn setting(expected: &'static str) -> CodecError {
    CodecError::Setting { codec: Codec::Opus, expected }
}

fn library(error: Error) -> CodecError {
    CodecError::Library { codec: Codec::Opus, message: error.to_string() }
}

fn corrupt(message: &str) -> DecodeError {
    DecodeError::Corrupt { codec: Codec::Opus, message: message.to_owned() }
}
