//! Requests under way (RFC 8489 section 6.2.1): over UDP they go out again until they are answered.

use std::time::{Duration, Instant};

use rand_chacha::rand_core::RngCore;
use stun_types::message::TransactionId;

use crate::entropy::Draws;

/// The first wait for an answer over UDP. RFC 8489 has 500 ms where nothing is known, browsers 250
/// ms: a server further away gets a request too many.
const WAIT: Duration = Duration::from_millis(250);

/// Longest wait between two times that a request goes out.
const WAIT_MAX: Duration = Duration::from_millis(2_000);

/// How often a request goes out over UDP: after 250 ms, .75, 1.75, 3.75, 5.75 and 7.75 s, given up
/// after 9.75, as browsers do.
const SENDS: u32 = 7;

/// How long an answer over TCP is waited for.
const PATIENCE: Duration = Duration::from_millis(9_750);

/// Requests under way at one time: more than a client of [`super::CHANNELS_MAX`] channels asks.
const PENDING_MAX: usize = 512;

/// What is to be sent, or is lost.
#[derive(Debug)]
pub(super) enum Due<T> {
    /// Send these bytes again.
    Again(Vec<u8>),
    /// No answer came to this.
    TimedOut(T),
}

#[derive(Debug)]
struct Pending<T> {
    id: TransactionId,
    what: T,
    bytes: Vec<u8>,
    first_sent: Instant,
    sends: u32,
    wait: Duration,
    due: Instant,
}

/// Requests that were sent and not answered.
#[derive(Debug)]
pub(super) struct Transactions<T> {
    reliable: bool,
    /// How often each goes out.
    sends: u32,
    draws: Draws,
    pending: Vec<Pending<T>>,
}

impl<T> Transactions<T> {
    /// None. Over what is `reliable`, each goes out once.
    pub(super) fn new(draws: Draws, reliable: bool) -> Self {
        Transactions { reliable, sends: SENDS, draws, pending: Vec::new() }
    }

    /// None, by UDP, for what goes out `sends` times: what shows by silence has to show soon.
    pub(super) fn hasty(draws: Draws, sends: u32) -> Self {
        Transactions { sends, ..Transactions::new(draws, false) }
    }

    /// A name for the next one.
    pub(super) fn draw_id(&mut self) -> TransactionId {
        let mut bytes = [0; 16];
        self.draws.with(|rng| rng.fill_bytes(&mut bytes[4..]));
        u128::from_be_bytes(bytes).into()
    }

    /// A request goes out now. Where too many wait, the oldest is forgotten.
    pub(super) fn begin(&mut self, id: TransactionId, what: T, bytes: &[u8], now: Instant) {
        if self.pending.len() >= PENDING_MAX {
            self.pending.remove(0);
        }
        let (wait, due) =
            if self.reliable { (PATIENCE, now + PATIENCE) } else { (WAIT, now + WAIT) };
        let sends = if self.reliable { self.sends } else { 1 };
        let bytes = bytes.to_vec();
        self.pending.push(Pending { id, what, bytes, first_sent: now, sends, wait, due });
    }

    /// What this answers, when it was first asked, and whether it was asked once.
    pub(super) fn answered(&mut self, id: TransactionId) -> Option<(T, Instant, bool)> {
        let index = self.pending.iter().position(|pending| pending.id == id)?;
        let done = self.pending.remove(index);
        let once = self.reliable || done.sends == 1;
        Some((done.what, done.first_sent, once))
    }

    /// Whether an answer with this name is waited for.
    pub(super) fn awaits(&self, id: TransactionId) -> bool {
        self.pending.iter().any(|pending| pending.id == id)
    }

    /// Whether such a request is under way.
    pub(super) fn any(&self, is_it: impl Fn(&T) -> bool) -> bool {
        self.pending.iter().any(|pending| is_it(&pending.what))
    }

    /// The next that is due.
    pub(super) fn poll(&mut self, now: Instant) -> Option<Due<T>> {
        let index = self.pending.iter().position(|pending| pending.due <= now)?;
        let pending = &mut self.pending[index];
        if pending.sends >= self.sends {
            return Some(Due::TimedOut(self.pending.remove(index).what));
        }
        pending.sends += 1;
        pending.wait = (pending.wait * 2).min(WAIT_MAX);
        pending.due = now + pending.wait;
        Some(Due::Again(pending.bytes.clone()))
    }

    pub(super) fn next_due(&self) -> Option<Instant> {
        self.pending.iter().map(|pending| pending.due).min()
    }

    pub(super) fn clear(&mut self) {
        self.pending.clear();
    }
}
