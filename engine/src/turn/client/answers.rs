//! What an answer to a request changes.

use std::time::{Duration, Instant};

use stun_types::message::{Message, MessageClass};

use super::fault::ServerFault;
use super::message::{self, Authentication, Request};
use super::relay::{Asked, LIFETIME, Phase, RelayClient, RelayEvent};

/// Nonces in a row that a server may call stale.
const STALE_MAX: u32 = 4;

/// How often an allocation that is in the way is removed: one of an earlier run from the same port,
/// or one whose answer was lost, at a server that does not know a request that comes again.
const CLEARED_MAX: u32 = 8;

/// Shortest lifetime that is believed, so that a server cannot have us ask without end; the longest
/// too.
const LIFETIME_MIN: Duration = Duration::from_secs(10);
const LIFETIME_MAX: Duration = Duration::from_secs(86_400);

/// Codes of RFC 8489 section 14.8 and RFC 8656 section 19.
const TRY_ALTERNATE: u16 = 300;
const UNAUTHENTICATED: u16 = 401;
const ALLOCATION_MISMATCH: u16 = 437;
const STALE_NONCE: u16 = 438;

impl RelayClient {
    /// Takes an answer; false for one that nobody waits for, or that somebody else made.
    pub(super) fn answer(&mut self, answer: &Message<'_>, now: Instant) -> bool {
        let id = answer.transaction_id();
        if !self.transactions.awaits(id) {
            return false;
        }
        let is_success = answer.has_class(MessageClass::Success);
        if is_success && !self.is_signed(answer) {
            return false;
        }
        let Some((asked, ..)) = self.transactions.answered(id) else { return false };
        if is_success {
            self.stale = 0;
            self.granted(asked.request, answer, now);
        } else {
            self.refused(asked, answer, now);
        }
        true
    }

    /// A success is signed, once we were asked to sign.
    fn is_signed(&self, answer: &Message<'_>) -> bool {
        self.authentication
            .as_ref()
            .is_none_or(|known| answer.validate_integrity_with_key(&known.key).is_ok())
    }

    fn granted(&mut self, request: Request, answer: &Message<'_>, now: Instant) {
        match request {
            Request::Allocate => {
                let relayed = message::relayed(answer);
                if relayed.is_empty() {
                    return self.fail(ServerFault::Malformed);
                }
                self.relayed = relayed.clone();
                self.allocated(lifetime(answer), now);
                let mapped = message::mapped(answer);
                self.tell(RelayEvent::Allocated { relayed, mapped });
            }
            Request::Refresh(asked) if asked.is_zero() => self.removed(now),
            Request::Refresh(_) => {
                if matches!(self.phase, Phase::Allocated { .. }) {
                    self.allocated(lifetime(answer), now);
                }
            }
            Request::BindChannel { channel, .. } => {
                for held in self.peers.bound(channel, now) {
                    self.put(message::into_channel_data(channel, held));
                }
            }
        }
    }

    /// The allocation was removed: this client's, or an older one that was in its way.
    fn removed(&mut self, now: Instant) {
        if self.phase == Phase::Allocating {
            self.ask(Request::Allocate, now);
        } else {
            self.fail(ServerFault::AllocationLost);
        }
    }

    fn refused(&mut self, asked: Asked, answer: &Message<'_>, now: Instant) {
        let request = asked.request;
        let Some((code, reason)) = message::error(answer) else {
            return self.give_up(request, ServerFault::Malformed, now);
        };
        let challenge = message::challenge(answer);
        match (code, challenge) {
            (UNAUTHENTICATED, Some((realm, nonce))) if self.authentication.is_none() => {
                self.authenticate(&realm, &nonce);
                self.ask(request, now);
            }
            (UNAUTHENTICATED, _) => self.give_up(request, ServerFault::WrongCredentials, now),
            // It went out with an older nonce than the one that we have.
            (STALE_NONCE, Some(_)) if asked.challenges != self.challenges => {
                self.ask(request, now);
            }
            (STALE_NONCE, Some((realm, nonce))) if self.stale < STALE_MAX => {
                self.stale += 1;
                self.authenticate(&realm, &nonce);
                self.ask(request, now);
            }
            (ALLOCATION_MISMATCH, _)
                if request == Request::Allocate && self.cleared < CLEARED_MAX =>
            {
                self.cleared += 1;
                self.ask(Request::Refresh(Duration::ZERO), now);
            }
            (ALLOCATION_MISMATCH, _) if request == Request::Refresh(Duration::ZERO) => {
                self.removed(now);
            }
            (ALLOCATION_MISMATCH, _) if request != Request::Allocate => {
                self.lose(ServerFault::AllocationLost);
            }
            (TRY_ALTERNATE, _) => match message::alternate(answer) {
                Some(to) => self.give_up(request, ServerFault::Redirected(to), now),
                None => self.give_up(request, ServerFault::Malformed, now),
            },
            _ => self.give_up(request, ServerFault::refused(code, &reason), now),
        }
    }

    fn authenticate(&mut self, realm: &str, nonce: &str) {
        let known = Authentication::new(&self.username, &self.credential.0, realm, nonce);
        self.authentication = Some(known);
        self.challenges = self.challenges.wrapping_add(1);
    }

    /// The server will not do it, or says nothing.
    pub(super) fn give_up(&mut self, request: Request, fault: ServerFault, now: Instant) {
        match request {
            Request::Allocate => self.fail(fault),
            Request::Refresh(asked) if asked.is_zero() => self.fail(fault),
            Request::Refresh(_) => self.lose(fault),
            Request::BindChannel { channel, .. } => self.peers.refused(channel, now),
        }
    }
}

fn lifetime(answer: &Message<'_>) -> Duration {
    message::lifetime(answer).unwrap_or(LIFETIME).clamp(LIFETIME_MIN, LIFETIME_MAX)
}
