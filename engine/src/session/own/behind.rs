//! The session as the seam has it.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::session::OwnSession;
use crate::bitrate::Bitrate;
use crate::candidate::{CandidateError, IceCandidate};
use crate::channel::{ChannelConfig, ChannelReading, MessagePart};
use crate::config::{Config, DtlsVersion, SrtpCipher};
use crate::datagram::Datagram;
use crate::dtls::Association;
use crate::event::{CloseReason, KeyframeRequestKind};
use crate::frame::{EncodedFrame, OutgoingPacket};
use crate::ice::Network;
use crate::ids::{Mid, Rid};
use crate::media::{KeyframeError, RtcpWriteError, WriteError, WriteOptions};
use crate::session::agreed::{AgreeError, Agreed, Capabilities, IceCredentials, LocalTransport};
use crate::session::figures::Figures;
use crate::session::output::{SessionChannel, SessionOutput};
use crate::session::seam::{ChannelRefusal, Discarded, Pair, Session};

impl Session for OwnSession {
    fn new(config: &Config, now: Instant) -> Self {
        OwnSession::begin(config, now)
    }

    fn capabilities(&self) -> Arc<Capabilities> {
        Arc::clone(&self.capabilities)
    }

    fn local_transport(&self) -> LocalTransport {
        self.described()
    }

    fn draw_credentials(&mut self) -> IceCredentials {
        self.checks.draw()
    }

    fn expect_checks(&mut self, credentials: &IceCredentials, _controlling: bool) {
        self.checks.expect(credentials);
        self.offer_sped();
    }

    fn forget_checks(&mut self) {
        self.checks.agent.forget_credentials();
    }

    fn agree(&mut self, agreed: &Agreed) -> Result<(), AgreeError> {
        self.take(agreed)
    }

    fn add_local_candidate(
        &mut self,
        candidate: &IceCandidate,
        network: Network,
    ) -> Option<IceCandidate> {
        self.add_local(candidate, network)
    }

    fn remove_local_candidate(&mut self, candidate: &IceCandidate) {
        self.remove_local(candidate);
    }

    fn local_candidates(&self) -> Vec<IceCandidate> {
        self.checks.agent.local_candidates()
    }

    fn add_remote_candidate(&mut self, candidate: &IceCandidate) -> Result<(), CandidateError> {
        self.add_remote(candidate)
    }

    fn timeout(&mut self, now: Instant) {
        self.pass_time(now);
    }

    fn receive(&mut self, datagram: &Datagram<'_>, now: Instant) -> Result<(), Discarded> {
        self.take_datagram(datagram, now)
    }

    fn poll(&mut self) -> SessionOutput {
        self.next_output()
    }

    fn give_back(&mut self, buffer: Vec<u8>) {
        self.buffers.give_back(buffer);
    }

    fn write_frame(
        &mut self,
        mid: Mid,
        frame: &EncodedFrame,
        options: WriteOptions,
        now: Instant,
    ) -> Result<(), WriteError> {
        self.send_frame(mid, frame, options, now)
    }

    fn write_packet(
        &mut self,
        mid: Mid,
        rid: Option<Rid>,
        packet: OutgoingPacket,
        now: Instant,
    ) -> Result<(), WriteError> {
        self.send_packet(mid, rid, packet, now)
    }

    fn write_rtcp(&mut self, packet: &[u8], now: Instant) -> Result<(), RtcpWriteError> {
        self.send_rtcp(packet, now)
    }

    fn request_keyframe(
        &mut self,
        mid: Mid,
        rid: Option<Rid>,
        kind: KeyframeRequestKind,
    ) -> Result<(), KeyframeError> {
        self.ask_keyframe(mid, rid, kind)
    }

    fn set_desired_bitrate(&mut self, minimum: Bitrate, desired: Bitrate) {
        self.limit(minimum, desired);
    }

    fn send_delay(&self) -> Duration {
        self.pacer_drains_in()
    }

    fn open_channel(&mut self, config: &ChannelConfig) -> SessionChannel {
        self.open(config)
    }

    fn is_stream_taken(&mut self, stream: u16) -> bool {
        self.stream_is_taken(stream)
    }

    fn stream_of(&mut self, channel: SessionChannel) -> Option<u16> {
        self.channel_stream(channel)
    }

    fn write_channel(
        &mut self,
        channel: SessionChannel,
        binary: bool,
        data: &[u8],
    ) -> Result<(), ChannelRefusal> {
        self.write(channel, binary, data)
    }

    fn begin_message(
        &mut self,
        channel: SessionChannel,
        binary: bool,
        length: Option<u64>,
    ) -> Result<(), ChannelRefusal> {
        self.begin_parts(channel, binary, length)
    }

    fn write_part(
        &mut self,
        channel: SessionChannel,
        data: &[u8],
    ) -> Result<usize, ChannelRefusal> {
        self.add_part(channel, data)
    }

    fn end_message(&mut self, channel: SessionChannel) -> Result<(), ChannelRefusal> {
        self.end_parts(channel)
    }

    fn set_reading(
        &mut self,
        channel: SessionChannel,
        reading: ChannelReading,
    ) -> Result<(), ChannelRefusal> {
        self.read_as(channel, reading)
    }

    fn read_part(&mut self, channel: SessionChannel, bytes_max: usize) -> Option<MessagePart> {
        self.next_part(channel, bytes_max)
    }

    fn channel_buffered_amount(&mut self, channel: SessionChannel) -> usize {
        self.buffered(channel)
    }

    fn set_channel_low_threshold(&mut self, channel: SessionChannel, bytes: usize) {
        self.set_low_threshold(channel, bytes);
    }

    fn close_channel(&mut self, channel: SessionChannel) {
        self.close_one(channel);
    }

    fn figures(&self) -> Figures {
        self.count()
    }

    fn selected_pair(&self) -> Option<Pair> {
        self.checks.pair()
    }

    fn path(&self) -> Option<(SocketAddr, SocketAddr)> {
        self.checks.path()
    }

    fn dtls_version(&self) -> Option<DtlsVersion> {
        self.handshake.version
    }

    fn srtp_cipher(&self) -> Option<SrtpCipher> {
        self.cipher()
    }

    fn key_log(&self) -> Option<&str> {
        self.handshake.association.as_ref().and_then(Association::key_log)
    }

    fn transport_identity(&self, index: usize) -> Option<Vec<u8>> {
        self.config.certificate.as_ref()?;
        self.handshake.association.as_ref()?.signatures().get(index).cloned()
    }

    fn replay_identities(&mut self, identities: &[&[u8]]) {
        self.handshake.signatures = identities.iter().map(|bytes| bytes.to_vec()).collect();
    }

    fn give_up(&mut self, reason: CloseReason) {
        self.end(reason);
    }

    fn close(&mut self, now: Instant) {
        self.leave(now);
    }
}
