//! What was agreed on, taken by the library. The library speaks in descriptions, so it is always
//! made the answerer:
//!
//! 1. [`negotiated`](super::negotiated), [`line`](mod@super::line), [`numbers`](super::numbers):
//!    what was agreed on is judged against what is there. Whatever the library would refuse, not
//!    bear or not do is refused here, when nothing was changed yet.
//! 2. [`offer`](super::offer): the offer that the peer would have made, had it made one with these
//!    parameters.
//! 3. The library answers it, and gets what no description says: credentials, roles, sources.
//! 4. [`compare`](super::compare): its answer must say what was agreed on.

use str0m::change::SdpOffer;
use str0m::media::Rids;
use str0m::{Rtc as StrRtc, RtcError};

use super::compare::difference;
use super::convert;
use super::fragment::LongFragment;
use super::line::Line;
use super::negotiated::{Negotiated, Transport};
use super::offer::offer;
use super::session::Str0mSession;
use super::setup::to_creds;
use crate::event::{CloseReason, TransportFault};
use crate::ids::{Mid, PayloadType, Rid};
use crate::session::agreed::{AgreeError, Agreed};

impl Str0mSession {
    /// Takes what both sides agreed on, all of it or nothing.
    pub(super) fn agree(&mut self, agreed: &Agreed) -> Result<(), AgreeError> {
        if !self.life.is_running() || (self.ice_lite && agreed.remote.ice_lite) {
            return Err(AgreeError::Refused);
        }
        let next = self.negotiated.with(agreed, &self.catalogue, self.config.delivery)?;
        let Some(transport) = next.transport.clone().filter(|_| !next.slots.is_empty()) else {
            return Ok(());
        };
        let long = LongFragment::of(&transport.remote.ufrag);
        let ufrag = long.as_ref().map_or(&*transport.remote.ufrag, LongFragment::stand_in);
        let text = offer(&next, &transport, ufrag, &self.catalogue).to_string();
        let offer = SdpOffer::from_sdp_string(&text).map_err(|error| {
            tracing::warn!(%error, "the library cannot read what was agreed on");
            AgreeError::Refused
        })?;
        if self.backlog.is_full() {
            return Err(AgreeError::NotDrained);
        }
        let was_begun = self.negotiated.transport.is_some();
        let controls = self.negotiated.transport.as_ref().map(|before| before.controlling);
        let take = |rtc: &mut StrRtc| -> Result<String, RtcError> {
            if !was_begun {
                rtc.direct_api().set_local_ice_credentials(to_creds(&transport.local));
            }
            let answer = rtc.sdp_api().accept_offer(offer)?.to_sdp_string();
            if controls != Some(transport.controlling) {
                rtc.direct_api().set_ice_controlling(transport.controlling);
            }
            rtc.direct_api().set_local_ice_credentials(to_creds(&transport.local));
            next.lines().for_each(|line| name_sources(rtc, line));
            Ok(answer)
        };
        let taken = self.mutate(take);
        let taken = taken.map(|answer| difference(&next, &transport, &self.catalogue, &answer));
        match taken {
            Ok(None) => {
                self.adopt(next, &transport, long);
                Ok(())
            }
            Ok(Some(difference)) => {
                tracing::warn!(difference, "the library agreed on something else");
                Err(self.take_back(was_begun))
            }
            Err(error) => {
                tracing::warn!(%error, "the library refused what was agreed on");
                Err(self.take_back(was_begun))
            }
        }
    }

    /// The library is not what it was. Before the first time it can begin again; later the
    /// connection is over.
    fn take_back(&mut self, was_begun: bool) -> AgreeError {
        if was_begun {
            self.give_up(CloseReason::Transport(TransportFault::Other));
        } else {
            self.rebuild();
        }
        AgreeError::Refused
    }

    /// Everything follows from what was agreed on.
    fn adopt(&mut self, next: Negotiated, transport: &Transport, long: Option<LongFragment>) {
        self.forget_streams();
        self.figures.inbound.retain(|figures| next.line(figures.mid).is_some());
        self.figures.outbound.retain(|figures| next.line(figures.mid).is_some());
        self.preferences = next.lines().map(|line| (line.mid, line.send.clone())).collect();
        self.by_payload_type = next.by_payload_type().collect();
        self.long_fragment = long;
        self.ours.clone_from(&transport.local);
        let peer = self.peer.under(transport.remote.clone());
        if self.peer.credentials != peer.credentials {
            self.consent.set_remote_password(&transport.remote.password);
            self.liveness.renew(self.now);
        }
        self.peer = peer;
        self.negotiated = next;
        self.untold = true;
        self.exchange_complete();
        self.hand_in_early();
    }

