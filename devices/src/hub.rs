//! One open device, and all that take from it.
//!
//! 1. The first track that joins opens the device; the last that leaves closes it.
//! 2. Each track has needs. The device works in a mode that meets all of them; when a newcomer's
//!    cannot be met beside the others', it is refused.
//! 3. Each reader of a track has a tap: a queue of what it did not take yet. The device is polled
//!    when a reader has nothing left, so a single reader loses nothing here.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use lapwing_engine::MediaTime;
use lapwing_media::{Polled, Timed};

use crate::backend::Feed;
use crate::constraints::Property;
use crate::device::Device;
use crate::error::{DeviceError, EndReason};
use crate::events::{Events, MediaEvent};
use crate::needs::{Need, agree};
use crate::possible::Mode;

/// Items that wait for a reader while another takes from the same device. When more come, the
/// oldest go.
const MAX_WAITING: usize = 32;

/// Opens the device in a mode.
pub(crate) type Opener<T> = Box<dyn Fn(Mode) -> Result<Box<dyn Feed<T>>, DeviceError> + Send>;

/// Why a track may not join, or not change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// Other tracks of the device stand against it.
    Conflict(Property),
    Device(DeviceError),
    Ended,
}

pub(crate) struct Hub<T> {
    device: Device,
    events: Events,
    state: Mutex<State<T>>,
}

struct State<T> {
    opener: Opener<T>,
    feed: Option<Box<dyn Feed<T>>>,
    mode: Option<Mode>,
    /// By the ids of tracks.
    members: BTreeMap<String, Need>,
    taps: BTreeMap<u64, Tap<T>>,
    next_tap: u64,
    ended: Option<EndReason>,
    is_muted: bool,
    /// When the device was first polled, and how much later the present feed was.
    start: Option<Instant>,
    base: Option<Duration>,
}

struct Tap<T> {
    waiting: VecDeque<Arc<T>>,
    dropped: u64,
}

impl<T: Timed> Hub<T> {
    pub(crate) fn new(device: Device, events: Events, opener: Opener<T>) -> Self {
        let state = State {
            opener,
            feed: None,
            mode: None,
            members: BTreeMap::new(),
            taps: BTreeMap::new(),
            next_tap: 0,
            ended: None,
            is_muted: false,
            start: None,
            base: None,
        };
        Hub { device, events, state: Mutex::new(state) }
    }

    pub(crate) fn device(&self) -> &Device {
        &self.device
    }

    /// A track joins, or has other needs from now on.
    pub(crate) fn join(&self, track: &str, need: Need) -> Result<(), Refusal> {
        let mut state = self.lock();
        if state.ended.is_some() {
            return Err(Refusal::Ended);
        }
        let others = state.members.iter().filter(|(id, _)| *id != track).map(|(_, need)| *need);
        let mode = agree(&self.device.formats, need, &others.collect::<Vec<Need>>());
        let mode = mode.map_err(Refusal::Conflict)?;
        if state.mode != Some(mode) {
            let was_open = state.feed.is_some();
            match state.open(mode) {
                Ok(()) => {}
                Err(error) if was_open => {
                    // What ran before cannot be had back.
                    self.end(&mut state, EndReason::Failed(error.clone()));
                    return Err(Refusal::Device(error));
                }
                Err(error) => return Err(Refusal::Device(error)),
            }
            if !was_open {
                self.tell_use(true);
            }
        }
        state.members.insert(track.to_owned(), need);
        Ok(())
    }

    /// A track stopped, or nobody has it any more.
    pub(crate) fn leave(&self, track: &str) {
        let mut state = self.lock();
        let was_member = state.members.remove(track).is_some();
        if was_member && state.members.is_empty() {
            self.close(&mut state);
        }
    }

    /// A new tap.
    pub(crate) fn tap(&self) -> u64 {
        let mut state = self.lock();
        let number = state.next_tap;
        state.next_tap += 1;
        state.taps.insert(number, Tap { waiting: VecDeque::new(), dropped: 0 });
        number
    }

    pub(crate) fn remove_tap(&self, tap: u64) {
        self.lock().taps.remove(&tap);
    }

