//! How the session ends.

use std::time::Instant;

use super::life::Life;
use super::session::OwnSession;
use crate::event::CloseReason;
use crate::session::output::SessionEvent;

impl OwnSession {
    /// Stops, and tells why, unless it has stopped.
    pub(super) fn end(&mut self, reason: CloseReason) {
        if self.life.is_running() {
            self.life = Life::Over;
            self.say_farewell();
            self.outputs.tell(SessionEvent::Closed(reason));
        }
    }

    /// Says goodbye on every level, once: what of it is lost, the peer finds out by its consent.
    pub(super) fn leave(&mut self, now: Instant) {
        self.now = self.now.max(now);
        if self.life.is_running() {
            self.life = Life::Over;
            self.say_farewell();
        }
    }

    fn say_farewell(&mut self) {
        if !self.handshake.is_done() {
            return;
        }
        self.send_goodbye();
        self.end_channels();
        while self.follow_channels() {
            self.flush_handshake();
        }
        if let Some(association) = &mut self.handshake.association
            && let Err(error) = association.close()
        {
            tracing::debug!(%error, "no farewell");
        }
        self.flush_handshake();
    }

    /// Sends what the association has to send, and hears nothing more.
    fn flush_handshake(&mut self) {
        let mut buffer = vec![0; 4_096];
        while let Some(association) = &mut self.handshake.association {
            match association.poll_output(&mut buffer) {
                dimpl::Output::Packet(packet) => {
                    let packet = packet.to_vec();
                    self.transmit(packet);
                }
                dimpl::Output::Timeout(_) => return,
                _ => {}
            }
        }
    }
}
