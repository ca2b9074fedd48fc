//! Commands: what the application asks of a connection.

use std::borrow::Cow;
use std::time::Instant;

use super::Rtc;
use crate::bitrate::Bitrate;
use crate::candidate::{CandidateAddress, IceCandidate};
use crate::channel::{Channel, ChannelConfig, ChannelError, ChannelTable, ChannelWriteError};
use crate::codec::Codec;
use crate::config::{CodecOrder, Delivery};
use crate::event::{CloseReason, Event, KeyframeRequestKind};
use crate::frame::{EncodedFrame, OutgoingPacket};
use crate::ids::{ChannelId, Mid, Rid};
use crate::jsep::{Jsep, Negotiation, NegotiationError};
use crate::media::{KeyframeError, Media, WriteError, WriteOptions};
use crate::output::Output;
use crate::record::{Blob, Entry, nanos};
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
        self.record(|| Entry::CreateChannel { config: Cow::Borrowed(&config) });
        let created = self.make_channel(config);
        self.record_result(created)
    }

    fn make_channel(&mut self, config: ChannelConfig) -> Result<ChannelId, ChannelError> {
        if self.jsep.state() == SignalingState::Closed {
            return Err(ChannelError::Closed);
        }
        let id = self.channels.create(config, &mut self.session)?;
        if self.jsep.data_negotiated() {
            self.channels.open_queued(&mut self.session);
        }
        self.check_negotiation_needed();
        Ok(id)
    }

    /// Rates for the bandwidth estimator: what is sent in any case, and what would be sent if the
    /// network carried it.
    pub fn set_desired_bitrate(&mut self, minimum: Bitrate, desired: Bitrate) {
        self.record(|| Entry::SetDesiredBitrate { minimum, desired });
        self.session.set_desired_bitrate(minimum, desired);
    }

    /// Closes the connection; outputs still to be polled say goodbye to the peer.
    pub fn close(&mut self, now: Instant) {
        self.record_at(now, || Entry::Close {});
        self.now = self.now.max(now);
        self.session.close(self.now);
        self.on_closed(CloseReason::Local);
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

    pub(crate) fn write_frame(
        &mut self,
        mid: Mid,
        frame: &EncodedFrame,
        options: WriteOptions,
        now: Instant,
    ) -> Result<(), WriteError> {
        let started = self.started;
        self.record_at(now, || Entry::WriteFrame {
            mid,
            rid: options.rid,
            audio_level: options.audio_level,
            voice_activity: options.voice_activity,
            captured_ns: options.captured_at.map(|at| nanos(at, started)),
            codec: frame.codec,
            time: frame.time,
            keyframe: frame.keyframe,
            data: Blob::Whole(&frame.data),
        });
        let written = self.send_frame(mid, frame, options, now);
        self.record_result(written)
    }

    fn send_frame(
        &mut self,
        mid: Mid,
        frame: &EncodedFrame,
        options: WriteOptions,
        now: Instant,
    ) -> Result<(), WriteError> {
        if self.config.delivery != Delivery::Frames {
            return Err(WriteError::WrongDelivery);
        }
        self.now = self.now.max(now);
        self.session.write_frame(mid, frame, options, self.now)?;
        self.stats.on_frame_sent(mid, options.rid, frame);
        Ok(())
    }

    pub(crate) fn write_packet(
        &mut self,
        mid: Mid,
        rid: Option<Rid>,
        packet: OutgoingPacket,
        now: Instant,
    ) -> Result<(), WriteError> {
        self.record_at(now, || Entry::WritePacket {
            mid,
            rid,
            payload_type: packet.payload_type,
            sequence_number: packet.sequence_number,
            timestamp: packet.timestamp,
            marker: packet.marker,
            nackable: packet.nackable,
            payload: Blob::Whole(&packet.payload),
        });
        let written = self.send_packet(mid, rid, packet, now);
        self.record_result(written)
    }

    fn send_packet(
        &mut self,
        mid: Mid,
        rid: Option<Rid>,
        packet: OutgoingPacket,
        now: Instant,
    ) -> Result<(), WriteError> {
        if self.config.delivery != Delivery::Packets {
            return Err(WriteError::WrongDelivery);
        }
        self.now = self.now.max(now);
        self.session.write_packet(mid, rid, packet, self.now)
    }

    pub(crate) fn request_keyframe(
        &mut self,
        mid: Mid,
        rid: Option<Rid>,
        kind: KeyframeRequestKind,
    ) -> Result<(), KeyframeError> {
        self.record(|| Entry::RequestKeyframe { mid, rid, kind });
        let asked = self.session.request_keyframe(mid, rid, kind);
        self.record_result(asked)
    }

    pub(crate) fn select_layer(&mut self, mid: Mid, rid: Option<Rid>) {
        self.record(|| Entry::SelectLayer { mid, rid });
        if self.layers.entry(mid).or_default().select(rid) {
            // A layer that has not arrived yet begins with a keyframe anyway.
            let _ = self.session.request_keyframe(mid, rid, KeyframeRequestKind::Pli);
        }
    }

    pub(crate) fn write_channel(
        &mut self,
        id: ChannelId,
        binary: bool,
        data: &[u8],
    ) -> Result<(), ChannelWriteError> {
        self.record(|| Entry::WriteChannel { id, binary, data: Blob::Whole(data) });
        let written = self.send_message(id, binary, data);
        self.record_result(written)
    }

    fn send_message(
        &mut self,
        id: ChannelId,
        binary: bool,
        data: &[u8],
    ) -> Result<(), ChannelWriteError> {
        self.channels.write(id, binary, data, &mut self.session)?;
        self.stats.channels.messages_sent += 1;
        self.stats.channels.bytes_sent += data.len() as u64;
        Ok(())
    }

    pub(crate) fn channel_buffered_amount(&mut self, id: ChannelId) -> usize {
        self.record(|| Entry::BufferedAmount { id });
        self.channels.buffered_amount(id, &mut self.session)
    }

    pub(crate) fn channel_stream(&mut self, id: ChannelId) -> Option<u16> {
        self.channels.stream(id, &mut self.session)
    }

    pub(crate) fn set_channel_low_threshold(&mut self, id: ChannelId, bytes: usize) {
        self.record(|| Entry::SetLowThreshold { id, bytes });
        self.channels.set_low_threshold(id, bytes, &mut self.session);
    }

    pub(crate) fn close_channel(&mut self, id: ChannelId) {
        self.record(|| Entry::CloseChannel { id });
        if self.channels.close(id, &mut self.session) {
            self.push_event(Event::ChannelClosed(id));
        }
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
