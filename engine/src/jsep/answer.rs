//! Answers (RFC 9429 section 5.3). Making one changes nothing.

use super::bundle;
use super::codecs;
use super::direction;
use super::error::{DescriptionFault as Fault, NegotiationError};
use super::extensions;
use super::kept;
use super::line::{self, LineKind};
use super::numbers::Numbers;
use super::section::{self, MediaPlan};
use super::simulcast;
use super::state::Jsep;
use super::transceiver::Entry;
use super::transport::{self, Found};
use crate::codec::MediaKind;
use crate::config::CodecOrder;
use crate::sdp::{Description, Format, MediaDescription, Setup, TransportAttributes};
use crate::session::agreed::{Capabilities, LocalTransport};
use crate::shared_list::SharedList;
use crate::state::SignalingState;

/// What of an offer is taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Taking {
    /// The formats of each m-line of media that could be taken; empty for all others.
    pub(super) formats: Vec<Vec<Format>>,
    pub(super) taken: Vec<bool>,
    /// None where nothing is taken.
    pub(super) transport: Option<(Found, Setup)>,
}

impl Jsep {
    /// The answer to the offer that waits, with the directions, codecs and ends that were asked for
    /// since it came. Credentials that are in use stay, and those of `local` are for a first
    /// exchange and for a restart ([`Self::answer_restarts`]).
    pub(crate) fn create_answer(
        &self,
        local: &LocalTransport,
        capabilities: &Capabilities,
    ) -> Result<Description, NegotiationError> {
        let states = [SignalingState::HaveRemoteOffer, SignalingState::HaveLocalPranswer];
        let offer = match &self.pending {
            Some(pending) if states.contains(&self.state) => &pending.offer,
            _ => return Err(NegotiationError::WrongState(self.state)),
        };
        let taking = self.taking(offer, capabilities)?;
        let mut numbers = Numbers::clone(&self.numbers);
        let mut answer = self.blank(local);
        answer.extmap_allow_mixed =
            offer.extmap_allow_mixed || offer.media.iter().any(|media| media.extmap_allow_mixed);
        answer.media.reserve_exact(offer.media.len());
        for (index, offered) in offer.media.iter().enumerate() {
            let setup = taking.transport.as_ref().map(|(_, setup)| *setup);
            let media = match setup.filter(|_| taking.taken[index]) {
                Some(setup) => {
                    let context = Context { local, capabilities, offer, setup };
                    let formats = &taking.formats[index];
                    self.answered(index, offered, formats, &context, &mut numbers)
                }
                None => {
                    let transport = setup.map(|setup| self.transport_of_answer(local, setup));
                    section::rejected(offered, offered.mid.clone(), transport.unwrap_or_default())
                }
            };
            answer.media.push(media);
        }
        answer.groups = answered_group(offer, &taking.taken);
        Ok(self.versioned(answer))
    }

    /// Judges what of an offer can be taken, and whether its transport can come about.
    pub(super) fn taking(
        &self,
        offer: &Description,
        capabilities: &Capabilities,
    ) -> Result<Taking, Fault> {
        let mut formats = Vec::with_capacity(offer.media.len());
        let mut could_be = Vec::with_capacity(offer.media.len());
        for (index, media) in offer.media.iter().enumerate() {
            let common = self.common(index, media, capabilities);
            could_be.push(match line::kind(media) {
                _ if line::is_rejected(media, true) => false,
                LineKind::Media(_) => !common.is_empty() && self.live_at(index).is_some(),
                LineKind::Data => true,
                LineKind::Foreign => false,
            });
            formats.push(common);
        }
        let taken = bundle::taken(offer, &could_be);
        let transport = match transport::find(offer, &taken)? {
            Some(found) => {
                let settled = self.settled_transport();
                let client = settled.map(|transport| transport.dtls_client);
                let setup = transport::answered_setup(
                    found.setup,
                    client,
                    self.config.ice_lite,
                    found.line,
                )?;
                Some((found, setup))
            }
            None => None,
        };
        Ok(Taking { formats, taken, transport })
    }

