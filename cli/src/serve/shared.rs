//! The hub among many tasks: one lock, held for the length of one message.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use tokio::sync::mpsc;

use super::forward::ForwardHandle;
use super::hub::{ConnectionId, Effect, Entropy, Hub, HubConfig, Note};
use crate::protocol::signalling::Mode;

/// Messages that wait for one slow client. With more it is taken for gone.
const OUTGOING_MAX: usize = 512;

/// What a socket's task is to do.
#[derive(Debug)]
pub(super) enum Outgoing {
    /// Send a text message.
    Text(String),
    /// Close with this code.
    Close(u16),
}

/// How events are logged on standard output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogStyle {
    /// Not at all.
    Silent,
    /// In words.
    Words,
    /// One JSON object per line.
    Json,
}

/// What all tasks share.
#[derive(Debug)]
pub(super) struct Shared {
    state: Mutex<State>,
    log: LogStyle,
}

#[derive(Debug)]
struct State {
    hub: Hub,
    outgoing: BTreeMap<ConnectionId, mpsc::Sender<Outgoing>>,
    forward: Option<ForwardHandle>,
}

impl Shared {
    pub(super) fn new(config: HubConfig, log: LogStyle, entropy: Entropy) -> Self {
        let hub = Hub::new(config, entropy);
        Shared { state: Mutex::new(State { hub, outgoing: BTreeMap::new(), forward: None }), log }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // The hub has no state that a panic could leave half done for other rooms.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Does something with the hub and then all that it asks for.
    pub(super) fn with(&self, act: impl FnOnce(&mut Hub, Instant)) {
        let mut state = self.lock();
        let now = now();
        act(&mut state.hub, now);
        self.drain(&mut state, now);
    }

    /// Gives the rooms a way to the forwarder, or takes it away.
    pub(super) fn set_forward(&self, forward: Option<ForwardHandle>) {
        let before = std::mem::replace(&mut self.lock().forward, forward);
        // Outside the lock: the forwarder may be telling the rooms something while it ends.
        drop(before);
    }

    /// A socket was opened: its id, and what it is to do.
    pub(super) fn open(
        &self,
        room: &str,
        mode: Option<Mode>,
    ) -> (ConnectionId, mpsc::Receiver<Outgoing>) {
        let (sender, receiver) = mpsc::channel(OUTGOING_MAX);
        let mut state = self.lock();
        let now = now();
        let id = state.hub.open(room, mode, now);
        state.outgoing.insert(id, sender);
        self.drain(&mut state, now);
        (id, receiver)
    }

    /// The socket is gone.
    pub(super) fn closed(&self, id: ConnectionId) {
        let mut state = self.lock();
        state.outgoing.remove(&id);
        let now = now();
        state.hub.closed(id, now);
        self.drain(&mut state, now);
    }

    fn drain(&self, state: &mut State, now: Instant) {
        while let Some(effect) = state.hub.poll() {
            match effect {
                Effect::Send(id, message) => {
                    let text = serde_json::to_string(&message).expect("messages are plain data");
                    state.hand_over(id, Outgoing::Text(text), now);
                }
                Effect::Close(id, code) => {
                    state.hand_over(id, Outgoing::Close(code), now);
                    state.outgoing.remove(&id);
                }
                Effect::Forward(command) => {
                    if let Some(forward) = &state.forward {
                        forward.command(command);
                    }
                }
                Effect::Note(note) => self.log(&note),
            }
        }
    }

    fn log(&self, note: &Note) {
        match self.log {
            LogStyle::Silent => {}
            LogStyle::Words => println!("{note}"),
            LogStyle::Json => {
                let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
                let mut line = serde_json::to_value(note).expect("notes are plain data");
                line["unixMs"] = since.as_millis().try_into().unwrap_or(u64::MAX).into();
                println!("{line}");
            }
        }
    }
}

/// The runtime's time, which tests let pass as they wish.
fn now() -> Instant {
    tokio::time::Instant::now().into_std()
}

impl State {
    fn hand_over(&mut self, id: ConnectionId, outgoing: Outgoing, now: Instant) {
        let Some(sender) = self.outgoing.get(&id) else { return };
        if sender.try_send(outgoing).is_err() {
            // The client does not read: without its sender the task ends.
            self.outgoing.remove(&id);
            self.hub.closed(id, now);
        }
    }
}
