//! Perfect negotiation over the engine (W3C webrtc, section 10.7; `docs/signalling.md`).
//!
//! 1. The side that opens adds its tracks and offers when the engine says that it is needed.
//! 2. The other side waits for that offer and puts its tracks into the answer.
//! 3. Offers that collide are resolved by the engine according to the roles.
//!
//! The engine answers an m-line of the other side's in the direction in which it was offered. So
//! which of our tracks goes on which of them is settled before the answer, and where we have
//! nothing to send, or want nothing, the answer says so.

use std::collections::{BTreeMap, VecDeque};

use lapwing_engine::{
    CandidateInit, Direction, MediaKind, Mid, NegotiationError, RemoteOutcome, Rid, Rtc, SdpType,
    SessionDescription, SignalingState, TransceiverId, TransceiverInit,
};

use super::event::PeerError;
use crate::protocol::signalling::{self as wire, Source, TrackLabel};

/// Candidates that wait for the description they belong to. Browsers send about ten.
const PENDING_MAX: usize = 64;

/// What one of our tracks is, and where it is sent.
#[derive(Clone, Copy, Debug)]
struct LocalTrack {
    source: Source,
    place: Option<Place>,
}

/// Where a track of ours is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Place {
    transceiver: TransceiverId,
    /// The other side offered its m-line, for both directions.
    offered: bool,
}

/// A description to be sent.
#[derive(Debug)]
pub(super) struct Say {
    pub(super) description: wire::SessionDescription,
    pub(super) tracks: BTreeMap<String, TrackLabel>,
}

/// The negotiation of one connection.
#[derive(Debug)]
pub(super) struct Negotiator {
    /// Our tracks may be added: we open, or the other side has offered.
    begun: bool,
    /// The other side is a server that is only sent to.
    forwarded: bool,
    /// The other side's media are wanted.
    receives: bool,
    /// In which layers pictures are sent, best first.
    layers: Vec<Rid>,
    locals: Vec<LocalTrack>,
    pending: VecDeque<CandidateInit>,
    /// The last offer collided with ours and was passed over, and so are its candidates.
    ignoring: bool,
    offer_due: bool,
    answer_due: bool,
}

/// The kind of m-line that carries a source.
pub(crate) fn kind_of(source: Source) -> MediaKind {
    match source {
        Source::Microphone => MediaKind::Audio,
        Source::Camera | Source::Screen => MediaKind::Video,
    }
}

impl Negotiator {
    pub(super) fn new(sources: &[Source], forwarded: bool, receives: bool) -> Self {
        let local = |source: &Source| LocalTrack { source: *source, place: None };
        Negotiator {
            begun: false,
            forwarded,
            receives,
            layers: Vec::new(),
            locals: sources.iter().map(local).collect(),
            pending: VecDeque::new(),
            ignoring: false,
            offer_due: false,
            answer_due: false,
        }
    }

    /// Offers pictures in these layers, best first.
    pub(super) fn with_layers(mut self, layers: &[Rid]) -> Self {
        self.layers = layers.to_vec();
        self
    }

    /// Whether the other side's media are wanted.
    pub(super) fn receives(&self) -> bool {
        self.receives
    }

    /// This side makes the first offer.
    pub(super) fn open(&mut self, rtc: &mut Rtc) {
        self.begun = true;
        self.add_missing(rtc);
    }

    /// The engine has something to offer.
    pub(super) fn on_needed(&mut self) {
        self.offer_due = true;
    }

    /// Takes a description. False when it collided with ours and was passed over, or came out of
    /// order.
    pub(super) fn on_description(
        &mut self,
        rtc: &mut Rtc,
        description: &wire::SessionDescription,
    ) -> Result<bool, PeerError> {
        let kind = match description.kind {
            wire::SdpType::Offer => SdpType::Offer,
            wire::SdpType::Answer => SdpType::Answer,
            // The final answer follows and says all of it again.
            wire::SdpType::Pranswer => return Ok(false),
        };
        let taken = SessionDescription { kind, sdp: description.sdp.clone() };
        match rtc.negotiation().set_remote(&taken) {
            Ok(RemoteOutcome::Ignored) => {
                self.ignoring = true;
                return Ok(false);
            }
            Ok(RemoteOutcome::Applied | RemoteOutcome::RolledBack) => self.ignoring = false,
            // An answer to an offer that was taken back meanwhile.
            Err(NegotiationError::WrongState(state)) => {
                tracing::debug!(%state, ?kind, "description out of order passed over");
                return Ok(false);
            }
            Err(error) => return Err(PeerError::Negotiation(error.to_string())),
        }
        if kind == SdpType::Offer {
            self.answer_due = true;
            self.begun = true;
            self.use_offered_lines(rtc);
        }
        for candidate in std::mem::take(&mut self.pending) {
            add_candidate(rtc, &candidate);
        }
        Ok(true)
    }

    /// Takes a candidate, or keeps it for the description that is still to come.
    pub(super) fn on_candidate(&mut self, rtc: &mut Rtc, candidate: CandidateInit) {
        if self.ignoring {
            return;
        }
        if rtc.negotiation().remote_description().is_some() {
            add_candidate(rtc, &candidate);
        } else if self.pending.len() < PENDING_MAX {
            self.pending.push_back(candidate);
        }
    }

