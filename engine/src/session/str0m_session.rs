//! The session over str0m: construction, and the way of packets in and out.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use str0m::change::SdpPendingOffer;
use str0m::media::Pt;
use str0m::net::Receive;
use str0m::{Candidate, Event as StrEvent, IceCreds, Output as StrOutput, Rtc as StrRtc};

use super::admission::{Agreed, Line};
use super::backlog::Backlog;
use super::channels::SessionChannel;
use super::consent::{Consent, ConsentState};
use super::convert;
use super::crypto::{DtlsGate, Scope, SctpIdentity};
use super::fragment::LongFragment;
use super::liveness::Liveness;
use super::output::{SessionEvent, SessionOutput};
use super::paced::Paced;
use super::setup::{build, ice_credentials};
use crate::bitrate::Bitrate;
use crate::codec::Codec;
use crate::config::{Config, DtlsVersion, SrtpCipher};
use crate::datagram::{Datagram, Transmit};
use crate::demux::PacketKind;
use crate::entropy::{Purpose, stream};
use crate::event::{CloseReason, Direction};
use crate::ids::{Mid, PayloadType, Rid};
use crate::output::TimeoutReason;
use crate::state::IceConnectionState;

/// The type of a check, and of the answer to one that was accepted (RFC 8489 section 5).
const BINDING_REQUEST: [u8; 2] = [0x00, 0x01];
const BINDING_SUCCESS: [u8; 2] = [0x01, 0x01];

/// The least time between two wake-ups that are asked for. The library's bandwidth probes may ask for the present moment again and again
/// until time has passed, and in virtual time none does while they ask.
const WAKE_INTERVAL_MIN: Duration = Duration::from_micros(1);

/// Within this time after a description, the library is told the time: its first check waits for that, and
/// without a bandwidth estimate it asks for no wake-up.
const BEGIN_WITHIN: Duration = Duration::from_millis(50);

/// Why a datagram was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Discarded {
    /// Not a packet of any protocol we speak, or a damaged one.
    Malformed,
    /// It was understood but broke the rules of its protocol.
    Refused,
    /// The connection is over.
    Closed,
}

/// One transport with all that runs on it.
pub(crate) struct Str0mSession {
    pub(super) rtc: StrRtc,
    pub(super) scope: Scope,
    pub(super) gate: Arc<DtlsGate>,
    pub(super) consent: Consent,
    pub(super) liveness: Liveness,
    pub(super) credentials: rand_chacha::ChaCha20Rng,
    pub(super) pending: Option<SdpPendingOffer>,
    /// The m-lines that `pending` offers.
    pub(super) offered: Vec<Line>,
    /// The directions that `pending` changes, as they were before: the library changes them at once.
    pub(super) turned: Vec<(Mid, Direction)>,
    /// What was agreed on with the peer.
    pub(super) agreed: Agreed,
    /// The peer's user fragment, where the library cannot write it.
    pub(super) long_fragment: Option<LongFragment>,
    /// Credentials of the ICE restart that `pending` offers.
    pub(super) restart: Option<IceCreds>,
    /// The user fragment that checks to us carry.
    pub(super) ufrag: String,
    /// Our candidates, for a session that begins again.
    pub(super) local: Vec<Candidate>,
    config: Config,
    pub(super) ice_lite: bool,
    pub(super) ice: IceConnectionState,
    pub(super) path: Option<(SocketAddr, SocketAddr)>,
    pub(super) now: Instant,
    /// When it was last told that time passed.
    ticked: Option<Instant>,
    pub(super) backlog: Backlog,
    drained: bool,
    pub(super) kick: bool,
    /// A description was taken and the library was not told the time since: its checks wait for that.
    pub(super) untold: bool,
    pub(super) closed: bool,
    /// Until when a goodbye is said; silence after.
    pub(super) goodbye_until: Option<Instant>,
    /// The last words are being polled; silence after.
    pub(super) farewell: bool,
    /// Frames lost in this round of polling.
    pub(super) frame_faults: u32,
    pub(super) dtls_version: Option<DtlsVersion>,
    /// Whose a packet is, by its SSRC, as far as it was asked since the last description.
    pub(super) owners: BTreeMap<u32, (Mid, Option<Rid>)>,
    /// Payload types of each m-line, preferred first.
    pub(super) preferences: BTreeMap<Mid, Vec<PayloadType>>,
    /// Payload types of frames that go out, as far as they were looked up since the last description.
    pub(super) chosen: BTreeMap<(Mid, Codec), Pt>,
    /// The m-line of the last frame, as the library and as we name it.
    pub(super) framed: Option<(str0m::media::Mid, Mid)>,
    /// Streams that were agreed on for channels, as long as the library knows them.
    pub(super) reserved: BTreeMap<u16, SessionChannel>,
    /// The streams that send, as far as they were asked for since the last description.
    pub(super) senders: BTreeMap<(Mid, Option<Rid>), u32>,
    /// What the pacer holds back, where there is one.
    pub(super) paced: Option<Paced>,
}

