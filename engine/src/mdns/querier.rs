//! Names of others: asked for until somebody answers, and remembered as long as the answer says
//! (RFC 6762 sections 5.2 and 10).

use std::net::IpAddr;
use std::time::{Duration, Instant};

use super::message::{HOST_TTL, Record};
use super::name::LocalName;

/// Names that are asked for or remembered. A browser has one for each of its addresses.
pub const ASKED_MAX: usize = 64;

/// Addresses that are believed of one name; ICE gives each address a name of its own.
const ADDRESSES_MAX: usize = 4;

/// How long the first answer is waited for; each further one twice as long (RFC 6762 section 5.2).
const FIRST_WAIT: Duration = Duration::from_secs(1);

/// How often a name is asked for: until ICE gives up, half a minute after the first time.
const TRIES: u32 = 5;

/// How long an answer is remembered at most: as long as RFC 6762 wants it for addresses.
const REMEMBERED_MAX: Duration = Duration::from_secs(HOST_TTL as u64);

#[derive(Debug)]
enum State {
    /// Asked for `tries` times; again at `next`.
    Asking { tries: u32, next: Instant },
    /// Somebody answered.
    Known { addresses: Vec<IpAddr>, until: Instant },
}

/// A name, and what is known of it.
#[derive(Debug)]
struct Asked {
    name: LocalName,
    state: State,
}

/// The names of others that matter to us. Nothing is learnt of any other.
#[derive(Debug, Default)]
pub(super) struct Querier {
    asked: Vec<Asked>,
}

impl Querier {
    /// Asks for a name that is not known, or is not any more; gives the addresses of one that is.
    /// `None` where too many are asked for.
    pub(super) fn ask(&mut self, name: &LocalName, now: Instant) -> Option<&[IpAddr]> {
        self.asked.retain(|asked| match asked.state {
            State::Asking { .. } => true,
            State::Known { until, .. } => until > now,
        });
        let index = match self.asked.iter().position(|asked| asked.name == *name) {
            Some(index) => index,
            None if self.asked.len() < ASKED_MAX => {
                let state = State::Asking { tries: 0, next: now };
                self.asked.push(Asked { name: name.clone(), state });
                self.asked.len() - 1
            }
            None => return None,
        };
        Some(match &self.asked[index].state {
            State::Asking { .. } => &[],
            State::Known { addresses, .. } => addresses,
        })
    }

    /// Whether an answer is waited for.
    pub(super) fn is_asking(&self) -> bool {
        self.asked.iter().any(|asked| matches!(asked.state, State::Asking { .. }))
    }

    pub(super) fn next_timeout(&self) -> Option<Instant> {
        let times = self.asked.iter().filter_map(|asked| match asked.state {
            State::Asking { next, .. } => Some(next),
            State::Known { .. } => None,
        });
        times.min()
    }

    /// Names that are to be asked for now, and those that are given up.
    pub(super) fn due(&mut self, now: Instant) -> (Vec<LocalName>, Vec<LocalName>) {
        let (mut due, mut given_up) = (Vec::new(), Vec::new());
        self.asked.retain_mut(|asked| {
            let State::Asking { tries, next } = &mut asked.state else { return true };
            if *next > now {
                return true;
            }
            if *tries == TRIES {
                given_up.push(asked.name.clone());
                return false;
            }
            due.push(asked.name.clone());
            *next = now + FIRST_WAIT * (1 << *tries);
            *tries += 1;
            true
        });
        (due, given_up)
    }

    /// Learns what was asked for; gives the names that are known now and were not before.
    pub(super) fn learn(
        &mut self,
        records: &[Record],
        now: Instant,
    ) -> Vec<(LocalName, Vec<IpAddr>)> {
        let mut found = Vec::new();
        for asked in &mut self.asked {
            let all = || records.iter().filter(|record| record.name == asked.name);
            if all().any(|record| record.ttl == 0) {
                // Whoever had the name takes it back.
                if let State::Known { until, .. } = &mut asked.state {
                    *until = now;
                }
                continue;
            }
            let mut addresses: Vec<IpAddr> = Vec::new();
            for record in all() {
                if addresses.len() < ADDRESSES_MAX && !addresses.contains(&record.address) {
                    addresses.push(record.address);
                }
            }
            let Some(ttl) = all().map(|record| record.ttl).min() else { continue };
            let until = now + Duration::from_secs(ttl.into()).min(REMEMBERED_MAX);
            if matches!(asked.state, State::Asking { .. }) {
                found.push((asked.name.clone(), addresses.clone()));
            }
            asked.state = State::Known { addresses, until };
        }
        found
    }
}
