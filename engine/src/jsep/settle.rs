//! What is the same for an exchange, whoever answered it: who flows how, what stopped, what the
//! session is told.

use std::sync::Arc;

use super::agree::{self, Sides};
use super::codecs;
use super::direction;
use super::effects::Effects;
use super::format;
use super::line::{self, LineKind};
use super::signaling::Side;
use super::simulcast;
use super::state::{Exchange, Jsep, Transport};
use super::transport;
use crate::codec::MediaKind;
use crate::event::{CodecMismatch, Direction, Track};
use crate::ids::Mid;
use crate::sdp::{Description, MediaDescription};
use crate::state::SignalingState;

impl Jsep {
    /// The descriptions of the exchange that is pending: its offer, and this answer.
    pub(super) fn exchange(&self, answer: &Arc<Description>) -> Option<Exchange> {
        let pending = self.pending.as_ref()?;
        let (offer, answer) = (Arc::clone(&pending.offer), Arc::clone(answer));
        let (local, remote) = match pending.offerer {
            Side::Local => (offer, answer),
            Side::Remote => (answer, offer),
        };
        Some(Exchange { offerer: pending.offerer, local, remote })
    }

    /// The exchange that says what flows, and the place of an m-line in it; none where no codec of
    /// it was agreed on. An answer for the time being counts.
    pub(super) fn agreed_at(&self, mid: Mid) -> Option<(Exchange, usize)> {
        self.at(mid)?;
        let provisional = self.pending.as_ref().and_then(|pending| pending.provisional.as_ref());
        let provided = provisional.and_then(|answer| self.exchange(answer));
        let exchange = provided.or_else(|| self.current.clone())?;
        let index = self.lines.iter().position(|line| line.mid == mid)?;
        let is_agreed =
            index < exchange.local.media.len() && !exchange.sides().formats(index).is_empty();
        is_agreed.then_some((exchange, index))
    }

    /// An answer for the time being: it flows, and nothing ends.
    pub(super) fn provide(&mut self, exchange: &Exchange, effects: &mut Effects) {
        self.flow(exchange, effects);
        self.tell_session(exchange, effects);
    }

    /// An exchange is complete.
    pub(super) fn settle(&mut self, exchange: Exchange, effects: &mut Effects) {
        self.flow(&exchange, effects);
        self.end_what_is_rejected(&exchange, effects);
        self.drop_lost_codecs(&exchange);
        self.tell_session(&exchange, effects);
        let ours = transport::credentials(&exchange.local);
        if !ours.is_some_and(|ours| self.replace.contains(&ours)) {
            self.replace.clear();
        }
        self.current = Some(exchange);
        self.pending = None;
        let lines: Vec<Mid> = self.lines.iter().map(|line| line.mid).collect();
        let live: Vec<Mid> = self
            .entries
            .iter()
            .filter(|entry| !entry.negotiated.stopped)
            .filter_map(|entry| entry.negotiated.mid)
            .collect();
        self.entries.retain(|entry| {
            let mid = entry.negotiated.mid;
            !entry.negotiated.stopped
                || mid.is_some_and(|mid| lines.contains(&mid) && !live.contains(&mid))
        });
        self.enter(SignalingState::Stable, effects);
    }

    pub(super) fn enter(&mut self, state: SignalingState, effects: &mut Effects) {
        if self.state != state {
            self.state = state;
            self.needed_told &= state != SignalingState::Stable;
            effects.state = Some(state);
        }
    }

    /// Whether this step makes ICE begin anew: `self` is what was before it.
    pub(super) fn is_restarted_in(&self, next: &Jsep) -> bool {
        let credentials =
            |transport: &Transport| (transport.local.clone(), transport.remote.credentials.clone());
        let before = self.transport.as_ref().map(credentials);
        before.is_some() && before != next.transport.as_ref().map(credentials)
    }

    /// Directions that flow from here on.
    fn flow(&mut self, exchange: &Exchange, effects: &mut Effects) {
        let sides = exchange.sides();
        for index in 0..self.lines.len() {
            let mid = self.lines[index].mid;
            let formats = sides.formats(index);
            let flows = sides.direction(index, &formats);
            let Some(entry) = self.at_mut(mid) else { continue };
            if entry.negotiated.began.is_empty() {
                entry.negotiated.began = codecs::shared_keys(&formats).into();
            }
            entry.negotiated.has_sent |= flows.sends();
            if entry.negotiated.current != Some(flows) {
                entry.negotiated.current = Some(flows);
                effects.directions.push((mid, flows));
            }
        }
    }

