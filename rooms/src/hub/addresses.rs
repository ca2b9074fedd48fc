//! What clients of one address may do together, so that one of them cannot take everything.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv6Addr};
use std::time::Instant;

use crate::limits::{ADDRESS_BYTES_MAX, Bucket, Budget};

/// Sockets of one address at the same time, unless the person who runs the server says otherwise:
/// an office or a school behind one address fits.
pub const SOCKETS_PER_ADDRESS: usize = 64;

/// Of so many sockets one may open a room: with all of them an address has an eighth of the rooms.
const SOCKETS_PER_ROOM: usize = 2;

/// Joins of one address per second, and at once.
const JOINS_PER_SECOND: u32 = 4;
const JOINS_BURST: u32 = 256;

/// Wrong passwords of one address per second, and at once: guessing a word of a dictionary takes a
/// day.
const GUESSES_PER_SECOND: u32 = 1;
const GUESSES_BURST: u32 = 10;

/// Addresses that are remembered after their last socket, so that closing it does not settle
/// accounts.
const REMEMBERED_MAX: usize = 4096;

/// Who is counted as one: an IPv4 address, or the IPv6 network that one household gets (RFC 6177).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Source(IpAddr);

impl Source {
    pub(crate) fn of(address: IpAddr) -> Self {
        match address.to_canonical() {
            IpAddr::V6(address) => {
                Source(Ipv6Addr::from_bits(address.to_bits() >> 64 << 64).into())
            }
            address => Source(address),
        }
    }
}

/// The accounts of all sources.
#[derive(Debug)]
pub(super) struct Addresses {
    sockets_max: usize,
    accounts: BTreeMap<Source, Account>,
}

#[derive(Debug)]
struct Account {
    sockets: usize,
    joins: Bucket,
    guesses: Bucket,
    budget: Budget,
}

impl Addresses {
    pub(super) fn new(sockets_max: usize) -> Self {
        Addresses { sockets_max, accounts: BTreeMap::new() }
    }

    /// Counts a socket, and gives the memory of its address. False when there are too many.
    pub(super) fn open(&mut self, source: Source, all: &Budget, now: Instant) -> (Budget, bool) {
        if self.accounts.len() >= REMEMBERED_MAX {
            self.accounts.retain(|_, account| account.sockets > 0);
        }
        let account = self.accounts.entry(source).or_insert_with(|| Account {
            sockets: 0,
            joins: Bucket::new(JOINS_PER_SECOND, JOINS_BURST, now),
            guesses: Bucket::new(GUESSES_PER_SECOND, GUESSES_BURST, now),
            budget: all.within(ADDRESS_BYTES_MAX),
        });
        account.sockets += 1;
        (account.budget.clone(), account.sockets <= self.sockets_max)
    }

    /// A socket is gone.
    pub(super) fn close(&mut self, source: Source) {
        if let Some(account) = self.accounts.get_mut(&source) {
            account.sockets = account.sockets.saturating_sub(1);
        }
    }

    /// Counts a join; false when there are too many.
    pub(super) fn may_join(&mut self, source: Source, now: Instant) -> bool {
        self.accounts.get_mut(&source).is_none_or(|account| account.joins.take(now))
    }

    /// Whether another password may be tried.
    pub(super) fn may_guess(&self, source: Source, now: Instant) -> bool {
        self.accounts.get(&source).is_none_or(|account| account.guesses.has_room(now))
    }

    /// Counts a wrong password.
    pub(super) fn guessed_wrong(&mut self, source: Source, now: Instant) {
        if let Some(account) = self.accounts.get_mut(&source) {
            account.guesses.take(now);
        }
    }

    /// Rooms that a source may have opened at the same time.
    pub(super) fn rooms_max(&self) -> usize {
        (self.sockets_max / SOCKETS_PER_ROOM).max(1)
    }

    /// Forgets those that have no socket and owe nothing.
    pub(super) fn tick(&mut self, now: Instant) {
        let settled = |account: &Account| {
            account.sockets == 0 && account.joins.is_full(now) && account.guesses.is_full(now)
        };
        self.accounts.retain(|_, account| !settled(account));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_household_is_one_source_and_so_is_an_address_in_either_family() {
        let source = |text: &str| Source::of(text.parse().expect("an address"));
        assert_eq!(source("2001:db8:1:2::3"), source("2001:db8:1:2:ffff::9"));
        assert_ne!(source("2001:db8:1:2::3"), source("2001:db8:1:3::3"));
        assert_eq!(source("::ffff:192.0.2.1"), source("192.0.2.1"));
        assert_ne!(source("192.0.2.1"), source("192.0.2.2"));
    }

    #[test]
    fn accounts_are_kept_until_they_are_settled() {
        let (now, all) = (Instant::now(), Budget::new(1 << 20));
        let source = Source::of([192, 0, 2, 1].into());
        let mut addresses = Addresses::new(2);
        let opened: Vec<bool> = (0..3).map(|_| addresses.open(source, &all, now).1).collect();
        assert_eq!(opened, [true, true, false]);
        for _ in 0..GUESSES_BURST {
            assert!(addresses.may_guess(source, now));
            addresses.guessed_wrong(source, now);
        }
        (0..3).for_each(|_| addresses.close(source));
        addresses.tick(now);
        assert!(addresses.open(source, &all, now).1, "the places are free");
        assert!(!addresses.may_guess(source, now), "the guesses are not forgotten");
        addresses.close(source);
        addresses.tick(now + std::time::Duration::from_secs(60));
        assert!(addresses.accounts.is_empty());
    }
}