    /// The next item of a tap.
    pub(crate) fn pull(&self, tap: u64, now: Instant) -> Polled<Arc<T>> {
        let mut state = self.lock();
        loop {
            if let Some(item) = state.taps.get_mut(&tap).and_then(|tap| tap.waiting.pop_front()) {
                return Polled::Item(item);
            }
            let Some(feed) = &mut state.feed else { return Polled::Empty };
            let polled = feed.poll(now);
            let is_muted = feed.is_muted();
            self.set_muted(&mut state, is_muted);
            match polled {
                Polled::Item(item) => state.share(item, now),
                Polled::Wait(at) => return Polled::Wait(at),
                Polled::Empty => {
                    let ended = state.feed.as_ref().and_then(|feed| feed.ended());
                    self.end(&mut state, ended.unwrap_or(EndReason::Finished));
                }
            }
        }
    }

    /// Why the device gives no more, if it does not.
    pub(crate) fn ended(&self) -> Option<EndReason> {
        let mut state = self.lock();
        if let Some(reason) = state.feed.as_ref().and_then(|feed| feed.ended()) {
            self.end(&mut state, reason);
        }
        state.ended.clone()
    }

    /// Whether the device gives nothing real for the time being.
    pub(crate) fn is_muted(&self) -> bool {
        let mut state = self.lock();
        if let Some(is_muted) = state.feed.as_ref().map(|feed| feed.is_muted()) {
            self.set_muted(&mut state, is_muted);
        }
        state.is_muted
    }

    /// Items that this tap, or the device itself, dropped.
    pub(crate) fn dropped(&self, tap: u64) -> u64 {
        let state = self.lock();
        let tap = state.taps.get(&tap).map_or(0, |tap| tap.dropped);
        tap + state.feed.as_ref().map_or(0, |feed| feed.dropped())
    }

    /// The mode in which the device works.
    pub(crate) fn mode(&self) -> Option<Mode> {
        self.lock().mode
    }

    fn lock(&self) -> MutexGuard<'_, State<T>> {
        // Whoever panicked left a queue, which is as good as before.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn set_muted(&self, state: &mut State<T>, is_muted: bool) {
        if state.is_muted != is_muted {
            state.is_muted = is_muted;
            for track in state.members.keys() {
                self.events.push(MediaEvent::TrackMuted { track: track.clone(), muted: is_muted });
            }
        }
    }

    fn end(&self, state: &mut State<T>, reason: EndReason) {
        for track in std::mem::take(&mut state.members).into_keys() {
            self.events.push(MediaEvent::TrackEnded { track, reason: reason.clone() });
        }
        state.ended.get_or_insert(reason);
        self.close(state);
    }

    fn close(&self, state: &mut State<T>) {
        let was_open = state.mode.take().is_some();
        state.feed = None;
        if was_open {
            self.tell_use(false);
        }
    }

    fn tell_use(&self, in_use: bool) {
        self.events.push(MediaEvent::DeviceUse { device: self.device.info.clone(), in_use });
    }
}

impl<T: Timed> State<T> {
    /// Opens the device in another mode. A device may be open only once at a time.
    fn open(&mut self, mode: Mode) -> Result<(), DeviceError> {
        self.feed = None;
        self.base = None;
        self.feed = Some((self.opener)(mode)?);
        self.mode = Some(mode);
        Ok(())
    }

    /// Puts an item before all taps. Times go on where a former mode left off.
    fn share(&mut self, mut item: T, now: Instant) {
        let start = *self.start.get_or_insert(now);
        let base = *self.base.get_or_insert(now.saturating_duration_since(start));
        if !base.is_zero() {
            let time = item.time();
            item.set_time(MediaTime::from_duration(base + time.as_duration(), time.rate()));
        }
        let item = Arc::new(item);
        for tap in self.taps.values_mut() {
            if tap.waiting.len() == MAX_WAITING {
                tap.waiting.pop_front();
                tap.dropped += 1;
            }
            tap.waiting.push_back(item.clone());
        }
    }
}
