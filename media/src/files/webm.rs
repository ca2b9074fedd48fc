//! WebM: encoded pictures and sound side by side, by way of libwebm.

use std::collections::VecDeque;
use std::io::{Seek, Write};

use lapwing_engine::{Codec, EncodedFrame, MediaKind};
use webm::mux::{
    AudioCodecId, AudioTrack, Segment, SegmentBuilder, SegmentMode, VideoCodecId, VideoTrack,
    Writer,
};

use crate::codecs::{is_keyframe, obu, picture_size};
use crate::files::av1_config::av1_config;
use crate::files::{FileError, OpusHead};

/// Frames held back until their order is known: ten seconds of 20 ms packets and 30 pictures per
/// second. Beyond that one track has stalled, and the other goes on without it.
const MAX_HELD: usize = 800;

/// What a file will hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WebmTracks {
    /// VP8, VP9 or AV1, if there are pictures.
    pub video: Option<Codec>,
    /// Channels of Opus, if there is sound.
    pub audio: Option<u8>,
}

/// Writes encoded frames of one video and one audio track, with an index.
///
/// Times count from the start of the recording on both tracks. Frames of one track come in order;
/// the writer sorts the tracks into each other. Pictures before the first key frame are dropped.
pub struct WebmWriter<W: Write + Seek> {
    state: State<W>,
    tracks: WebmTracks,
    /// Frames not yet written, in order.
    video: VecDeque<EncodedFrame>,
    audio: VecDeque<EncodedFrame>,
    /// Time of the last frame written, in nanoseconds: time may not go back.
    last: u64,
    /// Width and height, of the first key frame.
    size: Option<(u32, u32)>,
    dropped: u64,
}

enum State<W: Write + Seek> {
    /// The header waits for the first key frame, which knows the size.
    Waiting(W),
    Writing(Muxer<W>),
    /// The library failed: the file is lost.
    Failed,
}

struct Muxer<W: Write + Seek> {
    segment: Segment<W>,
    video: Option<VideoTrack>,
    audio: Option<AudioTrack>,
}

impl<W: Write + Seek> WebmWriter<W> {
    /// A writer for these tracks. Nothing is written before the first key frame.
    ///
    /// # Errors
    /// When there is no track, the video codec is none of VP8, VP9 and AV1, or there are not one
    /// or two audio channels.
    pub fn new(file: W, tracks: WebmTracks) -> Result<Self, FileError> {
        let what = match tracks {
            WebmTracks { video: None, audio: None } => "a WebM file without tracks",
            WebmTracks { video: Some(codec), .. }
                if !matches!(codec, Codec::Vp8 | Codec::Vp9 | Codec::Av1) =>
            {
                "the pictures of a WebM file are VP8, VP9 or AV1"
            }
            WebmTracks { audio: Some(0 | 3..), .. } => "one or two channels of sound",
            _ => "",
        };
        if !what.is_empty() {
            return Err(FileError::Rejected { what });
        }
        Ok(WebmWriter {
            state: State::Waiting(file),
            tracks,
            video: VecDeque::new(),
            audio: VecDeque::new(),
            last: 0,
            size: None,
            dropped: 0,
        })
    }

    /// Frames dropped so far: pictures before the first key frame, and what overflowed before it.
    pub fn dropped(&self) -> u64 {
        self.dropped
    }

    /// Takes a frame of either track.
    ///
    /// # Errors
    /// When the file has no track for its codec, or the library fails.
    pub fn write(&mut self, frame: &EncodedFrame) -> Result<(), FileError> {
        match frame.codec.kind() {
            MediaKind::Video if self.tracks.video == Some(frame.codec) => {
                if self.size.is_none() {
                    self.size = self.first_size(frame);
                }
                match self.size {
                    Some(_) => self.video.push_back(frame.clone()),
                    None => self.dropped += 1,
                }
            }
            MediaKind::Audio if self.tracks.audio.is_some() && frame.codec == Codec::Opus => {
                self.audio.push_back(frame.clone());
            }
            _ => return Err(FileError::Rejected { what: "the WebM file has no such track" }),
        }
        self.start()?;
        self.drain(false)
    }

    /// The size in `frame`, if it is a key frame.
    fn first_size(&self, frame: &EncodedFrame) -> Option<(u32, u32)> {
        let key = is_keyframe(frame.codec, &frame.data);
        picture_size(frame.codec, &frame.data).filter(|_| key)
    }

    /// Writes the headers once all is known for them.
    fn start(&mut self) -> Result<(), FileError> {
        if self.tracks.video.is_some() && self.size.is_none() {
            while self.audio.len() > MAX_HELD {
                self.audio.pop_front();
                self.dropped += 1;
            }
            return Ok(());
        }
        self.begin()
    }

