//! MP4 and MOV (ISO/IEC 14496-12), by way of `mp4parse` for their tables.
//!
//! The library gets the box `moov` alone, from memory, and only when that is below a limit. The
//! samples are read here, as the tables say.

use std::io::{BufReader, Cursor, SeekFrom};

use lapwing_engine::{Codec, MediaKind, MediaTime};
use mp4parse::{
    AudioCodecSpecific, AudioSampleEntry, CodecType, MediaContext, SampleEntry, Track, TrackType,
    VideoCodecSpecific, VideoSampleEntry,
};

use crate::files::FileError;
use crate::files::container::samples::Samples;
use crate::files::container::track::{
    Description, MAX_FRAME_BYTES, Packet, Packets, Storage, TrackCodec, media_time, no_track,
};
use crate::files::input::Input;

/// Largest `moov` taken, in bytes: the tables of a day at 60 pictures per second have less.
const MAX_MOOV_BYTES: u64 = 32 << 20;

/// Most boxes looked at before `moov`.
const MAX_BOXES: usize = 100_000;

/// One track of an MP4 file.
pub(super) struct Mp4<F> {
    input: Input<BufReader<F>>,
    track: Track,
    samples: Samples,
    /// Ticks per second of the track's clock.
    timescale: u64,
    /// What is added to the times in the tables, in ticks.
    shift: i128,
    rate: u32,
}

impl<F: Storage> Mp4<F> {
    /// Reads the tables.
    pub(super) fn open(mut file: F, kind: MediaKind) -> Result<(Self, Description), FileError> {
        let length = file.seek(SeekFrom::End(0))?;
        file.seek(SeekFrom::Start(0))?;
        let mut input = Input::new(BufReader::new(file));
        let moov = moov(&mut input, length)?;
        let context = mp4parse::read_mp4(&mut Cursor::new(moov)).map_err(fault)?;
        if context.mvex.is_some() {
            return Err(FileError::Unsupported { what: "an MP4 file in fragments".to_owned() });
        }
        let movie = context.timescale.map_or(1, |scale| scale.0);
        let (track, description) = choose(context, kind)?;
        let timescale = track.timescale.map_or(0, |scale| scale.0);
        if timescale == 0 {
            let what = "an MP4 track without a clock";
            return Err(FileError::Malformed { offset: 0, what });
        }
        // An edit list begins the track later, or leaves out what only starts the decoder.
        let wait = i128::from(track.empty_duration.map_or(0, |duration| duration.0));
        let wait = wait * i128::from(timescale) / i128::from(movie.max(1));
        let shift = wait - i128::from(track.media_time.map_or(0, |time| time.0));
        let rate = match kind {
            MediaKind::Audio => MediaTime::OPUS_RATE,
            MediaKind::Video => MediaTime::VIDEO_RATE,
        };
        let samples = Samples::default();
        Ok((Mp4 { input, track, samples, timescale, shift, rate }, description))
    }
}

impl<F: Storage> Packets for Mp4<F> {
    fn next(&mut self) -> Result<Option<Packet>, FileError> {
        let Some(sample) = self.samples.next(&self.track) else { return Ok(None) };
        let offset = sample.offset;
        if u64::from(sample.size) > MAX_FRAME_BYTES {
            let what = "a sample above the size limit";
            return Err(FileError::Malformed { offset, what });
        }
        self.input.go_to(offset)?;
        let data = self.input.chunk(sample.size as usize, "a sample of MP4")?;
        let ticks = i128::from(sample.time) + self.shift;
        let (time, lead) = media_time(ticks, (1, self.timescale), self.rate);
        Ok(Some(Packet { time, lead, data }))
    }

    fn rewind(&mut self) -> Result<(), FileError> {
        self.samples = Samples::default();
        Ok(())
    }
}

