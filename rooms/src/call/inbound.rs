//! The thread for media that come in: it records, decodes and shows, so that the loop is never
//! blocked by it.

use std::collections::BTreeMap;
use std::io;
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, SyncSender, channel, sync_channel};
use std::thread::JoinHandle;
use std::time::Instant;

use lapwing_engine::{Mid, ReceivedFrame};

use super::capture::PlayedOut;
use super::ears::{Heard, Loudspeaker};
use super::event::InboundFault;
use super::eyes::{Screen, Seen};
use super::record::{DiskFolder, Recording};
use super::senses::Senses;
use crate::client::{Bell, RemoteTrack, spawn};
use crate::protocol::signalling::ParticipantId;
use crate::transfer::safe_name;

/// Frames that may wait: ten seconds of twelve participants' sound. Beyond it decoding is too
/// slow, and frames are dropped.
const JOBS_MAX: usize = 8192;

/// What the thread is to do.
pub(super) enum Job {
    /// A track began, and its participant has this name.
    Track { track: RemoteTrack, name: String },
    /// A frame came.
    Frame { participant: ParticipantId, received: ReceivedFrame },
    /// A track ended.
    Ended(Mid),
    /// The participant is gone.
    Gone(ParticipantId),
}

/// What the thread tells.
#[derive(Debug)]
pub(super) enum Told {
    /// What is known of a track's pictures.
    Seen(Box<Seen>),
    /// What is known of a track's sound.
    Sound(Box<Heard>),
    /// A file was written.
    Recorded(PathBuf),
    /// Something is not as it should be.
    Fault(InboundFault),
}

/// The thread.
pub(super) struct Inbound {
    jobs: Option<SyncSender<Job>>,
    told: Receiver<Told>,
    thread: Option<JoinHandle<()>>,
}

impl Inbound {
    /// Starts it. `record` is the folder for recordings; `screen` is shown pictures, `loudspeaker`
    /// plays sound.
    pub(super) fn start(
        record: Option<PathBuf>,
        screen: Option<Box<dyn Screen>>,
        loudspeaker: Option<(Box<dyn Loudspeaker>, PlayedOut)>,
        bell: Bell,
    ) -> io::Result<Self> {
        let (jobs, inbox) = sync_channel(JOBS_MAX);
        let (outbox, told) = channel();
        let work = move || {
            let mut desk = Desk {
                record,
                told: outbox,
                bell,
                senses: Senses::new(loudspeaker, screen),
                recordings: BTreeMap::new(),
            };
            desk.run(&inbox);
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
            return vec![Told::Fault(InboundFault::Stopped)];
        }
        self.told.try_iter().collect()
    }
}

/// Where the thread works.
struct Desk {
    record: Option<PathBuf>,
    told: Sender<Told>,
    bell: Bell,
    senses: Senses,
    recordings: BTreeMap<ParticipantId, Recording<DiskFolder>>,
}

impl Desk {
    /// Works until there are no jobs any more; in between it plays sound and shows pictures when
    /// they are due.
    fn run(&mut self, inbox: &Receiver<Job>) {
        loop {
            let job = match self.senses.due() {
                Some(at) => inbox.recv_timeout(at.saturating_duration_since(Instant::now())),
                None => inbox.recv().map_err(|_| RecvTimeoutError::Disconnected),
            };
            match job {
                Ok(job) => self.work(job),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return,
            }
            let heard = self.senses.hear(Instant::now());
            heard.into_iter().for_each(|heard| self.tell(Told::Sound(Box::new(heard))));
            for seen in self.senses.look(Instant::now()) {
                let asks = seen.keyframe_wanted;
                self.tell(Told::Seen(Box::new(seen)));
                if asks {
                    self.bell.ring();
                }
            }
            self.senses.keep_together(Instant::now());
        }
    }

    fn work(&mut self, job: Job) {
        match job {
            Job::Track { track, name } => {
                self.senses.began(track.mid, &track.participant, track.source);
                let Some(folder) = &self.record else { return };
                let recording = self.recordings.entry(track.participant).or_insert_with_key(|id| {
                    let stem = safe_name(&format!("{name}-{id}"));
                    Recording::new(DiskFolder(folder.clone()), stem)
                });
                recording.expect(track.kind);
            }
            Job::Frame { participant, received } => {
                if let Some(recording) = self.recordings.get_mut(&participant) {
                    match recording.push(&received.frame, received.received_at) {
                        Ok(ended) => ended.into_iter().for_each(|path| {
                            self.tell(Told::Recorded(path));
                        }),
                        Err(error) => {
                            self.recordings.remove(&participant);
                            self.fault(InboundFault::RecordingEnded(participant, error));
                        }
                    }
                }
                self.senses.push(received, Instant::now());
            }
            Job::Ended(mid) => {
                let (seen, heard) = self.senses.end(mid, Instant::now());
                seen.into_iter().for_each(|seen| self.tell(Told::Seen(Box::new(seen))));
                heard.into_iter().for_each(|heard| self.tell(Told::Sound(Box::new(heard))));
            }
            Job::Gone(participant) => {
                if let Some(recording) = self.recordings.remove(&participant) {
                    self.end_recording(recording);
                }
            }
        }
    }

    fn end_recording(&self, mut recording: Recording<DiskFolder>) {
        match recording.finish() {
            Ok(path) => path.into_iter().for_each(|path| {
                self.tell(Told::Recorded(path));
            }),
            Err(error) => self.fault(InboundFault::NoEnd(error)),
        }
    }

    fn end(&mut self) {
        let (seen, heard) = self.senses.end_all(Instant::now());
        seen.into_iter().for_each(|seen| self.tell(Told::Seen(Box::new(seen))));
        heard.into_iter().for_each(|heard| self.tell(Told::Sound(Box::new(heard))));
        for (_, recording) in std::mem::take(&mut self.recordings) {
            self.end_recording(recording);
        }
    }

    fn fault(&self, fault: InboundFault) {
        self.tell(Told::Fault(fault));
        self.bell.ring();
    }

    fn tell(&self, told: Told) {
        // Whoever does not listen any more has ended the call.
        let _ = self.told.send(told);
    }
}
