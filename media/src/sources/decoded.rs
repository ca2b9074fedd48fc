//! Readers of encoded files that decode what they read.

use std::collections::{BTreeSet, VecDeque};
use std::io::{Read, Seek};

use lapwing_engine::{Codec, EncodedFrame, MediaTime};

use crate::codecs::{AudioDecoder, VideoDecoder, audio_decoder, video_decoder};
use crate::files::{FileError, FrameReader, IvfReader, OggOpusReader, Reader};
use crate::picture::Picture;
use crate::samples::Samples;
use crate::sources::{AudioReader, OpenReason, VideoReader};

/// Frame rate of a file with a single frame, which tells none.
const DEFAULT_FRAME_RATE: (u32, u32) = (30, 1);

/// Frames at the start of a file that tell the frame rate.
const FRAMES_FOR_RATE: usize = 4;

/// Most pictures that H.264 holds back to show them in another order (ITU-T H.264, annex A.3.1).
const REORDERED_MAX: usize = 16;

/// Pictures of an IVF file.
pub type DecodedVideo<R> = DecodedFrames<IvfReader<R>>;

/// Pictures of a file with encoded ones.
pub struct DecodedFrames<F> {
    reader: F,
    decoder: Box<dyn VideoDecoder>,
    frame_rate: (u32, u32),
    ready: VecDeque<Picture>,
    /// Times of frames given to a decoder that shows them in another order, the least first.
    times: BTreeSet<u64>,
}

impl<F: FrameReader> DecodedFrames<F> {
    /// Decodes what `reader`, at its start, gives.
    ///
    /// # Errors
    /// When its decoder is not built in, or the first frames cannot be read.
    pub fn new(mut reader: F) -> Result<Self, OpenReason> {
        let decoder = video_decoder(reader.codec())?;
        let mut times = Vec::new();
        while let Some(frame) = reader.next()?.filter(|_| times.len() < FRAMES_FOR_RATE) {
            times.push(frame.time.ticks());
        }
        reader.rewind()?;
        times.sort_unstable();
        // A frame that was left out makes a span of two.
        let spans = times.windows(2).map(|pair| pair[1].saturating_sub(pair[0]));
        let span = spans.filter(|&span| span > 0).min().and_then(|span| u32::try_from(span).ok());
        let frame_rate =
            span.map_or(DEFAULT_FRAME_RATE, |span| reduced((MediaTime::VIDEO_RATE, span)));
        let (ready, times) = (VecDeque::new(), BTreeSet::new());
        Ok(DecodedFrames { reader, decoder, frame_rate, ready, times })
    }
}

/// The fraction in lowest terms.
fn reduced((mut a, mut b): (u32, u32)) -> (u32, u32) {
    let fraction = (a, b);
    while b != 0 {
        (a, b) = (b, a % b);
    }
    (fraction.0 / a, fraction.1 / a)
}

impl<F: FrameReader> DecodedFrames<F> {
    /// Notes the time of a frame that may be shown after later ones.
    fn note(&mut self, frame: &EncodedFrame) {
        if frame.codec == Codec::H264 {
            self.times.insert(frame.time.rebase(MediaTime::VIDEO_RATE).ticks());
            if self.times.len() > REORDERED_MAX {
                self.times.pop_first();
            }
        }
    }

    /// A picture with its time: decoders give pictures in the order they are shown in.
    fn timed(&mut self, mut picture: Picture) -> Picture {
        if let Some(ticks) = self.times.pop_first() {
            picture.set_time(MediaTime::new(ticks, MediaTime::VIDEO_RATE));
        }
        picture
    }
}

impl<F: FrameReader> Reader for DecodedFrames<F> {
    type Item = Picture;

    fn next(&mut self) -> Result<Option<Picture>, FileError> {
        while self.ready.is_empty() {
            let Some(frame) = self.reader.next()? else { return Ok(None) };
            self.note(&frame);
            for picture in self.decoder.decode(&frame).map_err(FileError::Decode)? {
                let picture = self.timed(picture);
                self.ready.push_back(picture);
            }
        }
        Ok(self.ready.pop_front())
    }

    fn rewind(&mut self) -> Result<(), FileError> {
        self.ready.clear();
        self.times.clear();
        self.reader.rewind()
    }

    fn skipped(&self) -> u64 {
        self.reader.skipped()
    }
}

impl<F: FrameReader> VideoReader for DecodedFrames<F> {
    fn size(&self) -> (u32, u32) {
        self.reader.size()
    }

    fn frame_rate(&self) -> (u32, u32) {
        self.frame_rate
    }
}

/// Sound of an Ogg/Opus file, at 48 kHz and without the samples that only start the decoder.
/// Chained streams have the channels of the first.
pub struct DecodedAudio<R: Read + Seek> {
    reader: OggOpusReader<R>,
    decoder: Box<dyn AudioDecoder>,
    channels: u8,
    /// Where the stream starts that the decoder is for.
    start: u64,
    /// Samples given per channel.
    given: u64,
}

impl<R: Read + Seek + Send> DecodedAudio<R> {
    /// Decodes what `reader`, at its start, gives.
    ///
    /// # Errors
    /// When Opus is not built in.
    pub fn new(reader: OggOpusReader<R>) -> Result<Self, OpenReason> {
        let channels = reader.head().channels;
        let decoder = audio_decoder(Codec::Opus, MediaTime::OPUS_RATE, channels)?;
        Ok(DecodedAudio { reader, decoder, channels, start: 0, given: 0 })
    }

    /// The part of `samples` that is to be heard, with the time it has from there on.
    fn trim(&mut self, samples: Samples) -> Samples {
        let channels = samples.channels();
        let first = samples.time().ticks();
        let skip = self.start + u64::from(self.reader.head().pre_skip);
        let length = samples.frames() as u64;
        let start = skip.saturating_sub(first).min(length);
        let end =
            self.reader.end().unwrap_or(u64::MAX).saturating_sub(first).min(length).max(start);
        let gain = 10_f32.powf(f32::from(self.reader.head().gain) / (20.0 * 256.0));
        let at = |frame: u64| frame as usize * usize::from(channels);
        let data = samples.data()[at(start)..at(end)].iter().map(|s| s * gain).collect();
        let time = MediaTime::new(self.given, samples.rate());
        self.given += end - start;
        Samples::new(data, samples.rate(), channels, time).expect("the format is the decoder's")
    }
}

impl<R: Read + Seek + Send> Reader for DecodedAudio<R> {
    type Item = Samples;

    fn next(&mut self) -> Result<Option<Samples>, FileError> {
        while let Some(frame) = self.reader.next()? {
            if self.reader.stream_start() != self.start {
                self.start = self.reader.stream_start();
                self.decoder = audio_decoder(Codec::Opus, MediaTime::OPUS_RATE, self.channels)
                    .expect("there was one for the first stream");
            }
            let samples = self.decoder.decode(&frame).map_err(FileError::Decode)?;
            let samples = self.trim(samples);
            if samples.frames() > 0 {
                return Ok(Some(samples));
            }
        }
        Ok(None)
    }

    fn rewind(&mut self) -> Result<(), FileError> {
        self.given = 0;
        self.reader.rewind()
    }

    fn skipped(&self) -> u64 {
        self.reader.skipped()
    }
}

impl<R: Read + Seek + Send> AudioReader for DecodedAudio<R> {
    fn rate(&self) -> u32 {
        MediaTime::OPUS_RATE
    }

    fn channels(&self) -> u8 {
        self.channels
    }
}
