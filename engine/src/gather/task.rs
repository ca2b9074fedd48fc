//! One server, asked from one of our addresses.

use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant};

use super::candidates::Base;
use super::reflexive::Reflexive;
use super::relayed::Relayed;
use super::way::Way;
use crate::candidate::IceCandidate;
use crate::diagnosis::ServerOutcome;

/// Addresses of a server that are tried, one after the other, and servers that it sends us on to.
pub(super) const ATTEMPTS_MAX: usize = 4;

/// When a relay that was lost a second time is asked again; each time twice as late.
const RETRY_MIN: Duration = Duration::from_secs(1);
const RETRY_MAX: Duration = Duration::from_secs(60);

/// What is asked.
#[derive(Debug)]
pub(super) enum Work {
    /// Nothing yet: the socket is being opened.
    Opening,
    Reflexive(Box<Reflexive>),
    Relayed(Box<Relayed>),
    /// It came to nothing, or is over; to be tried again then.
    Ended {
        retry_at: Option<Instant>,
    },
}

/// One server, asked from one of our addresses.
#[derive(Debug)]
pub(super) struct Task {
    pub(super) base: Base,
    pub(super) server: usize,
    pub(super) way: Way,
    pub(super) work: Work,
    /// Addresses that are left to be tried.
    pub(super) others: Vec<IpAddr>,
    attempts: usize,
    losses: u32,
    /// It was answered, one way or the other.
    pub(super) is_settled: bool,
    pub(super) found: Vec<IceCandidate>,
    /// What came of it last.
    pub(super) outcome: ServerOutcome,
}

impl Task {
    pub(super) fn new(base: Base, server: usize, way: Way, others: Vec<IpAddr>) -> Self {
        Task {
            base,
            server,
            way,
            work: Work::Opening,
            others,
            attempts: 1,
            losses: 0,
            is_settled: false,
            found: Vec::new(),
            outcome: ServerOutcome::Asking,
        }
    }

    /// Where to try next: where the server sends us, or another of its addresses.
    pub(super) fn next_remote(&mut self, redirected: Option<SocketAddr>) -> Option<SocketAddr> {
        if self.attempts >= ATTEMPTS_MAX {
            return None;
        }
        let base = self.base.local;
        let fits = |to: &SocketAddr| {
            to.is_ipv4() == base.is_ipv4() && to.ip().is_loopback() == base.ip().is_loopback()
        };
        let port = self.way.remote.port();
        let next = redirected
            .filter(fits)
            .or_else(|| self.others.pop().map(|ip| SocketAddr::new(ip, port)))?;
        self.attempts += 1;
        Some(next)
    }

    /// A relay that stood is asked again later.
    pub(super) fn lost(&mut self, now: Instant) {
        let wait = match self.losses {
            0 => Duration::ZERO,
            before => RETRY_MIN * 2_u32.saturating_pow(before.min(6) - 1),
        };
        self.losses += 1;
        self.work = Work::Ended { retry_at: Some(now + wait.min(RETRY_MAX)) };
    }

    pub(super) fn is_over(&self) -> bool {
        matches!(self.work, Work::Ended { retry_at: None })
    }

    pub(super) fn timeout(&mut self, now: Instant) {
        match &mut self.work {
            Work::Reflexive(work) => work.client.timeout(now),
            Work::Relayed(work) => work.client.timeout(now),
            Work::Opening | Work::Ended { .. } => {}
        }
    }

    /// Asks the server again.
    pub(super) fn look_again(&mut self, now: Instant) {
        match &mut self.work {
            Work::Reflexive(work) => work.client.look_again(now),
            Work::Relayed(work) => work.client.look_again(now),
            Work::Opening | Work::Ended { .. } => {}
        }
    }

    pub(super) fn next_timeout(&self) -> Option<Instant> {
        match &self.work {
            Work::Opening => None,
            Work::Reflexive(work) => work.client.next_timeout(),
            Work::Relayed(work) => work.client.next_timeout(),
            Work::Ended { retry_at } => *retry_at,
        }
    }

    /// The next message for the server.
    pub(super) fn poll_transmit(&mut self) -> Option<Vec<u8>> {
        match &mut self.work {
            Work::Reflexive(work) => work.client.poll_transmit(),
            Work::Relayed(work) => work.client.poll_transmit(),
            Work::Opening | Work::Ended { .. } => None,
        }
    }
}
