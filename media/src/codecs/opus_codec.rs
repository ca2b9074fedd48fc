//! Opus by libopus.

use std::ops::RangeInclusive;
use std::time::Duration;

use lapwing_engine::{Codec, EncodedFrame, MediaTime};

use crate::codecs::framer::Framer;
use crate::codecs::{
    AudioContent, AudioDecoder, AudioEncoder, AudioSettings, CodecError, DecodeError, EncodeError,
    MAX_CONCEALED,
};
use crate::samples::Samples;

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

/// An Opus encoder.
pub struct OpusEncoder {
    encoder: opus::Encoder,
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
        if settings.complexity > 10 {
            return Err(setting("complexity is 0 to 10"));
        }
        if settings.expected_loss_percent > 100 {
            return Err(setting("expected loss is 0 to 100 percent"));
        }
        if !BITRATES.contains(&settings.bitrate_bps) {
            return Err(setting("a bit rate is 6 to 510 kbit/s"));
        }
        let (application, signal) = match settings.content {
            AudioContent::Voice => (opus::Application::Voip, opus::Signal::Auto),
            AudioContent::Music => (opus::Application::Audio, opus::Signal::Music),
        };
        let mut encoder =
            opus::Encoder::new(settings.rate, channels, application).map_err(library)?;
        encoder.set_signal(signal).map_err(library)?;
        encoder.set_bitrate(bitrate(settings.bitrate_bps)).map_err(library)?;
        encoder.set_inband_fec(settings.fec).map_err(library)?;
        encoder.set_packet_loss_perc(i32::from(settings.expected_loss_percent)).map_err(library)?;
        encoder.set_dtx(settings.dtx).map_err(library)?;
        encoder.set_complexity(i32::from(settings.complexity)).map_err(library)?;
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
}

/// An Opus decoder.
pub struct OpusDecoder {
    decoder: opus::Decoder,
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
        let decoder = opus::Decoder::new(rate, channels).map_err(library)?;
        Ok(OpusDecoder { decoder, rate, channels: channel_count, next: MediaTime::new(0, rate) })
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
    ) -> Result<(), opus::Error> {
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
}

/// Whether a packet carries a copy of the frame before it: the LBRR flag of its first SILK frame
/// (RFC 6716 section 4.2.3). CELT knows none.
fn has_fec(packet: &[u8]) -> bool {
    // Configurations 16 and up are CELT only (RFC 6716 section 3.1).
    if packet.first().is_none_or(|toc| toc >> 3 >= 16) {
        return false;
    }
    let Some(flags) = first_byte(packet) else { return false };
    let samples = opus::packet::get_samples_per_frame(packet, MediaTime::OPUS_RATE).unwrap_or(0);
    // One voice-activity bit for each 20 ms, then the LBRR bit; the side channel follows so too.
    let silk_frames = (samples / 960).clamp(1, 3);
    let stereo = packet[0] & 0x04 != 0;
    let mid = flags >> (7 - silk_frames) & 1;
    let side =
        if stereo { flags.checked_shr(6_u32.saturating_sub(2 * silk_frames as u32)) } else { None };
    mid == 1 || side.is_some_and(|side| side & 1 == 1)
}

/// The first byte of the first frame of a packet (RFC 6716 section 3.2), if it has any.
fn first_byte(packet: &[u8]) -> Option<u8> {
    let code = packet.first()? & 3;
    let (lengths, mut at) = match code {
        0 | 1 => (0, 1),
        2 => (1, 1),
        _ => {
            let count = *packet.get(1)?;
            let mut at = 2;
            // Padding of 254 bytes and more has several bytes of length (section 3.2.5).
            if count & 0x40 != 0 {
                let more = packet.get(at..)?.iter().take_while(|byte| **byte == 255).count();
                at += more + 1;
            }
            (if count & 0x80 == 0 { 0 } else { (count & 0x3f).saturating_sub(1) }, at)
        }
    };
    let empty = lengths > 0 && packet.get(at) == Some(&0);
    for _ in 0..lengths {
        // Lengths from 252 on have two bytes (section 3.2.1).
        at += if *packet.get(at)? < 252 { 1 } else { 2 };
    }
    packet.get(at).copied().filter(|_| !empty)
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

fn library(error: opus::Error) -> CodecError {
    CodecError::Library { codec: Codec::Opus, message: error.to_string() }
}

fn corrupt(message: &str) -> DecodeError {
    DecodeError::Corrupt { codec: Codec::Opus, message: message.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// As libopus parses packets, for all that it takes for one.
        #[test]
        fn the_first_byte_is_that_of_the_first_frame(
            toc in any::<u8>(),
            head in proptest::collection::vec(prop_oneof![Just(255_u8), any::<u8>()], 0..4),
            rest in proptest::collection::vec(any::<u8>(), 0..700),
        ) {
            let packet = [&[toc], &head[..], &rest[..]].concat();
            if let Ok(parsed) = opus::packet::parse(&packet)
                && let Some(frame) = parsed.frames.first()
            {
                let expected = frame.first().copied();
                // Of frames that are all empty nothing is read.
                if expected.is_some() || packet.len() < 3 {
                    prop_assert_eq!(first_byte(&packet), expected);
                }
            }
        }
    }
}
