//! Candidates in and out of the session; and offers and answers as text, for the parts above that
//! do not agree on parameters. Whoever uses [`Str0mSession::agree`] needs of this file the
//! candidates only.

use str0m::change::{SdpAnswer, SdpOffer};
use str0m::media::Simulcast;
use str0m::media::SimulcastLayer;
use str0m::{Candidate, IceCreds};

use super::admission::{self, Agreed, Line, Offered};
use super::channels::ChannelPlan;
use super::convert;
use super::fragment::LongFragment;
use super::session::Str0mSession;
use super::setup::{from_creds, ice_credentials};
use crate::candidate::{CandidateError, IceCandidate};
use crate::codec::MediaKind;
use crate::event::Direction;
use crate::ids::{Mid, Rid};
use crate::jsep::DescriptionFault;
use crate::session::seam::SessionChannel;

/// What a new offer shall ask for.
#[derive(Debug, Default)]
pub(crate) struct OfferPlan<'a> {
    pub(crate) add: Vec<MediaPlan<'a>>,
    pub(crate) directions: Vec<(Mid, Direction)>,
    pub(crate) stop: Vec<Mid>,
    pub(crate) channels: Vec<ChannelPlan<'a>>,
    pub(crate) restart_ice: bool,
}

/// An m-line to be added.
#[derive(Debug)]
pub(crate) struct MediaPlan<'a> {
    pub(crate) kind: MediaKind,
    pub(crate) direction: Direction,
    pub(crate) stream_id: Option<&'a str>,
    pub(crate) track_id: Option<&'a str>,
    pub(crate) send_layers: &'a [Rid],
}

/// An offer as made.
#[derive(Debug)]
pub(crate) struct Offer {
    pub(crate) sdp: String,
    /// Names of the added m-lines, in the order of the plan.
    pub(crate) mids: Vec<Mid>,
    /// Names of the added channels, in the order of the plan.
    pub(crate) channels: Vec<SessionChannel>,
}

/// An offer of the peer's that may be taken.
#[derive(Debug)]
pub(crate) struct RemoteOffer {
    offer: SdpOffer,
    admitted: Admitted,
}

/// An answer of the peer's that may be taken.
#[derive(Debug)]
pub(crate) struct RemoteAnswer {
    answer: SdpAnswer,
    admitted: Admitted,
}

/// What changes with a description that is taken.
#[derive(Debug)]
struct Admitted {
    agreed: Agreed,
    long_fragment: Option<LongFragment>,
    lines: Vec<Line>,
}

impl Str0mSession {
    /// `None` when the plan changes nothing that needs an offer.
    pub(crate) fn create_offer(&mut self, plan: &OfferPlan<'_>) -> Option<Offer> {
        self.forget_streams();
        let turned = plan.directions.iter();
        self.turned = turned.filter_map(|(mid, _)| Some((*mid, self.direction(*mid)?))).collect();
        let (offer, mids, channels, drawn) = self.mutate(|rtc| {
            let mut api = rtc.sdp_api();
            let mids: Vec<_> = plan.add.iter().map(|media| add_media(&mut api, media)).collect();
            for (mid, direction) in &plan.directions {
                api.set_direction(convert::to_mid(*mid), convert::to_direction(*direction));
            }
            plan.stop.iter().for_each(|mid| api.stop_media(convert::to_mid(*mid)));
            let channels: Vec<_> = plan
                .channels
                .iter()
                .map(|channel| api.add_channel_with_config(channel.to_config()))
                .collect();
            let drawn = plan.restart_ice.then(|| api.ice_restart(true));
            (api.apply(), mids, channels, drawn)
        });
        let names = channels.into_iter();
        let channels: Vec<_> = names.map(|channel| self.channels.name(channel)).collect();
        for (plan, channel) in plan.channels.iter().zip(&channels) {
            self.reserve(plan.0.negotiated, *channel);
        }
        let (offer, pending) = offer?;
        let mut sdp = offer.to_sdp_string();
        self.offered = admission::lines(&sdp);
        self.pending = Some(pending);
        self.restart = drawn.map(|drawn| {
            let ours = ice_credentials(&mut self.credentials);
            sdp = replace_credentials(&sdp, &drawn, &ours);
            ours
        });
        Some(Offer { sdp, mids, channels })
    }

    /// Judges an offer. Nothing changes.
    pub(crate) fn read_offer(&self, sdp: &str) -> Result<RemoteOffer, DescriptionFault> {
        let (text, admitted) = self.admit(sdp, None)?;
        let offer = SdpOffer::from_sdp_string(&text).map_err(|_| DescriptionFault::Refused)?;
        Ok(RemoteOffer { offer, admitted })
    }

