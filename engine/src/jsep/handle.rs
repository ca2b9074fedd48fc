//! The negotiation handle: what an application or its signalling calls.

use std::borrow::Cow;

use super::description::SessionDescription;
use super::error::{NegotiationError, RemoteOutcome};
use super::transceiver::{
    CodecPreference, HeaderExtension, SendEncoding, Transceiver, TransceiverInit,
};
use crate::candidate::CandidateInit;
use crate::codec::MediaKind;
use crate::command::Command;
use crate::event::Direction;
use crate::ids::TransceiverId;
use crate::rtc::Rtc;
use crate::state::SignalingState;

/// The offer/answer exchange of a connection (RFC 9429). Short-lived: get it from
/// [`Rtc::negotiation`](crate::Rtc::negotiation) for each use, and drain after.
///
/// ```
/// use std::time::Instant;
/// use lapwing_engine::{Config, MediaKind, Rtc, SdpType, TransceiverInit};
///
/// let mut rtc = Rtc::new(Config::seeded(1), Instant::now());
/// let mut negotiation = rtc.negotiation();
/// negotiation.add_transceiver(MediaKind::Audio, TransceiverInit::default());
/// let offer = negotiation.create_offer().unwrap();
/// negotiation.set_local(&offer).unwrap();
/// assert_eq!(offer.kind, SdpType::Offer);
/// assert!(offer.sdp.contains("m=audio"));
/// ```
pub struct Negotiation<'a> {
    rtc: &'a mut Rtc,
}

impl<'a> Negotiation<'a> {
    pub(crate) fn new(rtc: &'a mut Rtc) -> Self {
        Negotiation { rtc }
    }

    /// Where the exchange stands.
    pub fn state(&self) -> SignalingState {
        self.rtc.signaling_state()
    }

    /// Every transceiver, in the order of creation. Those of the peer's m-lines are there from
    /// [`Self::set_remote`] on. One that is stopped stays until its m-line is another's.
    pub fn transceivers(&self) -> Vec<Transceiver> {
        self.rtc.jsep().transceivers()
    }

    /// Asks for another m-line, to be offered next. An m-line that the peer offers never becomes
    /// this one.
    pub fn add_transceiver(&mut self, kind: MediaKind, init: TransceiverInit) -> TransceiverId {
        self.rtc.ask(&Command::AddTransceiver { kind, init: Cow::Owned(init) })
    }

    /// Asks to send, on a transceiver of that kind that was never used to send, or on another one
    /// to which the next fitting m-line that the peer offers is given too (W3C `addTrack`).
    pub fn add_track(&mut self, kind: MediaKind, init: TransceiverInit) -> TransceiverId {
        self.rtc.ask(&Command::AddTrack { kind, init: Cow::Owned(init) })
    }

    /// Changes which way media shall flow. While an offer of the peer waits for our answer, the
    /// answer says it; else it needs an offer.
    pub fn set_direction(
        &mut self,
        id: TransceiverId,
        direction: Direction,
    ) -> Result<(), NegotiationError> {
        self.rtc.ask(&Command::SetDirection { id, direction })
    }

    /// Ends a transceiver for good. Its m-line may be used for another one later.
    pub fn stop(&mut self, id: TransceiverId) -> Result<(), NegotiationError> {
        self.rtc.ask(&Command::Stop { id })
    }

    /// Streams that what is sent belongs to (W3C `setStreams`); none for a track without one.
    pub fn set_streams(
        &mut self,
        id: TransceiverId,
        streams: Vec<String>,
    ) -> Result<(), NegotiationError> {
        self.rtc.ask(&Command::SetStreams { id, streams: Cow::Owned(streams) })
    }

    /// Codecs of later descriptions, preferred first (W3C `setCodecPreferences`); an empty list for
    /// those of [`Config::codecs`](crate::Config::codecs).
    pub fn set_codec_preferences(
        &mut self,
        id: TransceiverId,
        codecs: Vec<CodecPreference>,
    ) -> Result<(), NegotiationError> {
        self.rtc.ask(&Command::SetCodecPreferences { id, codecs: Cow::Owned(codecs) })
    }

    /// What is sent (W3C `setParameters`): as many encodings as there are, of the same names, in
    /// the same order.
    pub fn set_parameters(
        &mut self,
        id: TransceiverId,
        encodings: Vec<SendEncoding>,
    ) -> Result<(), NegotiationError> {
        self.rtc.ask(&Command::SetParameters { id, encodings: Cow::Owned(encodings) })
    }

    /// Header extensions that later descriptions have for a transceiver, with those that are
    /// stopped (W3C `getHeaderExtensionsToNegotiate`); `None` where there is no such transceiver.
    pub fn header_extensions(&self, id: TransceiverId) -> Option<Vec<HeaderExtension>> {
        self.rtc.jsep().header_extensions(id, self.rtc.capabilities())
    }

    /// Says where each may be sent, or that it is stopped (W3C `setHeaderExtensionsToNegotiate`):
    /// the list is the one of [`Self::header_extensions`] with other directions.
    pub fn set_header_extensions(
        &mut self,
        id: TransceiverId,
        extensions: Vec<HeaderExtension>,
    ) -> Result<(), NegotiationError> {
        let extensions = Cow::Owned(extensions);
        self.rtc.ask(&Command::SetHeaderExtensions { id, extensions })
    }

