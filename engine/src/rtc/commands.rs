//! What an application calls on a connection itself, and what its handles look at.

use std::borrow::Cow;
use std::time::Instant;

use super::Rtc;
use crate::bitrate::Bitrate;
use crate::channel::{Channel, ChannelConfig, ChannelError, ChannelTable};
use crate::command::{Blob, Command};
use crate::ids::{ChannelId, Mid};
use crate::jsep::{Jsep, Negotiation};
use crate::media::{Media, RtcpWriteError};
use crate::record::nanos;
use crate::session::Session;
use crate::session::agreed::{AgreedMedia, Capabilities};
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

    /// Asks for a data channel; [`Event::ChannelOpened`](crate::Event::ChannelOpened) tells when it
    /// can be used.
    pub fn create_channel(&mut self, config: ChannelConfig) -> Result<ChannelId, ChannelError> {
        self.ask(&Command::CreateChannel { config: Cow::Owned(config) })
    }

    /// Rates for the bandwidth estimator: what is sent in any case, and what would be sent if the
    /// network carried it.
    pub fn set_desired_bitrate(&mut self, minimum: Bitrate, desired: Bitrate) {
        self.ask(&Command::SetDesiredBitrate { minimum, desired })
    }

    /// Sends an RTCP packet of the application's own, whole and with its header (RFC 3550 section
    /// 6), protected as all others are, and after a report where both sides agreed on no RTCP of
    /// reduced size (RFC 5506). What the session says itself is not taken:
    /// [`RtcpWriteError::Reserved`].
    ///
    /// ```
    /// use std::time::Instant;
    /// use lapwing_engine::{Config, Rtc, RtcpWriteError, SessionKind};
    ///
    /// let now = Instant::now();
    /// let mut config = Config::seeded(1);
    /// config.session = SessionKind::Own;
    /// let mut rtc = Rtc::new(config, now);
    /// // APP of subtype 1, named "ping" (RFC 3550 section 6.7).
    /// let packet = [0x81, 204, 0, 2, 0, 0, 0, 7, b'p', b'i', b'n', b'g'];
    /// assert_eq!(rtc.write_rtcp(&packet, now), Err(RtcpWriteError::NotConnected));
    /// assert_eq!(rtc.write_rtcp(&packet[..8], now), Err(RtcpWriteError::Malformed));
    /// ```
    pub fn write_rtcp(&mut self, packet: &[u8], now: Instant) -> Result<(), RtcpWriteError> {
        self.ask_at(&Command::WriteRtcp { packet: Blob::Whole(packet) }, now)
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
        self.session.local_transport().credentials.ufrag
    }

    pub(crate) fn channels(&self) -> &ChannelTable {
        &self.channels
    }

    pub(crate) fn jsep(&self) -> &Jsep {
        &self.jsep
    }

    pub(crate) fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    /// What was agreed on of an m-line.
    pub(crate) fn agreed_media(&self, mid: Mid) -> Option<&AgreedMedia> {
        let found = self.agreed.iter().find(|media| media.mid == mid && !media.stopped);
        found.map(|media| &**media)
    }

    /// Nanoseconds from the start to a moment.
    pub(crate) fn since_start(&self, at: Instant) -> i64 {
        nanos(at, self.started)
    }

    pub(crate) fn channel_stream(&mut self, id: ChannelId) -> Option<u16> {
        self.channels.stream(id, &mut self.session)
    }
}
