//! The session: what it is made of.

use std::sync::Arc;
use std::time::Instant;

use super::buffers::Buffers;
use super::catalogue;
use super::channels::Channels;
use super::checks::{Checks, RENOMINATION};
use super::control::Control;
use super::due::earlier;
use super::feedback::Feedback;
use super::handshake::{Handshake, Secured};
use super::life::Life;
use super::lines::Lines;
use super::meddler::Meddler;
use super::outputs::Outputs;
use super::paced::Paced;
use super::snap;
use super::stream_in::StreamsIn;
use super::stream_out::StreamsOut;
use crate::config::Config;
use crate::dtls::certificate;
use crate::sdp::Fingerprint;
use crate::session::agreed::{Capabilities, LocalTransport};

/// One transport with all that runs on it.
pub(crate) struct OwnSession {
    pub(super) config: Config,
    pub(super) capabilities: Arc<Capabilities>,
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
    pub(super) paced: Option<Box<Paced>>,
    pub(super) channels: Channels,
    pub(super) meddler: Meddler,
    pub(super) outputs: Outputs,
    pub(super) buffers: Buffers,
}

impl OwnSession {
    pub(super) fn begin(config: &Config, now: Instant) -> Self {
        let certificate = certificate(config);
        OwnSession {
            capabilities: Arc::new(Capabilities {
                sctp_init: snap::init(config),
                ..catalogue::capabilities(config)
            }),
            fingerprint: certificate.fingerprint(),
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
            feedback: Feedback::new(config, now),
            paced: Paced::new(config, now).map(Box::new),
            channels: Channels::default(),
            meddler: Meddler::default(),
            outputs: Outputs::default(),
            buffers: Buffers::default(),
            config: config.clone(),
        }
    }

    /// From now on all that is protected passes here.
    #[cfg(any(fuzzing, test))]
    pub(crate) fn meddle(&mut self, meddling: super::meddler::Meddling) {
        self.meddler.begin(meddling);
    }

    pub(super) fn described(&self) -> LocalTransport {
        LocalTransport {
            credentials: self.checks.credentials(),
            ice_lite: self.config.ice_lite,
            ice_options: [RENOMINATION].into_iter().chain(self.sped_options()).collect(),
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

    /// Does what follows from a packet of media: nothing of checks, handshake and channels does.
    pub(super) fn settle_media(&mut self) {
        let due = earlier(self.control_due(), self.media_due());
        if due.is_some_and(|at| at <= self.now) {
            self.follow_control();
        }
        self.follow_pacer();
    }
}
