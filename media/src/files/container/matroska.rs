//! Matroska and WebM (RFC 9559), by way of `symphonia-format-mkv`.
//!
//! The library is given the file as one that cannot be sought in: then it reads from the start on,
//! believes no index, and reads what there is of a file that is cut off. What it would take into
//! memory is looked at before ([`survey`]).

use std::io::{self, BufReader, Read, Seek, SeekFrom};

use lapwing_engine::{Codec, MediaKind, MediaTime};
use symphonia_core::codecs::CodecParameters;
use symphonia_core::codecs::audio::well_known::{CODEC_ID_AAC, CODEC_ID_OPUS};
use symphonia_core::codecs::video::well_known::{
    CODEC_ID_AV1, CODEC_ID_H264, CODEC_ID_VP8, CODEC_ID_VP9,
};
use symphonia_core::errors::Error;
use symphonia_core::formats::{FormatOptions, FormatReader, Track};
use symphonia_core::io::{MediaSource, MediaSourceStream, MediaSourceStreamOptions};
use symphonia_core::units::TimeBase;
use symphonia_format_mkv::MkvReader;

use crate::files::FileError;
use crate::files::container::survey::survey;
use crate::files::container::track::{
    Description, Packet, Packets, Storage, TrackCodec, media_time, no_track,
};
use crate::files::input::Input;

/// One track of a Matroska file.
pub(super) struct Matroska {
    /// `None` when the file could not be read again from its start.
    reader: Option<Box<dyn FormatReader>>,
    track: u32,
    time_base: TimeBase,
    rate: u32,
    /// Whether all elements are whole.
    whole: bool,
    /// Bytes of the file.
    length: u64,
}

impl Matroska {
    /// Reads up to the first cluster.
    pub(super) fn open(
        mut file: impl Storage,
        kind: MediaKind,
    ) -> Result<(Self, Description), FileError> {
        let length = file.seek(SeekFrom::End(0))?;
        file.seek(SeekFrom::Start(0))?;
        let mut input = Input::new(BufReader::new(file));
        let whole = survey(&mut input, length)?;
        let mut file = input.into_inner().into_inner();
        file.seek(SeekFrom::Start(0))?;
        let source =
            MediaSourceStream::new(Box::new(Forward(file)), MediaSourceStreamOptions::default());
        let reader = begin(source).map_err(|error| fault(error, length))?;
        let (track, description) = choose(reader.tracks(), kind)?;
        let time_base = track.time_base.ok_or_else(|| no_track(kind))?;
        let rate = match kind {
            MediaKind::Audio => MediaTime::OPUS_RATE,
            MediaKind::Video => MediaTime::VIDEO_RATE,
        };
        let track = track.id;
        let reader = Some(reader);
        Ok((Matroska { reader, track, time_base, rate, whole, length }, description))
    }
}

impl Packets for Matroska {
    fn next(&mut self) -> Result<Option<Packet>, FileError> {
        let Some(reader) = &mut self.reader else { return Ok(None) };
        loop {
            match reader.next_packet() {
                Ok(None) => return Ok(None),
                Ok(Some(packet)) if packet.track_id == self.track => {
                    let TimeBase { numer, denom } = self.time_base;
                    let ticks = i128::from(packet.pts.get());
                    let (numer, denom) = (numer.get().into(), denom.get().into());
                    let (time, lead) = media_time(ticks, (numer, denom), self.rate);
                    return Ok(Some(Packet { time, lead, data: packet.data.into_vec() }));
                }
                Ok(Some(_)) => {}
                // A segment of unknown size ends where the file does.
                Err(error) if self.whole && is_end(&error) => return Ok(None),
                Err(error) => return Err(fault(error, self.length)),
            }
        }
    }

    fn rewind(&mut self) -> Result<(), FileError> {
        if let Some(reader) = self.reader.take() {
            let mut source = reader.into_inner();
            source.seek(SeekFrom::Start(0))?;
            self.reader = Some(begin(source).map_err(|error| fault(error, self.length))?);
        }
        Ok(())
    }
}

fn begin(source: MediaSourceStream<'static>) -> Result<Box<dyn FormatReader>, Error> {
    Ok(Box::new(MkvReader::try_new(source, FormatOptions::default())?))
}

/// The first track of a kind whose codec is known.
fn choose(tracks: &[Track], kind: MediaKind) -> Result<(&Track, Description), FileError> {
    let mut other = false;
    for track in tracks {
        match (&track.codec_params, kind) {
            (Some(CodecParameters::Video(video)), MediaKind::Video) => {
                let codec = match video.codec {
                    CODEC_ID_VP8 => Codec::Vp8,
                    CODEC_ID_VP9 => Codec::Vp9,
                    CODEC_ID_AV1 => Codec::Av1,
                    CODEC_ID_H264 => Codec::H264,
                    _ => {
                        other = true;
                        continue;
                    }
                };
                let side = |side: Option<u16>| u32::from(side.unwrap_or(0));
                let size = (side(video.width), side(video.height));
                let private = video.extra_data.first();
                let private = private.map(|extra| extra.data.to_vec()).unwrap_or_default();
                let codec = TrackCodec::Known(codec);
                return Ok((track, Description { codec, size, channels: 0, rate: 0, private }));
            }
            (Some(CodecParameters::Audio(audio)), MediaKind::Audio) => {
                let codec = match audio.codec {
                    CODEC_ID_OPUS => TrackCodec::Known(Codec::Opus),
                    CODEC_ID_AAC => TrackCodec::Aac,
                    _ => {
                        other = true;
                        continue;
                    }
                };
                let channels = audio.channels.as_ref().map_or(0, |channels| channels.count());
                let channels = u8::try_from(channels).unwrap_or(u8::MAX);
                let private = audio.extra_data.as_deref().unwrap_or_default().to_vec();
                let rate = audio.sample_rate.unwrap_or(0);
                return Ok((track, Description { codec, size: (0, 0), channels, rate, private }));
            }
            _ => {}
        }
    }
    Err(match other {
        true => FileError::Unsupported { what: format!("the codec of the file's {kind}") },
        false => no_track(kind),
    })
}

/// Whether the file ended where the library wanted more.
fn is_end(error: &Error) -> bool {
    matches!(error, Error::IoError(error) if error.kind() == io::ErrorKind::UnexpectedEof)
}

fn fault(error: Error, length: u64) -> FileError {
    match error {
        error if is_end(&error) => FileError::Truncated { offset: length, what: "a Matroska file" },
        Error::IoError(error) => FileError::Io(error),
        Error::Unsupported(what) => FileError::Unsupported { what: what.to_owned() },
        Error::DecodeError(what) | Error::LimitError(what) => {
            FileError::Malformed { offset: 0, what }
        }
        _ => FileError::Malformed { offset: 0, what: "no valid Matroska file" },
    }
}

/// A file that says it cannot be sought in.
struct Forward<F>(F);

impl<F: Read> Read for Forward<F> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read(buffer)
    }
}

impl<F: Seek> Seek for Forward<F> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.0.seek(to)
    }
}

impl<F: Storage> MediaSource for Forward<F> {
    fn is_seekable(&self) -> bool {
        false
    }

    fn byte_len(&self) -> Option<u64> {
        None
    }
}