    /// What the last exchange came to (W3C `getNegotiatedHeaderExtensions`).
    pub fn negotiated_header_extensions(&self, id: TransceiverId) -> Option<Vec<HeaderExtension>> {
        self.rtc.jsep().negotiated_header_extensions(id, self.rtc.capabilities())
    }

    /// What is sent; `None` where there is no such transceiver.
    pub fn parameters(&self, id: TransceiverId) -> Option<&[SendEncoding]> {
        self.rtc.jsep().parameters(id)
    }

    /// Asks for new ICE credentials and paths with the next offer.
    pub fn restart_ice(&mut self) {
        self.rtc.ask(&Command::RestartIce)
    }

    /// Makes an offer of everything that was asked for. It has no effect until
    /// [`Self::set_local`], and can be made again and again.
    pub fn create_offer(&mut self) -> Result<SessionDescription, NegotiationError> {
        self.rtc.ask(&Command::CreateOffer)
    }

    /// The answer to the peer's offer, with all that was asked for since it came. It has no effect
    /// until [`Self::set_local`].
    pub fn create_answer(&mut self) -> Result<SessionDescription, NegotiationError> {
        self.rtc.ask(&Command::CreateAnswer)
    }

    /// Applies the description that was created last, and begins to gather candidates. An answer
    /// may be set as [`SdpType::Pranswer`](crate::SdpType::Pranswer) first, and
    /// [`SdpType::Rollback`](crate::SdpType::Rollback) takes our offer back.
    pub fn set_local(&mut self, description: &SessionDescription) -> Result<(), NegotiationError> {
        self.rtc.ask(&Command::SetLocal { description: Cow::Borrowed(description) })
    }

    /// Applies what the peer sent. A description that is refused changes nothing.
    pub fn set_remote(
        &mut self,
        description: &SessionDescription,
    ) -> Result<RemoteOutcome, NegotiationError> {
        self.rtc.ask(&Command::SetRemote { description: Cow::Borrowed(description) })
    }

    /// Takes back the offer that is pending, whosever it is.
    pub fn rollback(&mut self) -> Result<(), NegotiationError> {
        self.rtc.ask(&Command::Rollback)
    }

    /// Takes a candidate of the peer's: the attribute's text, empty at the end of candidates.
    pub fn add_ice_candidate(&mut self, candidate: &str) -> Result<(), NegotiationError> {
        self.rtc.ask(&Command::AddIceCandidate { candidate, mid: None, index: None, ufrag: None })
    }

    /// Takes a candidate of the peer's with what was signalled beside it: for which m-line it is,
    /// and of which ICE generation. One of a generation that is over is left out.
    pub fn add_candidate(&mut self, signalled: &CandidateInit) -> Result<(), NegotiationError> {
        let line = signalled.line();
        self.rtc.ask(&Command::AddIceCandidate {
            candidate: &line,
            mid: signalled.mid.as_deref(),
            index: signalled.index,
            ufrag: signalled.ufrag.as_deref(),
        })
    }

    /// The description that we set last, with the candidates gathered so far, and with
    /// `a=end-of-candidates` when there are no more (RFC 9429 sections 5.2.1 and 5.3.1). An offer
    /// that was rolled back counts as never set.
    ///
    /// Where candidates cannot be sent one by one, set the description, drain until gathering is
    /// complete, and send this one:
    ///
    /// ```
    /// use std::net::SocketAddr;
    /// use std::time::Instant;
    /// use lapwing_engine::{
    ///     ChannelConfig, Config, IceGatheringState, Input, Interface, Output, Rtc, SocketReply,
    ///     SocketRequest,
    /// };
    ///
    /// let now = Instant::now();
    /// let mut rtc = Rtc::new(Config::seeded(1), now);
    /// let interface = Interface::new("eth0", "192.0.2.7".parse().unwrap());
    /// rtc.handle_input(Input::Interfaces(&[interface]), now);
    /// rtc.create_channel(ChannelConfig::new("chat")).unwrap();
    /// let offer = rtc.negotiation().create_offer().unwrap();
    /// rtc.negotiation().set_local(&offer).unwrap();
    /// while rtc.ice_gathering_state() != IceGatheringState::Complete {
    ///     match rtc.poll_output() {
    ///         // A real loop opens a socket here, and waits for input at `Output::Timeout`.
    ///         Output::Socket(SocketRequest::Bind { id, local, .. }) => {
    ///             let local = SocketAddr::new(local.ip(), 5000);
    ///             rtc.handle_input(Input::Socket(SocketReply::Bound { id, local }), now);
    ///         }
    ///         _ => {}
    ///     }
    /// }
    /// let complete = rtc.negotiation().local_description().unwrap();
    /// assert!(complete.sdp.contains(" 192.0.2.7 5000 typ host"));
    /// assert!(complete.sdp.contains("a=end-of-candidates"));
    /// ```
    pub fn local_description(&self) -> Option<SessionDescription> {
        self.rtc.local_description()
    }

    /// The description that the peer sent last, as it was understood.
    pub fn remote_description(&self) -> Option<SessionDescription> {
        self.rtc.remote_description()
    }
}