impl Str0mSession {
    pub(crate) fn new(config: &Config, now: Instant) -> Self {
        let mut scope = Scope::new(config.seed);
        let gate = Arc::new(DtlsGate::new(config.key_log, config.channels_max));
        let mut credentials = stream(config.seed, Purpose::IceCredentials);
        let ours = ice_credentials(&mut credentials);
        let rtc = build(config, &mut scope, &gate, ours.clone(), now);
        Str0mSession {
            ufrag: ours.ufrag,
            rtc,
            scope,
            gate,
            consent: Consent::new(),
            liveness: Liveness::new(config),
            credentials,
            pending: None,
            offered: Vec::new(),
            turned: Vec::new(),
            agreed: Agreed::default(),
            long_fragment: None,
            restart: None,
            local: Vec::new(),
            config: config.clone(),
            ice_lite: config.ice_lite,
            ice: IceConnectionState::New,
            path: None,
            now,
            ticked: None,
            backlog: Backlog::default(),
            drained: true,
            kick: false,
            untold: false,
            closed: false,
            goodbye_until: None,
            farewell: false,
            frame_faults: 0,
            dtls_version: None,
            owners: BTreeMap::new(),
            preferences: BTreeMap::new(),
            chosen: BTreeMap::new(),
            framed: None,
            reserved: BTreeMap::new(),
            senders: BTreeMap::new(),
            paced: config.initial_bitrate.map(|_| Paced::default()),
        }
    }

    /// Begins again, as if nothing had been negotiated: an offer that was never answered is rolled
    /// back without a trace. Only before the first exchange is complete.
    pub(super) fn rebuild(&mut self) {
        let creds = self.rtc.direct_api().local_ice_credentials();
        let Str0mSession { config, scope, gate, .. } = self;
        self.rtc = build(config, scope, gate, creds, self.now);
        self.reserved.clear();
        for candidate in &self.local {
            self.rtc.add_local_candidate(candidate.clone());
        }
    }

    /// Hands `work` the library inside the connection's random streams, after everything that an
    /// earlier mutation caused was taken out: the library wants one mutation at a time.
    pub(super) fn mutate<T>(&mut self, work: impl FnOnce(&mut StrRtc) -> T) -> T {
        if !self.drained {
            while !self.backlog.is_full() {
                match self.poll_library() {
                    SessionOutput::Timeout(..) => break,
                    output => self.backlog.push(output),
                }
            }
        }
        self.drained = false;
        let Str0mSession { rtc, scope, .. } = self;
        scope.run(|| work(rtc))
    }

    pub(crate) fn timeout(&mut self, now: Instant) {
        self.now = self.now.max(now);
        let now = self.now;
        self.ticked = Some(now);
        self.untold = false;
        if self.goodbye_until.is_some_and(|until| until <= now) {
            self.goodbye_until = None;
            self.rtc.disconnect();
        }
        let result = self.mutate(|rtc| rtc.handle_input(str0m::Input::Timeout(now)));
        if let Err(error) = result {
            self.fail(&error);
        }
    }

