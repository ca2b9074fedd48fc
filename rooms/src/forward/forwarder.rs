//! The forwarder: connections of all participants, and what passes between them.

use std::collections::{BTreeMap, VecDeque};
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::time::Instant;

use lapwing_drivers::mio::MultiDriver;
use lapwing_engine::{Config, NegotiationRole, Rtc};

use super::codecs::CODECS;
use super::downlink;
use super::parcel::PARCELS_BYTES_MAX;
use super::peer::Peer;
use super::transfers::Transfers;
use crate::hub::{Command, Notice};
use crate::limits::Budget;
use crate::protocol::signalling::ParticipantId;

/// Data channels of a participant at a time: twice what it may open at once before it is put out.
/// Thousands that come in one turn end the connection below us, before they are work for anybody
/// else.
const CHANNELS_MAX: usize = 32;

/// The connections that a forwarder works with: a driver's, or a test's in virtual time. What
/// commands bring about is carried out later, and events come back through [`Forwarder::event`].
pub trait Connections {
    /// Settings for a connection behind the sockets that all share.
    ///
    /// # Errors
    /// The operating system's.
    fn config(&mut self) -> io::Result<Config>;
    /// Takes a connection in place of any that the participant had.
    fn insert(&mut self, id: ParticipantId, rtc: Rtc);
    /// Sends what is left to send, and forgets the connection and its events.
    fn remove(&mut self, id: &ParticipantId);
    /// A connection, with what was asked of it before carried out.
    fn rtc_mut(&mut self, id: &ParticipantId) -> Option<&mut Rtc>;
    /// Where the sockets are.
    fn addresses(&self) -> Vec<SocketAddr>;
}

impl Connections for MultiDriver<ParticipantId> {
    fn config(&mut self) -> io::Result<Config> {
        MultiDriver::config(self)
    }

    fn insert(&mut self, id: ParticipantId, rtc: Rtc) {
        MultiDriver::insert(self, id, rtc);
    }

    fn remove(&mut self, id: &ParticipantId) {
        MultiDriver::remove(self, id);
    }

    fn rtc_mut(&mut self, id: &ParticipantId) -> Option<&mut Rtc> {
        MultiDriver::rtc_mut(self, id)
    }

    fn addresses(&self) -> Vec<SocketAddr> {
        MultiDriver::addresses(self)
    }
}

/// Forwards frames, chat and files among the participants of each room. It reads no clock and opens
/// no socket: give it commands and events, then [`Forwarder::poll`] until it is empty.
#[derive(Debug)]
pub struct Forwarder<C> {
    pub(super) connections: C,
    pub(super) advertised: Vec<IpAddr>,
    pub(super) members: BTreeMap<ParticipantId, Member>,
    pub(super) transfers: BTreeMap<String, Transfers>,
    pub(super) notices: VecDeque<Notice>,
    pub(super) frames_dropped: u64,
    /// When the first participant came: times of layers are counted from there.
    pub(super) base: Option<Instant>,
    /// The memory for files on their way.
    pub(super) parcels: Budget,
}

/// A participant with its seat's room; the connection comes with its first offer.
#[derive(Debug)]
pub(super) struct Member {
    pub(super) room: String,
    pub(super) peer: Option<Peer>,
}

impl<C: Connections> Forwarder<C> {
    /// Nobody is there yet. `advertised` are addresses by which the sockets are reached from
    /// outside, where a translator maps them one to one.
    pub fn new(connections: C, advertised: Vec<IpAddr>) -> Self {
        Forwarder {
            connections,
            advertised,
            members: BTreeMap::new(),
            transfers: BTreeMap::new(),
            notices: VecDeque::new(),
            frames_dropped: 0,
            base: None,
            parcels: Budget::new(PARCELS_BYTES_MAX),
        }
    }

    /// The connections, to be driven.
    pub fn connections_mut(&mut self) -> &mut C {
        &mut self.connections
    }

    /// Something from the rooms.
    pub fn command(&mut self, command: Command, now: Instant) {
        match command {
            Command::Join { room, id } => {
                self.base.get_or_insert(now);
                // One who begins anew has nothing left of before.
                self.drop_peer(&id, now);
                self.transfers.entry(room.clone()).or_default();
                self.members.insert(id, Member { room, peer: None });
            }
            Command::Leave { id } => {
                self.drop_peer(&id, now);
                self.forget(&id);
            }
            Command::Description(description) => self.description(description, now),
            Command::Candidate(candidate) => self.candidate(candidate),
        }
    }

    /// What the rooms are to be told next.
    pub fn poll(&mut self) -> Option<Notice> {
        self.notices.pop_front()
    }

    /// Says goodbye to everyone.
    pub fn close(&mut self, now: Instant) {
        for id in self.members.keys().cloned().collect::<Vec<_>>() {
            if let Some(rtc) = self.connections.rtc_mut(&id) {
                rtc.close(now);
                self.connections.remove(&id);
            }
        }
        self.members.clear();
    }

    /// Frames that could not be handed on, because a receiver takes no such codec or its m-line is
    /// not negotiated yet.
    pub fn frames_dropped(&self) -> u64 {
        self.frames_dropped
    }

    pub(super) fn peer(&mut self, id: &ParticipantId) -> Option<&mut Peer> {
        self.members.get_mut(id)?.peer.as_mut()
    }

    pub(super) fn room_of(&self, id: &ParticipantId) -> Option<&str> {
        self.members.get(id).map(|member| member.room.as_str())
    }

    /// Everyone else in the room of `id`.
    pub(super) fn others(&self, id: &ParticipantId) -> Vec<ParticipantId> {
        let room = self.room_of(id);
        (self.members.iter())
            .filter(|(other, member)| *other != id && Some(member.room.as_str()) == room)
            .map(|(other, _)| other.clone())
            .collect()
    }

    /// A connection for the participant.
    pub(super) fn connect(&mut self, id: &ParticipantId, now: Instant) -> io::Result<()> {
        let mut config = self.connections.config()?;
        downlink::settle(&mut config);
        config.resolve_names = false;
        config.channels_max = CHANNELS_MAX;
        let config = config.with_codecs(CODECS).with_role(NegotiationRole::Impolite);
        self.connections.insert(id.clone(), Rtc::new(config, now));
        if let Some(member) = self.members.get_mut(id) {
            member.peer = Some(Peer::new(&self.parcels, now));
        }
        Ok(())
    }

    /// The participant's connection is over.
    pub(super) fn drop_peer(&mut self, id: &ParticipantId, now: Instant) {
        let Some(member) = self.members.get_mut(id) else { return };
        if member.peer.take().is_none() {
            return;
        }
        if let Some(rtc) = self.connections.rtc_mut(id) {
            rtc.close(now);
        }
        self.connections.remove(id);
        self.files_gone(id, now);
        self.sync_room(id);
    }

    /// Ends the connection of one who does more than it may, and has it put out of the room.
    pub(super) fn put_out(&mut self, id: &ParticipantId, why: &str, now: Instant) {
        tracing::info!(%id, why, "a participant is put out");
        self.drop_peer(id, now);
        self.notices.push_back(Notice::Failed { id: id.clone() });
    }

    fn forget(&mut self, id: &ParticipantId) {
        let Some(member) = self.members.remove(id) else { return };
        if !self.members.values().any(|other| other.room == member.room) {
            self.transfers.remove(&member.room);
        }
    }
}