    /// Writes the headers with what is known.
    fn begin(&mut self) -> Result<(), FileError> {
        match std::mem::replace(&mut self.state, State::Failed) {
            State::Waiting(file) => {
                let muxer = self.muxer(file)?;
                self.state = State::Writing(muxer);
            }
            state => self.state = state,
        }
        Ok(())
    }

    fn muxer(&self, file: W) -> Result<Muxer<W>, FileError> {
        let mut builder = SegmentBuilder::new(Writer::new(file))
            .and_then(|builder| builder.set_mode(SegmentMode::File))
            .and_then(|builder| {
                builder.set_writing_app(concat!("lapwing ", env!("CARGO_PKG_VERSION")))
            })
            .map_err(failed)?;
        let mut video = None;
        if let (Some(codec), Some((width, height))) = (self.tracks.video, self.size) {
            let id = match codec {
                Codec::Vp8 => VideoCodecId::VP8,
                Codec::Vp9 => VideoCodecId::VP9,
                _ => VideoCodecId::AV1,
            };
            let (next, track) = builder.add_video_track(width, height, id, None).map_err(failed)?;
            builder = next;
            let first = self.video.front().map(|frame| &frame.data[..]).unwrap_or_default();
            if let Some((header, obu)) = obu::sequence_header(first).ok().flatten()
                && codec == Codec::Av1
            {
                let record = av1_config(&header, &obu);
                builder = builder.set_codec_private(track, &record).map_err(failed)?;
            }
            video = Some(track);
        }
        let mut audio = None;
        if let Some(channels) = self.tracks.audio {
            let (next, track) = builder
                .add_audio_track(48_000, u32::from(channels), AudioCodecId::Opus, None)
                .map_err(failed)?;
            // Times are those of what is heard, so nothing is to be skipped.
            let head = OpusHead { channels, pre_skip: 0, input_rate: 48_000, gain: 0 };
            builder = next.set_codec_private(track, &head.to_bytes()).map_err(failed)?;
            audio = Some(track);
        }
        Ok(Muxer { segment: builder.build(), video, audio })
    }

    /// Writes every frame whose place is known, or all of them.
    fn drain(&mut self, all: bool) -> Result<(), FileError> {
        let State::Writing(muxer) = &mut self.state else {
            return match self.state {
                State::Failed => Err(failed(webm::mux::Error::Unknown)),
                _ => Ok(()),
            };
        };
        loop {
            let held = self.video.len() + self.audio.len();
            let both = muxer.video.is_some() && muxer.audio.is_some();
            let video_first = match (self.video.front(), self.audio.front()) {
                (Some(video), Some(audio)) => video.time.as_duration() <= audio.time.as_duration(),
                (None, None) => return Ok(()),
                _ if both && !all && held <= MAX_HELD => return Ok(()),
                (video, _) => video.is_some(),
            };
            let (queue, track) = match video_first {
                true => (&mut self.video, muxer.video.map(u64::from)),
                false => (&mut self.audio, muxer.audio.map(u64::from)),
            };
            let (Some(frame), Some(track)) = (queue.pop_front(), track) else { continue };
            let at = u64::try_from(frame.time.as_duration().as_nanos()).unwrap_or(u64::MAX);
            self.last = self.last.max(at);
            let key = is_keyframe(frame.codec, &frame.data);
            muxer.segment.add_frame(track, &frame.data, self.last, key).map_err(failed)?;
        }
    }

    /// Writes what is held, the index and the length. A file whose pictures never came has sound
    /// only.
    ///
    /// # Errors
    /// When there is no frame at all, or the library fails.
    pub fn finish(mut self) -> Result<W, FileError> {
        if self.video.is_empty() && self.audio.is_empty() && matches!(self.state, State::Waiting(_))
        {
            return Err(FileError::Rejected { what: "no frame came for the WebM file" });
        }
        self.begin()?;
        self.drain(true)?;
        let State::Writing(muxer) = self.state else {
            return Err(failed(webm::mux::Error::Unknown));
        };
        let writer = muxer.segment.finalize(None);
        let mut file = writer.map_err(|_| failed(webm::mux::Error::Unknown))?.into_inner();
        file.flush()?;
        Ok(file)
    }
}

/// The library does not say more.
fn failed(error: webm::mux::Error) -> FileError {
    match error {
        webm::mux::Error::BadParam => FileError::Rejected { what: "libwebm does not take this" },
        _ => FileError::Io(std::io::Error::other("libwebm could not write")),
    }
}
