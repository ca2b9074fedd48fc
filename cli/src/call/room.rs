//! The room around a call: who comes and goes, what is said, who is let in.

use std::time::Instant;

use lapwing_rooms::client::{Joined, Peer, PeerEvent};
use lapwing_rooms::protocol::data::{CHAT_BYTES_MAX, ChatMessage};
use lapwing_rooms::protocol::signalling::{Participant, ParticipantId, Source};
use lapwing_rooms::text::line;

use super::app::Call;
use super::note::CallNote;
use super::prompt::{self, Typed};
use crate::join::warning;

impl Call<'_> {
    pub(super) fn on_room(&mut self, event: PeerEvent, peer: &mut Peer, now: Instant) {
        match event {
            PeerEvent::Joined(joined) => self.on_joined(joined, now),
            PeerEvent::ParticipantJoined(who) => {
                self.console
                    .tell(&CallNote::ParticipantJoined { id: who.id.to_string(), name: who.name });
                self.send_state(peer);
            }
            PeerEvent::ParticipantLeft(who, _) => {
                if let Some(receiving) = &mut self.receiving {
                    receiving.on_gone(who.id.clone());
                }
                self.console
                    .tell(&CallNote::ParticipantLeft { id: who.id.to_string(), name: who.name });
            }
            PeerEvent::SignallingLost { error, retry } => {
                self.report.signalling_losses += 1;
                let (why, retry_seconds) = (error.to_string(), retry.as_secs_f64());
                self.console.tell(&CallNote::SignallingLost { why, retry_seconds });
            }
            PeerEvent::Presence(Participant { id, name }, present) => {
                if let Some(receiving) = &mut self.receiving {
                    receiving.on_presence(id.clone(), present);
                }
                let id = id.to_string();
                self.console.tell(&CallNote::ParticipantPresence { id, name, present });
            }
            PeerEvent::Waiting => self.console.tell(&CallNote::Waiting),
            PeerEvent::Knock(Participant { id, name }) => {
                self.console.tell(&CallNote::Knock { id: id.to_string(), name });
            }
            PeerEvent::KnockEnded(Participant { id, name }) => {
                self.console.tell(&CallNote::KnockEnded { id: id.to_string(), name });
            }
            PeerEvent::Room { host, locked } => self.console.tell(&CallNote::Room { host, locked }),
            other => {
                if let Some(what) = warning(&other) {
                    self.console.tell(&CallNote::Warning { what });
                }
            }
        }
    }

    fn on_joined(&mut self, joined: Joined, now: Instant) {
        let Joined { id, mode, participants, resumed } = joined;
        let since = now.saturating_duration_since(self.started);
        self.report.join_ms.get_or_insert(since.as_secs_f64() * 1e3);
        self.report.mode = mode.to_string();
        self.report.id = id.to_string();
        self.console.tell(&CallNote::Joined {
            room: self.report.room.clone(),
            mode: mode.to_string(),
            id: id.to_string(),
            participants: participants.into_iter().map(|who| who.name).collect(),
            resumed,
        });
    }

    pub(super) fn on_chat(&mut self, from: &ParticipantId, message: ChatMessage, peer: &Peer) {
        if let ChatMessage::Message { text, .. } = message {
            self.report.data_channels.chat_received += 1;
            let note = CallNote::Chat { from: peer.name_of(from), text: line(&text) };
            match self.console.is_json() {
                true => self.console.tell(&note),
                false => self.console.print(&note.to_string()),
            }
        }
    }

    pub(super) fn on_typed(&mut self, line: &str, peer: &mut Peer) {
        let what = match prompt::read(line) {
            Typed::Nothing => return,
            Typed::Say(text) if text.len() > CHAT_BYTES_MAX => {
                format!("that is too long: {CHAT_BYTES_MAX} bytes at most")
            }
            Typed::Say(text) => {
                let text = text.to_owned();
                if peer.send_chat(&ChatMessage::Message { from: None, text }) {
                    self.report.data_channels.chat_sent += 1;
                    return;
                }
                "nobody heard that: there is no chat channel".to_owned()
            }
            Typed::Lock(locked) => return peer.lock(locked),
            Typed::Admit(name, admit) if peer.admit(name, admit) => return,
            Typed::Admit(name, _) => format!("nobody waits who is called {name}, or several do"),
            Typed::Unknown(text) => format!("{text} is no command; there are {}", prompt::COMMANDS),
        };
        self.console.tell(&CallNote::Warning { what });
    }

    pub(super) fn send_state(&mut self, peer: &mut Peer) {
        let sources = self.sending.sources();
        let state = ChatMessage::State {
            from: None,
            microphone: sources.contains(&Source::Microphone),
            camera: sources.contains(&Source::Camera),
            screen: false,
        };
        peer.send_chat(&state);
    }
}