    fn end_what_is_rejected(&mut self, exchange: &Exchange, effects: &mut Effects) {
        let sides = exchange.sides();
        for index in 0..self.lines.len() {
            let rejected = sides.is_rejected(index);
            let line = &mut self.lines[index];
            line.free = rejected;
            let (mid, kind) = (line.mid, line.kind);
            match kind {
                LineKind::Media(_) if rejected => self.end(mid, effects),
                LineKind::Data if rejected => {
                    effects.close_channels |= self.ends_data(index);
                }
                LineKind::Data => self.data.reserved = None,
                LineKind::Media(_) | LineKind::Foreign => {}
            }
        }
        if effects.close_channels {
            self.data.wanted = false;
            self.data.reserved = None;
        }
    }

    /// Data channels had this m-line, or were to have it.
    fn ends_data(&self, index: usize) -> bool {
        let settled = self.settled_lines().get(index);
        let had = settled.is_some_and(|line| line.kind == LineKind::Data && !line.free);
        had || self.data.reserved == Some(self.lines[index].mid)
    }

    /// The transceiver of an m-line sends and receives no more.
    pub(super) fn end(&mut self, mid: Mid, effects: &mut Effects) {
        let Some(entry) = self.at_mut(mid) else { return };
        entry.negotiated.stopped = true;
        entry.negotiated.current = None;
        effects.stopped.push(entry.id);
        if std::mem::take(&mut entry.negotiated.announced) {
            effects.muted.push(mid);
        }
    }

    fn tell_session(&mut self, exchange: &Exchange, effects: &mut Effects) {
        let Some(transport) = &self.transport else { return };
        let own = agree::Own {
            delivery: self.config.delivery,
            cname: &self.cname,
            kept: self.config.fixed_codecs.then_some(&*self.numbers),
        };
        let agreed = agree::agree(exchange.sides(), &self.lines, transport, own);
        effects.agreed = Some(agreed);
        effects.candidates = self.release_candidates();
    }

    /// Tells of an m-line that the peer described: that it is there, that something comes in, or no
    /// more.
    pub(super) fn tell_track(
        &mut self,
        mid: Mid,
        remote: (&Description, &MediaDescription),
        flows: Direction,
        added: bool,
        effects: &mut Effects,
    ) {
        let Some(entry) = self.at_mut(mid) else { return };
        let receives = flows.receives();
        let was = std::mem::replace(&mut entry.negotiated.announced, receives);
        let first = added && !std::mem::replace(&mut entry.negotiated.told, true);
        if first || (receives && !was) {
            entry.negotiated.told = true;
            effects.added.push(track(mid, entry.kind, flows, remote.1));
        } else if was && !receives {
            effects.muted.push(mid);
        }
    }

    /// Tells of an m-line without a codec that both sides have, once.
    pub(super) fn tell_mismatch(
        &mut self,
        mid: Mid,
        theirs: &MediaDescription,
        mismatched: bool,
        effects: &mut Effects,
    ) {
        let known = self.config.codecs.clone();
        let Some(entry) = self.at_mut(mid) else { return };
        let was = std::mem::replace(&mut entry.negotiated.mismatched, mismatched);
        if mismatched && !was {
            let kind = entry.kind;
            effects.no_common_codec.push(CodecMismatch {
                mid,
                kind,
                offered: format::names(&theirs.formats),
                known: known.into_iter().filter(|codec| codec.kind() == kind).collect(),
            });
        }
    }
}

impl Exchange {
    pub(super) fn sides(&self) -> Sides<'_> {
        Sides { offerer: self.offerer, local: &self.local, remote: &self.remote }
    }
}

/// What comes in when the peer's description is looked at alone.
pub(super) fn offered_flow(description: &Description, media: &MediaDescription) -> Direction {
    direction::reversed(line::direction(description, media))
}

fn track(mid: Mid, kind: MediaKind, direction: Direction, media: &MediaDescription) -> Track {
    let msid = media.msids.first();
    let older = || media.ssrcs.iter().find(|ssrc| ssrc.name == "msid")?.value.as_deref();
    let mut older = older().into_iter().flat_map(|value| value.split(' ')).map(str::to_owned);
    let (stream, track) = match msid {
        Some(msid) => (Some(msid.stream.clone()), msid.track.clone()),
        None => (older.next(), older.next()),
    };
    Track {
        mid,
        kind,
        direction,
        stream_id: stream.filter(|stream| stream != "-"),
        track_id: track,
        layers: simulcast::layers(media, true),
    }
}
