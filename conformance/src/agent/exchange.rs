//! Offers, answers and candidates.
//!
//! The engine answers an m-line of the other side's in the direction in which it was offered. So
//! which of our tracks goes on which of them is settled before the answer, and where we have
//! nothing to send, or want nothing, the answer says so.

use std::time::Instant;

use lapwing_engine::{
    CandidateInit, Direction, Event, IceCandidate, IceGatheringState, Mid, RemoteOutcome, Rid, Rtc,
    SdpType, SessionDescription, TransceiverId, TransceiverInit,
};
use serde_json::{Value, json};

use super::args::Args;
use super::connection::Connection;
use super::fault::Fault;
use super::lines::rejected_lines;
use super::outgoing::Track;

impl Connection {
    /// `None` when the reply comes later.
    pub(super) fn offer(&mut self, args: Args<'_>, now: Instant) -> Result<Option<Value>, Fault> {
        let restart = args.truth("restart")?.unwrap_or(false);
        self.begin(now)?;
        let Some(rtc) = &mut self.rtc else { return Ok(None) };
        if restart {
            rtc.negotiation().restart_ice();
        }
        for track in self.tracks.iter_mut().filter(|track| track.place.is_none()) {
            let mut init = TransceiverInit::new(track.direction);
            // The engine has the best one first.
            init.send_layers = track.rids.iter().rev().copied().collect();
            let id = rtc.negotiation().add_transceiver(track.kind, init);
            track.place = Some(id);
            track.prefer(rtc)?;
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
        self.tell_stopped(sdp);
        self.place_tracks();
        let Some(rtc) = &mut self.rtc else { return Ok(None) };
        self.tracks.iter().try_for_each(|track| track.prefer(rtc))?;
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
            let Some(id) = track.place else { continue };
            if there.iter().any(|transceiver| transceiver.id == id && transceiver.mid.is_some()) {
                continue;
            }
            track.place = None;
            if let Err(error) = rtc.negotiation().stop(id) {
                tracing::debug!(%error, "the engine gave it up already");
            }
        }
    }

    pub(super) fn candidate(&mut self, args: Args<'_>) -> Result<(), Fault> {
        let candidate = match args.text("candidate")? {
            "" => None,
            line => Some(IceCandidate::parse(line).map_err(Fault::refused)?),
        };
        let named = args.text_or_none("mid")?.filter(|mid| !mid.is_empty());
        let (mid, index) = (named.map(str::to_owned), args.small("index")?);
        let signalled = CandidateInit { candidate, mid, index, ufrag: None };
        self.engine()?.negotiation().add_candidate(&signalled).map_err(Fault::refused)?;
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
        if !self.options.whole {
            return Some(json!(made));
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
        Some(json!(description))
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
        let Event::IceCandidate(signalled) = event else { return };
        let CandidateInit { mid, index, .. } = signalled;
        let text = signalled.line();
        self.out.push(json!({"event": "candidate", "candidate": text, "mid": mid, "index": index}));
    }

    /// Before an answer: our tracks go on m-lines that were offered.
    fn place_tracks(&mut self) {
        let Some(rtc) = &mut self.rtc else { return };
        for track in &mut self.tracks {
            track.unplace(rtc);
        }
        for line in rtc.negotiation().transceivers() {
            let Some(mid) = line.mid.filter(|_| !line.stopped) else { continue };
            let here = |track: &Track| track.place == Some(line.id);
            if !self.tracks.iter().any(here) {
                let mut ours = self.tracks.iter_mut();
                let free = ours.find(|track| track.place.is_none() && track.kind == line.kind);
                if let Some(track) = free {
                    track.place = Some(line.id);
                }
            }
            let wanted = match self.tracks.iter().find(|track| here(track)) {
                Some(track) => track.direction,
                None => self.negotiation.wanted.get(&mid).copied().unwrap_or(Direction::RecvOnly),
            };
            if let Err(error) = rtc.negotiation().set_direction(line.id, wanted) {
                tracing::debug!(%error, %mid, "the direction stays as offered");
            }
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