    /// Judges the answer to the offer that is pending. Nothing changes.
    pub(crate) fn read_answer(&self, sdp: &str) -> Result<RemoteAnswer, DescriptionFault> {
        let offered = Offered { lines: &self.offered, restart: self.restart.is_some() };
        let (text, admitted) = self.admit(sdp, Some(&offered))?;
        let answer = SdpAnswer::from_sdp_string(&text).map_err(|_| DescriptionFault::Refused)?;
        Ok(RemoteAnswer { answer, admitted })
    }

    /// Gives the text as the library shall see it: without candidates, which are added one by one,
    /// and without what would change how the association begins.
    fn admit(
        &self,
        sdp: &str,
        answer_to: Option<&Offered<'_>>,
    ) -> Result<(String, Admitted), DescriptionFault> {
        let agreed = self.agreed.admit(sdp, self.ice_lite, answer_to)?;
        let lines = admission::lines(sdp);
        let credentials = agreed.peer.credentials.as_ref();
        let long_fragment = credentials.and_then(|known| LongFragment::of(&known.ufrag));
        let kept =
            |line: &&str| !line.starts_with("a=candidate:") && !line.starts_with("a=sctp-init:");
        let text: String = sdp.lines().filter(kept).flat_map(|line| [line, "\r\n"]).collect();
        let text = match &long_fragment {
            Some(long) => long.hide(&text),
            None => text,
        };
        Ok((text, Admitted { agreed, long_fragment, lines }))
    }

    /// Takes the answer to the offer that is pending.
    pub(crate) fn accept_answer(&mut self, remote: RemoteAnswer) -> Result<(), DescriptionFault> {
        let RemoteAnswer { answer, admitted } = remote;
        self.forget_streams();
        let pending = self.pending.take().ok_or(DescriptionFault::Refused)?;
        let taken = self.mutate(|rtc| rtc.sdp_api().accept_answer(pending, answer));
        taken.map_err(|_| DescriptionFault::Refused)?;
        self.learn_remote(&admitted);
        if let Some(ours) = self.restart.take() {
            self.ours = from_creds(&ours);
            self.mutate(|rtc| rtc.direct_api().set_local_ice_credentials(ours));
        }
        self.turned.clear();
        let offered = std::mem::take(&mut self.offered);
        self.settle(admitted, &offered);
        Ok(())
    }

    /// Takes an offer, dropping one of our own that may be pending, and gives the answer.
    pub(crate) fn accept_offer(&mut self, remote: RemoteOffer) -> Result<String, DescriptionFault> {
        let RemoteOffer { offer, admitted } = remote;
        self.forget_streams();
        self.pending = None;
        self.restart = None;
        self.offered.clear();
        let before = self.rtc.direct_api().local_ice_credentials();
        let taken = self.mutate(|rtc| rtc.sdp_api().accept_offer(offer));
        let mut answer = taken.map_err(|_| DescriptionFault::Refused)?.to_sdp_string();
        self.learn_remote(&admitted);
        let after = self.rtc.direct_api().local_ice_credentials();
        if after != before {
            // The library drew new ones for the restart; ours take their place.
            let ours = ice_credentials(&mut self.credentials);
            answer = replace_credentials(&answer, &after, &ours);
            self.ours = from_creds(&ours);
            self.mutate(|rtc| rtc.direct_api().set_local_ice_credentials(ours));
        }
        self.settle(admitted, &admission::lines(&answer));
        Ok(answer)
    }

    /// The library took the peer's credentials. Where they are new, ICE begins, or begins again.
    fn learn_remote(&mut self, admitted: &Admitted) {
        self.long_fragment.clone_from(&admitted.long_fragment);
        let credentials = &admitted.agreed.peer.credentials;
        if let Some(known) = credentials
            && *credentials != self.agreed.peer.credentials
        {
            self.consent.set_remote_password(&known.password);
            self.liveness.renew(self.now);
        }
    }

    /// An exchange is complete as far as the library goes.
    fn settle(&mut self, admitted: Admitted, ours: &[Line]) {
        self.untold = true;
        self.agreed = admitted.agreed;
        self.agreed.settle(&admitted.lines, ours);
    }

    /// Forgets the offer that is pending.
    pub(crate) fn rollback(&mut self, first_exchange: bool) {
        self.forget_streams();
        self.pending = None;
        self.restart = None;
        self.offered.clear();
        for (mid, direction) in std::mem::take(&mut self.turned) {
            self.set_direction(mid, direction);
        }
        if first_exchange {
            self.rebuild();
        }
    }

    /// Changes the direction of an m-line whose description is under way.
    pub(crate) fn set_direction(&mut self, mid: Mid, direction: Direction) {
        let (mid, direction) = (convert::to_mid(mid), convert::to_direction(direction));
        self.mutate(|rtc| rtc.sdp_api().set_direction(mid, direction));
    }

