//! The sound of a container, decoded.

use std::time::Duration;

use lapwing_engine::{Codec, EncodedFrame, MediaTime};

use crate::codecs::{AudioDecoder, audio_decoder};
use crate::files::{AudioForm, AudioPacket, AudioTrack, FileError, OpusHead, Reader};
use crate::samples::Samples;
#[cfg(feature = "aac")]
use crate::sources::aac::Aac;
use crate::sources::{AudioReader, OpenReason};

/// How far the times of packets and the samples decoded may drift apart before the times are
/// believed, in milliseconds: they are rounded, and a gap is longer.
const DRIFT_MAX_MS: u64 = 60;

/// Sound of a Matroska, WebM, MP4 or MOV file: Opus at 48 kHz, AAC at its own rate.
///
/// What stands before time zero only starts the decoder and is left out. A gap in the times of the
/// packets is one in the times of the samples.
pub struct DecodedTrack {
    track: AudioTrack,
    decoder: Decoder,
    /// Samples per channel that are still to be left out; `None` before the first packet.
    to_skip: Option<u64>,
    /// Where the next samples begin, in samples per channel.
    position: u64,
    undecodable: u64,
}

enum Decoder {
    Opus(Box<dyn AudioDecoder>, OpusHead),
    #[cfg(feature = "aac")]
    Aac(Box<Aac>),
}

impl DecodedTrack {
    /// Decodes what `track`, at its start, gives.
    ///
    /// # Errors
    /// When its codec is not built in, or a kind of AAC that is not decoded.
    pub fn new(track: AudioTrack) -> Result<Self, OpenReason> {
        let decoder = match track.form() {
            &AudioForm::Opus(head) => opus(head)?,
            #[cfg(feature = "aac")]
            AudioForm::Aac { config, .. } => Decoder::Aac(Box::new(Aac::new(config)?)),
            #[cfg(not(feature = "aac"))]
            AudioForm::Aac { .. } => {
                let what = "AAC, which needs the cargo feature \"aac\",".to_owned();
                return Err(FileError::Unsupported { what }.into());
            }
        };
        Ok(DecodedTrack { track, decoder, to_skip: None, position: 0, undecodable: 0 })
    }

    /// The samples of a packet, with any time.
    fn decode(&mut self, packet: AudioPacket) -> Result<Option<Samples>, FileError> {
        match &mut self.decoder {
            Decoder::Opus(decoder, head) => {
                let AudioPacket { time, data, .. } = packet;
                let frame =
                    EncodedFrame { codec: Codec::Opus, time, keyframe: true, data: data.into() };
                let samples = decoder.decode(&frame).map_err(FileError::Decode)?;
                let gain = 10_f32.powf(f32::from(head.gain) / (20.0 * 256.0));
                Ok(Some(match head.gain {
                    0 => samples,
                    _ => louder(samples, gain),
                }))
            }
            #[cfg(feature = "aac")]
            Decoder::Aac(decoder) => Ok(decoder.decode(&packet.data)),
        }
    }

    /// Samples of the first packets that only start the decoder: what the codec says, or the file.
    fn lead(&self, told: Duration) -> u64 {
        let told = MediaTime::from_duration(told, self.rate()).ticks();
        match &self.decoder {
            Decoder::Opus(_, head) => told.max(head.pre_skip.into()),
            #[cfg(feature = "aac")]
            Decoder::Aac(_) => told,
        }
    }

    /// The part of samples that is heard, at its place.
    fn place(&mut self, time: MediaTime, samples: Samples) -> Option<Samples> {
        let (rate, channels) = (samples.rate(), samples.channels());
        let to_skip = self.to_skip.get_or_insert(0);
        let skipped = (*to_skip).min(samples.frames() as u64);
        *to_skip -= skipped;
        let told = time.rebase(rate).ticks();
        if told.abs_diff(self.position) > DRIFT_MAX_MS * u64::from(rate) / 1_000
            && told > self.position
        {
            self.position = told;
        }
        let mut data = samples.into_data();
        data.drain(..skipped as usize * usize::from(channels));
        let at = MediaTime::new(self.position, rate);
        self.position = self.position.saturating_add((data.len() / usize::from(channels)) as u64);
        let samples = Samples::new(data, rate, channels, at).expect("the format is the decoder's");
        (samples.frames() > 0).then_some(samples)
    }
}

fn opus(head: OpusHead) -> Result<Decoder, OpenReason> {
    let decoder = audio_decoder(Codec::Opus, MediaTime::OPUS_RATE, head.channels)?;
    Ok(Decoder::Opus(decoder, head))
}

fn louder(samples: Samples, gain: f32) -> Samples {
    let (rate, channels, time) = (samples.rate(), samples.channels(), samples.time());
    let data = samples.into_data().into_iter().map(|sample| sample * gain).collect();
    Samples::new(data, rate, channels, time).expect("the format is the same")
}

impl Reader for DecodedTrack {
    type Item = Samples;

    fn next(&mut self) -> Result<Option<Samples>, FileError> {
        while let Some(packet) = self.track.next()? {
            let time = packet.time;
            if self.to_skip.is_none() {
                self.to_skip = Some(self.lead(packet.lead));
            }
            match self.decode(packet)? {
                Some(samples) => {
                    if let Some(samples) = self.place(time, samples) {
                        return Ok(Some(samples));
                    }
                }
                None => self.undecodable += 1,
            }
        }
        Ok(None)
    }

    fn rewind(&mut self) -> Result<(), FileError> {
        match &mut self.decoder {
            Decoder::Opus(decoder, head) => {
                *decoder = audio_decoder(Codec::Opus, MediaTime::OPUS_RATE, head.channels)
                    .expect("there was one before");
            }
            #[cfg(feature = "aac")]
            Decoder::Aac(decoder) => decoder.reset(),
        }
        (self.to_skip, self.position, self.undecodable) = (None, 0, 0);
        self.track.rewind()
    }

    fn skipped(&self) -> u64 {
        self.track.skipped() + self.undecodable
    }
}

impl AudioReader for DecodedTrack {
    fn rate(&self) -> u32 {
        match &self.decoder {
            Decoder::Opus(..) => MediaTime::OPUS_RATE,
            #[cfg(feature = "aac")]
            Decoder::Aac(decoder) => decoder.rate(),
        }
    }

    fn channels(&self) -> u8 {
        match &self.decoder {
            Decoder::Opus(_, head) => head.channels,
            #[cfg(feature = "aac")]
            Decoder::Aac(decoder) => decoder.channels(),
        }
    }
}
