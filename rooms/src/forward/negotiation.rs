//! Descriptions and candidates between a participant and the server.

use std::net::SocketAddr;
use std::time::Instant;

use lapwing_engine::{RemoteOutcome, SessionDescription as EngineDescription};

use super::codecs;
use super::forwarder::{Connections, Forwarder};
use crate::candidates;
use crate::hub::Notice;
use crate::protocol::signalling::{
    Candidate, Description, IceCandidate, ParticipantId, SdpType, SessionDescription,
};

impl<C: Connections> Forwarder<C> {
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
            if let Err(error) = self.connect(&id, now) {
                return self.refuse(&id, format!("No connection can be made: {error}."));
            }
        }
        let Some(peer) = self.peer(&id) else { return };
        let labels = std::mem::replace(&mut peer.labels, tracks);
        let description = EngineDescription { kind, sdp: description.sdp };
        let Some(rtc) = self.connections.rtc_mut(&id) else { return };
        match rtc.negotiation().set_remote(&description) {
            Ok(RemoteOutcome::Ignored) => {
                if let Some(peer) = self.peer(&id) {
                    peer.labels = labels;
                }
            }
            Ok(RemoteOutcome::Applied | RemoteOutcome::RolledBack) => {
                if kind == lapwing_engine::SdpType::Offer {
                    self.answer(&id, now);
                } else {
                    self.answered(&id);
                }
            }
            Err(error) => {
                self.drop_peer(&id, now);
                self.refuse(&id, format!("The description was refused: {error}."));
            }
        }
    }

    fn answer(&mut self, id: &ParticipantId, now: Instant) {
        let Some(rtc) = self.connections.rtc_mut(id) else { return };
        codecs::settle(rtc);
        let mut negotiation = rtc.negotiation();
        let answer = negotiation.create_answer().and_then(|answer| {
            negotiation.set_local(&answer)?;
            Ok(answer)
        });
        match answer {
            Ok(answer) => {
                let first = self.peer(id).is_some_and(|peer| !peer.negotiated);
                self.say(id, SdpType::Answer, answer.sdp);
                if first {
                    self.advertise(id);
                }
                self.answered(id);
            }
            Err(error) => {
                self.drop_peer(id, now);
                self.refuse(id, format!("No answer could be made: {error}."));
            }
        }
    }

    /// An exchange is complete.
    fn answered(&mut self, id: &ParticipantId) {
        if let Some(peer) = self.peer(id) {
            peer.negotiated = true;
        }
        self.learn_mids(id);
        self.relabel(id);
        self.sync_room(id);
        self.sync_peer(id);
    }

    /// The connection has something to offer.
    pub(super) fn offer(&mut self, id: &ParticipantId) {
        let Some(rtc) = self.connections.rtc_mut(id) else { return };
        let mut negotiation = rtc.negotiation();
        let offer = negotiation.create_offer().and_then(|offer| {
            negotiation.set_local(&offer)?;
            Ok(offer)
        });
        // Without an offer the participant has everything; it is asked again when that changes.
        let Ok(offer) = offer else { return };
        self.say(id, SdpType::Offer, offer.sdp);
    }

    /// Sends our description with what it says of tracks.
    fn say(&mut self, id: &ParticipantId, kind: SdpType, sdp: String) {
        self.learn_mids(id);
        let tracks = self.peer(id).map(|peer| peer.send_labels()).unwrap_or_default();
        let description = SessionDescription { kind, sdp };
        let notice = Description { peer: id.clone(), description, tracks };
        self.notices.push_back(Notice::Description(notice));
    }

    /// Looks up which m-lines the transceivers of sends have been given.
    fn learn_mids(&mut self, id: &ParticipantId) {
        let Some(rtc) = self.connections.rtc_mut(id) else { return };
        let transceivers = rtc.negotiation().transceivers();
        let Some(peer) = self.peer(id) else { return };
        for send in &mut peer.sends {
            let known = transceivers.iter().find(|transceiver| transceiver.id == send.transceiver);
            send.mid = known.and_then(|transceiver| transceiver.mid);
            // What it takes may be another now.
            send.lacks = None;
        }
    }

    /// Candidates by which a translator lets our sockets be reached: the translator changes the
    /// address, so for the engine they are the sockets' own.
    fn advertise(&mut self, id: &ParticipantId) {
        let sockets = self.connections.addresses();
        for (index, address) in self.advertised.iter().enumerate() {
            let same_family = |socket: &&SocketAddr| socket.is_ipv4() == address.is_ipv4();
            let Some(port) = sockets.iter().find(same_family).map(SocketAddr::port) else {
                continue;
            };
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
            self.notices.push_back(Notice::Candidate(candidate));
        }
    }

    /// A participant's candidate. One that cannot be used is passed over: others may do.
    pub(super) fn candidate(&mut self, candidate: Candidate) {
        let Ok(signalled) = candidates::received(candidate.candidate.as_ref()) else { return };
        if let Some(rtc) = self.connections.rtc_mut(&candidate.peer) {
            rtc.negotiation().add_candidate(&signalled).unwrap_or_default();
        }
    }

    pub(super) fn refuse(&mut self, id: &ParticipantId, message: String) {
        let notice = Notice::Refused { id: id.clone(), message };
        self.notices.push_back(notice);
    }
}

fn to_engine_kind(kind: SdpType) -> Option<lapwing_engine::SdpType> {
    match kind {
        SdpType::Offer => Some(lapwing_engine::SdpType::Offer),
        SdpType::Answer => Some(lapwing_engine::SdpType::Answer),
        SdpType::Pranswer => None,
    }
}
