//! The hub among many tasks: one lock, held for the length of one message.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard};
use std::time::Instant;

use tokio::sync::mpsc;

use super::log::Log;
use super::relays::RelayAccess;
use crate::forward::ForwardHandle;
use crate::hub::{Command, ConnectionId, Effect, Entropy, Hub, HubConfig};
use crate::limits::{Budget, Share};
use crate::protocol::signalling::{Mode, ServerMessage};

/// Messages that wait for one slow client, beside the limit in bytes. With more it is taken for
/// gone.
const OUTGOING_MAX: usize = 512;

/// What a message takes beside its text, in bytes.
const MESSAGE_BYTES: usize = 128;

/// What a socket's task is to do.
#[derive(Debug)]
pub(super) enum Outgoing {
    /// Send a text message.
    Text(String, Share),
    /// Close with this code.
    Close(u16),
}

/// What all tasks share.
#[derive(Debug)]
pub(super) struct Shared {
    state: Mutex<State>,
    log: Log,
    relays: Vec<RelayAccess>,
}

#[derive(Debug)]
struct State {
    hub: Hub,
    outgoing: BTreeMap<ConnectionId, Way>,
    forward: Option<ForwardHandle>,
}

/// The way to a socket's task.
#[derive(Debug)]
struct Way {
    sender: mpsc::Sender<Outgoing>,
    budget: Budget,
}

impl Shared {
    pub(super) fn new(config: HubConfig, log: Log, entropy: Entropy) -> Self {
        let hub = Hub::new(config, entropy);
        let state = State { hub, outgoing: BTreeMap::new(), forward: None };
        Shared { state: Mutex::new(state), log, relays: Vec::new() }
    }

    /// Hands these to everyone who comes.
    pub(super) fn with_relays(self, relays: Vec<RelayAccess>) -> Self {
        Shared { relays, ..self }
    }

    /// Nothing after a panic: what the hub was about is half done then, and the server ends.
    fn lock(&self) -> Option<MutexGuard<'_, State>> {
        self.state.lock().ok()
    }

    /// Whether a task panicked while it held the rooms: they cannot be trusted any more.
    pub(super) fn is_broken(&self) -> bool {
        self.state.is_poisoned()
    }

    /// Does something with the hub and then all that it asks for.
    pub(super) fn with(&self, act: impl FnOnce(&mut Hub, Instant)) {
        let Some(mut state) = self.lock() else { return };
        let now = now();
        act(&mut state.hub, now);
        self.drain(&mut state, now);
    }

    /// Gives the rooms a way to the forwarder, or takes it away.
    pub(super) fn set_forward(&self, forward: Option<ForwardHandle>) {
        let before = self.lock().map(|mut state| std::mem::replace(&mut state.forward, forward));
        // Outside the lock: the forwarder may be telling the rooms something while it ends.
        drop(before);
    }

    /// A socket was opened: its id, and what it is to do.
    pub(super) fn open(
        &self,
        room: &str,
        mode: Option<Mode>,
        from: IpAddr,
    ) -> Option<(ConnectionId, mpsc::Receiver<Outgoing>)> {
        let (sender, receiver) = mpsc::channel(OUTGOING_MAX);
        let mut state = self.lock()?;
        let now = now();
        let (id, budget) = state.hub.open(room, mode, from, now);
        state.outgoing.insert(id, Way { sender, budget });
        self.drain(&mut state, now);
        Some((id, receiver))
    }

    /// The socket is gone.
    pub(super) fn closed(&self, id: ConnectionId) {
        let Some(mut state) = self.lock() else { return };
        state.outgoing.remove(&id);
        let now = now();
        state.hub.closed(id, now);
        self.drain(&mut state, now);
    }

    fn drain(&self, state: &mut State, now: Instant) {
        while let Some(effect) = state.hub.poll() {
            match effect {
                Effect::Send(id, mut message) => {
                    if let ServerMessage::Welcome(welcome) = &mut message {
                        let now = lapwing_drivers::unix_time();
                        self.relays.iter().for_each(|relay| relay.add_to(welcome, now));
                    }
                    let text = serde_json::to_string(&message).expect("messages are plain data");
                    state.send(id, text, now);
                }
                Effect::Close(id, code) => {
                    if let Some(way) = state.outgoing.remove(&id) {
                        // A task that takes nothing more ends without its sender.
                        let _ = way.sender.try_send(Outgoing::Close(code));
                    }
                }
                Effect::Forward(command) => state.forward(command),
                Effect::Note(note) => self.log.tell(&note),
            }
        }
    }
}

/// The runtime's time, which tests let pass as they wish.
fn now() -> Instant {
    tokio::time::Instant::now().into_std()
}

