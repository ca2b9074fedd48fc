//! WebM: encoded pictures and sound side by side, so that a recording survives its program.

mod index;
mod segment;

use std::collections::VecDeque;
use std::io::{Seek, Write};
use std::time::Duration;

use lapwing_engine::{Codec, EncodedFrame, MediaKind};

use crate::codecs::{is_keyframe, obu, picture_size};
use crate::files::av1_config::av1_config;
use crate::files::opus_packet::opus_samples;
use crate::files::webm::segment::{Block, Form, Segment, Track};
use crate::files::{FileError, OpusHead};

/// Frames held back until their order is known, or until the first key frame: ten seconds of 20 ms
/// packets and 30 pictures per second.
const MAX_HELD: usize = 800;

/// Bytes of frames held back.
const MAX_HELD_BYTES: usize = 64 << 20;

/// How long one track waits for the other. Beyond that the other has stalled, and this one goes on
/// without it.
const MAX_WAIT: Duration = Duration::from_secs(1);

/// Largest frame taken, in bytes: an uncompressed picture at the size limit.
const MAX_FRAME_BYTES: usize = 64 << 20;

/// Longest a picture is believed to be shown.
const MAX_SHOWN: Duration = Duration::from_secs(1);

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
/// the writer sorts the tracks into each other, and a frame from before the last one written is
/// written with the time of that. Pictures before the first key frame are dropped.
///
/// Clusters of a second are written whole and flushed, and the duration and the index in the file
/// follow each of them: what a program that is killed leaves behind has all but the last second of
/// both tracks, or two seconds where one of them has stalled. How it is done stands in
/// `webm/segment.rs` and `webm/index.rs`.
#[derive(Debug)]
pub struct WebmWriter<W: Write + Seek> {
    state: State<W>,
    tracks: WebmTracks,
    /// Frames not yet written, in order.
    video: VecDeque<EncodedFrame>,
    audio: VecDeque<EncodedFrame>,
    held_bytes: usize,
    /// Time of the last frame written: time may not go back.
    last: Duration,
    /// Time of the last picture written.
    last_picture: Option<Duration>,
    /// Width and height, of the first key frame.
    size: Option<(u32, u32)>,
    dropped: u64,
}

#[derive(Debug)]
enum State<W> {
    /// The header waits for the first key frame, which knows the size.
    Waiting(W),
    Writing(Segment<W>),
    /// The system said no: what is written is all there is.
    Failed,
}

/// Numbers of the tracks in the file.
const VIDEO: u8 = 1;
const AUDIO: u8 = 2;

