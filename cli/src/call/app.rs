//! A call at the terminal: tells what happens, and obeys what is typed.

use std::time::Instant;

use lapwing_rooms::call::{Call, CallEvent, CallOutcome};
use lapwing_rooms::client::{App, Joined, Peer, PeerEvent, Step};
use lapwing_rooms::protocol::data::{CHAT_BYTES_MAX, ChatMessage};
use lapwing_rooms::protocol::signalling::Participant;
use lapwing_rooms::text::line;
use lapwing_rooms::transfer::TransferNote;

use super::levels::LevelLine;
use super::note::CallNote;
use super::prompt::{self, Typed};
use super::stdin::Lines;
use crate::join::{Console, Interrupt, warning};

/// A call at the terminal.
pub(super) struct CallApp<'a> {
    pub(super) call: Call,
    /// The room's name.
    pub(super) room: &'a str,
    pub(super) console: &'a mut Console,
    pub(super) interrupt: &'a Interrupt,
    pub(super) lines: Lines,
    /// Whether a line shows how loud everybody is.
    pub(super) levels: bool,
}

impl App for CallApp<'_> {
    type Outcome = CallOutcome;

    fn on_event(&mut self, event: PeerEvent, peer: &mut Peer, now: Instant) {
        self.tell_event(&event, peer);
        self.call.on_event(event, peer, now);
        self.tell_call(now);
    }

    fn step(&mut self, peer: &mut Peer, now: Instant) -> Step<CallOutcome> {
        while let Some(line) = self.lines.poll() {
            self.console.typed(&line);
            self.on_typed(&line, peer);
        }
        if self.interrupt.is_raised() {
            self.call.stop();
        }
        let step = self.call.step(peer, now);
        self.tell_call(now);
        if self.levels {
            self.show_levels(now);
        }
        step
    }
}

impl CallApp<'_> {
    /// What the room and the connection say.
    fn tell_event(&mut self, event: &PeerEvent, peer: &Peer) {
        if let PeerEvent::Chat(from, ChatMessage::Message { text, .. }) = event {
            let note = CallNote::Chat { from: peer.name_of(from), text: line(text) };
            return match self.console.is_json() {
                true => self.console.tell(&note),
                false => self.console.print(&note.to_string()),
            };
        }
        if let Some(note) = self.note(event, peer) {
            self.console.tell(&note);
        }
    }

    fn note(&self, event: &PeerEvent, peer: &Peer) -> Option<CallNote> {
        let of = |who: &Participant| (who.id.to_string(), who.name.clone());
        Some(match event {
            PeerEvent::Joined(joined) => self.joined(joined),
            PeerEvent::ParticipantJoined(who) => {
                let (id, name) = of(who);
                CallNote::ParticipantJoined { id, name }
            }
            PeerEvent::ParticipantLeft(who, _) => {
                let (id, name) = of(who);
                CallNote::ParticipantLeft { id, name }
            }
            PeerEvent::Presence(who, present) => {
                let (id, name) = of(who);
                CallNote::ParticipantPresence { id, name, present: *present }
            }
            PeerEvent::Waiting => CallNote::Waiting,
            PeerEvent::Knock(who) => {
                let (id, name) = of(who);
                CallNote::Knock { id, name }
            }
            PeerEvent::KnockEnded(who) => {
                let (id, name) = of(who);
                CallNote::KnockEnded { id, name }
            }
            PeerEvent::Room { host, locked } => CallNote::Room { host: *host, locked: *locked },
            PeerEvent::SignallingLost { error, retry } => CallNote::SignallingLost {
                why: error.to_string(),
                retry_seconds: retry.as_secs_f64(),
            },
            PeerEvent::Disconnected => CallNote::Disconnected,
            PeerEvent::LinkClosed => CallNote::Closed,
            PeerEvent::TrackAdded(track) => CallNote::TrackAdded {
                participant: peer.name_of(&track.participant),
                source: track.source.to_string(),
            },
            // Of who left it goes without saying.
            PeerEvent::TrackEnded(track)
                if peer.participants().all(|there| there.id != track.participant) =>
            {
                return None;
            }
            PeerEvent::TrackEnded(track) => CallNote::TrackEnded {
                participant: peer.name_of(&track.participant),
                source: track.source.to_string(),
            },
            other => CallNote::Warning { what: warning(other)? },
        })
    }

    fn joined(&self, joined: &Joined) -> CallNote {
        CallNote::Joined {
            room: self.room.to_owned(),
            mode: joined.mode.to_string(),
            id: joined.id.to_string(),
            participants: joined.participants.iter().map(|who| who.name.clone()).collect(),
            resumed: joined.resumed,
        }
    }

    /// What the call says.
    fn tell_call(&mut self, now: Instant) {
        while let Some(event) = self.call.poll_event() {
            match event {
                // Whoever reads words has the report at the end.
                CallEvent::Second(_) if !self.console.is_json() => {}
                CallEvent::FileProgress(note) => {
                    let transfer = TransferNote::Progress(note);
                    self.console.progress(&CallNote::File { transfer }, now);
                }
                event => self.console.tell(&CallNote::from(event)),
            }
        }
    }

    fn show_levels(&mut self, now: Instant) {
        let call = &mut self.call;
        let line = || call.levels().map(|levels| LevelLine(&levels).to_string());
        self.console.status(line, now);
    }

    fn on_typed(&mut self, line: &str, peer: &mut Peer) {
        let what = match prompt::read(line) {
            Typed::Nothing => return,
            Typed::Say(text) if text.len() > CHAT_BYTES_MAX => {
                format!("that is too long: {CHAT_BYTES_MAX} bytes at most")
            }
            Typed::Say(text) if self.call.say(text, peer) => return,
            Typed::Say(_) => "nobody heard that: there is no chat channel".to_owned(),
            Typed::Lock(locked) => return peer.lock(locked),
            Typed::Admit(name, admit) if peer.admit(name, admit) => return,
            Typed::Admit(name, _) => format!("nobody waits who is called {name}, or several do"),
            Typed::Unknown(text) => format!("{text} is no command; there are {}", prompt::COMMANDS),
        };
        self.console.tell(&CallNote::Warning { what });
    }
}
