//! Channels to peers (RFC 8656 section 12), and what waits for them. A channel brings along the
//! permission for its peer's address; both are kept up while something is sent to the peer.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

/// Peers that a client ever sends to. Each keeps its channel for good, so that a number never names
/// two.
pub const CHANNELS_MAX: usize = 256;

/// Datagrams that wait for a channel; the oldest goes.
pub const HELD_MAX: usize = 4;

/// Numbers of channels (RFC 8656 section 12).
const FIRST_CHANNEL: u16 = 0x4000;

/// How long a permission and a channel last (RFC 8656 sections 9 and 12).
const PERMISSION: Duration = Duration::from_secs(300);
const CHANNEL: Duration = Duration::from_secs(600);

/// When both are asked for again, where the peer was sent something since.
const REFRESH: Duration = Duration::from_secs(240);

/// How long a peer is left alone that the server will not relay to.
const REFUSED_FOR: Duration = Duration::from_secs(30);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// It is asked for.
    Asked,
    /// It can be used; since then.
    Bound(Instant),
    /// The server will not have it, until then.
    Refused(Instant),
}

#[derive(Debug)]
struct Peer {
    address: SocketAddr,
    state: State,
    used: Instant,
    held: VecDeque<Vec<u8>>,
    /// A request that refreshes it is under way.
    refreshing: bool,
}

impl Peer {
    fn is_bound(&self, now: Instant) -> bool {
        matches!(self.state, State::Bound(since) if since + CHANNEL > now)
    }

    fn is_permitted(&self, now: Instant) -> bool {
        matches!(self.state, State::Bound(since) if since + PERMISSION > now)
    }

    /// When its channel is asked for again.
    fn refresh_at(&self) -> Option<Instant> {
        let State::Bound(since) = self.state else { return None };
        (self.used > since && !self.refreshing).then(|| since + REFRESH)
    }
}

/// How a datagram leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// By this channel.
    Channel(u16),
    /// As an indication: the server permits the address, and the channel is being asked for.
    Indication,
    /// It waits for a channel that is asked for.
    Held,
    /// It goes nowhere.
    Nowhere,
}

/// Who is sent to.
#[derive(Debug, Default)]
pub(super) struct Peers {
    /// By the number of their channel.
    all: Vec<Peer>,
    /// The one that was sent to last, mostly the next too.
    last: usize,
}

impl Peers {
    fn find(&self, address: SocketAddr) -> Option<usize> {
        let is_it = |index: &usize| self.all.get(*index).is_some_and(|it| it.address == address);
        let last = Some(self.last).filter(is_it);
        last.or_else(|| self.all.iter().position(|it| it.address == address))
    }

    /// The peer of a channel.
    pub(super) fn of_channel(&self, channel: u16) -> Option<SocketAddr> {
        let index = usize::from(channel.checked_sub(FIRST_CHANNEL)?);
        self.all.get(index).map(|peer| peer.address)
    }

    /// How a datagram to a peer leaves; and the channel that is to be asked for, where one is.
    pub(super) fn route(&mut self, address: SocketAddr, now: Instant) -> (Way, Option<u16>) {
        let index = match self.find(address) {
            Some(index) => index,
            None if self.all.len() >= CHANNELS_MAX => return (Way::Nowhere, None),
            None => {
                let state = State::Refused(now);
                let (used, held) = (now, VecDeque::new());
                self.all.push(Peer { address, state, used, held, refreshing: false });
                self.all.len() - 1
            }
        };
        self.last = index;
        let channel = FIRST_CHANNEL + index as u16;
        let permitted = || {
            let same = |peer: &&Peer| peer.address.ip() == address.ip();
            self.all.iter().filter(same).any(|peer| peer.is_permitted(now))
        };
        let unbound = |permitted| if permitted { Way::Indication } else { Way::Held };
        let (way, asked) = match self.all[index].state {
            _ if self.all[index].is_bound(now) => (Way::Channel(channel), None),
            State::Refused(until) if until > now => (Way::Nowhere, None),
            State::Asked => (unbound(permitted()), None),
            State::Bound(_) | State::Refused(_) => (unbound(permitted()), Some(channel)),
        };
        let peer = &mut self.all[index];
        peer.used = now;
        if asked.is_some() {
            peer.state = State::Asked;
        }
        (way, asked)
    }

    /// Keeps a datagram until its peer's channel can be used.
    pub(super) fn hold(&mut self, address: SocketAddr, contents: Vec<u8>) {
        let Some(index) = self.find(address) else { return };
        let held = &mut self.all[index].held;
        if held.len() == HELD_MAX {
            held.pop_front();
        }
        held.push_back(contents);
    }

    /// The server agreed to a channel: what waited for it.
    pub(super) fn bound(&mut self, channel: u16, now: Instant) -> VecDeque<Vec<u8>> {
        let Some(peer) = self.peer_mut(channel) else { return VecDeque::new() };
        peer.state = State::Bound(now);
        peer.refreshing = false;
        std::mem::take(&mut peer.held)
    }

    /// The server did not.
    pub(super) fn refused(&mut self, channel: u16, now: Instant) {
        let Some(peer) = self.peer_mut(channel) else { return };
        peer.state = State::Refused(now + REFUSED_FOR);
        peer.refreshing = false;
        peer.held.clear();
    }

    /// A channel that is to be asked for again.
    pub(super) fn next_refresh(&mut self, now: Instant) -> Option<(u16, SocketAddr)> {
        let due = |peer: &Peer| peer.refresh_at().is_some_and(|at| at <= now);
        let index = self.all.iter().position(due)?;
        self.all[index].refreshing = true;
        Some((FIRST_CHANNEL + index as u16, self.all[index].address))
    }

    /// When the next is.
    pub(super) fn next_due(&self) -> Option<Instant> {
        self.all.iter().filter_map(Peer::refresh_at).min()
    }

    fn peer_mut(&mut self, channel: u16) -> Option<&mut Peer> {
        self.all.get_mut(usize::from(channel.checked_sub(FIRST_CHANNEL)?))
    }
}