    /// Makes the description that is due, if one is.
    pub(super) fn step(&mut self, rtc: &mut Rtc) -> Result<Option<Say>, PeerError> {
        match rtc.negotiation().state() {
            SignalingState::HaveRemoteOffer if self.answer_due => {
                self.answer_due = false;
                self.answer(rtc).map(Some)
            }
            SignalingState::Stable if self.offer_due => {
                self.offer_due = false;
                self.offer(rtc)
            }
            SignalingState::Stable if self.begun => {
                self.add_missing(rtc);
                Ok(None)
            }
            _ => Ok(None),
        }
    }

    /// The socket was replaced: what may have been lost with the old one is said again.
    pub(super) fn say_again(&self, rtc: &mut Rtc) -> Option<Say> {
        let negotiation = rtc.negotiation();
        let waiting = negotiation.state() == SignalingState::HaveLocalOffer;
        let description = negotiation.local_description().filter(|_| waiting)?;
        Some(self.say(rtc, wire::SdpType::Offer, description.sdp))
    }

    /// The m-line of a source of ours, once there is one.
    pub(super) fn mid_of(&self, rtc: &mut Rtc, source: Source) -> Option<Mid> {
        let place = self.locals.iter().find(|local| local.source == source)?.place?;
        let transceivers = rtc.negotiation().transceivers();
        transceivers.into_iter().find(|it| it.id == place.transceiver)?.mid
    }

    /// The source of ours that an m-line carries.
    pub(super) fn source_at(&self, rtc: &mut Rtc, mid: Mid) -> Option<Source> {
        let sources = self.locals.iter().map(|local| local.source);
        sources.into_iter().find(|source| self.mid_of(rtc, *source) == Some(mid))
    }

    fn offer(&mut self, rtc: &mut Rtc) -> Result<Option<Say>, PeerError> {
        let offer = match rtc.negotiation().create_offer() {
            Ok(offer) => offer,
            // What was needed came about in an exchange of the other side's.
            Err(NegotiationError::NothingToOffer) => return Ok(None),
            Err(error) => return Err(PeerError::Negotiation(error.to_string())),
        };
        self.set_local(rtc, &offer)?;
        Ok(Some(self.say(rtc, wire::SdpType::Offer, offer.sdp)))
    }

    fn answer(&self, rtc: &mut Rtc) -> Result<Say, PeerError> {
        let answer = rtc.negotiation().create_answer();
        let answer = answer.map_err(|error| PeerError::Negotiation(error.to_string()))?;
        self.set_local(rtc, &answer)?;
        Ok(self.say(rtc, wire::SdpType::Answer, answer.sdp))
    }

    fn set_local(&self, rtc: &mut Rtc, made: &SessionDescription) -> Result<(), PeerError> {
        let set = rtc.negotiation().set_local(made);
        set.map_err(|error| PeerError::Negotiation(error.to_string()))
    }

    fn say(&self, rtc: &mut Rtc, kind: wire::SdpType, sdp: String) -> Say {
        let named = self.locals.iter().filter_map(|local| {
            let mid = self.mid_of(rtc, local.source)?;
            Some((mid.to_string(), TrackLabel { participant: None, source: local.source }))
        });
        let tracks = named.collect();
        Say { description: wire::SessionDescription { kind, sdp }, tracks }
    }

    /// Before an answer: our tracks go on m-lines that were offered for both directions, and
    /// those for which we have nothing only receive, or rest.
    fn use_offered_lines(&mut self, rtc: &mut Rtc) {
        for line in rtc.negotiation().transceivers() {
            let places = self.locals.iter().filter_map(|local| local.place);
            let ours = places.into_iter().find(|place| place.transceiver == line.id);
            // What we asked for has our direction already.
            if line.mid.is_none() || line.stopped || ours.is_some_and(|place| !place.offered) {
                continue;
            }
            let free = self.locals.iter_mut().find(|local| {
                let fits = local.place.is_none() && kind_of(local.source) == line.kind;
                fits && line.direction == Direction::SendRecv
            });
            let sends = ours.is_some() || free.is_some();
            if let (None, Some(local)) = (ours, free) {
                local.place = Some(Place { transceiver: line.id, offered: true });
            }
            let direction = match (sends, self.receives) {
                (true, true) => Direction::SendRecv,
                (true, false) => Direction::SendOnly,
                (false, true) => Direction::RecvOnly,
                (false, false) => Direction::Inactive,
            };
            if let Err(error) = rtc.negotiation().set_direction(line.id, direction) {
                tracing::debug!(%error, "the direction stays as offered");
            }
        }
    }

    /// Asks for an m-line for every track that has none.
    fn add_missing(&mut self, rtc: &mut Rtc) {
        let both = self.receives && !self.forwarded;
        let direction = if both { Direction::SendRecv } else { Direction::SendOnly };
        for local in self.locals.iter_mut().filter(|local| local.place.is_none()) {
            let mut init = TransceiverInit::new(direction);
            let kind = kind_of(local.source);
            if kind == MediaKind::Video {
                init.send_layers.clone_from(&self.layers);
            }
            let id = rtc.negotiation().add_transceiver(kind, init);
            local.place = Some(Place { transceiver: id, offered: false });
        }
    }
}

fn add_candidate(rtc: &mut Rtc, candidate: &CandidateInit) {
    if let Err(error) = rtc.negotiation().add_candidate(candidate) {
        tracing::debug!(%error, "candidate passed over");
    }
}
