//! What a negotiation remembers.

use super::description::{MediaSummary, SessionDescription};
use super::error::NegotiationError;
use super::signaling::{SignalingOp, transition};
use super::transceiver::{Phase, TransceiverEntry, TransceiverInit};
use crate::codec::MediaKind;
use crate::config::NegotiationRole;
use crate::event::{Direction, Track};
use crate::ids::{ChannelId, Mid, Rid, TransceiverId};
use crate::state::SignalingState;

/// The negotiation of one connection. Effects on the session are the handle's.
#[derive(Debug)]
pub(crate) struct Jsep {
    pub(super) state: SignalingState,
    pub(super) role: NegotiationRole,
    pub(super) transceivers: Vec<TransceiverEntry>,
    /// The description that may be set as local next.
    pub(super) created: Option<SessionDescription>,
    pub(super) local: Option<SessionDescription>,
    /// Ours of the last exchange that was completed.
    settled: Option<SessionDescription>,
    pub(super) remote: Option<SessionDescription>,
    pub(super) remote_media: Vec<MediaSummary>,
    /// Channels whose m-line our pending offer adds.
    pub(super) offered_channels: Vec<ChannelId>,
    pub(super) restart_ice: bool,
    /// Our pending offer restarts ICE.
    pub(super) restart_offered: bool,
    /// The m-line of data channels is settled.
    pub(super) data_negotiated: bool,
    /// One exchange was completed.
    pub(super) negotiated: bool,
    /// The application was told that an offer is needed.
    announced: bool,
    next_id: u32,
}

impl Jsep {
    pub(crate) fn new(role: NegotiationRole) -> Self {
        Jsep {
            state: SignalingState::Stable,
            role,
            transceivers: Vec::new(),
            created: None,
            local: None,
            settled: None,
            remote: None,
            remote_media: Vec::new(),
            offered_channels: Vec::new(),
            restart_ice: false,
            restart_offered: false,
            data_negotiated: false,
            negotiated: false,
            announced: false,
            next_id: 0,
        }
    }

    pub(crate) fn state(&self) -> SignalingState {
        self.state
    }

    pub(crate) fn data_negotiated(&self) -> bool {
        self.data_negotiated
    }

    pub(super) fn add(
        &mut self,
        kind: MediaKind,
        init: TransceiverInit,
        phase: Phase,
    ) -> TransceiverId {
        let id = TransceiverId(self.next_id);
        self.next_id += 1;
        let entry = TransceiverEntry {
            id,
            kind,
            init,
            phase,
            dirty: false,
            offered: false,
            stopping: false,
        };
        self.transceivers.push(entry);
        id
    }

    pub(super) fn entry(&mut self, id: TransceiverId) -> Option<&mut TransceiverEntry> {
        self.transceivers.iter_mut().find(|entry| entry.id == id)
    }

    /// Whether the m-line belongs to a transceiver already.
    pub(crate) fn knows(&self, mid: Mid) -> bool {
        self.transceivers.iter().any(|entry| entry.mid() == Some(mid))
    }

    /// The peer's last description had the m-line with no codec that is known here.
    pub(crate) fn is_mismatched(&self, mid: Mid) -> bool {
        self.remote_media.iter().any(|media| media.no_common_codec && media.mid == mid.as_str())
    }

    /// Whether an m-line of audio or video is in use.
    pub(crate) fn has_media(&self) -> bool {
        self.transceivers.iter().any(|entry| matches!(entry.phase, Phase::Negotiated(_)))
    }

    pub(crate) fn kind_of(&self, mid: Mid) -> Option<MediaKind> {
        let negotiated = |entry: &&TransceiverEntry| entry.phase == Phase::Negotiated(mid);
        self.transceivers.iter().find(negotiated).map(|entry| entry.kind)
    }

    /// Moves the state, or says that the step is misuse.
    pub(super) fn apply(&mut self, op: SignalingOp) -> Result<SignalingState, NegotiationError> {
        let next = transition(self.state, op).ok_or(NegotiationError::WrongState(self.state))?;
        self.state = next;
        Ok(next)
    }

    /// Ends it. True when it was not ended before.
    pub(crate) fn close(&mut self) -> bool {
        self.apply(SignalingOp::Close).is_ok()
    }

    /// True once for each time that an offer becomes necessary (the W3C's negotiation-needed
    /// flag): `channels_wait` says that data channels wait for an m-line.
    pub(crate) fn take_negotiation_needed(&mut self, channels_wait: bool) -> bool {
        let needed = self.restart_ice
            || self.transceivers.iter().any(TransceiverEntry::needs_offer)
            || (channels_wait && !self.data_negotiated);
        if !needed {
            self.announced = false;
        }
        let tell = needed && !self.announced && self.state == SignalingState::Stable;
        self.announced |= tell;
        tell
    }

    /// What is pending was never said.
    pub(super) fn roll_back(&mut self) {
        for entry in &mut self.transceivers {
            match entry.phase {
                Phase::Offered(_) => entry.phase = Phase::Wanted,
                _ => entry.dirty |= std::mem::take(&mut entry.offered),
            }
        }
        self.restart_ice |= std::mem::take(&mut self.restart_offered);
        self.local.clone_from(&self.settled);
        self.created = None;
        self.announced = false;
    }

    /// The exchange is complete.
    pub(super) fn settle(&mut self) {
        for entry in &mut self.transceivers {
            match entry.phase {
                Phase::Offered(mid) => entry.phase = Phase::Negotiated(mid),
                Phase::Negotiated(mid) if entry.stopping && entry.offered => {
                    entry.phase = Phase::Stopped(mid);
                }
                _ => {}
            }
            entry.offered = false;
        }
        self.restart_offered = false;
        self.settled.clone_from(&self.local);
        self.negotiated = true;
        self.announced = false;
        self.created = None;
    }

    /// An m-line that the peer added, as the application shall see it.
    pub(crate) fn remote_track(
        &mut self,
        mid: Mid,
        kind: MediaKind,
        direction: Direction,
        layers: Vec<Rid>,
    ) -> Track {
        if !self.knows(mid) {
            self.add(kind, TransceiverInit::new(direction), Phase::Negotiated(mid));
        }
        let media = self.remote_media.iter().find(|media| media.mid == mid.as_str());
        Track {
            mid,
            kind,
            direction,
            stream_id: media.and_then(|media| media.stream_id.clone()),
            track_id: media.and_then(|media| media.track_id.clone()),
            layers,
        }
    }

    pub(crate) fn direction_changed(&mut self, mid: Mid, direction: Direction) {
        for entry in &mut self.transceivers {
            if entry.mid() == Some(mid) && !entry.dirty {
                entry.init.direction = direction;
            }
        }
    }
}
