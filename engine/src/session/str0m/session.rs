//! The session over str0m: construction, and the way of packets in and out.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;

use str0m::media::Pt;
use str0m::{Candidate, Rtc as StrRtc};

use super::backlog::Backlog;
use super::catalogue::Catalogue;
use super::channel_names::ChannelNames;
use super::consent::Consent;
use super::convert;
use super::early::EarlyCheck;
use super::fragment::LongFragment;
use super::gate::DtlsGate;
use super::life::Life;
use super::liveness::Liveness;
use super::negotiated::Negotiated;
use super::paced::Paced;
use super::pair_figures::selected;
use super::peer::Peer;
use super::scope::Scope;
use super::sctp_names::SctpIdentity;
use super::setup::{build, codecs_of, ice_credentials, to_creds};
use super::unanswered::Unanswered;
use crate::bitrate::Bitrate;
use crate::candidate::CandidateKind;
use crate::codec::Codec;
use crate::config::{Config, DtlsVersion, SrtpCipher};
use crate::datagram::Protocol;
use crate::entropy::{Purpose, stream};
use crate::ids::{Mid, PayloadType, Rid};
use crate::sdp::{Fingerprint, HashFunction};
use crate::session::agreed::{IceCredentials, LocalTransport};
use crate::session::figures::{CertificateFigures, Figures};
use crate::session::output::SessionChannel;
use crate::session::seam::Pair;
use crate::state::IceConnectionState;

/// One transport with all that runs on it.
pub(crate) struct Str0mSession {
    pub(super) rtc: StrRtc,
    pub(super) scope: Scope,
    pub(super) gate: Arc<DtlsGate>,
    pub(super) consent: Consent,
    pub(super) liveness: Liveness,
    pub(super) credentials: rand_chacha::ChaCha20Rng,
    pub(super) peer: Peer,
    /// The peer's user fragment, where the library cannot write it.
    pub(super) long_fragment: Option<LongFragment>,
    pub(super) catalogue: Catalogue,
    /// What was agreed on.
    pub(super) negotiated: Negotiated,
    /// What checks to us carry.
    pub(super) ours: IceCredentials,
    fingerprint: Fingerprint,
    /// Who controls, as our first offer has it.
    pub(super) controls_first: Option<bool>,
    /// Credentials of an ICE restart that is offered.
    pub(super) awaited: Option<IceCredentials>,
    /// Checks that came with them.
    pub(super) early: Vec<EarlyCheck>,
    /// The m-lines whose packets are told by their payload types alone, and the sources that were
    /// told so.
    pub(super) by_payload_type: BTreeMap<PayloadType, Mid>,
    pub(super) told_sources: BTreeSet<u32>,
    pub(super) figures: Figures,
    /// Our candidates, for a session that begins again.
    pub(super) local: Vec<Candidate>,
    pub(super) config: Config,
    pub(super) ice_lite: bool,
    pub(super) ice: IceConnectionState,
    pub(super) path: Option<(SocketAddr, SocketAddr)>,
    /// What carries it.
    pub(super) path_protocol: Protocol,
    /// Media was written since the library was told the time.
    pub(super) written: bool,
    pub(super) now: Instant,
    /// When it was last told that time passed.
    pub(super) ticked: Option<Instant>,
    pub(super) backlog: Backlog,
    pub(super) drained: bool,
    /// The library is told the time again once it has said everything.
    pub(super) kick: bool,
    /// A description was taken and the library was not told the time since: its checks wait for
    /// that.
    pub(super) untold: bool,
    pub(super) life: Life,
    /// Frames lost in this round of polling.
    pub(super) frame_faults: u32,
    pub(super) dtls_version: Option<DtlsVersion>,
    /// Whose a packet is, by its SSRC, as far as it was asked since the last description.
    pub(super) owners: BTreeMap<u32, (Mid, Option<Rid>)>,
    /// Payload types of each m-line, preferred first.
    pub(super) preferences: BTreeMap<Mid, Vec<PayloadType>>,
    /// Payload types of frames that go out, as far as they were looked up since the last
    /// description.
    pub(super) chosen: BTreeMap<(Mid, Codec), Pt>,
    /// The m-line of the last frame, as the library and as we name it.
    pub(super) framed: Option<(str0m::media::Mid, Mid)>,
    /// Streams that were agreed on for channels, as long as the library knows them.
    pub(super) reserved: BTreeMap<u16, SessionChannel>,
    pub(super) channels: ChannelNames,
    pub(super) unanswered: Unanswered,
    /// The streams that send, as far as they were asked for since the last description.
    pub(super) senders: BTreeMap<(Mid, Option<Rid>), u32>,
    /// What the pacer holds back, where there is one.
    pub(super) paced: Option<Paced>,
}