    /// Takes a datagram. During the handshake, records of DTLS are taken only from where ICE found the peer: they are in the clear, and
    /// anyone could write them.
    pub(crate) fn receive(
        &mut self,
        datagram: &Datagram<'_>,
        now: Instant,
    ) -> Result<(), Discarded> {
        if self.closed {
            return Err(Discarded::Closed);
        }
        if self.backlog.is_full() {
            return Err(Discarded::Refused);
        }
        self.now = self.now.max(now);
        let now = self.now;
        let kind = PacketKind::of(datagram.contents);
        if kind == Some(PacketKind::Stun) {
            let is_check = datagram.contents.starts_with(&BINDING_REQUEST);
            if is_check && !self.agreed.hears(datagram.source) {
                return Err(Discarded::Refused);
            }
            self.consent.on_receive(datagram.source, datagram.contents, now);
            if self.dtls_version.is_none() {
                let ours = self.rtc.direct_api().local_ice_credentials();
                self.consent.on_check(datagram.source, datagram.contents, &ours.pass);
            }
        }
        let protocol = convert::to_protocol(datagram.protocol);
        let (source, destination) = (datagram.source, datagram.destination);
        let renamed = self.renamed(datagram.contents);
        let contents = renamed.as_deref().unwrap_or(datagram.contents);
        let receive = Receive::new(protocol, source, destination, contents)
            .map_err(|_| Discarded::Malformed)?;
        let input = str0m::Input::Receive(now, receive);
        if kind == Some(PacketKind::Dtls) && !self.may_shake_hands(&input, source) {
            return Err(Discarded::Refused);
        }
        let result = self.mutate(|rtc| rtc.handle_input(input));
        // A packet that cannot be processed is the sender's fault, never a reason to stop.
        result.map_err(|_| Discarded::Refused)
    }

    /// A check under the name that the library knows its sender by.
    fn renamed(&mut self, contents: &[u8]) -> Option<Vec<u8>> {
        let long = self.long_fragment.as_ref()?;
        let ours = self.rtc.direct_api().local_ice_credentials();
        long.incoming(contents, &ours.pass)
    }

    /// Whether a record from there may be the peer's: a check was answered from there, or came from there with our password. After the
    /// handshake records are authentic or nothing.
    fn may_shake_hands(&self, input: &str0m::Input<'_>, source: SocketAddr) -> bool {
        self.dtls_version.is_some() || self.consent.has_seen(source) || self.rtc.accepts(input)
    }

    pub(crate) fn poll(&mut self) -> SessionOutput {
        match self.backlog.pop() {
            Some(output) => output,
            None => self.poll_library(),
        }
    }

    fn poll_library(&mut self) -> SessionOutput {
        loop {
            self.scope.enter();
            let polled = self.rtc.poll_output();
            self.scope.leave();
            if self.gate.is_flooded() {
                self.give_up(CloseReason::TooManyChannels);
            }
            match polled {
                Ok(StrOutput::Transmit(transmit)) => {
                    if let Some(output) = self.on_transmit(convert::transmit(transmit)) {
                        return output;
                    }
                }
                // The two that come for every packet are large, and looked at where they are.
                Ok(StrOutput::Event(StrEvent::RtpPacket(ref packet))) => {
                    if let Some(event) = self.on_packet(packet) {
                        return SessionOutput::Event(event);
                    }
                }
                Ok(StrOutput::Event(StrEvent::MediaData(ref data))) => {
                    let mid = self.mid_of(data.mid);
                    if let Some(frame) = convert::frame(data, mid) {
                        return SessionOutput::Event(SessionEvent::Frame(frame));
                    }
                }
                Ok(StrOutput::Event(event)) => {
                    if let Some(event) = self.on_event(event) {
                        return SessionOutput::Event(event);
                    }
                }
                Ok(StrOutput::Timeout(at)) => {
                    if std::mem::take(&mut self.kick) {
                        self.drained = true;
                        self.timeout(self.now);
                        continue;
                    }
                    self.drained = true;
                    self.frame_faults = 0;
                    if std::mem::take(&mut self.farewell) {
                        self.rtc.disconnect();
                        continue;
                    }
                    // Only now, so that the peer is told.
                    let fault = self.gate.fault().map(CloseReason::Dtls);
                    let end = fault.and_then(|fault| self.end(fault));
                    return end.unwrap_or_else(|| self.on_timeout(at));
                }
                Err(error) => self.on_error(&error),
            }
            if let Some(output) = self.backlog.pop() {
                return output;
            }
        }
    }

