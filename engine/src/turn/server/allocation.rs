//! One allocation: its relayed addresses, permissions and channels.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Instant;

use stun_types::message::TransactionId;

use super::config::{CHANNEL_LIFETIME, PERMISSION_LIFETIME};
use super::contract::{Client, Family, RelayFault};

/// What became of a relayed address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Relayed {
    NotWanted,
    /// The server has none of this family, but the other was had.
    NotOfFamily,
    Opening,
    Open(SocketAddr),
    Failed(RelayFault),
}

#[derive(Debug)]
struct Permission {
    peer: IpAddr,
    until: Instant,
}

#[derive(Debug)]
struct Channel {
    number: u16,
    peer: SocketAddr,
    until: Instant,
}

/// Why a channel is not bound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum BindFault {
    /// The number has another peer, or the peer another number.
    Taken,
    Full,
}

/// What a client has. What ended is looked past, and goes when something is asked for.
#[derive(Debug)]
pub(super) struct Allocation {
    pub(super) client: Client,
    /// Whose quota it counts for.
    pub(super) owner: Arc<str>,
    /// That of the request that made it: the same again is the same request.
    pub(super) transaction: TransactionId,
    pub(super) v4: Relayed,
    pub(super) v6: Relayed,
    pub(super) expires: Instant,
    /// Its messages come over a connection.
    pub(super) is_stream: bool,
    permissions: Vec<Permission>,
    /// In order of their numbers.
    channels: Vec<Channel>,
}

impl Allocation {
    /// One without permissions and channels, and without relayed addresses yet.
    pub(super) fn new(
        client: Client,
        owner: Arc<str>,
        transaction: TransactionId,
        expires: Instant,
    ) -> Self {
        Allocation {
            client,
            owner,
            transaction,
            v4: Relayed::NotWanted,
            v6: Relayed::NotWanted,
            expires,
            is_stream: false,
            permissions: Vec::new(),
            channels: Vec::new(),
        }
    }

    pub(super) fn relayed(&self, family: Family) -> Relayed {
        if family == Family::V4 { self.v4 } else { self.v6 }
    }

    pub(super) fn relayed_mut(&mut self, family: Family) -> &mut Relayed {
        if family == Family::V4 { &mut self.v4 } else { &mut self.v6 }
    }

    /// Families of which it has a relayed address, or will have one.
    pub(super) fn families(&self) -> impl Iterator<Item = Family> + use<> {
        let has = |relayed| matches!(relayed, Relayed::Opening | Relayed::Open(_));
        let families = [(Family::V4, has(self.v4)), (Family::V6, has(self.v6))];
        families.into_iter().filter(|(_, has)| *has).map(|(family, _)| family)
    }

    pub(super) fn is_opening(&self) -> bool {
        self.v4 == Relayed::Opening || self.v6 == Relayed::Opening
    }

    pub(super) fn is_open(&self, family: Family) -> bool {
        matches!(self.relayed(family), Relayed::Open(_))
    }

    pub(super) fn is_permitted(&self, peer: IpAddr, now: Instant) -> bool {
        self.permissions.iter().any(|one| one.peer == peer && one.until > now)
    }

    /// Gives permissions to all of these, or none where that makes more than `most`.
    pub(super) fn permit(&mut self, peers: &[SocketAddr], now: Instant, most: usize) -> bool {
        self.permissions.retain(|one| one.until > now);
        let is_new = |peer: &IpAddr| !self.permissions.iter().any(|one| one.peer == *peer);
        let mut fresh: Vec<IpAddr> = peers.iter().map(SocketAddr::ip).filter(is_new).collect();
        fresh.sort_unstable();
        fresh.dedup();
        if self.permissions.len() + fresh.len() > most {
            return false;
        }
        let until = now + PERMISSION_LIFETIME;
        let renewed = |one: &&mut Permission| peers.iter().any(|peer| peer.ip() == one.peer);
        self.permissions.iter_mut().filter(renewed).for_each(|one| one.until = until);
        self.permissions.extend(fresh.into_iter().map(|peer| Permission { peer, until }));
        true
    }

    /// The peer of a channel.
    pub(super) fn peer_of(&self, number: u16, now: Instant) -> Option<SocketAddr> {
        let at = self.channels.binary_search_by_key(&number, |one| one.number).ok()?;
        let channel = &self.channels[at];
        (channel.until > now).then_some(channel.peer)
    }

