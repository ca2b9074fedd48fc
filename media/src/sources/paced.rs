//! A file played at its own pace.

use std::time::{Duration, Instant};

use crate::files::{FileError, Reader};
use crate::picture::Picture;
use crate::playout::Timed;
use crate::samples::Samples;
use crate::sources::{AudioReader, AudioSource, VideoReader, VideoSource};
use crate::stage::{Polled, Source};

/// Length of an item nobody knows the length of: the only one of its file. A picture of 25 per
/// second.
const DEFAULT_LENGTH: Duration = Duration::from_millis(40);

/// What to do at the end of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Playback {
    /// End.
    Once,
    /// Start again; times go on.
    Loop,
}

/// Gives the items of a reader when their time has come, counted from the first poll.
///
/// Times start at zero. A caller that polls late gets all that is overdue at once.
#[derive(Debug)]
pub struct Paced<R: Reader> {
    reader: R,
    playback: Playback,
    start: Option<Instant>,
    next: Option<R::Item>,
    /// Time of the first item of the file.
    base: Option<Duration>,
    /// How much later than in the file items are, because it was played before.
    shift: Duration,
    /// Time and length of the last item.
    last: Option<(Duration, Duration)>,
    ended: bool,
    fault: Option<FileError>,
}

impl<R: Reader> Paced<R>
where
    R::Item: Timed,
{
    /// Plays what `reader` gives.
    pub fn new(reader: R, playback: Playback) -> Self {
        Paced {
            reader,
            playback,
            start: None,
            next: None,
            base: None,
            shift: Duration::ZERO,
            last: None,
            ended: false,
            fault: None,
        }
    }

    /// Why it ended before its time, if it did.
    pub fn fault(&self) -> Option<&FileError> {
        self.fault.as_ref()
    }

    /// The next item with the time it has here.
    fn fetch(&mut self) -> Result<Option<R::Item>, FileError> {
        let mut item = self.reader.next()?;
        if item.is_none() && self.playback == Playback::Loop && self.last.is_some() {
            let (time, length) = self.last.take().unwrap_or_default();
            self.shift = time + length;
            self.reader.rewind()?;
            item = self.reader.next()?;
        }
        let Some(mut item) = item else { return Ok(None) };
        let raw = item.time().as_duration();
        let base = *self.base.get_or_insert(raw);
        let time = raw.saturating_sub(base).saturating_add(self.shift);
        item.set_time(lapwing_engine::MediaTime::from_duration(time, item.time().rate()));
        let length = item.length().or(self.last.map(|(last, _)| time.saturating_sub(last)));
        self.last = Some((time, length.unwrap_or(DEFAULT_LENGTH)));
        Ok(Some(item))
    }
}

impl<R: Reader> Source for Paced<R>
where
    R::Item: Timed,
{
    type Output = R::Item;

    fn poll(&mut self, now: Instant) -> Polled<R::Item> {
        let start = *self.start.get_or_insert(now);
        if self.next.is_none() && !self.ended {
            match self.fetch() {
                Ok(next) => self.next = next,
                Err(error) => self.fault = Some(error),
            }
            self.ended = self.next.is_none();
        }
        let Some(item) = self.next.take() else { return Polled::Empty };
        // A file may claim times that no clock reaches.
        match start.checked_add(item.time().as_duration()) {
            Some(due) if due <= now => Polled::Item(item),
            Some(due) => {
                self.next = Some(item);
                Polled::Wait(due)
            }
            None => {
                let what = "an item that is due after the end of time";
                self.fault = Some(FileError::Malformed { offset: 0, what });
                self.ended = true;
                Polled::Empty
            }
        }
    }
}

impl<R: VideoReader> VideoSource for Paced<R>
where
    R::Item: Timed,
    Paced<R>: Source<Output = Picture>,
{
    fn size(&self) -> (u32, u32) {
        self.reader.size()
    }

    fn frame_rate(&self) -> (u32, u32) {
        self.reader.frame_rate()
    }

    fn fault(&self) -> Option<&FileError> {
        self.fault.as_ref()
    }

    fn skipped(&self) -> u64 {
        self.reader.skipped()
    }
}

impl<R: AudioReader> AudioSource for Paced<R>
where
    R::Item: Timed,
    Paced<R>: Source<Output = Samples>,
{
    fn rate(&self) -> u32 {
        self.reader.rate()
    }

    fn channels(&self) -> u8 {
        self.reader.channels()
    }

    fn fault(&self) -> Option<&FileError> {
        self.fault.as_ref()
    }

    fn skipped(&self) -> u64 {
        self.reader.skipped()
    }
}