impl Str0mSession {
    pub(super) fn new(config: &Config, now: Instant) -> Self {
        let mut scope = Scope::new(config.seed);
        let gate = Arc::new(DtlsGate::new(config));
        let mut credentials = stream(config.seed, Purpose::IceCredentials);
        let drawn = ice_credentials(&mut credentials);
        let (ufrag, password) = (drawn.ufrag.clone(), drawn.pass.clone());
        let mut rtc = build(config, &mut scope, &gate, drawn, now);
        let fingerprint = fingerprint_of(&mut rtc);
        Str0mSession {
            catalogue: Catalogue::of(&mut codecs_of(config)),
            negotiated: Negotiated::default(),
            ours: IceCredentials { ufrag, password },
            fingerprint,
            controls_first: None,
            awaited: None,
            early: Vec::new(),
            by_payload_type: BTreeMap::new(),
            told_sources: BTreeSet::new(),
            figures: Figures::default(),
            rtc,
            scope,
            gate,
            consent: Consent::new(),
            liveness: Liveness::new(config),
            credentials,
            peer: Peer::default(),
            long_fragment: None,
            local: Vec::new(),
            config: config.clone(),
            ice_lite: config.ice_lite,
            ice: IceConnectionState::New,
            path: None,
            path_protocol: Protocol::Udp,
            written: false,
            now,
            ticked: None,
            backlog: Backlog::default(),
            drained: true,
            kick: false,
            untold: false,
            life: Life::Running,
            frame_faults: 0,
            dtls_version: None,
            owners: BTreeMap::new(),
            preferences: BTreeMap::new(),
            chosen: BTreeMap::new(),
            framed: None,
            reserved: BTreeMap::new(),
            channels: ChannelNames::default(),
            unanswered: Unanswered::default(),
            senders: BTreeMap::new(),
            paced: config.initial_bitrate.map(|_| Paced::default()),
        }
    }

    /// Begins again, as if nothing had been negotiated: an offer that was never answered is rolled
    /// back without a trace. Only before the first exchange is complete.
    pub(super) fn rebuild(&mut self) {
        let Str0mSession { config, scope, gate, .. } = self;
        self.rtc = build(config, scope, gate, to_creds(&self.ours), self.now);
        if let Some(controls) = self.controls_first {
            self.rtc.direct_api().set_ice_controlling(controls);
        }
        self.reserved.clear();
        self.channels.forget_all();
        self.unanswered = Unanswered::default();
        for candidate in &self.local {
            self.rtc.add_local_candidate(candidate.clone());
        }
    }

    /// Hands `work` the library inside the connection's random streams, after everything that an
    /// earlier mutation caused was taken out: the library wants one mutation at a time.
    pub(super) fn mutate<T>(&mut self, work: impl FnOnce(&mut StrRtc) -> T) -> T {
        self.drain_library();
        self.drained = false;
        let Str0mSession { rtc, scope, .. } = self;
        scope.run(|| work(rtc))
    }

    /// How this side is reached and known.
    pub(super) fn local_transport(&self) -> LocalTransport {
        LocalTransport {
            credentials: self.ours.clone(),
            ice_lite: self.ice_lite,
            ice_options: Vec::new(),
            fingerprints: vec![self.fingerprint.clone()],
        }
    }

    pub(super) fn key_log(&self) -> Option<&str> {
        self.gate.key_log()
    }

    pub(super) fn srtp_cipher(&self) -> Option<SrtpCipher> {
        self.gate.srtp_cipher()
    }

    /// What the handshake agreed on.
    pub(super) fn dtls_version(&self) -> Option<DtlsVersion> {
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

    /// What the transport drew outside of the seed, and a replay has to be given: as bytes that
    /// only a session reads. They are numbered from zero; `None` where there is none of this number
    /// yet.
    pub(super) fn transport_identity(&self, index: usize) -> Option<Vec<u8>> {
        self.gate.association(index).map(SctpIdentity::to_bytes)
    }

    /// Has the transport take identities of a recording, in their order.
    pub(super) fn replay_identities(&mut self, identities: &[&[u8]]) {
        let identities = identities.iter().filter_map(|bytes| SctpIdentity::from_bytes(bytes));
        self.gate.replay_associations(identities.collect());
    }

    /// The transport addresses, ours and the peer's, that traffic uses.
    pub(super) fn path(&self) -> Option<(SocketAddr, SocketAddr)> {
        self.path
    }

    /// The pair that carries the traffic. The library sends reflexive candidates' traffic from
    /// their base, which is then our side of the pair (RFC 8445 section 6.1.2.4).
    pub(super) fn selected_pair(&self) -> Option<Pair> {
        let (local, remote) = self.path?;
        let ours = self.local.iter().find(|candidate| candidate.addr() == local);
        Some(Pair {
            protocol: self.path_protocol,
            local,
            local_kind: ours
                .map_or(CandidateKind::Host, |ours| convert::candidate_kind(ours.kind())),
            remote,
            remote_kind: self.peer.kind_of(remote),
        })
    }

    /// Counters and measures as the library told them last.
    pub(super) fn figures(&self) -> Figures {
        let mut figures = self.figures.clone();
        figures.transport.controlling = self.controls_first;
        let pair = self.selected_pair();
        figures.pairs.extend(pair.map(|it| selected(it, &figures.transport)));
        let fingerprint = self.fingerprint.clone();
        figures.local_certificate = Some(CertificateFigures { fingerprint, der: None });
        figures
    }

    /// Rates for the estimator: what must be sent at least, and what would be sent if it could.
    pub(super) fn set_desired_bitrate(&mut self, minimum: Bitrate, desired: Bitrate) {
        let rate = |rate: Bitrate| str0m::bwe::Bitrate::from(rate.as_bps());
        self.mutate(|rtc| rtc.bwe().set_bitrate(rate(minimum), rate(desired)));
    }
}

fn fingerprint_of(rtc: &mut StrRtc) -> Fingerprint {
    let told = rtc.direct_api().local_dtls_fingerprint().bytes.clone();
    Fingerprint { function: HashFunction::Sha256, value: told }
}
