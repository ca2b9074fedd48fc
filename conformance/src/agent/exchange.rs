//! Offers, answers and candidates.
//!
//! The engine answers an m-line in the direction in which it was offered, and knows the other
//! side's m-lines only once media can flow. So which of our tracks goes on which m-line is read
//! from the offer, and where we have nothing to send, or want nothing, the answer says so.

use std::collections::BTreeMap;
use std::time::Instant;

use lapwing_engine::{
    Direction, Event, IceGatheringState, Mid, RemoteOutcome, Rid, Rtc, SdpType, SessionDescription,
    TransceiverId, TransceiverInit,
};
use serde_json::{Value, json};

use super::args::Args;
use super::connection::Connection;
use super::fault::Fault;
use super::lines::{Line, media_lines, rejected_lines, transport_line, with_directions};
use super::outgoing::Place;

impl Connection {
    /// `None` when the reply comes later.
    pub(super) fn offer(&mut self, args: Args<'_>, now: Instant) -> Result<Option<Value>, Fault> {
        let restart = args.truth("restart")?.unwrap_or(false);
        self.begin(now)?;
        let Some(rtc) = &mut self.rtc else { return Ok(None) };
        if restart {
            rtc.negotiation().restart_ice();
        }
        for track in self.tracks.iter_mut().filter(|track| track.place == Place::Nowhere) {
            let mut init = TransceiverInit::new(track.direction);
            // The engine has the best one first.
            init.send_layers = track.rids.iter().rev().copied().collect();
            let id = rtc.negotiation().add_transceiver(track.kind, init);
            track.place = Place::Own(id);
        }
        let offer = rtc.negotiation().create_offer().map_err(Fault::refused)?;
        rtc.negotiation().set_local(&offer).map_err(Fault::refused)?;
        Ok(self.describe(args.id(), &offer))
    }

    /// `None` when the reply comes later.
    pub(super) fn answer(&mut self, args: Args<'_>, now: Instant) -> Result<Option<Value>, Fault> {
        let sdp = args.text("sdp")?;
        self.begin(now)?;
        let Some(rtc) = &mut self.rtc else { return Ok(None) };
        let offer = SessionDescription { kind: SdpType::Offer, sdp: sdp.to_owned() };
        match rtc.negotiation().set_remote(&offer).map_err(Fault::refused)? {
            RemoteOutcome::Applied => {}
            RemoteOutcome::RolledBack => self.release_tracks(),
            RemoteOutcome::Ignored => {
                let text = "the offer collides with ours, and we are the impolite side";
                return Err(Fault::Refused(text.to_owned()));
            }
        }
        self.negotiation.note_candidates(sdp);
        self.tell_stopped(sdp);
        self.place_tracks(sdp);
        let Some(rtc) = &mut self.rtc else { return Ok(None) };
        let answer = rtc.negotiation().create_answer().map_err(Fault::refused)?;
        rtc.negotiation().set_local(&answer).map_err(Fault::refused)?;
        self.negotiation.note_answer(&answer.sdp, true);
        Ok(self.describe(args.id(), &answer))
    }

    pub(super) fn accept(&mut self, args: Args<'_>) -> Result<(), Fault> {
        let sdp = args.text("sdp")?;
        let answer = SessionDescription { kind: SdpType::Answer, sdp: sdp.to_owned() };
        self.engine()?.negotiation().set_remote(&answer).map_err(Fault::refused)?;
        self.negotiation.note_answer(sdp, false);
        self.negotiation.note_candidates(sdp);
        // Our offer said what we want.
        self.negotiation.directions.clear();
        self.tell_stopped(sdp);
        Ok(())
    }

    pub(super) fn rollback(&mut self) -> Result<(), Fault> {
        self.engine()?.negotiation().rollback().map_err(Fault::refused)?;
        self.release_tracks();
        Ok(())
    }