    /// Lets checks pass until ICE failed, and everything else while the peer consents.
    fn on_transmit(&mut self, mut transmit: Transmit) -> Option<SessionOutput> {
        // The library goes on checking what failed, and with the path that it has when its address is gone.
        if self.liveness.has_failed()
            || !self.local.iter().any(|candidate| candidate.addr() == transmit.source)
        {
            return None;
        }
        let kind = PacketKind::of(&transmit.contents);
        if kind == Some(PacketKind::Stun) {
            if transmit.contents.starts_with(&BINDING_SUCCESS) {
                self.agreed.heard(transmit.destination);
            }
            if let (Some(long), Some((_, password))) =
                (&self.long_fragment, &self.agreed.credentials)
                && let Some(check) = long.outgoing(&transmit.contents, password)
            {
                transmit.contents = check;
            }
            self.consent.on_transmit(transmit.destination, &transmit.contents);
            return Some(SessionOutput::Transmit(transmit));
        }
        if let (Some(paced), Some(PacketKind::Rtp)) = (&mut self.paced, kind) {
            paced.on_transmit(&transmit.contents);
        }
        let path = (transmit.source, transmit.destination);
        if self.path != Some(path) {
            self.path = Some(path);
            self.consent.use_path(transmit.destination, self.now);
        }
        let may_send = self.ice_lite || self.consent.state(self.now) != ConsentState::Expired;
        may_send.then_some(SessionOutput::Transmit(transmit))
    }

    fn on_timeout(&mut self, at: Instant) -> SessionOutput {
        if let Some(event) = self.judge() {
            return SessionOutput::Event(event);
        }
        let library = (at, convert::reason(self.rtc.last_timeout_reason()));
        let (at, reason) = match self.next_judgement() {
            Some(consent) if consent < library.0 => (consent, TimeoutReason::Consent),
            _ => library,
        };
        let at = self.goodbye_until.map_or(at, |until| until.min(at));
        let at = if self.untold { at.min(self.now + BEGIN_WITHIN) } else { at };
        let earliest = match self.ticked {
            Some(ticked) if ticked == self.now => self.now + WAKE_INTERVAL_MIN,
            _ => self.now,
        };
        SessionOutput::Timeout(at.max(earliest), reason)
    }

    /// The path in use is no more.
    pub(super) fn lose_path(&mut self) {
        self.path = None;
        self.liveness.lose_path(self.now);
        if let Some(event) = self.ice_event(false) {
            self.backlog.push(SessionOutput::Event(event));
        }
    }

    pub(crate) fn key_log(&self) -> Option<&str> {
        self.gate.key_log()
    }

    pub(crate) fn srtp_cipher(&self) -> Option<SrtpCipher> {
        self.gate.srtp_cipher()
    }

    /// What the handshake agreed on.
    pub(crate) fn dtls_version(&self) -> Option<DtlsVersion> {
        self.dtls_version
    }

    pub(super) fn negotiated_dtls_version(&mut self) -> Option<DtlsVersion> {
        use str0m::crypto::dtls::ProtocolVersion;
        match self.rtc.direct_api().dtls_protocol_version()? {
            ProtocolVersion::DTLS1_2 => Some(DtlsVersion::V1_2),
            ProtocolVersion::DTLS1_3 => Some(DtlsVersion::V1_3),
            _ => None,
        }
    }

    /// What the transport drew outside of the seed, and a replay has to be given: as bytes that only a session
    /// reads. They are numbered from zero; `None` where there is none of this number yet.
    pub(crate) fn transport_identity(&self, index: usize) -> Option<Vec<u8>> {
        self.gate.association(index).map(SctpIdentity::to_bytes)
    }

    /// Has the transport take identities of a recording, in their order.
    pub(crate) fn replay_identities(&mut self, identities: &[&[u8]]) {
        let identities = identities.iter().filter_map(|bytes| SctpIdentity::from_bytes(bytes));
        self.gate.replay_associations(identities.collect());
    }

    /// The transport addresses, ours and the peer's, that traffic uses.
    pub(crate) fn path(&self) -> Option<(SocketAddr, SocketAddr)> {
        self.path
    }

    /// Rates for the estimator: what must be sent at least, and what would be sent if it could.
    pub(crate) fn set_desired_bitrate(&mut self, minimum: Bitrate, desired: Bitrate) {
        let rate = |rate: Bitrate| str0m::bwe::Bitrate::from(rate.as_bps());
        self.mutate(|rtc| rtc.bwe().set_bitrate(rate(minimum), rate(desired)));
    }
}
