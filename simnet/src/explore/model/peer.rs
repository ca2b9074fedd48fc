//! The model's memory, and what its user asks for.

use lapwing_engine::{Direction, MediaKind, Mid, SignalingState, TransceiverId};

use super::said::{Kind, Said, direction};

/// What became of a description of the peer's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::explore) enum Heard {
    Applied,
    /// Our own offer gave way.
    RolledBack,
    /// Our own offer stands.
    Ignored,
    /// It does not fit the state.
    Refused,
}

/// How a transceiver came about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Origin {
    /// By `addTransceiver`.
    Added,
    /// By `addTrack`: an m-line of the peer's may take it.
    Track,
    /// By an offer of the peer's.
    Peer,
    /// Likewise, and the user has said since how it is to be used.
    Claimed,
}

/// What descriptions have made of a transceiver.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Negotiated {
    pub(super) mid: Option<Mid>,
    pub(super) current: Option<Direction>,
    pub(super) stopped: bool,
    /// It was agreed at some time that it sends.
    pub(super) sent: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Transceiver {
    pub(super) key: u32,
    /// What the engine calls it. Of one that the peer's offer made it is learnt.
    pub(super) id: Option<TransceiverId>,
    pub(super) kind: MediaKind,
    pub(super) origin: Origin,
    pub(super) direction: Direction,
    /// Sorted. `None`: the engine draws a name.
    pub(super) streams: Option<Vec<String>>,
    /// The user ended it.
    pub(super) stopping: bool,
    pub(super) negotiated: Negotiated,
}

impl Transceiver {
    pub(super) fn is_live(&self) -> bool {
        !self.stopping && !self.negotiated.stopped
    }

    /// No m-line has it yet.
    pub(super) fn waits(&self) -> bool {
        self.is_live() && self.negotiated.mid.is_none()
    }

    pub(super) fn is_at(&self, mid: Mid) -> bool {
        self.negotiated.mid == Some(mid) && !self.negotiated.stopped
    }
}

/// An m-line, as the description that was set last left it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) mid: Mid,
    pub(super) kind: Kind,
    /// Another m-line may take its place.
    pub(super) free: bool,
}

/// An offer and its answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Exchange {
    /// The offer is ours.
    pub(super) ours: bool,
    pub(super) local: Said,
    pub(super) remote: Said,
}

/// An offer without its last answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Pending {
    pub(super) ours: bool,
    pub(super) offer: Said,
    pub(super) provisional: Option<Said>,
    pub(super) before: Before,
}

/// What a rollback restores.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Before {
    pub(super) places: Vec<Place>,
    pub(super) transceivers: Vec<(u32, Negotiated, Direction)>,
}

/// One end of a connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::explore) struct Model {
    pub(super) polite: bool,
    pub(super) state: SignalingState,
    pub(super) transceivers: Vec<Transceiver>,
    pub(super) places: Vec<Place>,
    pub(super) current: Option<Exchange>,
    pub(super) pending: Option<Pending>,
    /// Data channels wait for their m-line.
    pub(super) data_wanted: bool,
    /// Names of ICE credentials that the next offer must not have (W3C
    /// `[[LocalIceCredentialsToReplace]]`).
    pub(super) replace: Vec<String>,
    next_key: u32,
}

impl Model {
    pub(in crate::explore) fn new(polite: bool) -> Self {
        Model {
            polite,
            state: SignalingState::Stable,
            transceivers: Vec::new(),
            places: Vec::new(),
            current: None,
            pending: None,
            data_wanted: false,
            replace: Vec::new(),
            next_key: 0,
        }
    }

    pub(in crate::explore) fn state(&self) -> SignalingState {
        self.state
    }

    /// Transceivers that are not stopped, as far as their names are known.
    pub(in crate::explore) fn live(&self) -> Vec<TransceiverId> {
        self.transceivers.iter().filter(|one| one.is_live()).filter_map(|one| one.id).collect()
    }

    /// M-lines on which it was agreed that something is sent from here.
    pub(in crate::explore) fn sending(&self) -> Vec<(Mid, MediaKind)> {
        self.flowing(Direction::sends)
    }

    /// M-lines on which it was agreed that something comes in.
    pub(in crate::explore) fn receiving(&self) -> Vec<(Mid, MediaKind)> {
        self.flowing(Direction::receives)
    }

