//! Places for TCP connections: so many in all, and so many for each address.

use std::collections::BTreeMap;
use std::net::IpAddr;

use crate::hub::Source;
use crate::limits::{Budget, Share};

/// TCP connections at the same time: every participant has one socket, and browsers open up to six
/// more while they load the page.
const TCP_CONNECTIONS_MAX: usize = 2048;

/// Connections beside its sockets that an address may have: those by which pages are loaded, from a
/// few browsers at once.
const PAGES_PER_ADDRESS: usize = 64;

/// Hands out places, each until its [`Share`] is dropped.
#[derive(Debug)]
pub(super) struct Places {
    all: Budget,
    per_address: usize,
    addresses: BTreeMap<Source, Budget>,
}

impl Places {
    /// Places for servers whose addresses may have so many sockets.
    pub(super) fn new(sockets_per_address: usize) -> Self {
        Places {
            all: Budget::new(TCP_CONNECTIONS_MAX),
            per_address: sockets_per_address.saturating_add(PAGES_PER_ADDRESS),
            addresses: BTreeMap::new(),
        }
    }

    /// A place for a connection from here, if there is one.
    pub(super) fn take(&mut self, from: IpAddr) -> Option<Share> {
        if self.addresses.len() > TCP_CONNECTIONS_MAX {
            self.addresses.retain(|_, budget| budget.lent() > 0);
        }
        let own = || self.all.within(self.per_address);
        self.addresses.entry(Source::of(from)).or_insert_with(own).lend(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_address_does_not_take_all_places() {
        let mut places = Places::new(10);
        let mine: Vec<Share> =
            (0..999).filter_map(|_| places.take([192, 0, 2, 1].into())).collect();
        assert_eq!(mine.len(), 10 + PAGES_PER_ADDRESS);
        assert!(places.take([192, 0, 2, 2].into()).is_some());
        drop(mine);
        assert!(places.take([192, 0, 2, 1].into()).is_some());
    }

    #[test]
    fn addresses_that_have_gone_are_forgotten() {
        let mut places = Places::new(10);
        let kept = places.take([192, 0, 2, 1].into());
        for n in 0..u32::try_from(TCP_CONNECTIONS_MAX * 2).expect("it is small") {
            assert!(places.take(std::net::Ipv4Addr::from_bits(0x0a00_0000 + n).into()).is_some());
        }
        assert!(places.addresses.len() <= TCP_CONNECTIONS_MAX + 1);
        assert!(
            kept.is_some() && places.addresses.contains_key(&Source::of([192, 0, 2, 1].into()))
        );
    }
}
