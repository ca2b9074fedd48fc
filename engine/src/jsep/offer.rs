//! Offers (RFC 9429 section 5.2). Making one changes nothing.

use super::bundle;
use super::codecs;
use super::error::NegotiationError;
use super::extensions;
use super::line::{self, LineKind};
use super::numbers::Numbers;
use super::recycle::{Place, Slot, places};
use super::section::{self, MediaPlan};
use super::signaling::Side;
use super::simulcast;
use super::state::Jsep;
use super::transceiver::Entry;
use crate::codec::MediaKind;
use crate::config::CodecOrder;
use crate::sdp::{Description, MEDIA_LINES_MAX, MediaDescription, MediaName, Profile, Setup};
use crate::session::agreed::{Capabilities, LocalTransport};
use crate::state::SignalingState;

impl Jsep {
    /// An offer of everything that was asked for, with all that was agreed on. It can be made again
    /// and again. Credentials that are in use stay, and those of `local` are for a first exchange
    /// and for a restart ([`Self::restart_wanted`]).
    pub(crate) fn create_offer(
        &self,
        local: &LocalTransport,
        capabilities: &Capabilities,
    ) -> Result<Description, NegotiationError> {
        if !matches!(self.state, SignalingState::Stable | SignalingState::HaveLocalOffer) {
            return Err(NegotiationError::WrongState(self.state));
        }
        let places = places(&self.lines, &self.entries, self.wanted_data());
        if places.is_empty() {
            return Err(NegotiationError::NothingToOffer);
        }
        if places.len() > MEDIA_LINES_MAX {
            return Err(NegotiationError::TooManyMediaLines(places.len()));
        }
        let mut numbers = Numbers::clone(&self.numbers);
        let mut offer = self.blank(local);
        offer.media.reserve_exact(places.len());
        for (index, place) in places.iter().enumerate() {
            let media = self.offered(index, place, local, capabilities, &mut numbers);
            if media.formats.is_empty() && place.slot != Slot::Rejected {
                return Err(NegotiationError::NoCodec);
            }
            offer.media.push(media);
        }
        self.offer_bundle(&mut offer, &places);
        Ok(self.versioned(offer))
    }

    /// The name of an m-line of data channels that is wanted and not there.
    pub(super) fn wanted_data(&self) -> Option<crate::ids::Mid> {
        self.data.reserved.filter(|_| self.data.wanted && self.data_line().is_none())
    }

    fn offered(
        &self,
        index: usize,
        place: &Place,
        local: &LocalTransport,
        capabilities: &Capabilities,
        numbers: &mut Numbers,
    ) -> MediaDescription {
        let in_use = self.settled_transport().map(|transport| &transport.local);
        let kept = in_use.filter(|_| !self.restart_wanted());
        let credentials = kept.unwrap_or(&local.credentials);
        let transport = section::transport(local, credentials, Setup::ActPass);
        let mid = Some(place.mid.as_str().to_owned());
        let ours = self.line_of(Side::Local, index).filter(|_| !place.fresh);
        let theirs = self.line_of(Side::Remote, index).filter(|_| !place.fresh);
        match place.slot {
            Slot::Rejected => {
                let like = self.line_of(Side::Local, index).or(self.line_of(Side::Remote, index));
                let named = self.lines.get(index).is_some_and(|line| line.named);
                let bare = MediaDescription::default();
                section::rejected(like.unwrap_or(&bare), mid.filter(|_| named), transport)
            }
            Slot::Data => {
                let legacy = theirs.filter(|media| media.profile == Profile::DtlsSctp);
                let init = self.sctp_init(index, None, capabilities);
                section::data(mid, legacy, transport, capabilities.message_bytes_max, init)
            }
            Slot::Media(entry) => {
                let entry = &self.entries[entry];
                let theirs = theirs.filter(|_| {
                    self.config.codec_order == CodecOrder::Offered && entry.preferences.is_none()
                });
                let plan = MediaPlan {
                    name: name_of(entry.kind),
                    profile: Profile::UdpTlsRtpSavpf,
                    mid,
                    direction: entry.direction,
                    formats: codecs::offer(
                        self.wanted_codecs(entry, capabilities),
                        numbers,
                        ours,
                        theirs,
                    )
                    .into(),
                    extensions: extensions::wished(
                        extensions::offer(entry.kind, capabilities, numbers),
                        &entry.extensions,
                    )
                    .into(),
                    transport,
                    reduced_size_rtcp: true,
                };
                let mut media = section::media(plan, entry, &self.cname);
                media.rtcp_mux_only = true;
                let layers: Vec<_> = entry.layers().collect();
                simulcast::offer(&mut media, &layers);
                media
            }
        }
    }

    /// Codecs of a transceiver's m-line. Where those are fixed and none of them is preferred, the
    /// preferences do not count: an m-line has to have one.
    pub(super) fn wanted_codecs<'a>(
        &self,
        entry: &Entry,
        capabilities: &'a Capabilities,
    ) -> Vec<codecs::Wanted<'a>> {
        let known = |preferences| {
            let order = &self.config.codecs;
            let mut wanted = codecs::wanted(entry.kind, capabilities, order, preferences);
            if self.config.fixed_codecs && !entry.negotiated.began.is_empty() {
                codecs::keep(&mut wanted, &entry.negotiated.began);
            }
            wanted
        };
        let preferred = known(entry.preferences.as_deref());
        if codecs::has_media(&preferred) { preferred } else { known(None) }
    }

    /// An m-line of the description that is in force.
    pub(super) fn line_of(&self, side: Side, index: usize) -> Option<&MediaDescription> {
        self.description(side).or_else(|| self.current_of(side))?.media.get(index)
    }

    /// The group of all that is not rejected; m-lines that are added may be in it only (RFC 9143
    /// section 7.2).
    fn offer_bundle(&self, offer: &mut Description, places: &[Place]) {
        let live: Vec<usize> =
            (0..places.len()).filter(|index| places[*index].slot != Slot::Rejected).collect();
        let kinds: Vec<LineKind> =
            live.iter().map(|index| line::kind(&offer.media[*index])).collect();
        let only = bundle::bundle_only(self.config.bundle, &kinds);
        for (index, only) in live.iter().zip(only) {
            if only && places[*index].fresh {
                let media = &mut offer.media[*index];
                media.port = 0;
                media.bundle_only = true;
                media.transport = Default::default();
            }
        }
        let mids = live.iter().filter_map(|index| offer.media[*index].mid.clone()).collect();
        offer.groups = bundle::group(mids).into_iter().collect();
    }
}

fn name_of(kind: MediaKind) -> MediaName {
    match kind {
        MediaKind::Audio => MediaName::Audio,
        MediaKind::Video => MediaName::Video,
    }
}
