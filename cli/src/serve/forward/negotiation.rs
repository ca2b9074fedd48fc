//! Descriptions and candidates between a participant and the server.

use std::time::Instant;

use lapwing_engine::{NegotiationError, RemoteOutcome, SessionDescription as EngineDescription};

use super::forwarder::{Forwarder, ForwarderOutput};
use crate::protocol::signalling::{
    Candidate, Description, IceCandidate, ParticipantId, SdpType, SessionDescription,
};
use crate::serve::hub::Notice;

impl Forwarder {
    /// A participant's description. Its first offer makes the connection.
    pub(super) fn description(&mut self, description: Description, now: Instant) {
        let Description { peer: id, description, tracks } = description;
        let Some(kind) = to_engine_kind(description.kind) else {
            return self.refuse(&id, "Provisional answers are not taken.".to_owned());
        };
        if self.members.contains_key(&id) && self.peer(&id).is_none() {
            if kind != lapwing_engine::SdpType::Offer {
                return self.refuse(&id, "There is no connection to answer.".to_owned());
            }
            self.connect(&id, now);
        }
        let Some(peer) = self.peer(&id) else { return };
        let labels = std::mem::replace(&mut peer.labels, tracks);
        let description = EngineDescription { kind, sdp: description.sdp };
        let outcome = self.with_rtc(&id, now, |rtc| rtc.negotiation().set_remote(&description));
        match outcome {
            Some(Ok(RemoteOutcome::Ignored)) => {
                if let Some(peer) = self.peer(&id) {
                    peer.labels = labels;
                }
            }
            Some(Ok(RemoteOutcome::Applied | RemoteOutcome::RolledBack)) => {
                if kind == lapwing_engine::SdpType::Offer {
                    self.answer(&id, now);
                } else {
                    self.answered(&id, now);
                }
            }
            Some(Err(error)) => {
                self.drop_peer(&id, now);
                self.refuse(&id, format!("The description was refused: {error}."));
            }
            None => {}
        }
    }

    fn answer(&mut self, id: &ParticipantId, now: Instant) {
        let answer = self.with_rtc(id, now, |rtc| {
            let mut negotiation = rtc.negotiation();
            let answer = negotiation.create_answer()?;
            negotiation.set_local(&answer)?;
            Ok::<_, NegotiationError>(answer)
        });
        match answer {
            Some(Ok(answer)) => {
                let first = self.peer(id).is_some_and(|peer| !peer.negotiated);
                self.say(id, SdpType::Answer, answer.sdp);
                if first {
                    self.advertise(id);
                }
                self.answered(id, now);
            }
            Some(Err(error)) => {
                self.drop_peer(id, now);
                self.refuse(id, format!("No answer could be made: {error}."));
            }
            None => {}
        }
    }

    /// An exchange is complete.
    fn answered(&mut self, id: &ParticipantId, now: Instant) {
        if let Some(peer) = self.peer(id) {
            peer.negotiated = true;
            peer.learn_mids();
        }
        self.relabel(id);
        self.sync_room(id, now);
        self.sync_peer(id, now);
    }

    /// The connection has something to offer.
    pub(super) fn offer(&mut self, id: &ParticipantId, now: Instant) {
        let offer = self.with_rtc(id, now, |rtc| {
            let mut negotiation = rtc.negotiation();
            let offer = negotiation.create_offer()?;
            negotiation.set_local(&offer)?;
            Ok::<_, NegotiationError>(offer)
        });
        // Without an offer the participant has everything; it asks again when that changes.
        if let Some(Ok(offer)) = offer {
            if let Some(peer) = self.peer(id) {
                peer.learn_mids();
            }
            self.say(id, SdpType::Offer, offer.sdp);
        }
    }

    /// Sends our description with what it says of tracks, and learns the way back to it.
    fn say(&mut self, id: &ParticipantId, kind: SdpType, sdp: String) {
        let Some(peer) = self.members.get_mut(id).and_then(|member| member.peer.as_mut()) else {
            return;
        };
        peer.learn_mids();
        let tracks = peer.send_labels();
        self.router.insert(id.clone(), &peer.rtc.local_ufrag());
        let description = SessionDescription { kind, sdp };
        let notice = Description { peer: id.clone(), description, tracks };
        self.outputs.push_back(ForwarderOutput::Notice(Notice::Description(notice)));
    }

    /// Candidates by which a translator lets our sockets be reached: the translator changes the
    /// address, so for the engine they are the sockets' own.
    fn advertise(&mut self, id: &ParticipantId) {
        for (index, address) in self.config.advertised.clone().into_iter().enumerate() {
            let ports = self.config.sockets.iter().filter(|s| s.is_ipv4() == address.is_ipv4());
            let Some(port) = ports.map(|socket| socket.port()).next() else { continue };
            // Above every host candidate of ours: it works where those do not.
            let priority = 2_130_706_431u32;
            let candidate =
                format!("candidate:adv{index} 1 udp {priority} {address} {port} typ host");
            let candidate = IceCandidate {
                candidate,
                sdp_mid: None,
                sdp_m_line_index: Some(0),
                username_fragment: None,
            };
            let candidate = Candidate { peer: id.clone(), candidate: Some(candidate) };
            self.outputs.push_back(ForwarderOutput::Notice(Notice::Candidate(candidate)));
        }
    }

    /// A participant's candidate. One that cannot be used is passed over: others may do.
    pub(super) fn candidate(&mut self, candidate: Candidate, now: Instant) {
        let line = candidate.candidate.map(|candidate| candidate.candidate).unwrap_or_default();
        self.with_rtc(&candidate.peer, now, |rtc| {
            let added = rtc.negotiation().add_ice_candidate(&line);
            added.unwrap_or_default();
        });
    }

    pub(super) fn refuse(&mut self, id: &ParticipantId, message: String) {
        let notice = Notice::Refused { id: id.clone(), message };
        self.outputs.push_back(ForwarderOutput::Notice(notice));
    }
}

fn to_engine_kind(kind: SdpType) -> Option<lapwing_engine::SdpType> {
    match kind {
        SdpType::Offer => Some(lapwing_engine::SdpType::Offer),
        SdpType::Answer => Some(lapwing_engine::SdpType::Answer),
        SdpType::Pranswer => None,
    }
}