impl State {
    fn send(&mut self, id: ConnectionId, text: String, now: Instant) {
        let Some(way) = self.outgoing.get(&id) else { return };
        let share = way.budget.lend(text.len() + MESSAGE_BYTES);
        let sent = share.map(|share| way.sender.try_send(Outgoing::Text(text, share)));
        if !matches!(sent, Some(Ok(()))) {
            // The client does not read: without its sender the task ends.
            self.outgoing.remove(&id);
            self.hub.closed(id, now);
        }
    }

    fn forward(&mut self, command: Command) {
        let Some(forward) = &self.forward else { return };
        let share = match &command {
            // Seats are few, and the forwarder must hear of each.
            Command::Join { .. } | Command::Leave { .. } => None,
            Command::Description(description) => {
                Some((&description.peer, description.description.sdp.len() + MESSAGE_BYTES))
            }
            Command::Candidate(candidate) => {
                let line = candidate.candidate.as_ref().map_or(0, |c| c.candidate.len());
                Some((&candidate.peer, line + MESSAGE_BYTES))
            }
        };
        let Some((peer, bytes)) = share else { return forward.command(command, None) };
        match self.hub.budget_of(peer).and_then(|budget| budget.lend(bytes)) {
            Some(share) => forward.command(command, Some(share)),
            None => self.hub.overwhelmed(&peer.clone()),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    fn shared() -> Arc<Shared> {
        let config = HubConfig {
            mode: Mode::Direct,
            can_forward: false,
            ice_servers: Vec::new(),
            sockets_per_address: 1024,
        };
        Arc::new(Shared::new(config, Log::silent(), Entropy::system()))
    }

    #[test]
    fn everyone_gets_names_of_their_own_for_relays() {
        let urls = vec!["turn:192.0.2.1:3478".to_owned()];
        let relay = RelayAccess { urls: urls.clone(), secret: "north".to_owned() };
        let config = HubConfig {
            mode: Mode::Direct,
            can_forward: false,
            ice_servers: Vec::new(),
            sockets_per_address: 1024,
        };
        let shared = Shared::new(config, Log::silent(), Entropy::system()).with_relays(vec![relay]);
        let mut names = Vec::new();
        for _ in 0..2 {
            let (_, mut receiver) = enter(&shared);
            let Ok(Outgoing::Text(text, _)) = receiver.try_recv() else { panic!("no welcome") };
            let Ok(ServerMessage::Welcome(welcome)) = serde_json::from_str(&text) else {
                panic!("{text}")
            };
            let [server] = &welcome.ice_servers[..] else { panic!("{text}") };
            assert_eq!(server.urls, urls);
            let name = server.username.clone().expect("a name");
            let (expires, whose) = name.split_once(':').expect("a time and an id");
            assert_eq!(whose, welcome.id.0);
            let left =
                expires.parse::<u64>().expect("seconds") - lapwing_drivers::unix_time().as_secs();
            assert!((43_000..=43_200).contains(&left), "{left}");
            let wanted = lapwing_engine::turn::server::timed_password("north", &name);
            assert_eq!(server.credential.as_ref(), Some(&wanted));
            names.push(name);
        }
        assert_ne!(names[0], names[1]);
    }

    fn enter(shared: &Shared) -> (ConnectionId, mpsc::Receiver<Outgoing>) {
        let from = IpAddr::from([127, 0, 0, 1]);
        let (id, receiver) = shared.open("tea", None, from).expect("the rooms are well");
        let join = r#"{"type":"join","version":1,"name":"Ada"}"#;
        shared.with(|hub, now| hub.text(id, join, now));
        (id, receiver)
    }

    #[test]
    fn a_client_that_does_not_read_is_let_go_before_it_costs_much() {
        let shared = shared();
        let (ada, _unread) = enter(&shared);
        let (bob, mut mail) = enter(&shared);
        let Some(Outgoing::Text(text, _)) = mail.blocking_recv() else { panic!("Bob is welcome") };
        let Ok(ServerMessage::Welcome(welcome)) = serde_json::from_str(&text) else {
            panic!("a welcome comes first, not {text}")
        };
        let peer = &welcome.participants[0].id;
        let sdp = "x".repeat(100_000);
        let offer = format!(
            r#"{{"type":"description","peer":"{peer}","description":{{"type":"offer","sdp":"{sdp}"}}}}"#
        );
        let mut passed = 0;
        while shared.lock().is_some_and(|state| state.outgoing.contains_key(&ada)) {
            shared.with(|hub, now| hub.text(bob, &offer, now));
            passed += 1;
            assert!(passed <= 11, "a megabyte is the share of one client");
        }
        assert_eq!(passed, 11);
    }

    #[test]
    fn a_panic_within_the_rooms_is_seen() {
        let shared = shared();
        let inside = Arc::clone(&shared);
        let task = std::thread::spawn(move || inside.with(|_, _| panic!("a fault in the rooms")));
        assert!(task.join().is_err());
        assert!(shared.is_broken());
        assert!(shared.open("tea", None, [127, 0, 0, 1].into()).is_none());
    }
}
