//! Offers and answers.

use std::time::Instant;

use lapwing_peer::{Fault, say};
use rtc::peer_connection::configuration::RTCOfferOptions;
use rtc::peer_connection::sdp::RTCSessionDescription;
use rtc::peer_connection::transport::{
    CandidateConfig, CandidateHostConfig, RTCIceCandidate, RTCIceCandidateInit,
};
use rtc::rtp_transceiver::rtp_sender::RtpCodecKind;
use rtc::rtp_transceiver::{RTCRtpTransceiverId, RTCRtpTransceiverInit};
use serde_json::{Value, json};

use crate::connection::Connection;

impl Connection {
    pub(crate) fn offer(&mut self, restart: bool) -> Result<Value, Fault> {
        for wanted in std::mem::take(&mut self.wanted) {
            let track = wanted.track(self.next_track());
            let init = RTCRtpTransceiverInit {
                direction: wanted.direction,
                streams: Vec::new(),
                send_encodings: Vec::new(),
            };
            let id = if wanted.direction.has_send() {
                self.pc.add_transceiver_from_track(track, Some(init))
            } else {
                self.pc.add_transceiver_from_kind(wanted.kind, Some(init))
            };
            let id = id.map_err(Fault::refused)?;
            self.prefer(id, &wanted)?;
        }
        if restart {
            self.gathered = false;
        }
        let options = RTCOfferOptions { ice_restart: restart };
        let offer = self.pc.create_offer(Some(options)).map_err(Fault::refused)?;
        self.set_local(offer)
    }

    fn prefer(
        &mut self,
        id: RTCRtpTransceiverId,
        wanted: &crate::media::Wanted,
    ) -> Result<(), Fault> {
        if wanted.echo {
            self.echoes.insert(id);
        }
        let gone = || Fault::failed("the new transceiver is gone");
        let mut transceiver = self.pc.rtp_transceiver(id).ok_or_else(gone)?;
        transceiver.set_codec_preferences(wanted.codecs.clone()).map_err(Fault::refused)
    }

    pub(crate) fn answer(&mut self, sdp: &str) -> Result<Value, Fault> {
        if self.pc.pending_local_description().is_some() {
            if self.options.polite == Some(false) {
                return Err(Fault::refused("an offer of its own stands"));
            }
            self.rollback()?;
        }
        let fragment = fragment(sdp);
        if fragment != self.remote_fragment {
            // The first offer, or a restart: candidates are gathered for it.
            self.gathered = false;
            self.remote_fragment = fragment;
        }
        let offer = RTCSessionDescription::offer(sdp.to_owned()).map_err(Fault::refused)?;
        self.pc.set_remote_description(Instant::now(), offer).map_err(Fault::refused)?;
        self.place(sdp)?;
        let answer = self.pc.create_answer(None).map_err(Fault::refused)?;
        self.set_local(answer)
    }

    /// Tracks that wait take the m-lines that came and have nothing to send yet.
    fn place(&mut self, offer: &str) -> Result<(), Fault> {
        for (mid, kind) in mids(offer) {
            let Some(id) = self.transceiver(&mid) else { continue };
            if self.pc.rtp_transceiver(id).is_none_or(|it| it.sender().is_some()) {
                continue;
            }
            let at = self.wanted.iter().position(|wanted| wanted.kind == kind);
            let Some(wanted) = at.map(|at| self.wanted.remove(at)) else { continue };
            if !wanted.direction.has_send() {
                continue;
            }
            // It goes to the first transceiver of its kind without a sender: that is this one, as they are in the order of the m-lines.
            let track = wanted.track(self.next_track());
            let sender = match self.pc.add_track(track) {
                Ok(sender) => sender,
                Err(error) => {
                    // The m-line has no codec of the track: it is answered without it.
                    eprintln!("{mid}: {error}");
                    continue;
                }
            };
            let id = RTCRtpTransceiverId::from(sender);
            if wanted.echo {
                self.echoes.insert(id);
            }
            if let Some(mut transceiver) = self.pc.rtp_transceiver(id) {
                transceiver.set_direction(wanted.direction);
            }
        }
        Ok(())
    }

