//! Clients are connection ids, the log is what they would receive.

use std::net::{IpAddr, Ipv4Addr};
use std::time::{Duration, Instant};

use crate::hub::*;
use crate::protocol::signalling::{ErrorCode, Mode, ParticipantId, ServerMessage, Welcome};

pub(super) struct Bench {
    pub(super) hub: Hub,
    pub(super) now: Instant,
    pub(super) sent: Vec<(ConnectionId, ServerMessage)>,
    pub(super) closed: Vec<(ConnectionId, u16)>,
    pub(super) commands: Vec<Command>,
    addresses: u32,
}

impl Bench {
    pub(super) fn new(mode: Mode) -> Self {
        let mut count = 0u8;
        let entropy = Entropy::new(move |bytes| {
            count = count.wrapping_add(1);
            let high = count >> 5;
            bytes.fill(count);
            bytes[0] = high;
        });
        let config = HubConfig {
            mode,
            can_forward: true,
            ice_servers: Vec::new(),
            sockets_per_address: SOCKETS_PER_ADDRESS,
        };
        Bench {
            hub: Hub::new(config, entropy),
            now: Instant::now(),
            sent: Vec::new(),
            closed: Vec::new(),
            commands: Vec::new(),
            addresses: 0x0a00_0000,
        }
    }

    pub(super) fn drain(&mut self) {
        while let Some(effect) = self.hub.poll() {
            match effect {
                Effect::Send(id, message) => self.sent.push((id, message)),
                Effect::Close(id, code) => self.closed.push((id, code)),
                Effect::Forward(command) => self.commands.push(command),
                Effect::Note(note) => assert!(!note.to_string().is_empty()),
            }
        }
    }

    /// From an address that nobody else has.
    pub(super) fn open(&mut self, room: &str, mode: Option<Mode>) -> ConnectionId {
        self.addresses += 1;
        self.open_from(Ipv4Addr::from_bits(self.addresses).into(), room, mode)
    }

    pub(super) fn open_from(
        &mut self,
        from: IpAddr,
        room: &str,
        mode: Option<Mode>,
    ) -> ConnectionId {
        let (id, _) = self.hub.open(room, mode, from, self.now);
        self.drain();
        id
    }

    pub(super) fn text(&mut self, id: ConnectionId, text: &str) {
        self.hub.text(id, text, self.now);
        self.drain();
    }

    pub(super) fn pass(&mut self, seconds: u32) {
        for _ in 0..seconds {
            self.now += Duration::from_secs(1);
            self.hub.tick(self.now);
        }
        self.drain();
    }

    pub(super) fn lose(&mut self, id: ConnectionId) {
        self.hub.closed(id, self.now);
        self.drain();
    }

    /// What came for `id` since the last call.
    pub(super) fn take(&mut self, id: ConnectionId) -> Vec<ServerMessage> {
        let (mine, rest) = self.sent.drain(..).partition(|(to, _)| *to == id);
        self.sent = rest;
        mine.into_iter().map(|(_, message): (_, ServerMessage)| message).collect()
    }

    /// The same without what is said of who is lost for now.
    pub(super) fn take_but_presence(&mut self, id: ConnectionId) -> Vec<ServerMessage> {
        let mut messages = self.take(id);
        messages.retain(|m| !matches!(m, ServerMessage::ParticipantPresence { .. }));
        messages
    }

    pub(super) fn error(&mut self, id: ConnectionId) -> ErrorCode {
        let messages = self.take(id);
        let [ServerMessage::Error(error)] = messages.as_slice() else {
            panic!("one error is expected, got {messages:?}")
        };
        error.code
    }

    pub(super) fn is_closed(&self, id: ConnectionId) -> bool {
        self.closed.iter().any(|(closed, _)| *closed == id)
    }

    pub(super) fn join_with(
        &mut self,
        room: &str,
        mode: Option<Mode>,
        resume: Option<&str>,
    ) -> Joined {
        let resume = resume.map(|token| format!(r#","resume":"{token}""#)).unwrap_or_default();
        let connection = self.open(room, mode);
        self.enter(connection, &resume)
    }

    /// Opens a socket and joins, with more in the join; what comes of it is not looked at.
    pub(super) fn try_join(&mut self, room: &str, more: &str) -> ConnectionId {
        let connection = self.open(room, None);
        self.text(connection, &format!(r#"{{"type":"join","version":1,"name":"Ada"{more}}}"#));
        connection
    }

    /// Joins with more in the join, and is welcome.
    pub(super) fn enter(&mut self, connection: ConnectionId, more: &str) -> Joined {
        self.text(connection, &format!(r#"{{"type":"join","version":1,"name":"Ada"{more}}}"#));
        self.welcomed(connection)
    }

    /// The welcome that has come for a connection.
    pub(super) fn welcomed(&mut self, connection: ConnectionId) -> Joined {
        let mut messages = self.take(connection).into_iter();
        let Some(ServerMessage::Welcome(welcome)) = messages.next() else {
            panic!("a welcome comes first")
        };
        Joined { connection, welcome, after: messages.collect() }
    }

    pub(super) fn join(&mut self, room: &str) -> Joined {
        self.join_with(room, None, None)
    }
}

pub(super) struct Joined {
    pub(super) connection: ConnectionId,
    pub(super) welcome: Welcome,
    /// What came right behind the welcome.
    pub(super) after: Vec<ServerMessage>,
}

pub(super) fn description(peer: &ParticipantId, sdp: &str) -> String {
    format!(
        r#"{{"type":"description","peer":"{peer}","description":{{"type":"offer","sdp":"{sdp}"}}}}"#
    )
}

pub(super) fn candidate(peer: &str, line: &str) -> String {
    format!(r#"{{"type":"candidate","peer":"{peer}","candidate":{{"candidate":"{line}"}}}}"#)
}