impl<W: Write + Seek> WebmWriter<W> {
    /// A writer for these tracks. Nothing is written before the first key frame.
    ///
    /// # Errors
    /// When there is no track, the video codec is none of VP8, VP9 and AV1, or there are not one
    /// or two audio channels.
    pub fn new(file: W, tracks: WebmTracks) -> Result<Self, FileError> {
        let what = match tracks {
            WebmTracks { video: None, audio: None } => "a WebM file without tracks",
            WebmTracks { video: Some(codec), .. } if codec_id(codec).is_none() => {
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
            held_bytes: 0,
            last: Duration::ZERO,
            last_picture: None,
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
    /// When the file has no track for its codec, the frame has more than 64 MiB, or the system says
    /// no, now or before.
    pub fn write(&mut self, frame: &EncodedFrame) -> Result<(), FileError> {
        if frame.data.len() > MAX_FRAME_BYTES {
            return Err(FileError::Rejected { what: "a frame of a WebM file has 64 MiB at most" });
        }
        match frame.codec.kind() {
            MediaKind::Video if self.tracks.video == Some(frame.codec) => {
                if self.size.is_none() {
                    self.size = first_size(frame);
                }
                if self.size.is_none() {
                    self.dropped += 1;
                } else {
                    self.video.push_back(frame.clone());
                    self.held_bytes += frame.data.len();
                }
            }
            MediaKind::Audio if self.tracks.audio.is_some() && frame.codec == Codec::Opus => {
                self.audio.push_back(frame.clone());
                self.held_bytes += frame.data.len();
            }
            _ => return Err(FileError::Rejected { what: "the WebM file has no such track" }),
        }
        if self.tracks.video.is_some() && self.size.is_none() {
            self.forget();
            return Ok(());
        }
        self.begin()?;
        self.drain(false)
    }

    /// Drops the oldest sound while the first key frame does not come.
    fn forget(&mut self) {
        while self.audio.len() > MAX_HELD || self.held_bytes > MAX_HELD_BYTES {
            let Some(frame) = self.audio.pop_front() else { return };
            self.held_bytes -= frame.data.len();
            self.dropped += 1;
        }
    }

    /// Writes the headers with what is known.
    fn begin(&mut self) -> Result<(), FileError> {
        if let State::Waiting(_) = self.state {
            let tracks = self.described();
            if let State::Waiting(file) = std::mem::replace(&mut self.state, State::Failed) {
                self.state = State::Writing(Segment::new(file, &tracks)?);
            }
        }
        Ok(())
    }

    /// The tracks, as the file describes them.
    fn described(&self) -> Vec<Track> {
        let mut tracks = Vec::new();
        if let (Some(codec), Some((width, height))) = (self.tracks.video, self.size) {
            let first = self.video.front().map(|frame| &frame.data[..]).unwrap_or_default();
            let private = match obu::sequence_header(first) {
                Ok(Some((header, obu))) if codec == Codec::Av1 => av1_config(&header, &obu),
                _ => Vec::new(),
            };
            let codec = codec_id(codec).expect("checked at construction");
            tracks.push(Track { number: VIDEO, codec, private, form: Form::Video(width, height) });
        }
        if let Some(channels) = self.tracks.audio {
            // Times are those of what is heard, so nothing is to be skipped.
            let head = OpusHead { channels, pre_skip: 0, input_rate: 48_000, gain: 0 };
            let (private, form) = (head.to_bytes(), Form::Audio(channels));
            tracks.push(Track { number: AUDIO, codec: "A_OPUS", private, form });
        }
        tracks
    }

    /// Writes every frame whose place is known, or all of them.
    fn drain(&mut self, all: bool) -> Result<(), FileError> {
        while let Some(video_first) = self.next_is_video(all) {
            let queue = if video_first { &mut self.video } else { &mut self.audio };
            let Some(frame) = queue.pop_front() else { return Ok(()) };
            self.held_bytes -= frame.data.len();
            if let Err(error) = self.write_block(&frame) {
                self.state = State::Failed;
                return Err(error);
            }
        }
        Ok(())
    }

    /// Whether the frame to be written next is a picture, `None` when none is to be.
    fn next_is_video(&self, all: bool) -> Option<bool> {
        let both = self.tracks.video.is_some() && self.tracks.audio.is_some();
        match (self.video.front(), self.audio.front()) {
            (Some(video), Some(audio)) => {
                Some(video.time.as_duration() <= audio.time.as_duration())
            }
            (None, None) => None,
            (video, _) if all || !both || self.has_waited() => Some(video.is_some()),
            _ => None,
        }
    }

    /// Whether what is held has waited long enough for the other track.
    fn has_waited(&self) -> bool {
        let queue = if self.video.is_empty() { &self.audio } else { &self.video };
        let ends = (queue.front(), queue.back());
        let (Some(first), Some(last)) = ends else { return false };
        last.time.as_duration().saturating_sub(first.time.as_duration()) > MAX_WAIT
            || queue.len() > MAX_HELD
            || self.held_bytes > MAX_HELD_BYTES
    }

    fn write_block(&mut self, frame: &EncodedFrame) -> Result<(), FileError> {
        let State::Writing(segment) = &mut self.state else { return Err(failed()) };
        let at = frame.time.as_duration().max(self.last);
        let keyframe = is_keyframe(frame.codec, &frame.data);
        let picture = frame.codec.kind() == MediaKind::Video;
        let length = match picture {
            true => {
                let before = self.last_picture.replace(at);
                before.map_or(Duration::ZERO, |before| (at - before).min(MAX_SHOWN))
            }
            false => {
                let samples = opus_samples(&frame.data).unwrap_or(0);
                Duration::from_nanos(u64::from(samples) * 1_000_000_000 / 48_000)
            }
        };
        self.last = at;
        let entry = keyframe && (picture || self.size.is_none());
        let track = if picture { VIDEO } else { AUDIO };
        segment.write(Block { track, at, length, keyframe, entry, data: &frame.data })
    }

    /// Writes what is held, and the length. A file whose pictures never came has sound only.
    ///
    /// # Errors
    /// When there is no frame at all, or the system says no, now or before.
    pub fn finish(mut self) -> Result<W, FileError> {
        if self.video.is_empty() && self.audio.is_empty() && matches!(self.state, State::Waiting(_))
        {
            return Err(FileError::Rejected { what: "no frame came for the WebM file" });
        }
        self.begin()?;
        self.drain(true)?;
        let State::Writing(segment) = self.state else { return Err(failed()) };
        segment.finish()
    }
}

/// What Matroska calls a codec that WebM holds pictures of.
fn codec_id(codec: Codec) -> Option<&'static str> {
    match codec {
        Codec::Vp8 => Some("V_VP8"),
        Codec::Vp9 => Some("V_VP9"),
        Codec::Av1 => Some("V_AV1"),
        _ => None,
    }
}

/// The size in `frame`, if it is a key frame.
fn first_size(frame: &EncodedFrame) -> Option<(u32, u32)> {
    let key = is_keyframe(frame.codec, &frame.data);
    picture_size(frame.codec, &frame.data).filter(|_| key)
}

/// Said of a file that could not be written before.
fn failed() -> FileError {
    FileError::Io(std::io::Error::other("the WebM file could not be written before"))
}