    pub(crate) fn accept(&mut self, sdp: &str) -> Result<(), Fault> {
        self.remote_fragment = fragment(sdp);
        let answer = RTCSessionDescription::answer(sdp.to_owned()).map_err(Fault::refused)?;
        self.pc.set_remote_description(Instant::now(), answer).map_err(Fault::refused)
    }

    pub(crate) fn rollback(&mut self) -> Result<(), Fault> {
        if self.pc.pending_local_description().is_none() {
            return Err(Fault::refused("no offer was made"));
        }
        let back = RTCSessionDescription::rollback(None).map_err(Fault::refused)?;
        self.pc.set_local_description(Instant::now(), back).map_err(Fault::refused)
    }

    fn set_local(&mut self, description: RTCSessionDescription) -> Result<Value, Fault> {
        let kind = description.sdp_type.to_string();
        let mut sdp = description.sdp.clone();
        self.pc.set_local_description(Instant::now(), description).map_err(Fault::refused)?;
        let candidates = if self.gathered { Vec::new() } else { self.gather()? };
        if self.options.trickle {
            let mid = mids(&sdp).into_iter().next().map(|(mid, _)| mid).unwrap_or_default();
            for candidate in candidates {
                say("candidate", json!({ "candidate": candidate, "mid": mid, "index": 0 }));
            }
        } else {
            let full = self.pc.local_description();
            sdp = full.ok_or_else(|| Fault::failed("no local description"))?.sdp;
        }
        Ok(json!({ "type": kind, "sdp": sdp }))
    }

    /// Gives the stack the candidates of this machine, and an empty one at the end.
    fn gather(&mut self) -> Result<Vec<String>, Fault> {
        self.gathered = true;
        let mut taken = Vec::new();
        for address in self.sockets.addresses() {
            let config = CandidateHostConfig {
                base_config: CandidateConfig {
                    network: "udp".to_owned(),
                    address: address.ip().to_string(),
                    port: address.port(),
                    component: 1,
                    ..Default::default()
                },
                ..Default::default()
            };
            let candidate = config.new_candidate_host().map_err(Fault::failed)?;
            let init = RTCIceCandidate::from(&candidate).to_json().map_err(Fault::failed)?;
            taken.push(init.candidate.clone());
            self.pc.add_local_candidate(init).map_err(Fault::failed)?;
        }
        taken.push(String::new());
        self.pc.add_local_candidate(RTCIceCandidateInit::default()).map_err(Fault::failed)?;
        Ok(taken)
    }

    pub(crate) fn candidate(&mut self, request: &Value) -> Result<(), Fault> {
        let init = RTCIceCandidateInit {
            candidate: request["candidate"].as_str().unwrap_or("").to_owned(),
            sdp_mid: request["mid"].as_str().map(str::to_owned),
            sdp_mline_index: request["index"].as_u64().and_then(|index| index.try_into().ok()),
            ..Default::default()
        };
        self.pc.add_remote_candidate(init).map_err(Fault::refused)
    }
}

/// The m-lines: their names and kinds.
fn mids(sdp: &str) -> Vec<(String, RtpCodecKind)> {
    let mut kind = RtpCodecKind::Unspecified;
    let mut all = Vec::new();
    for line in sdp.lines() {
        if let Some(media) = line.strip_prefix("m=") {
            kind = RtpCodecKind::from(media.split(' ').next().unwrap_or(""));
        } else if let Some(mid) = line.strip_prefix("a=mid:") {
            all.push((mid.trim().to_owned(), kind));
        }
    }
    all
}

/// The user fragment of ICE.
fn fragment(sdp: &str) -> Option<String> {
    let fragment = sdp.lines().find_map(|line| line.strip_prefix("a=ice-ufrag:"));
    fragment.map(|fragment| fragment.trim().to_owned())
}
