//! The handshake in the checks of ICE (draft-hancke-webrtc-sped), where both descriptions say so.
//!
//! 1. From the first check on, each check and each answer has a list of what was heard, which may
//!    be empty, and a datagram of our flight where one is not acknowledged.
//! 2. A datagram that came so is taken like any other, and its CRC-32 is in the next lists.
//! 3. What the peer's list names need not be carried again; nor what was in the flight before.
//! 4. The clock of the handshake stands until ICE has a path; then datagrams take the path too.
//! 5. It ends when both sides have keys and nothing is left to say, or with the first message that
//!    carries nothing: the peer has ended it, or does not do it.

use super::riders::{DATAGRAM, HEARD, IDLE_MAX, Riders, Sped};
use super::session::OwnSession;
use crate::ice::CarriedAttribute;

/// The names that the draft and its implementations have for it in `a=ice-options`.
const OPTIONS: [&str; 3] = ["sped", "googspedv1", "goog-sped-v1"];

impl OwnSession {
    /// An offer is out that says it: the peer's first check may come before its answer.
    pub(super) fn offer_sped(&mut self) {
        if self.offers_sped() && self.handshake.client.is_none() {
            self.handshake.sped = Sped::On(Riders::default());
            self.carry_next();
        }
    }

    /// Both descriptions are there.
    pub(super) fn agree_sped(&mut self, options: &[String]) {
        let remote = options.iter().any(|option| OPTIONS.contains(&option.as_str()));
        if !(remote && self.offers_sped()) {
            self.end_sped();
            return;
        }
        if !self.handshake.sped.is_on() {
            self.handshake.sped = Sped::On(Riders::default());
        }
        self.begin_handshake();
        self.follow_handshake();
        self.carry_next();
    }

    fn offers_sped(&self) -> bool {
        self.config.sped && !self.config.ice_lite
    }

    /// What our descriptions say of it.
    pub(super) fn sped_options(&self) -> impl Iterator<Item = &'static str> {
        OPTIONS.into_iter().filter(|_| self.offers_sped())
    }

    /// A datagram of our flight.
    pub(super) fn send_flight(&mut self, datagram: Vec<u8>) {
        if let Sped::On(riders) = &mut self.handshake.sped {
            riders.push(&datagram);
        }
        if self.may_greet(datagram.len()) {
            self.transmit(datagram);
        }
    }

    /// What an authentic message carried.
    pub(super) fn on_carried(&mut self, attributes: &[CarriedAttribute]) {
        let Sped::On(riders) = &mut self.handshake.sped else { return };
        if attributes.is_empty() {
            self.end_sped();
            return;
        }
        riders.idle += 1;
        let of = |kind| attributes.iter().find(|attribute| attribute.kind == kind);
        if let Some(list) = of(HEARD) {
            riders.acknowledge(&list.value);
        }
        if let Some(datagram) = of(DATAGRAM) {
            riders.note(&datagram.value);
            let before = riders.flight.len();
            self.on_dtls(&datagram.value);
            self.follow_handshake();
            self.supersede(before);
        }
        self.carry_next();
        let is_done = self.handshake.is_done();
        if let Sped::On(riders) = &self.handshake.sped
            && is_done
            && riders.flight.is_empty()
            && riders.idle >= IDLE_MAX
        {
            self.end_sped();
        }
    }

    /// Where something new was said, what was there before is answered.
    fn supersede(&mut self, before: usize) {
        if let Sped::On(riders) = &mut self.handshake.sped
            && riders.flight.len() > before
        {
            riders.flight.drain(..before);
        }
    }

    /// Has the next message carry what it is to.
    pub(super) fn carry_next(&mut self) {
        if let Sped::On(riders) = &mut self.handshake.sped {
            let attributes = riders.attributes();
            self.checks.agent.carry(attributes, &[HEARD, DATAGRAM]);
        }
    }

    /// Checks carry nothing from here on. What was not acknowledged takes the path, by its clock.
    pub(super) fn end_sped(&mut self) {
        if self.handshake.sped.is_on() {
            self.handshake.sped = Sped::Off;
            self.checks.agent.carry(Vec::new(), &[]);
        }
    }
}