    fn flowing(&self, way: fn(Direction) -> bool) -> Vec<(Mid, MediaKind)> {
        let flows = self.transceivers.iter().filter(|one| one.negotiated.current.is_some_and(way));
        flows.filter_map(|one| Some((one.negotiated.mid?, one.kind))).collect()
    }

    pub(super) fn push(
        &mut self,
        id: Option<TransceiverId>,
        kind: MediaKind,
        origin: Origin,
        direction: Direction,
        streams: Option<Vec<String>>,
    ) {
        let key = self.next_key;
        self.next_key += 1;
        self.transceivers.push(Transceiver {
            key,
            id,
            kind,
            origin,
            direction,
            streams,
            stopping: false,
            negotiated: Negotiated::default(),
        });
    }

    /// `addTransceiver`.
    pub(in crate::explore) fn add(
        &mut self,
        id: TransceiverId,
        kind: MediaKind,
        direction: Direction,
        stream: &str,
    ) {
        let streams = Some(vec![stream.to_owned()]);
        self.push(Some(id), kind, Origin::Added, direction, streams);
    }

    /// `addTrack`: the first of that kind that never sent and is not to, else another one. `Err`
    /// when the engine took one that it should not have taken.
    pub(in crate::explore) fn add_track(
        &mut self,
        id: TransceiverId,
        kind: MediaKind,
        stream: &str,
    ) -> Result<(), String> {
        let streams = Some(vec![stream.to_owned()]);
        let idle = |one: &&mut Transceiver| {
            one.kind == kind && one.is_live() && !one.direction.sends() && !one.negotiated.sent
        };
        let Some(one) = self.transceivers.iter_mut().find(idle) else {
            if self.transceivers.iter().any(|one| one.id == Some(id)) {
                return Err(format!("addTrack takes {id:?}, which sends or has sent"));
            }
            self.push(Some(id), kind, Origin::Track, Direction::SendRecv, streams);
            return Ok(());
        };
        if one.id != Some(id) {
            return Err(format!("addTrack takes {id:?} instead of {:?}", one.id));
        }
        one.direction = direction(true, one.direction.receives());
        one.streams = streams;
        claim(one);
        Ok(())
    }

    /// The transceiver's direction is set. False when it is stopped.
    pub(in crate::explore) fn turn(&mut self, id: TransceiverId, direction: Direction) -> bool {
        self.with(id, |one| {
            one.direction = direction;
            claim(one);
        })
    }

    /// `setStreams`.
    pub(in crate::explore) fn set_streams(&mut self, id: TransceiverId, names: &[String]) -> bool {
        let mut streams = names.to_vec();
        streams.sort_unstable();
        streams.dedup();
        self.with(id, |one| {
            one.streams = Some(streams);
            claim(one);
        })
    }

    /// `stop`.
    pub(in crate::explore) fn stop(&mut self, id: TransceiverId) -> bool {
        let done = self.with(id, |one| one.stopping = true);
        // What no description has needs no end.
        self.transceivers.retain(|one| !one.stopping || one.negotiated.mid.is_some());
        done
    }

    fn with(&mut self, id: TransceiverId, change: impl FnOnce(&mut Transceiver)) -> bool {
        let found = self.transceivers.iter_mut().find(|one| one.id == Some(id) && one.is_live());
        found.map(change).is_some()
    }

    /// Data channels wait for an m-line, or no longer.
    pub(in crate::explore) fn want_data(&mut self, wanted: bool) {
        self.data_wanted = wanted;
    }

    /// An m-line carries data channels.
    pub(super) fn has_data(&self) -> bool {
        self.places.iter().any(|place| place.kind == Kind::Data && !place.free)
    }

    /// `restartIce`.
    pub(in crate::explore) fn restart(&mut self) {
        let settled = self.current.as_ref().and_then(|exchange| exchange.local.ufrag.clone());
        let pending = self.pending.as_ref().and_then(|pending| match pending.ours {
            true => pending.offer.ufrag.clone(),
            false => pending.provisional.as_ref().and_then(|said| said.ufrag.clone()),
        });
        self.replace = settled.into_iter().chain(pending).collect();
    }

    /// The connection is closed.
    pub(in crate::explore) fn close(&mut self) {
        self.state = SignalingState::Closed;
    }
}

fn claim(one: &mut Transceiver) {
    if one.origin == Origin::Peer {
        one.origin = Origin::Claimed;
    }
}
