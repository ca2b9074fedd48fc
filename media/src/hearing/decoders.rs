//! The decoders of a stream, one for each codec that was in it.

use std::fmt;

use lapwing_engine::{Codec, EncodedFrame, MediaKind};

use super::settings::{RATE, samples, span};
use super::upsample::Upsampler;
use crate::codecs::{AudioDecoder, audio_decoder};

/// No decoder took the frame.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Undecodable;

/// All give samples at the receiver's rate on its channels.
pub(super) struct Decoders {
    channels: u8,
    deep_concealment: bool,
    /// At most one for each codec of sound.
    known: Vec<Known>,
    /// The place of the one that decoded last.
    current: Option<usize>,
    /// Samples before they are brought to the receiver's rate.
    raw: Vec<f32>,
}

struct Known {
    decoder: Box<dyn AudioDecoder>,
    /// `None` when the decoder gives the receiver's rate and channels by itself.
    up: Option<Upsampler>,
}

impl Decoders {
    pub(super) fn new(channels: u8, deep_concealment: bool) -> Self {
        Decoders { channels, deep_concealment, known: Vec::new(), current: None, raw: Vec::new() }
    }

    /// Puts the sound of a frame behind the samples in `into`.
    pub(super) fn decode(
        &mut self,
        frame: &EncodedFrame,
        into: &mut Vec<f32>,
    ) -> Result<(), Undecodable> {
        let place = self.place(frame.codec)?;
        let known = &mut self.known[place];
        self.current = Some(place);
        let Some(up) = &mut known.up else {
            return known.decoder.decode_into(frame, into).map_err(|_| Undecodable);
        };
        self.raw.clear();
        known.decoder.decode_into(frame, &mut self.raw).map_err(|_| Undecodable)?;
        up.push(&self.raw, usize::from(self.channels), into);
        Ok(())
    }

    /// Puts `count` samples that the last decoder makes up behind those in `into`; false when it
    /// has no concealment of its own.
    pub(super) fn conceal(&mut self, count: usize, into: &mut Vec<f32>) -> bool {
        let known = self.current.and_then(|place| self.known.get_mut(place));
        known
            .filter(|known| known.up.is_none())
            .is_some_and(|known| known.decoder.conceal_into(span(count as i64), into))
    }

    /// Puts the `count` samples before `next`, out of the copy in it, behind those in `into`.
    pub(super) fn recover(
        &mut self,
        next: &EncodedFrame,
        count: usize,
        into: &mut Vec<f32>,
    ) -> bool {
        let Ok(place) = self.place(next.codec) else { return false };
        let known = &mut self.known[place];
        known.up.is_none() && known.decoder.recover_into(next, span(count as i64), into)
    }

    /// Puts `count` samples, from `before` ahead of `later` on, as it tells of them, behind those
    /// in `into`.
    pub(super) fn recall(
        &mut self,
        later: &EncodedFrame,
        before: usize,
        count: usize,
        into: &mut Vec<f32>,
    ) -> bool {
        let Ok(place) = self.place(later.codec) else { return false };
        let known = &mut self.known[place];
        let (before, count) = (span(before as i64), span(count as i64));
        known.up.is_none() && known.decoder.recall_into(later, before, count, into)
    }

    /// How many samples before a frame it tells of.
    pub(super) fn reaches_back(&mut self, frame: &EncodedFrame) -> i64 {
        let known = self.known.iter_mut().find(|known| known.decoder.codec() == frame.codec);
        known.map_or(0, |known| samples(known.decoder.reaches_back(frame)))
    }

    /// Whether a frame carries a copy of the one before it.
    pub(super) fn carries_copy(&mut self, frame: &EncodedFrame) -> bool {
        let known = self.known.iter().find(|known| known.decoder.codec() == frame.codec);
        known.is_some_and(|known| known.decoder.carries_copy(frame))
    }

    /// The decoder of a codec, made when it is first needed.
    fn place(&mut self, codec: Codec) -> Result<usize, Undecodable> {
        if let Some(place) = self.known.iter().position(|known| known.decoder.codec() == codec) {
            return Ok(place);
        }
        if codec.kind() != MediaKind::Audio {
            return Err(Undecodable);
        }
        let rate = codec.sample_rate().ok_or(Undecodable)?;
        let channels = if rate == RATE { self.channels } else { 1 };
        let mut decoder = audio_decoder(codec, rate, channels).map_err(|_| Undecodable)?;
        decoder.set_deep_concealment(self.deep_concealment);
        let up = (rate != RATE).then(|| Upsampler::new(rate));
        self.known.push(Known { decoder, up });
        Ok(self.known.len() - 1)
    }
}

impl fmt::Debug for Decoders {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let codecs = self.known.iter().map(|known| known.decoder.codec());
        f.debug_list().entries(codecs).finish()
    }
}