    /// The transceiver of an m-line, unless it is stopped or is to be.
    fn live_at(&self, index: usize) -> Option<&Entry> {
        let line = self.lines.get(index)?;
        self.at(line.mid).filter(|entry| entry.is_live())
    }

    /// What an m-line of the offer shares with what its transceiver wants.
    fn common(
        &self,
        index: usize,
        offered: &MediaDescription,
        capabilities: &Capabilities,
    ) -> Vec<Format> {
        let is_media = line::media_kind(offered).is_some() && !line::is_rejected(offered, true);
        let Some(line) = self.lines.get(index).filter(|_| is_media) else { return Vec::new() };
        let Some(entry) = self.at(line.mid) else { return Vec::new() };
        let own_order = self.config.codec_order == CodecOrder::Own || entry.preferences.is_some();
        let formats = codecs::answer(&self.wanted_codecs(entry, capabilities), offered, own_order);
        match self.config.fixed_codecs {
            true => kept::answered(formats, offered, &self.numbers),
            false => formats,
        }
    }

    fn transport_of_answer(&self, local: &LocalTransport, setup: Setup) -> TransportAttributes {
        let in_use = self.settled_transport().map(|transport| &transport.local);
        let kept = in_use.filter(|_| !self.answer_restarts());
        section::transport(local, kept.unwrap_or(&local.credentials), setup)
    }

    fn answered(
        &self,
        index: usize,
        offered: &MediaDescription,
        formats: &[Format],
        context: &Context<'_>,
        numbers: &mut Numbers,
    ) -> MediaDescription {
        let transport = self.transport_of_answer(context.local, context.setup);
        let mid = offered.mid.clone();
        let (Some(kind), Some(entry)) = (line::media_kind(offered), self.live_at(index)) else {
            let bytes_max = context.capabilities.message_bytes_max;
            let init = self.sctp_init(index, Some(offered), context.capabilities);
            return section::data(mid, Some(offered), transport, bytes_max, init);
        };
        let wanted = direction::answered(entry.direction, line::direction(context.offer, offered));
        let mut answered = SharedList::from(formats.to_vec());
        answered.share_with(&offered.formats);
        let plan = MediaPlan {
            name: offered.name.clone(),
            profile: offered.profile.clone(),
            mid,
            direction: wanted,
            formats: answered,
            extensions: extensions::wished(
                self.answered_extensions(kind, offered, context, numbers),
                &entry.extensions,
            )
            .into(),
            transport,
            reduced_size_rtcp: offered.rtcp_rsize,
        };
        let mut media = section::media(plan, entry, &self.cname);
        media.extensions.share_with(&offered.extensions);
        let layers: Vec<_> = entry.layers().collect();
        simulcast::answer(&mut media, offered, &layers);
        media
    }

    fn answered_extensions(
        &self,
        kind: MediaKind,
        offered: &MediaDescription,
        context: &Context<'_>,
        numbers: &mut Numbers,
    ) -> Vec<crate::sdp::Extension> {
        extensions::answer(kind, context.capabilities, context.offer, offered, numbers)
    }
}

/// What is the same for all m-lines of an answer.
struct Context<'a> {
    local: &'a LocalTransport,
    capabilities: &'a Capabilities,
    offer: &'a Description,
    setup: Setup,
}

/// The offer's group, with what is taken, in its order; none where there was none (RFC 9143 section
/// 7.3).
fn answered_group(offer: &Description, taken: &[bool]) -> Vec<crate::sdp::Group> {
    let Some(first) = taken.iter().position(|taken| *taken) else { return Vec::new() };
    let Some(group) = bundle::group_of(offer, first) else { return Vec::new() };
    let is_taken = |mid: &&String| {
        let place = offer.media.iter().position(|media| media.mid.as_ref() == Some(*mid));
        place.is_some_and(|index| taken[index])
    };
    bundle::group(group.mids.iter().filter(is_taken).cloned().collect()).into_iter().collect()
}
