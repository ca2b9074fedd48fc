//! The thread that plays.
//!
//! Sound waits in a bounded queue until the thread takes it. Before the first of it, and after the
//! device ran out of it, a cushion of silence is played, so that what follows may be late by that.

use std::collections::VecDeque;
use std::sync::mpsc::channel;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{Builder, JoinHandle};
use std::time::{Duration, Instant};

use alsa::Direction;
use alsa::pcm::{PCM, State as PcmState};
use lapwing_media::Samples;

use super::pcm::{Opened, end_reason, is_interruption, open};
use crate::backend::{Output, OutputStats};
use crate::error::{DeviceError, EndReason};
use crate::pacer::{Pace, Pacer, TARGET, stretched};

/// Rate in Hz of what is played.
const RATE: u32 = 48_000;
/// Pieces that wait for the thread; then the oldest go.
const MAX_WAITING: usize = 50;
/// How long to wait for sound before looking whether to stop.
const PATIENCE: Duration = Duration::from_millis(100);

pub(super) struct Playback {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    waiting: VecDeque<Samples>,
    stats: OutputStats,
    ended: Option<EndReason>,
    is_stopped: bool,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        // Every change is whole.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The next piece, and how many samples wait behind it; `None` when it is time to stop.
    fn take(&self) -> Option<(Samples, i64)> {
        let mut state = self.lock();
        loop {
            if state.is_stopped {
                return None;
            }
            if let Some(piece) = state.waiting.pop_front() {
                let behind = state.waiting.iter().map(Samples::frames).sum::<usize>();
                return Some((piece, behind as i64));
            }
            let waited = self.changed.wait_timeout(state, PATIENCE);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}

impl Playback {
    /// Starts a thread that opens the device.
    pub(super) fn open(name: String) -> Result<Self, DeviceError> {
        let shared = Arc::new(Shared::default());
        let (sender, answer) = channel();
        let inner = shared.clone();
        let body = move || {
            let opened = open(&name, Direction::Playback, (RATE, 1));
            let opened = opened.and_then(|opened| match opened.rate {
                RATE => Ok(opened),
                rate => Err(DeviceError::Unsupported(format!("a speaker of {rate} Hz alone"))),
            });
            // Whoever waits for the answer is gone only with all the rest.
            let _ = sender.send(opened.as_ref().map(|_| ()).map_err(Clone::clone));
            let reason = match opened {
                Ok(opened) => Player::new(&opened, &inner).run(),
                Err(error) => EndReason::Failed(error),
            };
            inner.lock().ended = Some(reason);
        };
        let thread = Builder::new().name("lapwing-alsa-out".to_owned()).spawn(body)?;
        let died = || DeviceError::System("the thread of the device died".to_owned());
        answer.recv().unwrap_or_else(|_| Err(died()))?;
        Ok(Playback { shared, thread: Some(thread) })
    }
}

impl Output for Playback {
    fn play(&mut self, sound: &Samples, _: Instant) {
        let mut state = self.shared.lock();
        let frames = sound.frames() as u64;
        state.stats.taken += frames;
        if sound.rate() != RATE || state.ended.is_some() {
            state.stats.dropped += frames;
            return;
        }
        if state.waiting.len() == MAX_WAITING {
            let oldest = state.waiting.pop_front();
            state.stats.dropped += oldest.map_or(0, |oldest| oldest.frames() as u64);
        }
        state.waiting.push_back(sound.to_channels(1));
        self.shared.changed.notify_one();
    }

    fn stats(&self) -> OutputStats {
        self.shared.lock().stats
    }

    fn ended(&self) -> Option<EndReason> {
        let ended = self.shared.lock().ended.clone();
        let is_over = self.thread.as_ref().is_none_or(JoinHandle::is_finished);
        let died = || EndReason::WorkerDied("it panicked".to_owned());
        ended.or_else(|| is_over.then(died))
    }
}

impl Drop for Playback {
    fn drop(&mut self) {
        self.shared.lock().is_stopped = true;
        self.shared.changed.notify_one();
        if let Some(thread) = self.thread.take() {
            // Nobody is left to hear of a panic.
            let _ = thread.join();
        }
    }
}

/// What the thread has.
struct Player<'a> {
    pcm: &'a PCM,
    channels: usize,
    shared: &'a Shared,
    pacer: Pacer,
    /// Samples given to the device so far.
    written: i64,
}

impl<'a> Player<'a> {
    fn new(opened: &'a Opened, shared: &'a Shared) -> Self {
        let channels = usize::from(opened.channels);
        Player { pcm: &opened.pcm, channels, shared, pacer: Pacer::default(), written: 0 }
    }

    fn run(mut self) -> EndReason {
        while let Some((piece, behind)) = self.shared.take() {
            if let Err(error) = self.play(piece.data(), behind) {
                return end_reason(error);
            }
        }
        // What is on its way is heard, but nobody waits long for it.
        let _ = self.pcm.drain();
        EndReason::Stopped
    }

    fn play(&mut self, piece: &[f32], behind: i64) -> alsa::Result<()> {
        if self.pcm.state() == PcmState::XRun {
            self.begin_anew()?;
        }
        if self.pcm.state() == PcmState::Prepared {
            self.write(&vec![0.0; TARGET as usize])?;
        }
        // What is written at once and waits nowhere, as into a file, is no device with a clock.
        let delay = self.pcm.delay().ok().filter(|delay| *delay > 0);
        if let Some(delay) = delay {
            self.pacer.played(self.written - delay, Instant::now());
        }
        let pace = self.pacer.next(delay.map(|delay| delay + behind));
        let played = match pace {
            Pace::Drop => None,
            Pace::Play(by) => {
                let sound = stretched(piece, by);
                self.write(&sound)?;
                Some((sound.len() as u64, by))
            }
        };
        let mut state = self.shared.lock();
        let stats = &mut state.stats;
        match played {
            None => stats.dropped += piece.len() as u64,
            Some((samples, by)) => {
                stats.played += samples;
                stats.corrected += by;
            }
        }
        stats.drift_ppm = self.pacer.drift_ppm();
        Ok(())
    }

    /// Gives sound to the device, after an interruption too.
    fn write(&mut self, sound: &[f32]) -> alsa::Result<()> {
        let sample = |sample: &f32| (sample * 32_768.0).round() as i16;
        let all = sound.iter().map(sample);
        let data: Vec<i16> =
            all.flat_map(|sample| std::iter::repeat_n(sample, self.channels)).collect();
        let mut rest = &data[..];
        while !rest.is_empty() {
            match self.pcm.io_i16()?.writei(rest) {
                Ok(frames) => {
                    rest = &rest[(frames * self.channels).min(rest.len())..];
                    self.written += frames as i64;
                }
                Err(error) if is_interruption(error) => self.begin_anew()?,
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    fn begin_anew(&mut self) -> alsa::Result<()> {
        self.pcm.prepare()?;
        self.pacer.interrupted();
        self.shared.lock().stats.underruns += 1;
        Ok(())
    }
}
