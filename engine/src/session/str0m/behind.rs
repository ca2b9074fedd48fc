//! The session behind the seam.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;

use super::session::Str0mSession;
use crate::bitrate::Bitrate;
use crate::candidate::{CandidateError, IceCandidate};
use crate::channel::ChannelConfig;
use crate::config::{Config, DtlsVersion, SrtpCipher};
use crate::datagram::Datagram;
use crate::event::{CloseReason, KeyframeRequestKind};
use crate::frame::{EncodedFrame, OutgoingPacket};
use crate::ice::Network;
use crate::ids::{Mid, Rid};
use crate::media::{KeyframeError, RtcpWriteError, WriteError, WriteOptions};
use crate::session::agreed::{AgreeError, Agreed, Capabilities, IceCredentials, LocalTransport};
use crate::session::figures::Figures;
use crate::session::output::{SessionChannel, SessionOutput};
use crate::session::seam::{ChannelRefusal, Discarded, Pair, Session};

impl Session for Str0mSession {
    fn new(config: &Config, now: Instant) -> Self {
        Str0mSession::new(config, now)
    }

    fn capabilities(&self) -> Arc<Capabilities> {
        Arc::clone(self.catalogue.capabilities())
    }

    fn local_transport(&self) -> LocalTransport {
        Str0mSession::local_transport(self)
    }

    fn draw_credentials(&mut self) -> IceCredentials {
        Str0mSession::draw_credentials(self)
    }

    fn expect_checks(&mut self, credentials: &IceCredentials, controlling: bool) {
        Str0mSession::expect_checks(self, credentials, controlling);
    }

    fn forget_checks(&mut self) {
        Str0mSession::forget_checks(self);
    }

    fn agree(&mut self, agreed: &Agreed) -> Result<(), AgreeError> {
        Str0mSession::agree(self, agreed)
    }

    fn add_local_candidate(
        &mut self,
        candidate: &IceCandidate,
        _network: Network,
    ) -> Option<IceCandidate> {
        Str0mSession::add_local_candidate(self, candidate)
    }

    fn remove_local_candidate(&mut self, candidate: &IceCandidate) {
        Str0mSession::remove_local_candidate(self, candidate);
    }

    fn local_candidates(&self) -> Vec<IceCandidate> {
        Str0mSession::local_candidates(self)
    }

    fn add_remote_candidate(&mut self, candidate: &IceCandidate) -> Result<(), CandidateError> {
        Str0mSession::add_remote_candidate(self, candidate)
    }

    fn timeout(&mut self, now: Instant) {
        Str0mSession::timeout(self, now);
    }

    fn receive(&mut self, datagram: &Datagram<'_>, now: Instant) -> Result<(), Discarded> {
        Str0mSession::receive(self, datagram, now)
    }

    fn poll(&mut self) -> SessionOutput {
        Str0mSession::poll(self)
    }

    /// The library makes a buffer for each datagram.
    fn give_back(&mut self, _buffer: Vec<u8>) {}

    fn write_frame(
        &mut self,
        mid: Mid,
        frame: &EncodedFrame,
        options: WriteOptions,
        now: Instant,
    ) -> Result<(), WriteError> {
        Str0mSession::write_frame(self, mid, frame, options, now)
    }

    fn write_packet(
        &mut self,
        mid: Mid,
        rid: Option<Rid>,
        packet: OutgoingPacket,
        now: Instant,
    ) -> Result<(), WriteError> {
        Str0mSession::write_packet(self, mid, rid, packet, now)
    }

    fn write_rtcp(&mut self, _packet: &[u8], _now: Instant) -> Result<(), RtcpWriteError> {
        Err(RtcpWriteError::Unsupported)
    }

    fn request_keyframe(
        &mut self,
        mid: Mid,
        rid: Option<Rid>,
        kind: KeyframeRequestKind,
    ) -> Result<(), KeyframeError> {
        Str0mSession::request_keyframe(self, mid, rid, kind)
    }

    fn set_desired_bitrate(&mut self, minimum: Bitrate, desired: Bitrate) {
        Str0mSession::set_desired_bitrate(self, minimum, desired);
    }

    fn open_channel(&mut self, config: &ChannelConfig) -> SessionChannel {
        Str0mSession::open_channel(self, config)
    }

    fn is_stream_taken(&mut self, stream: u16) -> bool {
        Str0mSession::is_stream_taken(self, stream)
    }

    fn stream_of(&mut self, channel: SessionChannel) -> Option<u16> {
        Str0mSession::stream_of(self, channel)
    }

    fn write_channel(
        &mut self,
        channel: SessionChannel,
        binary: bool,
        data: &[u8],
    ) -> Result<(), ChannelRefusal> {
        Str0mSession::write_channel(self, channel, binary, data)
    }

    fn channel_buffered_amount(&mut self, channel: SessionChannel) -> usize {
        Str0mSession::channel_buffered_amount(self, channel)
    }

    fn set_channel_low_threshold(&mut self, channel: SessionChannel, bytes: usize) {
        Str0mSession::set_channel_low_threshold(self, channel, bytes);
    }

    fn close_channel(&mut self, channel: SessionChannel) {
        Str0mSession::close_channel(self, channel);
    }

    fn figures(&self) -> Figures {
        Str0mSession::figures(self)
    }

    fn selected_pair(&self) -> Option<Pair> {
        Str0mSession::selected_pair(self)
    }

    fn path(&self) -> Option<(SocketAddr, SocketAddr)> {
        Str0mSession::path(self)
    }

    fn dtls_version(&self) -> Option<DtlsVersion> {
        Str0mSession::dtls_version(self)
    }

    fn srtp_cipher(&self) -> Option<SrtpCipher> {
        Str0mSession::srtp_cipher(self)
    }

    fn key_log(&self) -> Option<&str> {
        Str0mSession::key_log(self)
    }

    fn transport_identity(&self, index: usize) -> Option<Vec<u8>> {
        Str0mSession::transport_identity(self, index)
    }

    fn replay_identities(&mut self, identities: &[&[u8]]) {
        Str0mSession::replay_identities(self, identities);
    }

    fn give_up(&mut self, reason: CloseReason) {
        Str0mSession::give_up(self, reason);
    }

    fn close(&mut self, now: Instant) {
        Str0mSession::close(self, now);
    }
}