    /// Adds a candidate of ours and gives it back as it is to be signalled.
    pub(crate) fn add_local_candidate(&mut self, candidate: &IceCandidate) -> Option<IceCandidate> {
        let parsed = Candidate::from_sdp_string(&candidate.to_string()).ok()?;
        let added = self.mutate(|rtc| rtc.add_local_candidate(parsed).cloned())?;
        let line = added.to_sdp_string();
        self.local.push(added);
        let mut candidate = IceCandidate::parse(&line).ok()?;
        // While a restart is offered, what is found belongs to it: the peer may know the old user
        // fragment no more.
        let offered = self.restart.as_ref().map(|restart| &restart.ufrag);
        let awaited = self.awaited.as_ref().map(|awaited| &awaited.ufrag);
        if let Some(ufrag) = offered.or(awaited) {
            candidate.ufrag = Some(ufrag.clone());
        }
        Some(candidate)
    }

    /// A candidate of ours cannot be used any more. If it is the one in use, the connection counts
    /// as disconnected at once, whatever else may be tried: the peer would stay with the old path
    /// until its checks fail, and a restart of ICE spares that time.
    pub(crate) fn remove_local_candidate(&mut self, candidate: &IceCandidate) {
        let Some(address) = candidate.socket_addr() else { return };
        // What was said before it went still goes out.
        self.drain_library();
        if self.path().is_some_and(|(local, _)| local == address) {
            self.lose_path();
        }
        let (gone, kept) = self.local.drain(..).partition(|known| known.addr() == address);
        self.local = kept;
        let gone: Vec<Candidate> = gone;
        for candidate in gone {
            self.mutate(|rtc| rtc.direct_api().invalidate_candidate(&candidate));
        }
    }

    /// Adds a candidate of the peer's. One of another ICE generation is left out.
    pub(crate) fn add_remote_candidate(
        &mut self,
        candidate: &IceCandidate,
    ) -> Result<(), CandidateError> {
        if self.agreed.peer.is_foreign(candidate) {
            return Ok(());
        }
        let candidate = IceCandidate { ufrag: None, ..candidate.clone() };
        let address = candidate.reachable()?;
        let parsed = Candidate::from_sdp_string(&candidate.to_string())
            .map_err(|_| CandidateError::Unusable)?;
        self.agreed.peer.note_candidate(address, candidate.kind)?;
        self.mutate(|rtc| rtc.add_remote_candidate(parsed));
        Ok(())
    }

    /// Candidates of ours that can be used, as they are to be signalled.
    pub(crate) fn local_candidates(&self) -> Vec<IceCandidate> {
        let known = self.local.iter().map(|candidate| candidate.to_sdp_string());
        known.filter_map(|line| IceCandidate::parse(&line).ok()).collect()
    }

    /// The user fragment that checks to us carry.
    pub(crate) fn local_ufrag(&self) -> &str {
        &self.ours.ufrag
    }

    /// A description may give streams to other m-lines.
    pub(super) fn forget_streams(&mut self) {
        self.owners.clear();
        self.senders.clear();
        self.chosen.clear();
    }
}

fn add_media(api: &mut str0m::change::SdpApi<'_>, media: &MediaPlan<'_>) -> Mid {
    let simulcast = (!media.send_layers.is_empty()).then(|| Simulcast {
        send: media.send_layers.iter().map(|rid| SimulcastLayer::new(rid.as_str())).collect(),
        recv: Vec::new(),
    });
    convert::mid(api.add_media(
        convert::to_kind(media.kind),
        convert::to_direction(media.direction),
        media.stream_id.map(str::to_owned),
        media.track_id.map(str::to_owned),
        simulcast,
    ))
}

/// Puts `ours` where the description says `drawn`: in the credentials' own lines and in the
/// user fragments of candidates.
fn replace_credentials(sdp: &str, drawn: &IceCreds, ours: &IceCreds) -> String {
    let (ufrag, password) =
        (format!("a=ice-ufrag:{}", drawn.ufrag), format!("a=ice-pwd:{}", drawn.pass));
    let tail = format!(" ufrag {}", drawn.ufrag);
    let line = |line: &str| match line {
        _ if line == ufrag => format!("a=ice-ufrag:{}", ours.ufrag),
        _ if line == password => format!("a=ice-pwd:{}", ours.pass),
        _ if line.starts_with("a=candidate:") => {
            line.replace(&tail, &format!(" ufrag {}", ours.ufrag))
        }
        _ => line.to_owned(),
    };
    sdp.lines().map(|text| line(text) + "\r\n").collect()
}
