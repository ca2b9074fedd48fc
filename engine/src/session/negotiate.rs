//! Offers, answers and candidates in and out of the session.

use std::fmt;

use str0m::change::{SdpAnswer, SdpOffer};
use str0m::media::Simulcast;
use str0m::media::SimulcastLayer;
use str0m::{Candidate, IceCreds};

use super::channels::ChannelPlan;
use super::setup::ice_credentials;
use super::str0m_session::Str0mSession;
use super::{SessionChannel, convert};
use crate::candidate::IceCandidate;
use crate::codec::MediaKind;
use crate::event::Direction;
use crate::ids::{Mid, Rid};

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

/// The library's judgement of a remote description.
#[derive(Debug)]
pub(crate) struct SessionSdpError(pub(crate) String);

impl fmt::Display for SessionSdpError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn sdp_error(error: impl fmt::Display) -> SessionSdpError {
    SessionSdpError(error.to_string())
}

impl Str0mSession {
    /// `None` when the plan changes nothing that needs an offer.
    pub(crate) fn create_offer(&mut self, plan: &OfferPlan<'_>) -> Option<Offer> {
        self.forget_streams();
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
        let (offer, pending) = offer?;
        let mut sdp = offer.to_sdp_string();
        self.pending = Some(pending);
        self.restart = drawn.map(|drawn| {
            let ours = ice_credentials(&mut self.credentials);
            sdp = replace_credentials(&sdp, &drawn, &ours);
            ours
        });
        Some(Offer { sdp, mids, channels: channels.into_iter().map(SessionChannel).collect() })
    }

    /// Takes the answer to the offer that is pending.
    pub(crate) fn accept_answer(&mut self, sdp: &str) -> Result<(), SessionSdpError> {
        let answer = SdpAnswer::from_sdp_string(sdp).map_err(sdp_error)?;
        self.forget_streams();
        let pending = self.pending.take().ok_or_else(|| sdp_error("no offer is pending"))?;
        self.mutate(|rtc| rtc.sdp_api().accept_answer(pending, answer)).map_err(sdp_error)?;
        self.learn_remote(sdp);
        if let Some(ours) = self.restart.take() {
            self.ufrag.clone_from(&ours.ufrag);
            self.mutate(|rtc| rtc.direct_api().set_local_ice_credentials(ours));
        }
        Ok(())
    }

    /// Takes an offer, dropping one of our own that may be pending, and gives the answer.
    pub(crate) fn accept_offer(&mut self, sdp: &str) -> Result<String, SessionSdpError> {
        let offer = SdpOffer::from_sdp_string(sdp).map_err(sdp_error)?;
        self.forget_streams();
        self.pending = None;
        self.restart = None;
        let before = self.rtc.direct_api().local_ice_credentials();
        let answer = self.mutate(|rtc| rtc.sdp_api().accept_offer(offer)).map_err(sdp_error)?;
        self.learn_remote(sdp);
        let mut answer = answer.to_sdp_string();
        let after = self.rtc.direct_api().local_ice_credentials();
        if after != before {
            // The library drew new ones for the restart; ours take their place.
            let ours = ice_credentials(&mut self.credentials);
            answer = replace_credentials(&answer, &after, &ours);
            self.ufrag.clone_from(&ours.ufrag);
            self.mutate(|rtc| rtc.direct_api().set_local_ice_credentials(ours));
        }
        Ok(answer)
    }

    /// Forgets the offer that is pending.
    pub(crate) fn rollback(&mut self, first_exchange: bool) {
        self.forget_streams();
        self.pending = None;
        self.restart = None;
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
        // While a restart is offered, what is found belongs to it: the peer may know the old user fragment no more.
        if let Some(restart) = &self.restart {
            candidate.ufrag = Some(restart.ufrag.clone());
        }
        Some(candidate)
    }

    /// A candidate of ours cannot be used any more. If it is the one in use, the connection counts as disconnected at once, whatever else
    /// may be tried: the peer would stay with the old path until its checks fail, and a restart of ICE spares that time.
    pub(crate) fn remove_local_candidate(&mut self, candidate: &IceCandidate) {
        let Some(address) = candidate.socket_addr() else { return };
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

    /// Adds a candidate of the peer's.
    pub(crate) fn add_remote_candidate(
        &mut self,
        candidate: &IceCandidate,
    ) -> Result<(), SessionSdpError> {
        let parsed = Candidate::from_sdp_string(&candidate.to_string()).map_err(sdp_error)?;
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
        &self.ufrag
    }

    /// A description may give streams to other m-lines.
    fn forget_streams(&mut self) {
        self.owners.clear();
        self.senders.clear();
    }

    fn learn_remote(&mut self, sdp: &str) {
        let value = |name| sdp.lines().find_map(|line| line.strip_prefix(name)).map(str::trim_end);
        let (Some(ufrag), Some(pass)) = (value("a=ice-ufrag:"), value("a=ice-pwd:")) else {
            return;
        };
        let remote = IceCreds { ufrag: ufrag.to_owned(), pass: pass.to_owned() };
        if self.remote.as_ref() == Some(&remote) {
            return;
        }
        self.consent.set_remote_password(pass);
        self.liveness.renew(self.now);
        self.remote = Some(remote);
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