    /// Our offer was taken back: the m-lines that it asked for are no more, and their tracks are
    /// free for those that the other side brings (RFC 9429 section 4.1.10.2).
    fn release_tracks(&mut self) {
        let Some(rtc) = &mut self.rtc else { return };
        let there = rtc.negotiation().transceivers();
        for track in &mut self.tracks {
            let Place::Own(id) = track.place else { continue };
            if there.iter().any(|transceiver| transceiver.id == id && transceiver.mid.is_some()) {
                continue;
            }
            track.place = Place::Nowhere;
            if let Err(error) = rtc.negotiation().stop(id) {
                tracing::debug!(%error, "the engine gave it up already");
            }
        }
    }

    pub(super) fn candidate(&mut self, args: Args<'_>) -> Result<(), Fault> {
        let candidate = args.text("candidate")?;
        self.engine()?.negotiation().add_ice_candidate(candidate).map_err(Fault::refused)?;
        self.negotiation.note_candidate(candidate);
        Ok(())
    }

    pub(super) fn direction(&mut self, args: Args<'_>) -> Result<(), Fault> {
        let mid = args.mid()?;
        let direction =
            args.direction()?.ok_or_else(|| Fault::Failed("no direction was given".to_owned()))?;
        let rtc = self.engine()?;
        let id = transceiver(rtc, mid)?;
        rtc.negotiation().set_direction(id, direction).map_err(Fault::refused)?;
        self.want(mid, direction);
        Ok(())
    }

    fn want(&mut self, mid: Mid, direction: Direction) {
        let Some(rtc) = &mut self.rtc else { return };
        match self.tracks.iter_mut().find(|track| track.mid(rtc) == Some(mid)) {
            Some(track) => track.direction = direction,
            None => {
                self.negotiation.wanted.insert(mid, direction);
            }
        }
    }

    pub(super) fn stop(&mut self, args: Args<'_>) -> Result<(), Fault> {
        let mid = args.mid()?;
        let rtc = self.engine()?;
        let id = transceiver(rtc, mid)?;
        rtc.negotiation().stop(id).map_err(Fault::refused)
    }

    pub(super) fn layer(&mut self, args: Args<'_>) -> Result<(), Fault> {
        let mid = args.mid()?;
        let text = args.text("rid")?;
        let rid =
            Rid::new(text).ok_or_else(|| Fault::Refused(format!("{text:?} names no layer")))?;
        let unknown = || Fault::Failed(format!("nothing is received on m-line {mid}"));
        self.engine()?.media(mid).ok_or_else(unknown)?.select_layer(Some(rid));
        self.receivers.get_mut(&mid).ok_or_else(unknown)?.select(Some(rid));
        Ok(())
    }

    /// The connection of the engine, where there is one already.
    pub(super) fn engine(&mut self) -> Result<&mut Rtc, Fault> {
        let missing = || Fault::Failed("there was no offer or answer yet".to_owned());
        self.rtc.as_mut().ok_or_else(missing)
    }

    /// The reply with a description, now or when all candidates are in it.
    fn describe(&mut self, id: Value, made: &SessionDescription) -> Option<Value> {
        self.negotiation.transport = transport_line(&made.sdp);
        if !self.options.whole {
            return Some(self.spoken(made));
        }
        if let Some(whole) = self.whole() {
            return Some(whole);
        }
        self.negotiation.waiting = Some(id);
        None
    }

    /// What was described last, when all candidates are in it.
    fn whole(&mut self) -> Option<Value> {
        let rtc = self.rtc.as_mut()?;
        if rtc.ice_gathering_state() != IceGatheringState::Complete {
            return None;
        }
        let description = rtc.negotiation().local_description()?;
        Some(self.spoken(&description))
    }

    fn spoken(&self, made: &SessionDescription) -> Value {
        let sdp = match made.kind {
            SdpType::Offer => made.sdp.clone(),
            SdpType::Answer => with_directions(&made.sdp, &self.negotiation.directions),
        };
        json!({"type": made.kind, "sdp": sdp})
    }

