//! Records a participant: sound and pictures together, as they came, in WebM.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{BufWriter, Seek, Write};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use lapwing_engine::{Codec, EncodedFrame, MediaKind, MediaTime};
use lapwing_media::files::FileError;
use lapwing_media::sinks::{WebmTracks, WebmWriter};

use crate::disk::{self, Secrecy};

/// How long the first frame of one kind waits for the first of the other before a file begins
/// without it.
const WAIT_MAX: Duration = Duration::from_secs(2);

/// Frames that wait for a file to begin; the oldest go beyond it. Twice what [`WAIT_MAX`] brings.
const WAITING_MAX: usize = 400;

/// When media time and arrival drift apart by more, the sender has begun anew.
const JUMP_MAX: Duration = Duration::from_secs(2);

/// Where recordings go, and how files are made there.
pub(super) trait Folder {
    /// What is written to.
    type File: Write + Seek;

    /// A new file of the first of these names that is free; `name` gives that of each number, from
    /// 1 on.
    fn create(&mut self, name: &dyn Fn(u32) -> String) -> std::io::Result<(PathBuf, Self::File)>;
}

/// A folder on disk.
#[derive(Clone, Debug)]
pub(super) struct DiskFolder(pub(super) PathBuf);

impl Folder for DiskFolder {
    type File = BufWriter<File>;

    fn create(&mut self, name: &dyn Fn(u32) -> String) -> std::io::Result<(PathBuf, Self::File)> {
        // People's voices and faces.
        let path = |number| self.0.join(name(number));
        let (path, file) = disk::create_numbered(Secrecy::Secret, path)?;
        Ok((path, BufWriter::new(file)))
    }
}

/// Joins a track's media time with the time of the recording.
#[derive(Clone, Copy, Debug)]
struct Anchor {
    arrived: Instant,
    media: Duration,
    /// Where in the recording that is.
    at: Duration,
}

/// The recording of one participant. A codec that changes, or a kind of track that comes later,
/// begins another file.
pub(super) struct Recording<F: Folder> {
    folder: F,
    stem: String,
    files: u32,
    /// The kinds of track that the participant has.
    wanted: Vec<MediaKind>,
    writer: Option<(WebmWriter<F::File>, WebmTracks, PathBuf)>,
    began: Option<Instant>,
    anchors: [Option<Anchor>; 2],
    waiting: VecDeque<(EncodedFrame, Instant)>,
}

impl<F: Folder> Recording<F> {
    /// A recording whose files begin with `stem`.
    pub(super) fn new(folder: F, stem: String) -> Self {
        Recording {
            folder,
            stem,
            files: 0,
            wanted: Vec::new(),
            writer: None,
            began: None,
            anchors: [None; 2],
            waiting: VecDeque::new(),
        }
    }

    /// The participant has a track of this kind.
    pub(super) fn expect(&mut self, kind: MediaKind) {
        if !self.wanted.contains(&kind) {
            self.wanted.push(kind);
        }
    }

    /// Takes a frame that arrived. Gives the file that ended with it, if one did.
    pub(super) fn push(
        &mut self,
        frame: &EncodedFrame,
        arrived: Instant,
    ) -> Result<Option<PathBuf>, FileError> {
        if !can_be_recorded(frame.codec) {
            return Ok(None);
        }
        let fits = self.writer.as_ref().is_none_or(|(_, tracks, _)| holds(*tracks, frame.codec));
        let ended = if fits { None } else { self.finish()? };
        if self.writer.is_none() {
            self.wait(frame, arrived)?;
        } else {
            self.write(frame, arrived)?;
        }
        Ok(ended)
    }

    /// Keeps a frame until it is known what the file will hold.
    fn wait(&mut self, frame: &EncodedFrame, arrived: Instant) -> Result<(), FileError> {
        self.waiting.push_back((frame.clone(), arrived));
        if self.waiting.len() > WAITING_MAX {
            self.waiting.pop_front();
        }
        let first = self.waiting.front().map_or(arrived, |(_, at)| *at);
        let here = |kind: &MediaKind| self.waiting.iter().any(|(f, _)| f.codec.kind() == *kind);
        let all_here = self.wanted.iter().all(here);
        if all_here || arrived >= first + WAIT_MAX { self.begin() } else { Ok(()) }
    }

    fn begin(&mut self) -> Result<(), FileError> {
        let codecs = self.waiting.iter().rev().map(|(frame, _)| frame.codec);
        let video = codecs.into_iter().find(|codec| codec.kind() == MediaKind::Video);
        let audio = self.waiting.iter().any(|(frame, _)| frame.codec == Codec::Opus).then_some(2);
        let tracks = WebmTracks { video, audio };
        let (stem, earlier) = (&self.stem, self.files);
        let name = |number: u32| match earlier + number {
            1 => format!("{stem}.webm"),
            more => format!("{stem}-{more}.webm"),
        };
        let (path, file) = self.folder.create(&name)?;
        self.files += 1;
        self.writer = Some((WebmWriter::new(file, tracks)?, tracks, path));
        self.began = self.waiting.front().map(|(_, at)| *at);
        self.anchors = [None; 2];
        for (frame, arrived) in std::mem::take(&mut self.waiting) {
            self.write(&frame, arrived)?;
        }
        Ok(())
    }

    fn write(&mut self, frame: &EncodedFrame, arrived: Instant) -> Result<(), FileError> {
        let at = self.place(frame, arrived);
        let Some((writer, tracks, _)) = &mut self.writer else { return Ok(()) };
        if !holds(*tracks, frame.codec) {
            return Ok(());
        }
        let time = MediaTime::from_duration(at, frame.time.rate());
        writer.write(&EncodedFrame { time, ..frame.clone() })
    }

    /// Where in the recording a frame belongs: by media time, from where the track's first frame
    /// arrived.
    fn place(&mut self, frame: &EncodedFrame, arrived: Instant) -> Duration {
        let began = *self.began.get_or_insert(arrived);
        let media = frame.time.as_duration();
        let since = arrived.saturating_duration_since(began);
        let slot = &mut self.anchors[usize::from(frame.codec.kind() == MediaKind::Video)];
        let anchor = *slot.get_or_insert(Anchor { arrived, media, at: since });
        let passed = arrived.saturating_duration_since(anchor.arrived);
        // Media time that runs away from real time belongs to another clock.
        if media.abs_diff(anchor.media + passed) > JUMP_MAX {
            *slot = Some(Anchor { arrived, media, at: since });
            return since;
        }
        // A frame may be from before the first that arrived.
        (anchor.at + media).saturating_sub(anchor.media)
    }

    /// Ends the file. Gives its path, if there was one.
    pub(super) fn finish(&mut self) -> Result<Option<PathBuf>, FileError> {
        if self.writer.is_none() && !self.waiting.is_empty() {
            self.begin()?;
        }
        let Some((writer, _, path)) = self.writer.take() else { return Ok(None) };
        self.began = None;
        writer.finish()?;
        Ok(Some(path))
    }
}

/// Whether WebM knows it.
fn can_be_recorded(codec: Codec) -> bool {
    matches!(codec, Codec::Opus | Codec::Vp8 | Codec::Vp9 | Codec::Av1)
}

fn holds(tracks: WebmTracks, codec: Codec) -> bool {
    match codec.kind() {
        MediaKind::Audio => tracks.audio.is_some(),
        MediaKind::Video => tracks.video == Some(codec),
    }
}

#[cfg(test)]
mod tests;