    /// A description may give streams to other m-lines.
    pub(super) fn forget_streams(&mut self) {
        self.owners.clear();
        self.senders.clear();
        self.chosen.clear();
    }

    /// A payload type may be sent on this m-line.
    pub(super) fn may_send(&self, mid: Mid, payload_type: PayloadType) -> bool {
        // What was agreed on by descriptions is in the library's hands.
        self.negotiated.transport.is_none()
            || self.preferences.get(&mid).is_some_and(|list| list.contains(&payload_type))
    }

    /// A layer of this m-line, or all of it where it has none, may be sent.
    pub(super) fn may_send_layer(&self, mid: Mid, rid: Option<Rid>) -> bool {
        let line = self.negotiated.line(mid);
        !self.negotiated.is_begun() || line.is_some_and(|line| line.sends(rid))
    }
}

/// Gives what an m-line sends the sources and layers that the descriptions named.
fn name_sources(rtc: &mut StrRtc, line: &Line) {
    if !line.direction.sends() {
        return;
    }
    let mid = convert::to_mid(line.mid);
    let allowed = match rtc.media(mid).map(|media| media.rids_tx()) {
        Some(Rids::Specific(rids)) => rids.clone(),
        _ => Vec::new(),
    };
    let has_rtx = line.codecs.iter().any(|codec| codec.numbered.rtx.is_some());
    let mut api = rtc.direct_api();
    for (index, encoding) in line.sending.iter().enumerate() {
        // One source of a layer, the first, whatever else is named.
        if line.sending[..index].iter().any(|other| other.rid == encoding.rid) {
            continue;
        }
        let rid = encoding.rid.map(convert::to_rid);
        let drawn = api.stream_tx_by_mid(mid, rid).map(|stream| (stream.ssrc(), stream.rtx()));
        let named = encoding.ssrc.map(|ssrc| ssrc.0.into());
        let named_rtx = encoding.rtx.map(|rtx| rtx.0.into());
        let (ssrc, rtx) = match (named, drawn) {
            (Some(named), Some((drawn, drawn_rtx))) if named != drawn => {
                api.remove_stream_tx(drawn);
                (named, named_rtx.or(drawn_rtx))
            }
            // It is as it should be. To declare it again would empty its store for retransmissions.
            (_, Some(_)) if rid.is_none_or(|rid| allowed.contains(&rid)) => continue,
            (_, Some(drawn)) => drawn,
            (Some(named), None) => (named, named_rtx.or_else(|| has_rtx.then(|| api.new_ssrc()))),
            // Of layers that came later it knows nothing.
            (None, None) => (api.new_ssrc(), has_rtx.then(|| api.new_ssrc())),
        };
        api.declare_stream_tx(ssrc, rtx, mid, rid);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;
    use crate::session::output::{SessionEvent, SessionOutput};
    use crate::test_time::origin;

    fn events(session: &mut Str0mSession) -> Vec<SessionEvent> {
        let mut events = Vec::new();
        loop {
            match session.poll() {
                SessionOutput::Event(event) => events.push(event),
                SessionOutput::Transmit(_) => {}
                SessionOutput::Timeout(..) => return events,
            }
        }
    }

    #[test]
    fn a_library_that_refuses_begins_again_or_the_connection_ends() {
        let mut session = Str0mSession::new(&Config::seeded(1), origin());
        let before = session.local_transport();
        assert_eq!(session.take_back(false), AgreeError::Refused);
        assert_eq!(session.local_transport(), before);
        assert!(events(&mut session).is_empty() && session.life.is_running());

        assert_eq!(session.take_back(true), AgreeError::Refused);
        let told = events(&mut session);
        let reason = CloseReason::Transport(TransportFault::Other);
        assert!(
            matches!(&told[..], [SessionEvent::Closed(why)] if *why == reason),
            "it is seen: {told:?}"
        );
    }
}
