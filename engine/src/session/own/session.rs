//! The session: what it is made of.

use std::time::Instant;

use super::catalogue;
use super::channels::Channels;
use super::checks::Checks;
use super::control::Control;
use super::feedback::Feedback;
use super::handshake::{Handshake, Secured};
use super::life::Life;
use super::lines::Lines;
use super::outputs::Outputs;
use super::paced::Paced;
use super::stream_in::StreamsIn;
use super::stream_out::StreamsOut;
use crate::config::Config;
use crate::dtls::certificate;
use crate::sdp::{Fingerprint, HashFunction};
use crate::session::agreed::{Capabilities, LocalTransport};

/// One transport with all that runs on it.
pub(crate) struct OwnSession {
    pub(super) config: Config,
    pub(super) capabilities: Capabilities,
    pub(super) fingerprint: Fingerprint,
    pub(super) now: Instant,
    pub(super) life: Life,
    /// When something was agreed on, by a clock that may have stood still: it is told the time
    /// before anything counts from it.
    pub(super) agreed_at: Option<Instant>,
    /// When it closes by itself, as ICE has failed.
    pub(super) over_at: Option<Instant>,
    pub(super) checks: Checks,
    pub(super) handshake: Handshake,
    /// The keys of media, once the handshake gave them.
    pub(super) secured: Option<Secured>,
    pub(super) lines: Lines,
    pub(super) streams_in: StreamsIn,
    pub(super) streams_out: StreamsOut,
    pub(super) control: Control,
    pub(super) feedback: Feedback,
    /// How fast media may leave; `None` for as fast as it is written.
    pub(super) paced: Option<Paced>,
    pub(super) channels: Channels,
    pub(super) outputs: Outputs,
}

impl OwnSession {
    pub(super) fn begin(config: &Config, now: Instant) -> Self {
        let certificate = certificate(config.seed, config.unix_time);
        let digest = openssl::sha::sha256(&certificate.certificate);
        OwnSession {
            capabilities: catalogue::capabilities(config),
            fingerprint: Fingerprint { function: HashFunction::Sha256, value: digest.to_vec() },
            now,
            life: Life::Running,
            agreed_at: None,
            over_at: None,
            checks: Checks::new(config, now),
            handshake: Handshake::new(certificate),
            secured: None,
            lines: Lines::default(),
            streams_in: StreamsIn::default(),
            streams_out: StreamsOut::new(config.seed),
            control: Control::new(config, now),
            feedback: Feedback::new(now),
            paced: Paced::new(config, now),
            channels: Channels::default(),
            outputs: Outputs::default(),
            config: config.clone(),
        }
    }

    pub(super) fn described(&self) -> LocalTransport {
        LocalTransport {
            credentials: self.checks.credentials(),
            ice_lite: self.config.ice_lite,
            fingerprints: vec![self.fingerprint.clone()],
        }
    }

    /// Does all that follows from what just happened, until nothing follows any more.
    pub(super) fn settle(&mut self) {
        self.follow_checks();
        self.follow_handshake();
        while self.follow_channels() {
            self.follow_handshake();
        }
        self.follow_control();
        self.follow_pacer();
    }
}