    /// The channel of a peer.
    pub(super) fn channel_of(&self, peer: SocketAddr, now: Instant) -> Option<u16> {
        let found = self.channels.iter().find(|one| one.peer == peer && one.until > now);
        found.map(|one| one.number)
    }

    /// Whether a channel may be bound, or renewed, where there may be `most`.
    pub(super) fn may_bind(
        &self,
        number: u16,
        peer: SocketAddr,
        now: Instant,
        most: usize,
    ) -> Result<(), BindFault> {
        let is_this = |one: &Channel| one.number == number && one.peer == peer;
        let mut others = 0;
        for one in self.channels.iter().filter(|one| one.until > now && !is_this(one)) {
            if one.number == number || one.peer == peer {
                return Err(BindFault::Taken);
            }
            others += 1;
        }
        if others < most { Ok(()) } else { Err(BindFault::Full) }
    }

    /// Binds a channel, or renews it, after [`Self::may_bind`]; what ended makes room.
    pub(super) fn bind(&mut self, number: u16, peer: SocketAddr, now: Instant) {
        self.channels.retain(|one| one.until > now && one.number != number);
        let at = self.channels.partition_point(|one| one.number < number);
        self.channels.insert(at, Channel { number, peer, until: now + CHANNEL_LIFETIME });
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::test_time::origin;
    use crate::turn::server::config::ListenerId;

    fn address(text: &str) -> SocketAddr {
        text.parse().unwrap()
    }

    fn allocation() -> Allocation {
        let client = Client { listener: ListenerId(0), address: address("192.0.2.7:4000") };
        Allocation::new(client, "ada".into(), 7.into(), origin())
    }

    #[test]
    fn permissions_are_given_to_all_or_none_and_end() {
        let mut one = allocation();
        let peers: Vec<SocketAddr> = (1..=4).map(|n| address(&format!("192.0.2.{n}:1"))).collect();
        let start = origin();
        assert!(!one.permit(&peers, start, 3));
        assert!(!one.is_permitted(peers[0].ip(), start), "none is given");
        assert!(one.permit(&peers[..3], start, 3));
        assert!(one.permit(&peers[..3], start, 3), "again is no more");
        assert!(!one.permit(&peers[3..], start, 3));
        let end = start + PERMISSION_LIFETIME;
        assert!(one.is_permitted(peers[0].ip(), end - Duration::from_secs(1)));
        assert!(!one.is_permitted(peers[0].ip(), end));
        assert!(one.permit(&peers[1..], end, 3), "what ended makes room, and is renewed");
        assert!(one.is_permitted(peers[1].ip(), end) && !one.is_permitted(peers[0].ip(), end));
    }

    /// Binds where there may be two.
    fn bind(
        one: &mut Allocation,
        number: u16,
        peer: SocketAddr,
        now: Instant,
    ) -> Result<(), BindFault> {
        one.may_bind(number, peer, now, 2)?;
        one.bind(number, peer, now);
        Ok(())
    }

    #[test]
    fn a_channel_has_one_peer_and_a_peer_one_channel() {
        let mut one = allocation();
        let (a, b, c) = (address("192.0.2.1:1"), address("192.0.2.1:2"), address("192.0.2.1:3"));
        let start = origin();
        assert_eq!(bind(&mut one, 0x4001, a, start), Ok(()));
        assert_eq!(bind(&mut one, 0x4001, b, start), Err(BindFault::Taken));
        assert_eq!(bind(&mut one, 0x4002, a, start), Err(BindFault::Taken));
        assert_eq!(bind(&mut one, 0x4000, b, start), Ok(()));
        assert_eq!(bind(&mut one, 0x4002, c, start), Err(BindFault::Full));
        let later = start + CHANNEL_LIFETIME / 2;
        assert_eq!(bind(&mut one, 0x4001, a, later), Ok(()), "it is renewed");
        let end = start + CHANNEL_LIFETIME;
        assert_eq!(one.peer_of(0x4000, end - Duration::from_secs(1)), Some(b));
        assert_eq!(one.channel_of(b, end - Duration::from_secs(1)), Some(0x4000));
        assert_eq!((one.peer_of(0x4000, end), one.channel_of(b, end)), (None, None));
        assert_eq!((one.peer_of(0x4001, end), one.channel_of(a, end)), (Some(a), Some(0x4001)));
        assert_eq!(bind(&mut one, 0x4000, c, end), Ok(()), "what ended is no more in the way");
        assert_eq!(bind(&mut one, 0x4003, b, end), Err(BindFault::Full));
    }
}
