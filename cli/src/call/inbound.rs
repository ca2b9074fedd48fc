//! The thread for media that come in: it records, decodes and shows, so that the loop is never
//! blocked by it.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use lapwing_engine::{Codec, EncodedFrame, MediaKind, Mid};
use lapwing_media::{AudioDecoder, Picture, VideoDecoder, ascii, audio_decoder, video_decoder};
use lapwing_rooms::client::{Bell, spawn};
use lapwing_rooms::protocol::signalling::ParticipantId;
use lapwing_rooms::transfer::safe_name;

use super::meters::LevelMeter;
use super::record::{DiskFolder, Recording};
use crate::join::{BOARD_LINES, Board};

/// Frames that may wait: ten seconds of twelve participants' sound. Beyond it decoding is too
/// slow, and frames are dropped.
const JOBS_MAX: usize = 8192;

/// Pictures shown as text per second: a terminal takes no more.
const SHOWN_EVERY: Duration = Duration::from_millis(100);

/// Sound is decoded so.
const AUDIO_RATE: u32 = 48_000;

/// Terminal size when nobody says, less a line for the cursor.
const COLUMNS: u32 = 80;
/// See [`COLUMNS`].
const ROWS: u32 = 23;

/// What the thread is to do.
pub(super) enum Job {
    /// A track began: whose, and their name.
    Track { participant: ParticipantId, name: String, kind: MediaKind },
    /// A frame came.
    Frame { mid: Mid, participant: ParticipantId, frame: EncodedFrame, arrived: Instant },
    /// The participant is gone.
    Gone(ParticipantId),
}

/// What the thread tells.
#[derive(Debug)]
pub(super) enum Told {
    /// A picture was decoded.
    Picture { mid: Mid, at: Instant, size: (u32, u32) },
    /// Sound was decoded.
    Sound { mid: Mid, level: LevelMeter },
    /// A frame could not be decoded: another keyframe is wanted.
    Undecodable { mid: Mid },
    /// A file was written.
    Recorded(PathBuf),
    /// Something is not as it should be.
    Fault(String),
}

/// The thread.
pub(super) struct Inbound {
    jobs: Option<SyncSender<Job>>,
    told: Receiver<Told>,
    thread: Option<JoinHandle<()>>,
}

impl Inbound {
    /// Starts it. `record` is the folder for recordings; with a board the first video is shown as
    /// text, and the board's lines below it.
    pub(super) fn start(
        record: Option<PathBuf>,
        board: Option<Board>,
        bell: Bell,
    ) -> io::Result<Self> {
        let (jobs, inbox) = sync_channel(JOBS_MAX);
        let (outbox, told) = channel();
        let work = move || {
            let screen = board.map(|board| Screen { board, mid: None, last: None });
            let mut desk = Desk {
                record,
                screen,
                told: outbox,
                bell,
                decoders: BTreeMap::new(),
                recordings: BTreeMap::new(),
            };
            inbox.into_iter().for_each(|job| desk.work(job));
            desk.end();
        };
        let thread = spawn("inbound", work)?;
        Ok(Inbound { jobs: Some(jobs), told, thread: Some(thread) })
    }

    /// Gives it something to do. False when it has too much to do already.
    pub(super) fn give(&self, job: Job) -> bool {
        self.jobs.as_ref().is_some_and(|jobs| jobs.try_send(job).is_ok())
    }

    /// The next thing it told.
    pub(super) fn poll(&self) -> Option<Told> {
        self.told.try_recv().ok()
    }

    /// Waits until all is done and written; gives what it told meanwhile.
    pub(super) fn finish(&mut self) -> Vec<Told> {
        self.jobs = None;
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            return vec![Told::Fault("decoding stopped unexpectedly".to_owned())];
        }
        self.told.try_iter().collect()
    }
}

enum Decoder {
    Video(Box<dyn VideoDecoder>),
    Audio(Box<dyn AudioDecoder>),
    /// There is none for this codec.
    None(Codec),
}

impl Decoder {
    fn new(codec: Codec) -> Self {
        match codec.kind() {
            MediaKind::Video => video_decoder(codec).map_or(Decoder::None(codec), Decoder::Video),
            MediaKind::Audio => {
                let rate = if codec == Codec::Opus { AUDIO_RATE } else { codec.clock_rate() };
                audio_decoder(codec, rate, 1).map_or(Decoder::None(codec), Decoder::Audio)
            }
        }
    }

    fn codec(&self) -> Codec {
        match self {
            Decoder::Video(decoder) => decoder.codec(),
            Decoder::Audio(decoder) => decoder.codec(),
            Decoder::None(codec) => *codec,
        }
    }
}

/// Where the thread works.
struct Desk {
    record: Option<PathBuf>,
    screen: Option<Screen>,
    told: Sender<Told>,
    bell: Bell,
    decoders: BTreeMap<Mid, Decoder>,
    recordings: BTreeMap<ParticipantId, Recording<DiskFolder>>,
}

