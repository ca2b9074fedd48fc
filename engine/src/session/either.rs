//! The session that the configuration chooses.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::agreed::{AgreeError, Agreed, Capabilities, IceCredentials, LocalTransport};
use super::figures::Figures;
use super::output::{SessionChannel, SessionOutput};
use super::own::OwnSession;
use super::seam::{ChannelRefusal, Discarded, Pair, Session};
use super::str0m::Str0mSession;
use crate::bitrate::Bitrate;
use crate::candidate::{CandidateError, IceCandidate};
use crate::channel::{ChannelConfig, ChannelReading, MessagePart};
use crate::config::{Config, DtlsVersion, SessionKind, SrtpCipher};
use crate::datagram::Datagram;
use crate::event::{CloseReason, KeyframeRequestKind};
use crate::frame::{EncodedFrame, OutgoingPacket};
use crate::ice::Network;
use crate::ids::{Mid, Rid};
use crate::media::{KeyframeError, RtcpWriteError, WriteError, WriteOptions};

/// One of the sessions that there are.
pub(crate) enum Transport {
    Str0m(Box<Str0mSession>),
    Own(Box<OwnSession>),
}

/// The same of either.
macro_rules! each {
    ($which:expr, $session:ident => $call:expr) => {
        match $which {
            Transport::Str0m($session) => $call,
            Transport::Own($session) => $call,
        }
    };
}

impl Session for Transport {
    fn new(config: &Config, now: Instant) -> Self {
        match config.session {
            SessionKind::Str0m => Transport::Str0m(Box::new(Session::new(config, now))),
            SessionKind::Own => Transport::Own(Box::new(Session::new(config, now))),
        }
    }

    fn capabilities(&self) -> Arc<Capabilities> {
        each!(self, session => session.capabilities())
    }

    fn local_transport(&self) -> LocalTransport {
        each!(self, session => session.local_transport())
    }

    fn draw_credentials(&mut self) -> IceCredentials {
        each!(self, session => session.draw_credentials())
    }

    fn expect_checks(&mut self, credentials: &IceCredentials, controlling: bool) {
        each!(self, session => session.expect_checks(credentials, controlling))
    }

    fn forget_checks(&mut self) {
        each!(self, session => session.forget_checks())
    }

    fn agree(&mut self, agreed: &Agreed) -> Result<(), AgreeError> {
        each!(self, session => session.agree(agreed))
    }

    fn add_local_candidate(
        &mut self,
        candidate: &IceCandidate,
        network: Network,
    ) -> Option<IceCandidate> {
        each!(self, session => session.add_local_candidate(candidate, network))
    }

    fn remove_local_candidate(&mut self, candidate: &IceCandidate) {
        each!(self, session => session.remove_local_candidate(candidate))
    }

    fn local_candidates(&self) -> Vec<IceCandidate> {
        each!(self, session => session.local_candidates())
    }

    fn add_remote_candidate(&mut self, candidate: &IceCandidate) -> Result<(), CandidateError> {
        each!(self, session => session.add_remote_candidate(candidate))
    }

    fn timeout(&mut self, now: Instant) {
        each!(self, session => session.timeout(now))
    }

    fn receive(&mut self, datagram: &Datagram<'_>, now: Instant) -> Result<(), Discarded> {
        each!(self, session => session.receive(datagram, now))
    }

    fn poll(&mut self) -> SessionOutput {
        each!(self, session => session.poll())
    }

    fn give_back(&mut self, buffer: Vec<u8>) {
        each!(self, session => session.give_back(buffer))
    }

    fn write_frame(
        &mut self,
        mid: Mid,
        frame: &EncodedFrame,
        options: WriteOptions,
        now: Instant,
    ) -> Result<(), WriteError> {
        each!(self, session => session.write_frame(mid, frame, options, now))
    }

    fn write_packet(
        &mut self,
        mid: Mid,
        rid: Option<Rid>,
        packet: OutgoingPacket,
        now: Instant,
    ) -> Result<(), WriteError> {
        each!(self, session => session.write_packet(mid, rid, packet, now))
    }

