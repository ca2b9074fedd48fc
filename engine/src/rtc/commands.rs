//! What an application calls on a connection itself, and what its handles look at.

use std::borrow::Cow;
use std::time::Instant;

use super::Rtc;
use crate::bitrate::Bitrate;
use crate::candidate::{CandidateAddress, IceCandidate};
use crate::channel::{Channel, ChannelConfig, ChannelError, ChannelTable};
use crate::codec::Codec;
use crate::command::Command;
use crate::config::CodecOrder;
use crate::event::Event;
use crate::ids::{ChannelId, Mid};
use crate::jsep::{Jsep, Negotiation, NegotiationError};
use crate::media::Media;
use crate::output::Output;
use crate::record::nanos;
use crate::session::Session;
use crate::state::{ConnectionState, IceConnectionState, IceGatheringState, SignalingState};

impl Rtc {
    /// The offer/answer exchange.
    pub fn negotiation(&mut self) -> Negotiation<'_> {
        Negotiation::new(self)
    }

    /// A negotiated m-line, `None` when there is none of that name.
    pub fn media(&mut self, mid: Mid) -> Option<Media<'_>> {
        let kind = self.jsep.kind_of(mid)?;
        Some(Media::new(self, mid, kind))
    }

    /// A data channel that is not closed.
    pub fn channel(&mut self, id: ChannelId) -> Option<Channel<'_>> {
        self.channels.contains(id).then(|| Channel::new(self, id))
    }

    /// Asks for a data channel; [`Event::ChannelOpened`] tells when it can be used.
    pub fn create_channel(&mut self, config: ChannelConfig) -> Result<ChannelId, ChannelError> {
        self.ask(&Command::CreateChannel { config: Cow::Owned(config) })
    }

    /// Rates for the bandwidth estimator: what is sent in any case, and what would be sent if the
    /// network carried it.
    pub fn set_desired_bitrate(&mut self, minimum: Bitrate, desired: Bitrate) {
        self.ask(&Command::SetDesiredBitrate { minimum, desired })
    }

    /// Closes the connection; outputs still to be polled say goodbye to the peer.
    pub fn close(&mut self, now: Instant) {
        self.ask_at(&Command::Close, now)
    }

    /// Where ICE and DTLS stand together.
    pub fn connection_state(&self) -> ConnectionState {
        self.connection
    }

    /// Where ICE stands.
    pub fn ice_connection_state(&self) -> IceConnectionState {
        self.ice
    }

    /// Where gathering stands.
    pub fn ice_gathering_state(&self) -> IceGatheringState {
        self.gathering
    }

    /// Where the offer/answer exchange stands.
    pub fn signaling_state(&self) -> SignalingState {
        self.jsep.state()
    }

    /// The user fragment that checks to this connection begin with, for a
    /// [`Router`](crate::Router).
    pub fn local_ufrag(&self) -> String {
        self.session.local_ufrag().to_owned()
    }

    pub(crate) fn session(&self) -> &Session {
        &self.session
    }

    pub(crate) fn session_mut(&mut self) -> &mut Session {
        &mut self.session
    }

    pub(crate) fn channels(&self) -> &ChannelTable {
        &self.channels
    }

    /// Codecs to negotiate, preferred first.
    pub(crate) fn codecs(&self) -> impl Iterator<Item = Codec> {
        self.config.codecs.iter().copied()
    }

    pub(crate) fn codec_order(&self) -> CodecOrder {
        self.config.codec_order
    }

    pub(crate) fn jsep(&self) -> &Jsep {
        &self.jsep
    }

    pub(crate) fn jsep_mut(&mut self) -> &mut Jsep {
        &mut self.jsep
    }

    pub(crate) fn negotiation_parts(&mut self) -> (&mut Jsep, &mut Session, &mut ChannelTable) {
        (&mut self.jsep, &mut self.session, &mut self.channels)
    }

    /// Tells of channels whose agreed stream went to another one while they waited.
    pub(crate) fn drop_taken_channels(&mut self) {
        for id in self.channels.drop_taken(&mut self.session) {
            self.push_event(Event::ChannelClosed(id));
        }
    }

    pub(crate) fn check_negotiation_needed(&mut self) {
        if self.jsep.take_negotiation_needed(self.channels.has_queued()) {
            self.push_event(Event::NegotiationNeeded);
        }
    }

    pub(crate) fn signaling_changed(&mut self) {
        self.push_event(Event::SignalingStateChanged(self.jsep.state()));
        self.check_negotiation_needed();
    }

    pub(crate) fn start_gathering(&mut self) {
        self.gatherer.start();
    }

    /// Nanoseconds from the start to a moment.
    pub(crate) fn since_start(&self, at: Instant) -> i64 {
        nanos(at, self.started)
    }

    pub(crate) fn channel_stream(&mut self, id: ChannelId) -> Option<u16> {
        self.channels.stream(id, &mut self.session)
    }

    pub(crate) fn add_remote_candidate(
        &mut self,
        candidate: IceCandidate,
    ) -> Result<(), NegotiationError> {
        if let CandidateAddress::Name(name, _) = &candidate.address {
            if !self.config.resolve_names {
                return Ok(());
            }
            let name = name.clone();
            if let Some(id) = self.resolver.ask(candidate) {
                self.outputs.push(Output::Resolve { id, name });
            }
            return Ok(());
        }
        self.session.add_remote_candidate(&candidate).map_err(NegotiationError::Candidate)
    }

    pub(super) fn add_resolved_candidate(&mut self, candidate: &IceCandidate) {
        if let Err(error) = self.session.add_remote_candidate(candidate) {
            tracing::debug!(%error, "resolved candidate not usable");
        }
    }
}
