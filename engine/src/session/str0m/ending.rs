//! How a session ends: over a fault of its own, by our goodbye, or by the handshake's.

use std::time::Instant;

use str0m::Rtc as StrRtc;

use super::life::Life;
use super::session::Str0mSession;
use crate::dtls_fault::DtlsFault;
use crate::event::{CloseReason, TransportFault};
use crate::session::output::{SessionEvent, SessionOutput};

/// Frames lost in one round of polling before the fault is taken to be lasting. More than can be
/// written between two rounds.
const FRAME_FAULTS_MAX: u32 = 1024;

impl Str0mSession {
    /// A frame that cannot be sent is lost, like a packet. Anything else ends the connection.
    pub(super) fn on_error(&mut self, error: &str0m::RtcError) {
        use str0m::RtcError as Error;
        let of_one_frame = matches!(
            error,
            Error::NoSenderSource
                | Error::NotSendingDirection(_)
                | Error::Packet(..)
                | Error::UnknownPt(_)
                | Error::UnknownRid(_)
                | Error::ResendRequiresRtxPt
        );
        self.frame_faults = if of_one_frame { self.frame_faults + 1 } else { FRAME_FAULTS_MAX };
        if self.frame_faults >= FRAME_FAULTS_MAX {
            self.fail(error);
        } else {
            tracing::debug!(%error, "a frame is lost");
        }
    }

    /// Reports a fault of the library once and stops.
    pub(super) fn fail(&mut self, error: &str0m::RtcError) {
        use str0m::RtcError as Error;
        self.give_up(match error {
            // Once descriptions are taken, the fingerprint is all of them that it still looks at.
            Error::RemoteSdp(_) => CloseReason::Dtls(DtlsFault::FingerprintMismatch),
            Error::Dtls(_) => CloseReason::Dtls(DtlsFault::Internal),
            Error::Ice(_) => CloseReason::Transport(TransportFault::Ice),
            // At the farewell the library shuts down an association that may not be up yet.
            Error::Sctp(_) if self.gate.has_parted() => CloseReason::Remote,
            Error::Sctp(_) => CloseReason::Transport(TransportFault::Association),
            Error::Rtp(_) | Error::Packet(..) => CloseReason::Transport(TransportFault::Media),
            _ => CloseReason::Transport(TransportFault::Other),
        });
    }

    /// Ends it without a word to the peer, and tells why.
    pub(super) fn give_up(&mut self, reason: CloseReason) {
        if let Some(SessionOutput::Event(end)) = self.end(reason) {
            self.backlog.tell(end);
        }
    }

    /// Stops, and tells why if it has not stopped before.
    pub(super) fn end(&mut self, reason: CloseReason) -> Option<SessionOutput> {
        if !self.life.is_running() {
            return None;
        }
        self.life = Life::Over;
        self.rtc.disconnect();
        let reason = self.reason_or_loss(reason);
        Some(SessionOutput::Event(SessionEvent::Closed(reason)))
    }

    /// Says goodbye on every level; polling goes on until it is sent.
    pub(super) fn close(&mut self, now: Instant) {
        self.now = self.now.max(now);
        if !self.life.is_running() {
            return;
        }
        self.life = Life::leaving_from(self.now);
        if let Err(error) = self.mutate(StrRtc::close) {
            // An association that is not up yet cannot be shut down, and the library stops there.
            tracing::debug!(%error, "closing early");
            self.gate.hang_up();
            self.life = Life::LastWords;
            let now = self.now;
            let _ = self.mutate(|rtc| rtc.handle_input(str0m::Input::Timeout(now)));
        }
    }
}