    fn write_rtcp(&mut self, packet: &[u8], now: Instant) -> Result<(), RtcpWriteError> {
        each!(self, session => session.write_rtcp(packet, now))
    }

    fn request_keyframe(
        &mut self,
        mid: Mid,
        rid: Option<Rid>,
        kind: KeyframeRequestKind,
    ) -> Result<(), KeyframeError> {
        each!(self, session => session.request_keyframe(mid, rid, kind))
    }

    fn set_desired_bitrate(&mut self, minimum: Bitrate, desired: Bitrate) {
        each!(self, session => session.set_desired_bitrate(minimum, desired))
    }

    fn send_delay(&self) -> Duration {
        each!(self, session => session.send_delay())
    }

    fn open_channel(&mut self, config: &ChannelConfig) -> SessionChannel {
        each!(self, session => session.open_channel(config))
    }

    fn is_stream_taken(&mut self, stream: u16) -> bool {
        each!(self, session => session.is_stream_taken(stream))
    }

    fn stream_of(&mut self, channel: SessionChannel) -> Option<u16> {
        each!(self, session => session.stream_of(channel))
    }

    fn write_channel(
        &mut self,
        channel: SessionChannel,
        binary: bool,
        data: &[u8],
    ) -> Result<(), ChannelRefusal> {
        each!(self, session => session.write_channel(channel, binary, data))
    }

    fn begin_message(
        &mut self,
        channel: SessionChannel,
        binary: bool,
        length: Option<u64>,
    ) -> Result<(), ChannelRefusal> {
        each!(self, session => session.begin_message(channel, binary, length))
    }

    fn write_part(
        &mut self,
        channel: SessionChannel,
        data: &[u8],
    ) -> Result<usize, ChannelRefusal> {
        each!(self, session => session.write_part(channel, data))
    }

    fn end_message(&mut self, channel: SessionChannel) -> Result<(), ChannelRefusal> {
        each!(self, session => session.end_message(channel))
    }

    fn set_reading(
        &mut self,
        channel: SessionChannel,
        reading: ChannelReading,
    ) -> Result<(), ChannelRefusal> {
        each!(self, session => session.set_reading(channel, reading))
    }

    fn read_part(&mut self, channel: SessionChannel, bytes_max: usize) -> Option<MessagePart> {
        each!(self, session => session.read_part(channel, bytes_max))
    }

    fn channel_buffered_amount(&mut self, channel: SessionChannel) -> usize {
        each!(self, session => session.channel_buffered_amount(channel))
    }

    fn set_channel_low_threshold(&mut self, channel: SessionChannel, bytes: usize) {
        each!(self, session => session.set_channel_low_threshold(channel, bytes))
    }

    fn close_channel(&mut self, channel: SessionChannel) {
        each!(self, session => session.close_channel(channel))
    }

    fn figures(&self) -> Figures {
        each!(self, session => session.figures())
    }

    fn selected_pair(&self) -> Option<Pair> {
        each!(self, session => session.selected_pair())
    }

    fn path(&self) -> Option<(SocketAddr, SocketAddr)> {
        each!(self, session => session.path())
    }

    fn dtls_version(&self) -> Option<DtlsVersion> {
        each!(self, session => session.dtls_version())
    }

    fn srtp_cipher(&self) -> Option<SrtpCipher> {
        each!(self, session => session.srtp_cipher())
    }

    fn key_log(&self) -> Option<&str> {
        each!(self, session => session.key_log())
    }

    fn transport_identity(&self, index: usize) -> Option<Vec<u8>> {
        each!(self, session => session.transport_identity(index))
    }

    fn replay_identities(&mut self, identities: &[&[u8]]) {
        each!(self, session => session.replay_identities(identities))
    }

    fn give_up(&mut self, reason: CloseReason) {
        each!(self, session => session.give_up(reason))
    }

    fn close(&mut self, now: Instant) {
        each!(self, session => session.close(now))
    }
}

#[cfg(fuzzing)]
impl Transport {
    pub(crate) fn meddle(&mut self, meddling: super::own::Meddling) {
        if let Transport::Own(session) = self {
            session.meddle(meddling);
        }
    }
}
