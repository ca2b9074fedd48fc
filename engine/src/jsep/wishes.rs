//! What the application asks for. Nothing of it is negotiated until a description says it.

use super::codecs::wanted;
use super::error::NegotiationError;
use super::state::Jsep;
use super::transceiver::{
    CodecPreference, Entry, Life, Negotiated, Origin, SendEncoding, TransceiverInit,
};
use crate::codec::MediaKind;
use crate::event::Direction;
use crate::ids::TransceiverId;
use crate::session::agreed::{Capabilities, IceCredentials};
use crate::state::SignalingState;

impl Jsep {
    /// Asks for another m-line.
    pub(crate) fn add_transceiver(
        &mut self,
        kind: MediaKind,
        init: TransceiverInit,
    ) -> TransceiverId {
        self.add(kind, init, Origin::Added)
    }

    /// Asks to send: on a transceiver of that kind that was never used to send, or on an m-line
    /// that is still to come, from either side (W3C `addTrack`).
    pub(crate) fn add_track(&mut self, kind: MediaKind, init: TransceiverInit) -> TransceiverId {
        let fits = |entry: &&mut Entry| {
            let never_sent = !entry.direction.sends() && !entry.negotiated.has_sent;
            entry.kind == kind && entry.is_live() && never_sent
        };
        let Some(entry) = self.entries.iter_mut().find(fits) else {
            return self.add(kind, init, Origin::Track);
        };
        entry.direction = super::direction::from_parts(true, entry.direction.receives());
        if entry.origin == Origin::Peer {
            entry.origin = Origin::Claimed;
        }
        if let Some(stream) = init.stream_id {
            entry.streams = vec![stream];
        }
        if let Some(track) = init.track_id {
            entry.track = track;
        }
        entry.id
    }

    pub(super) fn add(
        &mut self,
        kind: MediaKind,
        init: TransceiverInit,
        origin: Origin,
    ) -> TransceiverId {
        let id = TransceiverId(self.next_id);
        self.next_id += 1;
        let reserved = self.fresh_mid();
        let (ssrc, rtx) = (self.fresh_ssrc(), self.fresh_ssrc());
        let (stream, track) = (self.fresh_name(), self.fresh_name());
        let encodings: Vec<SendEncoding> = match init.send_layers.is_empty() {
            true => vec![SendEncoding::new(None)],
            false => init.send_layers.iter().map(|rid| SendEncoding::new(Some(*rid))).collect(),
        };
        self.entries.push(Entry {
            id,
            kind,
            origin,
            life: Life::Live,
            direction: init.direction,
            streams: vec![init.stream_id.unwrap_or(stream)],
            track: init.track_id.unwrap_or(track),
            encodings,
            preferences: None,
            extensions: Vec::new(),
            ssrc,
            rtx,
            reserved,
            negotiated: Negotiated::default(),
        });
        id
    }

    /// Changes which way media shall flow. While an offer of the peer's waits, the answer says it.
    pub(crate) fn set_direction(
        &mut self,
        id: TransceiverId,
        direction: Direction,
    ) -> Result<(), NegotiationError> {
        let entry = self.live(id)?;
        entry.direction = direction;
        claim(entry);
        Ok(())
    }

    /// Ends a transceiver for good. One that no description has is gone at once.
    pub(crate) fn stop(&mut self, id: TransceiverId) -> Result<(), NegotiationError> {
        let entry = self.live(id)?;
        entry.life = Life::Stopping;
        if entry.negotiated.mid.is_none() {
            self.entries.retain(|entry| entry.id != id);
        }
        Ok(())
    }

    /// Streams that what is sent belongs to (W3C `setStreams`); none for a track without one.
    pub(crate) fn set_streams(
        &mut self,
        id: TransceiverId,
        streams: Vec<String>,
    ) -> Result<(), NegotiationError> {
        let entry = self.live(id)?;
        entry.streams.clear();
        for stream in streams {
            if !entry.streams.contains(&stream) {
                entry.streams.push(stream);
            }
        }
        claim(entry);
        Ok(())
    }