/// The box `moov`, wherever it stands.
fn moov<F: Storage>(input: &mut Input<BufReader<F>>, length: u64) -> Result<Vec<u8>, FileError> {
    for _ in 0..MAX_BOXES {
        let offset = input.offset();
        let mut header = [0; 16];
        if !input.fill(&mut header[..8], "a box of MP4")? {
            return Err(FileError::Truncated { offset, what: "an MP4 file before its tables" });
        }
        let kind = [header[4], header[5], header[6], header[7]];
        let short = u64::from(u32::from_be_bytes([header[0], header[1], header[2], header[3]]));
        let size = match short {
            // To the end of the file.
            0 => length - offset,
            1 => {
                if !input.fill(&mut header[8..], "a box of MP4")? {
                    return Err(FileError::Truncated { offset, what: "a box of MP4" });
                }
                u64::from_be_bytes(*header.last_chunk().expect("it has sixteen bytes"))
            }
            size => size,
        };
        let read = input.offset() - offset;
        let malformed = |what| FileError::Malformed { offset, what };
        let content = size.checked_sub(read).ok_or(malformed("a box shorter than its header"))?;
        if &kind == b"moov" {
            if content > MAX_MOOV_BYTES {
                return Err(malformed("tables of MP4 above the size limit"));
            }
            let content = input.chunk(content as usize, "the tables of an MP4 file")?;
            let size = u32::try_from(content.len() + 8).expect("it is below the limit");
            return Ok([&size.to_be_bytes()[..], b"moov", &content].concat());
        }
        if content > length - input.offset().min(length) {
            let what = "an MP4 file before its tables";
            return Err(FileError::Truncated { offset: length, what });
        }
        input.skip(content)?;
    }
    let what = "too many boxes before the tables of an MP4 file";
    Err(FileError::Malformed { offset: 0, what })
}

/// The first track of a kind whose codec is known.
fn choose(context: MediaContext, kind: MediaKind) -> Result<(Track, Description), FileError> {
    let wanted = match kind {
        MediaKind::Audio => TrackType::Audio,
        MediaKind::Video => TrackType::Video,
    };
    let mut other = false;
    for track in context.tracks {
        if track.track_type != wanted {
            continue;
        }
        let entry = track.stsd.as_ref().and_then(|table| table.descriptions.first());
        let description = match entry {
            Some(SampleEntry::Video(entry)) => video(entry),
            Some(SampleEntry::Audio(entry)) => audio(entry)?,
            _ => None,
        };
        match description {
            Some(description) => return Ok((track, description)),
            None => other = true,
        }
    }
    Err(match other {
        true => FileError::Unsupported { what: format!("the codec of the file's {kind}") },
        false => no_track(kind),
    })
}

fn video(entry: &VideoSampleEntry) -> Option<Description> {
    let (codec, private) = match (entry.codec_type, &entry.codec_specific) {
        (CodecType::H264, VideoCodecSpecific::AVCConfig(config)) => (Codec::H264, config.to_vec()),
        (CodecType::VP8, _) => (Codec::Vp8, Vec::new()),
        (CodecType::VP9, _) => (Codec::Vp9, Vec::new()),
        (CodecType::AV1, _) => (Codec::Av1, Vec::new()),
        _ => return None,
    };
    let size = (entry.width.into(), entry.height.into());
    Some(Description { codec: TrackCodec::Known(codec), size, channels: 0, rate: 0, private })
}

fn audio(entry: &AudioSampleEntry) -> Result<Option<Description>, FileError> {
    let (codec, private) = match &entry.codec_specific {
        AudioCodecSpecific::OpusSpecificBox(head) => {
            let mut private = Vec::new();
            mp4parse::serialize_opus_header(head, &mut private).map_err(fault)?;
            (TrackCodec::Known(Codec::Opus), private)
        }
        AudioCodecSpecific::ES_Descriptor(descriptor)
            if descriptor.audio_codec == CodecType::AAC =>
        {
            (TrackCodec::Aac, descriptor.decoder_specific_data.to_vec())
        }
        _ => return Ok(None),
    };
    let channels = u8::try_from(entry.channelcount).unwrap_or(u8::MAX);
    let rate = entry.samplerate as u32;
    Ok(Some(Description { codec, size: (0, 0), channels, rate, private }))
}

fn fault(error: mp4parse::Error) -> FileError {
    use mp4parse::Error;
    match error {
        Error::Io(error) => FileError::Io(error),
        Error::UnexpectedEOF => {
            FileError::Truncated { offset: 0, what: "the tables of an MP4 file" }
        }
        Error::Unsupported(what) => FileError::Unsupported { what: what.to_owned() },
        _ => FileError::Malformed { offset: 0, what: "no valid tables of MP4" },
    }
}