    /// Candidates were found, or there are no more.
    pub(super) fn gathered(&mut self, event: &Event) {
        if self.options.whole {
            if let Some(id) = self.negotiation.waiting.take() {
                match self.whole() {
                    Some(whole) => self.out.push(json!({"id": id, "ok": whole})),
                    None => self.negotiation.waiting = Some(id),
                }
            }
            return;
        }
        let Event::IceCandidate(candidate) = event else { return };
        let text = candidate.as_ref().map(ToString::to_string).unwrap_or_default();
        let (mid, index) = self.negotiation.transport.clone().unwrap_or_default();
        self.out.push(json!({"event": "candidate", "candidate": text, "mid": mid, "index": index}));
    }

    /// Before an answer: our tracks go on m-lines that were offered.
    fn place_tracks(&mut self, sdp: &str) {
        let Some(rtc) = &mut self.rtc else { return };
        for track in &mut self.tracks {
            track.unplace(rtc);
        }
        let mut directions = BTreeMap::new();
        let taken: Vec<Option<Mid>> = self.tracks.iter().map(|track| track.mid(rtc)).collect();
        for line in media_lines(sdp) {
            let Line { mid, kind, direction: offered } = line;
            if !taken.contains(&Some(mid)) {
                let free = |place| place == Place::Nowhere;
                let ours = self.tracks.iter_mut();
                let mut ours = ours.filter(|track| free(track.place) && track.kind == kind);
                if let Some(track) = ours.next() {
                    track.place = Place::Offered(mid);
                }
            }
            let track = self.tracks.iter().find(|track| track.mid(rtc) == Some(mid));
            let wanted = match track {
                Some(track) => track.direction,
                None => self.negotiation.wanted.get(&mid).copied().unwrap_or(Direction::RecvOnly),
            };
            let direction = common(wanted, offered);
            directions.insert(mid, direction);
            if let Ok(id) = transceiver(rtc, mid)
                && let Err(error) = rtc.negotiation().set_direction(id, direction)
            {
                tracing::debug!(%error, %mid, "the direction stays as offered");
            }
        }
        self.negotiation.directions = directions;
    }

    /// The engine knows the m-line now: it is to offer what we answered.
    pub(super) fn settle_direction(&mut self, mid: Mid) {
        let Some(direction) = self.negotiation.directions.get(&mid).copied() else { return };
        let Some(rtc) = &mut self.rtc else { return };
        let Ok(id) = transceiver(rtc, mid) else { return };
        if let Err(error) = rtc.negotiation().set_direction(id, direction) {
            tracing::debug!(%error, %mid, "the direction stays as offered");
        }
    }

    fn tell_stopped(&mut self, sdp: &str) {
        for mid in rejected_lines(sdp) {
            if !self.negotiation.stopped.contains(&mid) {
                self.out.push(json!({"event": "media", "mid": mid, "stopped": true}));
                self.negotiation.stopped.push(mid);
            }
        }
    }
}

fn transceiver(rtc: &mut Rtc, mid: Mid) -> Result<TransceiverId, Fault> {
    let transceivers = rtc.negotiation().transceivers();
    let found = transceivers.into_iter().find(|transceiver| transceiver.mid == Some(mid));
    Ok(found.ok_or_else(|| Fault::Refused(format!("there is no m-line {mid}")))?.id)
}

/// What we want, as far as the other side offers it.
fn common(wanted: Direction, offered: Direction) -> Direction {
    let sends = wanted.sends() && offered.receives();
    let receives = wanted.receives() && offered.sends();
    match (sends, receives) {
        (true, true) => Direction::SendRecv,
        (true, false) => Direction::SendOnly,
        (false, true) => Direction::RecvOnly,
        (false, false) => Direction::Inactive,
    }
}