    /// Codecs of later descriptions, preferred first; an empty list for those of the configuration.
    /// It has one of media at least.
    pub(crate) fn set_codec_preferences(
        &mut self,
        id: TransceiverId,
        codecs: Vec<CodecPreference>,
        capabilities: &Capabilities,
    ) -> Result<(), NegotiationError> {
        let order = self.config.codecs.clone();
        let entry = self.live(id)?;
        if codecs.is_empty() {
            entry.preferences = None;
            return Ok(());
        }
        if wanted(entry.kind, capabilities, &order, Some(&codecs)).is_empty() {
            return Err(NegotiationError::NoCodec);
        }
        entry.preferences = Some(codecs);
        Ok(())
    }

    /// What is sent (W3C `setParameters`): as many layers as there are, of the same names, in the
    /// same order, each in a codec that was agreed on. Until one was, it is one of
    /// [`Self::set_codec_preferences`], else of the configuration. It needs no exchange:
    /// [`Self::sent_encodings`] has it at once.
    pub(crate) fn set_parameters(
        &mut self,
        id: TransceiverId,
        encodings: Vec<SendEncoding>,
    ) -> Result<(), NegotiationError> {
        let entry = self.live(id)?;
        let names = |encodings: &[SendEncoding]| -> Vec<_> {
            encodings.iter().map(|encoding| encoding.rid).collect()
        };
        let is_valid = |encoding: &SendEncoding| {
            encoding.scale_resolution_down_by.is_none_or(|factor| factor >= 1.0)
                && encoding.max_framerate.is_none_or(|rate| rate >= 0.0)
        };
        if names(&encodings) != names(&entry.encodings) || !encodings.iter().all(is_valid) {
            return Err(NegotiationError::Encodings);
        }
        let entry = self.entry(id).ok_or(NegotiationError::UnknownTransceiver)?;
        self.check_codecs(entry, &encodings)?;
        self.live(id)?.encodings = encodings;
        Ok(())
    }

    /// What is sent.
    pub(crate) fn parameters(&self, id: TransceiverId) -> Option<&[SendEncoding]> {
        self.entry(id).map(|entry| &entry.encodings[..])
    }

    /// Asks for new ICE credentials with the next offer. Before there are any it asks for nothing.
    pub(crate) fn restart_ice(&mut self) {
        let settled = self.transport.as_ref().map(|transport| transport.local.clone());
        let described = self
            .local_description()
            .and_then(|description| super::transport::credentials(description));
        self.replace = settled.into_iter().chain(described).collect();
        self.replace.dedup();
    }

    /// The next offer is to be made with new credentials.
    pub(crate) fn restart_wanted(&self) -> bool {
        !self.replace.is_empty()
    }

    /// The next offer must not have these credentials.
    pub(crate) fn is_to_replace(&self, credentials: &IceCredentials) -> bool {
        self.replace.contains(credentials)
    }

    /// The answer that is owed is to be made with new credentials: the peer's offer restarts ICE.
    pub(crate) fn answer_restarts(&self) -> bool {
        let settled = self.settled_transport();
        let offered = self
            .remote_description()
            .and_then(|description| super::transport::credentials(description));
        let owed = [SignalingState::HaveRemoteOffer, SignalingState::HaveLocalPranswer];
        owed.contains(&self.state)
            && settled.is_some_and(|transport| {
                offered.is_some_and(|offered| offered != transport.remote.credentials)
            })
    }

    /// Asks for an m-line of data channels, or no longer. One that is agreed on stays.
    pub(crate) fn want_data_channels(&mut self, wanted: bool) {
        self.data.wanted = wanted;
        self.reserve_data();
    }

    /// An m-line of data channels that is wanted and not there has a name for the next offer.
    pub(super) fn reserve_data(&mut self) {
        if self.data.wanted && self.data_line().is_none() && self.data.reserved.is_none() {
            self.data.reserved = Some(self.fresh_mid());
        }
    }

    pub(super) fn live(&mut self, id: TransceiverId) -> Result<&mut Entry, NegotiationError> {
        if self.state == SignalingState::Closed {
            return Err(NegotiationError::WrongState(self.state));
        }
        let found = self.entries.iter_mut().find(|entry| entry.id == id);
        let entry = found.ok_or(NegotiationError::UnknownTransceiver)?;
        if entry.is_live() { Ok(entry) } else { Err(NegotiationError::Stopped) }
    }
}

fn claim(entry: &mut Entry) {
    if entry.origin == Origin::Peer {
        entry.origin = Origin::Claimed;
    }
}