impl Desk {
    fn work(&mut self, job: Job) {
        match job {
            Job::Track { participant, name, kind } => {
                let Some(folder) = &self.record else { return };
                let recording = self.recordings.entry(participant).or_insert_with_key(|id| {
                    let stem = safe_name(&format!("{name}-{id}"));
                    Recording::new(DiskFolder(folder.clone()), stem)
                });
                recording.expect(kind);
            }
            Job::Frame { mid, participant, frame, arrived } => {
                if let Some(recording) = self.recordings.get_mut(&participant) {
                    match recording.push(&frame, arrived) {
                        Ok(ended) => ended.into_iter().for_each(|path| {
                            let _ = self.told.send(Told::Recorded(path));
                        }),
                        Err(error) => {
                            self.recordings.remove(&participant);
                            self.fault(format!("the recording of {participant} ended: {error}"));
                        }
                    }
                }
                self.decode(mid, &frame);
            }
            Job::Gone(participant) => {
                if let Some(recording) = self.recordings.remove(&participant) {
                    self.end_recording(recording);
                }
            }
        }
    }

    fn decode(&mut self, mid: Mid, frame: &EncodedFrame) {
        let decoder = self.decoders.entry(mid).or_insert_with(|| Decoder::new(frame.codec));
        if decoder.codec() != frame.codec {
            *decoder = Decoder::new(frame.codec);
        }
        match decoder {
            Decoder::Video(decoder) => match decoder.decode(frame) {
                Ok(pictures) => {
                    let at = Instant::now();
                    for picture in pictures {
                        let size = picture.size();
                        let _ = self.told.send(Told::Picture { mid, at, size });
                        if let Some(screen) = &mut self.screen {
                            screen.show(mid, &picture, at);
                        }
                    }
                }
                Err(error) => {
                    tracing::debug!(%error, %mid, "picture not decoded");
                    let _ = self.told.send(Told::Undecodable { mid });
                    self.bell.ring();
                }
            },
            Decoder::Audio(decoder) => match decoder.decode(frame) {
                Ok(samples) => {
                    let mut level = LevelMeter::default();
                    level.add(samples.data());
                    let _ = self.told.send(Told::Sound { mid, level });
                }
                Err(error) => tracing::debug!(%error, %mid, "sound not decoded"),
            },
            Decoder::None(_) => {}
        }
    }

    fn end_recording(&self, mut recording: Recording<DiskFolder>) {
        match recording.finish() {
            Ok(path) => path.into_iter().for_each(|path| {
                let _ = self.told.send(Told::Recorded(path));
            }),
            Err(error) => self.fault(format!("a recording has no end: {error}")),
        }
    }

    fn end(&mut self) {
        for (_, recording) in std::mem::take(&mut self.recordings) {
            self.end_recording(recording);
        }
    }

    fn fault(&self, text: String) {
        let _ = self.told.send(Told::Fault(text));
        self.bell.ring();
    }
}

/// The terminal.
struct Screen {
    board: Board,
    mid: Option<Mid>,
    last: Option<Instant>,
}

impl Screen {
    /// Shows a picture of the first video that came, now and then.
    fn show(&mut self, mid: Mid, picture: &Picture, now: Instant) {
        let clear = self.mid.is_none();
        if *self.mid.get_or_insert(mid) != mid
            || self.last.is_some_and(|last| now < last + SHOWN_EVERY)
        {
            return;
        }
        self.last = Some(now);
        let (columns, rows) = terminal_size();
        let below = (BOARD_LINES as u32).min(rows / 2);
        let text = ascii(picture, columns, rows - below);
        let mut out = io::stdout().lock();
        // Away with what stood there the first time, then always from the upper left corner.
        let home = if clear { "\u{1b}[2J\u{1b}[H" } else { "\u{1b}[H" };
        let text = format!("{home}{}", text.trim_end_matches('\n'));
        let lines = self.board.draw(now);
        let said = under(&lines[lines.len().saturating_sub(below as usize)..], columns);
        let _ = writeln!(out, "{text}{said}").and_then(|()| out.flush());
    }
}

/// Lines under a picture, cut to the terminal's width, in place of those that stood there.
fn under(lines: &[String], columns: u32) -> String {
    let cut = |line: &String| -> String { line.chars().take(columns as usize).collect() };
    lines.iter().map(|line| format!("\n\u{1b}[K{}", cut(line))).collect()
}

fn terminal_size() -> (u32, u32) {
    match rustix::termios::tcgetwinsize(io::stdout()) {
        Ok(size) if size.ws_col > 1 && size.ws_row > 2 => {
            (u32::from(size.ws_col), u32::from(size.ws_row) - 1)
        }
        _ => (COLUMNS, ROWS),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_stand_under_the_picture() {
        let lines = ["Ada: hello".to_owned(), "ä".repeat(100)];
        let text = under(&lines, 20);
        let shown: Vec<&str> = text.split("\n\u{1b}[K").skip(1).collect();
        assert_eq!(shown, ["Ada: hello".to_owned(), "ä".repeat(20)]);
    }
}
